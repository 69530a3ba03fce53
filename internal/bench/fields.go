package main

import (
	"context"
	"fmt"
)

// fieldFilters are queries that the index can't answer and that every line of
// their tag has to be read for. Connections are Zeek TSV, in the larger corpus
// a third of them JSON; DNS is JSON.
var fieldFilters = []struct{ tag, filter string }{
	{"zeek.conn", "orig_bytes:>100"},
	{"zeek.conn", "duration:[100ms TO 10s]"},
	{"zeek.conn", "id.resp_h:128.0.0.0/1"},
	{"zeek.dns", "id.orig_p:(<20000 OR >50000)"},
	{"zeek.dns", "ts:>2024-01-15"},
	{"zeek.dns", "ip:10.0.0.0/8"},
}

// fields measures filters by fields, over all lines of a tag.
func (b *bench) fields(ctx context.Context) error {
	const bar = 2_000_000
	for _, f := range fieldFilters {
		tag := "tag:" + f.tag
		all, err := b.search(ctx, tag, 0, true)
		if err != nil {
			return err
		}
		lines := all.answer.Total
		b.report.check(lines > 0, "%s: no lines", tag)
		t, err := b.search(ctx, tag+" "+f.filter, 0, true)
		if err != nil {
			return err
		}
		others, err := b.search(ctx, tag+" NOT ("+f.filter+")", 0, true)
		if err != nil {
			return err
		}
		b.report.check(t.answer.Total+others.answer.Total == lines, "%s: %d lines match, %d do not, of %d", f.filter, t.answer.Total, others.answer.Total, lines)
		rate := float64(lines) / t.median.Seconds()
		b.report.add(row{What: fmt.Sprintf("field filter: %s %s", tag, f.filter), Bar: fmt.Sprintf(">= %s lines/s", count(int64(bar))), Met: met(rate >= bar),
			Measured: fmt.Sprintf("%s lines/s (%s, %d runs), %s of %s lines match", count(int64(rate)), ms(t.median), t.runs, count(t.answer.Total), count(lines)),
			Value:    rate, Unit: "lines/s"})
	}
	return nil
}
