package ui

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// stored ingests a line of Zeek and returns the entry's ID.
func (s site) stored(line string) string {
	s.t.Helper()
	s.ingest("", line+"\n")
	_, answer := s.ask("GET", search("C1"), nil)
	return answer["entries"].([]any)[0].(map[string]any)["id"].(string)
}

const connLine = `{"_path":"conn","ts":1588316963.5,"uid":"C1abcdefghijklmno","id.orig_h":"10.0.1.5","id.orig_p":60997,"id.resp_h":"8.8.8.8","id.resp_p":53,"proto":"udp","duration":1.5,"note":"C1"}`

// other is another host's server, and what it was asked.
func other(t *testing.T) (host string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"), body))
		if r.URL.Path == "/framed" {
			w.Header().Set("X-Frame-Options", "DENY")
		}
		fmt.Fprint(w, `{"ticket":7}`)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	must(t, err)
	return u.Host, asked
}

// allow puts a host on the list.
func (s site) allow(host string, neverPrivate bool) {
	s.t.Helper()
	_, now := s.ask("GET", "/api/v1/egress", nil)
	code, answer := s.ask("PUT", "/api/v1/egress", map[string]any{
		"hosts": []any{map[string]any{"host": host}}, "never_private": neverPrivate, "version": now["version"],
	})
	if code != 200 {
		s.t.Fatalf("allow %s: got %d %v", host, code, answer)
	}
}

func (s site) make(a map[string]any) {
	s.t.Helper()
	if code, answer := s.ask("POST", "/api/v1/actionables", a); code != 201 {
		s.t.Fatalf("create: got %d %v", code, answer)
	}
}

// Ensure that nothing leaves for another host before it is allowed, that what
// leaves is what was shown, and that all of it is in the audit log.
func TestWebhookGoesThroughTheGate(t *testing.T) {
	s := newSite(t, nil)
	id := s.stored(connLine)
	host, asked := other(t)
	s.make(map[string]any{"name": "Hook", "triggers": []any{}, "actions": []any{map[string]any{
		"name": "Ticket", "kind": "webhook", "url": "http://" + host + "/new?u={field:uid}", "body": `{"v": {value}, "line": "{entry}", "p": {field:proto}}`,
	}}})
	run := func(value string) (int, map[string]any) {
		return s.ask("POST", "/api/v1/actionables/hook/run", map[string]any{"action": 0, "value": value, "entry": id})
	}
	code, x := s.ask("POST", "/api/v1/actionables/hook/expand", map[string]any{"action": 0, "value": `a"b`, "entry": id})
	if code != 200 || x["leaves"] != true || x["allowed"] != false || x["method"] != "POST" || x["host"] != host {
		t.Errorf("preview: got %d %v", code, x)
	}
	if code, answer := run("v"); code != 403 || answer["host"] != host || len(*asked) != 0 {
		t.Errorf("before it is allowed: got %d %v, %q", code, answer, *asked)
	}
	s.allow(host, true)
	if code, answer := run("10.0.0.1"); code != 403 || !strings.Contains(answer["error"].(string), "10.0.0.1") || len(*asked) != 0 {
		t.Errorf("a private address: got %d %v", code, answer)
	}
	code, x = run(`a"b`)
	answer, _ := x["answer"].(map[string]any)
	if code != 200 || answer["status"] != 200.0 || answer["body"] != `{"ticket":7}` {
		t.Fatalf("got %d %v", code, x)
	}
	want := fmt.Sprintf(`POST /new?u=C1abcdefghijklmno application/json {"v": "a\"b", "line": "%s/?entry=%s", "p": "udp"}`, s.URL, url.QueryEscape(id))
	if len(*asked) != 1 || (*asked)[0] != want {
		t.Errorf("got %q, want %q", *asked, want)
	}
	_, log := s.ask("GET", "/api/v1/audit?limit=2", nil)
	events := log["audit"].([]any)
	first := events[0].(map[string]any)
	if len(events) != 2 || first["outcome"] != "sent" || first["status"] != 200.0 || first["actionable"] != "hook" || events[1].(map[string]any)["outcome"] != "refused" || log["next"] == nil {
		t.Errorf("got %v", log)
	}
}

// Ensure that a page opens in a frame only where the other site lets it, and
// says why not; and that the page's policy names the hosts allowed and no other.
func TestModalFallsBackToATabWithAReason(t *testing.T) {
	s := newSite(t, nil)
	host, _ := other(t)
	s.make(map[string]any{"name": "Look", "triggers": []any{}, "actions": []any{
		map[string]any{"name": "a", "kind": "url", "url": "http://" + host + "/framed", "open": "modal"},
		map[string]any{"name": "b", "kind": "url", "url": "http://" + host + "/fine", "open": "modal", "width": 75},
		map[string]any{"name": "c", "kind": "url", "url": "/fleet?q=host%20{value}", "open": "modal"},
		map[string]any{"name": "d", "kind": "url", "url": s.URL + "/fleet?q={value}"},
	}})
	run := func(action int) (int, map[string]any) {
		return s.ask("POST", "/api/v1/actionables/look/run", map[string]any{"action": action, "value": "8.8.8.8"})
	}
	policyOf := func() string {
		answer, err := s.Client().Get(s.URL + "/")
		must(t, err)
		answer.Body.Close()
		return answer.Header.Get("Content-Security-Policy")
	}
	if p := policyOf(); strings.Contains(p, "frame-src") {
		t.Errorf("nothing is allowed: got %s", p)
	}
	if code, _ := run(1); code != 403 {
		t.Errorf("got %d, want 403", code)
	}
	s.allow(host, true)
	if p := policyOf(); !strings.HasSuffix(p, "; frame-src https://"+host+" http://"+host) {
		t.Errorf("got %s", p)
	}
	if code, x := run(0); code != 200 || x["open"] != "tab" || !strings.Contains(x["reason"].(string), "X-Frame-Options: DENY") {
		t.Errorf("got %d %v", code, x)
	}
	if code, x := run(1); code != 200 || x["open"] != "modal" || x["width"] != 75.0 || x["reason"] != nil {
		t.Errorf("got %d %v", code, x)
	}
	if code, x := run(2); code != 200 || x["url"] != "/fleet?q=host%208.8.8.8" || x["leaves"] != false {
		t.Errorf("got %d %v", code, x)
	}
	if code, x := run(3); code != 200 || x["url"] != "/fleet?q=8.8.8.8" || x["leaves"] != false {
		t.Errorf("our own address: got %d %v", code, x)
	}
}

// Ensure that the host of a page is not even asked whether it may be framed
// before that is in the audit log.
func TestAuditComesBeforeTheLookAtAPage(t *testing.T) {
	s := newSite(t, nil)
	logged := -1 // when the host was asked
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		_, log := s.ask("GET", "/api/v1/audit", nil)
		logged = len(log["audit"].([]any))
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	s.make(map[string]any{"name": "Look", "triggers": []any{}, "actions": []any{
		map[string]any{"name": "a", "kind": "url", "url": "http://" + host + "/{value}", "open": "modal"},
	}})
	s.allow(host, true)
	if code, x := s.ask("POST", "/api/v1/actionables/look/run", map[string]any{"action": 0, "value": "8.8.8.8"}); code != 200 || x["open"] != "modal" {
		t.Errorf("got %d %v", code, x)
	}
	if logged != 1 {
		t.Errorf("got %d events when the host was asked, want 1", logged)
	}
}

// Ensure that a draft says where its condition keeps it out of the menu, with
// the line and the value that it would get.
func TestADraftSaysWhereItIsNotOffered(t *testing.T) {
	s := newSite(t, nil)
	id := s.stored(connLine)
	for _, at := range []struct {
		value string
		when  map[string]any
		want  bool
	}{
		{"8.8.8.8", map[string]any{"address": "public"}, true},
		{"10.0.1.5", map[string]any{"address": "public"}, false},
		{"8.8.8.8", map[string]any{"has": []any{"uid"}}, true},
		{"8.8.8.8", map[string]any{"has": []any{"none"}}, false},
		{"8.8.8.8", nil, true},
	} {
		draft := map[string]any{"name": "d", "kind": "copy", "text": "{value}"}
		if at.when != nil {
			draft["when"] = at.when
		}
		code, x := s.ask("POST", "/api/v1/actionables/expand", map[string]any{"value": at.value, "entry": id, "action": draft})
		_, refused := x["offered"]
		if code != 200 || refused == at.want || at.want && x["text"] != at.value {
			t.Errorf("%s under %v: got %d %v, want offered %v", at.value, at.when, code, x, at.want)
		}
	}
}

// Ensure that the menu has a part for each value, joins labels, and says what
// leaves, what can't be run and what is not meant for the line.
func TestMenuSaysWhatEachActionWouldDo(t *testing.T) {
	s := newSite(t, nil)
	id := s.stored(connLine)
	s.make(map[string]any{"name": "Mine", "menu_label": "Address", "triggers": []any{}, "actions": []any{
		map[string]any{"name": "no such field", "kind": "search", "query": "{field:none}"},
		map[string]any{"name": "only syslog", "kind": "copy", "text": "{value}", "when": map[string]any{"tags": []any{"syslog"}}},
		map[string]any{"name": "off", "kind": "copy", "text": "{value}", "disabled": true},
	}})
	code, answer := s.ask("POST", "/api/v1/actionables/menu", map[string]any{"entry": id, "matches": []any{
		map[string]any{"id": "address", "value": "8.8.8.8"}, map[string]any{"id": "mine", "value": "8.8.8.8"}, map[string]any{"id": "domain", "value": "x.example"}, map[string]any{"id": "gone", "value": "x"},
	}})
	if code != 200 {
		t.Fatalf("got %d %v", code, answer)
	}
	values := answer["values"].([]any)
	first := values[0].(map[string]any)
	menus := first["menus"].([]any)
	if len(values) != 2 || first["value"] != "8.8.8.8" || len(menus) != 1 {
		t.Fatalf("got %v", answer)
	}
	items := map[string]map[string]any{}
	for _, i := range menus[0].(map[string]any)["items"].([]any) {
		items[i.(map[string]any)["name"].(string)] = i.(map[string]any)
	}
	if i := items["VirusTotal"]; i["leaves"] != true || i["allowed"] != false || i["host"] != "www.virustotal.com" || !strings.Contains(i["error"].(string), "allow list") {
		t.Errorf("got %v", i)
	}
	if i := items["Packets of this connection"]; i["error"] != nil || i["kind"] != "packets" {
		t.Errorf("got %v", i)
	}
	if i := items["no such field"]; !strings.Contains(i["error"].(string), `no field "none"`) {
		t.Errorf("got %v", i)
	}
	if items["only syslog"] != nil || items["off"] != nil {
		t.Errorf("got %v", items)
	}
	code, x := s.ask("POST", "/api/v1/actionables/address/expand", map[string]any{"action": 2, "value": "8.8.8.8", "entry": id})
	if code != 200 || !strings.HasPrefix(x["filter"].(string), "host 10.0.1.5 and host 8.8.8.8 and port 60997 and port 53 and ") {
		t.Errorf("got %d %v", code, x)
	}
	if code, x := s.ask("POST", "/api/v1/actionables/expand", map[string]any{"value": "8.8.8.8", "entry": id, "action": map[string]any{"name": "d", "kind": "packets", "host": "{value}", "protocol": "{field:proto}", "max_packets": 5}}); code != 200 || !strings.Contains(x["filter"].(string), "udp") || x["max_packets"] != 5.0 {
		t.Errorf("a draft: got %d %v", code, x)
	}
	if code, x := s.ask("POST", "/api/v1/actionables/mine/run", map[string]any{"action": 1, "value": "v", "entry": id}); code != 400 {
		t.Errorf("a condition that does not hold: got %d %v", code, x)
	}
}

func TestSelectedTextHasItsTriggers(t *testing.T) {
	s := newSite(t, nil)
	s.make(map[string]any{"name": "Port", "triggers": []any{map[string]any{"pattern": `\d+`, "on": "selection"}}, "actions": []any{}})
	for selection, want := range map[bool]string{true: "port=443", false: ""} {
		code, answer := s.ask("POST", "/api/v1/actionables/match", map[string]any{"text": "443", "selection": selection})
		got := ""
		for _, m := range answer["matches"].([]any) {
			got += fmt.Sprint(m.(map[string]any)["id"], "=", m.(map[string]any)["value"])
		}
		if code != 200 || got != want {
			t.Errorf("selection %v: got %d %s, want %s", selection, code, got, want)
		}
	}
}

// Ensure that triggers are tried on what is stored, by the engine of the
// search.
func TestTriggersAreTriedOnStoredLines(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", strings.Repeat("user=bob from 10.0.0.1\n", 30)+"nobody\n")
	trigger := []any{map[string]any{"pattern": `user=(?P<u>\w+)`}}
	code, r := s.ask("POST", "/api/v1/actionables/test", map[string]any{"triggers": trigger, "last": 31})
	if code != 200 || r["entries"] != 31.0 || r["lines"] != 30.0 || r["hits"] != 30.0 || r["noisy"] != nil || len(r["samples"].([]any)) != 30 {
		t.Errorf("got %d %v", code, r)
	}
	if v := r["values"].([]any)[0].(map[string]any); v["value"] != "bob" || v["count"] != 30.0 {
		t.Errorf("got %v", v)
	}
	if code, r = s.ask("POST", "/api/v1/actionables/test", map[string]any{"triggers": trigger, "q": "nobody"}); code != 200 || r["entries"] != 1.0 || r["hits"] != 0.0 {
		t.Errorf("got %d %v", code, r)
	}
	if code, r = s.ask("POST", "/api/v1/actionables/test", map[string]any{"triggers": []any{map[string]any{"pattern": ".+"}}}); code != 200 || r["noisy"] == nil {
		t.Errorf("a noisy one: got %d %v", code, r)
	}
}

// Ensure the way of a file: a report without a change, the import, its undo,
// an export; and the order of the list.
func TestActionablesComeAndGoAsFiles(t *testing.T) {
	s := newSite(t, nil)
	const file = `[{"UUID":"u1","Name":"Kit","Description":"","Data":{"menuLabel":null,"triggers":["/\\bT\\d+\\b/g"],"actions":[{"name":"w","command":{"type":"url","reference":"https://www.whois.com/whois/_VALUE_","options":{}}},{"name":"d","command":{"type":"dashboard","reference":"x","options":{}}}]},"Labels":null}]`
	names := func() (ids []string) {
		_, answer := s.ask("GET", "/api/v1/actionables", nil)
		for _, a := range answer["actionables"].([]any) {
			ids = append(ids, a.(map[string]any)["id"].(string))
		}
		return ids
	}
	before := strings.Join(names(), " ")
	code, r := s.ask("POST", "/api/v1/actionables/import", map[string]any{"text": file, "dry": true})
	if code != 200 || r["dry"] != true || r["format"] != "gravwell" || r["kept"] != 1.0 || fmt.Sprint(r["hosts"]) != "[map[allowed:false host:www.whois.com]]" || strings.Join(names(), " ") != before {
		t.Errorf("dry: got %d %v", code, r)
	}
	if code, r = s.ask("POST", "/api/v1/actionables/import", map[string]any{"text": file}); code != 200 || names()[len(names())-1] != "kit" {
		t.Fatalf("got %d %v", code, r)
	}
	code, history := s.ask("GET", "/api/v1/actionables/history?limit=1", nil)
	change := history["history"].([]any)[0].(map[string]any)
	if code != 200 || change["what"] != "import" || change["n"] != r["change"] {
		t.Errorf("got %d %v", code, history)
	}
	ids := names()
	ids[0], ids[1] = ids[1], ids[0]
	if code, answer := s.ask("POST", "/api/v1/actionables/order", map[string]any{"ids": ids}); code != 200 || strings.Join(names(), " ") != strings.Join(ids, " ") {
		t.Errorf("order: got %d %v", code, answer)
	}
	if code, answer := s.ask("POST", "/api/v1/actionables/order", map[string]any{"ids": ids[1:]}); code != 409 {
		t.Errorf("order of some: got %d %v", code, answer)
	}
	code, report := s.ask("GET", "/api/v1/actionables/export?ids=kit,address&format=gravwell&report=1", nil)
	if code != 200 || report["actionables"] != 2.0 || len(report["notes"].([]any)) == 0 {
		t.Errorf("export: got %d %v", code, report)
	}
	if code, _ := s.ask("GET", "/api/v1/actionables/export?ids=gone", nil); code != 404 {
		t.Errorf("export of what is not there: got %d", code)
	}
	n := change["n"]
	if code, answer := s.ask("POST", fmt.Sprintf("/api/v1/actionables/history/%v/undo", n), map[string]any{}); code != 200 || answer["undoes"] != n {
		t.Errorf("undo: got %d %v", code, answer)
	}
	if code, answer := s.ask("POST", fmt.Sprintf("/api/v1/actionables/history/%v/undo", n), map[string]any{}); code != 409 {
		t.Errorf("undo twice: got %d %v", code, answer)
	}
	if code, answer := s.ask("POST", "/api/v1/actionables/import", map[string]any{"text": "what is this"}); code != 400 {
		t.Errorf("got %d %v", code, answer)
	}
	code, check := s.ask("POST", "/api/v1/actionables/check", map[string]any{"name": "", "triggers": []any{map[string]any{"pattern": "("}}, "actions": []any{map[string]any{"name": "a", "kind": "url", "url": "https://x.example/{value}"}}})
	if code != 200 || len(check["errors"].([]any)) != 2 || fmt.Sprint(check["leaves"]) != "[map[action:0 allowed:false host:x.example]]" {
		t.Errorf("check: got %d %v", code, check)
	}
}

// Ensure that the Community ID of a line that lacks it is shown, found, and
// leads to the same flow seen elsewhere.
func TestCommunityIDJoinsTheLogs(t *testing.T) {
	s := newSite(t, nil)
	s.stored(connLine)
	s.ingest("tag=eve", `{"timestamp":"2020-05-01T07:09:24Z","src_ip":"8.8.8.8","src_port":53,"dest_ip":"10.0.1.5","dest_port":60997,"proto":"UDP","alert":"x"}`+"\n")
	_, answer := s.ask("GET", search("C1"), nil)
	id, _ := answer["entries"].([]any)[0].(map[string]any)["fields"].(map[string]any)["community_id"].(string)
	if !strings.HasPrefix(id, "1:") {
		t.Fatalf("got %v", answer)
	}
	_, answer = s.ask("GET", search(`community_id:"`+id+`"`), nil)
	if answer["total"] != 2.0 {
		t.Errorf("%s: got %v, want both lines", id, answer)
	}
}
