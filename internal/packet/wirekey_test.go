package packet_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"spoor/internal/packet"
)

// wireFrame is an Ethernet frame with IPv4, a protocol and what follows.
func wireFrame(proto byte, payload []byte) []byte {
	b := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	binary.BigEndian.PutUint16(b[16:], uint16(20+len(payload)))
	return append(b, payload...)
}

// Ensure what changes on the way leaves the key alone, and what tells packets
// apart changes it.
func TestWireKey(t *testing.T) {
	segment := append([]byte{0, 80, 1, 0, 0, 0, 0, 7, 0, 0, 0, 9, 0x50, 0x18, 1, 0, 0xaa, 0xbb, 0, 0}, "hello"...)
	tcp := wireFrame(6, segment)
	udp := wireFrame(17, append([]byte{0, 53, 1, 0, 0, 13, 0xaa, 0xbb}, "query"...))
	change := func(b []byte, at int, to ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], to)
		return b
	}
	tagged := append(append(bytes.Clone(tcp[:12]), 0x81, 0, 0, 5), tcp[12:]...)
	for _, tt := range []struct {
		name string
		a, b []byte
		same bool
	}{
		{"hardware addresses", tcp, change(tcp, 0, 1, 2, 3), true},
		{"hop count and checksum", tcp, change(tcp, 22, 63, 6, 9, 9), true},
		{"TCP checksum", tcp, change(tcp, 50, 1, 1), true},
		{"VLAN tag", tcp, tagged, true},
		{"padding", tcp, append(bytes.Clone(tcp), 0, 0, 0), true},
		{"length left to the card", tcp, change(tcp, 16, 0, 0), true},
		{"UDP checksum", udp, change(udp, 40, 0, 0), true},
		{"IP id", tcp, change(tcp, 18, 9), false},
		{"sequence number", tcp, change(tcp, 38, 9), false},
		{"flags", tcp, change(tcp, 47, 0x10), false},
		{"address", tcp, change(tcp, 29, 9), false},
		{"port", tcp, change(tcp, 35, 81), false},
		{"UDP payload", udp, change(udp, 44, 'x'), false},
		{"length", wireFrame(6, segment), wireFrame(6, segment[:22]), false},
	} {
		a, ok := packet.WireKey(packet.LinkEthernet, tt.a, len(tt.a))
		b, ok2 := packet.WireKey(packet.LinkEthernet, tt.b, len(tt.b))
		if !ok || !ok2 || (a == b) != tt.same {
			t.Errorf("%s: got same %v (%v, %v), want %v", tt.name, a == b, ok, ok2, tt.same)
		}
	}
	whole, _ := packet.WireKey(packet.LinkEthernet, tcp, len(tcp))
	if cut, ok := packet.WireKey(packet.LinkEthernet, tcp[:54], len(tcp)); !ok || cut != whole {
		t.Error("a snap length changes the key")
	}
	for _, none := range [][]byte{nil, tcp[:20], change(tcp, 12, 8, 6)} {
		if _, ok := packet.WireKey(packet.LinkEthernet, none, len(none)); ok {
			t.Errorf("%x: got a key", none)
		}
	}
}

// FuzzWireKey: it never panics, and more bytes of the wire don't matter to
// what was captured.
func FuzzWireKey(f *testing.F) {
	f.Add(uint16(1), wireFrame(6, make([]byte, 20)))
	f.Add(uint16(101), []byte{0x60, 0, 0, 0, 0, 8, 58, 64})
	f.Fuzz(func(t *testing.T, link uint16, b []byte) {
		a, ok := packet.WireKey(link, b, len(b))
		again, ok2 := packet.WireKey(link, bytes.Clone(b), 0)
		if ok != ok2 || a != again {
			t.Errorf("got %d %v and %d %v", a, ok, again, ok2)
		}
	})
}
