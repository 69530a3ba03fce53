package fleet

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/packet"
)

// bpfFrames are packets of the kinds that a filter tells apart, in all the
// ways that tcpdump sees them and that it does not.
func bpfFrames(r *rand.Rand, n int) [][]byte {
	var all [][]byte
	for range n {
		port := func() []byte { return []byte{0, []byte{53, 80, 81, 90}[r.IntN(4)]} }
		l4 := append(append(port(), port()...), make([]byte, 16)...)
		proto := []byte{6, 17, 1, 58, 132}[r.IntN(5)]
		if proto == 6 {
			l4[12], l4[13] = 5<<4, byte(r.IntN(64))
		}
		f := append(make([]byte, 12), 8, 0)
		if r.IntN(2) == 0 {
			ip := []byte{0x45, 0, 0, byte(20 + len(l4)), 0, 0, 0, 0, 64, proto, 0, 0, 10, 0, byte(r.IntN(2)), byte(r.IntN(3)), 10, 0, byte(r.IntN(2)), byte(r.IntN(3))}
			if r.IntN(8) == 0 {
				ip[7] = 9 // a later fragment
			}
			all = append(all, append(append(f, ip...), l4...))
			continue
		}
		f[12], f[13] = 0x86, 0xdd
		next, body := proto, l4
		if r.IntN(3) == 0 { // an extension header
			kind := []byte{0, 43, 60}[r.IntN(3)]
			next, body = kind, append([]byte{proto, 0, 0, 0, 0, 0, 0, 0}, l4...)
		}
		ip := append([]byte{0x60, 0, 0, 0, 0, byte(len(body)), next, 64}, make([]byte, 32)...)
		ip[8], ip[24], ip[23], ip[39] = 0xfd, 0xfd, byte(r.IntN(3)), byte(r.IntN(3))
		all = append(all, append(append(f, ip...), body...))
	}
	return all
}

func bpfFilter(r *rand.Rand, depth int) Filter {
	if depth > 0 && r.IntN(3) > 0 {
		a, b := bpfFilter(r, depth-1), bpfFilter(r, depth-1)
		switch r.IntN(3) {
		case 0:
			return All(a, b)
		case 1:
			return Any(a, b)
		}
		return Not(a)
	}
	v4 := netip.AddrFrom4([4]byte{10, 0, byte(r.IntN(2)), byte(r.IntN(3))})
	v6 := netip.AddrFrom16([16]byte{0: 0xfd, 15: byte(r.IntN(3))})
	f := []Filter{
		Host(v4), Host(v6), Net(netip.PrefixFrom(v4, r.IntN(33))), Net(netip.PrefixFrom(v6, r.IntN(129))),
		Port(uint16([]int{53, 80, 81}[r.IntN(3)])), Ports(80, uint16(80+r.IntN(9)+1)),
		Proto([]uint8{6, 17, 1, 58, 132, 43, 60, 0}[r.IntN(8)]), Flags(uint8(1 + r.IntN(63))),
	}[r.IntN(8)]
	switch r.IntN(4) {
	case 0:
		return Source(f)
	case 1:
		return Destination(f)
	}
	return f
}

// Ensure that what tcpdump is asked for holds every packet that a filter
// matches, and no other one where that is said: tcpdump itself is asked.
func TestBPFHoldsWhatTheFilterMatches(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	frames := bpfFrames(r, 400)
	file := filepath.Join(t.TempDir(), "x.pcap")
	var b bytes.Buffer
	w, err := packet.NewWriter(&b, packet.LinkEthernet)
	for i, f := range frames {
		if err == nil {
			err = w.Write(packet.Packet{Time: time.Unix(int64(i), 0), Data: f, LinkType: packet.LinkEthernet})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, b.String())
	exacts, some := 0, 0
	for range 150 {
		f := bpfFilter(r, 3)
		text, exact, err := f.toBPF()
		if err != nil {
			continue // everything or nothing, which is not asked
		}
		got := tcpdumpFinds(t, file, text)
		for i, frame := range frames {
			want := f.Match(packet.ReadMeta(packet.LinkEthernet, frame))
			if want && !got[i] || exact && got[i] != want {
				t.Errorf("%s (exact %v) is %s: packet %d: tcpdump %v, filter %v: %x", f, exact, text, i, got[i], want, frame)
				break
			}
		}
		if exact {
			exacts++
		}
		if len(got) > 0 {
			some++
		}
	}
	if exacts < 20 || some < 50 {
		t.Errorf("only %d filters were exact, %d found anything", exacts, some)
	}
}

// tcpdumpFinds returns the numbers of the packets that tcpdump finds, which
// stand in their times.
func tcpdumpFinds(t *testing.T, file, expression string) map[int]bool {
	t.Helper()
	// -O: the optimizer of libpcap 1.10.3 loses packets of some expressions.
	cmd := exec.CommandContext(t.Context(), "tcpdump", "-O", "-n", "-r", file, "-w", "-", "--", expression)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if strings.Contains(said.String(), "expression rejects all packets") {
		return nil
	}
	if err != nil {
		t.Fatalf("tcpdump %s: %v: %s", expression, err, &said)
	}
	found := map[int]bool{}
	rd, err := packet.NewReader(bytes.NewReader(out))
	for err == nil {
		var p packet.Packet
		if p, err = rd.Next(); err == nil {
			found[int(p.Time.Unix())] = true
		}
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return found
}

// Ensure that filters are spelled as tcpdump reads them, and that what it has
// no words for is refused or left to be cut.
func TestBPFSpelling(t *testing.T) {
	for _, tt := range []struct {
		filter, want string
		exact        bool
	}{
		{"host 10.0.0.1", "ip host 10.0.0.1", true},
		{"src host fd00::1 and dst net 10.0.0.0/8", "(ip6 src host fd00::1 and ip dst net 10.0.0.0/8)", true},
		{"vlan 10", "vlan 10", false},
		{"vlan 10 and host 10.0.0.1", "(vlan 10 and ip host 10.0.0.1)", false},
		{"mpls 5 and host 10.0.0.1", "ip host 10.0.0.1", false},
		{"host 10.0.0.1 and not vlan 5", "ip host 10.0.0.1", false},
		{"udp", "((ip proto 17 or ip6 proto 17) or " + extended + ")", false},
		{"not udp", "not ((ip proto 17 or ip6 proto 17))", false},
	} {
		f, err := ParseFilter(tt.filter, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got, exact, err := f.toBPF()
		if got != tt.want || exact != tt.exact || err != nil {
			t.Errorf("%s: got %s (exact %v, %v), want %s (%v)", tt.filter, got, exact, err, tt.want, tt.exact)
		}
		if !expression.MatchString(got) {
			t.Errorf("%s: %s would be refused", tt.filter, got)
		}
	}
	for _, f := range []Filter{MPLS(1), Not(VLAN(3)), Any(Host(netip.MustParseAddr("10.0.0.1")), VLAN(3))} {
		if got, _, err := f.toBPF(); err == nil {
			t.Errorf("%s: got %s, want an error", f, got)
		}
	}
	if text, exact, err := (Filter{}).toBPF(); text != "" || !exact || err != nil {
		t.Error(fmt.Sprint("everything: got ", text, exact, err))
	}
}
