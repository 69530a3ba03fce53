package local

import (
	"context"
	"fmt"
	"sync/atomic"

	"spoor/index"
)

// dropSpent forgets one tomb if nothing of what it hides is left. What the
// metadata of segments can't tell, as where a deletion lies between times that
// are stored, is looked for, so one tomb at a time.
func (s *Store) dropSpent(ctx context.Context) error {
	leave, err := s.enter()
	if err != nil {
		return nil // closed: nothing to do any more
	}
	defer leave()
	return s.nextSpent(ctx)
}

func (s *Store) nextSpent(ctx context.Context) error {
	view := s.snapshot()
	defer view.release()
	all := view.tombs.all
	if len(all) == 0 {
		return nil
	}
	return s.dropUnused(ctx, view, &all[s.nextTomb.Add(1)%uint64(len(all))])
}

// dropIfSpent is dropSpent for the tomb of a selector.
func (s *Store) dropIfSpent(ctx context.Context, sel index.Selector) error {
	view := s.snapshot()
	defer view.release()
	for i := range view.tombs.all {
		if t := &view.tombs.all[i]; t.Selector == sel {
			return s.dropUnused(ctx, view, t)
		}
	}
	return nil
}

// dropUnused forgets a tomb of a snapshot if it hides nothing, apart from what
// others hide.
func (s *Store) dropUnused(ctx context.Context, view *snapshot, t *tomb) error {
	bare := *view
	bare.tombs, bare.seq = newTombs(nil), min(view.seq, t.Seq)
	q, ok := s.newScan(&bare, nil, t.From, t.To)
	if ok {
		scanning, stop := context.WithCancel(ctx)
		defer stop()
		some := &anyHit{stop: stop}
		q.exact, q.sink = true, some
		q.plan.only = func(of *stream) bool { return t.HasStream(of.def) }
		err := q.run(scanning)
		var r index.Result
		q.result(&r)
		if some.found.Load() || err != nil || !r.Exact {
			return ctx.Err()
		}
	}
	return s.unbury(t.ID)
}

// anyHit is the sink that ends a scan with the first match.
type anyHit struct {
	found atomic.Bool
	stop  context.CancelFunc
}

func (a *anyHit) hit(n uint64) {
	if n > 0 {
		a.found.Store(true)
		a.stop()
	}
}

func (a *anyHit) whole(_ *unit, n uint64) bool { a.hit(n); return true }
func (a *anyHit) wants(*unit) bool             { return false }
func (a *anyHit) begin() taker                 { return anyTaker{a} }

type anyTaker struct{ any *anyHit }

func (t anyTaker) wants(*row) bool         { return false }
func (t anyTaker) count(_ int64, n uint64) { t.any.hit(n) }
func (t anyTaker) end()                    {}
func (t anyTaker) take(*stream, *row, func(*row) ([]byte, error)) error {
	t.any.hit(1)
	return nil
}

// unbury forgets a tomb that hides nothing.
func (s *Store) unbury(id uint64) error {
	s.commit.Lock() // keeps deletions out
	defer s.commit.Unlock()
	if err := s.catalog.setTombs(nil, []uint64{id}); err != nil {
		return fmt.Errorf("forget a deletion: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []tomb
	for _, t := range s.tombs.all {
		if t.ID != id {
			left = append(left, t)
		}
	}
	s.tombs = newTombs(left)
	return nil
}
