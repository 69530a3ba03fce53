package local

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"spoor/index"
)

// maxBuckets bounds what a histogram takes.
const maxBuckets = 100_000

// Histogram counts matching entries over time; see index.Store. Blocks that
// match as a whole and lie in one bucket are counted without being read.
func (s *Store) Histogram(ctx context.Context, r index.Request, buckets int) (index.Histogram, error) {
	leave, err := s.enter()
	if err != nil {
		return index.Histogram{}, err
	}
	defer leave()
	if buckets < 1 || buckets > maxBuckets {
		return index.Histogram{}, fmt.Errorf("%d buckets, want 1 to %d", buckets, maxBuckets)
	}
	view := s.snapshot()
	defer view.release()
	q, ok := s.newScan(view, r.Query, r.From, r.To)
	oldest, newest, some := s.bounds(view)
	if !ok || !some {
		return index.Histogram{}, nil
	}
	if r.From.IsZero() {
		q.from = oldest
	}
	if r.To.IsZero() && newest < noEnd {
		q.to = newest + 1
	}
	if q.from >= q.to {
		return index.Histogram{}, nil
	}
	q.exact = true
	// Two times can be further apart than an int64 of nanoseconds tells.
	span := uint64(q.to) - uint64(q.from)
	width := (span-1)/uint64(buckets) + 1
	if width > uint64(noEnd) {
		width = uint64(noEnd)
	}
	c := &counts{from: q.from, width: width, counts: make([]atomic.Uint64, (span-1)/width+1)}
	q.sink = c
	if err := q.run(ctx); err != nil {
		return index.Histogram{}, err
	}
	h := index.Histogram{From: time.Unix(0, q.from).UTC(), Width: time.Duration(width), Counts: make([]uint64, len(c.counts))}
	for i := range c.counts {
		h.Counts[i] = c.counts[i].Load()
		h.Total += h.Counts[i]
	}
	return h, nil
}

// counts is the sink of a histogram.
type counts struct {
	from   int64
	width  uint64
	counts []atomic.Uint64
}

func (c *counts) bucket(time int64) int {
	return min(int((uint64(time)-uint64(c.from))/c.width), len(c.counts)-1)
}

func (c *counts) whole(u *unit, n uint64) bool {
	b := c.bucket(u.minTime)
	if b != c.bucket(u.maxTime) {
		return false
	}
	c.counts[b].Add(n)
	return true
}

func (c *counts) wants(*unit) bool { return false }
func (c *counts) begin() taker     { return &countTaker{c} }

type countTaker struct{ counts *counts }

func (t *countTaker) wants(*row) bool { return false }
func (t *countTaker) count(time int64, n uint64) {
	t.counts.counts[t.counts.bucket(time)].Add(n)
}
func (t *countTaker) take(_ *stream, r *row, _ func(*row) ([]byte, error)) error {
	t.count(r.time, 1)
	return nil
}
func (t *countTaker) end() {}
