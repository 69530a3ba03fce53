package packet

import (
	"encoding/binary"
	"net/netip"
)

// Ethernet types.
const (
	etherIPv4      = 0x0800
	etherARP       = 0x0806
	etherIPv6      = 0x86dd
	etherVLAN      = 0x8100
	etherQinQ      = 0x88a8
	etherQinQOld   = 0x9100
	etherMPLS      = 0x8847
	etherMPLSMulti = 0x8848
	etherPPPoED    = 0x8863
	etherPPPoES    = 0x8864
	etherBridge    = 0x6558
)

// IP protocols.
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoIGMP        = 2
	protoIPv4        = 4
	protoTCP         = 6
	protoUDP         = 17
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoESP         = 50
	protoAH          = 51
	protoICMPv6      = 58
	protoNone        = 59
	protoDestOptions = 60
	protoSCTP        = 132
)

// ReadMeta reads the outermost IP header of a packet and the tags before it,
// as far as the bytes go. It looks through VLAN tags and MPLS labels, not
// through PPPoE or tunnels: that is the scope of a Stenographer's index.
func ReadMeta(linkType uint16, data []byte) Meta {
	var m Meta
	kind, b := linkPayload(linkType, data)
	for range 2 * maxTags {
		switch kind {
		case etherIPv4:
			m.readIPv4(b)
			return m
		case etherIPv6:
			m.readIPv6(b)
			return m
		case etherVLAN, etherQinQ, etherQinQOld:
			if len(b) < 4 {
				return m
			}
			if m.nvlans < maxTags {
				m.vlans[m.nvlans] = binary.BigEndian.Uint16(b) & 0x0fff
				m.nvlans++
			}
			kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		case etherMPLS, etherMPLSMulti:
			kind, b = m.readLabels(b)
		default:
			return m
		}
	}
	return m
}

// linkPayload returns the Ethernet type of what stands in a frame, and that;
// 0 when it can't be told.
func linkPayload(linkType uint16, b []byte) (kind uint16, payload []byte) {
	switch linkType {
	case LinkEthernet:
		if len(b) >= 14 {
			return binary.BigEndian.Uint16(b[12:]), b[14:]
		}
	case LinkLinuxSLL:
		if len(b) >= 16 {
			return binary.BigEndian.Uint16(b[14:]), b[16:]
		}
	case LinkLinuxSLL2:
		if len(b) >= 20 {
			return binary.BigEndian.Uint16(b), b[20:]
		}
	case LinkFDDI:
		if len(b) >= 21 && isSNAP(b[13:]) {
			return binary.BigEndian.Uint16(b[19:]), b[21:]
		}
	case LinkNull, LinkLoop:
		if len(b) >= 4 {
			return ipKind(b[4:]), b[4:]
		}
	case LinkRaw, LinkIPv4, LinkIPv6, 12, 14: // 12 and 14: RAW by its number in memory
		return ipKind(b), b
	}
	return 0, nil
}

// isSNAP says whether b is an LLC header with Ethernet types behind it.
func isSNAP(b []byte) bool {
	return len(b) >= 8 && b[0] == 0xaa && b[1] == 0xaa && b[2] == 3 && b[3] == 0 && b[4] == 0 && b[5] == 0
}

// ipKind tells IPv4 from IPv6 by the version in the first byte.
func ipKind(b []byte) uint16 {
	if len(b) == 0 {
		return 0
	}
	switch b[0] >> 4 {
	case 4:
		return etherIPv4
	case 6:
		return etherIPv6
	}
	return 0
}

func (m *Meta) readLabels(b []byte) (kind uint16, payload []byte) {
	for len(b) >= 4 {
		v := binary.BigEndian.Uint32(b)
		b = b[4:]
		if m.nlabels < maxTags {
			m.labels[m.nlabels] = v >> 12
			m.nlabels++
		}
		if v&0x100 != 0 { // bottom of the stack
			return ipKind(b), b
		}
	}
	return 0, nil
}

func (m *Meta) readIPv4(b []byte) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return
	}
	m.Source = netip.AddrFrom4([4]byte(b[12:16]))
	m.Destination = netip.AddrFrom4([4]byte(b[16:20]))
	m.Proto = b[9]
	header := int(b[0]&0x0f) * 4
	if later := binary.BigEndian.Uint16(b[6:])&0x1fff != 0; later || header < 20 || header > len(b) {
		return
	}
	m.readPorts(b[header:])
}

func (m *Meta) readIPv6(b []byte) {
	if len(b) < 40 || b[0]>>4 != 6 {
		return
	}
	m.Source = netip.AddrFrom16([16]byte(b[8:24]))
	m.Destination = netip.AddrFrom16([16]byte(b[24:40]))
	m.Proto = b[6]
	b = b[40:]
	for len(b) >= 8 {
		size := 8
		switch m.Proto {
		case protoHopByHop, protoRouting, protoDestOptions:
			size += int(b[1]) * 8
		case protoAH:
			size = (int(b[1]) + 2) * 4
		case protoFragment:
			if binary.BigEndian.Uint16(b[2:])&0xfff8 != 0 {
				m.Proto = b[0]
				return
			}
		default:
			m.readPorts(b)
			return
		}
		m.Proto = b[0]
		b = b[min(size, len(b)):]
	}
	m.readPorts(b)
}

func (m *Meta) readPorts(b []byte) {
	if len(b) < 4 || m.Proto != protoTCP && m.Proto != protoUDP {
		return
	}
	m.SourcePort = binary.BigEndian.Uint16(b)
	m.DestinationPort = binary.BigEndian.Uint16(b[2:])
	m.HasPorts = true
	if m.Proto == protoTCP && len(b) >= 14 {
		m.Flags, m.HasFlags = b[13], true
	}
}
