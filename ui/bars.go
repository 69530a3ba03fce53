package ui

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"spoor/index"
)

// histogramJSON is HISTOGRAM of docs/api.md.
type histogramJSON struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Width  int64     `json:"width_ns"`
	Counts []uint64  `json:"counts"`
	Total  uint64    `json:"total"`
}

const (
	defaultBars = 80
	minBars     = 10
	maxBars     = 500
	// maxSteps is how many bars a width that was asked for may make.
	maxSteps = 10_000
)

// bars counts entries over time. Many visitors count into the same bars at
// once, so that they can be looked at meanwhile.
type bars struct {
	steps  index.Steps
	counts []atomic.Uint64
	// The least and the greatest time that was counted, in nanoseconds since
	// 1970; the least is the greater one while there is none.
	first, last atomic.Int64
}

func newBars(s index.Steps) *bars {
	b := &bars{steps: s, counts: make([]atomic.Uint64, s.N)}
	b.first.Store(math.MaxInt64)
	b.last.Store(math.MinInt64)
	return b
}

// add counts n entries from first to last in the bar of the first.
func (b *bars) add(first, last time.Time, n uint64) {
	i, ok := b.steps.Of(first)
	if !ok {
		return
	}
	b.counts[i].Add(n)
	lower, upper := first.UnixNano(), last.UnixNano()
	for was := b.first.Load(); lower < was && !b.first.CompareAndSwap(was, lower); was = b.first.Load() {
	}
	for was := b.last.Load(); upper > was && !b.last.CompareAndSwap(was, upper); was = b.last.Load() {
	}
}

// extent are the times of what was counted, the end itself left out.
func (b *bars) extent() (e index.Extent, ok bool) {
	first, last := b.first.Load(), b.last.Load()
	if first > last {
		return e, false
	}
	return index.Extent{From: time.Unix(0, first).UTC(), To: time.Unix(0, last).UTC().Add(1)}, true
}

// json is how far the bars are.
func (b *bars) json() *histogramJSON {
	h := &histogramJSON{From: b.steps.From, To: b.steps.To(), Width: int64(b.steps.Width), Counts: make([]uint64, len(b.counts))}
	for i := range b.counts {
		h.Counts[i] = b.counts[i].Load()
		h.Total += h.Counts[i]
	}
	return h
}

// barVisitor counts what a scan shows it.
type barVisitor struct{ *bars }

var _ index.Visitor = barVisitor{}

func (v barVisitor) NeedsText(*index.Stream) bool { return false }

func (v barVisitor) Whole(first, last time.Time) bool {
	a, _ := v.steps.Of(first)
	b, _ := v.steps.Of(last)
	return a == b
}

func (v barVisitor) Count(_ *index.Stream, first, last time.Time, n uint64) { v.add(first, last, n) }

func (v barVisitor) Visit(e *index.Entry) error {
	v.add(e.Time, e.Time, 1)
	return nil
}

// layout says which bars a question has.
type layout struct {
	from, to time.Time     // that were asked for; zero is open
	most     int           // bars that there is room for
	width    time.Duration // of a bar; 0: a round one is chosen
	packets  bool          // what is found are packets, which come within milliseconds
	now      time.Time
}

// recently is how long ago a range began of which it is taken that it goes on
// until now.
const recently = 31 * 24 * time.Hour

// steps lays out the bars, where all that is found lies in an extent.
func (l layout) steps(first, last time.Time) (index.Steps, error) {
	from, to := l.from, l.to
	if from.IsZero() {
		from = first
	}
	if to.IsZero() {
		if to = last; !l.from.IsZero() && l.now.Sub(l.from) < recently && l.now.After(to) {
			to = l.now
		}
	}
	if !from.Before(to) {
		return index.Steps{From: from, Width: max(l.width, time.Second)}, nil
	}
	if l.width > 0 {
		s := index.StepsOf(l.width, from, to)
		if s.N > maxSteps {
			return s, tooMuch{"parameter width: " + strconv.Itoa(s.N) + " bars; at most " + strconv.Itoa(maxSteps)}
		}
		return s, nil
	}
	open := l.from.IsZero() && l.to.IsZero()
	s := index.RoundSteps(from, to, l.most, l.finest(to.Sub(from), open))
	// A few results are not shown as a few giants.
	if room := l.most/2 - s.N; open && room > 0 {
		s.From = s.At(0).Add(-time.Duration(room/2) * s.Width)
		s.N += room
	}
	return s, nil
}

// finest is the least width of a bar.
func (l layout) finest(length time.Duration, open bool) time.Duration {
	finest := time.Second
	switch {
	case l.packets:
		finest = time.Millisecond
	case length <= time.Second:
		finest = 10 * time.Millisecond
	}
	// A range that somebody chose is shown as it is, however short.
	if open || length >= 20*time.Second {
		return finest
	}
	return time.Millisecond
}

// countBars counts entries in the bars of a layout.
func (q *question) countBars(ctx context.Context, l layout) (*histogramJSON, error) {
	b, err := q.countOnce(ctx, l, nil)
	if err != nil {
		return nil, err
	}
	return q.closer(ctx, l, b).json(), nil
}

// closerTime is how long it may take to count again in narrower bars.
const closerTime = 250 * time.Millisecond

// closer counts again where the times are open and all that was found stands
// so close together that a few bars hold it, which nobody knows before. What
// takes long, or finds something else meanwhile, leaves the bars as they are.
func (q *question) closer(ctx context.Context, l layout, b *bars) *bars {
	e, ok := b.extent()
	if !ok || l.most == 0 || l.width > 0 || !l.from.IsZero() && !l.to.IsZero() {
		return b
	}
	if s, err := l.steps(e.From, e.To); err != nil || s.Width*3 > b.steps.Width {
		return b
	}
	ctx, cancel := context.WithTimeout(ctx, closerTime)
	defer cancel()
	near, err := q.countOnce(ctx, l, &e)
	if err != nil || near.total() != b.total() {
		return b
	}
	return near
}

// countOnce counts in bars over the extent of the scan, or over that given,
// outside of which nothing is found then.
func (q *question) countOnce(ctx context.Context, l layout, over *index.Extent) (*bars, error) {
	var b *bars
	var bad error
	v := index.Visit{Query: q.Where, From: q.From, To: q.To}
	if over != nil {
		v.From, v.To = over.From, over.To
	}
	_, err := q.store.Scan(ctx, v, func(e index.Extent) index.Visitor {
		if b == nil {
			if over != nil {
				e = *over
			}
			var s index.Steps
			s, bad = l.steps(e.From, e.To)
			if bad != nil {
				s.N = 0
			}
			b = newBars(s)
		}
		return barVisitor{b}
	})
	if bad != nil {
		return nil, bad
	}
	return b, err
}

// total is how many entries all bars have together.
func (b *bars) total() (n uint64) {
	for i := range b.counts {
		n += b.counts[i].Load()
	}
	return n
}

var widthPattern = regexp.MustCompile(`^([1-9][0-9]{0,6})(ms|s|m|h|d|w)$`)

// width reads the width of a bar; 0 when there is none.
func (p *params) width(name string) time.Duration {
	text := p.text(name)
	if text == "" {
		return 0
	}
	m := widthPattern.FindStringSubmatch(text)
	if m == nil {
		p.fail(bad("parameter %s: %q is no width such as 500ms, 30s, 5m, 1h, 1d or 1w", name, text))
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour,
		"d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	if time.Duration(n) > (1<<63-1)/unit {
		p.fail(bad("parameter %s: %q is too wide", name, text))
		return 0
	}
	return time.Duration(n) * unit
}
