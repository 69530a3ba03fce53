package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// of makes numbered lines of a source, a second apart.
func of(source uint32, from, to int) []index.Entry {
	stream := &index.Stream{Tag: "app", Source: source, Format: index.Format{Name: "text"}}
	all := lines(from, to)
	for i := range all {
		all[i].Stream = stream
	}
	return all
}

func shownIn(t *testing.T, s *Store) uint64 {
	t.Helper()
	res, err := s.Search(t.Context(), index.Request{})
	if err != nil || !res.Exact {
		t.Fatalf("count: %+v, %v", res, err)
	}
	return res.Total
}

func segmentFolders(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(dir, segmentsDir))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// sealed puts entries and seals them into segments of their own.
func sealed(t *testing.T, s *Store, batches ...[]index.Entry) {
	t.Helper()
	for _, b := range batches {
		if err := errors.Join(s.Put(t.Context(), b), s.SealAll(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

func mustDelete(t *testing.T, s *Store, sel index.Selector, want uint64) {
	t.Helper()
	if got, err := s.Delete(t.Context(), sel, false); err != nil || got != (index.Deleted{Entries: want, Exact: true}) {
		t.Fatalf("delete %+v: got %+v, %v, want %d", sel, got, err, want)
	}
}

// Ensure a segment of which nothing is seen any more goes at once, and then
// what hides it; one that is hidden in part stays, after a restart too.
func TestDeletedSegmentsAreRemovedAtOnce(t *testing.T) {
	dir := t.TempDir()
	s, _ := openFailing(t, dir, Options{})
	sealed(t, s, of(1, 0, 100), of(2, 0, 100), append(of(1, 100, 150), of(2, 100, 150)...))
	if err := s.Put(t.Context(), of(2, 150, 160)); err != nil {
		t.Fatal(err)
	}
	mustDelete(t, s, index.Selector{Source: 1}, 150)
	if n := segmentFolders(t, dir); n != 2 {
		t.Errorf("got %d segments, want 2: one was of source 1 only", n)
	}
	for range 2 {
		if n := shownIn(t, s); n != 160 || len(s.tombs.all) != 1 {
			t.Errorf("got %d entries and %d deletions, want 160 and 1", n, len(s.tombs.all))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, _ = openFailing(t, dir, Options{})
	}
	if err := s.Put(t.Context(), of(1, 0, 5)); err != nil {
		t.Fatal(err)
	}
	mustDelete(t, s, index.Selector{Source: 2}, 160)
	mustDelete(t, s, index.Selector{Source: 1}, 5)
	if err := s.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.dropHidden()
	if n := segmentFolders(t, dir); n != 0 || len(s.tombs.all) != 0 || shownIn(t, s) != 0 {
		t.Errorf("got %d segments and %d deletions of an empty store, want none", n, len(s.tombs.all))
	}
	all, err := s.catalog.load()
	if err != nil || len(all.segments) != 0 || len(all.tombs) != 0 {
		t.Errorf("the catalog holds %d segments and %d deletions, %v", len(all.segments), len(all.tombs), err)
	}
}

// Ensure a search that is under way while its segment is deleted reads all of
// it, and the files go afterwards.
func TestASearchOutlivesWhatIsDeleted(t *testing.T) {
	dir := t.TempDir()
	s, _ := openFailing(t, dir, Options{})
	sealed(t, s, of(1, 0, 100))
	view := s.snapshot()
	mustDelete(t, s, index.Selector{Source: 1}, 100)
	q, _ := s.newScan(view, query.NewWord("line"), time.Time{}, time.Time{})
	q.exact = true
	n := &tally{}
	q.sink = n
	if err := q.run(t.Context()); err != nil || n.Load() != 100 || q.damaged.Load() {
		t.Errorf("got %d entries, %v, want all 100", n.Load(), err)
	}
	if n := segmentFolders(t, dir); n != 1 {
		t.Errorf("got %d segments while one is read, want it", n)
	}
	view.release()
	if n := segmentFolders(t, dir); n != 0 {
		t.Errorf("got %d segments after the search, want none", n)
	}
}

// Ensure numbers that a damaged log has lost are not given out again where a
// deletion would hide what comes.
func TestADeletionHidesNothingThatComesLater(t *testing.T) {
	dir := t.TempDir()
	s, _ := openFailing(t, dir, Options{})
	if err := s.Put(t.Context(), of(1, 0, 10)); err != nil {
		t.Fatal(err)
	}
	mustDelete(t, s, index.Selector{Source: 1}, 10)
	path := s.wal.path
	if err := errors.Join(s.Close(), os.Truncate(path, int64(len(logMagic)))); err != nil {
		t.Fatal(err)
	}
	s, _ = openFailing(t, dir, Options{})
	if err := s.Put(t.Context(), of(1, 0, 3)); err != nil {
		t.Fatal(err)
	}
	if n := shownIn(t, s); n != 3 {
		t.Errorf("got %d entries, want 3", n)
	}
}

// Ensure deletions are bounded, and one that repeats another counts once.
func TestDeletionsAreBounded(t *testing.T) {
	s, _ := openFailing(t, t.TempDir(), Options{})
	sealed(t, s, of(1, 0, 10))
	var all []tomb
	for i := range maxTombs - 1 {
		at := time.Unix(5, int64(i)).UTC()
		all = append(all, tomb{ID: uint64(i + 1), Selector: index.Selector{Source: 1, From: at, To: at.Add(1)}})
	}
	s.tombs = newTombs(all)
	last := index.Selector{Source: 1, From: time.Unix(5, 0), To: time.Unix(6, 0)}
	mustDelete(t, s, last, 1)
	mustDelete(t, s, last, 0)
	_, err := s.Delete(t.Context(), index.Selector{Source: 1, To: time.Unix(9, 0)}, false)
	if !errors.Is(err, index.ErrTooManyDeletions) {
		t.Errorf("got %v, want ErrTooManyDeletions", err)
	}
	if n := shownIn(t, s); n != 9 {
		t.Errorf("got %d entries, want 9", n)
	}
}

// Ensure searches, puts and seals go on while entries are deleted.
func TestDeleteWhileAllElseGoesOn(t *testing.T) {
	s, _ := openFailing(t, t.TempDir(), Options{SealBytes: 2000, BlockBytes: 300})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 3)
	go func() { done <- s.Run(ctx) }()
	go func() {
		for i := range 100 {
			if err := s.Put(ctx, of(uint32(i%3+1), i*10, i*10+10)); err != nil {
				done <- fmt.Errorf("put: %w", err)
				return
			}
		}
		done <- nil
	}()
	go func() {
		for i := range 60 {
			if _, err := s.Delete(ctx, index.Selector{Source: uint32(i%2 + 1)}, i%3 == 0); err != nil {
				done <- fmt.Errorf("delete: %w", err)
				return
			}
			if _, err := s.Streams(ctx); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for source := range uint32(2) {
		if _, err := s.Delete(ctx, index.Selector{Source: source + 1}, false); err != nil {
			t.Error(err)
		}
	}
	if n := shownIn(t, s); n != 330 {
		t.Errorf("got %d entries, want the 330 of source 3", n)
	}
	stop()
	<-done
}

// Ensure a deletion that hides nothing, or nothing any more, is forgotten,
// though what is stored lies around its times, and that one which hides
// something is not.
func TestDeletionsThatHideNothingAreForgotten(t *testing.T) {
	s, _ := openFailing(t, t.TempDir(), Options{})
	sealed(t, s, append(of(1, 0, 10), of(1, 100, 110)...))
	between := index.Selector{Source: 1, From: time.Unix(50, 0), To: time.Unix(60, 0)}
	mustDelete(t, s, between, 0)
	if n := len(s.tombs.all); n != 0 {
		t.Errorf("got %d deletions, want none: there was nothing", n)
	}
	some := index.Selector{Source: 1, From: time.Unix(5, 0), To: time.Unix(105, 0)}
	mustDelete(t, s, some, 10)
	mustDelete(t, s, some, 0) // the same again: it hides what the first did
	if err := s.dropSpent(t.Context()); err != nil || len(s.tombs.all) != 1 || shownIn(t, s) != 10 {
		t.Fatalf("got %d deletions, %d entries, %v, want 1 and 10", len(s.tombs.all), shownIn(t, s), err)
	}
	if err := s.Put(t.Context(), of(1, 50, 60)); err != nil {
		t.Fatal(err)
	}
	sealed(t, s, of(1, 0, 1)) // a second segment, so that there is something to merge
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := shownIn(t, s); len(s.tombs.all) != 0 || n != 21 {
		t.Errorf("after compaction: got %d deletions and %d entries, want 0 and 21", len(s.tombs.all), n)
	}
}
