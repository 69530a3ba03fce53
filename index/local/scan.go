package local

import (
	"container/heap"
	"context"
	"math"
	"sync"
	"sync/atomic"

	"spoor/index"
	"spoor/index/query"

	"golang.org/x/sync/errgroup"
)

// scan reads what can match out of a snapshot, unit by unit in the order
// asked for, in parallel, and gives the matches to a sink.
type scan struct {
	store    *Store
	snapshot *snapshot
	plan     *plan
	sink     sink
	seq      uint64 // entries that arrived later are hidden
	from, to int64  // times; to is out, and noEnd is behind all of them
	newest   bool   // the order in which units are read
	exact    bool   // count everything
	texts    bool   // texts are read even where everything matches

	mu      sync.Mutex // guards queue and opening
	queue   unitQueue
	opening int        // segments that will put blocks into the queue
	opened  *sync.Cond // one of them has

	pass    pass
	damaged atomic.Bool // something could not be read
	skipped atomic.Bool // something that may match was not looked at
	stats   struct{ blocks, skipped, bytes atomic.Int64 }
}

// sink takes matches. Its methods are called by many goroutines at once.
type sink interface {
	// whole counts the n matches of a unit, all of whose entries match, by
	// their number only. It returns false when they have to be read.
	whole(u *unit, n uint64) bool
	// wants says whether matches in a unit, or in a whole segment that stands
	// for its units, can do more than count.
	wants(u *unit) bool
	// begin returns what takes the matches of one unit.
	begin() taker
}

// taker takes the matches of one unit; one goroutine uses it.
type taker interface {
	// wants is the sink's, for one entry.
	wants(r *row) bool
	// count counts n matches that are not wanted.
	count(time int64, n uint64)
	// take takes a match, whose text is asked for only where it is needed
	// and is valid until end.
	take(s *stream, r *row, text func(*row) ([]byte, error)) error
	end()
}

const noEnd = math.MaxInt64

// unitQueue is a heap of units in the order of reading. A unit whose block is
// negative stands for a whole segment that was not looked into yet.
type unitQueue struct {
	newest bool
	units  []unit
}

func (q *unitQueue) Len() int      { return len(q.units) }
func (q *unitQueue) Swap(i, j int) { q.units[i], q.units[j] = q.units[j], q.units[i] }
func (q *unitQueue) Push(u any)    { q.units = append(q.units, u.(unit)) }
func (q *unitQueue) Less(i, j int) bool {
	a, b := &q.units[i], &q.units[j]
	if q.newest {
		return key{a.maxTime, a.maxSeq}.compare(key{b.maxTime, b.maxSeq}) > 0
	}
	return key{a.minTime, a.maxSeq}.compare(key{b.minTime, b.maxSeq}) < 0
}

func (q *unitQueue) Pop() any {
	last := len(q.units) - 1
	u := q.units[last]
	q.units = q.units[:last]
	return u
}

const wholeSegment = -1

// run reads everything that the sink wants.
func (q *scan) run(ctx context.Context) error {
	q.queue.newest = q.newest
	for _, u := range q.snapshot.memory {
		if q.overlaps(u.minTime, u.maxTime) {
			q.queue.units = append(q.queue.units, u)
		}
	}
	for _, seg := range q.snapshot.segments {
		if !q.overlaps(seg.minTime, seg.maxTime) {
			q.stats.skipped.Add(int64(len(seg.blocks)))
			continue
		}
		q.queue.units = append(q.queue.units, unit{seg: seg, block: wholeSegment,
			minTime: seg.minTime, maxTime: seg.maxTime, maxSeq: seg.maxSeq})
	}
	heap.Init(&q.queue)
	q.opened = sync.NewCond(&q.mu)
	defer q.store.gate.leave(&q.pass)
	work, ctx := errgroup.WithContext(ctx)
	for range q.store.o.Workers {
		work.Go(func() error { return q.work(ctx) })
	}
	return work.Wait()
}

func (q *scan) overlaps(minTime, maxTime int64) bool {
	return maxTime >= q.from && (minTime < q.to || q.to == noEnd)
}

func (q *scan) inside(u *unit) bool {
	return u.minTime >= q.from && (u.maxTime < q.to || q.to == noEnd) && u.maxSeq <= q.seq
}

// work reads units until none is left.
func (q *scan) work(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		u, ok := q.next()
		if !ok {
			return nil
		}
		if u.seg != nil && u.block == wholeSegment {
			units, err := q.open(ctx, &u)
			q.push(units)
			if err != nil {
				return err
			}
			continue
		}
		if err := q.read(ctx, &u); err != nil {
			return err
		}
	}
}

func (q *scan) next() (unit, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.queue.units) == 0 {
		if q.opening == 0 {
			return unit{}, false
		}
		q.opened.Wait()
	}
	u := heap.Pop(&q.queue).(unit)
	if u.seg != nil && u.block == wholeSegment {
		q.opening++ // its worker calls push in any case
	}
	return u, true
}

// push puts the blocks of an opened segment into the queue.
func (q *scan) push(units []unit) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, u := range units {
		heap.Push(&q.queue, u)
	}
	q.opening--
	q.opened.Broadcast()
}

// open returns the candidate blocks of a segment.
func (q *scan) open(ctx context.Context, whole *unit) ([]unit, error) {
	seg := whole.seg
	if !q.exact && !q.sink.wants(whole) && !q.decided(seg) {
		q.skipped.Store(true)
		q.stats.skipped.Add(int64(len(seg.blocks)))
		return nil, nil
	}
	found, err := q.plan.candidates(ctx, seg)
	if err != nil {
		return nil, err
	}
	var units []unit
	for block := range seg.blocks {
		u := seg.unit(block)
		if found.has(block) && q.overlaps(u.minTime, u.maxTime) {
			units = append(units, u)
			continue
		}
		q.stats.skipped.Add(1)
	}
	return units, nil
}

// decided says whether the streams of a segment tell all about its entries.
func (q *scan) decided(seg *segment) bool {
	for i := range seg.streams {
		if q.plan.verdict(seg.streams[i].stream) == query.Maybe {
			return false
		}
	}
	return true
}

// read evaluates the entries of a unit, or only counts them where that is
// enough.
func (q *scan) read(ctx context.Context, u *unit) error {
	wanted := q.sink.wants(u)
	sure, open, n := true, true, uint64(0)
	for _, r := range u.runs() {
		verdict := q.plan.verdict(r.stream)
		if verdict == query.No {
			continue
		}
		switch q.cover(r.stream, u) {
		case coverAll:
			continue
		case coverSome:
			open = false
		}
		if verdict == query.Maybe {
			sure = false
		} else {
			n += uint64(r.rows)
		}
	}
	switch {
	case sure && n == 0:
		q.stats.skipped.Add(1)
		return nil
	case sure && open && !wanted && q.inside(u) && q.sink.whole(u, n):
		q.stats.skipped.Add(1)
		return nil
	case !wanted && !q.exact:
		q.skipped.Store(true)
		q.stats.skipped.Add(1)
		return nil
	}
	err := q.evaluate(ctx, u)
	if q.store.reportBlock(err) {
		q.damaged.Store(true)
		return nil
	}
	return err
}

// result fills in what the scan itself knows of the answer.
func (q *scan) result(r *index.Result) {
	r.Exact = !q.skipped.Load() && !q.damaged.Load() && !q.snapshot.lost
	r.Scanned = index.Scanned{
		Blocks: int(q.stats.blocks.Load()), Skipped: int(q.stats.skipped.Load()), Bytes: q.stats.bytes.Load(),
	}
}
