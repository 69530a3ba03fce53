package fleet

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"spoor/internal/packet"
)

var filterNow = time.Date(2020, 5, 1, 12, 0, 0, 0, time.UTC)

func mustFilter(t *testing.T, text string) Filter {
	t.Helper()
	f, err := ParseFilter(text, filterNow)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return f
}

// Ensure that every accepted spelling has one canonical text.
func TestFilterTextIsCanonical(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"host 8.8.8.8", "host 8.8.8.8"},
		{"  HOST\t8.8.8.8\r\n", "host 8.8.8.8"},
		{"host FE80::0:1527:0:0:1", "host fe80::1527:0:0:1"},
		{"host ::", "host ::"},
		{"net 10.1.2.3/8", "net 10.0.0.0/8"},
		{"net 10.1.2.3 / 8", "net 10.0.0.0/8"},
		{"net 0.0.0.0/0", "net 0.0.0.0/0"},
		{"net 2001:db8::1/32", "net 2001:db8::/32"},
		{"net 2001:db8::1/128", "net 2001:db8::1/128"},
		{"net 10.1.2.3 mask 255.255.240.0", "net 10.1.0.0/20"},
		{"net 10.1.2.3 mask 0.0.0.0", "net 0.0.0.0/0"},
		{"net fe80::1 mask ffff:ffff::", "net fe80::/32"},
		{"port 0", "port 0"},
		{"port 065535", "port 65535"},
		{"vlan 4095", "vlan 4095"},
		{"mpls 1048575", "mpls 1048575"},
		{"ip proto 58", "ip proto 58"},
		{"ip proto 6", "tcp"},
		{"ip proto 17 or IP PROTO 1", "udp or icmp"},
		{"tcp&&port 80||udp", "(tcp and port 80) or udp"},
		{"tcp or udp and icmp", "(tcp or udp) and icmp"},
		{"tcp and udp or icmp and port 1", "((tcp and udp) or icmp) and port 1"},
		{"tcp OR (udp AND icmp)", "tcp or (udp and icmp)"},
		{"tcp and (udp and icmp)", "tcp and udp and icmp"},
		{"((((tcp))))", "tcp"},
		{"(tcp)and(udp)", "tcp and udp"},
		{"after 2020-05-01T07:09:00Z", "after 2020-05-01T07:09:00Z"},
		{"after 2020-05-01T09:09:00.500+02:00", "after 2020-05-01T07:09:00.5Z"},
		{"before 2020-05-01T07:09:00.123456789Z", "before 2020-05-01T07:09:00.123456789Z"},
		{"after 90m ago", "after 2020-05-01T10:30:00Z"},
		{"before 0h AGO", "before 2020-05-01T12:00:00Z"},
		{"after 90s ago", "after 2020-05-01T11:58:30Z"},
		{"after 3d ago", "after 2020-04-28T12:00:00Z"},
		{"NOT port 80", "not port 80"},
		{"!(tcp&&port 80)", "not (tcp and port 80)"},
		{"not not not tcp", "not tcp"},
		{"tcp and not udp or icmp", "(tcp and not udp) or icmp"},
		{"SRC host FE80::1", "src host fe80::1"},
		{"dst net 10.1.2.3 mask 255.0.0.0", "dst net 10.0.0.0/8"},
		{"src portrange 080-90", "src portrange 80-90"},
		{"dst portrange 80-80", "dst port 80"},
		{"tcp flags ACK , syn", "tcp flags syn,ack"},
	} {
		got, err := ParseFilter(tt.text, filterNow)
		if err != nil || got.String() != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}

// Ensure that nothing is silently ignored, and that an error says where it is
// and what to write instead.
func TestFilterErrorsNameColumnAndRemedy(t *testing.T) {
	for _, tt := range []struct {
		text   string
		column int
		reason string
	}{
		{"", 1, "empty"},
		{" \n", 3, "empty"},
		{"not", 4, "ends here"},
		{"tcp and not or udp", 13, "found `or`"},
		{"src 1.2.3.4", 5, "say `src host 1.2.3.4`"},
		{"dst", 4, "expected host, net, port or portrange"},
		{"src tcp", 5, "expected host, net, port or portrange"},
		{"portrange 80", 11, "two ports such as"},
		{"portrange 80-http", 11, "two ports such as"},
		{"portrange 80-8", 11, "say 8-80"},
		{"portrange 1-65536", 11, "65535"},
		{"tcp flags", 10, "expected a flag"},
		{"tcp flags syn,", 15, "expected a flag"},
		{"tcp flags sin", 11, "fin, syn, rst"},
		{"flags syn", 1, "`tcp flags syn`"},
		{"port 1-80", 6, "say `portrange 1-80`"},
		{"proto 6", 1, "`ip proto 6`"},
		{"ip", 3, "expected `proto`"},
		{"ip host 1.2.3.4", 4, "expected `proto`"},
		{"icmp6", 1, "`ip proto 58`"},
		{"port 65536", 6, "at most 65535"},
		{"port 99999999999999999999", 6, "at most 65535"},
		{"port 0x50", 6, "say 80"},
		{"port http", 6, "decimal digits"},
		{"port -1", 6, "decimal digits"},
		{"port", 5, "ends here"},
		{"vlan 4096", 6, "at most 4095"},
		{"vlan 10,20", 8, "joins nothing"},
		{"mpls 1048576", 6, "at most 1048575"},
		{"ip proto 256", 10, "at most 255"},
		{"net 10.0.0.0/33", 14, "at most 32"},
		{"net ::/129", 8, "at most 128"},
		{"net 10.0.0.0", 13, "prefix length"},
		{"net 10.0.0.0 mask 255.0.255.0", 19, "holes"},
		{"net 10.0.0.0 mask 0.255.0.0", 19, "holes"},
		{"net 10.0.0.0 mask ffff::", 19, "another IP version"},
		{"host ::ffff:1.2.3.4", 6, "say 1.2.3.4"},
		{"host fe80::1%eth0", 6, "say fe80::1"},
		{"host 1.2.3", 6, "no IPv4 or IPv6 address"},
		{"host 01.2.3.4", 6, "no IPv4 or IPv6 address"},
		{"host example.com", 6, "no IPv4 or IPv6 address"},
		{"1.2.3.4", 1, "say `host 1.2.3.4`"},
		{"80", 1, "say `port 80`"},
		{"tcp;", 4, "joins nothing"},
		{"tcp udp", 5, "expected `and`, `or` or the end"},
		{"tcp\u00a0and udp", 4, `"\u00a0"`},
		{"ä tcp", 1, "unexpected character"},
		{"tcp and", 8, "ends here"},
		{"tcp and or udp", 9, "found `or`"},
		{"(tcp", 1, "never closed"},
		{"tcp)", 4, "no ("},
		{"()", 2, "found `)`"},
		{"tcp & udp", 5, "unexpected character"},
		{"port 80and tcp", 6, "decimal digits"},
		{"after 1h30m ago", 7, "seconds, minutes, hours or days"},
		{"after 5m", 9, "expected `ago`"},
		{"after 5mago", 7, "seconds, minutes, hours or days"},
		{"after 9999999h ago", 7, "before 1970"},
		{"before m ago", 8, "seconds, minutes, hours or days"},
		{"after 2020-05-01", 7, "RFC 3339"},
		{"after 2020-05-01t07:09:00z", 7, "capital T and Z"},
		{"after 2020-05-01T7:09:00Z", 7, "RFC 3339"},
		{"after 2020-02-30T07:09:00Z", 7, "RFC 3339"},
		{"after 2020-05-01T07:09:00.1234567891Z", 7, "finer than nanoseconds"},
		{"after 1969-12-31T23:59:59Z", 7, "1970"},
		{"after 9999-12-31T23:59:59-01:00", 7, "1970 to 9999"},
		{"after", 6, "expected a time"},
		{"5m ago", 1, "unknown word"},
		{"arp", 1, "IP headers only"},
		{"\xff", 1, "unexpected character"},
	} {
		_, err := ParseFilter(tt.text, filterNow)
		var bad *FilterError
		if !errors.As(err, &bad) {
			t.Errorf("%q: got %v, want a *FilterError", tt.text, err)
			continue
		}
		if bad.Column() != tt.column || !strings.Contains(bad.Reason, tt.reason) {
			t.Errorf("%q: got column %d: %s, want %d: %s", tt.text, bad.Column(), bad.Reason, tt.column, tt.reason)
		}
	}
}

func TestFilterErrorShowsTextAndColumn(t *testing.T) {
	_, err := ParseFilter("tcp and häst", filterNow)
	if got, want := err.Error(), "filter \"tcp and häst\": column 10: expected"; !strings.HasPrefix(got, "filter \"tcp and häst\": column ") {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = ParseFilter(strings.Repeat(" ", 1000)+"x", filterNow)
	if got, want := err.Error(), "filter: column 1001: unknown word `x`"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFilterIsBounded(t *testing.T) {
	hosts := "host 10.0.0.1" + strings.Repeat(" or host 10.0.0.1", 3000)
	if got := mustFilter(t, hosts).String(); got != hosts {
		t.Errorf("a list of 3001 hosts changed")
	}
	for name, text := range map[string]string{
		"length":      "tcp" + strings.Repeat(" or tcp", MaxFilterBytes/7),
		"canonical":   "after 1m ago" + strings.Repeat(" or after 1m ago", 3000),
		"parentheses": strings.Repeat("(", 200) + "tcp" + strings.Repeat(")", 200),
		"mixture":     "tcp" + strings.Repeat(" or tcp and tcp", 100),
		"open":        strings.Repeat("(", MaxFilterBytes),
	} {
		if _, err := ParseFilter(text, filterNow); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	deep := strings.Repeat("(", maxFilterDepth-1) + "tcp" + strings.Repeat(")", maxFilterDepth-1)
	if got := mustFilter(t, deep).String(); got != "tcp" {
		t.Errorf("got %s", got)
	}
}

func TestFilterConstructorsAgreeWithText(t *testing.T) {
	addr := netip.MustParseAddr
	at := time.Date(2020, 5, 1, 9, 9, 0, 0, time.FixedZone("", 7200))
	for _, tt := range []struct {
		f    Filter
		want string
	}{
		{Host(addr("8.8.8.8")), "host 8.8.8.8"},
		{Host(addr("::ffff:8.8.8.8")), "host 8.8.8.8"},
		{Host(addr("fe80::1%eth0")), "host fe80::1"},
		{Host(netip.Addr{}), "tcp and udp"},
		{Net(netip.MustParsePrefix("10.1.2.3/8")), "net 10.0.0.0/8"},
		{Net(netip.MustParsePrefix("::ffff:10.1.2.3/104")), "net 10.0.0.0/8"},
		{Net(netip.Prefix{}), "tcp and udp"},
		{VLAN(7), "vlan 7"},
		{MPLS(7), "mpls 7"},
		{Ports(80, 90), "portrange 80-90"},
		{Ports(80, 80), "port 80"},
		{Ports(90, 80), "tcp and udp"},
		{Source(All(Host(addr("8.8.8.8")), Ports(1, 2))), "src host 8.8.8.8 and src portrange 1-2"},
		{Destination(Not(Any(Port(1), Net(netip.MustParsePrefix("10.0.0.0/8"))))), "not (dst port 1 or dst net 10.0.0.0/8)"},
		{Not(Not(Port(1))), "port 1"},
		{Not(Filter{}), "tcp and udp"},
		{Flags(0x12), "tcp flags syn,ack"},
		{Flags(0), "tcp flags any"},
		{Proto(47), "ip proto 47"},
		{All(Host(addr("::1")), Port(80), After(at), Before(at.Add(time.Minute))), "host ::1 and port 80 and after 2020-05-01T07:09:00Z and before 2020-05-01T07:10:00Z"},
		{All(Filter{}, Port(80), After(time.Time{})), "port 80"},
		{All(Any(Port(1), Port(2)), All(Port(3), Port(4))), "(port 1 or port 2) and port 3 and port 4"},
		{Any(Port(1)), "port 1"},
		{Any(Port(1), Filter{}), ""},
		{Any(), "tcp and udp"},
		{All(), ""},
		{After(time.Unix(-5, 0)), "after 1970-01-01T00:00:00Z"},
		{Before(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)), "before 9999-12-31T23:59:59.999999999Z"},
	} {
		if got := tt.f.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		if tt.f.IsZero() != (tt.want == "") {
			t.Errorf("%q: got zero %v", tt.want, tt.f.IsZero())
		}
		if tt.want == "" {
			continue
		}
		if got := mustFilter(t, tt.want).String(); got != tt.want {
			t.Errorf("parsed: got %q, want %q", got, tt.want)
		}
	}
}

func TestFilterWindowBoundsEveryMatch(t *testing.T) {
	const a, b, c = "2020-05-01T01:00:00Z", "2020-05-01T02:00:00Z", "2020-05-01T03:00:00Z"
	for _, tt := range []struct{ text, from, to string }{
		{"tcp", "", ""},
		{"after " + a, a, ""},
		{"before " + b, "", b},
		{"after " + a + " and before " + b + " and tcp", a, b},
		{"after " + a + " and after " + b + " and before " + c, b, c},
		{"after " + a + " or tcp", "", ""},
		{"(after " + a + " and before " + b + ") or (after " + b + " and before " + c + ")", a, c},
		{"(after " + b + " or after " + a + ") and (before " + b + " or before " + c + ")", a, c},
		{"after " + b + " or before " + a, "", ""},
		{"not before " + a + " and not after " + b, a, b},
		{"not (before " + a + " or after " + b + ")", "", ""},
	} {
		from, to := mustFilter(t, tt.text).Window()
		if got := windowText(from) + " " + windowText(to); got != tt.from+" "+tt.to {
			t.Errorf("%s: got %s, want %s %s", tt.text, got, tt.from, tt.to)
		}
	}
	if from, to := (Filter{}).Window(); !from.IsZero() || !to.IsZero() {
		t.Errorf("zero filter: got %s %s", from, to)
	}
}

func windowText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func TestFilterWidenMovesOnlyTimes(t *testing.T) {
	f := mustFilter(t, "(tcp and after 2020-05-01T07:09:00Z) or before 2020-05-01T07:10:00Z")
	want := "(tcp and after 2020-05-01T07:08:00Z) or before 2020-05-01T07:10:30Z"
	if got := f.Widen(time.Minute, 30*time.Second).String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	f = mustFilter(t, "not after 2020-05-01T07:09:00Z and not before 2020-05-01T07:00:00Z")
	want = "not after 2020-05-01T07:09:30Z and not before 2020-05-01T06:59:00Z"
	if got := f.Widen(time.Minute, 30*time.Second).String(); got != want {
		t.Errorf("behind a not: got %s, want %s", got, want)
	}
	if !(Filter{}).Widen(time.Minute, 0).IsZero() {
		t.Error("the zero filter changed")
	}
}

func TestFilterMatchesWhatAnIndexSees(t *testing.T) {
	at := time.Date(2020, 5, 1, 7, 9, 0, 0, time.UTC)
	dns := packet.Meta{
		Time: at, Source: netip.MustParseAddr("10.0.1.5"), Destination: netip.MustParseAddr("8.8.8.8"),
		Proto: 17, SourcePort: 60997, DestinationPort: 53, HasPorts: true,
	}
	ping6 := packet.Meta{Time: at, Source: netip.MustParseAddr("fe80::1"), Destination: netip.MustParseAddr("ff02::2"), Proto: 58}
	arp := packet.Meta{Time: at}
	untimed := dns
	untimed.Time = time.Time{}
	for _, tt := range []struct {
		text                      string
		dns, ping6, arp, noTiming bool
	}{
		{"host 10.0.1.5", true, false, false, true},
		{"host 8.8.8.8", true, false, false, true},
		{"host fe80::1", false, true, false, false},
		{"net 8.0.0.0/8", true, false, false, true},
		{"net 0.0.0.0/0", true, false, false, true},
		{"net ::/0", false, true, false, false},
		{"port 53 and port 60997", true, false, false, true},
		{"port 0", false, false, false, false},
		{"udp", true, false, false, true},
		{"tcp or ip proto 58", false, true, false, false},
		{"ip proto 0", false, false, false, false},
		{"vlan 0", false, false, false, false},
		{"mpls 0", false, false, false, false},
		{"after 2020-05-01T07:09:00Z", true, true, true, false},
		{"after 2020-05-01T07:09:00.000000001Z", false, false, false, false},
		{"before 2020-05-01T07:09:00Z", false, false, false, false},
		{"before 2020-05-01T07:09:00.000000001Z", true, true, true, false},
		{"tcp or udp and host 8.8.8.8", true, false, false, true},
		{"tcp and udp or host fe80::1", false, true, false, false},
		{"src host 10.0.1.5", true, false, false, true},
		{"dst host 10.0.1.5", false, false, false, false},
		{"dst net 8.0.0.0/8 and not src net 8.0.0.0/8", true, false, false, true},
		{"dst port 53", true, false, false, true},
		{"src port 53", false, false, false, false},
		{"portrange 50-60", true, false, false, true},
		{"dst portrange 54-60", false, false, false, false},
		{"not udp", false, true, true, false},
		{"tcp flags any", false, false, false, false},
	} {
		f := mustFilter(t, tt.text)
		got := [4]bool{f.Match(dns), f.Match(ping6), f.Match(arp), f.Match(untimed)}
		if want := [4]bool{tt.dns, tt.ping6, tt.arp, tt.noTiming}; got != want {
			t.Errorf("%s: got %v, want %v", tt.text, got, want)
		}
	}
	if !(Filter{}).Match(arp) {
		t.Error("the zero filter does not match all")
	}
}

func TestFilterMatchesFlags(t *testing.T) {
	synack := packet.Meta{Source: netip.MustParseAddr("10.0.0.1"), Proto: 6, HasPorts: true, Flags: 0x12, HasFlags: true}
	for text, want := range map[string]bool{
		"tcp flags syn": true, "tcp flags ack,syn": true, "tcp flags syn and not tcp flags ack": false,
		"tcp flags rst": false, "TCP FLAGS SYN": true, "tcp flags any": true, "tcp and not tcp flags fin": true,
	} {
		if got := mustFilter(t, text).Match(synack); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// Ensure that tags are found at each level of a frame.
func TestFilterMatchesTags(t *testing.T) {
	ip := []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 47, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	eth := append(make([]byte, 12), 0x81, 0, 0x20, 10, 0x81, 0, 0, 20, 0x88, 0x47, 0, 0x10, 0x01, 64)
	m := packet.ReadMeta(packet.LinkEthernet, append(eth, ip...))
	for text, want := range map[string]bool{
		"vlan 10 and vlan 20": true, "vlan 30": false, "mpls 256": true, "mpls 1": false,
	} {
		if got := mustFilter(t, text).Match(m); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}
