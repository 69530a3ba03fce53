package local

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"spoor/index"
)

func markOf(t *testing.T, s *Store, key string) index.Mark {
	t.Helper()
	m, err := s.Mark(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Ensure a mark is there with its entries or not at all: at once, after a
// kill, after a seal, and after a restart.
func TestMarksAreKeptWithTheirEntries(t *testing.T) {
	dir := t.TempDir()
	s, f := openFailing(t, dir, Options{})
	first := index.Mark{Key: "k", Line: 7, Accepted: 5, Rejected: 2, Sum: 1 << 63, Done: true}
	if err := s.PutMarked(t.Context(), lines(0, 5), first); err != nil {
		t.Fatal(err)
	}
	f.write = syscall.EIO
	if err := s.PutMarked(t.Context(), lines(5, 6), index.Mark{Key: "lost", Line: 1}); err == nil {
		t.Fatal("a write failed without an error")
	}
	f.write = nil
	if got := markOf(t, s, "k"); got != first {
		t.Errorf("got %+v, want %+v", got, first)
	}
	if got := markOf(t, s, "lost"); got != (index.Mark{}) {
		t.Errorf("got %+v of a Put that failed", got)
	}

	killed := t.TempDir() // what the disk holds while the store is open
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	again, _ := openFailing(t, killed, Options{})
	if got := markOf(t, again, "k"); got != first {
		t.Errorf("after a kill: got %+v, want %+v", got, first)
	}
	second := index.Mark{Key: "k", Line: 9, Accepted: 6, Sum: 3}
	if err := again.PutMarked(t.Context(), lines(6, 7), second); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := errors.Join(again.SealAll(t.Context()), again.Close()); err != nil {
			t.Fatal(err)
		}
		again, _ = openFailing(t, killed, Options{})
		if got := markOf(t, again, "k"); got != second {
			t.Errorf("after a seal and a restart: got %+v, want %+v", got, second)
		}
	}
}

// Ensure marks are bounded in number and age, on the disk too.
func TestMarksAreForgotten(t *testing.T) {
	dir := t.TempDir()
	s, _ := openFailing(t, dir, Options{})
	s.marks.limit = 3
	for i := range 5 {
		if err := s.PutMarked(t.Context(), lines(i, i+1), index.Mark{Key: fmt.Sprint("k", i), Line: 1}); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if err := s.SealAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	var left []string
	for i := range 5 {
		if m := markOf(t, s, fmt.Sprint("k", i)); m.Key != "" {
			left = append(left, m.Key)
		}
	}
	if got := strings.Join(left, " "); got != "k2 k3 k4" {
		t.Errorf("got %s, want the newest three", got)
	}
	all, err := s.catalog.load()
	if err != nil || len(all.marks) != 3 {
		t.Errorf("the catalog holds %d marks, %v, want 3", len(all.marks), err)
	}

	m := newMarks()
	now := time.Unix(1e9, 0)
	m.add(mark{index.Mark{Key: "old"}, now.Unix()}, now)
	if _, ok := m.get("old", now.Add(markAge)); ok {
		t.Error("a mark is remembered for longer than a day")
	}
	m.add(mark{index.Mark{Key: "new"}, now.Add(markAge).Unix()}, now.Add(markAge))
	if gone := m.takeGone(); len(m.byKey) != 1 || len(gone) != 1 || gone[0] != "old" {
		t.Errorf("got %d marks and %v gone, want one each", len(m.byKey), gone)
	}
}

// Ensure a mark without a key, with too long a one or without entries is
// refused.
func TestMarksNeedAKeyAndEntries(t *testing.T) {
	s, _ := openFailing(t, t.TempDir(), Options{})
	for name, err := range map[string]error{
		"no key":       s.PutMarked(t.Context(), lines(0, 1), index.Mark{}),
		"too long key": s.PutMarked(t.Context(), lines(0, 1), index.Mark{Key: strings.Repeat("k", index.MaxKey+1)}),
		"no entries":   s.PutMarked(t.Context(), nil, index.Mark{Key: "k"}),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
