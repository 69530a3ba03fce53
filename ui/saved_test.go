package ui

import (
	"net/url"
	"strings"
	"testing"

	"spoor/index"
)

// Ensure a search is saved, listed, found by name, renamed and deleted, and
// that nobody overwrites another's change.
func TestSavedSearches(t *testing.T) {
	s := newSite(t, nil)
	code, made := s.ask("POST", "/api/v1/saved", map[string]any{"name": "Failed logins", "q": "tag:syslog failed", "from": "-1d"})
	if code != 201 || made["id"] != "failed-logins" || made["from"] != "-1d" {
		t.Fatalf("got %d %v", code, made)
	}
	for name, want := range map[string]int{"": 400, "failed LOGINS": 409} {
		if code, a := s.ask("POST", "/api/v1/saved", map[string]any{"name": name}); code != want || want == 400 && a["field"] != "name" {
			t.Errorf("name %q: got %d %v, want %d", name, code, a, want)
		}
	}
	made["name"] = "Bad logins"
	if code, a := s.ask("PUT", "/api/v1/saved/failed-logins", made); code != 200 || a["version"] != 2.0 {
		t.Errorf("rename: got %d %v", code, a)
	}
	if code, a := s.ask("PUT", "/api/v1/saved/failed-logins", made); code != 409 {
		t.Errorf("rename of an old version: got %d %v", code, a)
	}
	if code, a := s.ask("GET", "/api/v1/saved/bad%20logins", nil); code != 200 || a["q"] != "tag:syslog failed" {
		t.Errorf("by name: got %d %v", code, a)
	}
	if code, a := s.ask("GET", "/api/v1/saved", nil); code != 200 || len(a["searches"].([]any)) != 1 {
		t.Errorf("list: got %d %v", code, a)
	}
	if code, _ := s.ask("DELETE", "/api/v1/saved/failed-logins?version=2", nil); code != 204 {
		t.Errorf("delete: got %d", code)
	}
	if code, _ := s.ask("GET", "/api/v1/saved/failed-logins", nil); code != 404 {
		t.Errorf("after that: got %d, want 404", code)
	}
}

// Ensure a frozen set answers searches, links to entries and exports as the
// store did before its data was deleted, and nothing else of it.
func TestFrozenSetsAreSearched(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Delete = c.Store.(index.Deleter).Delete })
	s.ingest("tag=app", "{\"ts\":1,\"m\":\"one red\"}\n{\"ts\":2,\"m\":\"two red\"}\n{\"ts\":3,\"m\":\"three\"}\n")
	for body, want := range map[string]int{`{"q":"red | top 3 m"}`: 400, `{"q":"nothing_like_it"}`: 400, `{"q":"src:"}`: 400, `{"q":"red","from":"2020-01-01T00:00:00Z","to":"2019-01-01T00:00:00Z"}`: 400, `{"x":1}`: 400} {
		if code, a := s.ask("POST", "/api/v1/frozen", body); code != want {
			t.Errorf("%s: got %d %v, want %d", body, code, a, want)
		}
	}
	code, f := s.ask("POST", "/api/v1/frozen", `{"q":"red","name":"case 7","note":"as found","by":"ann"}`)
	if code != 201 || f["id"] != 1.0 || f["entries"] != 2.0 || f["total"] != 2.0 || f["by"] != "ann" {
		t.Fatalf("got %d %v", code, f)
	}
	_, before := s.ask("GET", search("red"), nil)
	if code, a := s.ask("DELETE", "/api/v1/data?tag=app", nil); code != 200 {
		t.Fatalf("delete: got %d %v", code, a)
	}
	_, after := s.ask("GET", search("")+"&frozen=1", nil)
	a, b := before["entries"].([]any), after["entries"].([]any)
	if len(a) != 2 || len(b) != 2 {
		t.Fatalf("before %v, after %v", before, after)
	}
	for i := range a {
		x, y := a[i].(map[string]any), b[i].(map[string]any)
		if x["id"] != y["id"] || x["raw"] != y["raw"] || x["arrived"] != y["arrived"] {
			t.Errorf("entry %d: got %v, want %v", i, y, x)
		}
		if code, _ := s.ask("GET", "/api/v1/entries/"+x["id"].(string)+"?frozen=1", nil); code != 200 {
			t.Errorf("entry %d by its link: got %d", i, code)
		}
		if code, _ := s.ask("GET", "/api/v1/entries/"+x["id"].(string), nil); code != 404 {
			t.Errorf("entry %d in the store: got %d, want 404", i, code)
		}
	}
	if _, one := s.ask("GET", search("two")+"&frozen=1", nil); one["total"] != 1.0 {
		t.Errorf("a search inside: got %v", one["total"])
	}
	if _, raw := s.download("/api/v1/export?format=raw&frozen=1"); string(raw) != "{\"ts\":1,\"m\":\"one red\"}\n{\"ts\":2,\"m\":\"two red\"}\n" {
		t.Errorf("export: got %q", raw)
	}
	for path, want := range map[string]int{search("") + "&frozen=2": 404, search("") + "&frozen=x": 400, "/api/v1/streams?frozen=1": 200} {
		if code, a := s.ask("GET", path, nil); code != want {
			t.Errorf("%s: got %d %v, want %d", path, code, a, want)
		}
	}
	if code, a := s.ask("PUT", "/api/v1/frozen/1", `{"name":"case 8","note":"closed","version":1}`); code != 200 || a["note"] != "closed" || a["entries"] != 2.0 {
		t.Errorf("note: got %d %v", code, a)
	}
	if code, a := s.ask("GET", "/api/v1/frozen", nil); code != 200 || len(a["sets"].([]any)) != 1 || a["bytes"].(float64) <= 0 {
		t.Errorf("list: got %d %v", code, a)
	}
	if code, a := s.ask("DELETE", "/api/v1/frozen/1?version=1", nil); code != 409 {
		t.Errorf("delete of an old version: got %d %v, want 409", code, a)
	}
	if code, _ := s.ask("DELETE", "/api/v1/frozen/1?version=2", nil); code != 204 {
		t.Errorf("delete: got %d", code)
	}
	if code, _ := s.ask("GET", search("")+"&frozen=1", nil); code != 404 {
		t.Errorf("a deleted set: got %d, want 404", code)
	}
}

// completed lists what is offered at the end of a query.
func (s site) completed(q string) (list []string, from, to int) {
	s.t.Helper()
	code, a := s.ask("GET", "/api/v1/complete?q="+url.QueryEscape(q), nil)
	if code != 200 {
		s.t.Fatalf("%q: got %d %v", q, code, a)
	}
	for _, i := range a["items"].([]any) {
		list = append(list, i.(map[string]any)["text"].(string))
	}
	return list, int(a["from"].(float64)), int(a["to"].(float64))
}

// Ensure that what is offered is what is there: fields with their other
// names, tags, sources, values as the language writes them, pipes, and the
// columns that a pipe has made.
func TestCompletionOffersWhatIsThere(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app.web&source=7", "{\"ts\":1,\"id.orig_h\":\"10.0.0.1\",\"user name\":\"Ann Müller\"}\n{\"ts\":2,\"id.orig_h\":\"10.0.0.2\",\"user name\":\"bob\"}\n{\"ts\":3,\"id.orig_h\":\"10.0.0.2\"}\n")
	for _, tt := range []struct {
		q, first string
		from, to int
	}{
		{"id.o", "id.orig_h:", 0, 4},
		{"src_i", "id.orig_h:", 0, 5},
		{"ä AND id.o", "id.orig_h:", 6, 10},
		{"use", `"user name":`, 0, 3},
		{`"user name":A`, `"Ann Müller"`, 12, 13},
		{`"user name":"Ann M`, `"Ann Müller"`, 12, 18},
		{"id.orig_h:", "10.0.0.2", 10, 10},
		{"tag:", "app.web", 4, 4},
		{"app", "tag:app.web", 0, 3},
		{"src:", "7", 4, 4},
		{"last:", "15m", 5, 5},
		{"x | ti", "timechart ", 4, 6},
		{"x | stats d", "dc(", 10, 11},
		{"x | stats sum(id", "id.orig_h", 14, 16},
		{"x | stats count() as many by id.orig_h | sort -m", "many", 47, 48},
		{"x | top 5 use", `"user name"`, 10, 13},
	} {
		list, from, to := s.completed(tt.q)
		if len(list) == 0 || list[0] != tt.first || from != tt.from || to != tt.to {
			t.Errorf("%q: got %q at %d to %d, want %q first at %d to %d", tt.q, list, from, to, tt.first, tt.from, tt.to)
		}
	}
	if code, a := s.ask("GET", "/api/v1/complete?q=id&at=3", nil); code != 400 {
		t.Errorf("a place behind the query: got %d %v", code, a)
	}
}

// Ensure that a query is explained with its parentheses and times, and that
// one which can't be read says where.
func TestExplain(t *testing.T) {
	s := newSite(t, nil)
	code, a := s.ask("GET", "/api/v1/explain?q="+url.QueryEscape("last:1h (a OR b -c) | top 3 x"), nil)
	if code != 200 || !strings.Contains(a["read"].(string), "a OR (b AND (NOT c))") || a["from"] == nil || len(a["stages"].([]any)) != 1 {
		t.Errorf("got %d %v", code, a)
	}
	if fixed := a["fixed"].(string); !strings.Contains(fixed, "from:"+a["from"].(string)) || strings.Contains(fixed, "last:") {
		t.Errorf("fixed: got %q, want it to begin at %v", fixed, a["from"])
	}
	if code, a := s.ask("GET", "/api/v1/explain?q=src:", nil); code != 400 || a["column"] != 5.0 {
		t.Errorf("got %d %v, want column 5", code, a)
	}
}
