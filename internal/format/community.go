package format

import (
	"net/netip"
	"strconv"

	"spoor/internal/communityid"
	"spoor/internal/packet"
)

// The Community ID of packets, and of lines about connections that lack it,
// is computed: so what one tool writes finds the flow in all others' data.
const (
	communityName  = "community_id"
	communityOther = "network.community_id"
)

func isCommunity(name string) bool { return name == communityName || name == communityOther }

// flowNames are the fields of a line that make the flow, under any spelling.
var flowNames = [...]string{"id.orig_h", "id.resp_h", "proto", "id.orig_p", "id.resp_p"}

// flow is the texts of those fields.
type flow [len(flowNames)]string

// community returns the Community ID of a flow; empty if it is none.
func (f flow) community() string {
	var t communityid.Tuple
	var err error
	if t.Source, err = netip.ParseAddr(f[0]); err != nil {
		return ""
	}
	if t.Destination, err = netip.ParseAddr(f[1]); err != nil {
		return ""
	}
	var ok bool
	if t.Protocol, ok = communityid.Protocol(f[2], t.Source.Is6()); !ok {
		return ""
	}
	for i, port := range []*uint16{&t.SourcePort, &t.DestinationPort} {
		n, err := strconv.ParseUint(f[3+i], 10, 16)
		if err != nil {
			return ""
		}
		*port = uint16(n)
	}
	return communityid.Of(t)
}

// communityAccessor is the field as a line has it, else computed.
type communityAccessor struct {
	own   Accessor
	parts [len(flowNames)]Accessor
}

func newCommunityAccessor(own Accessor, other func(name string) Accessor) Accessor {
	a := &communityAccessor{own: own}
	for i, name := range flowNames {
		a.parts[i] = other(name)
	}
	return a
}

// Values implements Accessor.
func (a *communityAccessor) Values(s *Scratch, raw []byte, origLen int) [][]byte {
	if v := a.own.Values(s, raw, origLen); len(v) > 0 {
		return v
	}
	var f flow
	for i, part := range a.parts {
		v := part.Values(s, raw, origLen)
		if len(v) == 0 {
			s.begin()
			return nil
		}
		f[i] = string(v[0])
	}
	s.begin()
	if id := f.community(); id != "" {
		s.texts([]string{id})
	}
	return s.values
}

// addCommunity adds the Community ID to the fields of a line about a
// connection that lacks it.
func (l *fieldList) addCommunity() {
	if l.find(communityName) >= 0 || l.find(communityOther) >= 0 {
		return
	}
	var f flow
	for i, name := range flowNames {
		for _, spelling := range Canonical(name) {
			if at := l.find(spelling); at >= 0 && len(l.fields[at].Values) > 0 {
				f[i] = l.fields[at].Values[0]
				break
			}
		}
		if f[i] == "" {
			return
		}
	}
	if id := f.community(); id != "" {
		l.add(communityName, id, false)
	}
}

// packetCommunity is the Community ID of a packet: of its innermost addresses,
// as sensors that look into tunnels log it. What an ICMP error quotes is none
// of its own.
func packetCommunity(d *packet.Decoded) string {
	var t communityid.Tuple
	for i := range d.Layers {
		l := &d.Layers[i]
		if l.Quoted() {
			break
		}
		switch l.Name {
		case "ip", "ipv6":
			t = communityid.Tuple{Source: layerAddr(l, l.Name+".src"), Destination: layerAddr(l, l.Name+".dst")}
		case "tcp", "udp", "sctp":
			if t.Protocol == 0 {
				t.Protocol = map[string]uint8{"tcp": communityid.TCP, "udp": communityid.UDP, "sctp": communityid.SCTP}[l.Name]
				t.SourcePort, t.DestinationPort = layerNumber(l, l.Name+".srcport"), layerNumber(l, l.Name+".dstport")
			}
		case "icmp", "icmpv6":
			if t.Protocol == 0 {
				t.Protocol = map[string]uint8{"icmp": communityid.ICMP, "icmpv6": communityid.ICMP6}[l.Name]
				t.SourcePort, t.DestinationPort = layerNumber(l, l.Name+".type"), layerNumber(l, l.Name+".code")
			}
		}
	}
	if t.Protocol == 0 {
		return ""
	}
	return communityid.Of(t)
}

func layerValue(l *packet.Layer, name string) string {
	for _, f := range l.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func layerAddr(l *packet.Layer, name string) netip.Addr {
	a, _ := netip.ParseAddr(layerValue(l, name)) // the zero Addr has no Community ID
	return a
}

func layerNumber(l *packet.Layer, name string) uint16 {
	n, _ := strconv.ParseUint(layerValue(l, name), 10, 16) // cut off: there is none
	return uint16(n)
}
