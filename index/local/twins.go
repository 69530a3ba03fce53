package local

import (
	"bytes"
	"context"
	"math"
	"sync"

	"spoor/index"
)

// twins is the sink that finds all entries of one time and hash. It keeps
// their text once.
type twins struct {
	id     index.ID
	before uint64 // arrivals from here on are not counted

	mu    sync.Mutex // guards the rest
	count uint64     // of twins that arrived before
	best  topK       // the first ones, up to the ordinal asked for
	raw   []byte
}

func (t *twins) whole(int64, int64, uint64) bool { return false }
func (t *twins) wants(minTime, maxTime int64) bool {
	return minTime <= t.id.Time && t.id.Time <= maxTime
}
func (t *twins) begin() taker { return &twinTaker{t} }

type twinTaker struct{ twins *twins }

func (t *twinTaker) wants(time int64) bool { return time == t.twins.id.Time }
func (t *twinTaker) count(int64, uint64)   {}
func (t *twinTaker) end()                  {}

func (t *twinTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	raw, err := text(r)
	if err != nil {
		return err
	}
	w := t.twins
	k := key{time: r.time, hash: index.RawHash(s.hash, raw), seq: r.seq}
	if k.hash != w.id.Hash {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if k.seq < w.before {
		w.count++
	}
	if !w.best.takes(k) {
		return nil
	}
	if !bytes.Equal(w.raw, raw) || w.raw == nil {
		w.raw = bytes.Clone(raw)
	}
	w.best.add(hit{key: k, stream: s, arrived: r.arrived, mark: r.mark, raw: w.raw})
	return nil
}

// twins looks for the entries of a time and hash in everything that q sees.
func (q *scan) twins(ctx context.Context, t *twins) error {
	all := &scan{store: q.store, snapshot: q.snapshot, plan: q.store.newPlan(nil), sink: t,
		seq: q.seq, from: t.id.Time, to: noEnd, exact: false}
	if t.id.Time < math.MaxInt64 {
		all.to = t.id.Time + 1
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
	if err := q.twins(ctx, t); err != nil || !t.best.full() {
		return nil, err
	}
	return &t.best.hits[0], nil
}

// rank counts the twins of a hit that arrived before it, match or not.
func (q *scan) rank(ctx context.Context, k key) (uint32, error) {
	t := &twins{id: index.ID{Time: k.time, Hash: k.hash}, before: k.seq}
	err := q.twins(ctx, t)
	return uint32(t.count), err
}

// resolve returns the place of the last entry of the page before. Where that
// is gone, the place is behind all that can have stood before it.
func (q *scan) resolve(ctx context.Context, id index.ID) (*key, error) {
	h, err := q.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return &key{time: id.Time, hash: id.Hash, seq: math.MaxUint64}, nil
	}
	return &h.key, nil
}
