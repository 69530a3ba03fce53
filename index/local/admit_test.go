package local

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// Ensure a first page and a histogram pass while every place for heavy searches
// is taken, and that a full scan waits no longer than its context lets it.
func TestLightSearchesPassByHeavyOnes(t *testing.T) {
	s, err := Open(t.TempDir(), Options{MaxScans: 1, BlockBytes: 200, SealBytes: 1 << 20, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sealed(t, s, lines(0, 5000))
	if n := len(s.segments[0].blocks); n < 3*lightBlocks {
		t.Fatalf("%d blocks are no heavy search", n)
	}
	if err := s.gate.scans.Acquire(t.Context(), 1); err != nil { // a heavy search that does not end
		t.Fatal(err)
	}
	needle, err := query.Parse("/line 4711$/")
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Search(t.Context(), index.Request{Limit: 100})
	if err != nil || len(first.Hits) != 100 {
		t.Errorf("first page: got %d entries, %v", len(first.Hits), err)
	}
	if h, err := s.Histogram(t.Context(), index.Request{}, 60); err != nil || h.Total != 5000 {
		t.Errorf("histogram: got %d entries, %v", h.Total, err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := s.Search(ctx, index.Request{Query: needle}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("full scan: got %v, want it to wait in vain", err)
	}
	s.gate.scans.Release(1)
	for range 3 { // places are given back
		res, err := s.Search(t.Context(), index.Request{Query: needle})
		if err != nil || res.Total != 1 || res.Scanned.Blocks <= lightBlocks {
			t.Errorf("full scan: got %+v, %v, want 1 entry", res, err)
		}
	}
	if !s.gate.scans.TryAcquire(1) || !s.gate.blocks.TryAcquire(2) {
		t.Error("a search has kept its place")
	}
}

// Ensure so many heavy searches and no more pass at once, in the order in
// which they came, and that one that has given up takes no place.
func TestGateBoundsHeavySearches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newScanGate(2, 1)
		var mu sync.Mutex // guards order
		var order []int
		passed := func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(order)
		}
		ctx, stop := context.WithCancel(t.Context())
		for i := range 5 {
			go func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				mine := t.Context()
				if i == 2 {
					mine = ctx
				}
				var p pass
				p.read.Store(lightBlocks)
				defer g.leave(&p)
				done, err := g.admit(mine, &p, lightBlocks)
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("search %d: %v", i, err)
					}
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Second)
				done()
			}()
		}
		time.Sleep(100 * time.Millisecond)
		stop()
		synctest.Wait()
		if now := passed(); len(now) != 1 {
			t.Errorf("got %v, want one block at a time", now)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got, want := passed(), []int{0, 1, 3, 4}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
