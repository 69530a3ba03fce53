package format

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dataDir is the folder of real logs; without it a test is skipped, except
// in CI.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SPOOR_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "facts.json")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no real data: %v", err)
		}
		t.Skipf("no real data (set SPOOR_DATA): %v", err)
	}
	return dir
}

type fact struct {
	Kind, Dest, Format string
	Lines, Records     int
	First, Last        time.Time
}

func readFacts(t *testing.T, dir string) []fact {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files []fact }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	logs := all.Files[:0]
	for _, f := range all.Files {
		if f.Kind == "log" {
			logs = append(logs, f)
		}
	}
	return logs
}

// eachLine reads a log of the set, unpacked, line by line.
func eachLine(t *testing.T, path string, do func(line []byte)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		do(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

// seen is what the parser made of a log.
type seen struct {
	records, guessed, rejected int
	first, last                time.Time
	formats, tags              map[string]int
}

func readLog(t *testing.T, path string, o Options, each func(Line, []byte)) seen {
	t.Helper()
	s := seen{formats: map[string]int{}, tags: map[string]int{}}
	p := NewParser(o)
	eachLine(t, path, func(raw []byte) {
		l, err := p.Parse(raw)
		switch {
		case err != nil:
			s.rejected++
			t.Logf("%s: %v: %.200s", path, err, raw)
			return
		case l.Skip:
			return
		}
		s.records++
		s.formats[l.Spec.Name]++
		s.tags[l.Tag]++
		if l.Guessed {
			s.guessed++
		} else {
			if s.first.IsZero() || l.Time.Before(s.first) {
				s.first = l.Time
			}
			if l.Time.After(s.last) {
				s.last = l.Time
			}
		}
		if each != nil {
			each(l, raw)
		}
	})
	return s
}

// Ensure every log of the set is recognised with its records, its tag, and
// the times of its first and last record.
func TestDataEveryLogIsRecognised(t *testing.T) {
	dir := dataDir(t)
	now := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	for _, f := range readFacts(t, dir) {
		t.Run(f.Dest, func(t *testing.T) {
			s := readLog(t, filepath.Join(dir, f.Dest), Options{Now: now}, nil)
			if s.records != f.Records || s.rejected != 0 {
				t.Errorf("got %d records and %d rejected, want %d and 0", s.records, s.rejected, f.Records)
			}
			format, tag := wantFormat(f)
			if s.formats[format] != f.Records || s.tags[tag] != f.Records {
				t.Errorf("got formats %v tags %v, want %s and %s for all", s.formats, s.tags, format, tag)
			}
			if f.First.IsZero() {
				t.Logf("%d records from %v to %v, %d without time", s.records, s.first, s.last, s.guessed)
				return
			}
			// The facts were taken through floats, to the microsecond.
			if got := s.first.Round(time.Microsecond); !got.Equal(f.First) || s.guessed > 0 {
				t.Errorf("got first %v (%d guessed), want %v", got, s.guessed, f.First)
			}
			if got := s.last.Round(time.Microsecond); !got.Equal(f.Last) {
				t.Errorf("got last %v, want %v", got, f.Last)
			}
		})
	}
}

func wantFormat(f fact) (format, tag string) {
	name, _, _ := strings.Cut(filepath.Base(f.Dest), ".")
	switch {
	case f.Format == "Zeek TSV":
		return ZeekTSV, "zeek." + name
	case strings.Contains(f.Dest, "zeek"):
		return ZeekJSON, "zeek." + name
	case f.Format == "JSON lines":
		return JSON, JSON
	case strings.Contains(f.Dest, "auth.log"), strings.Contains(f.Dest, "haproxy"), strings.Contains(f.Dest, "logfile_syslog"):
		return Syslog, Syslog
	case strings.Contains(f.Dest, "access"):
		return Access, Access
	}
	return Text, Text
}
