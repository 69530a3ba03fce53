package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// errRead ends a tail that has all that it wants.
var errRead = errors.New("all read")

// tail reads behind a Seq until it is at another.
func tail(t testing.TB, s index.Store, n query.Node, after, until uint64) []index.Entry {
	t.Helper()
	var got []index.Entry
	err := s.Tail(t.Context(), index.Tail{Query: n, After: after}, func(b index.TailBatch) error {
		for _, e := range b.Entries {
			if e.Seq <= after || e.Seq > b.Seq {
				t.Errorf("entry %d in a batch behind %d up to %d", e.Seq, after, b.Seq)
			}
			after = e.Seq
		}
		got = append(got, b.Entries...)
		if after = b.Seq; after >= until {
			return errRead
		}
		return nil
	})
	if !errors.Is(err, errRead) {
		t.Fatalf("tail: %v", err)
	}
	return got
}

// checkTail compares what is read behind some places with the reference.
func checkTail(t testing.TB, s index.Store, ref *reference, n query.Node) {
	t.Helper()
	all := ref.search(t, index.Request{Query: n})
	for _, after := range []uint64{0, 1, ref.seq / 3, ref.seq - 1, ref.seq} {
		var want []index.Hit
		for _, h := range all {
			if h.Seq > after {
				want = append(want, h)
			}
		}
		got := tail(t, s, n, after, ref.seq)
		if !slices.IsSortedFunc(got, func(a, b index.Entry) int { return int(a.Seq) - int(b.Seq) }) {
			t.Fatalf("tail behind %d is not in the order of arrival", after)
		}
		sameEntries(t, s, fmt.Sprintf("tail behind %d of %v", after, n), got, want)
	}
}

func testTail(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	ref := &reference{}
	g := newGenerator(31)
	for round := range 5 {
		for range 4 {
			batch := g.entries(40)
			ref.put(batch)
			put(t, s, batch...)
		}
		checkTail(t, s, ref, nil)
		checkTail(t, s, ref, query.NewWord("alpha"))
		checkTail(t, s, ref, query.NewTag("zeek.*"))
		if d, ok := s.(index.Deleter); ok && round%2 == 1 {
			sel := g.selector()
			for sel.IsZero() {
				sel = g.selector()
			}
			if _, err := d.Delete(t.Context(), sel, false); err != nil {
				t.Fatal(err)
			}
			ref.delete(sel)
			checkTail(t, s, ref, nil)
		}
		if round == 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
		}
	}
	err := s.Tail(t.Context(), index.Tail{After: ref.seq + 1000}, func(index.TailBatch) error { return errRead })
	if !errors.Is(err, index.ErrAhead) {
		t.Errorf("a place that the store has not come to: got %v, want ErrAhead", err)
	}
}

// testTailLive reads while data arrives, with a reader that puts itself: it
// must get what it puts while it is asked, and miss nothing.
func testTailLive(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	put(t, s, newGenerator(32).entries(50)...)
	const writers, batches, size = 4, 10, 20
	done := make(chan error, writers)
	begun := make(chan struct{})
	for w := range writers {
		go func() {
			<-begun
			var err error
			for b := range batches {
				var entries []index.Entry
				for i := range size {
					entries = append(entries, line(text("live"), time.Duration(i), fmt.Sprintf("writer %d batch %d line %d", w, b, i)))
				}
				err = errors.Join(err, s.Put(t.Context(), entries))
			}
			done <- err
		}()
	}
	got, last, batch := map[string]int{}, uint64(0), 0
	err := s.Tail(t.Context(), index.Tail{Query: query.NewTag("live"), After: index.TailNow}, func(b index.TailBatch) error {
		if batch++; batch == 1 {
			if len(b.Entries) > 0 || b.Seq != 50 {
				t.Errorf("from now on: got %d entries and place %d, want none and 50", len(b.Entries), b.Seq)
			}
			close(begun)
		}
		for _, e := range b.Entries {
			if e.Seq <= last {
				t.Errorf("entry %d behind entry %d", e.Seq, last)
			}
			last = e.Seq
			got[string(e.Raw)]++
		}
		if batch == 2 { // a reader that is busy while others put, and puts
			put(t, s, line(text("other"), 0, "meanwhile"))
		}
		if len(got) == writers*batches*size {
			return errRead
		}
		return nil
	})
	if !errors.Is(err, errRead) {
		t.Fatalf("tail: %v", err)
	}
	for range writers {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for raw, n := range got {
		if n != 1 {
			t.Errorf("%q came %d times", raw, n)
		}
	}
}

// testTailEnds checks that a waiting tail ends with its context, and when the
// store is closed.
func testTailEnds(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Tail(ctx, index.Tail{After: index.TailNow}, func(index.TailBatch) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v, want context.Canceled", err)
	}
	waiting, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Tail(t.Context(), index.Tail{}, func(index.TailBatch) error { close(waiting); return nil })
	}()
	<-waiting
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, index.ErrClosed) {
		t.Errorf("closed while it waits: got %v, want ErrClosed", err)
	}
}
