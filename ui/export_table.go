package ui

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/labstack/echo/v4"

	"spoor/index/pipe"
	"spoor/index/query"
)

// exportTable exports what the pipes of a query make. A table is whole before
// its first row leaves, as its last row may be sorted to the front; what would
// take too much memory is an error, not a shorter table.
func (s *Server) exportTable(c echo.Context, x exported, found query.Search) error {
	if x.kind != "ndjson" && x.kind != "csv" {
		return bad("parameter format: a table is exported as ndjson or csv, not as %s", x.kind)
	}
	found.From, found.To = x.From, x.To
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.SearchTimeout)
	defer cancel()
	made, err := pipe.Run(ctx, s.Store, found, pipe.Options{Memory: s.PipeMemory, Rows: math.MaxInt32})
	if err != nil {
		return err
	}
	download(c, x.kind)
	out := bufio.NewWriterSize(c.Response(), 64<<10)
	if x.kind == "csv" {
		err = writeCells(newCells(out, x.exact), &made.Table)
	} else {
		err = writeObjects(out, &made.Table)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// writeCells writes a table with the names of its columns as the head.
func writeCells(w cells, t *pipe.Table) error {
	texts := make([]string, len(t.Columns))
	for i := range t.Columns {
		texts[i] = t.Columns[i].Name
	}
	if err := w.row(texts); err != nil {
		return err
	}
	for i := range t.Rows {
		for k, cell := range t.Rows[i].Cells {
			texts[k] = cell.String()
		}
		if err := w.row(texts); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// writeObjects writes an object a row, its members in the order of the
// columns. Of columns of the same name the later ones get a number.
func writeObjects(w *bufio.Writer, t *pipe.Table) error {
	keys := make([][]byte, len(t.Columns))
	seen := map[string]int{}
	for i := range t.Columns {
		name := t.Columns[i].Name
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		keys[i] = append(key, ':')
	}
	var line bytes.Buffer
	for i := range t.Rows {
		line.Reset()
		for k, cell := range t.Rows[i].Cells {
			line.WriteByte(map[bool]byte{true: '{', false: ','}[k == 0])
			line.Write(keys[k])
			value, err := json.Marshal(cell)
			if err != nil {
				return err
			}
			line.Write(value)
		}
		line.WriteString("}\n")
		if _, err := w.Write(line.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
