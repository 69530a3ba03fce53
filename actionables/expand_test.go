package actionables

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"spoor/index/query"
)

// line is a line as in the story: a connection that lasted 400 seconds.
func line() Context {
	fields := map[string][]string{
		"uid":       {"CDtsGz4sH4Wl9FwAs"},
		"id.resp_h": {"192.168.0.4"},
		"id.resp_p": {"8080"},
		"tx_hosts":  {"192.168.0.4", "fe80::1", "192.168.0.4", "::ffff:10.0.0.1"},
		"empty":     {""},
		"odd name":  {"x"},
		"duration":  {"400.5"},
		"words":     {"a b"},
	}
	return Context{
		Field:  func(name string) []string { return fields[name] },
		Time:   time.Date(2020, 5, 1, 7, 9, 23, 457737000, time.UTC),
		Tag:    "zeek.http",
		Source: 100,
		Entry:  "AbC_-",
		Link:   "https://spoor.example/?entry=AbC_-",
	}
}

func TestExpandSearch(t *testing.T) {
	tests := []struct{ query, value, want string }{
		{`{value}`, `8.8.8.8`, `8.8.8.8`},
		{`src:100 {value}`, `a b`, `src:100 "a b"`},
		{`id.orig_h:{value} tag:zeek.*`, `10.0.1.5`, `id.orig_h:10.0.1.5 tag:zeek.*`},
		{`NOT ({value} OR x)`, `y`, `NOT (y OR x)`},
		{`uid:{field:uid}`, `-`, `uid:CDtsGz4sH4Wl9FwAs`},
		{`{field:odd name}`, `-`, `x`},
		{`{field:words}`, `-`, `"a b"`},
		{`src:{src} {value}`, `v`, `src:100 v`},
		{`src:{value}`, `0100`, `src:100`},
		{`-src:{value}`, `7`, `-src:7`},
		{`tag:{tag} {value}`, `v`, `tag:zeek.http v`},
		{`/x{{2}}/ {value}`, `v`, `/x{2}/ v`},
		{`{value}`, `a) OR src:1`, `"a) OR src:1"`},
		{`{value}`, `"`, query.Literal(`"`).String()},
		{`{value}`, `{tag}`, query.Literal(`{tag}`).String()},
		{`{value|url}`, `a b`, query.Literal(`a%20b`).String()},
	}
	for _, tt := range tests {
		x, err := Expand(Action{Name: "a", Kind: KindSearch, Query: tt.query}, tt.value, line())
		if err != nil || x.Query != tt.want || x.Kind != KindSearch {
			t.Errorf("%s with %q: got %q, %v, want %q", tt.query, tt.value, x.Query, err, tt.want)
		}
	}
}

// hostiles are values that try to leave their place.
var hostiles = []string{
	`"`, `""`, `\`, `\"`, `a"b`, `' OR 1`, `a b`, `&x=1`, `a%20b`, `%`, `%2e%2e`, "a\nb", "\r\nX: y", "\x00", `javascript:alert(1)`,
	"\xff\xfe", "ä€", `) OR src:1`, `x) OR (src:1`, `NOT`, `or`, `AND`, `-x`, `*`, `a*`, `/x/`, `//evil.example/`, `/../..`, `?q=1`, `#frag`,
	`src:1`, `tag:x`, `f:="v"`, `{value}`, `{{`, `}`, `<script>`, `+`, `;`, `|x`, `1e3`, `2020-05-01T00:00:00Z`, `10.0.0.1/8`, ` lead`, "tab\t", `(`, `:`, `a:b`, `::`, `=`, `[x]`, `"a"b"`,
	strings.Repeat("x", 3000),
}

// Ensure whatever the value, the query is the author's with that value in it
// and nothing else.
func TestValueStaysInItsPlaceInAQuery(t *testing.T) {
	for _, v := range hostiles {
		checkQuery(t, v)
	}
}

func checkQuery(t *testing.T, v string) {
	t.Helper()
	tests := []struct {
		template string
		want     query.Node
	}{
		{`{value}`, query.Literal(v)},
		{`f:{value}`, query.NewField("f", query.Literal(v))},
		{`name:={value}`, query.NewFieldEqual("name", query.Literal(v))},
		{`(x OR {value}) -{value}`, query.And(query.Or(query.NewWord("x"), query.Literal(v)), query.Not(query.Literal(v)))},
	}
	for _, tt := range tests {
		x, err := Expand(Action{Name: "a", Kind: KindSearch, Query: tt.template}, v, Context{})
		if err != nil {
			t.Errorf("%s with %q: got %v", tt.template, v, err)
			continue
		}
		n, err := query.Parse(x.Query)
		if err != nil || !query.Equal(n, tt.want) {
			t.Errorf("%s with %q: got %s, which is %v, %v, want %v", tt.template, v, x.Query, n, err, tt.want)
		}
	}
}

func TestExpandURL(t *testing.T) {
	tests := []struct{ url, value, want string }{
		{`https://inventory.example/host/{value}`, `10.0.0.1`, `https://inventory.example/host/10.0.0.1`},
		{`https://x/{value}`, `a b/c?d#e&f`, `https://x/a%20b%2Fc%3Fd%23e&f`},
		{`https://x/?q={value}`, `a b/c?d#e&f+g`, `https://x/?q=a%20b%2Fc%3Fd%23e%26f%2Bg`},
		{`https://x?q={value}`, `a`, `https://x?q=a`},
		{`HTTP://x:8080/#/{value}`, `a&b`, `HTTP://x:8080/#/a%26b`},
		{`https://x/{value|url}/y`, `a&b:c`, `https://x/a%26b%3Ac/y`},
		{`https://x/{value}`, `fe80::1`, `https://x/fe80::1`},
		{`https://x/?from={time-5m}&to={time+1h30m}&t={time}`, `v`, `https://x/?from=2020-05-01T07%3A04%3A23.457737Z&to=2020-05-01T08%3A39%3A23.457737Z&t=2020-05-01T07%3A09%3A23.457737Z`},
		{`https://x/{tag}/{src}/{id}/{field:uid}`, `v`, `https://x/zeek.http/100/AbC_-/CDtsGz4sH4Wl9FwAs`},
		{`https://x/{{{value}}}`, `v`, `https://x/{v}`},
		{`https://x`, `v`, `https://x`},
		{`https://x/?a={field:tx_hosts}`, `v`, `https://x/?a=192.168.0.4`},
	}
	for _, tt := range tests {
		x, err := Expand(Action{Name: "a", Kind: KindURL, URL: tt.url}, tt.value, line())
		if err != nil || x.URL != tt.want || x.Kind != KindURL {
			t.Errorf("%s with %q: got %q, %v, want %q", tt.url, tt.value, x.URL, err, tt.want)
		}
	}
}

// Ensure whatever the value, it is one segment of the path, one value of the
// query and the fragment, and scheme and host stay what the author wrote.
func TestValueStaysInItsPlaceInAURL(t *testing.T) {
	for _, v := range hostiles {
		checkAddress(t, v)
	}
}

func checkAddress(t *testing.T, v string) {
	t.Helper()
	a := Action{Name: "a", Kind: KindURL, URL: `https://h.example:1/p/{value}/s?q={value}&r=1#f={value}`}
	x, err := Expand(a, v, Context{})
	if v == "." || v == ".." || v == "" {
		if err == nil {
			t.Errorf("%q: got %s, want an error", v, x.URL)
		}
		return
	}
	if err != nil {
		t.Errorf("%q: got %v", v, err)
		return
	}
	u, err := url.Parse(x.URL)
	if err != nil {
		t.Errorf("%q: got %s, which is %v", v, x.URL, err)
		return
	}
	q, err := url.ParseQuery(u.RawQuery)
	got := fmt.Sprintf("%q", []string{u.Scheme, u.Host, u.Path, q.Get("q"), q.Get("r"), u.Fragment})
	want := fmt.Sprintf("%q", []string{"https", "h.example:1", "/p/" + v + "/s", v, "1", "f=" + v})
	if got != want || err != nil || len(q) != 2 || strings.Count(u.EscapedPath(), "/") != 3 {
		t.Errorf("%q: got %s from %s, %v, want %s", v, got, x.URL, err, want)
	}
	if i := strings.IndexFunc(x.URL, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"<>\\", c) }); i >= 0 {
		t.Errorf("%q: got %q in %s", v, x.URL[i], x.URL)
	}
}

func FuzzExpandQuery(f *testing.F) {
	for _, v := range hostiles {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if v != "" {
			checkQuery(t, v)
		}
	})
}

func FuzzExpandURL(f *testing.F) {
	for _, v := range append(hostiles, ".", "..") {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) { checkAddress(t, v) })
}

// FuzzTemplate: any template is refused with a column inside it, or gives
// what its kind promises or an *ExpandError.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{`{value}`, `"{value}"`, `/{value}/`, `x{value}y`, `src:{value}`, `https://x/{value}`, `https://{value}/`, `{{`, `{field:a}`, `{time-5m}`, `\"{value}\"`, `f:="{value}`} {
		f.Add(s, `a" OR (b`)
	}
	f.Fuzz(func(t *testing.T, template, v string) {
		for _, a := range []Action{{Name: "a", Kind: KindSearch, Query: template}, {Name: "a", Kind: KindURL, URL: template}, {Name: "a", Kind: KindPackets, Host: template}} {
			x, err := Expand(a, v, line())
			var bad *InvalidError
			var cant *ExpandError
			switch {
			case errors.As(err, &bad):
				if bad.Reason == "" || bad.Column > utf8.RuneCountInString(template)+1 {
					t.Errorf("%s %q: got column %d, %q", a.Kind, template, bad.Column, bad.Reason)
				}
			case errors.As(err, &cant):
			case err != nil:
				t.Errorf("%s %q: got %T", a.Kind, template, err)
			case a.Kind == KindSearch:
				checkSame(t, template, v, x.Query)
			case a.Kind == KindURL:
				u, err := url.Parse(x.URL)
				if err == nil && strings.HasPrefix(template, "/") && u.Host == "" && strings.HasPrefix(x.URL, "/") && !strings.HasPrefix(x.URL, "//") {
					continue // a page of Spoor's own
				}
				if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.HasPrefix(strings.ToLower(template), u.Scheme+"://"+strings.ToLower(u.Host)) {
					t.Errorf("%q with %q: got %s, %v", template, v, x.URL, err)
				}
			}
		}
	})
}

// checkSame sees to it that a value changes nothing about a query but itself:
// a template that was accepted reads the same with a word instead.
func checkSame(t *testing.T, template, v, got string) {
	t.Helper()
	n, err := query.Parse(got)
	if err != nil {
		t.Errorf("%q with %q: got %s, %v", template, v, got, err)
		return
	}
	if n == nil || !strings.Contains(template, "{value}") || strings.ContainsAny(v, "*") {
		return
	}
	if lit := query.Literal(v).String(); !strings.Contains(template, "src:") && !strings.Contains(got, lit) {
		t.Errorf("%q with %q: got %s, want %s in it", template, v, got, lit)
	}
}

func addrs(texts ...string) (out []netip.Addr) {
	for _, s := range texts {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// encloses says that a window is in whole seconds and less than one wider
// than asked at either end.
func encloses(x Expansion, from, to time.Time) bool {
	earlier, later := from.Sub(x.From), x.To.Sub(to)
	return x.From.Nanosecond() == 0 && x.To.Nanosecond() == 0 &&
		earlier >= 0 && earlier < time.Second && later >= 0 && later < time.Second
}

func TestExpandPackets(t *testing.T) {
	at := line().Time
	tests := []struct {
		a        Action
		value    string
		tag      string
		hosts    []netip.Addr
		ports    string
		from, to time.Time
	}{
		{Action{Host: "{value}"}, "8.8.8.8", "syslog", addrs("8.8.8.8"), "[]", at.Add(-5 * time.Minute), at.Add(5 * time.Minute)},
		{Action{Host: "{value}", Before: "1m30s", After: "0s"}, "FE80:0::1%eth0", "syslog", addrs("fe80::1"), "[]", at.Add(-90 * time.Second), at},
		{Action{Host: "{value}"}, "::ffff:10.0.0.1", "syslog", addrs("10.0.0.1"), "[]", at.Add(-5 * time.Minute), at.Add(5 * time.Minute)},
		{Action{Host: "{field:tx_hosts}"}, "x", "syslog", addrs("192.168.0.4", "fe80::1", "10.0.0.1"), "[]", at.Add(-5 * time.Minute), at.Add(5 * time.Minute)},
		{Action{Host: "{field:id.resp_h}", Port: "{field:id.resp_p}"}, "x", "syslog", addrs("192.168.0.4"), "[8080]", at.Add(-5 * time.Minute), at.Add(5 * time.Minute)},
		{Action{Host: "10.0.0.{value}", Port: "53"}, "7", "syslog", addrs("10.0.0.7"), "[53]", at.Add(-5 * time.Minute), at.Add(5 * time.Minute)},
		// The line's time is that of the first packet of 400 seconds.
		{Action{Host: "{value}", After: "1m"}, "8.8.8.8", "zeek.conn", addrs("8.8.8.8"), "[]", at.Add(-5 * time.Minute), at.Add(460500*time.Millisecond + time.Microsecond)},
	}
	for _, tt := range tests {
		e := line()
		e.Tag = tt.tag
		tt.a.Name, tt.a.Kind = "a", KindPackets
		x, err := Expand(tt.a, tt.value, e)
		if err != nil || fmt.Sprint(x.Packets.Hosts) != fmt.Sprint(tt.hosts) || fmt.Sprint(x.Packets.Ports) != tt.ports || !encloses(x, tt.from, tt.to) {
			t.Errorf("%+v with %q: got %+v, %v, want %v %v %v %v", tt.a, tt.value, x, err, tt.hosts, tt.ports, tt.from, tt.to)
		}
	}
}

// Ensure what can't be filled in is an error that says which placeholder and
// which value, before anything is sent.
func TestExpandSaysWhatIsMissing(t *testing.T) {
	many := line()
	many.Field = func(string) (v []string) {
		for i := range 300 {
			v = append(v, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
		}
		return v
	}
	tests := []struct {
		a     Action
		value string
		e     Context
		want  string
	}{
		{Action{Kind: KindSearch, Query: "{value}"}, "", line(), `{value}: is empty here`},
		{Action{Kind: KindSearch, Query: "{field:nope}"}, "v", line(), `{field:nope}: the line has no field "nope"`},
		{Action{Kind: KindSearch, Query: "{field:empty}"}, "v", line(), `{field:empty}: is empty here`},
		{Action{Kind: KindSearch, Query: "{field:uid}"}, "v", Context{}, `no line`},
		{Action{Kind: KindSearch, Query: "{src}"}, "v", Context{}, `{src}: the line has no source number`},
		{Action{Kind: KindSearch, Query: "src:{value}"}, "x OR y", line(), `"x OR y" is no source number`},
		{Action{Kind: KindURL, URL: "https://x/{tag}"}, "v", Context{}, `{tag}: is empty`},
		{Action{Kind: KindURL, URL: "https://x/{entry}"}, "v", Context{}, `{entry}: is empty`},
		{Action{Kind: KindURL, URL: "https://x/{time}"}, "v", Context{}, `{time}: there is no line`},
		{Action{Kind: KindURL, URL: "https://x/{value}/y"}, "..", line(), `lead elsewhere`},
		{Action{Kind: KindURL, URL: "https://x/.{value}"}, ".", line(), `lead elsewhere`},
		{Action{Kind: KindPackets, Host: "{value}"}, "host or not host", line(), `{value}: "host or not host" is no IP address`},
		{Action{Kind: KindPackets, Host: "{value}"}, strings.Repeat("x", 500), line(), strings.Repeat("x", 64) + `"... is no IP address`},
		{Action{Kind: KindPackets, Host: "{value}", Port: "{field:uid}"}, "8.8.8.8", line(), `is no port`},
		{Action{Kind: KindPackets, Host: "{value}", Port: "{value}"}, "8.8.8.8", line(), `"8.8.8.8" is no port`},
		{Action{Kind: KindPackets, Host: "{value}"}, "8.8.8.8", Context{}, `no time`},
		{Action{Kind: KindPackets, Host: "{field:x}"}, "v", many, `300 values, at most 64`},
	}
	for _, tt := range tests {
		tt.a.Name = "act"
		_, err := Expand(tt.a, tt.value, tt.e)
		var bad *ExpandError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `action "act"`) {
			t.Errorf("%+v with %q: got %v, want %q in it", tt.a, tt.value, err, tt.want)
		}
	}
}
