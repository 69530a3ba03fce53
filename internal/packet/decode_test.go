package packet

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Ensure that the summary of each kind of packet reads like Wireshark's line.
func TestDecodeSummary(t *testing.T) {
	tests := []struct {
		name  string
		link  uint16
		frame []byte
		want  string
	}{
		{"syn", LinkEthernet, eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 8080, 2))),
			"10.0.0.1:60997 → 10.0.0.2:8080 TCP 54 [SYN] Seq(raw)=1000 Win=512 Len=0"},
		{"syn ack", LinkEthernet, eth(0x0800, ip4(6, hostB, hostA, tcp4(8080, 60997, 0x12))),
			"10.0.0.2:8080 → 10.0.0.1:60997 TCP 54 [SYN, ACK] Seq(raw)=1000 Ack(raw)=2000 Win=512 Len=0"},
		{"padding", LinkEthernet, cat(eth(0x0800, ip4(17, hostA, hostB, udp4(9, 9))), make([]byte, 18)),
			"10.0.0.1:9 → 10.0.0.2:9 UDP 60 Len=0"},
		{"no flags", LinkRaw, ip4(6, hostA, hostB, tcp4(1, 2, 0)),
			"10.0.0.1:1 → 10.0.0.2:2 TCP 40 [<None>] Seq(raw)=1000 Win=512 Len=0"},
		{"v6", LinkEthernet, eth(0x86dd, ip6(17, hostC, hostD, udp4(5000, 6000, []byte("abc")))),
			"[2001:db8::1]:5000 → [2001:db8::2]:6000 UDP 65 Len=3"},
		{"query", LinkEthernet, eth(0x0800, ip4(17, hostA, hostB, udp4(40000, 53, dnsQuery()))),
			"10.0.0.1:40000 → 10.0.0.2:53 DNS 75 Standard query 0x1a2b A www.example.com"},
		{"answer", LinkEthernet, eth(0x0800, ip4(17, hostB, hostA, udp4(53, 40000, dnsAnswer()))),
			"10.0.0.2:53 → 10.0.0.1:40000 DNS 109 Standard query response 0x1a2b A www.example.com CNAME web.example.com A 192.0.2.7"},
		{"query over tcp", LinkEthernet, eth(0x0800, ip4(6, hostA, hostB, tcp4(40000, 53, 0x18, be16(33), dnsQuery()))),
			"10.0.0.1:40000 → 10.0.0.2:53 DNS 89 Standard query 0x1a2b A www.example.com"},
		{"request", LinkEthernet, eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 8080, 0x18, []byte("GET /m HTTP/1.1\r\nHost: a.example\r\n\r\n")))),
			"10.0.0.1:60997 → 10.0.0.2:8080 HTTP 90 GET /m HTTP/1.1"},
		{"hello", LinkEthernet, eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 8443, 0x18, clientHello("www.example.com")))),
			"10.0.0.1:60997 → 10.0.0.2:8443 TLS 141 Client Hello (SNI=www.example.com)"},
		{"arp", LinkEthernet, eth(0x0806, arpRequest()),
			"02:00:00:00:00:01 → 02:00:00:00:00:02 ARP 42 Who has 10.0.0.1? Tell 10.0.0.2"},
		{"ping", LinkEthernet, eth(0x0800, ip4(1, hostA, hostB, []byte{8, 0, 0, 0, 0, 1, 0, 2})),
			"10.0.0.1 → 10.0.0.2 ICMP 42 Echo (ping) request id=0x0001, seq=2/512, ttl=64"},
		{"icmp error keeps its own hosts", LinkEthernet,
			eth(0x0800, ip4(1, hostB, hostA, []byte{3, 3, 0, 0, 0, 0, 0, 0}, ip4(17, hostA, "10.9.9.9", udp4(1, 2)))),
			"10.0.0.2 → 10.0.0.1 ICMP 70 Destination unreachable (Port unreachable)"},
		{"later fragment", LinkEthernet, eth(0x0800, ip4Fragment(17, 0x00b9, hostA, hostB, make([]byte, 8))),
			"10.0.0.1 → 10.0.0.2 IPv4 42 Fragmented IP protocol (proto=UDP 17, off=1480, ID=0x1234)"},
		{"6in4", LinkEthernet, eth(0x0800, ip4(41, hostA, hostB, ip6(17, hostC, hostD, udp4(5, 6)))),
			"10.0.0.1 → 10.0.0.2 UDP 82 2001:db8::1 → 2001:db8::2 5 → 6 Len=0"},
		{"gre", LinkEthernet, eth(0x0800, ip4(47, hostA, hostB, be16(0), be16(0x0800), ip4(6, "172.16.0.1", "172.16.0.2", tcp4(7, 8, 0x10)))),
			"10.0.0.1 → 10.0.0.2 TCP 78 172.16.0.1 → 172.16.0.2 7 → 8 [ACK] Seq(raw)=1000 Ack(raw)=2000 Win=512 Len=0"},
		{"unknown type", LinkEthernet, eth(0x1234, []byte("abc")),
			"02:00:00:00:00:01 → 02:00:00:00:00:02 0x1234 17 0x1234, 3 bytes"},
		{"empty", LinkEthernet, nil, "Ethernet 0"},
		{"null", LinkNull, cat([]byte{2, 0, 0, 0}, ip4(17, hostA, hostB, udp4(1, 2))), "10.0.0.1:1 → 10.0.0.2:2 UDP 32 Len=0"},
		{"sll", LinkLinuxSLL, cat(be16(0), be16(1), be16(6), testMACs[:8], be16(0x0800), ip4(17, hostA, hostB, udp4(1, 2))),
			"10.0.0.1:1 → 10.0.0.2:2 UDP 44 Len=0"},
		{"sll2", LinkLinuxSLL2, cat(be16(0x0800), be16(0), be32(3), be16(1), []byte{0, 6}, testMACs[:8], ip4(17, hostA, hostB, udp4(1, 2))),
			"10.0.0.1:1 → 10.0.0.2:2 UDP 48 Len=0"},
	}
	for _, tt := range tests {
		d := Decode(tt.link, tt.frame, 0)
		if got := d.Summary(); got != tt.want {
			t.Errorf("%s: got %q, want %q (%s)", tt.name, got, tt.want, d.Error)
		}
	}
}

// Ensure that fields stand under Wireshark's names, aliases too.
func TestDecodeValues(t *testing.T) {
	http := "GET /a?b=c HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: probe/1\r\nX-Trace: 77\r\n\r\nbody"
	frame := eth(0x8100, vlanTag(0x2005, 0x0800), ip4(6, hostA, hostB, tcp4(60997, 80, 0x18, []byte(http))))
	d := Decode(LinkEthernet, frame, 2000)
	for name, want := range map[string]string{
		"frame.len": "2000", "frame.cap_len": "142", "eth.src": "02:00:00:00:00:01", "eth.type": "0x8100",
		"eth.addr": "02:00:00:00:00:01|02:00:00:00:00:02", "vlan.id": "5", "vlan.priority": "1",
		"ip.src": hostA, "ip.addr": hostA + "|" + hostB, "host": hostA + "|" + hostB, "ip.proto": "6",
		"tcp.port": "60997|80", "port": "60997|80", "tcp.flags": "0x0018", "tcp.flags.push": "1", "tcp.flags.syn": "0",
		"http.request.method": "GET", "http.request.uri": "/a?b=c", "http.host": "www.example.com",
		"http.user_agent": "probe/1", "http.request.line": "X-Trace: 77", "udp.port": "", "nothing": "",
	} {
		got := d.Values(name)
		slices.Sort(got)
		wanted := strings.Split(want, "|")
		slices.Sort(wanted)
		if strings.Join(got, "|") != strings.Join(wanted, "|") {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if names := d.FieldNames(); !slices.Contains(names, "http.host") || slices.Contains(names, "udp.srcport") {
		t.Errorf("got names %q", names)
	}
}

// Ensure that the offset and length of a field are where its bytes stand.
func TestDecodeOffsets(t *testing.T) {
	payload := "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
	frame := eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 80, 0x18, []byte(payload))))
	for name, want := range map[string]string{
		"ip.src": "\x0a\x00\x00\x01", "tcp.dstport": "\x00\x50", "http.host": "Host: www.example.com",
		"http.request.method": "GET", "eth.dst": "\x02\x00\x00\x00\x00\x02",
	} {
		for _, l := range Decode(LinkEthernet, frame, 0).Layers {
			for _, f := range l.Fields {
				if got := string(frame[f.Offset : f.Offset+f.Length]); f.Name == name && got != want {
					t.Errorf("%s: got bytes %q, want %q", name, got, want)
				}
			}
		}
	}
}

// Ensure that what an ICMP error quotes is shown, but is not the packet's.
func TestDecodeQuote(t *testing.T) {
	frame := eth(0x0800, ip4(1, hostB, hostA, []byte{3, 3, 0, 0, 0, 0, 0, 0}, ip4(17, hostA, "10.9.9.9", udp4(1, 2))))
	d := Decode(LinkEthernet, frame, 0)
	if got := d.Values("ip.dst"); !slices.Equal(got, []string{hostA, "10.9.9.9"}) {
		t.Errorf("got ip.dst %q", got)
	}
	if got := d.Values("host"); !slices.Equal(got, []string{hostB, hostA}) {
		t.Errorf("got host %q", got)
	}
	if got := d.Values("port"); got != nil || d.SourcePort != 0 {
		t.Errorf("got port %q, %d", got, d.SourcePort)
	}
}

// Ensure that packets which are cut or lie about lengths are decoded as far as
// they go and say what stopped it.
func TestDecodeMalformed(t *testing.T) {
	whole := eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 80, 0x18)))
	badOption := slices.Clone(whole)
	badOption = append(badOption, 2, 0, 0, 0)
	badOption[46] = 0x60
	badOption[17] += 4
	loop := cat(be16(1), be16(0), be16(1), be16(0), be16(0), be16(0), []byte{0xc0, 12, 0, 1, 0, 1})
	tests := []struct {
		name  string
		frame []byte
		orig  int
		want  string
	}{
		{"cut ethernet", whole[:9], 0, "eth: 9 of 14 bytes"},
		{"cut ip", whole[:20], 0, "ip: 6 of 20 bytes"},
		{"cut tcp", whole[:44], 54, "tcp: 10 of 20 bytes captured"},
		{"option", badOption, 0, "tcp: an option of a length that can't be"},
		{"name that points to itself", eth(0x0800, ip4(17, hostA, hostB, udp4(40000, 53, loop))), 0, "dns: a name that can't be"},
		{"total length", eth(0x0800, cat([]byte{0x45, 0, 0, 10}, make([]byte, 16))), 0, "ip: total length is less than the header's"},
		{"version", eth(0x0800, cat([]byte{0x55, 0, 0, 20}, make([]byte, 16))), 0, "ip: version and header length can't be 0x55"},
		{"tags without end", eth(0x8100, bytes.Repeat([]byte{0, 1, 0x81, 0}, 100)), 0, "more than 32 headers in one packet"},
	}
	for _, tt := range tests {
		d := Decode(LinkEthernet, tt.frame, tt.orig)
		if d.Error != tt.want {
			t.Errorf("%s: got error %q, want %q", tt.name, d.Error, tt.want)
		}
	}
	if got := Decode(LinkEthernet, whole[:44], 54).Values("tcp.dstport"); !slices.Equal(got, []string{"80"}) {
		t.Errorf("cut tcp: got port %q, want 80", got)
	}
}

// Ensure that control characters, and what would turn text round, are escaped
// and that lengths are bounded.
func TestDecodeEscapes(t *testing.T) {
	head := "GET /\x1b[31m\xff\u202e HTTP/1.1\r\nHost: " + strings.Repeat("a", 5000) + "\r\nX: " + strings.Repeat("b ", 9000) + "\r\n\r\n"
	d := Decode(LinkRaw, ip4(6, hostA, hostB, tcp4(1, 80, 0x18, []byte(head))), 0)
	if want := `GET /\x1b[31m\xff\xe2\x80\xae HTTP/1.1`; d.Info != want {
		t.Errorf("got info %q, want %q", d.Info, want)
	}
	if got := d.Values("http.host"); len(got) != 1 || len(got[0]) != maxValue {
		t.Errorf("got %d values, want one of %d bytes", len(got), maxValue)
	}
	if n := len(d.Text()); n > 16<<10 {
		t.Errorf("got %d bytes of text", n)
	}
}

// Ensure that link types which only gopacket knows still lead to the hosts.
func TestDecodeForeignLink(t *testing.T) {
	// Token ring is unknown; 802.11 data with LLC is not.
	dot11 := cat([]byte{0x08, 0, 0, 0}, testMACs, make([]byte, 6), be16(0), []byte{0xaa, 0xaa, 3, 0, 0, 0}, be16(0x0800),
		ip4(17, hostA, hostB, udp4(1, 2)), make([]byte, 4))
	if got, want := Decode(105, dot11, 0).Summary(), "10.0.0.1:1 → 10.0.0.2:2 UDP 64 Len=0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Decode(6, []byte("abcdef"), 0); got.Error == "" || got.Length != 6 {
		t.Errorf("got %+v, want an error", got)
	}
	if got := Decode(60000, []byte("abcdef"), 0); got.Error == "" {
		t.Errorf("got %+v, want an error", got)
	}
}

// Ensure that no link type makes trouble, known or not.
func TestDecodeAnyLink(t *testing.T) {
	frame := bytes.Repeat([]byte{0x45, 0, 0, 40, 0xff, 0x06, 0x80, 1}, 20)
	for link := range uint16(300) {
		for _, n := range []int{0, 1, 7, 30, len(frame)} {
			checkDecoded(t, Decode(link, frame[:n], 0), frame[:n])
		}
	}
}

// Ensure that a Decoded does not change when the packet's bytes do.
func TestDecodeKeepsNothing(t *testing.T) {
	frame := eth(0x0800, ip4(6, hostA, hostB, tcp4(60997, 80, 0x18, []byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"))))
	d := Decode(LinkEthernet, frame, 0)
	before := string(d.Text())
	clear(frame)
	if after := string(d.Text()); after != before {
		t.Errorf("got %q, want %q", after, before)
	}
}

// Ensure that a message of SMB1 says what it is, as Wireshark does, also where
// it is cut.
func TestDecodeNamesSMB1(t *testing.T) {
	head := func(command, flags byte) []byte {
		return cat([]byte("\x00\x00\x00\x23\xffSMB"), []byte{command, 0, 0, 0, 0, flags}, make([]byte, 25))
	}
	for want, payload := range map[string][]byte{
		"Negotiate Protocol Request": head(0x72, 0x18), "Trans2 Response": head(0x32, 0x98),
		"Command 7 Request": head(7, 0), "SMB1": head(0x72, 0)[:9],
	} {
		if d := Decode(LinkRaw, ip4(6, hostA, hostB, tcp4(40000, 445, 0x18, payload)), 0); d.Protocol != "SMB" || d.Info != want {
			t.Errorf("got %s %q, want SMB %q", d.Protocol, d.Info, want)
		}
	}
}
