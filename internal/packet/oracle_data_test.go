package packet

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
	"dhcp.option.requested_ip_address", "ntp.stratum", "ntp.flags", "nbns.id", "smb2.cmd",
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
	dir := dataDir(t)
	for _, c := range captures(t, dir) {
		if c.Packets == 0 {
			continue
		}
		t.Run(c.File, func(t *testing.T) { compareFields(t, filepath.Join(dir, c.File)) })
	}
}

func compareFields(t *testing.T, path string) {
	packets, _ := readAll(openCapture(t, path))
	rows := tshark(t, path, oracleFields)
	if len(rows) != len(packets) {
		t.Skipf("tshark reads %d records, %d are packets", len(rows), len(packets))
	}
	shown := map[string]int{}
	for i, p := range packets {
		d := Decode(p.LinkType, p.Data, p.OrigLen)
		for j, name := range oracleFields {
			want := ""
			if j < len(rows[i]) {
				want = rows[i][j]
			}
			got := strings.Join(d.Values(name), "|")
			if got == want || differs(name, got, want, d) {
				continue
			}
			if shown[name]++; shown[name] <= 2 {
				t.Errorf("packet %d %s: got %q, want %q (%s)", i+1, name, got, want, d.Summary())
			}
		}
	}
	for name, n := range shown {
		if n > 2 {
			t.Errorf("%s: %d packets differ", name, n)
		}
	}
}

func differs(name, got, want string, d *Decoded) bool {
	return false
}

var _ = fmt.Sprint
var _ = slices.Contains[[]string]
