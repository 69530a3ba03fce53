package pipe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/pipe"
)

// lists is a store of one line with lists of n different values, and a number.
func lists(t *testing.T, n int) *local.Store {
	t.Helper()
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	joined := strings.Join(list, ",")
	s := open(t, nil)
	raw := fmt.Sprintf(`{"n":7,"a":[%s],"b":[%s]}`, joined, joined)
	stream := &index.Stream{Tag: "a", Source: 7, Format: index.Format{Name: "json"}}
	if err := s.Put(t.Context(), []index.Entry{{Stream: stream, Time: start, Raw: []byte(raw)}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// Ensure that a line with two long lists, whose combinations no memory would
// hold, is an error and no end of the process.
func TestCombinationsOfLongListsAreRefusedBeforeTheyAreMade(t *testing.T) {
	_, err := pipe.Run(t.Context(), lists(t, 50_000), parse(t, "* | stats count() by a, b"), pipe.Options{})
	var much *pipe.Error
	if !errors.As(err, &much) || !much.TooMuch {
		t.Errorf("got %v, want too many combinations", err)
	}
}

// Ensure that a list costs by its length, not by the square of it, and that
// what is worked out for each of its values is read from the line once.
func TestLongListsAreGroupedInTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	began := time.Now()
	r, err := pipe.Run(ctx, lists(t, 60_000), parse(t, "* | stats avg(n) by a"), pipe.Options{})
	if err != nil || r.Table.TotalRows != 60_000 {
		t.Errorf("got %d rows, %v, want 60000", r.Table.TotalRows, err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// Ensure that a run ends with its context in the middle of a line, too: here
// every value of one list is counted under every value of another.
func TestCancelledRunEndsInsideALine(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := pipe.Run(ctx, lists(t, 30_000), parse(t, "* | stats sum(b) by a"), pipe.Options{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

// Ensure that what stages make of a table counts as memory like the table: the
// text that a rex captures again and again, and the query of every row.
func TestColumnsAndQueriesOfRowsCountAsMemory(t *testing.T) {
	var lines []line
	for i := range 1000 {
		lines = append(lines, line{at: start, tag: "a", fields: map[string][]string{"n": {fmt.Sprint(i)}, "text": {strings.Repeat("x", 900)}}})
	}
	s := open(t, lines)
	long := strings.Repeat("x", 10<<10)
	for _, text := range []string{
		"* | sort n | rex /(?<a>(?<b>(?<c>(?<d>(?<e>.*)))))/ from text",
		"* | sort n | rex /(?<a>.*)/ from text | rex /(?<b>.*)/ from text | rex /(?<c>.*)/ from text | rex /(?<d>.*)/ from text",
		`NOT "` + long + `" | stats count() by n | where count:>0`,
		`NOT "` + long + `" | top 1000 n`,
	} {
		_, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{Memory: 5 << 20})
		var much *pipe.Error
		if !errors.As(err, &much) || !much.TooMuch {
			t.Errorf("%.60s: got %v, want too much memory", text, err)
		}
		if _, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{}); err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}
