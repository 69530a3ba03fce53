package fleet

import (
	"net/netip"
	"strings"
	"time"
)

// Filter says which packets are wanted: hosts, nets, ports, VLAN and MPLS
// labels, protocols, TCP flags and times, joined by and, or and not. What a
// sensor has no words for is cut from its answer (see For). It is typed so that text from outside never becomes query syntax:
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
	filterHost struct {
		addr netip.Addr // unmapped, without zone
		side side
	}
	filterNet struct {
		prefix netip.Prefix // masked
		side   side
	}
	filterPort struct {
		port uint16
		side side
	}
	// filterRange has two ports at least.
	filterRange struct {
		from, to uint16 // both are in
		side     side
	}
	filterFlags struct{ set uint8 } // all of them are set
	filterNot   struct{ kid filterNode }
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

// side says which end of a packet is meant.
type side uint8

const (
	eitherSide side = iota
	sourceSide
	destinationSide
)

func (s side) String() string {
	return [...]string{"", "src ", "dst "}[s]
}

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
	return Filter{filterHost{addr: a.Unmap().WithZone("")}}
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
	return Filter{filterNet{prefix: p}}
}

// Port matches TCP and UDP packets from or to a port.
func Port(n uint16) Filter { return Filter{filterPort{port: n}} }

// Ports matches TCP and UDP packets from or to one of the ports from to to,
// both included. A range that ends before it begins matches nothing.
func Ports(from, to uint16) Filter {
	switch {
	case from > to:
		return nothing()
	case from == to:
		return Port(from)
	}
	return Filter{filterRange{from: from, to: to}}
}

// Flags matches TCP packets in which all of these flags are set, as they
// stand in the header: FIN is 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64,
// CWR 128.
func Flags(set uint8) Filter { return Filter{filterFlags{set}} }

// Not matches what f does not. Not of the zero Filter matches nothing.
func Not(f Filter) Filter {
	if f.root == nil {
		return nothing()
	}
	return Filter{negate(f.root)}
}

// negate is a not around n, and without two nots in a row.
func negate(n filterNode) filterNode {
	if inner, ok := n.(filterNot); ok {
		return inner.kid
	}
	return filterNot{n}
}

// Source and Destination narrow hosts, nets and ports that f consists of to
// one side; what has no side stays as it is.
func Source(f Filter) Filter { return Filter{sided(f.root, sourceSide)} }

// Destination is Source for the other side.
func Destination(f Filter) Filter { return Filter{sided(f.root, destinationSide)} }

func sided(n filterNode, s side) filterNode {
	switch n := n.(type) {
	case filterHost:
		n.side = s
		return n
	case filterNet:
		n.side = s
		return n
	case filterPort:
		n.side = s
		return n
	case filterRange:
		n.side = s
		return n
	case filterNot:
		return filterNot{sided(n.kid, s)}
	case *filterJoin:
		kids := make([]filterNode, len(n.kids))
		for i, k := range n.kids {
			kids[i] = sided(k, s)
		}
		return &filterJoin{op: n.op, kids: kids, deep: n.deep}
	}
	return n
}

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

func (filterHost) depth() int    { return 1 }
func (filterNet) depth() int     { return 1 }
func (filterPort) depth() int    { return 1 }
func (filterRange) depth() int   { return 1 }
func (filterFlags) depth() int   { return 1 }
func (n filterNot) depth() int   { return n.kid.depth() + 1 }
func (filterVLAN) depth() int    { return 1 }
func (filterMPLS) depth() int    { return 1 }
func (filterProto) depth() int   { return 1 }
func (filterTime) depth() int    { return 1 }
func (j *filterJoin) depth() int { return j.deep }
