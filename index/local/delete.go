package local

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"spoor/index"
)

// maxTombs bounds how many deletions may wait for the space of their entries
// to be freed.
const maxTombs = 1000

var _ index.Deleter = (*Store)(nil)

// Delete hides entries; see index.Deleter. Segments that hold nothing else are
// removed at once, others when they are compacted.
func (s *Store) Delete(ctx context.Context, sel index.Selector, dry bool) (index.Deleted, error) {
	leave, err := s.enter()
	if err != nil {
		return index.Deleted{}, err
	}
	defer leave()
	if sel.IsZero() {
		return index.Deleted{}, index.ErrNoSelector
	}
	if !sel.From.IsZero() {
		sel.From = sel.From.UTC().Round(0) // so that equal selections are equal
	}
	if !sel.To.IsZero() {
		sel.To = sel.To.UTC().Round(0)
	}
	if dry {
		view := s.snapshot()
		defer view.release()
		return s.countSelected(ctx, view, sel)
	}
	view, err := s.bury(sel)
	if err != nil {
		return index.Deleted{}, err
	}
	defer view.release()
	// It is done, so the caller gets to know how much it was.
	n, err := s.countSelected(context.WithoutCancel(ctx), view, sel)
	s.dropHidden()
	if err == nil && n.Entries == 0 && n.Exact {
		// It may hide what an equal deletion hid before.
		err = s.dropIfSpent(context.WithoutCancel(ctx), sel)
	}
	return n, err
}

// bury adds a tomb. It returns what was seen right before.
func (s *Store) bury(sel index.Selector) (*snapshot, error) {
	s.commit.Lock() // all that is acknowledged has its Seq
	defer s.commit.Unlock()
	view := s.snapshot()
	t := tomb{ID: 1, Selector: sel, Seq: view.seq, At: time.Now().UTC()}
	var all []tomb
	var gone []uint64
	for _, old := range view.tombs.all {
		t.ID = max(t.ID, old.ID+1)
		if old.Selector == sel {
			gone = append(gone, old.ID) // the new one hides all that it hides
			continue
		}
		all = append(all, old)
	}
	err := error(index.ErrTooManyDeletions)
	if len(all) < maxTombs {
		err = s.catalog.setTombs([]tomb{t}, gone)
	}
	if err != nil {
		view.release()
		return nil, noSpace(fmt.Errorf("delete: %w", err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tombs = newTombs(append(all, t))
	return view, nil
}

// countSelected counts what a snapshot shows of a selection.
func (s *Store) countSelected(ctx context.Context, view *snapshot, sel index.Selector) (index.Deleted, error) {
	q, ok := s.newScan(view, nil, sel.From, sel.To)
	if !ok {
		return index.Deleted{Exact: true}, nil
	}
	q.exact = true
	q.plan.only = func(of *stream) bool { return sel.HasStream(of.def) }
	n := &tally{}
	q.sink = n
	if err := q.run(ctx); err != nil {
		return index.Deleted{}, err
	}
	var res index.Result
	q.result(&res)
	return index.Deleted{Entries: n.Load(), Exact: res.Exact}, nil
}

// tally is the sink that only counts.
type tally struct{ atomic.Uint64 }

func (t *tally) whole(_ *unit, n uint64) bool { t.Add(n); return true }
func (t *tally) wants(*unit) bool             { return false }
func (t *tally) begin() taker                 { return tallyTaker{t} }

type tallyTaker struct{ tally *tally }

func (t tallyTaker) wants(*row) bool         { return false }
func (t tallyTaker) count(_ int64, n uint64) { t.tally.Add(n) }
func (t tallyTaker) take(*stream, *row, func(*row) ([]byte, error)) error {
	t.tally.Add(1)
	return nil
}
func (t tallyTaker) end() {}

// dropHidden removes the segments of which nothing is seen any more, and then
// the tombs that hide nothing any more. What goes wrong is logged and tried
// again later: the entries are hidden all the same.
func (s *Store) dropHidden() {
	s.mu.RLock()
	none := len(s.tombs.all) == 0
	s.mu.RUnlock()
	if none {
		return
	}
	if !s.tidying.TryLock() {
		return // Run looks again
	}
	defer s.tidying.Unlock()
	if err := errors.Join(s.dropSegments(), s.dropTombs()); err != nil {
		s.log.Warn("remove what was deleted", "err", err)
	}
}

// dropSegments is called with tidying held.
func (s *Store) dropSegments() error {
	s.mu.RLock()
	segments, now := s.segments, s.tombs
	s.mu.RUnlock()
	gone := map[*segment]bool{}
	var ids []uint64
	for _, seg := range segments {
		if s.wholly(seg, now) {
			gone[seg] = true
			ids = append(ids, seg.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := s.catalog.replace(ids, nil); err != nil {
		return err
	}
	s.mu.Lock()
	var left []*segment
	for _, seg := range s.segments {
		if !gone[seg] {
			left = append(left, seg)
		}
	}
	s.segments = left
	s.broadcast()
	s.mu.Unlock()
	var errs []error
	for seg := range gone {
		seg.doomed.Store(true)
		errs = append(errs, seg.release())
	}
	return errors.Join(errs...)
}

// wholly says whether all of a segment is hidden.
func (s *Store) wholly(seg *segment, now *tombs) bool {
	for _, p := range seg.streams {
		if coverOf(now.of(s.streams.get(p.stream)), p.minTime, p.maxTime, p.maxSeq) != coverAll {
			return false
		}
	}
	return true
}

// dropTombs forgets the tombs that nothing stored can be hidden by. Where a
// segment could not be opened nobody knows, and all of them stay.
func (s *Store) dropTombs() error {
	s.mu.RLock()
	now, lost := s.tombs, s.lost
	var left []tomb
	var gone []uint64
	for i := range now.all {
		if t := &now.all[i]; lost || s.needed(t) {
			left = append(left, *t)
		} else {
			gone = append(gone, t.ID)
		}
	}
	s.mu.RUnlock()
	if len(gone) == 0 {
		return nil
	}
	s.commit.Lock() // keeps deletions out
	defer s.commit.Unlock()
	s.mu.RLock()
	same := s.tombs == now
	s.mu.RUnlock()
	if !same {
		return nil // the next time will do
	}
	if err := s.catalog.setTombs(nil, gone); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tombs = newTombs(left)
	return nil
}

// needed says whether a tomb may hide something. It is called with mu held.
func (s *Store) needed(t *tomb) bool {
	p := []burial{t.burial()}
	hides := func(stream uint32, minTime, maxTime int64, maxSeq uint64) bool {
		of := s.streams.get(stream)
		return of == nil || t.HasStream(of.def) && coverOf(p, minTime, maxTime, maxSeq) != coverNone
	}
	for _, seg := range s.segments {
		for _, part := range seg.streams {
			if hides(part.stream, part.minTime, part.maxTime, part.maxSeq) {
				return true
			}
		}
	}
	for _, table := range append(s.frozen[:len(s.frozen):len(s.frozen)], s.active) {
		for _, of := range table.order {
			if hides(of.stream, of.minTime, of.maxTime, table.lastSeq) {
				return true
			}
		}
	}
	return false
}
