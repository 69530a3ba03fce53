package local_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/query"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// numbered makes entries "line <from>" to "line <to-1>".
func numbered(from, to int) []index.Entry {
	s := &index.Stream{Tag: "app", Format: index.Format{Name: "text"}}
	var all []index.Entry
	for i := from; i < to; i++ {
		at := noon.Add(time.Duration(i) * time.Second)
		all = append(all, index.Entry{Stream: s, Time: at, Arrived: at, Raw: fmt.Appendf(nil, "line n%d of host-%d.example.com %032x", i, i%7, rand.Uint64())})
	}
	return all
}

// filled makes a store of 400 lines in a folder: in segments, or in the log
// in records of 50.
func filled(t *testing.T, o local.Options) string {
	t.Helper()
	dir := t.TempDir()
	s, err := local.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < 400; from += 50 {
		if err := s.Put(t.Context(), numbered(from, from+50)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// state is what a store serves of the 400 lines.
type state struct {
	lines  int
	exact  bool
	damage []local.Damage
}

// look opens the store and reads all of it, twice: by everything and by a
// word that is in every line.
func look(t *testing.T, dir string) (state, error) {
	t.Helper()
	s, err := local.Open(dir, local.Options{})
	if err != nil {
		return state{}, err
	}
	defer s.Close()
	word, err := query.Parse("line example.com")
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Search(t.Context(), index.Request{Limit: 1000, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	some, err := s.Search(t.Context(), index.Request{Limit: 1000, Exact: true, Query: word})
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Hits) != len(some.Hits) {
		t.Errorf("%d lines by everything, %d by a word", len(all.Hits), len(some.Hits))
	}
	for _, h := range all.Hits {
		if !strings.HasPrefix(string(h.Raw), "line n") {
			t.Errorf("a line that was never put: %q", h.Raw)
		}
	}
	return state{len(all.Hits), all.Exact && some.Exact, s.Damage()}, nil
}

func files(t *testing.T, pattern ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %v: %v", pattern, err)
	}
	return found
}

// edit changes a file.
func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flip(offset int) func([]byte) []byte {
	return func(b []byte) []byte {
		b[offset] ^= 1 << (offset % 8)
		return b
	}
}

func TestTornLogEndIsDropped(t *testing.T) {
	for _, cut := range []int{1, 10, 39, 41, 200} {
		dir := filled(t, local.Options{})
		log := files(t, dir, "log", "*.log")
		edit(t, log[0], func(b []byte) []byte { return b[:len(b)-cut] })
		got, err := look(t, dir)
		if err != nil || got.lines != 350 || len(got.damage) > 0 {
			t.Errorf("%d bytes cut: got %+v, %v, want 350 lines and no damage", cut, got, err)
		}
	}
}

func TestStoreGoesOnAfterTornLogEnd(t *testing.T) {
	dir := filled(t, local.Options{})
	edit(t, files(t, dir, "log", "*.log")[0], func(b []byte) []byte { return b[:len(b)-5] })
	s := opener(local.Options{})(t, dir)
	if err := s.Put(t.Context(), numbered(350, 400)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := look(t, dir)
	if err != nil || got.lines != 400 || len(got.damage) > 0 {
		t.Errorf("got %+v, %v, want 400 lines and no damage", got, err)
	}
}

func TestBadLogRecordBeforeGoodOnesIsReported(t *testing.T) {
	dir := filled(t, local.Options{})
	log := files(t, dir, "log", "*.log")[0]
	info, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, log, flip(int(info.Size()/2)))
	got, err := look(t, dir)
	if err != nil || got.lines != 350 || len(got.damage) == 0 {
		t.Fatalf("got %+v, %v, want 350 lines and damage", got, err)
	}
	if d := got.damage[0]; d.File != log || d.Offset < 10 || d.Offset > info.Size()/2 {
		t.Errorf("damage: got %v, want the file and the place of the record", d)
	}
}

// Ensure that no flipped bit in the log goes unnoticed or brings a panic.
func TestFlippedLogBitsAreNoticed(t *testing.T) {
	dir := filled(t, local.Options{})
	log := files(t, dir, "log", "*.log")[0]
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 1 + len(whole)/60 {
		if err := os.WriteFile(log, flip(at)([]byte(string(whole))), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := look(t, dir)
		if err != nil {
			t.Fatalf("bit at %d: %v", at, err)
		}
		// The file's last record may count as torn.
		if got.lines < 350 || got.lines < 400 && len(got.damage) == 0 && got.lines != 350 || got.lines == 400 && at >= 10 {
			t.Errorf("bit at %d of %d: got %d lines, damage %v", at, len(whole), got.lines, got.damage)
		}
	}
}

func TestFlippedSegmentBitsAreNoticed(t *testing.T) {
	o := local.Options{SealBytes: 8000, BlockBytes: 1000}
	for _, c := range []struct {
		pattern string
		loses   bool // lines may be lost, but never in silence
	}{
		{"*/blocks.dat", true},
		{"*/meta.dat", true},
		{"*/index/*.zap", false},
		{"*/index/root.bolt", false},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			t.Parallel()
			dir := filled(t, o)
			file := files(t, dir, "segments", c.pattern)[0]
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for at := 0; at < len(whole); at += 1 + len(whole)/20 {
				if err := os.WriteFile(file, flip(at)([]byte(string(whole))), 0o600); err != nil {
					t.Fatal(err)
				}
				got, err := look(t, dir)
				if err != nil {
					t.Fatalf("bit at %d: %v", at, err)
				}
				if len(got.damage) == 0 {
					t.Errorf("bit at %d: not noticed", at)
				}
				if !c.loses && (got.lines != 400 || !got.exact) {
					t.Errorf("bit at %d: got %d lines (exact %v), want 400 exactly", at, got.lines, got.exact)
				}
				if c.loses && (got.lines < 200 || got.lines == 400 || got.exact) {
					t.Errorf("bit at %d: got %d lines (exact %v), want most of 400 and not exact", at, got.lines, got.exact)
				}
			}
		})
	}
}

func TestGetOfADamagedEntryIsNotNotFound(t *testing.T) {
	dir := filled(t, local.Options{SealBytes: 8000, BlockBytes: 1000})
	s, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Search(t.Context(), index.Request{Limit: 1, Order: index.Oldest})
	if err != nil || len(first.Hits) != 1 {
		t.Fatalf("got %d entries, %v, want 1", len(first.Hits), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, files(t, dir, "segments", "*", "blocks.dat")[0], flip(20))
	s = openDamaged(t, dir)
	if _, err := s.Get(t.Context(), first.Hits[0].ID); err == nil || errors.Is(err, index.ErrNotFound) {
		t.Errorf("got %v, want an error that speaks of damage", err)
	}
	if _, err := s.Get(t.Context(), index.ID{}); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("an id of another time: got %v, want ErrNotFound", err)
	}
}

func openDamaged(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestUncommittedSegmentsAreRemoved(t *testing.T) {
	dir := filled(t, local.Options{SealBytes: 8000, BlockBytes: 1000})
	one := filepath.Dir(files(t, dir, "segments", "*", "meta.dat")[0])
	for _, name := range []string{"00000000000fffff", "tmp-00000000000fffff"} {
		if err := os.CopyFS(filepath.Join(dir, "segments", name), os.DirFS(one)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := look(t, dir)
	if err != nil || got.lines != 400 || len(got.damage) > 0 {
		t.Errorf("got %+v, %v, want 400 lines", got, err)
	}
	for _, f := range files(t, dir, "segments", "*") {
		if strings.Contains(f, "fffff") {
			t.Errorf("%s is still there", f)
		}
	}
}

func TestSealedLogIsRemoved(t *testing.T) {
	dir := t.TempDir()
	s, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for from := 0; from < 400; from += 100 {
		if err := s.Put(t.Context(), numbered(from, from+100)); err != nil {
			t.Fatal(err)
		}
		if err := s.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "log", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("log files after a seal: got %v, %v, want none", left, err)
	}
}
