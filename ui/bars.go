package ui

import (
	"context"
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
}

func newBars(s index.Steps) *bars { return &bars{steps: s, counts: make([]atomic.Uint64, s.N)} }

func (b *bars) add(t time.Time, n uint64) {
	if i, ok := b.steps.Of(t); ok {
		b.counts[i].Add(n)
	}
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

func (v barVisitor) Count(_ *index.Stream, first, _ time.Time, n uint64) { v.add(first, n) }

func (v barVisitor) Visit(e *index.Entry) error {
	v.add(e.Time, 1)
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

// quick is how long a count may have taken that is made again to show its
// few results larger.
const quick = 100 * time.Millisecond

// countBars counts entries in the bars of a layout. Where the times are open
// and all that is found stands close together, it is shown larger.
func (q *question) countBars(ctx context.Context, l layout) (*histogramJSON, error) {
	start := time.Now()
	b, err := q.countOnce(ctx, l, nil)
	if err != nil {
		return nil, err
	}
	first, last, ok := b.ends()
	if took := time.Since(start); !ok || took > quick || l.width > 0 || (last-first+1)*3 > b.steps.N || !l.from.IsZero() && !l.to.IsZero() {
		return b.json(), nil
	}
	from, to := b.steps.At(first), b.steps.At(last+1)
	b, err = q.countOnce(ctx, l, &index.Extent{From: from, To: to})
	if err != nil {
		return nil, err
	}
	return b.json(), nil
}

// countOnce counts in bars over the extent of the scan, or over that given.
func (q *question) countOnce(ctx context.Context, l layout, over *index.Extent) (*bars, error) {
	var b *bars
	var bad error
	_, err := q.store.Scan(ctx, index.Visit{Query: q.Where, From: q.From, To: q.To}, func(e index.Extent) index.Visitor {
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

// ends are the first and the last bar that has something.
func (b *bars) ends() (first, last int, ok bool) {
	for i := range b.counts {
		if b.counts[i].Load() == 0 {
			continue
		}
		if !ok {
			first = i
		}
		last, ok = i, true
	}
	return first, last, ok
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
