package format

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the tests get into testdata")

var testNow = time.Date(2024, 2, 28, 12, 0, 0, 0, time.UTC)

// Ensure each log in testdata is read as its golden file says: format, tag,
// time, and every field of each line.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Now: testNow, Format: strings.TrimSpace(string(part(a, "format")))}
			if zone := strings.TrimSpace(string(part(a, "zone"))); zone != "" {
				if o.Zone, err = time.LoadLocation(zone); err != nil {
					t.Fatal(err)
				}
			}
			got := describe(t, o, string(part(a, "log")))
			want := string(part(a, "want"))
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("got\n%swant\n%s", got, want)
			}
			set(a, "want", got)
			if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func part(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func set(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

// describe writes what the parser and the readers make of a log.
func describe(t *testing.T, o Options, log string) string {
	t.Helper()
	var out bytes.Buffer
	p := NewParser(o)
	for i, line := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		l, err := p.Parse([]byte(line))
		switch {
		case err != nil:
			fmt.Fprintf(&out, "%d: rejected: %v\n", i+1, err)
			continue
		case l.Skip:
			continue
		}
		at := l.Time.Format(time.RFC3339Nano)
		if l.Guessed {
			at = "no time"
		}
		fmt.Fprintf(&out, "%d: %s, %s, %s\n", i+1, l.Spec.Name, l.Tag, at)
		r, err := Open(l.Spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Fields([]byte(line), 0) {
			if f.List {
				fmt.Fprintf(&out, "\t%s = %q\n", f.Name, f.Values)
			} else {
				fmt.Fprintf(&out, "\t%s = %q\n", f.Name, f.Values[0])
			}
		}
	}
	for _, n := range p.Notes() {
		fmt.Fprintf(&out, "note: %s\n", n)
	}
	return out.String()
}
