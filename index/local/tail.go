package local

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"spoor/index"
	"spoor/index/query"
)

const (
	// tailRows is how many entries, matching or not, a batch looks at: few
	// enough to be quick, so many that a reader who is far behind reads a
	// block not too often.
	tailRows = 64 << 10
	// tailBytes is the raw text of a batch at the most, but for one entry.
	tailBytes = 8 << 20
)

// arrivals wakes those who wait for new entries. The zero value is ready.
type arrivals struct {
	mu   sync.Mutex // guards wake
	wake chan struct{}
}

// next returns a channel that is closed when entries arrive from now on.
func (a *arrivals) next() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wake == nil {
		a.wake = make(chan struct{})
	}
	return a.wake
}

// note is called when entries have arrived. It never waits for a reader.
func (a *arrivals) note() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wake != nil {
		close(a.wake)
		a.wake = nil
	}
}

// Tail hands out entries in the order of arrival; see index.Store. It holds
// nothing of the store while each runs or while it waits.
func (s *Store) Tail(ctx context.Context, t index.Tail, each func(index.TailBatch) error) error {
	after, first := t.After, true
	for {
		wake := s.arrived.next()
		b, err := s.tail(ctx, t, after)
		if err != nil {
			return err
		}
		if first || b.Seq != after || len(b.Entries) > 0 {
			if err := each(b); err != nil {
				return err
			}
		}
		after, first = b.Seq, false
		if b.Behind > 0 {
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closing:
			return index.ErrClosed
		}
	}
}

// tail reads the next batch.
func (s *Store) tail(ctx context.Context, t index.Tail, after uint64) (index.TailBatch, error) {
	leave, err := s.enter()
	if err != nil {
		return index.TailBatch{}, err
	}
	defer leave()
	view := s.snapshot()
	defer view.release()
	switch {
	case ctx.Err() != nil:
		return index.TailBatch{}, ctx.Err()
	case t.After == index.TailNow && after == index.TailNow:
		return index.TailBatch{Seq: view.seq}, nil
	case after > view.seq:
		return index.TailBatch{}, fmt.Errorf("tail after %d, the newest is %d: %w", after, view.seq, index.ErrAhead)
	case after == view.seq:
		return index.TailBatch{Seq: after}, nil
	}
	q, _ := s.newScan(view, t.Query, time.Time{}, time.Time{})
	a := &arriving{store: s, after: after, last: view.seq}
	if view.seq-after > tailRows {
		a.last = after + tailRows
	}
	a.bound.Store(math.MaxUint64)
	q.seq, q.exact, q.sink = a.last, false, a
	if err := q.run(ctx); err != nil {
		return index.TailBatch{}, err
	}
	return a.batch(view.seq), nil
}

// arriving is the sink that collects what arrived first behind a Seq.
type arriving struct {
	store       *Store
	after, last uint64 // both bound Seq: after is out, last is in
	// bound is the first Seq for which there is no room.
	bound atomic.Uint64

	mu    sync.Mutex // guards found and size
	found bySeq
	size  int // bytes of raw text
}

// bySeq is a heap whose root arrived last.
type bySeq []hit

func (h bySeq) Len() int           { return len(h) }
func (h bySeq) Less(i, j int) bool { return h[i].seq > h[j].seq }
func (h bySeq) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *bySeq) Push(x any)        { *h = append(*h, x.(hit)) }
func (h *bySeq) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = hit{}
	*h = (*h)[:last]
	return x
}

func (a *arriving) whole(*unit, uint64) bool { return false }

func (a *arriving) wants(u *unit) bool {
	if u.maxSeq <= a.after {
		return false
	}
	first := u.firstSeq(a.store)
	return first <= a.last && first < a.bound.Load()
}

// firstSeq is the Seq of the entry in the unit that arrived first, or a lower
// one where that is not known.
func (u *unit) firstSeq(s *Store) uint64 {
	switch {
	case u.seg == nil:
		return u.mem.rows[0].seq // in the order of arrival
	case u.block == wholeSegment:
		return u.seg.firstSeqs.of(s, u.seg).least
	}
	return u.seg.firstSeqs.of(s, u.seg).blocks[u.block]
}

func (a *arriving) begin() taker { return &arrivingTaker{arriving: a} }

type arrivingTaker struct {
	*arriving
	hits []hit
}

func (t *arrivingTaker) wants(r *row) bool   { return r.seq > t.after && r.seq < t.bound.Load() }
func (t *arrivingTaker) count(int64, uint64) {}

func (t *arrivingTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	raw, err := text(r)
	if err != nil {
		return err
	}
	t.hits = append(t.hits, hit{key: key{r.time, r.seq}, stream: s, arrived: r.arrived, mark: r.mark, raw: raw})
	return nil
}

// end keeps what there is room for.
func (t *arrivingTaker) end() {
	a := t.arriving
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, h := range t.hits {
		if h.seq >= a.bound.Load() {
			continue
		}
		h.raw = bytes.Clone(h.raw)
		heap.Push(&a.found, h)
		a.size += len(h.raw)
		for a.size > tailBytes && len(a.found) > 1 {
			out := heap.Pop(&a.found).(hit)
			a.size -= len(out.raw)
			a.bound.Store(out.seq)
		}
	}
}

// batch is what was collected; newest is the last Seq that there is.
func (a *arriving) batch(newest uint64) index.TailBatch {
	b := index.TailBatch{Seq: min(a.last, a.bound.Load()-1)}
	b.Behind = newest - b.Seq
	slices.SortFunc(a.found, func(x, y hit) int { return cmp.Compare(x.seq, y.seq) })
	for i := range a.found {
		b.Entries = append(b.Entries, a.found[i].hit(0).Entry)
	}
	return b
}

// firstSeqs are the first Seq of every block of a segment, which its files
// do not say. They are read when somebody asks for the first time.
type firstSeqs struct {
	once   sync.Once
	blocks []uint64
	least  uint64
}

func (f *firstSeqs) of(s *Store, seg *segment) *firstSeqs {
	f.once.Do(func() {
		f.blocks = make([]uint64, len(seg.blocks))
		f.least = math.MaxUint64
		for i := range seg.blocks {
			f.blocks[i] = s.firstSeq(seg.unit(i))
			f.least = min(f.least, f.blocks[i])
		}
	})
	return f
}

// firstSeq reads which entry of a block arrived first; 0 if the block is
// damaged, which whoever evaluates it reports.
func (s *Store) firstSeq(u unit) uint64 {
	r, err := u.open(s.codec)
	if err != nil {
		return 0
	}
	defer r.close()
	first := uint64(math.MaxUint64)
	for i := range r.view.rows {
		first = min(first, r.view.rows[i].seq)
	}
	return first
}

// Identify returns the IDs of entries; see index.Store. It reads the columns
// of the blocks that have entries of these times.
func (s *Store) Identify(ctx context.Context, entries []index.Entry) ([]index.ID, error) {
	leave, err := s.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	ids := make([]index.ID, len(entries))
	if len(entries) == 0 {
		return ids, ctx.Err()
	}
	w := newMoments(entries, ids)
	view := s.snapshot()
	defer view.release()
	q, _ := s.newScan(view, query.Node(nil), time.Time{}, time.Time{})
	q.from, q.to, q.sink = w.times[0], noEnd, w
	if last := w.times[len(w.times)-1]; last < noEnd {
		q.to = last + 1
	}
	q.seq = min(q.seq, w.newest)
	q.plan.only = func(s *stream) bool { return w.streams[s.hash] }
	if err := q.run(ctx); err != nil {
		return nil, err
	}
	for _, at := range w.at {
		at.number(func(entry int, ordinal uint32) { ids[entry].Ordinal = ordinal })
	}
	return ids, nil
}

// moments is the sink that counts, for entries of several times, their equals
// that arrived before.
type moments struct {
	times   []int64          // in order
	at      map[int64]*ranks // by time
	streams map[uint64]bool  // hashes of the streams of the entries
	newest  uint64           // Seq
}

// newMoments fills in all of the IDs but their ordinals.
func newMoments(entries []index.Entry, ids []index.ID) *moments {
	w := &moments{at: map[int64]*ranks{}, streams: map[uint64]bool{}}
	hashes := map[*index.Stream]uint64{}
	for i := range entries {
		e := &entries[i]
		hash, ok := hashes[e.Stream]
		if !ok {
			hash = index.StreamHash(e.Stream)
			hashes[e.Stream], w.streams[hash] = hash, true
		}
		at := clampNano(e.Time)
		ids[i] = index.ID{Time: at, Hash: index.RawHash(hash, e.Raw)}
		r := w.at[at]
		if r == nil {
			r = &ranks{sizes: map[uint32]bool{}, of: map[uint64][]*ranked{}}
			w.at[at] = r
			w.times = append(w.times, at)
		}
		r.sizes[uint32(len(e.Raw))] = true
		r.of[ids[i].Hash] = append(r.of[ids[i].Hash], &ranked{seq: e.Seq, hit: i})
		w.newest = max(w.newest, e.Seq)
	}
	slices.Sort(w.times)
	for _, r := range w.at {
		r.sort()
	}
	return w
}

func (w *moments) whole(*unit, uint64) bool { return false }

func (w *moments) wants(u *unit) bool {
	i, _ := slices.BinarySearch(w.times, u.minTime)
	return i < len(w.times) && w.times[i] <= u.maxTime
}

func (w *moments) begin() taker { return momentTaker{w} }

type momentTaker struct{ *moments }

func (t momentTaker) wants(r *row) bool {
	at := t.at[r.time]
	return at != nil && at.sizes[r.size]
}

func (t momentTaker) count(int64, uint64) {}
func (t momentTaker) end()                {}

func (t momentTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	return rankTaker{t.at[r.time]}.take(s, r, text)
}
