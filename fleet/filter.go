package fleet

import (
	"net/netip"
	"strings"
	"time"
)

// Filter says which packets are wanted, in what a Stenographer can express:
// hosts, nets, ports, VLAN and MPLS labels, protocols and times, joined by and
// and or. It is typed so that text from outside never becomes query syntax:
// it is made by the constructors below, or by ParseFilter.
//
// The zero value matches every packet. It stands for "no condition" in All and
// is not sent to a sensor, because the language has no word for it. Filters
// are immutable and may be shared.
type Filter struct{ root filterNode }

// filterNode is a node of the tree.
type filterNode interface {
	// append writes the node as canonical text, without outer parentheses.
	append(b *strings.Builder)
	// times returns the bounds that every match obeys.
	times() filterSpan
	// depth is 1 for a leaf.
	depth() int
}

type (
	filterHost  struct{ addr netip.Addr }     // unmapped, without zone
	filterNet   struct{ prefix netip.Prefix } // masked
	filterPort  struct{ port uint16 }
	filterVLAN  struct{ id uint16 }
	filterMPLS  struct{ label uint32 }
	filterProto struct{ number uint8 }
	filterTime  struct {
		after bool // else before
		at    time.Time
	}
	// filterJoin has two or more kids, none of them of the same op.
	filterJoin struct {
		op   filterOp
		kids []filterNode
		deep int
	}
)

type filterOp uint8

const (
	filterAnd filterOp = iota
	filterOr
)

func (o filterOp) String() string {
	if o == filterOr {
		return "or"
	}
	return "and"
}

// filterMinTime and filterMaxTime bound the times of a filter: captures count
// from 1970, and RFC 3339 has four digits for the year.
var (
	filterMinTime = time.Unix(0, 0).UTC()
	filterMaxTime = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
)

// Host matches packets from or to an address. An IPv4 address in IPv6 form
// means the IPv4 address; a zone is dropped. An invalid address matches nothing.
func Host(a netip.Addr) Filter {
	if !a.IsValid() {
		return nothing()
	}
	return Filter{filterHost{a.Unmap().WithZone("")}}
}

// Net matches packets from or to an address within the prefix; an invalid one
// matches nothing.
func Net(p netip.Prefix) Filter {
	if !p.IsValid() {
		return nothing()
	}
	p = p.Masked()
	if a := p.Addr(); a.Is4In6() { // only with 96 bits or more
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return Filter{filterNet{p}}
}

// Port matches TCP and UDP packets from or to a port.
func Port(n uint16) Filter { return Filter{filterPort{n}} }

// VLAN matches packets with that VLAN id among their tags. Only the twelve
// bits of an id are kept.
func VLAN(id uint16) Filter { return Filter{filterVLAN{id & 0xfff}} }

// MPLS matches packets with that label among theirs. Only the twenty bits of
// a label are kept.
func MPLS(label uint32) Filter { return Filter{filterMPLS{label & 0xfffff}} }

// Proto matches packets whose outer IP header names that protocol: 6 is TCP,
// 17 UDP, 1 ICMP, 58 ICMPv6.
func Proto(number uint8) Filter { return Filter{filterProto{number}} }

// After matches packets at t or later. The zero time gives the zero Filter;
// times before 1970 or beyond the year 9999 are moved there.
func After(t time.Time) Filter { return timeFilter(true, t) }

// Before matches packets earlier than t, so After(a) with Before(b) is the
// range [a, b). The zero time gives the zero Filter.
func Before(t time.Time) Filter { return timeFilter(false, t) }

func timeFilter(after bool, t time.Time) Filter {
	if t.IsZero() {
		return Filter{}
	}
	return Filter{newFilterTime(after, t)}
}

func newFilterTime(after bool, t time.Time) filterTime {
	t = t.UTC().Round(0) // without the monotonic clock, which breaks ==
	if t.Before(filterMinTime) {
		t = filterMinTime
	}
	if t.After(filterMaxTime) {
		t = filterMaxTime
	}
	return filterTime{after: after, at: t}
}

// All matches what every one of the filters matches. Zero filters are no
// condition; All of none is the zero Filter.
func All(filters ...Filter) Filter {
	var kids []filterNode
	for _, f := range filters {
		if f.root != nil {
			kids = append(kids, f.root)
		}
	}
	return Filter{joinFilters(filterAnd, kids)}
}

// Any matches what at least one of the filters matches: everything when one of
// them is zero, and nothing when there are none.
func Any(filters ...Filter) Filter {
	if len(filters) == 0 {
		return nothing()
	}
	kids := make([]filterNode, 0, len(filters))
	for _, f := range filters {
		if f.root == nil {
			return Filter{}
		}
		kids = append(kids, f.root)
	}
	return Filter{joinFilters(filterOr, kids)}
}

// nothing matches no packet, in words that a Stenographer understands.
func nothing() Filter { return All(Proto(6), Proto(17)) }

// joinFilters joins kids by op and melts those of the same op into one node.
// It returns nil for none, and the only one for one.
func joinFilters(op filterOp, kids []filterNode) filterNode {
	flat := make([]filterNode, 0, len(kids))
	deep := 0
	for _, k := range kids {
		if j, ok := k.(*filterJoin); ok && j.op == op {
			flat = append(flat, j.kids...)
			deep = max(deep, j.deep-1)
			continue
		}
		flat = append(flat, k)
		deep = max(deep, k.depth())
	}
	switch len(flat) {
	case 0:
		return nil
	case 1:
		return flat[0]
	}
	return &filterJoin{op: op, kids: flat, deep: deep + 1}
}

// IsZero says that f has no condition at all.
func (f Filter) IsZero() bool { return f.root == nil }

// Window returns the time bounds that every match obeys, [from, to). A zero
// time means no bound on that side.
func (f Filter) Window() (from, to time.Time) {
	if f.root == nil {
		return time.Time{}, time.Time{}
	}
	s := f.root.times()
	return s.from, s.to
}

// Widen returns f with every after moved earlier and every before moved later.
// It matches all that f matches. A Stenographer looks at times by file and
// loses packets at the edges, so it is asked for more and the rest is cut by
// Match here.
func (f Filter) Widen(earlier, later time.Duration) Filter {
	if f.root == nil {
		return f
	}
	return Filter{widenFilter(f.root, earlier, later)}
}

func widenFilter(n filterNode, earlier, later time.Duration) filterNode {
	switch n := n.(type) {
	case filterTime:
		if n.after {
			return newFilterTime(true, n.at.Add(-earlier))
		}
		return newFilterTime(false, n.at.Add(later))
	case *filterJoin:
		kids := make([]filterNode, len(n.kids))
		for i, k := range n.kids {
			kids[i] = widenFilter(k, earlier, later)
		}
		return &filterJoin{op: n.op, kids: kids, deep: n.deep}
	}
	return n
}

func (filterHost) depth() int    { return 1 }
func (filterNet) depth() int     { return 1 }
func (filterPort) depth() int    { return 1 }
func (filterVLAN) depth() int    { return 1 }
func (filterMPLS) depth() int    { return 1 }
func (filterProto) depth() int   { return 1 }
func (filterTime) depth() int    { return 1 }
func (j *filterJoin) depth() int { return j.deep }

// filterSpan is [from, to); zero means no bound.
type filterSpan struct{ from, to time.Time }

func (filterHost) times() filterSpan  { return filterSpan{} }
func (filterNet) times() filterSpan   { return filterSpan{} }
func (filterPort) times() filterSpan  { return filterSpan{} }
func (filterVLAN) times() filterSpan  { return filterSpan{} }
func (filterMPLS) times() filterSpan  { return filterSpan{} }
func (filterProto) times() filterSpan { return filterSpan{} }

func (t filterTime) times() filterSpan {
	if t.after {
		return filterSpan{from: t.at}
	}
	return filterSpan{to: t.at}
}

func (j *filterJoin) times() filterSpan {
	s := j.kids[0].times()
	for _, k := range j.kids[1:] {
		if j.op == filterAnd {
			s = s.meet(k.times())
		} else {
			s = s.hull(k.times())
		}
	}
	return s
}

// meet returns the bounds of what lies in both.
func (s filterSpan) meet(o filterSpan) filterSpan {
	if o.from.After(s.from) {
		s.from = o.from
	}
	if s.to.IsZero() || !o.to.IsZero() && o.to.Before(s.to) {
		s.to = o.to
	}
	return s
}

// hull returns bounds around both.
func (s filterSpan) hull(o filterSpan) filterSpan {
	if o.from.Before(s.from) {
		s.from = o.from
	}
	if !s.to.IsZero() && (o.to.IsZero() || o.to.After(s.to)) {
		s.to = o.to
	}
	return s
}
