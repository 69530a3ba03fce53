package packet

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"spoor/internal/realdata"
)

// oracleFields are compared with tshark for every packet.
var oracleFields = []string{
	"frame.len", "frame.cap_len", "frame.protocols",
	"eth.src", "eth.dst", "eth.type", "vlan.id", "vlan.etype", "ieee8021ad.id", "mpls.label", "pppoe.session_id", "ppp.protocol",
	"sll.etype", "sll.src.eth", "llc.type",
	"arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "arp.src.hw_mac", "arp.dst.hw_mac",
	"ip.src", "ip.dst", "ip.proto", "ip.len", "ip.hdr_len", "ip.id", "ip.ttl", "ip.flags", "ip.flags.df", "ip.flags.mf",
	"ip.dsfield", "ip.checksum",
	"ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen", "ipv6.hlim", "ipv6.flow", "ipv6.tclass",
	"tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.flags.syn", "tcp.flags.ack", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.hdr_len",
	"tcp.window_size_value", "tcp.checksum", "tcp.urgent_pointer", "tcp.options.mss_val", "tcp.options.wscale.shift",
	"tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re",
	"udp.srcport", "udp.dstport", "udp.length", "udp.checksum",
	"icmp.type", "icmp.code", "icmp.ident", "icmp.seq", "icmp.checksum", "icmpv6.type", "icmpv6.code", "icmpv6.echo.identifier",
	"icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "igmp.type", "igmp.maddr",
	"gre.proto", "gre.flags_and_version", "vxlan.vni", "vxlan.flags", "teredo.orig.port", "teredo.orig.addr",
	"dns.id", "dns.flags", "dns.flags.response", "dns.flags.rcode", "dns.count.queries", "dns.count.answers", "dns.count.auth_rr",
	"dns.qry.name", "dns.qry.type", "dns.qry.class", "dns.resp.name", "dns.resp.type", "dns.resp.ttl", "dns.a", "dns.aaaa",
	"dns.cname", "dns.ns", "dns.ptr.domain_name", "dns.mx.mail_exchange", "dns.mx.preference", "dns.srv.target", "dns.srv.port",
	"dns.soa.mname", "dns.soa.rname", "dns.txt",
	"http.host", "http.request.method", "http.request.uri", "http.request.version", "http.user_agent", "http.referer",
	"http.response.code", "http.response.phrase", "http.server", "http.content_type", "http.content_length_header", "http.location",
	"http.date", "http.cookie", "http.set_cookie", "http.accept", "http.connection", "http.last_modified",
	"tls.record.content_type", "tls.record.version", "tls.handshake.type", "tls.handshake.version",
	"tls.handshake.extensions_server_name", "tls.handshake.ciphersuite", "tls.handshake.extensions_alpn_str",
	"tls.handshake.extensions.supported_version", "tls.handshake.extension.type",
	"ssh.protocol", "ftp.request.command", "ftp.request.arg", "ftp.response.code", "ftp.response.arg",
	"smtp.req.command", "smtp.req.parameter", "smtp.response.code",
	"dhcp.id", "dhcp.type", "dhcp.hw.mac_addr", "dhcp.ip.your", "dhcp.option.dhcp", "dhcp.option.hostname",
	"dhcp.option.requested_ip_address", "ntp.stratum", "ntp.flags", "nbns.id",
}

// tshark prints the fields of every packet, one packet a line, as decoded
// from each packet alone.
func tshark(t *testing.T, path string, fields []string) [][]string {
	t.Helper()
	bin, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no tshark in CI: %v", err)
		}
		t.Skipf("no tshark: %v", err)
	}
	args := []string{"-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", "-E", "occurrence=a",
		"-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
		"-o", "tcp.try_heuristic_first:FALSE", "-o", "tls.desegment_ssl_records:FALSE", "-o", "http.desegment_headers:FALSE",
		"-o", "tcp.reassemble_out_of_order:FALSE"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(bin, args...)
	cmd.Stderr = nil
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("tshark %s: %v", path, err)
	}
	var rows [][]string
	for line := range bytes.Lines(out) {
		rows = append(rows, strings.Split(strings.TrimSuffix(string(line), "\n"), "\t"))
	}
	return rows
}

// Ensure that fields have the values that tshark prints, for every packet of
// real captures of every kind.
func TestDataFieldsEqualTshark(t *testing.T) {
	dir := realdata.Dir(t)
	for _, c := range realdata.Captures(t, dir) {
		if c.Packets == 0 || strings.HasSuffix(c.File, "test018.pcapng") {
			continue // tshark counts custom blocks there, which are no packets
		}
		t.Run(c.File, func(t *testing.T) { compareFields(t, filepath.Join(dir, c.File)) })
	}
}

func compareFields(t *testing.T, path string) {
	packets, _ := readAll(openCapture(t, path))
	rows := tshark(t, path, oracleFields)
	if len(rows) != len(packets) {
		t.Fatalf("tshark reads %d packets, got %d", len(rows), len(packets))
	}
	streams := 0
	for i, p := range packets {
		d := Decode(p.LinkType, p.Data, p.OrigLen)
		other := false
		for j, name := range oracleFields {
			want := ""
			if j < len(rows[i]) {
				want = rows[i][j]
			}
			switch got := strings.Join(d.Values(name), "|"); {
			case got == want || otherName(name, got, want, d):
			case isAboveTransport(name) && (got == "" || want == "" || strings.Contains(got+"|", want+"|") || strings.Contains(want+"|", got+"|")):
				other = true
			default:
				t.Errorf("packet %d %s: got %q, want %q (%s)", i+1, name, got, want, d.Summary())
			}
		}
		if other {
			streams++
		}
	}
	// Where tshark follows the connection, which a single packet does not
	// allow: a head in several segments, a retransmission, another protocol's
	// port. It stays rare.
	if streams > 3 && streams*10 > len(packets) {
		t.Errorf("%d of %d packets differ above the transport", streams, len(packets))
	}
	if streams > 0 {
		t.Logf("%d of %d packets differ above the transport", streams, len(packets))
	}
}

func isAboveTransport(name string) bool {
	head, _, _ := strings.Cut(name, ".")
	switch head {
	case "http", "tls", "ssh", "ftp", "smtp", "dns", "dhcp", "nbns", "ntp":
		return true
	}
	return false
}

// otherName lists the deliberate differences.
func otherName(name, got, want string, d *Decoded) bool {
	switch {
	case strings.Contains(got, `\x`): // bytes that are not text, which tshark prints raw
		return strings.ContainsRune(want, '\ufffd') || !utf8.ValidString(want)
	case name == "frame.protocols": // tshark names more of them, and "data"
		return strings.HasPrefix(want, got) || strings.HasPrefix(got, want) || samePath(got, want)
	case strings.HasPrefix(name, "tcp.options.sack_"): // counted from the connection's start by tshark
		return got != "" && want != ""
	case name == "dns.resp.name": // of SRV records it is dns.srv.name in tshark
		return len(d.Values("dns.srv.target")) > 0
	case name == "dns.resp.type": // tshark adds the types that an NSEC record lists
		return strings.Contains(got, "47")
	case strings.HasPrefix(name, "dns.count."): // dns.count.zones and so on in updates
		return slices.Contains(d.Values("dns.flags.opcode"), "5")
	case strings.HasPrefix(name, "ipv6."): // a header that is cut: tshark shows the half
		return d.Error != "" && got == ""
	}
	return false
}

// samePath says whether two frame.protocols agree up to the transport.
func samePath(got, want string) bool {
	cut := func(s string) string {
		for _, t := range []string{":tcp", ":udp", ":icmp", ":icmpv6"} {
			if head, _, ok := strings.Cut(s, t); ok {
				return head + t
			}
		}
		return s
	}
	return cut(got) == cut(want)
}
