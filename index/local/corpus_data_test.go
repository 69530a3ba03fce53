package local_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/query"
	"spoor/internal/format"
	"spoor/internal/realdata"
)

// logEntries reads a log as ingest would, at most that many lines of it.
func logEntries(t *testing.T, name string, most int) []index.Entry {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	p := format.NewParser(format.Options{Now: now})
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var all []index.Entry
	for lines.Scan() && len(all) < most {
		l, err := p.Parse(lines.Bytes())
		if err != nil || l.Skip {
			continue
		}
		e := index.Entry{Time: l.Time, TimeGuessed: l.Guessed, Arrived: now, Raw: []byte(lines.Text()),
			Stream: &index.Stream{Tag: l.Tag, Format: index.Format(l.Spec), Origin: index.Origin{File: filepath.Base(name)}}}
		if l.Guessed {
			e.Time = now
		}
		all = append(all, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func putAll(t *testing.T, s index.Store, entries []index.Entry) {
	t.Helper()
	for from := 0; from < len(entries); from += 5000 {
		if err := s.Put(t.Context(), entries[from:min(from+5000, len(entries))]); err != nil {
			t.Fatal(err)
		}
	}
}

// Escapes hide the word behind them: a substring search with raw borders
// finds 10 lines only.
func TestDataWordBehindEscapes(t *testing.T) {
	entries := logEntries(t, filepath.Join(realdata.Dir(t), "logs", "windows-json", "lsass05.json.gz"), 1<<30)
	s := opener(local.Options{})(t, t.TempDir())
	putAll(t, s, entries)
	n, err := query.Parse("Subject")
	if err != nil {
		t.Fatal(err)
	}
	if res, err := s.Search(t.Context(), index.Request{Query: n}); err != nil || res.Total != 1593 || len(entries) != 59707 {
		t.Errorf("got %d of %d lines, %v, want 1593 of 59707", res.Total, len(entries), err)
	}
}

// Ensure that on real logs the index only saves work.
func TestDataIndexChangesNoAnswer(t *testing.T) {
	var entries []index.Entry
	for _, pattern := range []string{"logs/*/*", "pairs/*/zeek/*", "pairs/apt29-day2/NEWYORK/zeek/*"} {
		names, err := filepath.Glob(filepath.Join(realdata.Dir(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			entries = append(entries, logEntries(t, name, 1500)...)
		}
	}
	with := opener(local.Options{SealBytes: 4 << 20, BlockBytes: 30_000})(t, t.TempDir())
	without := opener(local.Options{NoIndex: true})(t, t.TempDir())
	putAll(t, with, entries)
	putAll(t, without, entries)
	g := rand.New(rand.NewPCG(11, 12))
	found, saved := 0, 0
	for range 400 {
		n := realQuery(t, g, entries[g.IntN(len(entries))])
		if n == nil {
			continue
		}
		r := index.Request{Query: n, Limit: 20, Order: index.Order(g.IntN(2)), Exact: true}
		a, err := with.Search(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := without.Search(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if a.Total != b.Total || len(a.Hits) != len(b.Hits) {
			t.Errorf("%s: %d with the index, %d without", n, a.Total, b.Total)
			continue
		}
		for i := range a.Hits {
			if a.Hits[i].ID != b.Hits[i].ID {
				t.Errorf("%s: entry %d is %s with the index, %s without", n, i, a.Hits[i].Raw, b.Hits[i].Raw)
			}
		}
		found += min(1, int(a.Total))
		saved += min(1, a.Scanned.Skipped)
	}
	if found < 300 || saved < 150 {
		t.Errorf("%d queries found something and %d read less than all: that tests too little", found, saved)
	}
}

// realQuery asks for something that is in the entry.
func realQuery(t *testing.T, g *rand.Rand, e index.Entry) query.Node {
	t.Helper()
	r, err := format.Open(format.Spec(e.Stream.Format))
	if err != nil {
		t.Fatal(err)
	}
	fields := r.Fields(e.Raw, 0)
	if len(fields) == 0 || g.IntN(3) == 0 {
		words := strings.Fields(string(e.Raw))
		if len(words) == 0 {
			return nil
		}
		return query.Literal(words[g.IntN(len(words))])
	}
	f := fields[g.IntN(len(fields))]
	v := f.Values[g.IntN(len(f.Values))]
	switch g.IntN(4) {
	case 0:
		return query.NewFieldEqual(f.Name, query.Literal(v))
	case 1:
		return query.And(query.NewTag(e.Stream.Tag), query.NewField(f.Name, query.Literal(v)))
	case 2:
		words := strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == '.' || c == '/' || c == '\t' || c == '\n' })
		if len(words) > 0 {
			return query.NewField(f.Name, query.Literal(words[g.IntN(len(words))]))
		}
	}
	return query.NewField(f.Name, query.Literal(v))
}
