package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spoor/index"
)

func TestFieldsAreCounted(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", conns(100)+`{"list":["x","y","x"],"ts":1600000000}`+"\n")
	s.ingest("tag=other&source=7", "no fields at all\n")
	for _, params := range []string{"", "exact=1&", "sample=2000&"} {
		_, answer := s.ask("GET", "/api/v1/fields?top=2&"+params+"q=", nil)
		byName := map[string]map[string]any{}
		for _, f := range answer["fields"].([]any) {
			f := f.(map[string]any)
			byName[f["name"].(string)] = f
		}
		for name, want := range map[string]string{
			"host":  "600 3 true [map[count:300 value:c] map[count:200 value:B]] text false",
			"bytes": "600 3 true [map[count:300 value:30] map[count:200 value:20]] number false",
			"list":  "1 2 true [map[count:1 value:x] map[count:1 value:y]] text true",
			"tag":   "602 2 true [map[count:601 value:app] map[count:1 value:other]] text false",
			"src":   "1 1 true [map[count:1 value:7]] number false",
		} {
			f := byName[name]
			got := fmt.Sprint(f["count"], " ", f["distinct"], " ", f["distinct_exact"], " ", f["top"], " ", f["type"], " ", f["list"])
			if got != want {
				t.Errorf("%s %s: got %s, want %s", params, name, got, want)
			}
		}
		if sample := answer["sample"].(map[string]any); sample["entries"] != 602.0 || sample["exact"] != true {
			t.Errorf("%s: sample %v", params, sample)
		}
	}
	_, answer := s.ask("GET", "/api/v1/fields?sample=100&q=tag:app", nil)
	if sample := answer["sample"].(map[string]any); sample["entries"] != 100.0 || sample["exact"] != false || sample["total"] != 601.0 {
		t.Errorf("a sample of 100: got %v", sample)
	}
}

// Ensure that many values, and long ones, are told to be a lower bound.
func TestFieldCountsSayWhatTheyLack(t *testing.T) {
	f := &fieldCount{values: map[string]uint64{}}
	c := newFieldCounts(nil)
	for i := range maxCounted + 10 {
		c.values(f, []string{fmt.Sprint("value ", i)})
	}
	if j := f.json(3); j.DistinctExact || j.TopExact || j.Distinct != maxCounted {
		t.Errorf("too many values: got %+v", j)
	}
	f = &fieldCount{values: map[string]uint64{}}
	c.values(f, []string{strings.Repeat("x", maxListed+1)})
	c.values(f, []string{strings.Repeat("x", maxListed+2)})
	if j := f.json(3); j.DistinctExact || len(j.Top) > 0 || j.Distinct != 1 {
		t.Errorf("long values: got %+v", j)
	}
}

func TestTopAndValues(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", conns(10)+`{"ts":1600000000}`+"\n")
	_, answer := s.ask("GET", "/api/v1/top?field=host&limit=2&q=tag:app", nil)
	if got, want := fmt.Sprint(answer["values"]), "[map[count:30 query:tag:app host:=c value:c] map[count:20 query:tag:app host:=B value:B]]"; got != want {
		t.Errorf("top: got %s, want %s", got, want)
	}
	if answer["distinct"] != 3.0 || answer["with"] != 60.0 || answer["without"] != 1.0 || answer["total"] != 61.0 || answer["exact"] != true {
		t.Errorf("top: got %v", answer)
	}
	_, answer = s.ask("GET", "/api/v1/top?field=host&sample=30&q=", nil)
	if got := fmt.Sprint(answer["values"]); got != "[map[count:30 query:host:=c value:c]]" || answer["exact"] != false || answer["sample"].(map[string]any)["entries"] != 30.0 {
		t.Errorf("top of the newest 30: got %v", answer)
	}
	for params, want := range map[string]string{
		"field=host&prefix=b":    "[map[count:20 value:B]]",
		"field=host":             "[map[count:30 value:c] map[count:20 value:B] map[count:10 value:a]]",
		"field=host&limit=1":     "[map[count:30 value:c]]",
		"field=host&prefix=x+*":  "[]",
		"field=host&q=bytes:10":  "[map[count:10 value:a]]",
		"field=tag&prefix=A":     "[map[count:61 value:app]]",
		"field=sensor":           "[]",
		"field=bytes&prefix=2":   "[map[count:20 value:20]]",
		"field=nosuch&prefix=20": "[]",
	} {
		code, answer := s.ask("GET", "/api/v1/values?"+params, nil)
		if got := fmt.Sprint(answer["values"]); code != 200 || got != want {
			t.Errorf("values %s: got %d %s, want %s", params, code, got, want)
		}
	}
}

// Ensure that the context of an entry is its neighbours in its stream, in
// order, also among lines of one second.
func TestContextIsTheStreamAroundAnEntry(t *testing.T) {
	s := newSite(t, nil)
	for i := range 9 {
		s.ingest("tag=app&origin=one", fmt.Sprintf("{\"ts\":%d,\"n\":\"line %d\"}\n", 1600000000+i/4, i))
		s.ingest("tag=app&origin=two", fmt.Sprintf("{\"ts\":%d,\"n\":\"stranger %d\"}\n", 1600000000+i/4, i))
	}
	_, found := s.ask("GET", "/api/v1/search?q="+encode(`"line 4"`), nil)
	id := found["entries"].([]any)[0].(map[string]any)["id"].(string)
	raws := func(list any) string {
		var all []string
		for _, e := range list.([]any) {
			all = append(all, e.(map[string]any)["fields"].(map[string]any)["n"].(string))
		}
		return strings.Join(all, ", ")
	}
	for params, want := range map[string]string{
		"":                  "line 0, line 1, line 2, line 3 | line 5, line 6, line 7, line 8 | false false",
		"?before=2&after=1": "line 2, line 3 | line 5 | true true",
		"?before=0&after=4": " | line 5, line 6, line 7, line 8 | true false",
	} {
		code, answer := s.ask("GET", "/api/v1/entries/"+id+"/context"+params, nil)
		got := fmt.Sprintf("%s | %s | %v %v", raws(answer["before"]), raws(answer["after"]), answer["more_before"], answer["more_after"])
		if code != 200 || got != want || answer["entry"].(map[string]any)["id"] != id {
			t.Errorf("%s: got %s, want %s", params, got, want)
		}
	}
}

// Ensure that a sample which has all results says so, although its first page
// could not know.
func TestASampleOfAllResultsIsExact(t *testing.T) {
	s := newSite(t, nil)
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, "{\"ts\":%d,\"host\":\"h%d\",\"pad\":%q}\n", i, i%3, strings.Repeat("x", 500))
	}
	s.ingest("", lines.String())
	_, answer := s.ask("GET", "/api/v1/fields?q=h1", nil)
	sample := answer["sample"].(map[string]any)
	if sample["entries"] != 667.0 || sample["total"] != 667.0 || sample["exact"] != true {
		t.Errorf("got %v, want that all 667 were counted", sample)
	}
}

// Ensure that lines which are all names and lists, as an attacker may write
// them, cost the field panel neither memory by their length nor time by the
// square of it.
func TestFieldsOfHostileLines(t *testing.T) {
	c := newFieldCounts(&readers{})
	stream := &index.Stream{Tag: "a", Format: index.Format{Name: "json"}}
	var list strings.Builder
	for i := range 150_000 {
		fmt.Fprintf(&list, "%d,", i)
	}
	began := time.Now()
	for range 3 {
		c.add(&index.Entry{Stream: stream, Raw: []byte(`{"l":[` + list.String() + `0]}`)})
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("lists: took %v", took)
	}
	if f := c.fields["l"]; f.n != 3 || f.values["7"] != 3 || !f.some {
		t.Errorf("got %d entries, %d with 7, cut %v", f.n, f.values["7"], f.some)
	}
	c.bytes = countedBytes
	if f := c.field("one more", false); f != nil || !c.more {
		t.Errorf("without room: got %v, more %v, want that a field is left out and said", f, c.more)
	}
}

// Ensure that two spellings of a field, which a search asks for as one, are
// counted as one.
func TestFieldsOfTwoSpellingsAreOne(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=a", `{"id_orig_h":"10.0.0.1","ts":1600000000}`+"\n"+`{"id.orig_h":"10.0.0.1","ts":1600000001}`+"\n")
	_, answer := s.ask("GET", "/api/v1/fields?q=", nil)
	_, found := s.ask("GET", "/api/v1/search?limit=0&q=id.orig_h:10.0.0.1", nil)
	for _, f := range answer["fields"].([]any) {
		f := f.(map[string]any)
		if strings.HasSuffix(f["name"].(string), "orig_h") && f["count"] != found["total"] {
			t.Errorf("%s: got %v entries, a search finds %v", f["name"], f["count"], found["total"])
		}
	}
}

// Ensure that the names offered for completion are bounded, whatever the lines
// hold.
func TestCompletionKnowsABoundedNumberOfNames(t *testing.T) {
	var store index.Store
	s := newSite(t, func(c *Config) { store = c.Store })
	var lines strings.Builder
	for i := range 10 {
		fmt.Fprintf(&lines, `{"ts":%d`, i)
		for k := range 4000 {
			fmt.Fprintf(&lines, `,"f%d_%d":1`, i, k)
		}
		lines.WriteString("}\n")
	}
	s.ingest("", lines.String())
	known, err := new(lexicon).of(t.Context(), store, &readers{})
	if err != nil || len(known.fields) != knownNames {
		t.Errorf("got %d names, %v, want %d", len(known.fields), err, knownNames)
	}
}
