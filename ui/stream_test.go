package ui

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"testing"
	"time"

	"spoor/index"
)

// lines reads all lines of a streamed search.
func (s site) lines(path string) []map[string]any {
	s.t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	must(s.t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/x-ndjson" {
		s.t.Fatalf("%s: got %s, %s", path, answer.Status, answer.Header.Get("Content-Type"))
	}
	var all []map[string]any
	in := bufio.NewScanner(answer.Body)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var l map[string]any
		must(s.t, json.Unmarshal(in.Bytes(), &l))
		all = append(all, l)
	}
	must(s.t, in.Err())
	return all
}

// Ensure that a search as it runs gives the page of /search and the bars of
// /histogram.
func TestStreamEqualsSearchAndHistogram(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", conns(50))
	for _, q := range []string{"q=&limit=7", "q=host:c&limit=7&order=oldest", "q=host:a&limit=200", "q=nothing", "q=host:c&from=1600008000&limit=3"} {
		all := s.lines("/api/v1/search/stream?bars=40&" + q)
		first, last := all[0], all[len(all)-1]
		_, page := s.ask("GET", "/api/v1/search?"+q, nil)
		_, exact := s.ask("GET", "/api/v1/search?count=exact&"+q, nil)
		if first["type"] != "rows" || !reflect.DeepEqual(first["entries"], page["entries"]) || first["next"] != page["next"] {
			t.Errorf("%s: the first line is not the first page: %v", q, first)
		}
		if last["type"] != "done" || last["total"] != exact["total"] || last["exact"] != true {
			t.Errorf("%s: last line: got %v, want a total of %v", q, last, exact["total"])
		}
		h := last["histogram"].(map[string]any)
		if h["total"] != exact["total"] || len(h["counts"].([]any)) > 40 {
			t.Errorf("%s: histogram of %v in %d bars, want %v in 40 at the most", q, h["total"], len(h["counts"].([]any)), exact["total"])
		}
	}
	if got := s.lines("/api/v1/search/stream?bars=0&limit=3"); len(got) != 2 || got[1]["histogram"] != nil || got[0]["next"] == nil {
		t.Errorf("without bars: got %v", got)
	}
	got := s.lines("/api/v1/search/stream?q=" + encode("* | stats count() by host"))
	if n := len(got); n < 2 || got[n-2]["type"] != "table" || got[n-1]["histogram"].(map[string]any)["total"] != 300.0 {
		t.Errorf("with pipes: got %v", got)
	}
	if code, answer := s.ask("GET", "/api/v1/search/stream?q="+encode("| sort"), nil); code != 400 || answer["column"] == nil {
		t.Errorf("a query that can't be read: got %d %v", code, answer)
	}
}

// slowStore finds no page in time.
type slowStore struct{ index.Store }

func (s slowStore) Search(ctx context.Context, r index.Request) (index.Result, error) {
	if r.Limit > 0 && r.After == nil {
		<-ctx.Done()
		return index.Result{}, ctx.Err()
	}
	return s.Store.Search(ctx, r)
}

// Ensure that the page which comes out of the scan, because it would take
// long, is the page of /search, and that its cursor goes on behind it.
func TestSlowStreamGivesTheSamePage(t *testing.T) {
	var real index.Store
	slow := newSite(t, func(c *Config) { real = c.Store; c.Store = slowStore{real} })
	slow.ingest("tag=app", conns(20)+conns(20))
	for _, order := range []index.Order{index.Newest, index.Oldest} {
		want, err := real.Search(t.Context(), index.Request{Limit: 11, Order: order})
		must(t, err)
		rest, err := real.Search(t.Context(), index.Request{Limit: 11, Order: order, After: want.Next})
		must(t, err)
		all := slow.lines(fmt.Sprintf("/api/v1/search/stream?limit=11&order=%s", []string{"newest", "oldest"}[order]))
		page := all[len(all)-2]
		if page["type"] != "rows" || page["partial"] != nil || len(page["entries"].([]any)) != 11 {
			t.Fatalf("got %v", page)
		}
		for i, e := range page["entries"].([]any) {
			if got := e.(map[string]any)["id"]; got != want.Hits[i].ID.String() {
				t.Errorf("entry %d: got %v, want %v", i, got, want.Hits[i].ID)
			}
		}
		cursor, err := index.ParseCursor(page["next"].(string))
		must(t, err)
		next, err := real.Search(t.Context(), index.Request{Limit: 11, Order: order, After: &cursor})
		must(t, err)
		if len(next.Hits) != len(rest.Hits) || next.Hits[0].ID != rest.Hits[0].ID {
			t.Errorf("the page behind begins with %v, want %v", next.Hits[0].ID, rest.Hits[0].ID)
		}
	}
}

// Ensure that a page is whole exactly when nothing can come before its end.
func TestFoundPageKnowsWhenItIsWhole(t *testing.T) {
	start := time.Unix(1600000000, 0)
	stream := &index.Stream{Tag: "x"}
	for _, order := range []index.Order{index.Newest, index.Oldest} {
		p := newFoundPage(index.Request{Limit: 10, Order: order})
		for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(100) {
			must(t, p.Visit(&index.Entry{Stream: stream, Time: start.Add(time.Duration(i) * time.Second), Seq: uint64(i)}))
		}
		want, sure, unsure := 99, 89, 90
		if order == index.Oldest {
			want, sure, unsure = 0, 11, 10
		}
		until := func(i int) index.Progress { return index.Progress{Until: start.Add(time.Duration(i) * time.Second)} }
		if !p.due(until(unsure), start) {
			t.Errorf("order %d: the first rows are not due", order)
		}
		if entries, more, whole, _ := p.take(false); whole || !more || len(entries) != 10 || entries[0].Seq != uint64(want) {
			t.Errorf("order %d: got %d entries from %d, whole %v", order, len(entries), entries[0].Seq, whole)
		}
		if p.due(until(unsure), time.Now()) {
			t.Errorf("order %d: due again with nothing new", order)
		}
		if !p.due(until(sure), time.Now()) {
			t.Errorf("order %d: not due when nothing can come before its end", order)
		}
		if _, _, whole, sent := p.take(false); !whole || sent {
			t.Errorf("order %d: got whole %v, sent %v", order, whole, sent)
		}
	}
}

// Ensure that results which stand close together are shown close, also where
// it is found out only at the end that they do: among years of other lines,
// 60 within a minute.
func TestBarsOfASearchEndAsNarrowAsItsResults(t *testing.T) {
	s := newSite(t, nil)
	text := ""
	for i := range 300 {
		text += fmt.Sprintf("{\"ts\":%d,\"word\":\"hay\"}\n", 1500000000+i*864000)
	}
	for i := range 60 {
		text += fmt.Sprintf("{\"ts\":%d,\"word\":\"needle\"}\n", 1600000000+i)
	}
	s.ingest("tag=app", text)
	all := s.lines("/api/v1/search/stream?bars=40&limit=5&q=needle")
	h := all[len(all)-1]["histogram"].(map[string]any)
	if h["total"] != 60.0 || h["width_ns"].(float64) > 5e9 || h["from"].(string) < "2020-09-13T12:2" || h["to"].(string) > "2020-09-13T12:3" {
		t.Errorf("a minute of results: got %v", h)
	}
	all = s.lines("/api/v1/search/stream?bars=40&limit=5&q=needle&from=1500000000&to=1700000000")
	h = all[len(all)-1]["histogram"].(map[string]any)
	if h["total"] != 60.0 || h["width_ns"].(float64) < 24*3600e9 {
		t.Errorf("times that somebody chose are shown as they are: got %v", h)
	}
}
