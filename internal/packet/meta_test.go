package packet

import (
	"net/netip"
	"slices"
	"testing"
)

// Ensure that the cheap view sees the outer header and nothing else.
func TestReadMeta(t *testing.T) {
	const (
		portsOf = true
		none    = false
	)
	hopByHop := []byte{6, 0, 0, 0, 0, 0, 0, 0}
	tests := []struct {
		name     string
		link     uint16
		frame    []byte
		from, to string
		proto    uint8
		ports    bool
		vlans    []uint16
		labels   []uint32
	}{
		{"tcp", LinkEthernet, eth(0x0800, ip4(6, hostA, hostB, tcp4(7, 8, 2))), hostA, hostB, 6, portsOf, nil, nil},
		{"v6 behind options", LinkEthernet, eth(0x86dd, ip6(0, hostC, hostD, hopByHop, tcp4(7, 8, 2))), hostC, hostD, 6, portsOf, nil, nil},
		{"icmp", LinkEthernet, eth(0x0800, ip4(1, hostA, hostB, make([]byte, 8))), hostA, hostB, 1, none, nil, nil},
		{"sctp has no ports here", LinkEthernet, eth(0x0800, ip4(132, hostA, hostB, make([]byte, 12))), hostA, hostB, 132, none, nil, nil},
		{"first fragment", LinkEthernet, eth(0x0800, ip4Fragment(17, 0x2000, hostA, hostB, udp4(7, 8))), hostA, hostB, 17, portsOf, nil, nil},
		{"later fragment", LinkEthernet, eth(0x0800, ip4Fragment(17, 1, hostA, hostB, udp4(7, 8))), hostA, hostB, 17, none, nil, nil},
		{"v6 later fragment", LinkEthernet, eth(0x86dd, ip6(44, hostC, hostD, []byte{17, 0, 0, 8, 0, 0, 0, 1}, udp4(7, 8))), hostC, hostD, 17, none, nil, nil},
		{"vlan", LinkEthernet, eth(0x8100, vlanTag(0xf005, 0x0800), ip4(6, hostA, hostB, tcp4(7, 8, 2))), hostA, hostB, 6, portsOf, []uint16{5}, nil},
		{"qinq", LinkEthernet, eth(0x88a8, vlanTag(30, 0x8100), vlanTag(1525, 0x0800), ip4(6, hostA, hostB, tcp4(7, 8, 2))), hostA, hostB, 6, portsOf, []uint16{30, 1525}, nil},
		{"mpls", LinkEthernet, eth(0x8847, be32(16<<12|64), be32(17<<12|0x140), ip4(6, hostA, hostB, tcp4(7, 8, 2))), hostA, hostB, 6, portsOf, nil, []uint32{16, 17}},
		{"tunnel", LinkEthernet, eth(0x0800, ip4(41, hostA, hostB, ip6(6, hostC, hostD, tcp4(7, 8, 2)))), hostA, hostB, 41, none, nil, nil},
		{"arp", LinkEthernet, eth(0x0806, arpRequest()), "", "", 0, none, nil, nil},
		{"raw", LinkRaw, ip6(17, hostC, hostD, udp4(7, 8)), hostC, hostD, 17, portsOf, nil, nil},
		{"cut in the tag", LinkEthernet, eth(0x8100, []byte{0}), "", "", 0, none, nil, nil},
		{"cut in the ports", LinkRaw, ip4(6, hostA, hostB, []byte{0, 7}), hostA, hostB, 6, none, nil, nil},
		{"empty", LinkEthernet, nil, "", "", 0, none, nil, nil},
	}
	for _, tt := range tests {
		m := ReadMeta(tt.link, tt.frame)
		if got := addrText(m.Source) + " " + addrText(m.Destination); got != tt.from+" "+tt.to {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.from+" "+tt.to)
		}
		if m.Proto != tt.proto || m.HasPorts != tt.ports {
			t.Errorf("%s: got protocol %d, ports %v; want %d, %v", tt.name, m.Proto, m.HasPorts, tt.proto, tt.ports)
		}
		if m.HasPorts && (m.SourcePort != 7 || m.DestinationPort != 8) {
			t.Errorf("%s: got ports %d and %d, want 7 and 8", tt.name, m.SourcePort, m.DestinationPort)
		}
		if !slices.Equal(m.VLANs(), tt.vlans) || !slices.Equal(m.MPLS(), tt.labels) {
			t.Errorf("%s: got tags %v %v, want %v %v", tt.name, m.VLANs(), m.MPLS(), tt.vlans, tt.labels)
		}
	}
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// Ensure that more tags than a Meta holds do no harm.
func TestMetaTagDropsTooMany(t *testing.T) {
	var m Meta
	m.Tag([]uint16{1, 2, 3}, []uint32{9})
	m.Tag([]uint16{4, 5, 6}, nil)
	if got, want := m.VLANs(), []uint16{1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := m.MPLS(), []uint32{9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkReadMeta(b *testing.B) {
	frame := eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 80, 0x18, make([]byte, 400))))
	for b.Loop() {
		ReadMeta(LinkEthernet, frame)
	}
}

func BenchmarkAppendText(b *testing.B) {
	frame := eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 80, 0x18, make([]byte, 400))))
	var buf []byte
	for b.Loop() {
		buf = AppendText(buf[:0], LinkEthernet, frame, len(frame))
	}
}

func BenchmarkDecode(b *testing.B) {
	frame := eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 80, 0x18, make([]byte, 400))))
	for b.Loop() {
		Decode(LinkEthernet, frame, len(frame))
	}
}
