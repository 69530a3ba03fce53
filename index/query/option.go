package query

import (
	"math"
	"strconv"
	"time"
)

// search is what a parser needs to read a whole Search.
type search struct {
	o       ParseOptions
	found   Search
	options []*option
}

// option is last:, from:, to: or dedup: while a query is parsed: a node that
// does not stay in the tree.
type option struct {
	everything
	name string
	at   int
}

func (o *option) equal(n Node) bool { return n == Node(o) }

// option reads last:, from:, to: and dedup:.
func (p *parser) option(t token) (Node, error) {
	field := `; for a field of that name write "` + t.name + `":x`
	s := p.search
	switch {
	case s == nil:
		return nil, p.fail(t.at, t.name+": works in a search only, not here"+field)
	case p.depth > 0 || p.exact:
		return nil, p.fail(t.at, t.name+": says something of the whole search and can't stand in parentheses or under NOT"+field)
	case t.whole || t.text.form == formRegex || t.text.form == formSpan || len(t.text.pieces) > 1:
		return nil, p.fail(t.text.at, optionWants(t.name)+field)
	}
	for _, other := range s.options {
		if other.name == t.name || other.name == lastName && t.name == fromName || other.name == fromName && t.name == lastName {
			return nil, p.fail(t.at, t.name+": and "+other.name+": say the same; expected one of them")
		}
	}
	if !s.set(t.name, t.text.pieces[0]) {
		return nil, p.fail(t.text.at, optionWants(t.name)+field)
	}
	if f := &s.found; !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return nil, p.fail(t.at, "the time ends before it begins; expected from: before to:")
	}
	o := &option{name: t.name, at: t.at}
	s.options = append(s.options, o)
	return o, nil
}

// optionWants says what stands behind the name.
func optionWants(name string) string {
	switch name {
	case lastName:
		return "expected a duration like 90s, 15m, 1h30m or 7d"
	case dedupName:
		return "expected on"
	}
	return "expected a time like 2020-05-01, 2020-05-01T07:09:23Z, 1588316963, now or now-1h"
}

// set enters an option; false says that the text is none.
func (s *search) set(name, text string) (ok bool) {
	switch name {
	case dedupName:
		s.found.Dedup = text == "on"
		return s.found.Dedup
	case lastName:
		d, ok := readDuration(text)
		s.found.From = s.now().Add(-d)
		return ok && d > 0 && inYears(s.found.From)
	case fromName:
		s.found.From, ok = s.moment(text)
	case toName:
		s.found.To, ok = s.moment(text)
	}
	return ok
}

func (s *search) now() time.Time {
	if s.o.Now.IsZero() {
		s.o.Now = time.Now()
	}
	return s.o.Now.UTC()
}

// moment reads a point in time.
func (s *search) moment(text string) (time.Time, bool) {
	if when, ok := readMoment(text); ok {
		return when.UTC(), inYears(when)
	}
	if len(text) >= len("now") && foldText(text[:len("now")]) == "now" {
		rest, when := text[len("now"):], s.now()
		if rest == "" {
			return when, true
		}
		d, ok := readDuration(rest[1:])
		if rest[0] == '-' {
			d = -d
		}
		when = when.Add(d)
		return when, ok && (rest[0] == '-' || rest[0] == '+') && rest[1] != '-' && inYears(when)
	}
	d, ok := readDecimal(readOnly(text), nil)
	if !ok {
		return time.Time{}, false
	}
	d.exp += 9 // in nanoseconds
	whole := min(max(d.exp, 0), len(d.digits))
	n, err := strconv.ParseInt("0"+string(d.digits[:whole]), 10, 64)
	for range d.exp - whole {
		if n > math.MaxInt64/10 {
			return time.Time{}, false
		}
		n *= 10
	}
	if d.negative {
		n = -n
	}
	return time.Unix(0, n).UTC(), err == nil
}

// inYears says whether RFC 3339 can write a time; zero is none.
func inYears(when time.Time) bool {
	year := when.UTC().Year()
	return year >= 1 && year <= 9999 && !when.IsZero()
}

// without takes the options out of what was parsed.
func (p *parser) without(n Node) (Node, error) {
	s := p.search
	if len(s.options) == 0 {
		return n, nil
	}
	kids := []expr{}
	switch n := n.(type) {
	case *and:
		kids = n.kids
	case expr:
		kids = append(kids, n)
	}
	var rest []Node
	there := map[*option]bool{}
	for _, k := range kids {
		if o, ok := k.(*option); ok {
			there[o] = true
			continue
		}
		rest = append(rest, k)
	}
	for _, o := range s.options {
		if there[o] {
			continue
		}
		return nil, p.fail(o.at, o.name+`: says something of the whole search and can't stand beside OR; write (a OR b) `+o.name+":x")
	}
	return And(rest...), nil
}
