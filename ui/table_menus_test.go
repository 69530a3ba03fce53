package ui

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"spoor/index/pipe"
)

// Ensure that an address in a table has the menu that it has in a line, in the
// field it is of and in the name of a series, and that numbers have none.
func TestCellsOfATableHaveMenus(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("", "{\"ts\":1,\"host\":\"10.0.0.1\",\"n\":5,\"path\":\"to 10.0.0.1 and on\"}\n{\"ts\":2,\"host\":\"none\",\"n\":6,\"path\":\"/\"}\n")
	table := func(q string) map[string]any {
		t.Helper()
		code, a := s.ask("GET", "/api/v1/search?q="+url.QueryEscape(q), nil)
		if code != 200 {
			t.Fatalf("%s: %d %v", q, code, a)
		}
		return a["table"].(map[string]any)
	}
	joined := func(segments any) (text, hit string) {
		for _, x := range segments.([]any) {
			g := x.(map[string]any)
			text += g["t"].(string)
			if hits, ok := g["a"].([]any); ok {
				hit = hits[0].(map[string]any)["value"].(string)
			}
		}
		return text, hit
	}
	rows := table("* | stats count() by host, path | sort host")["rows"].([]any)
	cells := rows[0].(map[string]any)["segments"].(map[string]any)
	for column, want := range map[string]string{"0": "10.0.0.1", "1": "to 10.0.0.1 and on"} {
		if text, hit := joined(cells[column]); text != want || hit != "10.0.0.1" {
			t.Errorf("column %s: got %q with a menu of %q, want %q with one of 10.0.0.1", column, text, hit, want)
		}
	}
	if _, ok := cells["2"]; ok {
		t.Error("a number has a menu")
	}
	if got, ok := rows[1].(map[string]any)["segments"]; ok {
		t.Errorf("cells without an address have segments: %v", got)
	}
	series := table("* | timechart 1h count() by host")["columns"].([]any)[1].(map[string]any)
	if text, hit := joined(series["segments"]); text != series["name"] || hit != "10.0.0.1" {
		t.Errorf("series %v: got %q with a menu of %q", series["name"], text, hit)
	}
}

// Ensure that nobody goes on to look for menus in a large table when nobody
// waits for it any more.
func TestMenusOfATableEndWithTheRequest(t *testing.T) {
	s := &Server{}
	newSite(t, func(c *Config) { s.Config = *c })
	table := &pipe.Table{Columns: []pipe.Column{{Name: "a", Role: "field", Field: "a"}}, Rows: []pipe.Row{{Cells: []pipe.Cell{pipe.Text("10.0.0.1")}}}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.tableOf(ctx, table, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
}
