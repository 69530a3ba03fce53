package local

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"spoor/index"
)

// twins is the sink that finds all entries of one time and hash. It keeps
// their text once.
type twins struct {
	id index.ID

	mu   sync.Mutex // guards the rest
	best topK       // the first ones, up to the ordinal asked for
	raw  []byte
}

func (t *twins) whole(*unit, uint64) bool { return false }
func (t *twins) wants(*unit) bool         { return true }
func (t *twins) begin() taker             { return &twinTaker{t} }

type twinTaker struct{ twins *twins }

func (t *twinTaker) wants(*row) bool     { return true }
func (t *twinTaker) count(int64, uint64) {}
func (t *twinTaker) end()                {}

func (t *twinTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	raw, err := text(r)
	if err != nil {
		return err
	}
	w := t.twins
	if index.RawHash(s.hash, raw) != w.id.Hash {
		return nil
	}
	k := key{time: r.time, seq: r.seq}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.best.takes(k) {
		return nil
	}
	if !bytes.Equal(w.raw, raw) || w.raw == nil {
		w.raw = bytes.Clone(raw)
	}
	w.best.add(hit{key: k, stream: s, arrived: r.arrived, mark: r.mark, raw: w.raw})
	return nil
}

// ranks is the sink that counts, for some hits of one time, the entries with
// the same hash that arrived before. What it holds is bounded by the hits.
type ranks struct {
	sizes map[uint32]bool      // of the texts of the hits
	of    map[uint64][]*ranked // by hash, in the order of arrival

	mu sync.Mutex // guards the counts
}

// ranked counts the twins that arrived before a hit and after the one before.
type ranked struct {
	seq    uint64
	hit    int
	before uint32
}

func newRanks(hits []hit) *ranks {
	w := &ranks{sizes: map[uint32]bool{}, of: map[uint64][]*ranked{}}
	for i := range hits {
		h := &hits[i]
		w.sizes[uint32(len(h.raw))] = true
		hash := h.hash()
		w.of[hash] = append(w.of[hash], &ranked{seq: h.seq, hit: i})
	}
	w.sort()
	return w
}

// sort puts those of one hash in the order of arrival.
func (w *ranks) sort() {
	for _, all := range w.of {
		slices.SortFunc(all, func(a, b *ranked) int { return cmp.Compare(a.seq, b.seq) })
	}
}

// number calls found with the rank of every hit among its twins.
func (w *ranks) number(found func(hit int, ordinal uint32)) {
	for _, all := range w.of {
		n := uint32(0)
		for _, r := range all {
			n += r.before
			found(r.hit, n)
		}
	}
}

func (w *ranks) whole(*unit, uint64) bool { return false }
func (w *ranks) wants(*unit) bool         { return true }
func (w *ranks) begin() taker             { return rankTaker{w} }

type rankTaker struct{ *ranks }

func (t rankTaker) wants(r *row) bool   { return t.sizes[r.size] }
func (t rankTaker) count(int64, uint64) {}
func (t rankTaker) end()                {}

func (t rankTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	raw, err := text(r)
	if err != nil {
		return err
	}
	all := t.of[index.RawHash(s.hash, raw)]
	i, _ := slices.BinarySearchFunc(all, r.seq, func(a *ranked, seq uint64) int {
		return cmp.Compare(a.seq, seq+1) // the first that arrived behind it
	})
	if i < len(all) {
		t.mu.Lock()
		defer t.mu.Unlock()
		all[i].before++
	}
	return nil
}

// rank fills in the ordinals of hits of one time by counting in everything
// that q sees of that time, match or not.
func (q *scan) rank(ctx context.Context, hits []hit, ordinals []uint32) error {
	w := newRanks(hits)
	newest, hashes := uint64(0), map[uint64]bool{}
	for i := range hits {
		newest = max(newest, hits[i].seq)
		hashes[hits[i].stream.hash] = true
	}
	err := q.moment(ctx, w, hits[0].time, newest, func(s *stream) bool { return hashes[s.hash] })
	w.number(func(hit int, ordinal uint32) { ordinals[hit] = ordinal })
	return err
}

// moment reads the entries of one time that q sees, up to a Seq.
func (q *scan) moment(ctx context.Context, to sink, time int64, seq uint64, of func(*stream) bool) error {
	all := &scan{store: q.store, snapshot: q.snapshot, plan: q.store.newPlan(nil), sink: to,
		seq: min(seq, q.seq), from: time, to: noEnd}
	all.plan.only = of
	if time < math.MaxInt64 {
		all.to = time + 1
	}
	if err := all.run(ctx); err != nil {
		return err
	}
	if all.damaged.Load() {
		q.damaged.Store(true)
	}
	return nil
}

// find returns the entry of that ID, or nil.
func (q *scan) find(ctx context.Context, id index.ID) (*hit, error) {
	t := &twins{id: id, best: topK{k: int(id.Ordinal) + 1}}
	if err := q.moment(ctx, t, id.Time, q.seq, nil); err != nil || !t.best.full() {
		return nil, err
	}
	return &t.best.hits[0], nil
}
