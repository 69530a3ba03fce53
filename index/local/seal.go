package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"spoor/index"

	"golang.org/x/sync/errgroup"
)

// sealRetry is how long Run waits after a seal that went wrong.
const sealRetry = time.Second

// Run seals, merges segments and removes what is too old in the background
// until ctx ends, and then returns nil. What goes wrong is logged and tried
// again.
func (s *Store) Run(ctx context.Context) error {
	s.runs.Add(1)
	defer s.runs.Add(-1)
	var work errgroup.Group
	work.Go(func() error { return s.runAge(ctx) })
	work.Go(func() error { return s.runTidy(ctx) })
	// Two seals side by side: while one waits for its single-threaded index
	// builder or for the disk, the other keeps the processors busy.
	for range min(2, s.o.Workers) {
		work.Go(func() error { return s.runSeals(ctx) })
	}
	return work.Wait()
}

// runAge freezes a table when its first entry is SealAge old.
func (s *Store) runAge(ctx context.Context) error {
	tick := time.NewTicker(max(s.o.SealAge/4, time.Millisecond))
	defer tick.Stop()
	var idle idleness
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		leave, err := s.enter()
		if err != nil {
			return err
		}
		s.freezeOld(time.Now().Add(-s.o.SealAge))
		s.dropHidden()
		if idle.begins(s) {
			debug.FreeOSMemory()
		}
		leave()
	}
}

// idleness tells when there has been nothing to seal for a while, once each
// time. What the last seals had in memory is given back then: the collector,
// which works when memory is asked for, would keep it for minutes.
type idleness struct {
	seen  uint64 // segments made, at the last look
	freed uint64 // and when memory was given back
}

func (i *idleness) begins(s *Store) bool {
	s.mu.RLock()
	made, busy := s.nextSegment, len(s.frozen) > 0
	s.mu.RUnlock()
	quiet := !busy && made == i.seen
	i.seen = made
	if !quiet || made == i.freed {
		return false
	}
	i.freed = made
	return true
}

// SealAll writes everything that is in memory as segments and returns when
// they are on disk, as before a backup. It works with and without Run.
func (s *Store) SealAll(ctx context.Context) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	s.freezeOld(time.Now())
	for {
		s.mu.RLock()
		left, changed := len(s.frozen), s.changed
		s.mu.RUnlock()
		if left == 0 {
			return nil
		}
		done, err := s.sealNext(ctx)
		switch {
		case err != nil:
			return err
		case done:
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Store) freezeOld(before time.Time) {
	s.commit.Lock()
	defer s.commit.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active.rows > 0 && !s.active.since.After(before) {
		s.freeze()
	}
}

func (s *Store) runSeals(ctx context.Context) error {
	for {
		s.mu.RLock()
		changed := s.changed
		s.mu.RUnlock()
		done, err := s.seal(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, index.ErrClosed):
			return err
		case done && err == nil:
			continue
		case err != nil:
			changed = nil // a table is waiting, but not before the disk has had a rest
		}
		retry := time.NewTimer(sealRetry)
		if err == nil {
			retry.Stop()
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-retry.C:
		}
		retry.Stop()
	}
}

func (s *Store) seal(ctx context.Context) (done bool, err error) {
	leave, err := s.enter()
	if err != nil {
		return false, err
	}
	defer leave()
	return s.sealNext(ctx)
}

// sealNext makes segments of the oldest table that nobody seals yet. It
// returns false when there is none.
func (s *Store) sealNext(ctx context.Context) (done bool, err error) {
	t := s.take()
	if t == nil {
		return false, nil
	}
	made, err := s.build(ctx, t)
	if err == nil {
		err = s.commitSeal(ctx, t, made)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.sealErr = nil
		return true, nil
	}
	for _, m := range made {
		if m.path != "" {
			os.RemoveAll(m.path) // what stays is removed at the next start
		}
	}
	t.taken = false
	s.broadcast()
	if ctx.Err() == nil {
		err = noSpace(fmt.Errorf("seal %d entries: %w", t.rows, err))
		s.sealErr = err
		s.log.Error("seal, will try again", "err", err)
	}
	return true, err
}

func (s *Store) take() *table {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.frozen {
		if !t.taken {
			t.taken = true
			return t
		}
	}
	return nil
}

// made is a segment that the catalog does not name yet.
type made struct {
	id    uint64
	path  string // "" when it must not be removed any more
	until int64
}

// newMade gives a segment its number and temporary folder.
func (s *Store) newMade() made {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := made{id: s.nextSegment}
	s.nextSegment++
	m.path = filepath.Join(s.dir, segmentsDir, fmt.Sprintf(tempPrefix+segmentNames, m.id))
	return m
}

func (s *Store) newWriter() *writer {
	w := &writer{codec: s.codec, blockBytes: s.o.BlockBytes, workers: s.o.Workers}
	if !s.o.NoIndex {
		w.root = &s.root
	}
	return w
}

// build writes the segments of a table into temporary folders.
func (s *Store) build(ctx context.Context, t *table) ([]made, error) {
	w := s.newWriter()
	w.hurry = true
	var all []made
	for _, part := range partition(pieces(t, s.streams), dayBytes) {
		all = append(all, s.newMade())
		m := &all[len(all)-1]
		var err error
		if m.until, err = w.write(ctx, m.path, part, t.texts); err != nil {
			return all, err
		}
	}
	return all, nil
}

// commitSeal makes the segments of a table exist, once all tables before it
// are sealed: the catalog's one number says what the log still has to tell.
func (s *Store) commitSeal(ctx context.Context, t *table, all []made) error {
	if err := s.awaitTurn(ctx, t); err != nil {
		return err
	}
	segments, records, err := s.place(all)
	if err != nil {
		return err
	}
	fresh := s.streams.unsaved()
	marks, gone := s.marksOf(t)
	if err := s.catalog.commit(records, fresh, marks, gone, t.lastSeq); err != nil {
		for _, seg := range segments {
			err = errors.Join(err, seg.release())
		}
		// After an error here nobody knows which of the two states is on
		// disk. Both must be whole until the next transaction.
		for i := range all {
			all[i].path = ""
		}
		return err
	}
	s.streams.markSaved(fresh)

	s.mu.Lock()
	s.segments = append(s.segments[:len(s.segments):len(s.segments)], segments...)
	s.frozen = append([]*table(nil), s.frozen[1:]...)
	s.broadcast()
	s.mu.Unlock()

	s.commit.Lock()
	defer s.commit.Unlock()
	if err := s.wal.drop(t.lastSeq, s.seq); err != nil {
		s.log.Warn("remove old log files", "err", err)
	}
	return nil
}

// marksOf returns the marks of a table that are remembered, and the keys of
// those that the catalog need not hold any more. Should the commit fail they
// stay in the catalog, and the next start drops them.
func (s *Store) marksOf(t *table) (keep []mark, gone []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range t.marks {
		if s.marks.byKey[m.Key] != nil {
			keep = append(keep, m)
		}
	}
	return keep, s.marks.takeGone()
}

// errTurn says that the seal of an older table has failed.
var errTurn = errors.New("an older table is not sealed yet")

// awaitTurn waits until t is the oldest table. It gives up when nobody works
// on the oldest.
func (s *Store) awaitTurn(ctx context.Context, t *table) error {
	for {
		s.mu.RLock()
		first, working, changed := s.frozen[0] == t, s.frozen[0].taken, s.changed
		s.mu.RUnlock()
		switch {
		case first:
			return nil
		case !working:
			return errTurn
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// place gives segments that were written their final folders and opens them.
// They exist when the catalog has their records.
func (s *Store) place(all []made) ([]*segment, []segmentRecord, error) {
	for i, m := range all {
		if err := os.Rename(m.path, s.segmentDir(m.id)); err != nil {
			return nil, nil, err
		}
		all[i].path = s.segmentDir(m.id)
	}
	if err := syncDir(filepath.Join(s.dir, segmentsDir)); err != nil {
		return nil, nil, err
	}
	segments, err := s.openMade(all)
	if err != nil {
		return nil, nil, err
	}
	records := make([]segmentRecord, len(all))
	for i, seg := range segments {
		records[i] = segmentRecord{ID: all[i].id, Rows: seg.rows, Bytes: seg.bytes,
			First: time.Unix(0, seg.minTime).UTC(), Last: time.Unix(0, seg.maxTime).UTC(),
			Until: time.Unix(0, all[i].until).UTC(), Made: time.Now().UTC()}
		seg.describe(&records[i])
	}
	return segments, records, nil
}

// openMade opens segments that were just written, which also proves that they
// can be read before the log is dropped.
func (s *Store) openMade(all []made) ([]*segment, error) {
	var segments []*segment
	for _, m := range all {
		seg, damage, err := openSegment(s.segmentDir(m.id), !s.o.NoIndex)
		if err == nil && len(damage) > 0 {
			err = errors.Join(errors.New(damage[0].String()), seg.release())
		}
		if err != nil {
			for _, done := range segments {
				err = errors.Join(err, done.release())
			}
			return nil, err
		}
		segments = append(segments, seg)
	}
	return segments, nil
}
