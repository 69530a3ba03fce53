package actionables

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spoor/internal/realdata"
)

// eachLine calls fn with every line of a log, compressed or not.
func eachLine(t *testing.T, path string, fn func(line []byte)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(path, err)
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		fn(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(path, err)
	}
}

// Ensure on every real line the scanner and the patterns agree, places hold
// their values, and the pieces joined are the line.
func TestDataShippedScansEveryLog(t *testing.T) {
	native, plain := addressMatcher(t, false), addressMatcher(t, true)
	lines, found := 0, 0
	err := filepath.WalkDir(filepath.Join(realdata.Dir(t), "logs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		eachLine(t, path, func(line []byte) {
			matches := native.Scan(line)
			lines++
			found += len(matches)
			if got, want := list(matches), list(plain.Scan(line)); got != want {
				t.Errorf("%s: %.200q: scanner %q, patterns %q", path, line, got, want)
			}
			check(t, line, nil, matches)
			for _, m := range matches {
				if !bytes.Equal(line[m.Start:m.End], []byte(m.Value)) {
					t.Logf("%s: %q stands for %s", path, line[m.Start:m.End], m.Value)
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines, %d addresses", lines, found)
	if lines < 100000 || found < 100000 {
		t.Errorf("got %d lines with %d addresses, want far more", lines, found)
	}
}

// Ensure the demo story's first line offers both of its addresses.
func TestDataShippedFindsTheStorysAddresses(t *testing.T) {
	m := addressMatcher(t, false)
	found := map[string]bool{}
	eachLine(t, filepath.Join(realdata.Dir(t), "pairs", "apt29-day2", "UTICA-A", "zeek", "notice.log"), func(line []byte) {
		for _, x := range m.Scan(line) {
			found[x.Value] = true
		}
	})
	if len(found) != 2 || !found["10.0.1.5"] || !found["192.168.0.4"] {
		t.Errorf("got %v, want 10.0.1.5 and 192.168.0.4", found)
	}
}
