package ui

import (
	"context"
	"strconv"

	"spoor/actionables"
	"spoor/index/pipe"
	"spoor/internal/format"
)

// longestCell is what of a table is looked through for actionables, in bytes:
// a longer cell is shown cut anyway.
const longestCell = 4096

// tableOf is TABLE of docs/api.md, with the menus of its cells. A large table
// has much to be looked through, so it ends with ctx.
func (s *Server) tableOf(ctx context.Context, t *pipe.Table, limit int) (*tableJSON, error) {
	j := newTable(t, limit)
	m := s.Book.Matcher()
	for i, c := range j.Columns {
		if c.Role == "series" {
			j.Columns[i].Segments = menus(m, c.Name, nil)
			continue
		}
		if c.Type != "text" {
			continue
		}
		var names []string
		if c.Field != "" {
			names = append([]string{c.Field}, format.Canonical(c.Field)...)
		}
		for k := range j.Rows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			j.Rows[k].menu(i, menus(m, j.Rows[k].Cells[i].String(), names))
		}
	}
	return j, nil
}

// menu keeps the segments of a cell, if there are any.
func (r *rowJSON) menu(column int, segments []actionables.Segment) {
	if segments == nil {
		return
	}
	if r.Segments == nil {
		r.Segments = make(map[string][]actionables.Segment)
	}
	r.Segments[strconv.Itoa(column)] = segments
}

// menus cuts a cell of a field with these names; nil when no actionable
// matches in it.
func menus(m *actionables.Matcher, cell string, names []string) []actionables.Segment {
	if cell == "" || len(cell) > longestCell {
		return nil
	}
	text := []byte(cell)
	found := m.ScanAt(text, actionables.Place{Names: names})
	if len(found) == 0 {
		return nil
	}
	return actionables.Cut(text, nil, found)
}
