package format

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// Ensure that the Community ID of packets is the one that tshark computes, for
// every packet of real captures of every kind.
func TestDataCommunityIDIsThatOfTshark(t *testing.T) {
	bin, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := realdata.Dir(t)
	same, other, flows := 0, 0, 0
	for _, c := range realdata.Captures(t, dir) {
		if c.Packets == 0 || c.Packets > 6000 || strings.HasSuffix(c.File, "test018.pcapng") || strings.HasSuffix(c.File, ".gz") || strings.Contains(c.File, "malformed") {
			continue
		}
		path := filepath.Join(dir, c.File)
		// What tshark puts together of fragments, a single packet can't show.
		out, err := exec.Command(bin, "-n", "-r", path, "--enable-protocol", "communityid", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
			"-T", "fields", "-E", "occurrence=a", "-e", "communityid").Output()
		if err != nil && len(out) == 0 {
			t.Fatalf("tshark %s: %v", path, err)
		}
		wants := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		for i, p := range capture(t, path) {
			if i >= len(wants) {
				t.Errorf("%s: tshark reads %d packets", c.File, len(wants))
				break
			}
			got := packetCommunity(packet.Decode(p.LinkType, p.Data, p.OrigLen))
			if got != "" {
				flows++
			}
			// tshark also gives what is no flow of ports an ID; and of
			// several headers those of its choice.
			switch {
			case got == "" || slices.Contains(strings.Split(wants[i], ","), got):
				same++
			default:
				other++
				if other <= 20 {
					t.Logf("%s packet %d: got %q, tshark %q", c.File, i+1, got, wants[i])
				}
			}
		}
	}
	t.Logf("%d packets with an ID, %d the same, %d differ", flows, same, other)
	if flows < 10_000 || other*1000 > flows {
		t.Errorf("%d of %d differ", other, flows)
	}
}

func capture(t *testing.T, path string) (all []packet.Packet) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := packet.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err != nil {
			return all
		}
		p.Data = slices.Clone(p.Data)
		all = append(all, p)
	}
}
