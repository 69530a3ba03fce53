package ui

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// conns are lines of which n have the host a, 2n the host B and so on.
func conns(n int) string {
	var b strings.Builder
	at := 0
	for i, host := range []string{"a", "B", "c"} {
		for range (i + 1) * n {
			fmt.Fprintf(&b, "{\"ts\":%d,\"host\":%q,\"bytes\":%d}\n", 1600000000+60*at, host, 10*(i+1))
			at++
		}
	}
	return b.String()
}

func encode(q string) string { return url.QueryEscape(q) }

// Ensure that a query with pipes is answered with a table whose rows say how
// to find what is behind them.
func TestPipesAnswerWithATable(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", conns(2))
	code, answer := s.ask("GET", "/api/v1/search?q="+encode("tag:app | stats count(), sum(bytes) by host"), nil)
	table, _ := answer["table"].(map[string]any)
	if code != 200 || answer["total"] != 12.0 || answer["exact"] != true || table["kind"] != "stats" || table["total_rows"] != 3.0 || table["cut"] != false {
		t.Fatalf("got %d %v", code, answer)
	}
	if got := fmt.Sprint(table["columns"]); !strings.Contains(got, "role:by") || !strings.Contains(got, "func:sum") || !strings.Contains(got, "type:number") {
		t.Errorf("columns: %s", got)
	}
	row := table["rows"].([]any)[0].(map[string]any)
	if got := fmt.Sprint(row["cells"]); got != "[c 6 180]" {
		t.Errorf("first row: got %s", got)
	}
	if _, answer := s.ask("GET", search(row["query"].(string)), nil); answer["total"] != 6.0 {
		t.Errorf("%s: got %v, want the row's 6", row["query"], answer["total"])
	}
	code, answer = s.ask("GET", "/api/v1/search?limit=1&q="+encode("* | stats count() by host"), nil)
	if table = answer["table"].(map[string]any); code != 200 || len(table["rows"].([]any)) != 1 || table["cut"] != true || table["total_rows"] != 3.0 {
		t.Errorf("one row of three: got %d %v", code, table)
	}
	code, answer = s.ask("GET", "/api/v1/search?q="+encode("* | head 2 | fields host, id"), nil)
	row = answer["table"].(map[string]any)["rows"].([]any)[0].(map[string]any)
	if id, _ := row["id"].(string); code != 200 || id == "" || row["cells"].([]any)[1] != id {
		t.Fatalf("a row that is an entry: got %v", row)
	}
	if code, _ := s.ask("GET", "/api/v1/entries/"+row["id"].(string), nil); code != 200 {
		t.Errorf("the entry of a row: got %d", code)
	}
}

func TestStagesThatCannotRunAreRefused(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PipeMemory = 100 << 10 })
	var lines strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&lines, "{\"ts\":1600000000,\"n\":\"value %d\"}\n", i)
	}
	s.ingest("tag=app", lines.String())
	for path, want := range map[string]struct {
		code   int
		reason string
		stage  any
	}{
		"search?q=" + encode("* | stats count() by n"):                   {422, "100 KiB", 1.0},
		"search?q=" + encode("* | head 2 | stats count() by a | sort b"): {400, `no column "b"`, 3.0},
		"search?cursor=x&q=" + encode("* | head 2"):                      {400, "cursor", nil},
		"histogram?q=" + encode("* | head 2"):                            {400, "pipes", nil},
		"fields?q=" + encode("* | head 2"):                               {400, "pipes", nil},
		"tail?q=" + encode("* | head 2"):                                 {400, "pipes", nil},
		"tail?q=" + encode("dedup:on"):                                   {400, "dedup", nil},
		"top?q=x":                                                        {400, "field: missing", nil},
		"values?q=x":                                                     {400, "field: missing", nil},
		"histogram?width=1":                                              {400, "no width", nil},
		"histogram?width=1ms&from=1&to=":                                 {422, "at most 10000", nil},
	} {
		code, answer := s.ask("GET", "/api/v1/"+path, nil)
		if reason, _ := answer["error"].(string); code != want.code || !strings.Contains(reason, want.reason) || answer["stage"] != want.stage {
			t.Errorf("%s: got %d %v, want %+v", path, code, answer, want)
		}
	}
}

// Ensure that times in the query and those of the request both count.
func TestTimesOfTheQueryNarrowThoseOfTheRequest(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", conns(2)) // a line a minute from 12:26:40 on
	at := func(minute int) string {
		return time.Unix(1600000000+int64(minute)*60, 0).UTC().Format(time.RFC3339)
	}
	for path, want := range map[string]float64{
		"q=" + encode("from:"+at(3)):                                             9,
		"q=" + encode("from:"+at(3)) + "&to=" + encode(at(5)):                    2,
		"q=" + encode("to:"+at(3)) + "&from=" + encode(at(1)):                    2,
		"q=" + encode("from:"+at(3)) + "&from=" + encode(at(6)):                  6,
		"q=" + encode("from:"+at(6)) + "&to=" + encode(at(3)):                    0,
		"q=" + encode("from:"+at(3)+" | stats count()") + "&to=" + encode(at(5)): 2,
	} {
		_, answer := s.ask("GET", "/api/v1/search?"+path, nil)
		if answer["total"] != want || answer["from"] == nil && answer["to"] == nil {
			t.Errorf("%s: got %v of %v to %v, want %v", path, answer["total"], answer["from"], answer["to"], want)
		}
	}
	if _, answer := s.ask("GET", "/api/v1/search?q=a&from="+encode(at(3)), nil); answer["from"] != nil {
		t.Errorf("a query without times: got from %v", answer["from"])
	}
}

func TestUnknownFieldsAreSuggested(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", conns(1))
	for q, want := range map[string]string{
		"hots:a":                          "[map[name:hots suggest:[host]]]",
		"NOT host:* OR byts:1":            "[map[name:byts suggest:[bytes]]]",
		"nothingatall:1 sort":             "[map[name:nothingatall suggest:[]]]",
		"host:zzz":                        "<nil>",
		"zzz":                             "<nil>",
		"hots:a | stats count()":          "[map[name:hots suggest:[host]]]",
		"* | top 5 hots":                  "[map[name:hots suggest:[host]]]",
		"* | stats count() by host, byts": "[map[name:byts suggest:[bytes]]]",
		"* | rex /(?<who>q+)/ | top who":  "<nil>",
		"* | stats count() as n by host | where n:>99 | sort n": "<nil>",
		"* | top host":                     "<nil>",
		"source.ip:1 tag:app NOT host:abc": "[map[name:source.ip suggest:[]]]",
	} {
		_, answer := s.ask("GET", "/api/v1/search?q="+encode(q), nil)
		if got := fmt.Sprint(answer["unknown_fields"]); got != want {
			t.Errorf("%s: got %s, want %s", q, got, want)
		}
		all := s.lines("/api/v1/search/stream?bars=0&q=" + encode(q))
		if got := fmt.Sprint(all[len(all)-1]["unknown_fields"]); got != want {
			t.Errorf("%s, as it runs: got %s, want %s", q, got, want)
		}
	}
}
