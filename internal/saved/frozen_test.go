package saved

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/query"
)

func openSet(dir string) (Set, error) { return local.Open(dir, local.Options{}) }

// stored is a store with n lines, three of each second, of which the third is
// like the second.
func stored(t *testing.T, n int) *local.Store {
	t.Helper()
	s, err := local.Open(t.TempDir(), local.Options{})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	stream := &index.Stream{Tag: "app", Source: 7, Format: index.Format{Name: "text"}, Origin: index.Origin{Host: "h"}}
	var batch []index.Entry
	for i := range n {
		k := i
		if i%3 == 2 {
			k--
		}
		batch = append(batch, index.Entry{Stream: stream, Time: at(i), Raw: []byte(fmt.Sprintf("line %d, even or odd%d", k, i%2)), TimeGuessed: i%2 == 0, Arrived: at(i).Add(time.Hour)})
	}
	must(t, s.Put(context.Background(), batch))
	return s
}

func at(i int) time.Time { return time.Unix(1600000000+int64(i/3), 0).UTC() }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sets(t *testing.T, dir string, o SetsOptions) *Sets {
	t.Helper()
	s, err := NewSets(database(t, dir), filepath.Join(dir, "frozen"), openSet, o)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func all(t *testing.T, s index.Store, q string) []index.Hit {
	t.Helper()
	where, err := query.Parse(q)
	must(t, err)
	r, err := s.Search(t.Context(), index.Request{Query: where, Limit: 10_000})
	must(t, err)
	return r.Hits
}

// Ensure a frozen set answers as the store did: the same entries in the same
// order under the same ids, whatever becomes of the store, also after a
// restart.
func TestFrozenSetsAnswerAsTheStoreDid(t *testing.T) {
	store, dir := stored(t, 2999), t.TempDir()
	db := database(t, dir)
	s, err := NewSets(db, filepath.Join(dir, "frozen"), openSet, SetsOptions{})
	must(t, err)
	where, err := query.Parse("odd0")
	must(t, err)
	f, err := s.Freeze(t.Context(), store, where, Frozen{Name: "n", Note: "case 7", By: "ann", Q: "odd0", From: at(3), To: at(2400)})
	must(t, err)
	want := all(t, store, "odd0")
	kept := want[:0:0]
	for _, h := range want {
		if !h.Time.Before(at(3)) && h.Time.Before(at(2400)) {
			kept = append(kept, h)
		}
	}
	if f.ID != 1 || f.Entries != uint64(len(kept)) || f.Total != f.Entries || f.Limit != "" || !f.First.Equal(at(3)) || !f.Last.Equal(at(2399)) {
		t.Errorf("got %+v, want %d entries", f, len(kept))
	}
	_, err = store.Delete(t.Context(), index.Selector{Tag: "app"}, false)
	must(t, err)
	must(t, s.Close())
	s, err = NewSets(db, filepath.Join(dir, "frozen"), openSet, SetsOptions{})
	must(t, err)
	defer s.Close()
	set, release, err := s.Use(1)
	must(t, err)
	defer release()
	got := all(t, set, "")
	if len(got) != len(kept) {
		t.Fatalf("got %d entries, want %d", len(got), len(kept))
	}
	for i, h := range got {
		w := kept[i]
		if h.ID.Time != w.ID.Time || h.ID.Hash != w.ID.Hash || string(h.Raw) != string(w.Raw) || *h.Stream != *w.Stream || h.TimeGuessed != w.TimeGuessed || !h.Arrived.Equal(w.Arrived) {
			t.Fatalf("entry %d: got %v %q, want %v %q", i, h.ID, h.Raw, w.ID, w.Raw)
		}
	}
	if n := len(all(t, set, "line 1999")); n != 0 && n > 2 {
		t.Errorf("a search inside the set: got %d", n)
	}
}

// Ensure that a set which would be too large keeps the newest and says so,
// and that all sets together have a bound.
func TestFrozenSetsAreBounded(t *testing.T) {
	store := stored(t, 300)
	for _, tt := range []struct {
		o     SetsOptions
		limit string
		n     uint64
	}{
		{SetsOptions{Entries: 100}, "entries", 100},
		{SetsOptions{Entries: 300}, "", 300},
		{SetsOptions{Bytes: 1000}, "bytes", 0},
		{SetsOptions{AllBytes: 1000}, "bytes", 0},
	} {
		s := sets(t, t.TempDir(), tt.o)
		f, err := s.Freeze(t.Context(), store, nil, Frozen{})
		must(t, err)
		if f.Limit != tt.limit || tt.n != 0 && f.Entries != tt.n || f.Total != 300 || f.Bytes > 1000 && tt.limit == "bytes" {
			t.Errorf("%+v: got %+v", tt.o, f)
		}
		if !f.Last.Equal(at(299)) {
			t.Errorf("%+v: the newest kept is of %v, want %v", tt.o, f.Last, at(299))
		}
	}
	s := sets(t, t.TempDir(), SetsOptions{AllBytes: 20_000})
	var err error
	for range 10 {
		if _, err = s.Freeze(t.Context(), store, nil, Frozen{}); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}

// Ensure that a freeze of nothing, or one that is given up, leaves nothing.
func TestFreezeLeavesNothingBehind(t *testing.T) {
	store, dir := stored(t, 300), t.TempDir()
	s := sets(t, dir, SetsOptions{})
	where, err := query.Parse("nothing_like_it")
	must(t, err)
	if _, err := s.Freeze(t.Context(), store, where, Frozen{}); !errors.Is(err, ErrNothing) {
		t.Errorf("got %v, want ErrNothing", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Freeze(ctx, store, nil, Frozen{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "frozen"))
	must(t, err)
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Ensure that what a crash leaves is removed at the next start, and that
// nothing else is.
func TestSetsTidyAfterACrash(t *testing.T) {
	store, dir := stored(t, 30), t.TempDir()
	db := database(t, dir)
	s, err := NewSets(db, filepath.Join(dir, "frozen"), openSet, SetsOptions{})
	must(t, err)
	_, err = s.Freeze(t.Context(), store, nil, Frozen{})
	must(t, err)
	must(t, s.Close())
	for _, name := range []string{"tmp-1", "9"} { // in the making; deleted by its record only
		must(t, os.MkdirAll(filepath.Join(dir, "frozen", name, "log"), 0o700))
	}
	s, err = NewSets(db, filepath.Join(dir, "frozen"), openSet, SetsOptions{})
	must(t, err)
	defer s.Close()
	left, err := os.ReadDir(filepath.Join(dir, "frozen"))
	must(t, err)
	if len(left) != 1 || left[0].Name() != "1" {
		t.Errorf("left: %v, want set 1", left)
	}
}

// Ensure that few sets stay open, that a set in use is not closed under its
// user, and that a deleted one is gone from the disk.
func TestSetsOpenFewAndDelete(t *testing.T) {
	store, dir := stored(t, 30), t.TempDir()
	s := sets(t, dir, SetsOptions{Open: 1})
	for range 3 {
		_, err := s.Freeze(t.Context(), store, nil, Frozen{})
		must(t, err)
	}
	first, release, err := s.Use(1)
	must(t, err)
	for id := uint64(2); id <= 3; id++ {
		_, done, err := s.Use(id)
		must(t, err)
		done()
	}
	if n := len(s.shelf); n != 1 {
		t.Errorf("got %d sets open, want the one in use", n)
	}
	must(t, s.Delete(1, 1))
	if n := len(all(t, first, "")); n != 30 {
		t.Errorf("a set deleted in use: got %d entries, want 30", n)
	}
	release()
	if _, _, err := s.Use(1); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "frozen", "1")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a deleted set: %v", err)
	}
	if _, err := s.Put(Frozen{ID: 2, Note: "looked at", Version: 2}); !errors.Is(err, ErrConflict) {
		t.Errorf("old version: got %v, want ErrConflict", err)
	}
	if f, err := s.Put(Frozen{ID: 2, Name: "two", Note: "looked at", Version: 1}); err != nil || f.Version != 2 || f.Entries != 30 {
		t.Errorf("got %+v, %v", f, err)
	}
	if err := s.Delete(2, 1); !errors.Is(err, ErrConflict) {
		t.Errorf("delete of an old version: got %v, want ErrConflict", err)
	}
	list, bytes, err := s.List()
	if err != nil || len(list) != 2 || list[0].ID != 3 || bytes != list[0].Bytes+list[1].Bytes {
		t.Errorf("got %+v, %d, %v", list, bytes, err)
	}
}

// Ensure that a backup of the sets opens as they were.
func TestSetsBackup(t *testing.T) {
	store, dir := stored(t, 30), t.TempDir()
	s := sets(t, dir, SetsOptions{})
	_, err := s.Freeze(t.Context(), store, nil, Frozen{})
	must(t, err)
	to := filepath.Join(t.TempDir(), "copy")
	must(t, s.Backup(t.Context(), to))
	again, err := local.Open(filepath.Join(to, "1"), local.Options{})
	must(t, err)
	defer again.Close()
	if n := len(all(t, again, "")); n != 30 {
		t.Errorf("got %d entries, want 30", n)
	}
}

// Ensure that who waits for another freeze can give up.
func TestFreezeIsCancelledWhileItWaits(t *testing.T) {
	s := sets(t, t.TempDir(), SetsOptions{})
	s.freezing <- struct{}{} // another one is at it
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Freeze(ctx, stored(t, 3), nil, Frozen{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the time", err)
	}
}
