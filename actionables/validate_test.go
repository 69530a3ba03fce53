package actionables

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// valid is an actionable with nothing wrong.
func valid() Actionable {
	return Actionable{
		Name:     "Address",
		Triggers: []Trigger{{Pattern: `[0-9.]+`, On: OnClick}},
		Actions:  []Action{{Name: "Search", Kind: KindSearch, Query: "{value}"}},
	}
}

func TestValidateSaysWhatAndWhere(t *testing.T) {
	tests := []struct {
		name   string
		change func(a *Actionable)
		want   string // the whole message; empty: valid
	}{
		{"valid", func(a *Actionable) {}, ""},
		{"nothing in it yet", func(a *Actionable) { a.Triggers, a.Actions = nil, nil }, ""},
		{"no name", func(a *Actionable) { a.Name = " " }, "name: missing"},
		{"long name", func(a *Actionable) { a.Name = strings.Repeat("ä", 65) }, "name: 130 bytes, at most 128"},
		{"name of 128", func(a *Actionable) { a.Name = strings.Repeat("ä", 64) }, ""},
		{"bytes", func(a *Actionable) { a.Name = "\xff" }, "name: not UTF-8"},
		{"long label", func(a *Actionable) { a.MenuLabel = strings.Repeat("x", 129) }, "menu_label: 129 bytes, at most 128"},
		{"long description", func(a *Actionable) { a.Description = strings.Repeat("x", 5000) }, "description: 5000 bytes, at most 4096"},
		{"many triggers", func(a *Actionable) { a.Triggers = make([]Trigger, 65) }, "triggers: 65 triggers, at most 64"},
		{"many actions", func(a *Actionable) { a.Actions = make([]Action, 65) }, "actions: 65 actions, at most 64"},
		{"64 of each", func(a *Actionable) {
			a.Triggers, a.Actions = slices.Repeat(a.Triggers, 64), slices.Repeat(a.Actions, 64)
		}, ""},
		{"pattern", func(a *Actionable) { a.Triggers = append(a.Triggers, Trigger{Pattern: "ä("}) }, "trigger 2: pattern: column 2: ( is never closed"},
		{"disabled pattern", func(a *Actionable) { a.Triggers[0] = Trigger{Pattern: "(", Disabled: true} }, "trigger 1: pattern: column 1: ( is never closed"},
		{"on", func(a *Actionable) { a.Triggers[0].On = "hover" }, `trigger 1: on: "hover": want click or selection`},
		{"as", func(a *Actionable) { a.Triggers[0].As = "hash" }, `trigger 1: as: "hash": want address, domain or nothing`},
		{"action name", func(a *Actionable) { a.Actions[0].Name = "" }, "action 1: name: missing"},
		{"kind", func(a *Actionable) { a.Actions[0].Kind = "shell" }, `action 1: kind: "shell": want search, saved, packets, url, webhook or copy`},
	}
	for _, tt := range tests {
		a := valid()
		tt.change(&a)
		err := a.Validate()
		if got := message(err); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		var bad *InvalidError
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("%s: got %T, want *InvalidError", tt.name, err)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestValidateActions(t *testing.T) {
	tests := []struct {
		a    Action
		want string // in the message; empty: valid
	}{
		{Action{Kind: KindSearch}, "query: missing"},
		{Action{Kind: KindSearch, Query: "{nope}"}, "query: column 1: {nope}: unknown"},
		{Action{Kind: KindSearch, Query: "ä {value"}, "query: column 3: { is never closed"},
		{Action{Kind: KindSearch, Query: "{value|rot13}"}, `unknown encoder "rot13"`},
		{Action{Kind: KindSearch, Query: "{field:}"}, "missing name"},
		{Action{Kind: KindSearch, Query: "{field}"}, "unknown"},
		{Action{Kind: KindSearch, Query: "{value:x}"}, "unknown"},
		{Action{Kind: KindSearch, Query: "{}"}, "unknown"},
		{Action{Kind: KindSearch, Query: "{time-5}"}, "want a duration"},
		{Action{Kind: KindSearch, Query: "{time-}"}, "want a duration"},
		{Action{Kind: KindSearch, Query: "a OR ({value}"}, "query: column "},
		{Action{Kind: KindSearch, Query: "ä {value} src:"}, "query: column 15: "},
		{Action{Kind: KindSearch, Query: `"{value}"`}, "can't stand inside quotes"},
		{Action{Kind: KindSearch, Query: `x "a {value} b"`}, "query: column 6: a placeholder"},
		{Action{Kind: KindSearch, Query: `/{value}/`}, "can't stand inside quotes, a /pattern/"},
		{Action{Kind: KindSearch, Query: `f:/a{value}/`}, "a /pattern/"},
		{Action{Kind: KindSearch, Query: `src:{value}`}, ""},
		{Action{Kind: KindSearch, Query: `(src:{value})`}, ""},
		{Action{Kind: KindSearch, Query: `"src:{value} x"`}, "query: column "},
		{Action{Kind: KindSearch, Query: `/x {value} y/`}, "a /pattern/"},
		{Action{Kind: KindSearch, Query: `f:/x {value}/i`}, "a /pattern/"},
		{Action{Kind: KindSearch, Query: `{value}:x`}, "name of a field"},
		{Action{Kind: KindSearch, Query: `x{value}`}, "or a word"},
		{Action{Kind: KindSearch, Query: `{value}*`}, "or a word"},
		{Action{Kind: KindSearch, Query: `{value}{value}`}, "or a word"},
		{Action{Kind: KindSearch, Query: `SSL::{value}`}, "or a word"},
		{Action{Kind: KindSearch, Query: `id.src:{value} f:={value} "a b":{value} tag:{value}`}, ""},
		{Action{Kind: KindSearch, Query: "plain"}, ""},
		{Action{Kind: KindURL}, "url: missing"},
		{Action{Kind: KindURL, URL: "javascript:{value}"}, "url: column 1: want http://HOST"},
		{Action{Kind: KindURL, URL: "javascript://x/{value}"}, "url: column 1: want http://HOST"},
		{Action{Kind: KindURL, URL: "{value}"}, "url: column 1: a placeholder can't stand in the scheme or the host"},
		{Action{Kind: KindURL, URL: "http{value}://x/"}, "url: column 5: a placeholder can't"},
		{Action{Kind: KindURL, URL: "https://{value}/"}, "url: column 9: a placeholder can't"},
		{Action{Kind: KindURL, URL: "https://x{value}"}, "url: column 10: a placeholder can't"},
		{Action{Kind: KindURL, URL: "https://x:{value}/"}, "a placeholder can't"},
		{Action{Kind: KindURL, URL: "https://x:8a/{value}"}, "no address"},
		{Action{Kind: KindURL, URL: "https:///{value}"}, "want http://HOST"},
		{Action{Kind: KindURL, URL: "https://good@evil/{value}"}, "user and password"},
		{Action{Kind: KindURL, URL: `https://x\{value}/`}, "a placeholder can't"},
		{Action{Kind: KindURL, URL: `https://x/a\b{value}`}, "url: column 12: "},
		{Action{Kind: KindURL, URL: "https://x/{{ {value}"}, "url: column 13: ' ' can't stand in an address: write %20"},
		{Action{Kind: KindURL, URL: "https://x/../{value}"}, "lead elsewhere"},
		{Action{Kind: KindURL, URL: "//x/{value}"}, "want http://HOST"},
		{Action{Kind: KindURL, URL: "https://x/{value}"}, ""},
		{Action{Kind: KindURL, URL: "https://[::1]:8080/{value}"}, ""},
		{Action{Kind: KindPackets}, "host: missing"},
		{Action{Kind: KindPackets, Host: "nobody"}, `host: "nobody" is no IP address`},
		{Action{Kind: KindPackets, Host: "10.0.0.1"}, ""},
		{Action{Kind: KindPackets, Host: "{value}", Port: "http"}, `port: "http" is no port`},
		{Action{Kind: KindPackets, Host: "{value}", Before: "5"}, `before: "5": want a duration`},
		{Action{Kind: KindPackets, Host: "{value}", After: "-5m"}, `after: "-5m": want 0s to`},
		{Action{Kind: KindPackets, Host: "{value}", After: "10000h"}, `want 0s to 744h`},
		{Action{Kind: KindSearch, Query: strings.Repeat("x", MaxText+1)}, "query: 4097 bytes"},
	}
	for _, tt := range tests {
		tt.a.Name = "act"
		a := Actionable{Name: "n", Actions: []Action{tt.a}}
		got := message(a.Validate())
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%+v: got %q, want %q in it", tt.a, got, tt.want)
		}
	}
}

// Ensure the JSON is that of docs/api.md, in both directions.
func TestJSONIsThatOfTheInterface(t *testing.T) {
	const want = `{"id":"address","name":"Address","description":"","menu_label":"","disabled":false,"shipped":true,"version":1,"updated":"2020-05-01T07:09:23Z",` +
		`"triggers":[{"pattern":"x","on":"click","disabled":false}],` +
		`"actions":[{"name":"Search this address","kind":"search","query":"{value}"},` +
		`{"name":"Packets of this host","kind":"packets","host":"{value}","before":"5m","after":"5m"},` +
		`{"name":"Look it up","kind":"url","url":"https://inventory.example/host/{value}"}]}`
	var a Actionable
	if err := json.Unmarshal([]byte(want), &a); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(a); string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if err := a.Validate(); err != nil {
		t.Error(err)
	}
}
