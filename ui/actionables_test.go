package ui

import (
	"fmt"
	"strings"
	"testing"
)

var ticket = map[string]any{
	"name":     "Ticket",
	"triggers": []any{map[string]any{"pattern": `\bT-(?P<number>\d+)\b`, "on": "click"}},
	"actions":  []any{map[string]any{"name": "Open it", "kind": "url", "url": "https://tickets.example/{value}"}},
}

// Ensure that an actionable made over HTTP works at once on the next search,
// and is gone with it.
func TestActionableWorksFromCreationToDeletion(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "see T-42 for why\n")
	offered := func() string {
		_, answer := s.ask("GET", search("why"), nil)
		_, _, values := texts(answer["entries"].([]any)[0])
		return fmt.Sprint(values)
	}
	if got := offered(); got != "[]" {
		t.Fatalf("before: got %s", got)
	}
	code, made := s.ask("POST", "/api/v1/actionables", ticket)
	if code != 201 || made["id"] != "ticket" {
		t.Fatalf("create: got %d %v", code, made)
	}
	if got := offered(); got != "[42]" {
		t.Errorf("after: got %s, want the named group", got)
	}
	code, x := s.ask("POST", "/api/v1/actionables/ticket/expand", map[string]any{"action": 0, "value": "42/../x?y"})
	if code != 200 || x["url"] != "https://tickets.example/42%2F..%2Fx%3Fy" {
		t.Errorf("expand: got %d %v", code, x)
	}
	made["disabled"] = true
	code, changed := s.ask("PUT", "/api/v1/actionables/ticket", made)
	if code != 200 {
		t.Fatalf("put: got %d %v", code, changed)
	}
	if got := offered(); got != "[]" {
		t.Errorf("disabled: got %s", got)
	}
	if code, _ := s.ask("PUT", "/api/v1/actionables/ticket", made); code != 409 {
		t.Errorf("put of an old version: got %d, want 409", code)
	}
	if code, _ := s.ask("DELETE", fmt.Sprintf("/api/v1/actionables/ticket?version=%v", made["version"]), nil); code != 409 {
		t.Errorf("delete of an old version: got %d, want 409", code)
	}
	if code, _ := s.ask("DELETE", fmt.Sprintf("/api/v1/actionables/ticket?version=%v", changed["version"]), nil); code != 204 {
		t.Errorf("delete: got %d, want 204", code)
	}
	if code, _ := s.ask("GET", "/api/v1/actionables/ticket", nil); code != 404 {
		t.Errorf("after deletion: got %d, want 404", code)
	}
}

// Ensure that the shipped address actionable turns a click on a line into a
// filter around the line's time.
func TestAddressExpandsToAFilterAroundTheLine(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("", `{"ts":1588316963.5,"uid":"C1","id.orig_h":"8.8.8.8"}`+"\n")
	_, answer := s.ask("GET", search("8.8.8.8"), nil)
	entry := answer["entries"].([]any)[0].(map[string]any)["id"]
	_, a := s.ask("GET", "/api/v1/actionables/address", nil)
	for i, action := range a["actions"].([]any) {
		if action.(map[string]any)["kind"] != "packets" {
			continue
		}
		code, x := s.ask("POST", "/api/v1/actionables/address/expand", map[string]any{"action": i, "value": "8.8.8.8", "entry": entry})
		if code != 200 || x["host"] != "8.8.8.8" {
			t.Fatalf("got %d %v", code, x)
		}
		for _, want := range []string{"host 8.8.8.8", "after 2020-05-01T07:04:23Z", "before 2020-05-01T07:14:24Z"} {
			if !strings.Contains(x["filter"].(string), want) {
				t.Errorf("filter %q lacks %q", x["filter"], want)
			}
		}
		code, x = s.ask("POST", "/api/v1/actionables/address/expand", map[string]any{"action": i, "value": "8.8.8.8 or port 80", "entry": entry})
		if code != 400 {
			t.Errorf("a value that is no address: got %d %v, want 400", code, x)
		}
		return
	}
	t.Error("the shipped actionable fetches no packets")
}

// Ensure that what is wrong with an actionable is named with its place.
func TestBadActionableSaysWhere(t *testing.T) {
	s := newSite(t, nil)
	bad := func(trigger, url string) map[string]any {
		return map[string]any{
			"name":     "X",
			"triggers": []any{map[string]any{"pattern": "fine", "on": "click"}, map[string]any{"pattern": trigger, "on": "click"}},
			"actions":  []any{map[string]any{"name": "Y", "kind": "url", "url": url}},
		}
	}
	code, answer := s.ask("POST", "/api/v1/actionables", bad("port (?<=x)", "https://x.example/"))
	if code != 400 || answer["trigger"] != 1.0 || answer["column"] != 6.0 {
		t.Errorf("look-behind: got %d %v, want 400 at trigger 1, column 6", code, answer)
	}
	for _, url := range []string{"javascript:alert(1)", "{value}", "https://{value}/", "ftp://x.example/"} {
		if code, answer := s.ask("POST", "/api/v1/actionables", bad("also fine", url)); code != 400 || answer["action"] != 0.0 {
			t.Errorf("%s: got %d %v, want 400 at action 0", url, code, answer)
		}
	}
	if code, answer := s.ask("POST", "/api/v1/actionables", `{"name":"X","colour":"red"}`); code != 400 || !strings.Contains(answer["error"].(string), "colour") {
		t.Errorf("unknown member: got %d %v", code, answer)
	}
	if code, answer := s.ask("POST", "/api/v1/actionables", `{"name":"X"} {}`); code != 400 {
		t.Errorf("two values: got %d %v", code, answer)
	}
}

// Ensure that triggers can be tried on pasted text before they are kept.
func TestTriggersCanBeTried(t *testing.T) {
	s := newSite(t, nil)
	code, answer := s.ask("POST", "/api/v1/actionables/test", map[string]any{"triggers": ticket["triggers"], "text": "T-1 and T-22"})
	if code != 200 || answer["hits"] != 2.0 {
		t.Fatalf("got %d %v, want 2 hits", code, answer)
	}
	if whole, _, values := texts(answer); whole != "T-1 and T-22" || fmt.Sprint(values) != "[1 22]" {
		t.Errorf("got %q %q", whole, values)
	}
}
