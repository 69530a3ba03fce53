package captures_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/internal/captures"
	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// Ensure on all real captures, damaged and odd ones among them, that the index
// never loses a match and never invents one.
func TestDataIndexLosesNoMatch(t *testing.T) {
	useful := false
	for link, dir := range byLinkType(t, filepath.Join(realdata.Dir(t), "pcaps"), filepath.Join(realdata.Dir(t), "pairs")) {
		all := contentOf(t, dir)
		w := worldOf(all.packets)
		if len(w.hosts) == 0 || len(w.ports) == 0 {
			continue
		}
		f, state := (*captures.Folder)(nil), t.TempDir()
		for i := range 100 {
			if i%50 == 0 {
				f = open(dir, state)
			}
			all.same(t, f, w.filter(3))
		}
		list, err := f.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s := list.Stats()
		t.Logf("link type %d: %d packets in %d files, %d parts; index of %d KB for %d KB; %d KB skipped", link, len(all.packets), s.Files, s.IndexParts, s.IndexBytes>>10, s.Bytes>>10, s.Skipped>>10)
		useful = useful || s.Skipped > s.Bytes
	}
	if !useful {
		t.Error("the index was of no use")
	}
}

// byLinkType copies the captures below the folders into one for each link
// type, because an answer has but one.
func byLinkType(t *testing.T, folders ...string) map[uint16]string {
	t.Helper()
	dirs := map[uint16]string{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			in, stop, err := captures.Unpack(bytes.NewReader(data))
			if err != nil {
				return nil // a log
			}
			defer stop()
			r, err := packet.NewReader(in)
			if err != nil {
				return nil
			}
			p, err := r.Next()
			if err != nil {
				return nil
			}
			if dirs[p.LinkType] == "" {
				dirs[p.LinkType] = t.TempDir()
			}
			save(t, filepath.Join(dirs[p.LinkType], filepath.Base(filepath.Dir(name)), d.Name()), data)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dirs
}

// worldOf makes filters of what stands in packets.
func worldOf(packets []packet.Packet) *world {
	w := &world{Rand: rand.New(rand.NewPCG(5, 6))}
	for _, p := range packets {
		m := packet.ReadMeta(p.LinkType, p.Data)
		if m.Source.IsValid() && w.IntN(50) == 0 {
			w.hosts = append(w.hosts, m.Source, m.Destination)
		}
		if m.HasPorts && w.IntN(50) == 0 {
			w.ports = append(w.ports, m.SourcePort, m.DestinationPort)
		}
	}
	slices.SortFunc(w.hosts, netip.Addr.Compare)
	w.hosts = slices.Compact(w.hosts)
	return w
}

// Ensure that files as tcpdump itself rotates them give what tcpdump finds in
// the whole.
func TestDataFilesRotatedByTcpdump(t *testing.T) {
	whole := filepath.Join(realdata.Dir(t), "pairs", "apt29-day2", "UTICA-A", "UTICA-A.cap")
	dir := t.TempDir()
	tool(t, nil, "tcpdump", "-Z", "root", "-r", whole, "-C", "1", "-w", filepath.Join(dir, "ring.pcap"))
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) < 4 {
		t.Fatalf("got files %s, %v", names, err)
	}
	for i, name := range names { // as -z gzip, and as Suricata does
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 1:
			data = tool(t, data, "gzip", "-c")
		case 2:
			data = tool(t, data, "lz4", "-c")
		}
		save(t, name, data)
	}
	f := open(dir, "")
	count := regexp.MustCompile(`(?m)^(\d+) packets?$`)
	for query, expression := range map[string]string{
		"host 192.168.0.4":                         "ip host 192.168.0.4",
		"host 10.0.1.5 and tcp":                    "ip host 10.0.1.5 and tcp",
		"tcp and not host 192.168.0.4":             "tcp and not ip host 192.168.0.4",
		"src net 10.0.0.0/16 and portrange 1-1023": "ip src net 10.0.0.0/16 and (tcp portrange 1-1023 or udp portrange 1-1023)",
		"tcp flags syn and not tcp flags ack":      "tcp[13] & 2 != 0 and tcp[13] & 16 = 0",
	} {
		filter, err := fleet.ParseFilter(query, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "tcpdump", "-nn", "--count", "-r", whole, expression).CombinedOutput()
		m := count.FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("tcpdump %s: %v: %s", expression, err, out)
		}
		want, _ := strconv.Atoi(string(m[1]))
		for range 2 { // the second time with an index
			if got, a := ask(t, f, filter); len(got) != want || want == 0 || a.Faults != "" {
				t.Errorf("%s: got %d (%s), tcpdump %d", query, len(got), a.Faults, want)
			}
		}
	}
}
