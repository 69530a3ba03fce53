package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// timing is how long one query takes.
type timing struct {
	median, worst time.Duration
	runs          int
	answer        answer // of the last run
}

// budget is how long the runs of one query may take together; three are made
// in any case.
const budget = 15 * time.Second

// repeat asks the same until there are enough runs for a median.
func repeat(runs int, once func() (time.Duration, error)) (t timing, err error) {
	var all []time.Duration
	var sum time.Duration
	for len(all) < runs && (len(all) < 3 || sum < budget) {
		took, err := once()
		if err != nil {
			return t, err
		}
		all = append(all, took)
		sum += took
	}
	slices.Sort(all)
	return timing{median: all[len(all)/2], worst: all[len(all)-1], runs: len(all)}, nil
}

func values(q string, limit int) url.Values {
	return url.Values{"q": {q}, "limit": {fmt.Sprint(limit)}}
}

// search measures a search.
func (b *bench) search(ctx context.Context, q string, limit int, exact bool) (timing, error) {
	v := values(q, limit)
	if exact {
		v.Set("count", "exact")
	}
	var last answer
	t, err := repeat(b.o.runs, func() (time.Duration, error) {
		last = answer{}
		return b.server.get(ctx, "search", v, &last)
	})
	t.answer = last
	return t, err
}

// checkEntries makes sure that entries stand newest first and hold a word.
func (b *bench) checkEntries(q, word string, a answer, want int) {
	b.report.check(len(a.Entries) == want, "%s: got %d entries, want %d", q, len(a.Entries), want)
	for i, e := range a.Entries {
		b.report.check(strings.Contains(strings.ToLower(e.Raw), strings.ToLower(word)), "%s: entry %d does not hold it", q, i)
		b.report.check(i == 0 || !e.Time.After(a.Entries[i-1].Time), "%s: entry %d is newer than the one before", q, i)
	}
}

// needles measures searches for something rare.
func (b *bench) needles(ctx context.Context) error {
	bar := b.needleBar()
	for _, n := range b.picks.needles {
		g, err := grep(ctx, b.corpus, b.o.runs, n.grep)
		if err != nil {
			return err
		}
		b.report.Greps = append(b.report.Greps, g.String())
		if n.lines > 0 {
			b.report.check(g.lines == n.lines, "%s: grep counts %d, the corpus says %d", n.query, g.lines, n.lines)
		}
		for _, limit := range []int{0, 100} {
			t, err := b.search(ctx, n.query, limit, true)
			if err != nil {
				return err
			}
			a := t.answer
			b.report.check(a.Exact && a.Total == uint64(g.lines), "%s: got %d (exact %v), grep counts %d", n.query, a.Total, a.Exact, g.lines)
			what := n.what + ", count"
			if limit > 0 {
				what = n.what + ", entries"
				b.checkEntries(n.query, n.query, a, min(limit, int(g.lines)))
			}
			ok := t.median <= bar
			text := fmt.Sprintf("<= %s", ms(bar))
			faster := float64(g.median) / float64(t.median)
			if n.faster > 0 {
				text += fmt.Sprintf(", >= %.0f x grep", n.faster)
				ok = ok && faster >= n.faster
			}
			b.report.add(row{What: fmt.Sprintf("%s: %s", what, n.query), Bar: text, Met: met(ok),
				Measured: fmt.Sprintf("%s (worst %s, %d runs), %d lines, %d of %d blocks", ms(t.median), ms(t.worst), t.runs, a.Total, a.Scanned.Blocks, a.Scanned.Blocks+a.Scanned.Skipped),
				Ratio:    fmt.Sprintf("%.0f x faster than grep (%s)", faster, ms(g.median)), Value: t.median.Seconds() * 1e3, Unit: "ms"})
		}
	}
	return nil
}

// scan measures one search that reads much, against grep.
func (b *bench) scan(ctx context.Context, n scanned, limit int, what string) error {
	g, err := grep(ctx, b.corpus, b.o.runs, n.grep)
	if err != nil {
		return err
	}
	b.report.Greps = append(b.report.Greps, g.String())
	t, err := b.search(ctx, n.query, limit, true)
	if err != nil {
		return err
	}
	a := t.answer
	b.report.check(a.Exact && a.Total == uint64(g.lines), "%s: got %d (exact %v), grep counts %d", n.query, a.Total, a.Exact, g.lines)
	if limit > 0 {
		b.checkEntries(n.query, n.query, a, min(limit, int(g.lines)))
	}
	slower := float64(t.median) / float64(g.median)
	b.report.add(row{What: what + ": " + n.query, Bar: fmt.Sprintf("<= %.1f x grep", n.slower), Met: met(slower <= n.slower),
		Measured: fmt.Sprintf("%s (%d runs), %s lines, %d of %d blocks", ms(t.median), t.runs, count(a.Total), a.Scanned.Blocks, a.Scanned.Blocks+a.Scanned.Skipped),
		Ratio:    fmt.Sprintf("%.2f x grep (%s)", slower, ms(g.median)), Value: t.median.Seconds() * 1e3, Unit: "ms"})
	return nil
}

func (b *bench) words(ctx context.Context) error {
	if err := b.scan(ctx, b.picks.word, 100, "word on 2 %, exact count and newest 100"); err != nil {
		return err
	}
	return b.scan(ctx, b.picks.number, 0, "short number, count")
}

func (b *bench) regexes(ctx context.Context) error {
	if err := b.scan(ctx, b.picks.literal, 0, "regex with a literal, count"); err != nil {
		return err
	}
	return b.scan(ctx, b.picks.noLiteral, 0, "regex without a literal, count")
}

// newest measures the first page of a word that is everywhere.
func (b *bench) newest(ctx context.Context) error {
	const bar = 20 * time.Millisecond
	t, err := b.search(ctx, b.picks.common, 100, false)
	if err != nil {
		return err
	}
	b.checkEntries(b.picks.common, b.picks.common, t.answer, 100)
	b.report.add(row{What: "newest 100 of a common word: " + b.picks.common, Bar: "<= " + ms(bar), Met: met(t.median <= bar),
		Measured: fmt.Sprintf("%s (worst %s, %d runs), %d blocks", ms(t.median), ms(t.worst), t.runs, t.answer.Scanned.Blocks),
		Value:    t.median.Seconds() * 1e3, Unit: "ms"})
	return nil
}

// histogram measures the histogram of everything.
func (b *bench) histogram(ctx context.Context) error {
	const bar = 50 * time.Millisecond
	var h struct {
		Total  uint64   `json:"total"`
		Counts []uint64 `json:"counts"`
	}
	t, err := repeat(b.o.runs, func() (time.Duration, error) {
		return b.server.get(ctx, "histogram", url.Values{"buckets": {"60"}}, &h)
	})
	if err != nil {
		return err
	}
	sum := uint64(0)
	for _, n := range h.Counts {
		sum += n
	}
	b.report.check(h.Total == uint64(b.corpus.truth.Lines) && sum == h.Total, "histogram: got %d, its buckets %d, want %d", h.Total, sum, b.corpus.truth.Lines)
	b.report.add(row{What: "histogram of everything, 60 buckets", Bar: "<= " + ms(bar), Met: met(t.median <= bar),
		Measured: fmt.Sprintf("%s (worst %s, %d runs)", ms(t.median), ms(t.worst), t.runs), Value: t.median.Seconds() * 1e3, Unit: "ms"})
	return nil
}
