package pipe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"spoor/index"
	"spoor/index/query"
)

const (
	// chartSteps is how many steps a chart has at the most whose width is
	// chosen.
	chartSteps = 100
	// maxSteps is how many it may have.
	maxSteps = 10_000
	// chartSeries is how many values have a series of their own; the others
	// are put together.
	chartSeries = 10
)

// chart is a timechart in the making.
type chart struct {
	*query.Timechart
	stage    stageName
	from, to time.Time // the times asked for; zero is open
	span     time.Duration
}

func (r *run) timechart(ctx context.Context, s *query.Timechart) (*working, error) {
	c := &chart{Timechart: s, stage: r.at, from: r.from, to: r.to, span: s.Span}
	g := r.grouped(c.by(), s.Aggs)
	g.span = max(1, s.Span) // an empty scan has no extent
	t, err := r.group(ctx, g, func(e index.Extent) {
		from, to := c.ends(e.From, e.To)
		g.span = c.choose(from, to)
	})
	if err != nil {
		return nil, err
	}
	pivot := func([]string) *string { return nil }
	if r.pivots {
		pivot = func(values []string) *string { return r.pivot(c.by(), values) }
	}
	return c.table(r, t, pivot)
}

// rechart makes a timechart of the rows of a table.
func (r *run) rechart(t *working, src *rowSource, s *query.Timechart, field func(string) int, gather func(*grouping) (*grouper, error)) (*working, error) {
	c := &chart{Timechart: s, stage: stageName{0, s.String()}, span: s.Span}
	var first, last time.Time
	for i := range t.Rows {
		src.row = i
		if at, ok := (rowRecord{src.columns, t.Rows[i].Cells}).when(); ok {
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if last.IsZero() || at.After(last) {
				last = at
			}
		}
	}
	g := newGrouping(c.by(), s.Aggs, field)
	g.span = c.choose(first, last.Add(1))
	grouped, err := gather(g)
	if err != nil {
		return nil, err
	}
	c.stage = grouped.stage
	return c.table(r, grouped, func([]string) *string { return nil })
}

func (c *chart) by() []string {
	if c.By == "" {
		return nil
	}
	return []string{c.By}
}

// ends narrows times to those that were asked for, or widens them to them.
func (c *chart) ends(from, to time.Time) (time.Time, time.Time) {
	if !c.from.IsZero() {
		from = c.from
	}
	if !c.to.IsZero() {
		to = c.to
	}
	return from, to
}

// choose returns the width of the steps.
func (c *chart) choose(from, to time.Time) time.Duration {
	if c.span <= 0 {
		c.span = index.RoundSteps(from, to, chartSteps, time.Millisecond).Width
	}
	return c.span
}

// table makes the table: a row for each step, a column for each series.
func (c *chart) table(r *run, g *grouper, pivot func(values []string) *string) (*working, error) {
	steps, err := c.steps(g)
	if err != nil {
		return nil, err
	}
	t := &working{Table: Table{Kind: kindTimechart, Span: g.span, Without: g.without, TotalRows: uint64(steps.N)}}
	t.Columns = []Column{{Name: timeField, Role: "time", Field: timeField}}
	series := c.series(g)
	other, err := c.fold(g, series)
	if err != nil {
		return nil, err
	}
	t.Notes = g.notes()
	for _, s := range series {
		for _, a := range c.Aggs {
			t.Columns = append(t.Columns, Column{Name: c.name(s, a), Role: "series", Field: a.Field, Func: a.Func, Query: pivot(c.values(s))})
		}
	}
	if other > 0 {
		for _, a := range c.Aggs {
			t.Columns = append(t.Columns, Column{Name: c.name("other", a), Role: "series", Field: a.Field, Func: a.Func, Other: other})
		}
	}
	a := r.account(c.stage, "rows of the table")
	for i := range steps.N {
		row := c.row(g, steps, i, series, other)
		if err := a.take(rowSize(row, nil)); err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row)
	}
	return t, a.settle()
}

func (c *chart) values(series string) []string {
	if c.By == "" {
		return nil
	}
	return []string{series}
}

// name is that of the column of a series.
func (c *chart) name(series string, a query.Agg) string {
	switch {
	case c.By == "":
		return a.Name()
	case len(c.Aggs) == 1:
		return series
	}
	return series + ": " + a.Name()
}

// steps are the steps of the chart: all of the times that were asked for, or
// from the first to the last that has something.
func (c *chart) steps(g *grouper) (index.Steps, error) {
	var first, last time.Time
	for _, key := range g.keys {
		at, _ := g.values(key)
		t := time.Unix(0, at).UTC()
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if last.IsZero() || t.After(last) {
			last = t
		}
	}
	if !first.IsZero() {
		last = last.Add(g.span)
	}
	from, to := c.ends(first, last)
	if from.IsZero() || to.IsZero() {
		return index.Steps{Width: g.span}, nil // nothing, of an open time
	}
	s := index.StepsOf(g.span, from, to)
	if s.N > maxSteps {
		return s, &Error{Stage: c.stage.number, Text: c.stage.text, TooMuch: true, Reason: fmt.Sprintf(
			"%d steps of %s; at most %d are shown: take a longer step or a shorter time", s.N, g.span, maxSteps)}
	}
	return s, nil
}

// series returns the values that have a series of their own: those of most
// rows. Without a field to split by it is one that has no name.
func (c *chart) series(g *grouper) []string {
	if c.By == "" {
		return []string{""}
	}
	rows := map[string]uint64{}
	for i, key := range g.keys {
		_, values := g.values(key)
		rows[values[0]] += g.rows[i]
	}
	all := make([]string, 0, len(rows))
	for v := range rows {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
	// One more would take the place of "other".
	if len(all) <= chartSeries+1 {
		return all
	}
	return all[:chartSeries]
}

// fold puts the groups of all other values together, step by step, and
// returns how many values these are.
func (c *chart) fold(g *grouper, series []string) (int, error) {
	if c.By == "" {
		return 0, nil
	}
	own := map[string]bool{}
	for _, s := range series {
		own[s] = true
	}
	others := map[string]bool{}
	into := map[string]int32{}
	for i, key := range g.keys {
		_, values := g.values(key)
		if own[values[0]] {
			continue
		}
		others[values[0]] = true
		step := key[:8]
		if first, ok := into[step]; ok {
			g.join(int(first), g, i)
		} else {
			into[step] = int32(i)
		}
	}
	g.other = into
	return len(others), g.grew(0)
}

// row is one step of the chart.
func (c *chart) row(g *grouper, steps index.Steps, i int, series []string, other int) Row {
	from, to := steps.At(i), steps.At(i+1)
	row := Row{Cells: []Cell{When(from)}, From: from, To: to}
	if !c.from.IsZero() && c.from.After(from) {
		row.From = c.from
	}
	if !c.to.IsZero() && c.to.Before(to) {
		row.To = c.to
	}
	step := stepKey(from)
	for _, s := range series {
		group, ok := g.groups[step+s]
		row.Cells = append(row.Cells, c.cells(g, group, ok)...)
	}
	if other > 0 {
		group, ok := g.other[step]
		row.Cells = append(row.Cells, c.cells(g, group, ok)...)
	}
	return row
}

// cells are the numbers of a group; where there is none, what counts is 0.
func (c *chart) cells(g *grouper, group int32, ok bool) []Cell {
	cells := make([]Cell, len(c.Aggs))
	for i, a := range c.Aggs {
		switch {
		case ok:
			cells[i] = g.columns[i].cell(int(group))
		case a.Func == "count" || a.Func == "dc" || a.Func == "sum":
			cells[i] = Number(0)
		}
	}
	return cells
}
