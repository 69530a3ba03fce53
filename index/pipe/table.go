package pipe

import (
	"slices"
	"time"

	"spoor/index"
)

// Table is what the stages have made.
type Table struct {
	// Kind is "stats", "top" or "timechart" after the last of these stages,
	// "entries" if there is none.
	Kind    string
	Columns []Column
	Rows    []Row
	// TotalRows is how many rows there are, of which Rows are the first.
	TotalRows uint64
	// Without is how many rows, before they were grouped, lacked a field of
	// those that they are grouped by.
	Without uint64
	// Distinct is, of top, how many values there are.
	Distinct uint64
	// Span is the width of a timechart's steps.
	Span time.Duration
	// Notes are what else must be known of the numbers.
	Notes []string
}

// Kinds of tables.
const (
	kindEntries   = "entries"
	kindStats     = "stats"
	kindTop       = "top"
	kindTimechart = "timechart"
)

// Column is a column of a table.
type Column struct {
	Name string
	// Role is "by", "agg", "time", "series" or "field".
	Role string
	// Field and Func say of what and how it was worked out, where there is
	// one.
	Field, Func string
	// Query finds the entries of a series; nil where it can't be said.
	Query *string
	// Other is how many values a series puts together; 0: it is one.
	Other int
}

// Row is a row of a table.
type Row struct {
	Cells []Cell
	// Query finds the entries behind the row, together with From and To; nil
	// where it can't be said.
	Query *string
	// From and To are the times of the row; zero where it has none.
	From, To time.Time
	// ID is that of the entry that the row is, of kind entries.
	ID *index.ID
}

// Type is "number", "time" or "text": what all of a column's cells are.
func (t *Table) Type(column int) string {
	kind := noCell
	for i := range t.Rows {
		c := t.Rows[i].Cells[column].kind
		switch {
		case c == noCell:
		case kind == noCell:
			kind = c
		case kind != c:
			return "text"
		}
	}
	switch kind {
	case numberCell:
		return "number"
	case timeCell:
		return "time"
	case noCell:
		if role := t.Columns[column].Role; role == "agg" || role == "series" {
			return "number"
		}
	}
	return "text"
}

// working is a table while stages work on it.
type working struct {
	Table
	// of has the entry of every row, where rows remember theirs; else nil.
	of []*index.Entry
	// cut says that Rows are not all: the others can't be wanted any more.
	cut bool
}

func (t *working) names() []string {
	list := make([]string, len(t.Columns))
	for i := range t.Columns {
		list[i] = t.Columns[i].Name
	}
	return list
}

// column returns the number of a column.
func (t *working) column(s stageName, name string) (int, error) {
	if i := columnOf(t.names(), name); i >= 0 {
		return i, nil
	}
	return 0, noColumn(s, name, t.names())
}

// columns returns the numbers of several.
func (t *working) columns(s stageName, names []string) ([]int, error) {
	list := make([]int, len(names))
	for i, name := range names {
		n, err := t.column(s, name)
		if err != nil {
			return nil, err
		}
		list[i] = n
	}
	return list, nil
}

// keep keeps the rows of these numbers, in their order.
func (t *working) keep(rows []int) {
	list := make([]Row, len(rows))
	for i, n := range rows {
		list[i] = t.Rows[n]
	}
	if t.of != nil {
		of := make([]*index.Entry, len(rows))
		for i, n := range rows {
			of[i] = t.of[n]
		}
		t.of = of
	}
	t.Rows = list
}

// head keeps the first n rows.
func (t *working) head(n int) {
	if n >= len(t.Rows) {
		return
	}
	t.Rows = slices.Clip(t.Rows[:n])
	if t.of != nil {
		t.of = t.of[:n]
	}
}
