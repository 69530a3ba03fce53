package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"spoor/index"
)

// Put keeps the entries; see index.Store. While Run runs it seals, and Put
// waits for it when memory is full, or returns index.ErrBehind. Without Run,
// Put seals itself before it returns. An entry's Time and Arrived must lie
// between the years 1678 and 2262, and its Raw may have 16 MiB.
func (s *Store) Put(ctx context.Context, entries []index.Entry) error {
	if len(entries) == 0 {
		return ctx.Err()
	}
	return s.put(ctx, entries, nil)
}

// put keeps the entries and the mark, if there is one.
func (s *Store) put(ctx context.Context, entries []index.Entry, m *mark) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := s.room(ctx); err != nil {
		return err
	}
	b, err := s.batch(entries, m, time.Now())
	if err != nil {
		return err
	}
	err = s.keep(b)
	b.release()
	if err != nil {
		return err
	}
	if s.runs.Load() == 0 {
		// The entries are safe whatever becomes of this.
		for {
			if done, err := s.sealNext(context.WithoutCancel(ctx)); err != nil || !done {
				break
			}
		}
	}
	return nil
}

// room waits until memory has room for another batch.
func (s *Store) room(ctx context.Context) error {
	var deadline <-chan time.Time
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.mu.RLock()
		full := s.unsealed() >= s.o.UnsealedBytes
		changed, sealErr := s.changed, s.sealErr
		s.mu.RUnlock()
		switch {
		case !full:
			return nil
		case errors.Is(sealErr, index.ErrNoSpace):
			return sealErr
		case s.runs.Load() == 0:
			if _, err := s.sealNext(ctx); err != nil {
				return errors.Join(index.ErrBehind, err)
			}
			continue
		}
		if deadline == nil {
			deadline = time.After(s.o.PutWait)
		}
		select {
		case <-changed:
		case <-deadline:
			return index.ErrBehind
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// unsealed counts the raw text in memory. It is called with mu held.
func (s *Store) unsealed() int {
	n := s.active.bytes
	for _, t := range s.frozen {
		n += t.bytes
	}
	return n
}

// batch makes a record of the entries and the mark.
func (s *Store) batch(entries []index.Entry, m *mark, now time.Time) (*batch, error) {
	size := 0
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Stream == nil:
			return nil, fmt.Errorf("entry %d has no stream", i)
		case len(e.Raw) > maxRaw:
			return nil, fmt.Errorf("entry %d has %d bytes, at most %d are kept", i, len(e.Raw), maxRaw)
		case e.OrigLen < 0 || e.OrigLen >= guessedBit:
			return nil, fmt.Errorf("entry %d has a length of %d on the wire", i, e.OrigLen)
		}
		size += len(e.Raw)
	}
	if size > maxText/2 || len(entries) > maxRows {
		return nil, fmt.Errorf("a batch of %d entries and %d bytes is too large", len(entries), size)
	}
	of, err := s.streams.number(entries, now)
	if err != nil {
		return nil, err
	}
	b := newBatch()
	b.mark = m
	b.plain = slices.Grow(b.plain[:0], size)
	b.view.rows = slices.Grow(b.view.rows[:0], len(entries))[:len(entries)]
	b.view.runs = b.view.runs[:0]
	var fresh []*stream
	seen := map[uint32]bool{}
	for i := range entries {
		if err := b.set(i, &entries[i], now); err != nil {
			b.release()
			return nil, err
		}
		id := of[i].id
		if n := len(b.view.runs); n > 0 && b.view.runs[n-1].stream == id {
			b.view.runs[n-1].rows++
			continue
		}
		b.view.runs = append(b.view.runs, run{stream: id, rows: 1})
		if !seen[id] && !s.streams.isSaved(id) {
			fresh = append(fresh, of[i])
		}
		seen[id] = true
	}
	b.encode(fresh, s.codec)
	return b, nil
}

// set fills row i of the batch and adds its text.
func (b *batch) set(i int, e *index.Entry, now time.Time) error {
	at, ok := unixNano(e.Time)
	if !ok {
		return fmt.Errorf("entry %d: the time %s is too far away", i, e.Time.Format(time.RFC3339))
	}
	arrived := now.UnixNano()
	if !e.Arrived.IsZero() {
		if arrived, ok = unixNano(e.Arrived); !ok {
			return fmt.Errorf("entry %d: the time of arrival %s is too far away", i, e.Arrived.Format(time.RFC3339))
		}
	}
	mark := uint32(e.OrigLen)
	if e.TimeGuessed {
		mark |= guessedBit
	}
	b.view.rows[i] = row{time: at, arrived: arrived, seq: uint64(i), off: uint32(len(b.plain)),
		size: uint32(len(e.Raw)), mark: mark}
	b.plain = append(b.plain, e.Raw...)
	return nil
}

// keep writes the batch to the log, together with all that wait with it, and
// makes it visible. Whoever gets the lock first leads: it writes for all
// others, who then find their batch done.
func (s *Store) keep(b *batch) error {
	s.queueMu.Lock()
	s.queue = append(s.queue, b)
	s.queueMu.Unlock()

	s.commit.Lock()
	defer s.commit.Unlock()
	if b.done {
		return b.err
	}
	s.queueMu.Lock()
	all := s.queue
	s.queue = nil
	s.queueMu.Unlock()

	first := s.seq + 1 // written only with commit held, so it may be read without mu
	next := first
	for _, w := range all {
		w.number(next)
		next += uint64(len(w.view.rows))
	}
	err := s.wal.append(all, first)
	for _, w := range all {
		w.done, w.err = true, err
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range all {
		s.active.add(&w.view)
		s.note(w.mark, time.Now())
	}
	s.seq = next - 1
	s.arrived.note()
	if s.active.bytes >= s.o.SealBytes {
		s.freeze()
	}
	return nil
}

// note remembers the mark of a batch that was added to the active table. It
// is called with mu held.
func (s *Store) note(m *mark, now time.Time) {
	if m == nil {
		return
	}
	s.marks.add(*m, now)
	s.active.marks = append(s.active.marks, *m)
}

// freeze closes the active table and the log file that holds it. It is called
// with commit and mu held.
func (s *Store) freeze() {
	if s.active.rows == 0 {
		return
	}
	if err := s.wal.rotate(); err != nil {
		// All of the file was fsynced before.
		s.log.Error("close log file", "err", err)
	}
	s.frozen = append(s.frozen, s.active)
	s.active = newTable()
	s.broadcast()
}
