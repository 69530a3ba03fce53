package demo

import (
	"encoding/binary"
	"net/netip"
)

const (
	protoTCP = 6
	protoUDP = 17

	flagFIN = 0x01
	flagSYN = 0x02
	flagPSH = 0x08
	flagACK = 0x10
)

type mac [6]byte

// ethernet makes a frame.
func ethernet(to, from mac, kind uint16, payload []byte) []byte {
	b := make([]byte, 0, 14+len(payload))
	b = append(b, to[:]...)
	b = append(b, from[:]...)
	b = binary.BigEndian.AppendUint16(b, kind)
	return append(b, payload...)
}

// ipv4 makes a packet with its checksum.
func ipv4(from, to netip.Addr, protocol, ttl uint8, id uint16, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0] = 0x45
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(b[4:], id)
	b[6] = 0x40 // don't fragment
	b[8], b[9] = ttl, protocol
	source, destination := from.As4(), to.As4()
	copy(b[12:], source[:])
	copy(b[16:], destination[:])
	binary.BigEndian.PutUint16(b[10:], checksum(0, b))
	return append(b, payload...)
}

// udp makes a datagram with its checksum.
func udp(from, to netip.AddrPort, payload []byte) []byte {
	b := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(b, from.Port())
	binary.BigEndian.PutUint16(b[2:], to.Port())
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(payload)))
	b = append(b, payload...)
	sum := checksum(pseudo(from, to, protoUDP, len(b)), b)
	if sum == 0 {
		sum = 0xffff // 0 means that there is none
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return b
}

// segment is what a TCP header says.
type segment struct {
	seq, ack uint32
	flags    uint8
	window   uint16
	options  []byte // a multiple of four bytes
}

// tcp makes a segment with its checksum.
func tcp(from, to netip.AddrPort, s segment, payload []byte) []byte {
	header := 20 + len(s.options)
	b := make([]byte, 20, header+len(payload))
	binary.BigEndian.PutUint16(b, from.Port())
	binary.BigEndian.PutUint16(b[2:], to.Port())
	binary.BigEndian.PutUint32(b[4:], s.seq)
	binary.BigEndian.PutUint32(b[8:], s.ack)
	b[12], b[13] = byte(header/4)<<4, s.flags
	binary.BigEndian.PutUint16(b[14:], s.window)
	b = append(b, s.options...)
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[16:], checksum(pseudo(from, to, protoTCP, len(b)), b))
	return b
}

// arp makes a request (1) or a reply (2).
func arp(operation uint16, senderMAC mac, sender netip.Addr, targetMAC mac, target netip.Addr) []byte {
	b := []byte{0, 1, 8, 0, 6, 4}
	b = binary.BigEndian.AppendUint16(b, operation)
	from, to := sender.As4(), target.As4()
	b = append(b, senderMAC[:]...)
	b = append(b, from[:]...)
	b = append(b, targetMAC[:]...)
	return append(b, to[:]...)
}

// pseudo sums up the header that TCP and UDP put into their checksums.
func pseudo(from, to netip.AddrPort, protocol uint8, length int) uint32 {
	a, b := from.Addr().As4(), to.Addr().As4()
	sum := uint32(protocol) + uint32(length)
	for i := 0; i < 4; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(a[i:])) + uint32(binary.BigEndian.Uint16(b[i:]))
	}
	return sum
}

// checksum is the Internet checksum of b on top of sum (RFC 1071).
func checksum(sum uint32, b []byte) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
