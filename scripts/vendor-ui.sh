#!/bin/sh
# Copies the page's libraries from npm into ui/static/vendor and writes
# their versions, licences and checksums into its README.md. Versions are
# pinned by ui/package.json and ui/package-lock.json.
set -eu
cd "$(dirname "$0")/../ui"

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

rm -rf static/vendor

copy() { # PACKAGE FILE...: unbundled, under the paths of the package
	from=node_modules/$1
	to=static/vendor/$1
	shift
	for f in "$@"; do
		mkdir -p "$to/$(dirname "$f")"
		cp "$from/$f" "$to/$f"
		chmod 0644 "$to/$f"
	done
}

# Only what the page imports.
copy lit-html lit-html.js directive.js directive-helpers.js directives/guard.js directives/live.js directives/repeat.js LICENSE
copy uplot dist/uPlot.esm.js dist/uPlot.min.css LICENSE

row() { # PACKAGE: its line in the table
	node -p "const p = require('./node_modules/$1/package.json'); '| $1 | ' + p.version + ' | ' + p.license + ' | https://www.npmjs.com/package/$1/v/' + p.version + ' |'"
}

{
	echo '# Libraries of the page'
	echo
	echo 'Copied from npm by `make vendor-ui`, not changed. `ui/vendor_test.go` compares the checksums.'
	echo
	echo '| Library | Version | Licence | Source |'
	echo '|-|-|-|-|'
	row lit-html
	row uplot
	echo
	echo '| File | sha256 |'
	echo '|-|-|'
	(cd static/vendor && find . -type f ! -name README.md | LC_ALL=C sort | while read -r f; do
		echo "| ${f#./} | $(sha256sum "$f" | cut -d' ' -f1) |"
	done)
} >README.vendor.tmp
mv README.vendor.tmp static/vendor/README.md
