package pipe

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// grouped is what a grouping stage asks for.
func (p *plan) grouped(by []string, aggs []query.Agg) *grouping {
	return newGrouping(by, aggs, p.rowwise.fields.of)
}

func newGrouping(by []string, aggs []query.Agg, field func(name string) int) *grouping {
	g := &grouping{aggs: aggs}
	for _, name := range by {
		g.by = append(g.by, field(name))
	}
	for _, a := range aggs {
		of := -1
		if a.Field != "" {
			of = field(a.Field)
		}
		g.of = append(g.of, of)
	}
	return g
}

// group scans and puts the entries into groups.
func (r *run) group(ctx context.Context, g *grouping, begin func(index.Extent)) (*grouper, error) {
	var all []*groupVisitor
	err := r.scan(ctx, func(e index.Extent) index.Visitor {
		if len(all) == 0 && begin != nil {
			begin(e)
		}
		v := newGroupVisitor(r.rowwise, g, r.account(r.at, ""))
		all = append(all, v)
		return v
	})
	if err != nil {
		return nil, err
	}
	// The others are merged into the one that has most.
	slices.SortFunc(all, func(a, b *groupVisitor) int { return cmp.Compare(len(b.keys), len(a.keys)) })
	first := all[0].grouper
	for _, o := range all[1:] {
		if err := first.merge(o.grouper); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return first, first.settle()
}

func (r *run) stats(ctx context.Context, s *query.Stats) (*working, error) {
	g, err := r.group(ctx, r.grouped(s.By, s.Aggs), nil)
	if err != nil {
		return nil, err
	}
	return r.statsTable(g, s, r.pivots)
}

// countAgg is what top counts.
var countAgg = []query.Agg{{Func: "count"}}

func (r *run) top(ctx context.Context, s *query.Top) (*working, error) {
	g, err := r.group(ctx, r.grouped([]string{s.Field}, countAgg), nil)
	if err != nil {
		return nil, err
	}
	return r.topTable(g, s, r.pivots)
}

// order returns the numbers of the groups: those of most rows first.
func (g *grouper) order() []int32 {
	order := make([]int32, len(g.keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(g.rows[b], g.rows[a]), cmp.Compare(g.keys[a], g.keys[b]))
	})
	return order
}

func (r *run) statsTable(g *grouper, s *query.Stats, pivots bool) (*working, error) {
	if len(s.By) == 0 {
		if _, err := g.group(nil); err != nil {
			return nil, err
		}
	}
	t := &working{Table: Table{Kind: kindStats, TotalRows: uint64(len(g.keys)), Without: g.without, Notes: g.notes()}}
	for _, name := range s.By {
		t.Columns = append(t.Columns, Column{Name: name, Role: "by", Field: name})
	}
	for _, a := range s.Aggs {
		t.Columns = append(t.Columns, Column{Name: a.Name(), Role: "agg", Field: a.Field, Func: a.Func})
	}
	order := g.order()
	if most := r.wanted(); r.isLast(s) && most > 0 && len(order) > most {
		order, t.cut = order[:most], true
	}
	a := r.account(g.stage, "rows of the table")
	for _, i := range order {
		row := r.groupRow(g, s.By, i, pivots)
		if err := a.take(rowSize(row, nil)); err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row)
	}
	return t, a.settle()
}

// isLast says that no other stage groups behind this one.
func (r *run) isLast(s query.Stage) bool {
	last := r.collect
	for _, n := range r.rest {
		if _, ok := makes(n.Stage); ok {
			last = n.Stage
		}
	}
	return last == s
}

// groupRow makes the row of a group.
func (r *run) groupRow(g *grouper, by []string, group int32, pivots bool) Row {
	_, values := g.values(g.keys[group])
	var row Row
	for i, name := range by {
		row.Cells = append(row.Cells, byCell(name, values[i]))
		if name == timeField && pivots {
			if at, err := time.Parse(time.RFC3339Nano, values[i]); err == nil {
				row.From, row.To = at, at.Add(1)
			}
		}
	}
	for _, c := range g.columns {
		row.Cells = append(row.Cells, c.cell(int(group)))
	}
	if pivots {
		row.Query = r.pivot(by, values)
	}
	return row
}

// byCell is the cell of a value that is grouped by.
func byCell(name, value string) Cell {
	switch name {
	case timeField:
		if _, err := time.Parse(time.RFC3339Nano, value); err == nil {
			return Cell{kind: timeCell, text: value}
		}
	case sourceField:
		if f, ok := number([]byte(value)); ok {
			return Number(f)
		}
	}
	return Text(value)
}

// Pivot returns the query that finds, of the entries that match where, those
// with a value of a field; nil where none can be written. A field's value is
// asked for without regard to case, and numbers by value, so it may find more
// than the one spelling.
func Pivot(where query.Node, field, value string) *string {
	v, ok := valueNode(field, value)
	if !ok || v == nil {
		return nil
	}
	text := query.Search{Where: query.And(where, v)}.String()
	return &text
}

// pivot returns the query that finds the entries of a group, or nil.
func (p *plan) pivot(by, values []string) *string {
	n := p.where
	for i, name := range by {
		if p.isGiven(name) {
			return nil
		}
		v, ok := valueNode(name, values[i])
		if !ok {
			return nil
		}
		n = query.And(n, v)
	}
	text := query.Search{Where: n}.String()
	return &text
}

// isGiven says that a field comes out of a rex, so that no query can ask for it.
func (p *plan) isGiven(name string) bool {
	_, ok := p.rowwise.given[p.rowwise.fields.of(name)]
	return ok
}

// valueNode asks for one value of a field; false where no query can.
func valueNode(name, value string) (query.Node, bool) {
	switch {
	case name == timeField: // the row's own times say it
		return nil, true
	case name == rawField:
		return nil, false
	case name == tagField:
		return query.NewTag(value), !slices.Contains([]byte(value), '*')
	case name == sourceField:
		n, err := strconv.ParseUint(value, 10, 32)
		return query.NewSource(uint32(n)), err == nil
	case value == "":
		return query.NewFieldEmpty(name), true
	}
	return query.NewFieldEqual(name, query.Literal(value)), true
}

func (r *run) topTable(g *grouper, s *query.Top, pivots bool) (*working, error) {
	t := &working{Table: Table{Kind: kindTop, Without: g.without, Distinct: uint64(len(g.keys))}}
	t.Columns = []Column{
		{Name: s.Field, Role: "by", Field: s.Field},
		{Name: "count", Role: "agg", Func: "count"},
		{Name: "percent", Role: "agg", Func: "percent"},
	}
	a := r.account(g.stage, "rows of the table")
	for _, i := range g.order() {
		if len(t.Rows) == s.N {
			break
		}
		row := r.groupRow(g, []string{s.Field}, i, pivots)
		row.Cells = append(row.Cells, Number(100*float64(g.rows[i])/float64(g.with)))
		if err := a.take(rowSize(row, nil)); err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row)
	}
	t.TotalRows = uint64(len(t.Rows))
	return t, a.settle()
}

// regroup groups the rows of a table.
func (r *run) regroup(t *working, s numbered) (*working, error) {
	src := &rowSource{t: t, columns: t.names()}
	var missing error
	field := func(name string) int {
		i, err := t.column(s.name, name)
		if err != nil {
			missing = err
		}
		return i
	}
	a := r.account(s.name, "")
	gather := func(g *grouping) (*grouper, error) {
		if missing != nil {
			return nil, missing
		}
		into := newGrouper(g, a)
		for i := range t.Rows {
			src.row = i
			if err := into.add(src, 1); err != nil {
				return nil, err
			}
		}
		return into, into.settle()
	}
	switch stage := s.Stage.(type) {
	case *query.Stats:
		g, err := gather(newGrouping(stage.By, stage.Aggs, field))
		if err != nil {
			return nil, err
		}
		return r.statsTable(g, stage, false)
	case *query.Top:
		g, err := gather(newGrouping([]string{stage.Field}, countAgg, field))
		if err != nil {
			return nil, err
		}
		return r.topTable(g, stage, false)
	case *query.Timechart:
		return r.rechart(t, src, stage, field, gather)
	}
	return nil, &Error{Stage: s.name.number, Text: s.name.text, Reason: "this stage is not known here"}
}

// rowSource reads the rows of a table.
type rowSource struct {
	t       *working
	columns []string
	row     int
}

func (s *rowSource) values(column int) [][]byte {
	return s.t.Rows[s.row].Cells[column].values(nil)
}

func (s *rowSource) when() (int64, bool) {
	at, ok := rowRecord{s.columns, s.t.Rows[s.row].Cells}.when()
	if !ok {
		return 0, false
	}
	return at.UnixNano(), true
}
