package pipe

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// apply does a stage to a table; last says that no other follows.
func (r *run) apply(t *working, s numbered, last bool) (*working, error) {
	switch stage := s.Stage.(type) {
	case *query.Head:
		t.head(stage.N)
		t.TotalRows, t.cut = min(t.TotalRows, uint64(stage.N)), false
	case *query.Fields:
		return t, t.choose(s.name, stage.Names)
	case *query.Sort:
		return t, t.sort(s.name, stage.Keys)
	case *query.Dedup:
		return t, t.dedup(r.account(s.name, "values that tell rows apart"), stage.Fields)
	case *query.Where:
		return t, t.where(r.budget, stage.Query)
	case *query.Rex:
		return t, t.rex(r.account(s.name, "what it finds in the rows"), stage)
	default:
		return r.regroup(t, s)
	}
	return t, nil
}

// choose keeps some columns.
func (t *working) choose(s stageName, names []string) error {
	list, err := t.columns(s, names)
	if err != nil {
		return err
	}
	columns := make([]Column, len(list))
	for i, c := range list {
		columns[i] = t.Columns[c]
	}
	for i := range t.Rows {
		cells := make([]Cell, len(list))
		for k, c := range list {
			cells[k] = t.Rows[i].Cells[c]
		}
		t.Rows[i].Cells = cells
	}
	t.Columns = columns
	return nil
}

// sort orders the rows; equal ones stay in their order.
func (t *working) sort(s stageName, keys []query.SortKey) error {
	columns := make([]int, len(keys))
	for i, k := range keys {
		c, err := t.column(s, k.Field)
		if err != nil {
			return err
		}
		columns[i] = c
	}
	of := make([][]sortKey, len(t.Rows))
	order := make([]int, len(t.Rows))
	for i := range t.Rows {
		order[i] = i
		for _, c := range columns {
			of[i] = append(of[i], t.Rows[i].Cells[c].key())
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		for i, k := range keys {
			if c := of[a][i].compare(of[b][i], k.Desc); c != 0 {
				return c
			}
		}
		return 0
	})
	t.keep(order)
	return nil
}

// dedup keeps the first row of each combination of values.
func (t *working) dedup(a account, fields []string) error {
	columns, err := t.columns(a.stage, fields)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var rows []int
	for i := range t.Rows {
		key, ok := rowKey(t.Rows[i], columns)
		switch {
		case !ok:
			t.Without++
		case !seen[key]:
			seen[key] = true
			rows = append(rows, i)
			if err := a.take(int64(len(key)) + groupBytes); err != nil {
				return err
			}
		}
	}
	t.keep(rows)
	t.TotalRows = uint64(len(rows))
	return a.settle()
}

// rowKey tells rows apart by some of their cells; false if one is empty.
func rowKey(row Row, columns []int) (string, bool) {
	var key []byte
	for _, c := range columns {
		cell := row.Cells[c]
		if cell.Empty() {
			return "", false
		}
		key = appendKey(key, cell.values(nil))
	}
	return string(key), true
}

// appendKey adds values to a key so that other values make another key.
func appendKey(key []byte, values [][]byte) []byte {
	key = binary.AppendUvarint(key, uint64(len(values)))
	for _, v := range values {
		key = binary.AppendUvarint(key, uint64(len(v)))
		key = append(key, v...)
	}
	return key
}

// where keeps the rows that a query matches.
func (t *working) where(b *budget, n query.Node) error {
	var rows []int
	columns := t.names()
	for i := range t.Rows {
		if i%rowsBetween == 0 {
			if err := b.check(); err != nil {
				return err
			}
		}
		if query.Match(n, rowRecord{columns, t.Rows[i].Cells}) {
			rows = append(rows, i)
		}
	}
	t.keep(rows)
	t.TotalRows = uint64(len(rows))
	return nil
}

// rowsBetween is how many rows are looked at before somebody is asked whether
// to go on.
const rowsBetween = 1000

// rowRecord is a row of a table as a query sees it.
type rowRecord struct {
	columns []string
	cells   []Cell
}

var _ query.Record = rowRecord{}

func (r rowRecord) Raw() []byte {
	lines := make([]string, len(r.cells))
	for i, c := range r.cells {
		lines[i] = c.String()
	}
	return []byte(strings.Join(lines, "\n"))
}

func (r rowRecord) Escapes() query.Escapes { return query.NoEscapes }

func (r rowRecord) Time() time.Time {
	at, _ := r.when()
	return at
}

func (r rowRecord) when() (time.Time, bool) {
	if i := slices.Index(r.columns, timeField); i >= 0 && r.cells[i].kind == timeCell {
		at, err := time.Parse(time.RFC3339Nano, r.cells[i].text)
		return at, err == nil
	}
	return time.Time{}, false
}

func (r rowRecord) Tag() string { return r.text(tagField) }

func (r rowRecord) Source() uint32 {
	if i := slices.Index(r.columns, sourceField); i >= 0 {
		if f, ok := number([]byte(r.cells[i].String())); ok && f >= 0 && f < 1<<32 {
			return uint32(f)
		}
	}
	return 0
}

func (r rowRecord) text(name string) string {
	if i := slices.Index(r.columns, name); i >= 0 {
		return r.cells[i].String()
	}
	return ""
}

func (r rowRecord) Field(name string) []string {
	if i := columnOf(r.columns, name); i >= 0 {
		return texts(r.cells[i].values(nil))
	}
	return nil
}

// rex adds the columns that a pattern finds in another one.
func (t *working) rex(a account, stage *query.Rex) error {
	from, err := t.column(a.stage, rexField(stage))
	if err != nil {
		return err
	}
	step := rexStep{pattern: stage.Pattern}
	groups := stage.Pattern.SubexpNames()
	to := make([]int, len(groups))
	for g, name := range groups {
		if name == "" {
			continue
		}
		if to[g] = slices.Index(t.names(), name); to[g] < 0 {
			to[g] = len(t.Columns)
			t.Columns = append(t.Columns, Column{})
		}
		t.Columns[to[g]] = Column{Name: name, Role: "field"}
	}
	for i := range t.Rows {
		if i%rowsBetween == 0 {
			if err := a.budget.check(); err != nil {
				return err
			}
		}
		found := step.find(t.Rows[i].Cells[from].values(nil), nil)
		cells := append(slices.Clone(t.Rows[i].Cells), make([]Cell, len(t.Columns)-len(t.Rows[i].Cells))...)
		for g, name := range groups {
			if name == "" {
				continue
			}
			cells[to[g]] = Cell{}
			if found != nil && found[g] != nil {
				cells[to[g]] = Text(string(found[g]))
			}
			if err := a.take(cells[to[g]].size()); err != nil {
				return err
			}
		}
		t.Rows[i].Cells = cells
	}
	return a.settle()
}

// finish keeps the rows that are wanted and gives those that are entries
// their IDs.
func (r *run) finish(ctx context.Context, t *working) error {
	if !t.cut && uint64(len(t.Rows)) > t.TotalRows {
		t.TotalRows = uint64(len(t.Rows))
	}
	t.head(r.o.Rows)
	if t.of == nil || t.Kind != kindEntries {
		return nil
	}
	if err := r.identify(ctx, t); err != nil {
		return err
	}
	for c, column := range t.Columns {
		if column.Name != idField || c >= len(r.cells) && len(r.cells) == 0 {
			continue
		}
		for i := range t.Rows {
			if t.Rows[i].Cells[c].Empty() && t.Rows[i].ID != nil {
				t.Rows[i].Cells[c] = Text(t.Rows[i].ID.String())
			}
		}
	}
	return nil
}

func (r *run) identify(ctx context.Context, t *working) error {
	var entries []index.Entry
	var rows []int
	for i := range t.Rows {
		if t.Rows[i].ID == nil {
			entries, rows = append(entries, *t.of[i]), append(rows, i)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	ids, err := r.store.Identify(ctx, entries)
	if err != nil {
		return err
	}
	for k, i := range rows {
		t.Rows[i].ID = &ids[k]
	}
	return nil
}
