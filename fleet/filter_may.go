package fleet

import (
	"net/netip"
	"time"
)

// Summary is what is known of a set of packets without looking at them. Each
// method may answer true for what is not there; false must be certain.
type Summary interface {
	// Span returns the times of the earliest and the latest packet; zero when
	// no packet has a time.
	Span() (from, to time.Time)
	Address(a netip.Addr) bool
	Prefix(p netip.Prefix) bool
	Port(n uint16) bool
	Proto(n uint8) bool
	VLAN(id uint16) bool
	MPLS(label uint32) bool
}

// May says whether a packet of the set can match. False is certain.
func (f Filter) May(s Summary) bool {
	return f.root == nil || mayFilter(f.root, s)
}

// mayFilter answers true for nodes that a summary says nothing about.
func mayFilter(n filterNode, s Summary) bool {
	switch n := n.(type) {
	case filterHost:
		return s.Address(n.addr)
	case filterNet:
		return s.Prefix(n.prefix)
	case filterPort:
		return s.Port(n.port)
	case filterProto:
		return s.Proto(n.number)
	case filterVLAN:
		return s.VLAN(n.id)
	case filterMPLS:
		return s.MPLS(n.label)
	case filterTime:
		return n.may(s)
	case *filterJoin:
		return n.may(s)
	}
	return true
}

func (t filterTime) may(s Summary) bool {
	from, to := s.Span()
	switch {
	case from.IsZero(): // a packet without time matches no bound
		return false
	case t.after:
		return !to.Before(t.at)
	}
	return from.Before(t.at)
}

func (j *filterJoin) may(s Summary) bool {
	for _, k := range j.kids {
		if mayFilter(k, s) == (j.op == filterOr) {
			return j.op == filterOr
		}
	}
	return j.op == filterAnd
}
