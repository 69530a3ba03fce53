#!/bin/sh
# Copies the page's libraries from npm into ui/static/vendor and writes
# their versions, licences and checksums into its README.md. Versions are
# pinned by ui/package.json and ui/package-lock.json.
set -eu
cd "$(dirname "$0")/../ui"

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Only what the page imports, unbundled, under the paths of the package.
files='lit-html.js directive.js directive-helpers.js directives/guard.js directives/live.js directives/repeat.js LICENSE'
from=node_modules/lit-html
to=static/vendor/lit-html

rm -rf static/vendor
for f in $files; do
	mkdir -p "$to/$(dirname "$f")"
	cp "$from/$f" "$to/$f"
	chmod 0644 "$to/$f"
done

field() { # NAME: a member of lit-html's package.json
	node -p "require('./$from/package.json').$1"
}

{
	echo '# Libraries of the page'
	echo
	echo 'Copied from npm by `make vendor-ui`, not changed. `ui/vendor_test.go` compares the checksums.'
	echo
	echo '| Library | Version | Licence | Source |'
	echo '|-|-|-|-|'
	echo "| lit-html | $(field version) | $(field license) | https://www.npmjs.com/package/lit-html/v/$(field version) |"
	echo
	echo '| File | sha256 |'
	echo '|-|-|'
	(cd static/vendor && find . -type f ! -name README.md | LC_ALL=C sort | while read -r f; do
		echo "| ${f#./} | $(sha256sum "$f" | cut -d' ' -f1) |"
	done)
} >README.vendor.tmp
mv README.vendor.tmp static/vendor/README.md
