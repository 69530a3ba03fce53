package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/packet"
)

// grown is a filter in Spoor's words and in tshark's.
type grown struct{ filter, tshark string }

// grower makes random filters of what recorded packets hold.
type grower struct {
	r       *rand.Rand
	packets []packet.Meta // with times
}

func newGrower(seed uint64, recorded []packet.Packet) *grower {
	g := &grower{r: rand.New(rand.NewPCG(seed, 7))}
	for _, p := range recorded {
		m := packet.ReadMeta(p.LinkType, p.Data)
		m.Time = p.Time
		g.packets = append(g.packets, m)
	}
	return g
}

// grow returns a filter of that depth at the most.
func (g *grower) grow(depth int) grown {
	if depth == 0 || g.r.IntN(3) == 0 {
		return g.leaf()
	}
	if g.r.IntN(5) == 0 {
		kid := g.grow(depth - 1)
		return grown{"not (" + kid.filter + ")", "!(" + kid.tshark + ")"}
	}
	n := 2 + g.r.IntN(2)
	var ours, theirs []string
	for range n {
		kid := g.grow(depth - 1)
		ours, theirs = append(ours, "("+kid.filter+")"), append(theirs, "("+kid.tshark+")")
	}
	if g.r.IntN(2) == 0 {
		return grown{strings.Join(ours, " and "), strings.Join(theirs, " && ")}
	}
	return grown{strings.Join(ours, " or "), strings.Join(theirs, " || ")}
}

// leaf is a condition that a recorded packet, chosen by chance, meets.
func (g *grower) leaf() grown {
	m := g.packets[g.r.IntN(len(g.packets))]
	for !m.HasPorts || !m.Source.Is4() {
		m = g.packets[g.r.IntN(len(g.packets))]
	}
	side := g.r.IntN(3) // either, source, destination
	word, ip, port := []string{"", "src ", "dst "}[side], []string{"ip.addr", "ip.src", "ip.dst"}[side], []string{"port", "srcport", "dstport"}[side]
	addr := [2]netip.Addr{m.Source, m.Destination}[g.r.IntN(2)]
	number := [2]uint16{m.SourcePort, m.DestinationPort}[g.r.IntN(2)]
	switch g.r.IntN(9) {
	case 0, 1:
		return grown{fmt.Sprintf("%shost %s", word, addr), fmt.Sprintf("%s == %s", ip, addr)}
	case 2:
		prefix, err := addr.Prefix(8 + g.r.IntN(25))
		if err != nil {
			panic(err)
		}
		return grown{fmt.Sprintf("%snet %s", word, prefix), fmt.Sprintf("%s == %s", ip, prefix)}
	case 3, 4:
		return grown{fmt.Sprintf("%sport %d", word, number), fmt.Sprintf("tcp.%s == %d || udp.%s == %d", port, number, port, number)}
	case 5:
		from, to := uint16(g.r.IntN(int(number)+1)), number
		return grown{
			fmt.Sprintf("%sportrange %d-%d", word, from, to),
			// any: one port in the range, not one above and another below it
			fmt.Sprintf("tcp.%[1]s in {%[2]d..%[3]d} || udp.%[1]s in {%[2]d..%[3]d}", port, from, to),
		}
	case 6:
		which := g.r.IntN(3)
		return grown{[]string{"tcp", "udp", "ip proto 6"}[which], []string{"ip.proto == 6", "ip.proto == 17", "ip.proto == 6"}[which]}
	case 7:
		flag := g.r.IntN(5)
		name := []string{"fin", "syn", "reset", "push", "ack"}[flag]
		return grown{"tcp flags " + []string{"fin", "syn", "rst", "psh", "ack"}[flag], "tcp.flags." + name + " == 1"}
	}
	epoch := fmt.Sprintf("%d.%09d", m.Time.Unix(), m.Time.Nanosecond())
	if g.r.IntN(2) == 0 {
		return grown{"after " + m.Time.Format(time.RFC3339Nano), "frame.time_epoch >= " + epoch}
	}
	return grown{"before " + m.Time.Format(time.RFC3339Nano), "frame.time_epoch < " + epoch}
}

// askRandom asks a real recorder random filters through a Manager, and
// compares how many packets come with what tshark counts.
func askRandom(t *testing.T, capture string, n int) {
	t.Helper()
	fleettest.NeedTools(t, fleettest.Tool{Name: "tshark", Package: "tshark"})
	tr := setTrap(t, capture)
	file := filepath.Join(t.TempDir(), "recorded.pcap")
	if err := os.WriteFile(file, fleettest.File(t, tr.recorded), 0o600); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := newGrower(seed, tr.recorded)
	found, cut := 0, 0
	for asked := 0; asked < n; {
		q := g.grow(3)
		f, err := fleet.ParseFilter(q.filter, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		// A recorder can't be asked what it has no words for at all.
		if _, _, err := f.For(fleet.Traits{Plain: true}); err != nil {
			q = grown{"(" + q.filter + ") and " + everything, q.tshark}
		}
		if from, to := f.Window(); !to.IsZero() && !from.Before(to) {
			continue // refused: no packet is in that window
		}
		asked++
		p := tr.ask(fleet.Request{Query: q.filter})
		want := tsharkCount(t, file, q.tshark)
		if p.State != fleet.Done || p.Packets != int64(want) {
			t.Errorf("%s\nsent %s\ngot %+v, tshark counts %d for %s", q.filter, p.Sent, p, want, q.tshark)
		}
		found += want
		cut += int(p.Cut)
	}
	t.Logf("%d filters found %d packets, %d were cut here", n, found, cut)
	if found == 0 || cut == 0 {
		t.Errorf("found %d packets and cut %d: it proves nothing", found, cut)
	}
}

// tsharkCount is how many packets of a file a display filter selects.
func tsharkCount(t *testing.T, file, filter string) int {
	t.Helper()
	cmd := exec.Command("tshark", "-n", "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number",
		"-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark -Y %q: %v", filter, err)
	}
	return strings.Count(string(out), "\n")
}

func TestRealStenographerAndTsharkCountAlike(t *testing.T) {
	askRandom(t, demoCapture(t), 6)
}

func TestDataRealStenographerAndTsharkCountAlike(t *testing.T) {
	askRandom(t, data(t, "pairs/apt29-day2/UTICA-A/UTICA-A.cap"), 40)
}
