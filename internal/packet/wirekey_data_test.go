package packet_test

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// Ensure the packets that two hosts both recorded are told by what stays the
// same on the way: UTICA-A and NEWYORK share 951 TCP packets of their exchange.
func TestDataWireKeyTellsSharedPackets(t *testing.T) {
	dir := filepath.Join(realdata.Dir(t), "pairs/apt29-day2")
	utica := wireKeys(t, filepath.Join(dir, "UTICA-A/UTICA-A.cap"))
	newyork := wireKeys(t, filepath.Join(dir, "NEWYORK/NEWYORK.cap"))
	shared := 0
	for key, n := range utica {
		shared += min(n, newyork[key])
	}
	if shared != 951 {
		t.Errorf("got %d shared packets, want 951", shared)
	}
}

// wireKeys counts the keys of the TCP packets between the two hosts.
func wireKeys(t *testing.T, name string) map[uint64]int {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := packet.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	a, b := netip.MustParseAddr("10.0.1.5"), netip.MustParseAddr("10.0.0.4")
	keys := make(map[uint64]int)
	for {
		p, err := r.Next()
		if err == io.EOF {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		m := packet.ReadMeta(p.LinkType, p.Data)
		if m.Proto != 6 || !(m.Source == a && m.Destination == b || m.Source == b && m.Destination == a) {
			continue
		}
		key, ok := packet.WireKey(p.LinkType, p.Data, p.OrigLen)
		if !ok {
			t.Fatalf("a TCP packet has no key")
		}
		keys[key]++
	}
}
