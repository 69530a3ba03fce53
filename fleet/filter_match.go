package fleet

import (
	"fmt"
	"slices"

	"spoor/internal/packet"
)

// Match says whether a packet is wanted. It sees what a Stenographer's index
// sees: the outer IP header, and the ports of TCP and UDP; times are exact,
// where a Stenographer goes by file.
func (f Filter) Match(m packet.Meta) bool {
	return f.root == nil || matchFilter(f.root, &m)
}

// matchFilter calls by type and not through the interface, so that m stays on
// the stack: every packet of a capture comes by here.
func matchFilter(n filterNode, m *packet.Meta) bool {
	switch n := n.(type) {
	case filterHost:
		return n.match(m)
	case filterNet:
		return n.match(m)
	case filterPort:
		return n.match(m)
	case filterRange:
		return n.match(m)
	case filterFlags:
		return n.match(m)
	case filterNot:
		return !matchFilter(n.kid, m)
	case filterVLAN:
		return n.match(m)
	case filterMPLS:
		return n.match(m)
	case filterProto:
		return n.match(m)
	case filterTime:
		return n.match(m)
	case *filterJoin:
		return n.match(m)
	}
	panic(fmt.Sprintf("unknown filter node %T", n))
}

// source and destination say whether a side is looked at.
func (s side) source() bool      { return s != destinationSide }
func (s side) destination() bool { return s != sourceSide }

func (h filterHost) match(m *packet.Meta) bool {
	return h.side.source() && m.Source == h.addr || h.side.destination() && m.Destination == h.addr
}

func (n filterNet) match(m *packet.Meta) bool {
	return n.side.source() && n.prefix.Contains(m.Source) || n.side.destination() && n.prefix.Contains(m.Destination)
}

func (p filterPort) match(m *packet.Meta) bool {
	return m.HasPorts && (p.side.source() && m.SourcePort == p.port || p.side.destination() && m.DestinationPort == p.port)
}

func (r filterRange) match(m *packet.Meta) bool {
	return m.HasPorts && (r.side.source() && r.has(m.SourcePort) || r.side.destination() && r.has(m.DestinationPort))
}

func (r filterRange) has(port uint16) bool { return r.from <= port && port <= r.to }

func (f filterFlags) match(m *packet.Meta) bool {
	return m.HasFlags && m.Flags&f.set == f.set
}

func (v filterVLAN) match(m *packet.Meta) bool {
	return slices.Contains(m.VLANs(), v.id)
}

func (l filterMPLS) match(m *packet.Meta) bool {
	return slices.Contains(m.MPLS(), l.label)
}

// match looks for an address first, because a packet without an IP header
// has protocol 0 too.
func (p filterProto) match(m *packet.Meta) bool {
	return m.Source.IsValid() && m.Proto == p.number
}

// match is false for a packet whose file has no time for it.
func (t filterTime) match(m *packet.Meta) bool {
	return !m.Time.IsZero() && m.Time.Before(t.at) != t.after
}

func (j *filterJoin) match(m *packet.Meta) bool {
	for _, k := range j.kids {
		if matchFilter(k, m) == (j.op == filterOr) {
			return j.op == filterOr
		}
	}
	return j.op == filterAnd
}
