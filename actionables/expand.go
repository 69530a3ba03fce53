package actionables

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Context is the line that an action is run on. The zero value is no line:
// every placeholder but {value} is then an error.
type Context struct {
	// Field returns the unescaped values of a field of the line, none when
	// it is absent. nil means that there are no fields.
	Field func(name string) []string
	// Time is the time of the line.
	Time time.Time
	// Tag and Source are those of the line.
	Tag    string
	Source uint32
	// Entry is the line's ID.
	Entry string
}

// Expansion is what an action does with a value. Which members are set goes
// by Kind.
type Expansion struct {
	Kind Kind
	// Query is a query that query.Parse reads (KindSearch).
	Query string
	// URL is an absolute http or https address (KindURL).
	URL string
	// Hosts are the addresses whose packets are wanted: those of any of
	// them, at least one. Ports narrow them to any of these ports; none
	// means all (KindPackets).
	Hosts []netip.Addr
	Ports []uint16
	// From and To bound the time of the packets (KindPackets).
	From, To time.Time
}

// ExpandError says why an action can't be run on a value or a line.
type ExpandError struct {
	// Action is the action's name.
	Action string
	// Placeholder is the one that can't be filled, as written; empty means
	// that the whole does not fit together.
	Placeholder string
	// Reason says why, and names the value.
	Reason string
}

func (e *ExpandError) Error() string {
	if e.Placeholder == "" {
		return fmt.Sprintf("action %q: %s", e.Action, e.Reason)
	}
	return fmt.Sprintf("action %q: %s: %s", e.Action, e.Placeholder, e.Reason)
}

// maxHosts bounds the addresses of one expansion.
const maxHosts = 64

// maxDuration bounds what a line says about how long it lasted.
const maxDuration = 24 * time.Hour

// Expand says what an action does with a value that was found in the line of
// e. Nothing is run. The error is an *ExpandError when the value or the line
// does not fit, an *InvalidError when the action itself is not valid.
func Expand(a Action, value string, e Context) (Expansion, error) {
	c, bad := a.compile()
	if bad != nil {
		return Expansion{}, bad
	}
	x, err := c.expand(filler{value, e})
	if err != nil {
		err.Action = a.Name
		return Expansion{}, err
	}
	return x, nil
}

// action is an Action as compiled.
type action struct {
	kind          Kind
	query         searchTemplate
	url           urlTemplate
	host, port    template
	before, after time.Duration
}

// compile checks an action and parses its templates.
func (a *Action) compile() (action, *InvalidError) {
	c := action{kind: a.Kind}
	if f := checkName(a.Name); f != nil {
		return c, invalid("name", f)
	}
	var f *fault
	switch a.Kind {
	case KindSearch:
		if c.query, f = parseSearch(a.Query); f != nil {
			return c, invalid("query", f)
		}
	case KindURL:
		if c.url, f = parseURL(a.URL); f != nil {
			return c, invalid("url", f)
		}
	case KindPackets:
		return c, c.compilePackets(a)
	default:
		return c, invalid("kind", &fault{0, fmt.Sprintf("%q: want search, packets or url", a.Kind)})
	}
	return c, nil
}

func (c *action) compilePackets(a *Action) *InvalidError {
	var f *fault
	if c.host, f = parseTemplate(a.Host); f != nil {
		return invalid("host", f)
	}
	switch {
	case len(c.host) == 0:
		return invalid("host", &fault{0, "missing: {value} is the address that was clicked"})
	case !c.host.hasPlaceholder():
		if _, reason := readAddr(a.Host); reason != "" {
			return invalid("host", &fault{0, reason})
		}
	}
	if c.port, f = parseTemplate(a.Port); f != nil {
		return invalid("port", f)
	}
	if len(c.port) > 0 && !c.port.hasPlaceholder() {
		if _, reason := readPort(a.Port); reason != "" {
			return invalid("port", &fault{0, reason})
		}
	}
	if c.before, f = checkWindow(a.Before); f != nil {
		return invalid("before", f)
	}
	if c.after, f = checkWindow(a.After); f != nil {
		return invalid("after", f)
	}
	return nil
}

func (c *action) expand(fill filler) (Expansion, *ExpandError) {
	x := Expansion{Kind: c.kind}
	var err *ExpandError
	switch c.kind {
	case KindSearch:
		x.Query, err = c.query.expand(fill)
	case KindURL:
		x.URL, err = c.url.expand(fill)
	case KindPackets:
		err = c.expandPackets(fill, &x)
	}
	return x, err
}

func (c *action) expandPackets(fill filler, x *Expansion) *ExpandError {
	hosts, err := each(c.host, fill, readAddr)
	if err != nil {
		return err
	}
	x.Hosts = hosts
	if len(c.port) > 0 {
		if x.Ports, err = each(c.port, fill, readPort); err != nil {
			return err
		}
	}
	if fill.line.Time.IsZero() {
		return &ExpandError{Reason: "no line, so no time: packets are asked for around a line's time"}
	}
	// Whole seconds, outwards: what a person can read and change.
	x.From = fill.line.Time.Add(-c.before).UTC().Truncate(time.Second)
	x.To = fill.line.Time.Add(fill.line.lasted() + c.after + time.Second - 1).UTC().Truncate(time.Second)
	return nil
}

// each fills a template and reads the result; a lone placeholder with
// several values gives several results.
func each[T comparable](t template, fill filler, read func(string) (T, string)) ([]T, *ExpandError) {
	var texts []string
	if len(t) == 1 && t[0].source != sourceNone {
		values, err := fill.values(t[0])
		if err != nil {
			return nil, err
		}
		texts = values
	} else {
		text, err := t.fill(fill, func(_ int, v string) (string, string) { return v, "" })
		if err != nil {
			return nil, err
		}
		texts = []string{text}
	}
	if len(texts) > maxHosts {
		return nil, &ExpandError{Placeholder: t.first().text, Reason: fmt.Sprintf("%d values, at most %d", len(texts), maxHosts)}
	}
	var out []T
	for _, text := range texts {
		v, reason := read(text)
		if reason != "" {
			return nil, &ExpandError{Placeholder: t.first().text, Reason: reason}
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out, nil
}

// readAddr reads an address for a filter. An IPv4 address written as IPv6 is
// IPv4 on the wire; a zone means nothing there.
func readAddr(text string) (netip.Addr, string) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, fmt.Sprintf("%s is no IP address", quote(text))
	}
	return a.Unmap().WithZone(""), ""
}

func readPort(text string) (uint16, string) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Sprintf("%s is no port, 0 to 65535", quote(text))
	}
	return uint16(n), ""
}

// quote shows a value of any length and any bytes in a message.
func quote(value string) string {
	const most = 64
	if len(value) > most {
		return strconv.Quote(value[:most]) + "..."
	}
	return strconv.Quote(value)
}

// lasted is how long the connection of a Zeek line went on: its time is that
// of the first packet. Other logs write durations in units of their own.
func (e *Context) lasted() time.Duration {
	if !strings.HasPrefix(e.Tag, "zeek.") || e.Field == nil {
		return 0
	}
	for _, text := range e.Field("duration") {
		s, err := strconv.ParseFloat(text, 64)
		if err == nil && s > 0 && s <= maxDuration.Seconds() {
			return time.Duration(s*float64(time.Second)) + time.Microsecond
		}
	}
	return 0
}

// filler gives placeholders their values.
type filler struct {
	value string
	line  Context
}

// values returns what a placeholder stands for, at least one text, none of
// them empty.
func (f filler) values(p part) ([]string, *ExpandError) {
	values, reason := f.lookUp(p)
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if reason == "" && len(values) == 0 {
		reason = "is empty here"
	}
	if reason != "" {
		return nil, &ExpandError{Placeholder: p.text, Reason: reason}
	}
	return values, nil
}

func (f filler) lookUp(p part) (values []string, reason string) {
	switch p.source {
	case sourceValue:
		return []string{f.value}, ""
	case sourceField:
		if f.line.Field == nil {
			return nil, "there is no line to take the field from"
		}
		if v := f.line.Field(p.field); len(v) > 0 {
			return v, ""
		}
		return nil, fmt.Sprintf("the line has no field %q", p.field)
	case sourceTime:
		if f.line.Time.IsZero() {
			return nil, "there is no line to take the time from"
		}
		return []string{f.line.Time.Add(p.shift).UTC().Format(time.RFC3339Nano)}, ""
	case sourceTag:
		return []string{f.line.Tag}, ""
	case sourceSource:
		if f.line.Source == 0 {
			return nil, "the line has no source number"
		}
		return []string{strconv.FormatUint(uint64(f.line.Source), 10)}, ""
	case sourceEntry:
		return []string{f.line.Entry}, ""
	}
	return nil, "unknown"
}

// fill joins the literals and the values, each as place gives it for the part
// of that number; place returns a reason where a value can't stand.
func (t template) fill(f filler, place func(part int, value string) (string, string)) (string, *ExpandError) {
	var b strings.Builder
	for i, p := range t {
		if p.source == sourceNone {
			b.WriteString(p.literal)
			continue
		}
		values, err := f.values(p)
		if err != nil {
			return "", err
		}
		text, reason := place(i, values[0])
		if reason != "" {
			return "", &ExpandError{Placeholder: p.text, Reason: reason}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}
