package actionables

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"

	"spoor/index/query"
	"spoor/index/query/automaton"
)

const (
	// MaxMatches bounds the matches of one text; the first ones are kept.
	MaxMatches = 1000
	// MaxValue bounds a value in bytes. What is longer is no match: it is no
	// word that anybody pivots on.
	MaxValue = 2 << 10
	// MaxScan bounds what is looked at of one text, in bytes from its start.
	MaxScan = 64 << 10
)

// maxHits bounds what one text may hold before overlaps are taken out.
const maxHits = 64 * MaxMatches

// Match is a place in a text that an actionable is for.
type Match struct {
	// ID is the actionable's.
	ID string
	// Value is what its actions get: the text from Start to End, or the
	// address that stands there with escapes in it.
	Value string
	// Start and End are in bytes from the start of the text.
	Start, End int
}

// Matcher finds the values of all triggers in a text. It is immutable and may
// be used by many goroutines at once. The zero value and nil find nothing.
type Matcher struct {
	owners    []owner // in the order of the list
	click     []*rule
	selection []*rule
}

// owner is an actionable as far as matching goes.
type owner struct {
	id   string
	when *Condition
}

// rule is a pattern with all actionables that have it: equal patterns run once.
type rule struct {
	as     As
	re     *automaton.Finder
	need   need
	native family // scanned without the pattern
	owners []int  // numbers of actionables, ascending
}

// same tells equal rules: patterns that mean the same are one.
type same struct {
	pattern string
	on      On
	as      As
}

// family is what the address scanner finds all of by itself.
type family int

const (
	noFamily family = iota
	ipv4
	ipv6
)

// NewMatcher compiles the enabled triggers of the enabled actionables of a
// list. The error is an *InvalidError whose Trigger is that of the first
// actionable with a fault.
func NewMatcher(list []Actionable) (*Matcher, error) {
	m := &Matcher{}
	known := make(map[same]*rule)
	for n, a := range list {
		m.owners = append(m.owners, owner{a.ID, a.When})
		if a.Disabled {
			continue
		}
		for i, t := range a.Triggers {
			if t.Disabled {
				continue
			}
			if f := m.add(known, n, t); f != nil {
				f.Trigger = i
				return nil, f
			}
		}
	}
	return m, nil
}

// add gives a trigger to its owner. known holds the rules so far.
func (m *Matcher) add(known map[same]*rule, owner int, t Trigger) *InvalidError {
	re, f := t.compile()
	if f != nil {
		return f
	}
	key := same{canonical(t.Pattern), cmp.Or(t.On, OnClick), t.As}
	r := known[key]
	if r == nil {
		r = newRule(t, re)
		known[key] = r
		if t.On == OnSelection {
			m.selection = append(m.selection, r)
		} else {
			m.click = append(m.click, r)
		}
	}
	if n := len(r.owners); n == 0 || r.owners[n-1] != owner {
		r.owners = append(r.owners, owner)
	}
	return nil
}

func newRule(t Trigger, re *regexp.Regexp) *rule {
	r := &rule{as: t.As, re: automaton.NewFinder(re, automaton.Options{}), need: needOf(t.Pattern)}
	switch {
	case t.As == AsAddress && t.Pattern == patternIPv4:
		r.native = ipv4
	case t.As == AsAddress && t.Pattern == patternIPv6:
		r.native = ipv6
	}
	return r
}

// Scan finds the values of the click triggers in a text by itself, ordered by
// where they start. Matches of different actionables may overlap; of
// overlapping matches of one actionable the first is kept, of those that start
// together the longest.
func (m *Matcher) Scan(text []byte) []Match { return m.ScanAt(text, Place{}) }

// ScanAt is Scan for a text at a place: what does not meet its actionable's
// condition is left out.
func (m *Matcher) ScanAt(text []byte, at Place) []Match {
	if m == nil {
		return nil
	}
	return m.scan(text, at, m.click)
}

// ScanSelection finds the values of all triggers in a text that a person
// selected, as ScanAt does.
func (m *Matcher) ScanSelection(text []byte, at Place) []Match {
	if m == nil {
		return nil
	}
	return m.scan(text, at, slices.Concat(m.selection, m.click))
}

func (m *Matcher) scan(text []byte, at Place, rules []*rule) []Match {
	if len(rules) == 0 || len(text) == 0 {
		return nil
	}
	s := scanner{text: folded{text: text[:min(len(text), MaxScan)]}, cut: len(text) > MaxScan, owners: m.owners, place: at}
	for _, r := range rules {
		s.run(r)
	}
	return s.matches()
}

// scanner is one pass over one text.
type scanner struct {
	text  folded
	cut   bool // text goes on behind the end
	addrs []address
	asked bool // addrs is filled in
	found []hit
	spans []automaton.Span // of one pattern
	// other holds the values that are not what stands in the text.
	other map[hit]string

	owners []owner
	place  Place
}

type address struct {
	start, end int
	family     family
	value      string // where text writes it with escapes; else empty
}

// hit is a match of an owner, in one number so that hits sort quickly: by
// where they start, the longest first, then by owner.
type hit uint64

const _ = uint(1<<16 - 1 - MaxValue) // a length fits

func newHit(owner, start, end int) hit {
	return hit(start)<<32 | hit(1<<16-1-(end-start))<<16 | hit(owner)
}

func (h hit) owner() int { return int(h & (1<<16 - 1)) }
func (h hit) start() int { return int(h >> 32) }
func (h hit) end() int   { return h.start() + 1<<16 - 1 - int(h>>16&(1<<16-1)) }

func (s *scanner) run(r *rule) {
	switch {
	case r.native != noFamily:
		for _, a := range s.addresses() {
			if a.family == r.native {
				s.add(r, a.start, a.end, a.value)
			}
		}
	case r.as == AsAddress && len(s.addresses()) == 0:
	case r.need.in(&s.text):
		s.match(r)
	}
}

// match runs the pattern.
func (s *scanner) match(r *rule) {
	s.spans = r.re.Find(s.text.text, MaxMatches, s.spans[:0])
	for _, at := range s.spans {
		s.value(r, at.Start, at.End)
	}
}

// value takes what a pattern found, as far as it is what the trigger wants.
func (s *scanner) value(r *rule, start, end int) {
	switch {
	case r.as == AsDomain && !isDomain(s.text.text[start:end]):
		return
	case r.as != AsAddress:
		s.add(r, start, end, "")
		return
	}
	all := s.addresses()
	i, _ := slices.BinarySearchFunc(all, start, func(a address, at int) int { return a.start - at })
	for ; i < len(all) && all[i].start < end; i++ {
		if all[i].end <= end {
			s.add(r, all[i].start, all[i].end, all[i].value)
		}
	}
}

func (s *scanner) add(r *rule, start, end int, value string) {
	if start == end || end-start > MaxValue || s.cut && end == len(s.text.text) {
		return
	}
	if len(s.found) > maxHits {
		return
	}
	for _, o := range r.owners {
		if when := s.owners[o].when; when != nil && !when.Holds(cmp.Or(value, string(s.text.text[start:end])), s.place) {
			continue
		}
		h := newHit(o, start, end)
		s.found = append(s.found, h)
		if value != "" {
			if s.other == nil {
				s.other = map[hit]string{}
			}
			s.other[h] = value
		}
	}
}

// addresses finds the IP addresses of the text when first asked.
func (s *scanner) addresses() []address {
	if s.asked {
		return s.addrs
	}
	s.asked = true
	query.ScanAddrs(s.text.text, func(start, end int, a netip.Addr) {
		at := address{start: start, end: end, family: ipv6}
		if a.Is4() {
			at.family = ipv4
		}
		if _, err := netip.ParseAddr(string(s.text.text[start:end])); err != nil {
			at.value = a.String()
		}
		s.addrs = append(s.addrs, at)
	})
	slices.SortStableFunc(s.addrs, func(a, b address) int { return a.start - b.start })
	return s.addrs
}

// matches sorts what was found and leaves out what overlaps within one
// actionable.
func (s *scanner) matches() []Match {
	if len(s.found) == 0 {
		return nil
	}
	slices.Sort(s.found)
	ends := make([]int, len(s.owners)) // of the last match of each actionable
	out := make([]Match, 0, min(len(s.found), MaxMatches))
	var text string // of the last match
	for _, h := range s.found {
		owner, start, end := h.owner(), h.start(), h.end()
		if start < ends[owner] {
			continue
		}
		if len(out) == MaxMatches {
			break
		}
		ends[owner] = end
		if n := len(out); n == 0 || out[n-1].Start != start || out[n-1].End != end {
			text = string(s.text.text[start:end])
		}
		value := text
		if s.other != nil {
			value = cmp.Or(s.other[h], text)
		}
		out = append(out, Match{ID: s.owners[owner].id, Value: value, Start: start, End: end})
	}
	return out
}
