package indextest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// seen is a visitor that keeps what it is shown.
type seen struct {
	noText bool          // no text is needed
	whole  time.Duration // times that far apart need not be told apart
	failAt int           // the Visit that returns errSeen; 0 none

	extent  index.Extent
	entries []index.Entry
	counted []counted
	visits  int
}

type counted struct {
	of          *index.Stream
	first, last time.Time
	n           uint64
}

var errSeen = errors.New("seen enough")

func (s *seen) NeedsText(*index.Stream) bool { return !s.noText }

func (s *seen) Whole(first, last time.Time) bool { return last.Sub(first) < s.whole }

func (s *seen) Count(of *index.Stream, first, last time.Time, n uint64) {
	s.counted = append(s.counted, counted{of, first, last, n})
}

func (s *seen) Visit(e *index.Entry) error {
	if s.visits++; s.visits == s.failAt {
		return errSeen
	}
	kept := *e
	kept.Raw = slices.Clone(e.Raw)
	s.entries = append(s.entries, kept)
	return nil
}

// visit scans with copies of like and returns them.
func visit(t testing.TB, s index.Store, v index.Visit, like seen) (index.Visited, []*seen) {
	t.Helper()
	var all []*seen
	res, err := s.Scan(t.Context(), v, func(e index.Extent) index.Visitor {
		one := like
		one.extent = e
		all = append(all, &one)
		return &one
	})
	if err != nil {
		t.Fatalf("scan: %v", err)
	}
	return res, all
}

// checkVisit compares what visitors are shown with the reference.
func checkVisit(t testing.TB, s index.Store, ref *reference, v index.Visit) {
	t.Helper()
	want := ref.search(t, index.Request{Query: v.Query, From: v.From, To: v.To})
	what := "scan of everything"
	if v.Query != nil {
		what = "scan of " + v.Query.String()
	}
	res, all := visit(t, s, v, seen{})
	if res.Total != uint64(len(want)) || !res.Exact {
		t.Fatalf("%s: got %d (exact %v), want %d", what, res.Total, res.Exact, len(want))
	}
	var got []index.Entry
	for _, one := range all {
		got = append(got, one.entries...)
		if one.extent != res.Extent {
			t.Fatalf("%s: visitor was told %+v, the answer says %+v", what, one.extent, res.Extent)
		}
	}
	sameEntries(t, s, what, got, want)
	for _, w := range want {
		if w.Time.Before(res.Extent.From) || !w.Time.Before(res.Extent.To) {
			t.Fatalf("%s: %s is outside of the extent %+v", what, show(w), res.Extent)
		}
	}
	checkCounted(t, what, s, v, want)
}

// sameEntries fails unless got are the entries of want, in any order.
func sameEntries(t testing.TB, s index.Store, what string, got []index.Entry, want []index.Hit) {
	t.Helper()
	ids, err := s.Identify(t.Context(), got)
	if err != nil {
		t.Fatalf("%s: identify: %v", what, err)
	}
	hits := make([]index.Hit, len(got))
	for i := range got {
		hits[i] = index.Hit{ID: ids[i], Entry: got[i]}
	}
	bySeq := func(a, b index.Hit) int { return cmp.Compare(a.Seq, b.Seq) }
	slices.SortFunc(hits, bySeq)
	want = slices.Clone(want)
	slices.SortFunc(want, bySeq)
	same(t, what, hits, want)
}

// checkCounted compares what is counted without text, by stream and by time.
func checkCounted(t testing.TB, what string, s index.Store, v index.Visit, want []index.Hit) {
	t.Helper()
	for _, whole := range []time.Duration{0, 3 * time.Second, 1 << 62} {
		got := map[index.Stream]uint64{}
		_, all := visit(t, s, v, seen{noText: true, whole: whole})
		for _, one := range all {
			for _, e := range one.entries {
				if e.Raw != nil {
					t.Fatalf("%s: got the text of an entry that needs none", what)
				}
				got[*e.Stream]++
			}
			for _, c := range one.counted {
				if c.last.Sub(c.first) >= whole {
					t.Fatalf("%s: counted from %s to %s at once, want less than %s", what, c.first, c.last, whole)
				}
				got[*c.of] += c.n
			}
		}
		wants := map[index.Stream]uint64{}
		for _, w := range want {
			wants[*w.Stream]++
		}
		if len(got) != len(wants) {
			t.Fatalf("%s: counted %d streams, want %d", what, len(got), len(wants))
		}
		for of, n := range wants {
			if got[of] != n {
				t.Fatalf("%s: counted %d of %s, want %d", what, got[of], of.Tag, n)
			}
		}
	}
}

func testVisit(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	ref := &reference{}
	checkVisit(t, s, ref, index.Visit{})
	g := newGenerator(21)
	for range 6 {
		batch := g.entries(80)
		ref.put(batch)
		put(t, s, batch...)
	}
	scans := []index.Visit{
		{}, {Order: index.Oldest}, {Query: query.NewTag("zeek.*")}, {Query: query.NewSource(100)}, {Query: query.NewWord("alpha")},
		{From: start.Add(3 * time.Second), To: start.Add(9 * time.Second)}, {From: start.Add(time.Hour), To: start},
		{Query: query.NewTag("app"), From: start.Add(time.Second)}, {Query: query.NewWord("nothing-has-this")},
	}
	for range 12 {
		if n, ok := parse(t, g.query(2)); ok {
			scans = append(scans, index.Visit{Query: n})
		}
	}
	for _, v := range scans {
		checkVisit(t, s, ref, v)
	}
	if d, ok := s.(index.Deleter); ok {
		sel := index.Selector{Source: 100, From: start.Add(2 * time.Second), To: start.Add(12 * time.Second)}
		if _, err := d.Delete(t.Context(), sel, false); err != nil {
			t.Fatal(err)
		}
		ref.delete(sel)
		for _, v := range scans {
			checkVisit(t, s, ref, v)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkVisit(t, open(t, dir), ref, index.Visit{Query: query.NewWord("error")})
}

// testVisitEnds checks that a scan ends with its context and with a visitor's
// error, and that a closed store has none.
func testVisitEnds(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	put(t, s, newGenerator(22).entries(500)...)
	none := func(index.Extent) index.Visitor { return &seen{} }
	_, err := s.Scan(t.Context(), index.Visit{}, func(index.Extent) index.Visitor { return &seen{failAt: 7} })
	if !errors.Is(err, errSeen) {
		t.Errorf("a visitor's error: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Scan(ctx, index.Visit{}, none); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v, want context.Canceled", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scan(t.Context(), index.Visit{}, none); !errors.Is(err, index.ErrClosed) {
		t.Errorf("closed: got %v, want ErrClosed", err)
	}
}

// slow is a visitor that waits at its first match until it is let go.
type slow struct {
	seen
	reached chan<- struct{}
	release <-chan struct{}
}

func (s *slow) Visit(e *index.Entry) error {
	if s.visits == 0 {
		s.reached <- struct{}{}
		<-s.release
	}
	return s.seen.Visit(e)
}

// testVisitProgress checks that progress tells the truth while a scan runs.
func testVisitProgress(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	put(t, s, newGenerator(23).entries(400)...)
	release, told := make(chan struct{}), make(chan index.Progress, 1)
	reached := make(chan struct{}, 64)
	v := index.Visit{Progress: func(p index.Progress) {
		select {
		case told <- p:
		default: // one is enough
		}
	}}
	var res index.Visited
	done := make(chan error, 1)
	go func() {
		var err error
		res, err = s.Scan(t.Context(), v, func(index.Extent) index.Visitor { return &slow{reached: reached, release: release} })
		done <- err
	}()
	select {
	case <-reached:
	case err := <-done:
		t.Fatalf("the scan ended before its first match: %v", err)
	}
	p := <-told
	if p.Extent.Blocks == 0 || p.Done.Blocks >= p.Extent.Blocks {
		t.Errorf("progress while all blocks are held up: %d of %d", p.Done.Blocks, p.Extent.Blocks)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if p.Extent != res.Extent || res.Total != 400 {
		t.Errorf("got %+v, progress said %+v", res, p)
	}
}
