package pipe_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spoor/index/pipe"
)

func TestTimechartFillsGapsAndAlignsSteps(t *testing.T) {
	at := func(d time.Duration, host string) line {
		return line{at: start.Add(d), tag: "a", fields: map[string][]string{"host": {host}, "n": {"2"}}}
	}
	s := open(t, []line{at(time.Minute, "x"), at(2*time.Minute, "x"), at(31*time.Minute, "y")})
	for text, want := range map[string]string{
		"* | timechart 10m count()":             "10:00 2|10:10 0|10:20 0|10:30 1",
		"* | timechart 10m avg(n)":              "10:00 2|10:10 <none>|10:20 <none>|10:30 2",
		"* | timechart 10m count() by host":     "10:00 2 0|10:10 0 0|10:20 0 0|10:30 0 1",
		"nothing | timechart 10m count()":       "",
		"* | timechart 10m count() | head 1":    "10:00 2",
		"* | timechart 10m count() | sort time": "10:00 2|10:10 0|10:20 0|10:30 1",
	} {
		if got := chartText(run(t, s, text).Table); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	search := parse(t, "* | timechart 10m count()")
	search.From, search.To = start.Add(90*time.Second), start.Add(15*time.Minute)
	r, err := pipe.Run(t.Context(), s, search, pipe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := chartText(r.Table); got != "10:00 1|10:10 0" {
		t.Errorf("times of the search: got %s", got)
	}
	if rows := r.Table.Rows; !rows[0].From.Equal(search.From) || !rows[1].To.Equal(search.To) {
		t.Errorf("the ends of cut steps: got %s and %s", rows[0].From, rows[1].To)
	}
}

func chartText(t pipe.Table) string {
	var rows []string
	for _, r := range t.Rows {
		cells := []string{r.Cells[0].String()[11:16]}
		for _, c := range r.Cells[1:] {
			cells = append(cells, shown(c))
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return strings.Join(rows, "|")
}

func TestTimechartPutsSmallSeriesTogether(t *testing.T) {
	var lines []line
	for i := range 30 {
		for n := range i + 1 {
			lines = append(lines, line{at: start.Add(time.Duration(n) * time.Minute), tag: "a", fields: map[string][]string{"host": {fmt.Sprintf("h%02d", i)}, "n": {"1"}}})
		}
	}
	table := run(t, open(t, lines), "* | timechart 5m count(), dc(host) by host").Table
	last := table.Columns[len(table.Columns)-2]
	if len(table.Columns) != 1+2*11 || last.Name != "other: count" || last.Other != 20 || table.Columns[1].Name != "h29: count" {
		t.Fatalf("columns: %+v", table.Columns)
	}
	sum := 0.0
	for _, row := range table.Rows {
		for i := 1; i < len(row.Cells); i += 2 {
			n, _ := row.Cells[i].Number()
			sum += n
		}
	}
	distinct, _ := table.Rows[0].Cells[len(table.Columns)-1].Number()
	if int(sum) != len(lines) || distinct != 20 {
		t.Errorf("all series count %v of %d entries; other has %v different hosts, want 20", sum, len(lines), distinct)
	}
}
