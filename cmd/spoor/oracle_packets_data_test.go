package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"spoor/internal/realdata"
)

// packetQueries are filters of Wireshark with the query that asks the same of
// us. docs/query.md has them as a table, with where the two differ.
var packetQueries = []struct{ wireshark, ours string }{
	{"frame", "frame.len:*"},
	{"frame.len > 1000", "frame.len:>1000"},
	{"frame.len >= 60 && frame.len <= 100", "frame.len:[60 TO 100]"},
	{"frame.cap_len < 60", "frame.cap_len:<60"},
	{"frame.protocols contains \"ethertype:ip:\"", `frame.protocols:"ethertype:ip"`},
	{"eth.src == 00:13:72:c4:f1:e1", "eth.src:00:13:72:c4:f1:e1"},
	{"eth.addr == ff:ff:ff:ff:ff:ff", "eth.addr:ff:ff:ff:ff:ff:ff"},
	{"eth.type == 0x0806", "eth.type:0x0806"},
	{"arp", "arp.opcode:*"},
	{"arp.opcode == 1", "arp.opcode:1"},
	{"vlan.id == 10", "vlan.id:10"},
	{"vlan.id", "vlan.id:*"},
	{"ip", "ip.version:*"},
	{"ip.src == 10.0.1.5", "ip.src:10.0.1.5"},
	{"ip.dst == 192.168.0.4", "ip.dst:192.168.0.4"},
	{"ip.addr == 10.0.0.4", "ip.addr:10.0.0.4"},
	{"ip.addr == 10.0.0.0/8", "ip.addr:10.0.0.0/8"},
	{"ip.src == 192.168.0.0/16 && !(ip.dst == 192.168.0.0/16)", "ip.src:192.168.0.0/16 -ip.dst:192.168.0.0/16"},
	{"ip.ttl < 64", "ip.ttl:<64"},
	{"ip.ttl == 128", "ip.ttl:128"},
	{"ip.proto == 17", "ip.proto:17"},
	{"ip.flags.df == 1", "ip.flags.df:1"},
	{"ip.frag_offset == 0", "ip.frag_offset:0"},
	{"ip.id < 0x0100", "ip.id:<0x100"},
	{"ip.len > 1400", "ip.len:>1400"},
	{"ipv6", "ipv6.version:*"},
	{"ipv6.addr == fe80::/10", "ipv6.addr:fe80::/10"},
	{"ipv6.nxt == 58", "ipv6.nxt:58"},
	{"ipv6.hlim == 255", "ipv6.hlim:255"},
	{"tcp", "tcp.srcport:*"},
	{"tcp.port == 443", "tcp.port:443"},
	{"tcp.dstport == 80", "tcp.dstport:80"},
	{"tcp.srcport >= 49152", "tcp.srcport:>=49152"},
	{"tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.flags.syn:1 tcp.flags.ack:0"},
	{"tcp.flags.reset == 1", "tcp.flags.reset:1"},
	{"tcp.flags.fin == 1", "tcp.flags.fin:1"},
	{"tcp.flags == 0x012", "tcp.flags:0x012"},
	{"tcp.len > 0", "tcp.len:>0"},
	{"tcp.len == 0", "tcp.len:0"},
	{"tcp.window_size_value == 0", "tcp.window_size_value:0"},
	{"tcp.options.mss_val == 1460", "tcp.options.mss_val:1460"},
	{"tcp.options.sack_le", "tcp.options.sack_le:*"},
	{"udp", "udp.length:*"},
	{"udp.port == 53", "udp.port:53"},
	{"udp.length > 200", "udp.length:>200"},
	{"tcp.port == 53 || udp.port == 53", "tcp.port:53 OR udp.port:53"},
	{"icmp.type == 8", "icmp.type:8"},
	{"icmp.type == 3 && icmp.code == 3", "icmp.type:3 icmp.code:3"},
	{"icmpv6.type == 135", "icmpv6.type:135"},
	{"igmp", "igmp.type:*"},
	{"gre", "gre.proto:*"},
	{"vxlan.vni", "vxlan.vni:*"},
	{"dns.flags.response == 0", "dns.flags.response:0"},
	{"dns.qry.type == 28", "dns.qry.type:28"},
	{"dns.qry.name matches \"(?i)dmevals\"", "dns.qry.name:*dmevals*"},
	{"dns.flags.rcode == 3", "dns.flags.rcode:3"},
	{"dns.a", "dns.a:*"},
	{"dns.count.answers > 1", "dns.count.answers:>1"},
	{"http.request.method == \"GET\"", "http.request.method:=GET"},
	{"http.response.code >= 400", "http.response.code:>=400"},
	{"http.response.code == 200", "http.response.code:200"},
	{"http.host", "http.host:*"},
	{"tls.handshake.type == 1", "tls.handshake.type:1"},
	{"tls.handshake.extensions_server_name", "tls.handshake.extensions_server_name:*"},
	{"ssh.protocol", "ssh.protocol:*"},
	{"ftp.request.command == \"PASS\"", "ftp.request.command:=PASS"},
	{"ftp.response.code == 530", "ftp.response.code:530"},
	{"dhcp.option.dhcp == 1", "dhcp.option.dhcp:1"},
	{"nbns", "nbns.id:*"},
}

// onPurpose says where a capture gives another number than Wireshark, and why.
var onPurpose = map[string]string{
	"pairs/apt29-day2/UTICA-A/UTICA-A.cap http.response.code == 200": again,
	"pairs/apt29-day2/NEWYORK/NEWYORK.cap http.response.code == 200": again,
	"pcaps/large/brimcap-alerts.pcap http.response.code == 200":      again,
	"moments.pcapng ipv6": "tshark shows the half of a header that is cut off",
	"pcaps/vlan/vlan-collisions.pcap http.request.method == \"GET\"":          again,
	"pcaps/vlan/vlan-collisions.pcap http.response.code == 200":               again,
	"pcaps/vlan/vlan-collisions.pcap http.host":                               again,
	"pairs/zeek-ssh/ssh.pcap ssh.protocol":                                    anyPort,
	"pcaps/format/nano-get-to-ssh-server.pcap http.request.method == \"GET\"": anyPort,
	"pcaps/format/nano-get-to-ssh-server.pcap http.host":                      anyPort,
}

const (
	again   = "tshark leaves what was sent before undecoded; here every packet is decoded"
	anyPort = "tshark goes by the port; here what is unmistakable counts on any port"
)

var tsharkRow = regexp.MustCompile(`(?m)^\|\s*[0-9.]+ <> [0-9.]+\s*\|((?:\s*[0-9]+\s*\|)+)`)

// tsharkCounts counts the packets of a capture that each filter picks, each
// packet decoded by itself, in one run.
func tsharkCounts(t *testing.T, file string) []int {
	t.Helper()
	args := []string{"-n", "-q", "-r", file, "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
		"-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.try_heuristic_first:FALSE",
		"-o", "tls.desegment_ssl_records:FALSE", "-o", "http.desegment_headers:FALSE", "-o", "tcp.reassemble_out_of_order:FALSE"}
	for _, q := range packetQueries {
		args = append(args, "-z", "io,stat,0,"+q.wireshark)
	}
	var problems bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	rows := tsharkRow.FindAllSubmatch(out, -1)
	if len(rows) != len(packetQueries) {
		t.Fatalf("tshark %s: %v: %d tables instead of %d: %s%s", file, err, len(rows), len(packetQueries), problems.String(), out)
	}
	counts := make([]int, len(rows))
	for i, row := range rows {
		// tshark prints the tables last to first.
		n, err := strconv.Atoi(strings.TrimSpace(strings.Split(string(row[1]), "|")[0]))
		if err != nil {
			t.Fatal(err)
		}
		counts[len(rows)-1-i] = n
	}
	return counts
}

// oracleCaptures are all real captures but those without a packet. Those of
// one moment, of which tshark makes no statistics, are merged into one.
func oracleCaptures(t *testing.T, dir string) []string {
	t.Helper()
	var files, moments []string
	for _, c := range realdata.Captures(t, dir) {
		switch file := filepath.Join(dir, c.File); {
		case c.Packets == 0 || strings.HasSuffix(c.File, "test018.pcapng"):
			// tshark counts custom blocks there, which are no packets
		case c.Packets > 50_000:
			// one file has four fifths of all packets, TCP echoes alike, and
			// would take four fifths of the time
		case strings.HasSuffix(c.File, "tls_DER-incomplete-header.pcap"):
			// damaged: ingest's tests have it
		case c.First == c.Last || strings.HasSuffix(c.File, "timestamp_invalid_micro.pcap"):
			moments = append(moments, file)
		default:
			files = append(files, file)
		}
	}
	merged := filepath.Join(t.TempDir(), "moments.pcapng")
	if out, err := exec.Command("mergecap", append([]string{"-w", merged}, moments...)...).CombinedOutput(); err != nil {
		t.Fatalf("mergecap: %v: %s", err, out)
	}
	return append(files, merged)
}

// Ensure that what people know of Wireshark's filters holds here: on every
// real capture a query finds as many packets as tshark with its filter.
func TestDataPacketQueriesEqualTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no tshark in CI: %v", err)
		}
		t.Skipf("no tshark: %v", err)
	}
	dir := realdata.Dir(t)
	docs, err := os.ReadFile("../../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range packetQueries {
		row := strings.ReplaceAll(fmt.Sprintf("\n| `%s` | `%s` |\n", q.wireshark, q.ours), "||", `\|\|`)
		if !strings.Contains(string(docs), row) {
			t.Errorf("docs/query.md has no row%s", row)
		}
	}
	p := serveIn(t, t.TempDir())
	seen, known := make([]int, len(packetQueries)), 0
	for i, file := range oracleCaptures(t, dir) {
		source := 1000 + i
		name, err := filepath.Rel(dir, file)
		if err != nil || strings.HasPrefix(name, "..") {
			name = filepath.Base(file)
		}
		send(t, p.url, fmt.Sprintf("source=%d", source), file)
		want := tsharkCounts(t, file)
		for j, q := range packetQueries {
			seen[j] += want[j]
			got := counted(t, p.url, fmt.Sprintf("src:%d (%s)", source, q.ours))
			reason, listed := onPurpose[name+" "+q.wireshark]
			switch {
			case listed:
				known++
				if got == want[j] {
					t.Errorf("%s: %s: got %d packets as tshark, but it is listed: %s", name, q.wireshark, got, reason)
				}
			case got != want[j]:
				t.Errorf("%s: %s: got %d packets, %s gives %d", name, q.ours, got, q.wireshark, want[j])
			}
		}
	}
	if known != len(onPurpose) {
		t.Errorf("%d of %d differences on purpose are of captures and filters that are asked", known, len(onPurpose))
	}
	for j, n := range seen {
		if n == 0 {
			t.Errorf("%s: no capture has a packet of that kind, so the comparison proves nothing", packetQueries[j].wireshark)
		}
	}
}
