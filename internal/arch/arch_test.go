package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "spoor"

// arrows say what of ours a package may import. A pattern that ends in /...
// means a folder and all below it; the first rule that fits a package counts.
// Test files may import more, as long as the other tests here agree.
var arrows = []struct {
	from string
	to   []string
}{
	{"cmd/...", []string{"..."}},
	{"ui", []string{"actionables", "fleet", "index", "index/pipe", "ingest", "internal/..."}},
	{"ingest", []string{"index", "internal/..."}},
	{"index/query/automaton", nil},
	{"index/query", []string{"index/query/automaton"}},
	{"index/pipe", []string{"index", "index/query", "internal/format"}},
	{"index/local", []string{"index", "index/query", "internal/..."}},
	{"index/opensearch", []string{"index", "index/query", "internal/..."}},
	{"index/indextest", []string{"index", "index/query"}},
	{"index", []string{"index/query"}},
	{"fleet/sensor", []string{"fleet", "internal/..."}},
	{"fleet/fleettest", []string{"fleet", "internal/..."}},
	{"fleet", []string{"internal/packet", "internal/captures", "internal/meta"}},
	{"actionables", []string{"index/query", "index/query/automaton", "internal/meta", "internal/ipkind"}},
	{"internal/format", []string{"internal/packet", "internal/communityid"}},
	{"internal/communityid", nil},
	{"internal/packet", nil},
	{"internal/captures", []string{"internal/packet"}},
	{"internal/meta", nil},
	{"internal/ipkind", nil},
	{"internal/egress", []string{"internal/meta", "internal/ipkind"}},
	{"internal/saved", []string{"index", "index/query", "internal/meta"}},
	{"internal/pki", nil},
	{"internal/client", nil},
	{"internal/demo", []string{"internal/packet", "internal/pki"}},
	{"internal/arch", nil},
	{"internal/bench", []string{"internal/...", "fleet/fleettest"}},
	{"internal/realdata", nil},
}

// exceptions to arrows, each with its reason. One that is not needed any more
// fails the test.
var exceptions = []struct{ from, to, reason string }{
	{"ui", "index/query", "only ui/errors.go may turn a *query.Error into a status and a column"},
	{"internal/format", "index/query", "a format says how its lines escape (query.Escapes), which matching must know"},
	{"index/indextest", "internal/format", "the suite's oracle reads fields as the stores do; only tests import it"},
}

// strangers never import one another, not even in tests: cmd joins them.
var strangers = []string{"ingest", "actionables", "fleet"}

// outside says who may import a library, tests included. A name that ends in
// .go means that file alone.
var outside = []struct {
	library string
	from    []string
}{
	// The benchmark measures the store against a document a line.
	{"github.com/blevesearch/", []string{"index/local", "internal/bench/bleve.go"}},
	{"github.com/labstack/", []string{"ui", "ingest"}},
	{"github.com/google/gopacket", []string{"internal/packet"}},
	{"golang.org/x/crypto/ssh", []string{"fleet"}},
	{"github.com/pierrec/", []string{"internal/captures"}},
	{"go.etcd.io/bbolt", []string{"internal/meta", "index/local/catalog.go"}},
}

// onlyTests are packages for tests and measurements, which no shipped code imports.
var onlyTests = []string{"index/indextest", "fleet/fleettest", "internal/realdata", "internal/bench"}

// importing is one import of one file.
type importing struct {
	file string // from the module's root, with slashes
	pkg  string // the file's package, from the module's root
	path string // what it imports
	line int
	test bool
}

// ours returns the imported package from the module's root, if it is ours.
func (i importing) ours() (pkg string, ok bool) {
	return strings.CutPrefix(i.path, module+"/")
}

func (i importing) String() string {
	return fmt.Sprintf("%s:%d: %s imports %s", i.file, i.line, i.pkg, i.path)
}

// imports reads the import lines of every Go file of the module, whatever its
// build tags.
func imports(t *testing.T) []importing {
	t.Helper()
	root := moduleRoot(t)
	var all []importing
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && skipped(d.Name()) {
			return filepath.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		found, err := fileImports(root, name)
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("got %d imports below %s: that is not the module", len(all), root)
	}
	return all
}

// skipped are the folders that the go command leaves out, and what is not Go.
func skipped(name string) bool {
	return name == "testdata" || name == "vendor" || name == "node_modules" || name[0] == '.' || name[0] == '_'
}

func fileImports(root, name string) ([]importing, error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	var all []importing
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, importing{
			file: rel, pkg: path.Dir(rel), path: imported,
			line: files.Position(spec.Pos()).Line, test: strings.HasSuffix(rel, "_test.go"),
		})
	}
	return all, nil
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// fits says whether pkg is what pattern means.
func fits(pattern, pkg string) bool {
	if folder, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(pkg+"/", folder)
	}
	return pattern == pkg
}

// allowed returns what a package may import of ours; ok is false for a
// package without a rule.
func allowed(pkg string) (to []string, ok bool) {
	for _, a := range arrows {
		if fits(a.from, pkg) {
			return a.to, true
		}
	}
	return nil, false
}

func reaches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, pkg) })
}

// Ensure that packages import only where an arrow points, and that a new
// package gets its arrows.
func TestImportsFollowTheArrows(t *testing.T) {
	used := map[int]bool{}
	for _, i := range imports(t) {
		to, ok := i.ours()
		patterns, known := allowed(i.pkg)
		if !known {
			t.Errorf("%s: package %s has no line in arrows", i.file, i.pkg)
			continue
		}
		if !ok || i.test || reaches(patterns, to) {
			continue
		}
		e := slices.IndexFunc(exceptions, func(e struct{ from, to, reason string }) bool {
			return e.from == i.pkg && e.to == to
		})
		if e < 0 {
			t.Errorf("%s: no arrow points there", i)
		}
		used[e] = true
	}
	for n, e := range exceptions {
		if !used[n] {
			t.Errorf("the exception %s -> %s is not needed any more", e.from, e.to)
		}
	}
}

// Ensure that tests, which may look at all below them, still import no
// command, and that what only tests need is not shipped.
func TestTestsAndShippedCodeKeepApart(t *testing.T) {
	for _, i := range imports(t) {
		to, ok := i.ours()
		if !ok {
			continue
		}
		if fits("cmd/...", to) {
			t.Errorf("%s: nobody imports a command", i)
		}
		helper := slices.Contains(onlyTests, i.pkg)
		if !i.test && !helper && slices.Contains(onlyTests, to) {
			t.Errorf("%s: only tests may", i)
		}
	}
}

// Ensure that ingest, actionables and fleet know nothing of one another.
func TestStrangersStayApart(t *testing.T) {
	top := func(pkg string) string { name, _, _ := strings.Cut(pkg, "/"); return name }
	for _, i := range imports(t) {
		to, ok := i.ours()
		if !ok || top(i.pkg) == top(to) {
			continue
		}
		if slices.Contains(strangers, top(i.pkg)) && slices.Contains(strangers, top(to)) {
			t.Errorf("%s: these two are joined by cmd alone", i)
		}
	}
}

// Ensure that a library stays where it can be replaced.
func TestLibrariesStayInTheirPackages(t *testing.T) {
	for _, i := range imports(t) {
		for _, o := range outside {
			if !strings.HasPrefix(i.path, o.library) || slices.Contains(o.from, i.pkg) || slices.Contains(o.from, i.file) {
				continue
			}
			t.Errorf("%s: only %s may", i, strings.Join(o.from, " and "))
		}
	}
}

// Ensure that the rules above can fail.
func TestRulesTellRightFromWrong(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"cmd/spoor", "index/local", true},
		{"ui", "internal/packet", true},
		{"ui", "fleet/sensor", false},
		{"ui", "index/local", false},
		{"index", "index/local", false},
		{"index/query", "index", false},
		{"fleet", "internal/format", false},
		{"fleet", "index", false},
		{"fleet/sensor", "internal/packet", true},
		{"internal/packet", "internal/meta", false},
	} {
		patterns, ok := allowed(tt.from)
		if got := ok && reaches(patterns, tt.to); got != tt.want {
			t.Errorf("%s -> %s: got %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
	if _, ok := allowed("util"); ok {
		t.Error("a package that nobody has thought of is allowed")
	}
}
