package fleet

import (
	"slices"

	"spoor/internal/packet"
)

// Match says whether a packet is wanted. It sees what a Stenographer's index
// sees: the outer IP header, and the ports of TCP and UDP; times are exact,
// where a Stenographer goes by file.
func (f Filter) Match(m packet.Meta) bool {
	return f.root == nil || f.root.match(&m)
}

func (h filterHost) match(m *packet.Meta) bool {
	return m.Source == h.addr || m.Destination == h.addr
}

func (n filterNet) match(m *packet.Meta) bool {
	return n.prefix.Contains(m.Source) || n.prefix.Contains(m.Destination)
}

func (p filterPort) match(m *packet.Meta) bool {
	return m.HasPorts && (m.SourcePort == p.port || m.DestinationPort == p.port)
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
		if k.match(m) == (j.op == filterOr) {
			return j.op == filterOr
		}
	}
	return j.op == filterAnd
}
