package local

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// Search answers one page of matching entries, or only counts them; see
// index.Store. What it holds in memory is bounded by Limit.
func (s *Store) Search(ctx context.Context, r index.Request) (index.Result, error) {
	leave, err := s.enter()
	if err != nil {
		return index.Result{}, err
	}
	defer leave()
	if r.Limit < 0 || r.Limit == math.MaxInt {
		return index.Result{}, fmt.Errorf("a page of %d entries", r.Limit)
	}
	view := s.snapshot()
	defer view.release()
	q, ok := s.newScan(view, r.Query, r.From, r.To)
	if !ok {
		return index.Result{Exact: true}, nil
	}
	q.newest = r.Order == index.Newest
	q.exact = r.Exact || r.Limit == 0
	p := &page{newest: q.newest}
	if r.Limit > 0 {
		p.k = r.Limit + 1 // one more tells whether there is a next page
	}
	p.best = topK{k: p.k, newest: p.newest}
	if r.After != nil {
		q.seq = min(q.seq, r.After.Seq)
		if p.after, err = q.resolve(ctx, r.After.Last); err != nil {
			return index.Result{}, err
		}
		p.last = &r.After.Last
	}
	p.setBound()
	q.sink = p
	if err := q.run(ctx); err != nil {
		return index.Result{}, err
	}
	return q.answer(ctx, p, r)
}

// newScan returns a scan of a time range, or false when that is empty.
func (s *Store) newScan(view *snapshot, n query.Node, from, to time.Time) (*scan, bool) {
	q := &scan{store: s, snapshot: view, plan: s.newPlan(n), seq: view.seq, from: math.MinInt64, to: noEnd}
	if !from.IsZero() {
		q.from = clampNano(from)
	}
	if !to.IsZero() {
		q.to = clampNano(to)
	}
	return q, q.from < q.to
}

// clampNano is t in nanoseconds since 1970, or the nearest that can be told.
func clampNano(t time.Time) int64 {
	n, ok := unixNano(t)
	switch {
	case ok:
		return n
	case t.Before(time.Unix(0, 0)):
		return math.MinInt64
	}
	return noEnd
}

// page is the sink of a search.
type page struct {
	k      int
	newest bool
	after  *key      // only what stands behind it is taken; nil takes all
	last   *index.ID // what after was resolved from

	total atomic.Uint64
	// bound is the time of the last hit of a full page: what lies strictly
	// behind it changes nothing.
	bound atomic.Int64

	mu   sync.Mutex // guards best
	best topK
}

func (p *page) setBound() {
	if p.newest {
		p.bound.Store(math.MinInt64)
		return
	}
	p.bound.Store(math.MaxInt64)
}

func (p *page) whole(_, _ int64, n uint64) bool {
	p.total.Add(n)
	return true
}

func (p *page) wants(minTime, maxTime int64) bool {
	switch bound := p.bound.Load(); {
	case p.k == 0:
		return false
	case p.newest:
		return maxTime >= bound && (p.after == nil || minTime <= p.after.time)
	default:
		return minTime <= bound && (p.after == nil || maxTime >= p.after.time)
	}
}

func (p *page) begin() taker {
	return &pageTaker{page: p, best: topK{k: p.k, newest: p.newest}}
}

// pageTaker collects the best hits of one unit without copying them.
type pageTaker struct {
	page  *page
	best  topK
	total uint64
}

func (t *pageTaker) wants(time int64) bool {
	if t.best.k > 0 && t.best.full() {
		last := t.best.hits[0].time
		if (t.best.newest && time < last) || (!t.best.newest && time > last) {
			return false
		}
	}
	return t.page.wants(time, time)
}

func (t *pageTaker) count(_ int64, n uint64) { t.total += n }

func (t *pageTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	t.total++
	raw, err := text(r)
	if err != nil {
		return err
	}
	k := key{time: r.time, hash: index.RawHash(s.hash, raw), seq: r.seq}
	if after := t.page.after; after != nil && !t.best.before(*after, k) {
		return nil
	}
	if t.best.takes(k) {
		t.best.add(hit{key: k, stream: s, arrived: r.arrived, mark: r.mark, raw: raw})
	}
	return nil
}

func (t *pageTaker) end() {
	p := t.page
	p.total.Add(t.total)
	if len(t.best.hits) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.best.merge(&t.best, func(h *hit) { h.raw = bytes.Clone(h.raw) })
	if p.best.full() {
		p.bound.Store(p.best.hits[0].time)
	}
}

// answer makes the result of what the page has collected.
func (q *scan) answer(ctx context.Context, p *page, r index.Request) (index.Result, error) {
	var res index.Result
	hits := p.best.sorted()
	ordinals := p.ordinals(hits)
	more := len(hits) > r.Limit
	if more {
		hits = hits[:r.Limit]
	}
	for i := range hits {
		h := &hits[i]
		// Entries can have an ID but for the ordinal in common and still
		// not all match: then the ones that do not have to be counted.
		if q.plan.query != nil && (q.plan.streams.twinned(h.stream) || q.asksGuessed()) {
			n, err := q.rank(ctx, h.key)
			if err != nil {
				return index.Result{}, err
			}
			ordinals[i] = n
		}
		res.Hits = append(res.Hits, h.hit(ordinals[i]))
	}
	q.result(&res)
	res.Total = p.total.Load()
	if more && len(hits) > 0 {
		res.Next = &index.Cursor{Last: res.Hits[len(hits)-1].ID, Seq: q.seq}
	}
	return res, nil
}

// asksGuessed says whether the query looks at the one property that equal
// entries of one stream can differ in.
func (q *scan) asksGuessed() bool {
	return strings.Contains(q.plan.query.String(), fieldGuessed)
}

// ordinals numbers twins by arrival. The hits are sorted, and every match
// with the ID of one of them but for the ordinal was offered.
func (p *page) ordinals(hits []hit) []uint32 {
	ordinals := make([]uint32, len(hits))
	for from := 0; from < len(hits); {
		to := from + 1
		for to < len(hits) && hits[to].twin(hits[from].key) {
			to++
		}
		base := uint32(0)
		switch {
		case p.newest && to == len(hits):
			base = uint32(p.best.dropped)
		case !p.newest && p.after != nil && hits[from].twin(*p.after):
			base = p.last.Ordinal + 1
		}
		for i := from; i < to; i++ {
			ordinals[i] = base + uint32(i-from)
			if p.newest {
				ordinals[i] = base + uint32(to-1-i)
			}
		}
		from = to
	}
	return ordinals
}

func (h *hit) hit(ordinal uint32) index.Hit {
	r := row{mark: h.mark}
	return index.Hit{
		ID: index.ID{Time: h.time, Hash: h.hash, Ordinal: ordinal},
		Entry: index.Entry{
			Stream: h.stream.def, Time: time.Unix(0, h.time).UTC(), TimeGuessed: r.guessed(),
			Arrived: time.Unix(0, h.arrived).UTC(), Seq: h.seq, Raw: h.raw, OrigLen: r.origLen(),
		},
	}
}

// Get returns the entry with that ID; see index.Store.
func (s *Store) Get(ctx context.Context, id index.ID) (index.Hit, error) {
	leave, err := s.enter()
	if err != nil {
		return index.Hit{}, err
	}
	defer leave()
	view := s.snapshot()
	defer view.release()
	q, _ := s.newScan(view, nil, time.Time{}, time.Time{})
	h, err := q.find(ctx, id)
	if err != nil {
		return index.Hit{}, err
	}
	switch {
	case h == nil && (q.damaged.Load() || view.lost):
		return index.Hit{}, fmt.Errorf("entry %s: what may hold it is damaged", id)
	case h == nil:
		return index.Hit{}, fmt.Errorf("entry %s: %w", id, index.ErrNotFound)
	}
	return h.hit(id.Ordinal), nil
}
