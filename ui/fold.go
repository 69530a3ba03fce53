package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"spoor/fleet"
	"spoor/index"
	"spoor/internal/packet"
)

const (
	// maxFolded is how many packets dedup:on compares.
	maxFolded = 2_000_000
	// foldsKept is how many searches' folds are remembered, so that a next
	// page costs no comparison; foldFresh how long a first page uses one.
	foldsKept = 8
	// maxRemembered is how many copies these have together, but for the newest.
	maxRemembered = 1_000_000
	foldFresh     = 2 * time.Second
	foldStale     = 5 * time.Minute
)

// deduped returns the store as dedup:on shows it: of the packets that several
// recorders saw there is the earliest one, by their clocks put right. All else
// is the store's.
func (s *Server) deduped() dedupStore {
	return dedupStore{Store: s.Store, clock: s.Fleet.Clock, folds: s.folds}
}

// dedupStore is a store without copies of packets. Which packets are copies
// is told by all that a search finds, not by a page of it, so that pages,
// counts and histograms, in either order, agree.
type dedupStore struct {
	index.Store
	clock func(job uint64, sensor string) time.Duration
	folds *folds
}

// Search is the store's without copies.
func (d dedupStore) Search(ctx context.Context, r index.Request) (index.Result, error) {
	f, err := d.fold(ctx, foldKey{d.Store, queryText(r), r.From, r.To}, r, r.After != nil)
	if err != nil {
		return index.Result{}, err
	}
	var found index.Result
	for page := r; ; page.After = found.Next {
		part, err := d.Store.Search(ctx, page)
		if err != nil {
			return part, err
		}
		if page.After == r.After {
			found.Total, found.Exact = f.less(part.Total), part.Exact
		}
		found.Scanned.Blocks += part.Scanned.Blocks
		found.Scanned.Skipped += part.Scanned.Skipped
		found.Scanned.Bytes += part.Scanned.Bytes
		seq := lastSeq(part, page.After)
		for _, h := range part.Hits {
			switch _, gone := f.gone[h.Seq]; {
			case gone:
				continue
			case len(found.Hits) == r.Limit:
				last := found.Hits[len(found.Hits)-1]
				found.Next = &index.Cursor{Time: last.Time.UnixNano(), Last: last.Seq, Seq: seq}
				return found, nil
			}
			found.Hits = append(found.Hits, h)
		}
		if found.Next = part.Next; part.Next == nil || len(found.Hits) == r.Limit {
			return found, nil
		}
	}
}

// lastSeq is the newest Seq that a page looked at.
func lastSeq(page index.Result, after *index.Cursor) (seq uint64) {
	switch {
	case page.Next != nil:
		return page.Next.Seq
	case after != nil:
		return after.Seq
	}
	for _, h := range page.Hits {
		seq = max(seq, h.Seq)
	}
	return seq
}

// Histogram is the store's without copies.
func (d dedupStore) Histogram(ctx context.Context, r index.Request, buckets int) (index.Histogram, error) {
	h, err := d.Store.Histogram(ctx, r, buckets)
	if err != nil || h.Total == 0 {
		return h, err
	}
	f, err := d.fold(ctx, foldKey{d.Store, queryText(r), r.From, r.To}, r, false)
	if err != nil {
		return h, err
	}
	for _, at := range f.gone {
		// What came in after the store counted is not in its counts.
		if i := at.Sub(h.From) / h.Width; i >= 0 && int(i) < len(h.Counts) && h.Counts[i] > 0 {
			h.Counts[i]--
			h.Total--
		}
	}
	return h, nil
}

// Scan is the store's without copies.
func (d dedupStore) Scan(ctx context.Context, v index.Visit, visitor func(index.Extent) index.Visitor) (index.Visited, error) {
	r := index.Request{Query: v.Query, From: v.From, To: v.To}
	f, err := d.fold(ctx, foldKey{d.Store, queryText(r), r.From, r.To}, r, false)
	if err != nil {
		return index.Visited{}, err
	}
	done, err := d.Store.Scan(ctx, v, func(e index.Extent) index.Visitor { return dedupVisitor{visitor(e), f} })
	done.Total = f.less(done.Total)
	return done, err
}

// dedupVisitor keeps copies from a visitor, and has it shown every packet.
type dedupVisitor struct {
	index.Visitor
	fold *fold
}

func (d dedupVisitor) NeedsText(s *index.Stream) bool {
	return s.Format.Name == index.Packet && len(d.fold.gone) > 0 || d.Visitor.NeedsText(s)
}

func (d dedupVisitor) Visit(e *index.Entry) error {
	if _, gone := d.fold.gone[e.Seq]; gone {
		return nil
	}
	return d.Visitor.Visit(e)
}

// fold is what a search leaves out, and who saw what is shown besides.
type fold struct {
	gone map[uint64]time.Time // copies, by Seq
	also map[uint64][]string  // by Seq of what is shown: origins of its copies
}

func (f *fold) less(total uint64) uint64 { return total - min(total, uint64(len(f.gone))) }

// folds remembers the folds of the newest searches.
type folds struct {
	mu  sync.Mutex // guards all
	all []keptFold // oldest first
}

type foldKey struct {
	store    index.Store
	query    string
	from, to time.Time
}

type keptFold struct {
	key foldKey
	at  time.Time
	*fold
}

// of returns a fold that is young enough, or nil.
func (l *folds) of(key foldKey, age time.Duration) *fold {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.all {
		if k.key == key && time.Since(k.at) < age {
			return k.fold
		}
	}
	return nil
}

func (l *folds) put(key foldKey, f *fold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(k keptFold) bool { return k.key == key || time.Since(k.at) > foldStale })
	l.all = append(l.all, keptFold{key, time.Now(), f})
	l.all = l.all[max(0, len(l.all)-foldsKept):]
	copies := 0
	for i := len(l.all) - 1; i >= 0; i-- {
		if copies += len(l.all[i].gone); copies > maxRemembered && i < len(l.all)-1 {
			l.all = slices.Clone(l.all[i+1:])
			return
		}
	}
}

func queryText(r index.Request) string {
	if r.Query == nil {
		return ""
	}
	return r.Query.String()
}

// fold tells which of the packets that a search finds are copies. A later
// page leaves out what its first page did.
func (d dedupStore) fold(ctx context.Context, key foldKey, r index.Request, later bool) (*fold, error) {
	age := foldFresh
	if later {
		age = foldStale
	}
	if f := d.folds.of(key, age); f != nil {
		return f, nil
	}
	var seen []*wireVisitor
	var n atomic.Int64
	_, err := d.Store.Scan(ctx, index.Visit{Query: r.Query, From: r.From, To: r.To}, func(index.Extent) index.Visitor {
		v := &wireVisitor{clock: d.clock, n: &n, ahead: make(map[*index.Stream]time.Duration)}
		seen = append(seen, v)
		return v
	})
	if err != nil {
		return nil, err
	}
	var all []wirePacket
	for _, v := range seen {
		all = append(all, v.seen...)
	}
	f, err := foldPackets(ctx, all)
	if err != nil {
		return nil, err
	}
	d.folds.put(key, f)
	return f, nil
}

// wirePacket is what is compared of a packet.
type wirePacket struct {
	key    uint64
	at     int64 // nanoseconds, by the first sensor's clock
	seq    uint64
	time   time.Time
	stream *index.Stream
}

// wireVisitor gathers the packets that one worker of a scan has found.
type wireVisitor struct {
	clock func(job uint64, sensor string) time.Duration
	ahead map[*index.Stream]time.Duration
	seen  []wirePacket
	n     *atomic.Int64 // packets that all visitors have gathered
}

func (v *wireVisitor) NeedsText(s *index.Stream) bool { return s.Format.Name == index.Packet }
func (v *wireVisitor) Whole(_, _ time.Time) bool      { return true }

func (v *wireVisitor) Count(*index.Stream, time.Time, time.Time, uint64) {}

func (v *wireVisitor) Visit(e *index.Entry) error {
	if e.Stream.Format.Name != index.Packet {
		return nil
	}
	key, ok := packet.WireKey(e.Stream.Format.LinkType, e.Raw, cmp.Or(e.OrigLen, len(e.Raw)))
	if !ok {
		return nil
	}
	if v.n.Add(1) > maxFolded {
		return bad("dedup:on compares %d packets at most, and more match: narrow the time range or add a word", maxFolded)
	}
	ahead, known := v.ahead[e.Stream]
	if !known {
		if o := e.Stream.Origin; o.Job != 0 {
			ahead = v.clock(o.Job, o.Sensor)
		}
		v.ahead[e.Stream] = ahead
	}
	v.seen = append(v.seen, wirePacket{key, e.Time.Add(-ahead).UnixNano(), e.Seq, e.Time, e.Stream})
	return nil
}

// foldPackets finds the copies: packets of one key, of different origins,
// recorded within fleet.CopyWithin of the first of them.
func foldPackets(ctx context.Context, all []wirePacket) (*fold, error) {
	slices.SortFunc(all, func(a, b wirePacket) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
	})
	f := &fold{gone: make(map[uint64]time.Time), also: make(map[uint64][]string)}
	for groups := 0; len(all) > 0; groups++ {
		if groups%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := 1
		for n < len(all) && all[n].key == all[0].key {
			n++
		}
		f.group(all[:n])
		all = all[n:]
	}
	return f, nil
}

// group folds packets of one key, which are in the order of time: each into
// the first one before it that nobody of its origin was folded into. Whoever
// sends the same packet a million times in a second must not make it slow: what
// is too old, or has one of an origin, is not looked at for that origin again.
func (f *fold) group(same []wirePacket) {
	type shown struct {
		first   wirePacket
		origins []index.Origin
	}
	var all []shown                // in the order of time
	old := 0                       // how many of all are too old by now
	next := map[index.Origin]int{} // the first of all that may lack the origin
	for _, p := range same {
		for old < len(all) && p.at-all[old].first.at > int64(fleet.CopyWithin) {
			old++
		}
		origin := p.stream.Origin
		i := max(next[origin], old)
		for i < len(all) && slices.Contains(all[i].origins, origin) {
			i++
		}
		if next[origin] = i + 1; i == len(all) {
			all = append(all, shown{p, []index.Origin{origin}})
			continue
		}
		s := &all[i]
		s.origins = append(s.origins, origin)
		f.gone[p.seq] = p.time
		f.also[s.first.seq] = append(f.also[s.first.seq], originName(origin))
	}
}

// originName names where a packet was recorded.
func originName(o index.Origin) string {
	name := cmp.Or(o.Sensor, o.Host, o.File)
	if o.Job != 0 {
		name += fmt.Sprintf(" (job %d)", o.Job)
	}
	return name
}
