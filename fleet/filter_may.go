package fleet

import "spoor/internal/captures"

// May says whether a packet of the set can match. False is certain.
func (f Filter) May(s captures.Summary) bool {
	return f.root == nil || mayFilter(f.root, s)
}

// mayFilter answers true for nodes that a summary says nothing about, such as
// not: what is there need not be all that is there.
func mayFilter(n filterNode, s captures.Summary) bool {
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
	case filterRange:
		return n.may(s)
	case filterFlags:
		return s.Proto(protoTCP)
	case filterTime:
		return n.may(s)
	case *filterJoin:
		return n.may(s)
	}
	return true
}

// may asks for the single ports of a short range.
func (r filterRange) may(s captures.Summary) bool {
	const most = 64
	if r.to-r.from >= most {
		return s.Proto(protoTCP) || s.Proto(protoUDP)
	}
	for n := int(r.from); n <= int(r.to); n++ {
		if s.Port(uint16(n)) {
			return true
		}
	}
	return false
}

func (t filterTime) may(s captures.Summary) bool {
	from, to := s.Span()
	switch {
	case from.IsZero(): // a packet without time matches no bound
		return false
	case t.after:
		return !to.Before(t.at)
	}
	return from.Before(t.at)
}

func (j *filterJoin) may(s captures.Summary) bool {
	for _, k := range j.kids {
		if mayFilter(k, s) == (j.op == filterOr) {
			return j.op == filterOr
		}
	}
	return j.op == filterAnd
}
