package actionables

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Context is the line that an action is run on, and what is around it. The
// zero value is no line: every placeholder but {value} is then an error.
type Context struct {
	// Field returns the unescaped values of a field of the line, none when
	// it is absent. nil means that there are no fields.
	Field func(name string) []string
	// Raw is the line as it is shown.
	Raw []byte
	// Time is the time of the line.
	Time time.Time
	// Tag and Source are those of the line.
	Tag    string
	Source uint32
	// Entry is the line's ID, Link the address of a page that shows it.
	Entry, Link string
	// From and To are the time range of the search; zero means open.
	From, To time.Time
	// Saved returns the text of a saved search; nil means that there is none.
	Saved func(name string) (text string, ok bool)
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
	// sent gets every value that was used; nil: nobody asks.
	sent *[]string
}

// values returns what a placeholder stands for, at least one text, none of
// them empty, as its encoders leave them.
func (f filler) values(p part) ([]string, *ExpandError) {
	values, reason := f.lookUp(p)
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if reason == "" && len(values) == 0 {
		reason = "is empty here"
	}
	for i := 0; i < len(values) && reason == ""; i++ {
		// A link to this server says nothing of the line but its ID.
		if f.sent != nil && p.source != sourceEntry && p.source != sourceID {
			*f.sent = append(*f.sent, values[i])
		}
		values[i], reason = p.encode(values[i])
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
	case sourceTime, sourceFrom, sourceTo:
		return f.times(p)
	case sourceTag:
		return []string{f.line.Tag}, ""
	case sourceSource:
		if f.line.Source == 0 {
			return nil, "the line has no source number"
		}
		return []string{strconv.FormatUint(uint64(f.line.Source), 10)}, ""
	case sourceEntry:
		return []string{f.line.Link}, ""
	case sourceID:
		return []string{f.line.Entry}, ""
	case sourceRaw:
		return []string{string(f.line.Raw)}, ""
	}
	return nil, "unknown"
}

func (f filler) times(p part) (values []string, reason string) {
	t := f.line.Time
	switch p.source {
	case sourceFrom:
		t, reason = f.line.From, "the search has no beginning: choose a time range"
	case sourceTo:
		t, reason = f.line.To, "the search has no end: choose a time range"
	default:
		reason = "there is no line to take the time from"
	}
	switch {
	case t.IsZero():
		return nil, reason
	case p.lasted > 0 && !strings.HasPrefix(f.line.Tag, "zeek."):
		return nil, "only lines of Zeek say how long a connection lasted"
	}
	t = t.Add(p.shift + time.Duration(p.lasted)*f.line.lasted())
	return []string{t.UTC().Format(time.RFC3339Nano)}, ""
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

// asIs is a place where any value may stand.
func asIs(_ int, value string) (string, string) { return value, "" }

// each fills a template and reads the result; a lone placeholder with
// several values gives several results.
func each[T comparable](t template, fill filler, read func(string) (T, string)) ([]T, *ExpandError) {
	var texts []string
	if t.lone() {
		values, err := fill.values(t[0])
		if err != nil {
			return nil, err
		}
		texts = values
	} else {
		text, err := t.fill(fill, asIs)
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

// moment fills a template of a time in.
func moment(t template, fill filler) (time.Time, *ExpandError) {
	if len(t) == 0 {
		return time.Time{}, nil
	}
	text, err := t.fill(fill, asIs)
	if err != nil {
		return time.Time{}, err
	}
	at, bad := time.Parse(time.RFC3339Nano, text)
	if bad != nil {
		return time.Time{}, &ExpandError{Placeholder: t.first().text, Reason: fmt.Sprintf("%s is no time of RFC 3339", quote(text))}
	}
	return at.UTC(), nil
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
