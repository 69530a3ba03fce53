package fleet_test

import (
	"path/filepath"
	"testing"

	"spoor/internal/pki"
	"spoor/internal/realdata"
)

// data returns the path of a file of the real data, or skips the test.
func data(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(realdata.Dir(t), name)
}

func TestDataRealStenographersAnswerLikeTshark(t *testing.T) {
	askReal(t, pki.Options{}, []question{
		{"host 192.168.0.4", "ip.addr == 192.168.0.4"},
		{"host 10.0.1.5", "ip.addr == 10.0.1.5"},
		{"HOST 192.168.0.4 AND port 8080", "ip.addr == 192.168.0.4 && (tcp.port == 8080 || udp.port == 8080)"},
		{"net 10.0.0.0/24 and (udp or port 445)", "ip.addr == 10.0.0.0/24 && (udp || tcp.port == 445)"},
		{"udp and port 53 or ip proto 6 and port 88", "((udp && udp.port == 53) || ip.proto == 6) && (tcp.port == 88 || udp.port == 88)"},
		{"host 10.0.0.4 and host 10.0.1.4", "ip.addr == 10.0.0.4 && ip.addr == 10.0.1.4"},
	},
		data(t, "pairs/apt29-day2/UTICA-A/UTICA-A.cap"),
		data(t, "pairs/apt29-day2/NEWYORK/NEWYORK.cap"))
}

func TestDataRealStenographersKnowIPv6AndICMP(t *testing.T) {
	askReal(t, pki.Options{}, []question{
		{"host 2001:470:1f11:81f:c999:d94:aa7c:2e3e and port 21", "ipv6.addr == 2001:470:1f11:81f:c999:d94:aa7c:2e3e && tcp.port == 21"},
		{"net 2001:470::/32", "ipv6.addr == 2001:470::/32"},
		{"ip proto 58", "ipv6.nxt == 58"},
		{"host 141.142.220.118 and port 80", "ip.addr == 141.142.220.118 && tcp.port == 80"},
		{"net 224.0.0.0 mask 240.0.0.0", "ip.addr == 224.0.0.0/4"},
	},
		data(t, "pairs/zeek-ftp-ipv6/ftp-ipv6.pcap"),
		data(t, "pairs/zeek-wikipedia/wikipedia.pcap"),
		data(t, "pcaps/basic/icmp6-ping.pcap"))
}
