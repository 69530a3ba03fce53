package packet

import (
	"encoding/binary"
	"net/netip"
)

// Frames for tests, layer by layer, without checksums.

func cat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func be16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

// testMACs are the destination and the source of every test frame.
var testMACs = []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}

func eth(kind uint16, payload ...[]byte) []byte {
	return cat(testMACs, be16(kind), cat(payload...))
}

func vlanTag(id, kind uint16) []byte { return cat(be16(id), be16(kind)) }

func ip4(protocol byte, from, to string, payload ...[]byte) []byte {
	return ip4Fragment(protocol, 0x4000, from, to, payload...)
}

func ip4Fragment(protocol byte, fragment uint16, from, to string, payload ...[]byte) []byte {
	body := cat(payload...)
	a, b := netip.MustParseAddr(from).As4(), netip.MustParseAddr(to).As4()
	return cat([]byte{0x45, 0}, be16(uint16(20+len(body))), be16(0x1234), be16(fragment),
		[]byte{64, protocol, 0, 0}, a[:], b[:], body)
}

func ip6(next byte, from, to string, payload ...[]byte) []byte {
	body := cat(payload...)
	a, b := netip.MustParseAddr(from).As16(), netip.MustParseAddr(to).As16()
	return cat([]byte{0x60, 0, 0, 0}, be16(uint16(len(body))), []byte{next, 64}, a[:], b[:], body)
}

func tcp4(from, to uint16, flags byte, payload ...[]byte) []byte {
	return cat(be16(from), be16(to), be32(1000), be32(2000), []byte{0x50, flags}, be16(512), be16(0), be16(0), cat(payload...))
}

func udp4(from, to uint16, payload ...[]byte) []byte {
	body := cat(payload...)
	return cat(be16(from), be16(to), be16(uint16(8+len(body))), be16(0), body)
}

const (
	hostA = "10.0.0.1"
	hostB = "10.0.0.2"
	hostC = "2001:db8::1"
	hostD = "2001:db8::2"
)

// dnsQuery asks for the address of www.example.com.
func dnsQuery() []byte {
	return cat(be16(0x1a2b), be16(0x0100), be16(1), be16(0), be16(0), be16(0), dnsQuestionBytes())
}

func dnsQuestionBytes() []byte {
	return cat([]byte("\x03www\x07example\x03com\x00"), be16(1), be16(1))
}

// dnsAnswer answers with an alias and an address.
func dnsAnswer() []byte {
	return cat(be16(0x1a2b), be16(0x8180), be16(1), be16(2), be16(0), be16(0), dnsQuestionBytes(),
		be16(0xc00c), be16(5), be16(1), be32(300), be16(6), []byte("\x03web\xc0\x10"),
		be16(0xc02d), be16(1), be16(1), be32(300), be16(4), []byte{192, 0, 2, 7})
}

// clientHello offers two ciphers and names a server.
func clientHello(name string) []byte {
	sni := cat(be16(0), be16(uint16(len(name)+5)), be16(uint16(len(name)+3)), []byte{0}, be16(uint16(len(name))), []byte(name))
	versions := cat(be16(43), be16(5), []byte{4}, be16(0x0304), be16(0x0303))
	extensions := cat(sni, versions)
	body := cat(be16(0x0303), make([]byte, 32), []byte{0}, be16(4), be16(0x1301), be16(0xc02f), []byte{1, 0},
		be16(uint16(len(extensions))), extensions)
	message := cat([]byte{1, 0}, be16(uint16(len(body))), body)
	return cat([]byte{22, 3, 1}, be16(uint16(len(message))), message)
}

func arpRequest() []byte {
	return cat(be16(1), be16(0x0800), []byte{6, 4}, be16(1), testMACs[6:], []byte{10, 0, 0, 2}, make([]byte, 6), []byte{10, 0, 0, 1})
}
