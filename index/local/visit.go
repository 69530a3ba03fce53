package local

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"spoor/index"
	"spoor/index/query"

	"golang.org/x/sync/errgroup"
)

// Scan shows every matching entry to visitors; see index.Store. Blocks that
// match as a whole and of which no text is needed are counted without being
// read.
func (s *Store) Scan(ctx context.Context, v index.Visit, visitor func(index.Extent) index.Visitor) (index.Visited, error) {
	leave, err := s.enter()
	if err != nil {
		return index.Visited{}, err
	}
	defer leave()
	view := s.snapshot()
	defer view.release()
	q, ok := s.newScan(view, v.Query, v.From, v.To)
	w := &visiting{scan: q}
	w.extent.Seq = view.seq
	if ok {
		q.newest, q.exact, q.texts, q.sink = v.Order == index.Newest, true, true, w
		if err := w.open(ctx); err != nil {
			return index.Visited{}, err
		}
	}
	workers := min(s.o.Workers, max(1, len(w.units)))
	for range workers {
		w.free = append(w.free, visitor(w.extent))
	}
	if err := w.run(ctx, workers, v.Progress); err != nil {
		return index.Visited{}, err
	}
	var r index.Result
	q.result(&r)
	return index.Visited{Total: w.total.Load(), Exact: r.Exact, Extent: w.extent, Scanned: r.Scanned}, nil
}

// visiting is a scan whose units are all known before the first is read, and
// its sink.
type visiting struct {
	*scan
	extent index.Extent
	units  []unit         // in the order of reading
	taken  atomic.Int64   // how many of them some worker has begun
	at     []atomic.Int64 // which one each worker reads; -1 none
	done   struct{ blocks, bytes atomic.Int64 }
	total  atomic.Uint64

	mu   sync.Mutex // guards free
	free []index.Visitor
}

// open finds the units that can hold matches.
func (w *visiting) open(ctx context.Context) error {
	for _, u := range w.snapshot.memory {
		if w.overlaps(u.minTime, u.maxTime) && w.plan.verdict(u.mem.runs[0].stream) != query.No {
			w.units = append(w.units, u)
		}
	}
	var mu sync.Mutex // guards w.units
	work, inside := errgroup.WithContext(ctx)
	work.SetLimit(w.store.o.Workers)
	for _, seg := range w.snapshot.segments {
		if !w.overlaps(seg.minTime, seg.maxTime) {
			w.stats.skipped.Add(int64(len(seg.blocks)))
			continue
		}
		if inside.Err() != nil {
			break
		}
		work.Go(func() error {
			units, err := w.scan.open(inside, &unit{seg: seg, block: wholeSegment})
			mu.Lock()
			defer mu.Unlock()
			w.units = append(w.units, units...)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	order := unitQueue{newest: w.newest, units: w.units}
	slices.SortFunc(w.units, func(a, b unit) int {
		if order.newest {
			return key{b.maxTime, b.maxSeq}.compare(key{a.maxTime, a.maxSeq})
		}
		return key{a.minTime, a.maxSeq}.compare(key{b.minTime, b.maxSeq})
	})
	w.measure()
	return nil
}

// measure sums up what is to be read.
func (w *visiting) measure() {
	if len(w.units) == 0 {
		return
	}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range w.units {
		u := &w.units[i]
		first, last = min(first, u.minTime), max(last, u.maxTime)
		w.extent.Bytes += u.bytes()
	}
	w.extent.Blocks = len(w.units)
	first, last = max(first, w.from), min(last, math.MaxInt64-1)
	if w.to != noEnd {
		last = min(last, w.to-1)
	}
	w.extent.From, w.extent.To = time.Unix(0, first).UTC(), time.Unix(0, last+1).UTC()
}

// bytes is the raw text of the unit.
func (u *unit) bytes() int64 {
	if u.seg != nil {
		return int64(u.seg.blocks[u.block].textPlain)
	}
	n := int64(0)
	for i := range u.mem.rows {
		n += int64(u.mem.rows[i].size)
	}
	return n
}

// progressEvery is how often somebody who waits is told how far a scan is.
const progressEvery = 100 * time.Millisecond

// run reads all units.
func (w *visiting) run(ctx context.Context, workers int, progress func(index.Progress)) error {
	defer w.store.gate.leave(&w.pass)
	w.at = make([]atomic.Int64, workers)
	for i := range w.at {
		w.at[i].Store(-1)
	}
	work, ctx := errgroup.WithContext(ctx)
	for n := range workers {
		work.Go(func() error { return w.work(ctx, n) })
	}
	if progress == nil {
		return work.Wait()
	}
	ended := make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		w.tell(ended, progress)
	}()
	err := work.Wait()
	close(ended)
	<-told
	return err
}

// tell says how far the scan is until it has ended.
func (w *visiting) tell(ended <-chan struct{}, progress func(index.Progress)) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			progress(w.progress())
		}
	}
}

// work reads units until none is left.
func (w *visiting) work(ctx context.Context, n int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		// What progress reads must never be ahead of what was read, so the
		// place is taken before it is known.
		w.at[n].Store(w.taken.Load())
		i := w.taken.Add(1) - 1
		if i >= int64(len(w.units)) {
			w.at[n].Store(-1)
			return nil
		}
		w.at[n].Store(i)
		u := &w.units[i]
		if err := w.read(ctx, u); err != nil {
			return err
		}
		w.done.blocks.Add(1)
		w.done.bytes.Add(u.bytes())
	}
}

// progress says how far the scan is.
func (w *visiting) progress() index.Progress {
	p := index.Progress{Extent: w.extent, Total: w.total.Load()}
	next := w.taken.Load()
	for i := range w.at {
		if at := w.at[i].Load(); at >= 0 {
			next = min(next, at)
		}
	}
	p.Done.Blocks, p.Done.Bytes = int(w.done.blocks.Load()), w.done.bytes.Load()
	p.Scanned = index.Scanned{
		Blocks: int(w.stats.blocks.Load()), Skipped: int(w.stats.skipped.Load()), Bytes: w.stats.bytes.Load(),
	}
	switch {
	case next == 0 || len(w.units) == 0:
	case next >= int64(len(w.units)) && w.newest:
		p.Until = w.extent.From
	case next >= int64(len(w.units)):
		p.Until = w.extent.To
	case w.newest:
		// Of this very time there may be more.
		p.Until = time.Unix(0, min(w.units[next].maxTime, noEnd-1)+1).UTC()
	default:
		p.Until = time.Unix(0, w.units[next].minTime).UTC()
	}
	return p
}

// take and give hand out the visitors.
func (w *visiting) take() index.Visitor {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.free) - 1
	v := w.free[last]
	w.free = w.free[:last]
	return v
}

func (w *visiting) give(v index.Visitor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = append(w.free, v)
}

func (w *visiting) wants(*unit) bool { return false }

// whole counts a unit, all of whose entries match, by its runs.
func (w *visiting) whole(u *unit, n uint64) bool {
	v := w.take()
	defer w.give(v)
	runs := u.runs()
	counted := func(r run) *stream {
		if w.plan.verdict(r.stream) == query.No || w.cover(r.stream, u) == coverAll {
			return nil
		}
		return w.plan.streams.get(r.stream)
	}
	for _, r := range runs {
		if s := counted(r); s != nil && v.NeedsText(s.def) {
			return false
		}
	}
	first, last := time.Unix(0, u.minTime).UTC(), time.Unix(0, u.maxTime).UTC()
	if !v.Whole(first, last) {
		return false
	}
	for _, r := range runs {
		if s := counted(r); s != nil {
			v.Count(s.def, first, last, uint64(r.rows))
		}
	}
	w.total.Add(n)
	return true
}

func (w *visiting) begin() taker { return &visitTaker{visiting: w, visitor: w.take()} }

// visitTaker shows the matches of one unit to a visitor.
type visitTaker struct {
	visiting *visiting
	visitor  index.Visitor
	stream   *stream // of the last match
	text     bool    // its text is needed
	total    uint64
	entry    index.Entry
}

func (t *visitTaker) wants(*row) bool     { return true }
func (t *visitTaker) count(int64, uint64) {}

func (t *visitTaker) take(s *stream, r *row, text func(*row) ([]byte, error)) error {
	if s != t.stream {
		t.stream, t.text = s, t.visitor.NeedsText(s.def)
	}
	e := &t.entry
	if e.Raw = nil; t.text {
		raw, err := text(r)
		if err != nil {
			return err
		}
		e.Raw = raw
	}
	t.total++
	e.Stream, e.Seq, e.OrigLen, e.TimeGuessed = s.def, r.seq, r.origLen(), r.guessed()
	e.Time, e.Arrived = time.Unix(0, r.time).UTC(), time.Unix(0, r.arrived).UTC()
	return t.visitor.Visit(e)
}

func (t *visitTaker) end() {
	t.visiting.total.Add(t.total)
	t.visiting.give(t.visitor)
}
