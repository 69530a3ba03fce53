package ui

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
	"spoor/index"
	"spoor/index/pipe"
)

const (
	defaultRows = 1000
	maxRows     = 10_000
)

// tooMuch is an error of a request that asks for more than is given.
type tooMuch struct{ reason string }

func (t tooMuch) Error() string { return t.reason }

type tableAnswer struct {
	Total   uint64        `json:"total"`
	Exact   bool          `json:"exact"`
	TookMS  float64       `json:"took_ms"`
	Scanned index.Scanned `json:"scanned"`
	timesJSON
	Table   *tableJSON     `json:"table"`
	Unknown []unknownField `json:"unknown_fields,omitempty"`
}

// tableJSON is TABLE of docs/api.md.
type tableJSON struct {
	Kind      string       `json:"kind"`
	Columns   []columnJSON `json:"columns"`
	Rows      []rowJSON    `json:"rows"`
	TotalRows uint64       `json:"total_rows"`
	Cut       bool         `json:"cut"`
	Without   uint64       `json:"without"`
	Distinct  uint64       `json:"distinct,omitempty"`
	Span      int64        `json:"span_ns,omitempty"`
	Notes     []string     `json:"notes,omitempty"`
}

type columnJSON struct {
	Name  string  `json:"name"`
	Type  string  `json:"type"`
	Role  string  `json:"role"`
	Field string  `json:"field,omitempty"`
	Func  string  `json:"func,omitempty"`
	Query *string `json:"query,omitempty"`
	Other int     `json:"other,omitempty"`

	Segments []actionables.Segment `json:"segments,omitempty"` // of the name
}

type rowJSON struct {
	Cells []pipe.Cell `json:"cells"`
	Query *string     `json:"query,omitempty"`
	From  time.Time   `json:"from,omitzero"`
	To    time.Time   `json:"to,omitzero"`
	ID    string      `json:"id,omitempty"`

	Segments map[string][]actionables.Segment `json:"segments,omitempty"` // by number of the column
}

// table answers a search that has pipes.
func (s *Server) table(c echo.Context, p *params, q question) error {
	for _, name := range []string{"cursor", "order", "count"} {
		if p.text(name) != "" {
			p.fail(bad("parameter %s: not for a query with pipes", name))
		}
	}
	limit := p.number("limit", defaultRows, 0, maxRows)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	start := time.Now()
	r, err := pipe.Run(ctx, q.store, q.Search, s.pipeOptions(limit))
	if err != nil {
		return err
	}
	made, err := s.tableOf(ctx, &r.Table, limit)
	if err != nil {
		return err
	}
	a := tableAnswer{Total: r.Total, Exact: r.Exact, Scanned: r.Scanned, Table: made}
	q.times(&a.timesJSON)
	if r.Exact && (r.Total == 0 || r.Table.TotalRows == 0) {
		a.Unknown = s.unknownFields(ctx, q.Search)
	}
	a.TookMS = since(start)
	return c.JSON(http.StatusOK, a)
}

func (s *Server) pipeOptions(limit int) pipe.Options {
	return pipe.Options{Memory: s.PipeMemory, Rows: max(1, limit)}
}

func newTable(t *pipe.Table, limit int) *tableJSON {
	j := &tableJSON{
		Kind: t.Kind, TotalRows: t.TotalRows, Without: t.Without, Distinct: t.Distinct, Span: int64(t.Span), Notes: t.Notes,
		Columns: make([]columnJSON, 0, len(t.Columns)), Rows: make([]rowJSON, 0, len(t.Rows)),
	}
	for i, c := range t.Columns {
		j.Columns = append(j.Columns, columnJSON{
			Name: c.Name, Type: t.Type(i), Role: c.Role, Field: c.Field, Func: c.Func, Query: c.Query, Other: c.Other,
		})
	}
	for _, r := range t.Rows[:min(limit, len(t.Rows))] {
		row := rowJSON{Cells: r.Cells, Query: r.Query, From: r.From, To: r.To}
		if r.ID != nil {
			row.ID = r.ID.String()
		}
		j.Rows = append(j.Rows, row)
	}
	j.Cut = uint64(len(j.Rows)) < t.TotalRows
	return j
}
