package pipe

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// gather makes the first table out of entries.
func (r *run) gather(ctx context.Context) (*working, error) {
	switch stage := r.collect.(type) {
	case *query.Stats:
		return r.stats(ctx, stage)
	case *query.Top:
		return r.top(ctx, stage)
	case *query.Timechart:
		return r.timechart(ctx, stage)
	case *query.Sort:
		return r.rows(ctx, stage.Keys, nil)
	case *query.Dedup:
		return r.rows(ctx, nil, stage.Fields)
	case *query.Head:
		return r.pages(ctx, stage.N)
	}
	if r.drops() {
		return r.rows(ctx, nil, nil)
	}
	return r.pages(ctx, math.MaxInt)
}

// drops says that not every entry that matches becomes a row.
func (r *run) drops() bool {
	return slices.ContainsFunc(r.rowwise.steps, func(s any) bool { _, ok := s.(whereStep); return ok })
}

// wanted is how many rows, in the order that they have now, can still matter;
// 0 means all of them.
func (r *run) wanted() int {
	n := r.o.Rows
	for _, s := range r.rest {
		switch stage := s.Stage.(type) {
		case *query.Fields, *query.Rex:
		case *query.Head:
			return stage.N
		default:
			return 0
		}
	}
	return n
}

const pageRows = 1000

// pages reads the newest n rows, page by page.
func (r *run) pages(ctx context.Context, n int) (*working, error) {
	t, e := r.entryTable(), newEntries(r.rowwise)
	a := r.account(r.at, "rows")
	want := n
	if most := r.wanted(); most > 0 && !r.drops() {
		want = min(want, most)
	}
	req := index.Request{Query: r.where, From: r.from, To: r.to}
	for first := true; len(t.Rows) < want; first = false {
		req.Limit = min(pageRows, want-len(t.Rows))
		res, err := r.store.Search(ctx, req)
		if err != nil {
			return nil, err
		}
		if first {
			r.result.Total, r.result.Exact = res.Total, res.Exact
		}
		r.result.Scanned.Blocks += res.Scanned.Blocks
		r.result.Scanned.Bytes += res.Scanned.Bytes
		r.result.Scanned.Skipped = res.Scanned.Skipped
		for i := range res.Hits {
			if h := &res.Hits[i]; e.set(&h.Entry) {
				row := r.row(e)
				row.ID = &h.ID
				t.Rows, t.of = append(t.Rows, row), append(t.of, &h.Entry)
				if err := a.take(rowSize(row, &h.Entry)); err != nil {
					return nil, err
				}
			}
		}
		if res.Next == nil {
			break
		}
		req.After = res.Next
	}
	if t.TotalRows = uint64(len(t.Rows)); !r.drops() {
		t.TotalRows = max(t.TotalRows, min(uint64(n), r.result.Total))
	}
	if r.o.Also != nil {
		return t, r.scan(ctx, func(index.Extent) index.Visitor { return nothing{} })
	}
	return t, nil
}

// nothing is a visitor that needs to be shown nothing.
type nothing struct{}

func (nothing) NeedsText(*index.Stream) bool                      { return false }
func (nothing) Whole(_, _ time.Time) bool                         { return true }
func (nothing) Count(*index.Stream, time.Time, time.Time, uint64) {}
func (nothing) Visit(*index.Entry) error                          { return nil }

func (r *run) entryTable() *working {
	t := &working{Table: Table{Kind: kindEntries}}
	for _, name := range r.columns {
		t.Columns = append(t.Columns, Column{Name: name, Role: "field", Field: name})
	}
	return t
}

// field is the number of the field that a column shows.
func (p *plan) field(column string) int { return p.cells[slices.Index(p.columns, column)] }

// row is the entry as a row.
func (p *plan) row(e *entries) Row {
	row := Row{Cells: make([]Cell, len(p.cells))}
	for i, field := range p.cells {
		switch {
		case field == entryID:
		case e.fields.names[field] == timeField:
			row.Cells[i] = When(e.entry.Time)
		case e.fields.names[field] == sourceField:
			row.Cells[i] = Number(float64(e.entry.Stream.Source))
		default:
			row.Cells[i] = cellOf(e.values(field))
		}
	}
	return row
}

// rowBytes is about what a row takes besides its cells.
const rowBytes = 200

func rowSize(row Row, e *index.Entry) int64 {
	n := int64(rowBytes)
	for _, c := range row.Cells {
		n += c.size()
	}
	if row.Query != nil {
		n += int64(len(*row.Query))
	}
	if e != nil {
		n += int64(len(e.Raw))
	}
	return n
}

// gathered is an entry that a visitor keeps.
type gathered struct {
	row   Row
	keys  []sortKey
	entry index.Entry // Raw only if the rows remember their entries
}

// rowVisitor keeps rows: the first ones in an order, or the first of each key.
type rowVisitor struct {
	account
	plan    *plan
	entries *entries
	most    int // rows that are kept; 0 means all
	sort    []query.SortKey
	sorted  []int // the fields of sort
	keyed   []int // the fields that tell rows apart; nil: all are kept
	first   map[string]*gathered
	list    []*gathered
	bound   *gathered // what does not stand before it is not kept
	total   uint64    // rows, kept or not
	without uint64

	probe gathered // of the entry that is looked at
	key   []byte
}

// NeedsText implements index.Visitor.
func (v *rowVisitor) NeedsText(s *index.Stream) bool {
	return v.plan.keep || v.entries.stream(s).needText
}

// Whole implements index.Visitor.
func (v *rowVisitor) Whole(_, _ time.Time) bool { return false }

// Count implements index.Visitor.
func (v *rowVisitor) Count(*index.Stream, time.Time, time.Time, uint64) {}

// Visit implements index.Visitor. It makes a row of few entries only.
func (v *rowVisitor) Visit(e *index.Entry) error {
	if !v.entries.set(e) {
		return nil
	}
	v.probe.entry = *e
	v.probe.entry.Raw = nil
	if v.keyed != nil {
		return v.visitKeyed(e)
	}
	v.total++
	v.probe.keys = v.probe.keys[:0]
	for _, field := range v.sorted {
		k := sortKey{class: emptyClass}
		if values := v.entries.values(field); len(values) > 0 {
			k = keyOf(string(values[0]))
		}
		v.probe.keys = append(v.probe.keys, k)
	}
	if v.bound != nil && !v.probe.before(v.bound, v.sort) {
		return nil
	}
	g, err := v.store(e)
	if err != nil {
		return err
	}
	if v.list = append(v.list, g); v.most > 0 && len(v.list) >= 2*max(v.most, pageRows) {
		v.prune()
	}
	return nil
}

// visitKeyed keeps the newest entry of each key.
func (v *rowVisitor) visitKeyed(e *index.Entry) error {
	v.key = v.key[:0]
	for _, field := range v.keyed {
		values := v.entries.values(field)
		if len(values) == 0 {
			v.without++
			return nil
		}
		v.key = appendKey(v.key, values)
	}
	have := v.first[string(v.key)]
	switch {
	case have == nil:
		v.total++
		if err := v.take(int64(len(v.key)) + groupBytes); err != nil {
			return err
		}
	case !v.probe.before(have, nil):
		return nil
	default:
		v.open -= rowSize(have.row, &have.entry)
	}
	g, err := v.store(e)
	v.first[string(v.key)] = g
	return err
}

// store makes the row of an entry and copies what it needs of it.
func (v *rowVisitor) store(e *index.Entry) (*gathered, error) {
	g := &gathered{row: v.plan.row(v.entries), keys: slices.Clone(v.probe.keys), entry: v.probe.entry}
	if v.plan.keep {
		g.entry.Raw = slices.Clone(e.Raw)
	}
	return g, v.take(rowSize(g.row, &g.entry))
}

// prune keeps the first rows only.
func (v *rowVisitor) prune() {
	slices.SortFunc(v.list, func(a, b *gathered) int { return a.compare(b, v.sort) })
	if v.most == 0 || len(v.list) < v.most {
		return
	}
	for _, g := range v.list[v.most:] {
		v.open -= rowSize(g.row, &g.entry)
	}
	clear(v.list[v.most:])
	v.list = v.list[:v.most]
	v.bound = v.list[v.most-1]
}

// compare orders rows by keys, then newest first.
func (g *gathered) compare(o *gathered, keys []query.SortKey) int {
	for i, k := range keys {
		if c := g.keys[i].compare(o.keys[i], k.Desc); c != 0 {
			return c
		}
	}
	return cmp.Or(o.entry.Time.Compare(g.entry.Time), cmp.Compare(o.entry.Seq, g.entry.Seq))
}

func (g *gathered) before(o *gathered, keys []query.SortKey) bool { return g.compare(o, keys) < 0 }

// rows gathers rows by a scan: sorted, or the first of each key.
func (r *run) rows(ctx context.Context, keys []query.SortKey, dedup []string) (*working, error) {
	var all []*rowVisitor
	var keyed, sorted []int
	for _, name := range dedup {
		keyed = append(keyed, r.field(name))
	}
	for _, k := range keys {
		sorted = append(sorted, r.field(k.Field))
	}
	err := r.scan(ctx, func(index.Extent) index.Visitor {
		v := &rowVisitor{account: r.account(r.at, "rows"), plan: r.plan, entries: newEntries(r.rowwise),
			most: r.wanted(), sort: keys, sorted: sorted, keyed: keyed, first: map[string]*gathered{}}
		all = append(all, v)
		return v
	})
	if err != nil {
		return nil, err
	}
	v, err := joinRows(all)
	if err != nil {
		return nil, err
	}
	t := r.entryTable()
	t.TotalRows, t.Without = v.total, v.without
	t.cut = uint64(len(v.list)) < v.total
	for _, g := range v.list {
		t.Rows = append(t.Rows, g.row)
		if r.keep {
			t.of = append(t.of, &g.entry)
		}
	}
	return t, nil
}

// joinRows puts together what visitors have kept.
func joinRows(all []*rowVisitor) (*rowVisitor, error) {
	v := all[0]
	for _, o := range all[1:] {
		if err := o.settle(); err != nil {
			return nil, err
		}
		v.without += o.without
		v.list = append(v.list, o.list...)
		if v.keyed == nil {
			v.total += o.total
			continue
		}
		for key, g := range o.first {
			switch have := v.first[key]; {
			case have == nil:
				v.first[key] = g
				v.total++
			case g.before(have, nil):
				v.first[key] = g
			}
		}
	}
	for _, g := range v.first {
		v.list = append(v.list, g)
	}
	v.prune()
	return v, v.settle()
}
