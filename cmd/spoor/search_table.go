package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"spoor/internal/client"
)

// printTable prints the names of the columns and then the rows, cells divided
// by tabs; as JSON an object a row.
func (c *SearchCmd) printTable(w io.Writer, t *client.Table) error {
	if c.Format != "json" {
		names := make([]string, len(t.Columns))
		for i, column := range t.Columns {
			names[i] = cellText(column.Name)
		}
		if _, err := fmt.Fprintln(w, strings.Join(names, "\t")); err != nil {
			return err
		}
	}
	for _, row := range t.Rows {
		if len(row.Cells) != len(t.Columns) {
			return fmt.Errorf("read the table: a row of %d cells under %d columns", len(row.Cells), len(t.Columns))
		}
		print := rowText
		if c.Format == "json" {
			print = rowJSON
		}
		line, err := print(t, row.Cells)
		if err != nil {
			return fmt.Errorf("read the table: %w", err)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func rowText(_ *client.Table, cells []json.RawMessage) (string, error) {
	texts := make([]string, len(cells))
	for i, raw := range cells {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return "", err
		}
		switch v := v.(type) {
		case nil:
		case string:
			texts[i] = cellText(v)
		case []any:
			for k, e := range v {
				if k > 0 {
					texts[i] += ", "
				}
				texts[i] += cellText(fmt.Sprint(e))
			}
		default:
			texts[i] = string(raw) // a number, as it came
		}
	}
	return strings.Join(texts, "\t"), nil
}

// rowJSON keeps the order of the columns, which a map would not.
func rowJSON(t *client.Table, cells []json.RawMessage) (string, error) {
	var b strings.Builder
	for i, raw := range cells {
		name, err := json.Marshal(t.Columns[i].Name)
		if err != nil {
			return "", err
		}
		b.WriteByte("{,"[min(i, 1)])
		b.Write(name)
		b.WriteByte(':')
		b.Write(raw)
	}
	if len(cells) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.String(), nil
}

// cellText is a text in which nothing steers the terminal or ends the cell.
func cellText(text string) string {
	return strings.ReplaceAll(printable(text), "\t", `\x09`)
}

// tableNotes say what must be known of a table besides its rows.
func tableNotes(f client.Found) []string {
	rows := fmt.Sprintf("%d rows", f.Table.TotalRows)
	if f.Table.TotalRows == 1 {
		rows = "1 row"
	}
	if n := len(f.Table.Rows); uint64(n) < f.Table.TotalRows {
		rows += fmt.Sprintf(", %d printed", n)
	}
	entries := fmt.Sprintf("%d entries", f.Total)
	if !f.Exact {
		entries = "at least " + entries
	}
	notes := []string{rows + " of " + entries}
	if f.Table.Without > 0 {
		notes = append(notes, fmt.Sprintf("left out for want of the field: %d", f.Table.Without))
	}
	for _, n := range f.Table.Notes {
		notes = append(notes, printable(n))
	}
	return notes
}
