package ui

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// texts joins the pieces of an entry's segments.
func texts(entry any) (whole string, marked, offered []string) {
	for _, s := range entry.(map[string]any)["segments"].([]any) {
		segment := s.(map[string]any)
		whole += segment["t"].(string)
		if segment["m"] == true {
			marked = append(marked, segment["t"].(string))
		}
		if a, ok := segment["a"].([]any); ok {
			offered = append(offered, a[0].(map[string]any)["value"].(string))
		}
	}
	return whole, marked, offered
}

// Ensure that a line comes back as it was, cut where the query matched and
// where an actionable has something to offer.
func TestSearchMarksAndOffers(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "10.0.0.1 asked for 10.0.0.10\nnothing here\n")
	code, answer := s.ask("GET", search("10.0.0.1"), nil)
	if code != 200 || answer["total"] != 1.0 || answer["exact"] != true {
		t.Fatalf("got %d %v, want one exact", code, answer)
	}
	entry := answer["entries"].([]any)[0]
	whole, marked, offered := texts(entry)
	if want := "10.0.0.1 asked for 10.0.0.10"; whole != want || entry.(map[string]any)["raw"] != want {
		t.Errorf("got %q, want %q", whole, want)
	}
	if fmt.Sprint(marked) != "[10.0.0.1]" {
		t.Errorf("marked: got %q, want only the whole address", marked)
	}
	if fmt.Sprint(offered) != "[10.0.0.1 10.0.0.10]" {
		t.Errorf("offered: got %q, want both addresses", offered)
	}
	fields := entry.(map[string]any)["fields"].(map[string]any)
	if fields["time_guessed"] != "true" || entry.(map[string]any)["time_guessed"] != true {
		t.Errorf("a line without a time does not say so: %v", entry)
	}
}

// Ensure that paging hands out every entry once, while others arrive.
func TestPagesNeitherRepeatNorLose(t *testing.T) {
	s := newSite(t, nil)
	var lines strings.Builder
	for i := range 25 {
		fmt.Fprintf(&lines, "{\"ts\":%d,\"n\":\"line%d\"}\n", 1600000000+i/5, i)
	}
	s.ingest("tag=app", lines.String())
	seen := map[string]bool{}
	next, pages := "", 0
	for {
		code, answer := s.ask("GET", "/api/v1/search?limit=7&q=tag:app&cursor="+next, nil)
		if code != 200 {
			t.Fatalf("got %d %v", code, answer)
		}
		for _, e := range answer["entries"].([]any) {
			whole, _, _ := texts(e)
			if seen[whole] {
				t.Fatalf("%s came twice", whole)
			}
			seen[whole] = true
		}
		s.ingest("tag=app", fmt.Sprintf("{\"ts\":1600000002,\"late\":%d}\n", pages))
		pages++
		if next, _ = answer["next"].(string); next == "" {
			break
		}
	}
	if len(seen) != 25 || pages != 4 {
		t.Errorf("got %d entries in %d pages, want 25 in 4", len(seen), pages)
	}
}

// Ensure that a request that can't be understood says what and where.
func TestBadRequestsSayWhere(t *testing.T) {
	s := newSite(t, nil)
	cases := []struct {
		path   string
		want   string
		column float64
	}{
		{"/api/v1/search?q=" + url.QueryEscape("a (b"), "column", 0},
		{"/api/v1/search?q=" + url.QueryEscape("src:"), "column 5", 5},
		{"/api/v1/search?form=2020-01-01T00:00:00Z", `"form": not known`, 0},
		{"/api/v1/search?from=yesterday", `from: "yesterday"`, 0},
		{"/api/v1/search?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z", "to is before from", 0},
		{"/api/v1/search?limit=1001", "0 to 1000", 0},
		{"/api/v1/search?limit=-1", "0 to 1000", 0},
		{"/api/v1/search?cursor=zzz", "cursor", 0},
		{"/api/v1/search?order=random", "newest nor oldest", 0},
		{"/api/v1/search?q=a&q=b", "given 2 times", 0},
		{"/api/v1/search?q=%zz", "%zz", 0},
		{"/api/v1/search?q=a;from=1", "parameters", 0},
		{"/api/v1/histogram?buckets=0", "1 to 1000", 0},
		{"/api/v1/entries/zzz", "entry id", 0},
		{"/api/v1/export?format=doc", `"doc" is none of`, 0},
		{"/api/v1/filter?q=" + url.QueryEscape("host 1.2.3.4 nonsense"), "nonsense", 0},
		{"/api/v1/jobs/seven", "want a number", 0},
	}
	for _, c := range cases {
		code, answer := s.ask("GET", c.path, nil)
		text, _ := answer["error"].(string)
		if code != 400 || !strings.Contains(text, c.want) {
			t.Errorf("%s: got %d %q, want 400 with %q", c.path, code, text, c.want)
		}
		if c.column != 0 && answer["column"] != c.column {
			t.Errorf("%s: got column %v, want %v", c.path, answer["column"], c.column)
		}
	}
	if code, _ := s.ask("GET", "/api/v1/entries/AAAAAAAAAAAAAAAAAAAAAAAAAAA", nil); code != 404 {
		t.Errorf("an entry that is not there: got %d, want 404", code)
	}
	if code, _ := s.ask("GET", "/api/v1/nothing", nil); code != 404 {
		t.Errorf("a route that is not there: got %d, want 404", code)
	}
}

// Ensure that a page of long lines ends early, whatever its limit, and that
// the next one goes on where it ended, without what has arrived since.
func TestPagesOfLongLinesAreShort(t *testing.T) {
	s := newSite(t, nil)
	long := strings.Repeat("x", 1<<20-100)
	for i := range 20 {
		s.ingest("tag=app", fmt.Sprintf("{\"ts\":%d,\"m\":\"%s\"}\n", i, long))
	}
	path, last, total := "/api/v1/search?limit=1000", "9999", 0
	for pages := 1; ; pages++ {
		code, answer := s.ask("GET", path, nil)
		entries := answer["entries"].([]any)
		if code != 200 || len(entries) == 0 || len(entries) > 9 {
			t.Fatalf("page %d: got %d with %d entries, want 1 to 9", pages, code, len(entries))
		}
		for _, e := range entries {
			if at := e.(map[string]any)["time"].(string); at >= last {
				t.Fatalf("got %s after %s", at, last)
			} else {
				last = at
			}
		}
		total += len(entries)
		next, more := answer["next"].(string)
		if !more {
			break
		}
		s.ingest("tag=app", "{\"ts\":0.5}\n")
		path = "/api/v1/search?limit=1000&cursor=" + next
	}
	if total != 20 {
		t.Errorf("got %d entries, want 20", total)
	}
}

// Ensure that a histogram ends where it says, however long it is.
func TestHistogramOfAllTimeEndsBehindItsBeginning(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "{\"ts\":0}\n")
	code, answer := s.ask("GET", "/api/v1/histogram?buckets=3&to=9999-01-01T00:00:00Z", nil)
	if to, _ := answer["to"].(string); code != 200 || to < "2262" {
		t.Errorf("got %d %v, want an end in 2262", code, answer)
	}
}

// Ensure that an entry opens with every field, by its link, and that its
// exact bytes can be had.
func TestEntryOpensByItsLink(t *testing.T) {
	s := newSite(t, nil)
	raw := `{"ts":1600000000.5,"id.orig_h":"10.1.2.3","hosts":["a.example","b.example"],"empty":null}`
	s.ingest("", raw+"\n")
	_, answer := s.ask("GET", search("10.1.2.3"), nil)
	entry := answer["entries"].([]any)[0].(map[string]any)
	code, whole := s.ask("GET", "/api/v1/entries/"+entry["id"].(string)+"?q=b.example", nil)
	if code != 200 {
		t.Fatalf("got %d %v", code, whole)
	}
	var names []string
	for _, d := range whole["details"].([]any) {
		names = append(names, d.(map[string]any)["name"].(string))
	}
	if got := fmt.Sprint(names); got != "[ts id.orig_h hosts]" {
		t.Errorf("fields: got %s, want those that are there in the order of the line", got)
	}
	if got := entry["time"]; got != time.Unix(1600000000, 5e8).UTC().Format(time.RFC3339Nano) {
		t.Errorf("time: got %v", got)
	}
	bytes, err := s.Client().Get(s.URL + "/api/v1/entries/" + entry["id"].(string) + "/raw")
	must(t, err)
	defer bytes.Body.Close()
	if got := bytes.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("raw bytes are served to be shown: %q", got)
	}
	if bytes.ContentLength != int64(len(raw)) {
		t.Errorf("raw: got %d bytes, want %d", bytes.ContentLength, len(raw))
	}
}
