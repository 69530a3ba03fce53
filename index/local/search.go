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
	if from, to, known := query.Times(r.Query); known {
		q.from, q.to = max(q.from, from), min(q.to, max(to, to+1))
	}
	if r.Streams != nil {
		q.plan.only = func(s *stream) bool { return r.Streams(s.def) }
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
		p.after = &key{time: r.After.Time, seq: r.After.Last}
	}
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
	after  *key // only what stands behind it is taken; nil takes all

	total atomic.Uint64
	// bound is the last hit of a full page: what stands behind it changes
	// nothing. It is nil until the page is full.
	bound atomic.Pointer[key]

	mu   sync.Mutex // guards best
	best topK
}

func (p *page) whole(_ *unit, n uint64) bool {
	p.total.Add(n)
	return true
}

func (p *page) wants(u *unit) bool {
	bound := p.bound.Load()
	switch {
	case p.k == 0:
		return false
	case p.newest:
		return (bound == nil || key{u.maxTime, u.maxSeq}.compare(*bound) > 0) &&
			(p.after == nil || u.minTime <= p.after.time)
	default:
		return (bound == nil || u.minTime <= bound.time) &&
			(p.after == nil || key{u.maxTime, u.maxSeq}.compare(*p.after) > 0)
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

func (t *pageTaker) wants(r *row) bool {
	k := key{r.time, r.seq}
	if after := t.page.after; after != nil && !t.best.before(*after, k) {
		return false
	}
	bound := t.page.bound.Load()
	return t.best.takes(k) && (bound == nil || t.best.before(k, *bound))
}

func (t *pageTaker) count(_ int64, n uint64) { t.total += n }

// take is called with what wants has said yes to.
func (t *pageTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	t.total++
	raw, err := text(r)
	if err != nil {
		return err
	}
	t.best.add(hit{key: key{r.time, r.seq}, stream: s, arrived: r.arrived, mark: r.mark, raw: raw})
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
		p.bound.Store(&key{p.best.hits[0].time, p.best.hits[0].seq})
	}
}

// answer makes the result of what the page has collected.
func (q *scan) answer(ctx context.Context, p *page, r index.Request) (index.Result, error) {
	var res index.Result
	hits := p.best.sorted()
	more := len(hits) > r.Limit
	ordinals, err := q.ordinals(ctx, p, hits, min(len(hits), r.Limit))
	if err != nil {
		return index.Result{}, err
	}
	for i, n := range ordinals {
		res.Hits = append(res.Hits, hits[i].hit(n))
	}
	q.result(&res)
	res.Total = p.total.Load()
	if more && len(ordinals) > 0 {
		last := &hits[len(ordinals)-1]
		res.Next = &index.Cursor{Time: last.time, Last: last.seq, Seq: q.seq}
	}
	return res, nil
}

// ordinals numbers the first n hits among their equals by arrival. The hits
// are sorted. Where all matches of a time are on the page, and so all equals,
// no second look is needed.
func (q *scan) ordinals(ctx context.Context, p *page, hits []hit, n int) ([]uint32, error) {
	ordinals := make([]uint32, n)
	asksGuessed := q.plan.query != nil && strings.Contains(q.plan.query.String(), fieldGuessed)
	for from := 0; from < n; {
		to := from + 1
		for to < n && hits[to].time == hits[from].time {
			to++
		}
		group := hits[from:to]
		// Only equals that arrived before a hit count.
		cut := p.after != nil && p.after.time == group[0].time
		if p.newest {
			cut = to < len(hits) && hits[to].time == group[0].time
		}
		if cut || asksGuessed || q.twinned(group) {
			if err := q.rank(ctx, group, ordinals[from:to]); err != nil {
				return nil, err
			}
		} else {
			p.count(group, ordinals[from:to])
		}
		from = to
	}
	return ordinals, nil
}

// count numbers the hits of one time among themselves.
func (p *page) count(group []hit, ordinals []uint32) {
	if len(group) == 1 {
		return
	}
	seen := make(map[uint64]uint32, len(group))
	for i := range group {
		if p.newest {
			i = len(group) - 1 - i
		}
		hash := group[i].hash()
		ordinals[i] = seen[hash]
		seen[hash]++
	}
}

// twinned says whether entries of another format can equal the hits in all that
// an ID is made of, and yet not match. The one other thing that the query can
// tell equals by is whether their time was guessed.
func (q *scan) twinned(hits []hit) bool {
	for i := range hits {
		if q.plan.query != nil && q.plan.streams.twinned(hits[i].stream) {
			return true
		}
	}
	return false
}

func (h *hit) hit(ordinal uint32) index.Hit {
	r := row{mark: h.mark}
	return index.Hit{
		ID: index.ID{Time: h.time, Hash: h.hash(), Ordinal: ordinal},
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
