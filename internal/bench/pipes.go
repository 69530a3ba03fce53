package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// tableAnswer is what is read of the answer to a query with pipes.
type tableAnswer struct {
	Total uint64 `json:"total"`
	Exact bool   `json:"exact"`
	Table struct {
		Rows []struct {
			Cells []any  `json:"cells"`
			Query string `json:"query"`
		} `json:"rows"`
	} `json:"table"`
}

// piped are tables over all lines of the corpus, each with its bar.
var piped = []struct {
	query string
	bar   time.Duration // 0: none
	rows  int           // 0: not known
}{
	{"* | top 10 id.orig_h", 2 * time.Second, 10},
	{"* | stats count(), sum(orig_bytes), p95(duration) by service", 0, 0},
	{"* | timechart count() by tag", 0, 0},
}

// pipes measures grouping over everything.
func (b *bench) pipes(ctx context.Context) error {
	for _, p := range piped {
		var a tableAnswer
		t, err := repeat(b.o.runs, func() (time.Duration, error) {
			a = tableAnswer{}
			return b.server.get(ctx, "search", url.Values{"q": {p.query}}, &a)
		})
		if err != nil {
			return err
		}
		b.report.check(a.Exact && a.Total == uint64(b.corpus.truth.Lines), "%s: of %d lines (exact %v), want %d", p.query, a.Total, a.Exact, b.corpus.truth.Lines)
		b.report.check(p.rows == 0 || len(a.Table.Rows) == p.rows, "%s: got %d rows, want %d", p.query, len(a.Table.Rows), p.rows)
		if err := b.checkRows(ctx, p.query, a); err != nil {
			return err
		}
		r := row{What: "pipes over all lines: " + p.query, Value: t.median.Seconds() * 1e3, Unit: "ms",
			Measured: fmt.Sprintf("%s (worst %s, %d runs), %s lines/s", ms(t.median), ms(t.worst), t.runs, count(int64(float64(a.Total)/t.median.Seconds())))}
		if p.bar > 0 {
			r.Bar, r.Met = "<= "+ms(p.bar), met(t.median <= p.bar)
		}
		b.report.add(r)
	}
	return nil
}

// checkRows counts the entries behind the first rows by a search, which groups
// nothing and knows no upper and lower case: it finds those of all rows that
// differ in that alone.
func (b *bench) checkRows(ctx context.Context, query string, a tableAnswer) error {
	for _, r := range a.Table.Rows[:min(3, len(a.Table.Rows))] {
		if r.Query == "" || len(r.Cells) < 2 {
			continue
		}
		var found answer
		if _, err := b.server.get(ctx, "search", values(r.Query, 0), &found); err != nil {
			return err
		}
		alike := 0.0
		for _, other := range a.Table.Rows {
			if strings.EqualFold(fmt.Sprint(other.Cells[0]), fmt.Sprint(r.Cells[0])) {
				n, _ := other.Cells[1].(float64)
				alike += n
			}
		}
		b.report.check(alike == float64(found.Total), "%s: row %v, with those alike %v entries, but %s finds %d", query, r.Cells, alike, r.Query, found.Total)
	}
	return nil
}
