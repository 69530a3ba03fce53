package actionables

import (
	"cmp"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// action is an Action as compiled.
type action struct {
	kind          Kind
	queries       []searchTemplate
	saved         string
	from, to      template
	urls          []urlTemplate
	open          Open
	width, height int
	texts         []template
	packets       packetsTemplate
	webhook       webhookTemplate
}

// compile checks an action and parses its templates.
func (a *Action) compile() (action, *InvalidError) {
	c := action{kind: a.Kind}
	if f := checkName(a.Name); f != nil {
		return c, invalid("name", f)
	}
	if f := checkText(a.Description, MaxText); f != nil {
		return c, invalid("description", f)
	}
	if f := a.When.check(); f != nil {
		return c, invalid("when", f)
	}
	if len(a.Fallbacks) > MaxList {
		return c, invalid("fallbacks", &fault{0, fmt.Sprintf("%d of them, at most %d", len(a.Fallbacks), MaxList)})
	}
	if !slices.Contains(kinds, a.Kind) {
		return c, invalid("kind", &fault{0, fmt.Sprintf("%q: want search, saved, packets, url, webhook or copy", a.Kind)})
	}
	if f := a.strays(); f != nil {
		return c, f
	}
	switch a.Kind {
	case KindSearch:
		return c, c.compileSearch(a)
	case KindSaved:
		return c, c.compileSaved(a)
	case KindURL:
		return c, c.compileURL(a)
	case KindWebhook:
		return c, c.compileWebhook(a)
	case KindCopy:
		return c, c.compileCopy(a)
	case KindPackets:
		return c, c.compilePackets(a)
	}
	return c, nil
}

var kinds = []Kind{KindSearch, KindSaved, KindPackets, KindURL, KindWebhook, KindCopy, KindKept}

// members says which kinds have a member. What is set for another kind would
// quietly do nothing.
var members = []struct {
	name  string
	set   func(a *Action) bool
	kinds []Kind
}{
	{"query", func(a *Action) bool { return a.Query != "" }, []Kind{KindSearch}},
	{"saved", func(a *Action) bool { return a.Saved != "" }, []Kind{KindSaved}},
	{"from", func(a *Action) bool { return a.From != "" }, []Kind{KindSearch, KindSaved, KindPackets}},
	{"to", func(a *Action) bool { return a.To != "" }, []Kind{KindSearch, KindSaved, KindPackets}},
	{"host", func(a *Action) bool { return a.Host != "" }, []Kind{KindPackets}},
	{"port", func(a *Action) bool { return a.Port != "" }, []Kind{KindPackets}},
	{"peer", func(a *Action) bool { return a.Peer != "" }, []Kind{KindPackets}},
	{"peer_port", func(a *Action) bool { return a.PeerPort != "" }, []Kind{KindPackets}},
	{"protocol", func(a *Action) bool { return a.Protocol != "" }, []Kind{KindPackets}},
	{"before", func(a *Action) bool { return a.Before != "" }, []Kind{KindPackets}},
	{"after", func(a *Action) bool { return a.After != "" }, []Kind{KindPackets}},
	{"sensors", func(a *Action) bool { return len(a.Sensors) > 0 }, []Kind{KindPackets}},
	{"max_packets", func(a *Action) bool { return a.MaxPackets != 0 }, []Kind{KindPackets}},
	{"max_bytes", func(a *Action) bool { return a.MaxBytes != 0 }, []Kind{KindPackets}},
	{"url", func(a *Action) bool { return a.URL != "" }, []Kind{KindURL, KindWebhook}},
	{"open", func(a *Action) bool { return a.Open != "" }, []Kind{KindURL}},
	{"width", func(a *Action) bool { return a.Width != 0 }, []Kind{KindURL}},
	{"height", func(a *Action) bool { return a.Height != 0 }, []Kind{KindURL}},
	{"method", func(a *Action) bool { return a.Method != "" }, []Kind{KindWebhook}},
	{"headers", func(a *Action) bool { return len(a.Headers) > 0 }, []Kind{KindWebhook}},
	{"body", func(a *Action) bool { return a.Body != "" }, []Kind{KindWebhook}},
	{"body_type", func(a *Action) bool { return a.BodyType != "" }, []Kind{KindWebhook}},
	{"timeout", func(a *Action) bool { return a.Timeout != "" }, []Kind{KindWebhook}},
	{"max_answer", func(a *Action) bool { return a.MaxAnswer != 0 }, []Kind{KindWebhook}},
	{"text", func(a *Action) bool { return a.Text != "" }, []Kind{KindCopy}},
	{"fallbacks", func(a *Action) bool { return len(a.Fallbacks) > 0 }, []Kind{KindSearch, KindURL, KindWebhook, KindCopy}},
}

// strays is the first member that is set but belongs to another kind.
func (a *Action) strays() *InvalidError {
	for _, m := range members {
		if m.set(a) && !slices.Contains(m.kinds, a.Kind) {
			return invalid(m.name, &fault{0, fmt.Sprintf("has no meaning for the kind %q", a.Kind)})
		}
	}
	return nil
}

// compileAll parses the main member and its fallbacks.
func compileAll[T any](field, main string, fallbacks []string, parse func(string) (T, *fault)) ([]T, *InvalidError) {
	t, f := parse(main)
	if f != nil {
		return nil, invalid(field, f)
	}
	all := []T{t}
	for i, text := range fallbacks {
		if t, f = parse(text); f != nil {
			return nil, invalid("fallbacks", &fault{f.column, fmt.Sprintf("fallback %d: %s", i+1, f.reason)})
		}
		all = append(all, t)
	}
	return all, nil
}

func (c *action) compileSearch(a *Action) (bad *InvalidError) {
	if c.queries, bad = compileAll("query", a.Query, a.Fallbacks, parseSearch); bad != nil {
		return bad
	}
	return c.compileRange(a)
}

func (c *action) compileSaved(a *Action) *InvalidError {
	if f := checkName(a.Saved); f != nil {
		return invalid("saved", f)
	}
	c.saved = a.Saved
	return c.compileRange(a)
}

func (c *action) compileRange(a *Action) *InvalidError {
	var f *fault
	if c.from, f = compileOne(a.From, readTime); f != nil {
		return invalid("from", f)
	}
	if c.to, f = compileOne(a.To, readTime); f != nil {
		return invalid("to", f)
	}
	return nil
}

func readTime(text string) (time.Time, string) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Sprintf("%s: want {time-5m}, {from}, {to} or a time of RFC 3339", quote(text))
	}
	return t, ""
}

func (c *action) compileURL(a *Action) (bad *InvalidError) {
	if c.urls, bad = compileAll("url", a.URL, a.Fallbacks, parseURL); bad != nil {
		return bad
	}
	switch a.Open {
	case "":
		c.open = OpenTab
	case OpenTab, OpenModal:
		c.open = a.Open
	default:
		return invalid("open", &fault{0, fmt.Sprintf("%q: want tab or modal", a.Open)})
	}
	for _, side := range []struct {
		name    string
		percent int
		to      *int
	}{{"width", a.Width, &c.width}, {"height", a.Height, &c.height}} {
		switch {
		case side.percent == 0:
			*side.to = defaultModal
		case side.percent < 20 || side.percent > 100:
			return invalid(side.name, &fault{0, fmt.Sprintf("%d: want 20 to 100 percent of the window", side.percent)})
		default:
			*side.to = side.percent
		}
	}
	return nil
}

// defaultModal is the size of a modal in percent of the window.
const defaultModal = 80

func (c *action) compileCopy(a *Action) (bad *InvalidError) {
	c.texts, bad = compileAll("text", a.Text, a.Fallbacks, func(text string) (template, *fault) {
		if text == "" {
			return nil, &fault{0, "missing: {value} is what was clicked"}
		}
		return parseTemplate(text)
	})
	return bad
}

// webhookTemplate is the part of an action that sends a request.
type webhookTemplate struct {
	request Request // but for its body and the values of its headers
	headers []template
	body    bodyTemplate
}

const (
	defaultTimeout   = 10 * time.Second
	maxTimeout       = time.Minute
	defaultMaxAnswer = 64 << 10
	maxMaxAnswer     = 1 << 20
)

// methods are those that a webhook may have.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// ownHeaders are set by what sends the request, or would say where it came from.
var ownHeaders = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Trailer", "Te", "Referer", "Origin", "Cookie"}

func (c *action) compileWebhook(a *Action) (bad *InvalidError) {
	if c.urls, bad = compileAll("url", a.URL, a.Fallbacks, parseURL); bad != nil {
		return bad
	}
	if own(a.URL) {
		return invalid("url", &fault{1, "want http://HOST/... or https://HOST/...: a webhook goes to another host"})
	}
	r := &c.webhook.request
	switch r.Method = strings.ToUpper(a.Method); {
	case r.Method == "" && a.Body == "":
		r.Method = "GET"
	case r.Method == "":
		r.Method = "POST"
	case !slices.Contains(methods, r.Method):
		return invalid("method", &fault{0, fmt.Sprintf("%q: want one of %s", a.Method, strings.Join(methods, ", "))})
	case r.Method == "GET" && a.Body != "":
		return invalid("body", &fault{0, "GET has no body: take POST, or leave it out"})
	}
	r.Timeout = defaultTimeout
	if a.Timeout != "" {
		d, err := time.ParseDuration(a.Timeout)
		if err != nil || d < time.Second || d > maxTimeout {
			return invalid("timeout", &fault{0, fmt.Sprintf("%q: want 1s to %v", a.Timeout, maxTimeout)})
		}
		r.Timeout = d
	}
	switch r.MaxAnswer = a.MaxAnswer; {
	case a.MaxAnswer == 0:
		r.MaxAnswer = defaultMaxAnswer
	case a.MaxAnswer < 0 || a.MaxAnswer > maxMaxAnswer:
		return invalid("max_answer", &fault{0, fmt.Sprintf("%d: want 1 to %d bytes", a.MaxAnswer, maxMaxAnswer)})
	}
	if bad := c.compileHeaders(a.Headers); bad != nil {
		return bad
	}
	kind := cmp.Or(a.BodyType, BodyJSON)
	if kind != BodyJSON && kind != BodyForm && kind != BodyText {
		return invalid("body_type", &fault{0, fmt.Sprintf("%q: want json, form or text", a.BodyType)})
	}
	var f *fault
	if c.webhook.body, f = parseBody(a.Body, kind); f != nil {
		return invalid("body", f)
	}
	return nil
}

func (c *action) compileHeaders(headers []Header) *InvalidError {
	if len(headers) > MaxList {
		return invalid("headers", &fault{0, fmt.Sprintf("%d of them, at most %d", len(headers), MaxList)})
	}
	for i, h := range headers {
		name := textproto.CanonicalMIMEHeaderKey(h.Name)
		switch {
		case !httpguts.ValidHeaderFieldName(h.Name):
			return invalid("headers", &fault{0, fmt.Sprintf("header %d: %s is no name of a header", i+1, quote(h.Name))})
		case slices.Contains(ownHeaders, name):
			return invalid("headers", &fault{0, fmt.Sprintf("header %d: %s can't be set", i+1, name)})
		}
		t, f := parseTemplate(h.Value)
		if f == nil {
			for _, p := range t {
				if p.source == sourceNone && !httpguts.ValidHeaderFieldValue(p.literal) {
					f = &fault{0, "line ends and control characters can't stand in a header"}
				}
			}
		}
		if f != nil {
			return invalid("headers", &fault{f.column, fmt.Sprintf("header %d: %s", i+1, f.reason)})
		}
		c.webhook.request.Headers = append(c.webhook.request.Headers, Header{Name: name})
		c.webhook.headers = append(c.webhook.headers, t)
	}
	return nil
}

func (c *action) expandWebhook(fill filler, x *Expansion) (err *ExpandError) {
	if x.URL, err = firstOf(c.urls, fill, urlTemplate.expand); err != nil {
		return err
	}
	w := &c.webhook
	x.Request = w.request
	x.Request.Headers = nil
	for i, h := range w.request.Headers {
		h.Value, err = w.headers[i].fill(fill, func(_ int, v string) (string, string) {
			if !httpguts.ValidHeaderFieldValue(v) {
				return "", fmt.Sprintf("%s can't stand in the header %s", quote(v), h.Name)
			}
			return v, ""
		})
		if err != nil {
			return err
		}
		x.Request.Headers = append(x.Request.Headers, h)
	}
	if kind := w.body.mime(); kind != "" && !slices.ContainsFunc(x.Request.Headers, func(h Header) bool { return h.Name == "Content-Type" }) {
		x.Request.Headers = append(x.Request.Headers, Header{"Content-Type", kind})
	}
	x.Request.Body, err = w.body.expand(fill)
	return err
}
