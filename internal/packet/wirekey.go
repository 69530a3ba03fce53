package packet

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// wireLead is how much of what follows the header of UDP and ICMP tells
// packets apart whose IP id says nothing, in bytes.
const wireLead = 24

// WireKey hashes what every recorder on a packet's way sees alike: addresses,
// protocol, IP id, length of the IP packet, and of TCP the ports, sequence and
// acknowledgement numbers and flags; of others the first bytes behind the IP
// header but for checksums, which network cards fill in late. Hardware
// addresses, hop counts and checksums change on the way and are left out.
// origLen is the packet's length on the wire, which snap lengths don't change.
// It is false for what has no IP header.
func WireKey(linkType uint16, data []byte, origLen int) (key uint64, ok bool) {
	missing := max(0, origLen-len(data))
	kind, b := linkPayload(linkType, data)
	for range 2 * maxTags {
		switch kind {
		case etherIPv4:
			return wireIPv4(b, len(b)+missing)
		case etherIPv6:
			return wireIPv6(b, len(b)+missing)
		case etherVLAN, etherQinQ, etherQinQOld:
			if len(b) < 4 {
				return 0, false
			}
			kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		case etherMPLS, etherMPLSMulti:
			var m Meta
			kind, b = m.readLabels(b)
		default:
			return 0, false
		}
	}
	return 0, false
}

// wireIPv4 hashes a packet of which there were so many bytes on the wire.
func wireIPv4(b []byte, wire int) (uint64, bool) {
	header := 0
	if len(b) >= 20 {
		header = int(b[0]&0x0f) * 4
	}
	if header < 20 || header > len(b) || b[0]>>4 != 4 {
		return 0, false
	}
	var head [64]byte
	n := copy(head[:], b[12:20]) // addresses
	n += copy(head[n:], b[4:8])  // id, fragment
	n += copy(head[n:], b[9:10]) // protocol
	size := wireSize(int(binary.BigEndian.Uint16(b[2:])), wire)
	return wireHash(head[:], n, b[9], b[header:], size-header), true
}

func wireIPv6(b []byte, wire int) (uint64, bool) {
	if len(b) < 40 || b[0]>>4 != 6 {
		return 0, false
	}
	var head [64]byte
	n := copy(head[:], b[8:40]) // addresses
	n += copy(head[n:], b[6:7]) // next header
	n += copy(head[n:], b[1:4]) // flow label
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size > 0 {
		size += 40
	}
	return wireHash(head[:], n, b[6], b[40:], wireSize(size, wire)-40), true
}

// wireSize is the length of an IP packet, without the padding of short
// frames. A header that says 0 has left its length to the network card, one
// that says more than there was is not to be believed.
func wireSize(said, wire int) int {
	if said == 0 || said > wire {
		return wire
	}
	return said
}

// wireHash hashes the first n bytes of head and what is told of the rest,
// which was size bytes long.
func wireHash(head []byte, n int, proto byte, rest []byte, size int) uint64 {
	rest = rest[:max(0, min(len(rest), size))]
	binary.BigEndian.PutUint32(head[n:], uint32(size))
	n += 4
	switch {
	case proto == protoTCP && len(rest) >= 14:
		n += copy(head[n:], rest[:14]) // ports, numbers, length of the header, flags
		rest = nil
	case proto == protoUDP && len(rest) >= 8:
		n += copy(head[n:], rest[:6])
		rest = rest[8:]
	case (proto == protoICMP || proto == protoICMPv6) && len(rest) >= 4:
		n += copy(head[n:], rest[:2])
		rest = rest[4:]
	}
	sum := xxhash.Sum64(head[:n])
	if len(rest) == 0 {
		return sum
	}
	var lead [8 + wireLead]byte
	binary.LittleEndian.PutUint64(lead[:], sum)
	return xxhash.Sum64(lead[:8+copy(lead[8:], rest)])
}
