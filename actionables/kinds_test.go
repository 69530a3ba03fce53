package actionables

import (
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Ensure every placeholder and every encoder gives what its name says.
func TestPlaceholdersAndEncoders(t *testing.T) {
	e := line()
	e.Tag = "zeek.http"
	e.Raw = []byte(`{"a":"b c"}`)
	e.From, e.To = time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC), time.Date(2020, 5, 2, 0, 0, 0, 0, time.UTC)
	tests := []struct{ text, value, want string }{
		{"{value}", "a b", "a b"},
		{"{value|url}", "a b/ü", "a%20b%2F%C3%BC"},
		{"{value|base64}", "a\xff", "Yf8="},
		{"{value|defang}", "10.0.0.1", "10[.]0[.]0[.]1"},
		{"{value|defang}", "http://a.b/c.d", "hxxp://a[.]b/c.d"},
		{"{value|defang}", "HTTPS://a.b?c.d", "hxxps://a[.]b?c.d"},
		{"{value|defang}", "u@a.b", "u[@]a[.]b"},
		{"{value|defang}", "fe80::1", "fe80[:]:1"},
		{"{value|json}", "a\"b\n<", `"a\"b\n\u003c"`},
		{"{value|query}", `a b`, `"a b"`},
		{"{value|upper} {value|lower}", "aB", "AB ab"},
		{"{value|host}", "https://www.example.com:8443/x", "www.example.com"},
		{"{value|host}", "bob@example.org", "example.org"},
		{"{value|host}", "[fe80::1]:80", "fe80::1"},
		{"{value|address}", "FE80:0::1%eth0", "fe80::1"},
		{"{value|base64|url}", "??>", "Pz8%2B"},
		{"{value|upper|base64}", "a", "QQ=="},
		{"{field:uid}", "-", "CDtsGz4sH4Wl9FwAs"},
		{"{field:odd name|upper}", "-", "X"},
		{"{time}", "-", "2020-05-01T07:09:23.457737Z"},
		{"{time-5m}", "-", "2020-05-01T07:04:23.457737Z"},
		{"{time+1h30m}", "-", "2020-05-01T08:39:23.457737Z"},
		{"{time+duration}", "-", "2020-05-01T07:16:03.957738Z"},
		{"{time+duration+1s}", "-", "2020-05-01T07:16:04.957738Z"},
		{"{time|unix} {time|ms}", "-", "1588316963 1588316963457"},
		{"{from} {to-1h|unix}", "-", "2020-05-01T00:00:00Z 1588374000"},
		{"{tag} {src} {id}", "-", "zeek.http 100 AbC_-"},
		{"{entry}", "-", "https://spoor.example/?entry=AbC_-"},
		{"{raw}", "-", `{"a":"b c"}`},
		{"{raw|url}", "-", "%7B%22a%22%3A%22b%20c%22%7D"},
		{"{{value}}", "-", "{value}"},
	}
	for _, tt := range tests {
		x, err := Expand(Action{Name: "a", Kind: KindCopy, Text: tt.text}, tt.value, e)
		if err != nil || x.Text != tt.want {
			t.Errorf("%s with %q: got %q, %v, want %q", tt.text, tt.value, x.Text, err, tt.want)
		}
	}
}

// Ensure what can't be filled in is refused before anything is done.
func TestPlaceholdersThatCantBeFilled(t *testing.T) {
	e := line()
	e.Tag = "syslog"
	for text, want := range map[string]string{
		"{from}":            "no beginning",
		"{to}":              "no end",
		"{raw}":             "is empty here",
		"{time+duration}":   "only lines of Zeek",
		"{value|address}":   `"x" is no IP address`,
		"{value|unix}":      `"x" is no time`,
		"{field:none|host}": `no field "none"`,
	} {
		_, err := Expand(Action{Name: "a", Kind: KindCopy, Text: text}, "x", e)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", text, err, want)
		}
	}
}

func webhook(body string, kind BodyType) Action {
	return Action{Name: "w", Kind: KindWebhook, URL: "https://h.example/x?v={value}", Body: body, BodyType: kind, Headers: []Header{{"x-value", "v={value|base64}"}}}
}

// Ensure whatever the value, the body is JSON with that value in it, and a
// form with it.
func TestValueStaysInItsPlaceInABody(t *testing.T) {
	for _, v := range hostiles {
		checkBody(t, v)
	}
}

func checkBody(t *testing.T, v string) {
	t.Helper()
	x, err := Expand(webhook(`{"a": {value}, "b": "pre {value} post", "c": {"d": [{value|base64}, {src}, {time|unix}]}}`, BodyJSON), v, line())
	if v == "" {
		return
	}
	if err != nil {
		t.Errorf("%q: got %v", v, err)
		return
	}
	var got struct {
		A, B string
		C    struct{ D []any }
	}
	shown, _ := Show([]byte(v))
	if err := json.Unmarshal([]byte(x.Request.Body), &got); err != nil || got.A != shown || got.B != "pre "+shown+" post" || len(got.C.D) != 3 || got.C.D[1] != 100.0 {
		t.Errorf("%q: got %s, which is %+v, %v", v, x.Request.Body, got, err)
	}
	if x, err = Expand(webhook(`a={value}&b=1`, BodyForm), v, line()); err != nil {
		t.Errorf("%q: got %v", v, err)
		return
	}
	form, err := url.ParseQuery(x.Request.Body)
	if err != nil || len(form) != 2 || form.Get("a") != v || form.Get("b") != "1" {
		t.Errorf("%q: got %s, %v", v, x.Request.Body, err)
	}
	for _, h := range x.Request.Headers {
		if strings.ContainsAny(h.Value, "\r\n\x00") {
			t.Errorf("%q: got header %q", v, h)
		}
	}
}

func FuzzExpandBody(f *testing.F) {
	for _, v := range hostiles {
		f.Add(v)
	}
	f.Fuzz(checkBody)
}

// FuzzBodyTemplate: a template of JSON that is accepted gives JSON with any
// value.
func FuzzBodyTemplate(f *testing.F) {
	for _, s := range []string{`{"a": {value}}`, `"{value}"`, `[{value},"x{value}\"{value}"]`, `{"{value}": 1}`, `{}`, `{"a": "\\{value}"}`, `{"a": {time|ms}}`} {
		f.Add(s, `"},{"x":"`)
	}
	f.Fuzz(func(t *testing.T, template, v string) {
		x, err := Expand(Action{Name: "w", Kind: KindWebhook, URL: "https://h.example/", Body: template}, v, line())
		if err == nil && template != "" && !json.Valid([]byte(x.Request.Body)) {
			t.Errorf("%q with %q: got %q", template, v, x.Request.Body)
		}
	})
}

func TestWebhookIsChecked(t *testing.T) {
	ok := webhook(`{"a": {value}}`, "")
	tests := []struct {
		change func(a *Action)
		want   string // empty: valid
	}{
		{func(a *Action) {}, ""},
		{func(a *Action) { a.URL = "/own" }, "goes to another host"},
		{func(a *Action) { a.URL = "https://{value}/" }, "scheme or the host"},
		{func(a *Action) { a.Method = "TRACE" }, "want one of"},
		{func(a *Action) { a.Method = "GET" }, "GET has no body"},
		{func(a *Action) { a.Timeout = "2m" }, "timeout: \"2m\""},
		{func(a *Action) { a.MaxAnswer = 2 << 20 }, "max_answer"},
		{func(a *Action) { a.BodyType = "xml" }, "body_type"},
		{func(a *Action) { a.Body = `{"a": {value}` }, "no JSON"},
		{func(a *Action) { a.Body = `{"a": x{value}}` }, "body: column 7: no JSON"},
		{func(a *Action) { a.Body = `{"a": "\{value}"}` }, "behind a backslash"},
		{func(a *Action) { a.Body = `{"a": {valeu}}` }, "unknown"},
		{func(a *Action) { a.Headers = []Header{{"bad name", "x"}} }, "no name of a header"},
		{func(a *Action) { a.Headers = []Header{{"referer", "x"}} }, "Referer can't be set"},
		{func(a *Action) { a.Headers = []Header{{"x", "a\nb"}} }, "control characters"},
		{func(a *Action) { a.Query = "x" }, "query: has no meaning"},
		{func(a *Action) { a.Open = OpenModal }, "open: has no meaning"},
	}
	for _, tt := range tests {
		a := ok
		tt.change(&a)
		got := message((&Actionable{Name: "n", Actions: []Action{a}}).Validate())
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%+v: got %q, want %q in it", a, got, tt.want)
		}
	}
	_, err := Expand(webhookHeader("{value}"), "a\r\nX: y", line())
	var bad *ExpandError
	if !errors.As(err, &bad) || !strings.Contains(bad.Reason, "can't stand in the header") {
		t.Errorf("got %v", err)
	}
}

func webhookHeader(value string) Action {
	return Action{Name: "w", Kind: KindWebhook, URL: "https://h.example/", Headers: []Header{{"X-V", value}}}
}

func TestOwnPagesAndFallbacks(t *testing.T) {
	x, err := Expand(Action{Name: "a", Kind: KindURL, URL: "/fleet?q=host {value}", Open: OpenModal, Width: 75}, "8.8.8.8", line())
	if err == nil {
		t.Errorf("a blank in an address: got %s", x.URL)
	}
	x, err = Expand(Action{Name: "a", Kind: KindURL, URL: "/fleet?q=host%20{value}", Open: OpenModal, Width: 75}, "//evil.example/", line())
	if err != nil || x.URL != "/fleet?q=host%20%2F%2Fevil.example%2F" || x.Open != OpenModal || x.Width != 75 || x.Height != 80 {
		t.Errorf("got %+v, %v", x, err)
	}
	for _, text := range []string{"/{value}", "/a/{value}"} {
		if x, err := Expand(Action{Name: "a", Kind: KindURL, URL: text}, "/evil.example", line()); err != nil || strings.HasPrefix(x.URL, "//") {
			t.Errorf("%s: got %s, %v", text, x.URL, err)
		}
	}
	links := Action{Name: "a", Kind: KindURL, URL: "https://x.example/{field:none}", Fallbacks: []string{"https://y.example/{field:empty}", "https://z.example/{field:uid}"}}
	x, err = Expand(links, "v", line())
	if err != nil || x.URL != "https://z.example/CDtsGz4sH4Wl9FwAs" || len(x.Sent) != 1 {
		t.Errorf("got %+v, %v", x, err)
	}
	if got := strings.Join(links.Hosts(), " "); got != "x.example y.example z.example" {
		t.Errorf("got %s", got)
	}
	links.Fallbacks = links.Fallbacks[:1]
	if _, err := Expand(links, "v", line()); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v, want the error of the first", err)
	}
}

func TestSearchTakesPipesTimesAndSavedSearches(t *testing.T) {
	e := line()
	e.Saved = func(name string) (string, bool) {
		text, ok := map[string]string{"beacons": `tag:zeek.conn {value} /a{2}/ | top 5 id.resp_h`, "plain": ""}[name]
		return text, ok
	}
	x, err := Expand(Action{Name: "a", Kind: KindSearch, Query: "{value} | top 10 id.resp_h", From: "{time-5m}", To: "{time+5m}"}, "a b", e)
	if err != nil || x.Query != `"a b" | top 10 id.resp_h` || x.To.Sub(x.From) != 10*time.Minute {
		t.Errorf("got %+v, %v", x, err)
	}
	x, err = Expand(Action{Name: "a", Kind: KindSaved, Saved: "beacons"}, "8.8.8.8", e)
	if err != nil || x.Kind != KindSearch || x.Query != `tag:zeek.conn 8.8.8.8 /a{2}/ | top 5 id.resp_h` {
		t.Errorf("got %+v, %v", x, err)
	}
	for _, a := range []Action{{Name: "a", Kind: KindSaved, Saved: "gone"}, {Name: "a", Kind: KindSearch, Query: "x", From: "{value}"}, {Name: "a", Kind: KindSearch, Query: "x", From: "{time+1h}", To: "{time}"}} {
		if x, err := Expand(a, "8.8.8.8", e); err == nil {
			t.Errorf("%+v: got %+v, want an error", a, x)
		}
	}
}

func TestConditionsHold(t *testing.T) {
	at := Place{Tag: "zeek.conn", Field: line().Field}
	tests := []struct {
		c     *Condition
		value string
		at    Place
		want  bool
	}{
		{nil, "x", Place{}, true},
		{&Condition{}, "x", Place{}, true},
		{&Condition{Tags: []string{"zeek.*"}}, "x", at, true},
		{&Condition{Tags: []string{"syslog", "zeek.conn"}}, "x", at, true},
		{&Condition{Tags: []string{"*.con"}}, "x", at, false},
		{&Condition{Tags: []string{"zeek.*"}}, "x", Place{}, false},
		{&Condition{Has: []string{"uid"}}, "x", at, true},
		{&Condition{Has: []string{"uid", "none"}}, "x", at, false},
		{&Condition{Has: []string{"empty"}}, "x", at, false},
		{&Condition{Fields: []string{"none", "id.resp_h"}}, "192.168.0.4", at, true},
		{&Condition{Fields: []string{"id.resp_h"}}, "10.0.0.1", at, false},
		{&Condition{Fields: []string{"id.resp_h"}}, "10.0.0.1", Place{Names: []string{"dest_ip", "id.resp_h"}}, true},
		{&Condition{Fields: []string{"id.orig_h"}}, "192.168.0.4", Place{Field: at.Field, Names: []string{"id.resp_h"}}, false},
		{&Condition{Address: PublicAddress}, "8.8.8.8", Place{}, true},
		{&Condition{Address: PublicAddress}, "10.0.0.1", Place{}, false},
		{&Condition{Address: PrivateAddress}, "fe80::1", Place{}, true},
		{&Condition{Address: PrivateAddress}, "host", Place{}, false},
	}
	for _, tt := range tests {
		if got := tt.c.Holds(tt.value, tt.at); got != tt.want {
			t.Errorf("%+v for %s at %v: got %v", tt.c, tt.value, tt.at.Names, got)
		}
	}
	m, err := NewMatcher([]Actionable{{ID: "a", When: &Condition{Tags: []string{"zeek.*"}, Fields: []string{"uid"}}, Triggers: []Trigger{{Pattern: `\w+`}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := list(m.ScanAt([]byte("x CDtsGz4sH4Wl9FwAs y"), at)); got != "a:CDtsGz4sH4Wl9FwAs@2" {
		t.Errorf("got %s", got)
	}
	if got := m.Refs("CDtsGz4sH4Wl9FwAs", Place{Tag: "zeek.x", Names: []string{"uid"}}); len(got) != 1 {
		t.Errorf("a cell: got %v", got)
	}
}

func TestPrivateFindsAddressesThatMustStay(t *testing.T) {
	for text, want := range map[string]string{"8.8.8.8": "", "x 10.0.0.1 y": "10.0.0.1", "http://[fe80::1]/": "fe80::1", "plain": ""} {
		a, found := Private([]string{"8.8.4.4", text})
		if found != (want != "") || found && a != netip.MustParseAddr(want) {
			t.Errorf("%s: got %v, want %q", text, a, want)
		}
	}
}

func TestTrialCountsAndWarns(t *testing.T) {
	trial, err := NewTrial([]Trigger{{Pattern: `\d`}, {Pattern: `[0-9]+ms`, On: OnSelection}, {Pattern: "x", Disabled: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		trial.Line("id", []byte("took 1234567890123ms"), Place{})
	}
	trial.Line("last", []byte("nothing"), Place{})
	r := trial.Result()
	if r.Entries != 21 || r.Lines != 20 || r.Hits != 20 || r.Triggers[1].Hits != 20 || r.Triggers[0].Hits != 260 || r.Triggers[2].Hits != 0 || r.Values[0] != (CountedWord{"1234567890123ms", 20}) {
		t.Errorf("got %+v", r)
	}
	if !strings.Contains(r.Noisy, "underlines") {
		t.Errorf("got %q", r.Noisy)
	}
	var bad *InvalidError
	if _, err := NewTrial([]Trigger{{Pattern: "a"}, {Pattern: `(?=x)`}}, nil); !errors.As(err, &bad) || bad.Trigger != 1 || bad.Column != 1 || !utf8.ValidString(bad.Reason) {
		t.Errorf("got %v", err)
	}
}
