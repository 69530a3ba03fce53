package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spoor/index/query"
)

// Ensure that a query of thousands of names that no line has, among lines of
// thousands of names, is answered in time, with advice about the first ones.
func TestAdviceOnUnknownFieldsIsBounded(t *testing.T) {
	s := newSite(t, nil)
	server := s.Config.Handler.(*Server)
	line := strings.Builder{}
	line.WriteString(`{"ts":1`)
	for i := range 4000 {
		fmt.Fprintf(&line, `,"some_name_of_a_field_%d":1`, i)
	}
	s.ingest("", line.String()+"}\n")
	var asked []string
	for i := range 1000 {
		asked = append(asked, fmt.Sprintf("some_name_of_a_fild_%d:x", i))
	}
	where, err := query.ParseSearch(strings.Join(asked, " OR "), query.ParseOptions{})
	must(t, err)
	began := time.Now()
	list := server.unknownFields(t.Context(), where)
	if len(list) != maxUnknown || len(list[0].Suggest) != maxSuggested {
		t.Errorf("got advice on %d names, want %d", len(list), maxUnknown)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
