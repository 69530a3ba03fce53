package sensor

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// dataDir returns a folder of the real data, or skips.
func dataDir(t *testing.T, parts ...string) string {
	t.Helper()
	return filepath.Join(append([]string{realdata.Dir(t)}, parts...)...)
}

// skip skips, but not in CI.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func dataTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		skip(t, name+" is not installed")
	}
	return path
}

// Ensure the counts that the data's MANIFEST.md gives for the demo pair.
func TestDataKnownAnswers(t *testing.T) {
	servers := map[string]*Server{}
	for _, name := range []string{"UTICA-A", "NEWYORK", "SCRANTON"} {
		servers[name] = New(Options{Dir: dataDir(t, "pairs", "apt29-day2", name)})
	}
	for _, tt := range []struct {
		sensor, query string
		want          int
	}{
		{"UTICA-A", "host 192.168.0.4", 3973},
		{"NEWYORK", "host 192.168.0.4", 0},
		{"SCRANTON", "host 192.168.0.4", 0},
		{"UTICA-A", "host 192.168.0.4 and port 443", 3888},
		{"UTICA-A", "host 192.168.0.4 and port 8080", 85},
		{"UTICA-A", "host 192.168.0.4 and tcp and port 60997", 85},
		{"UTICA-A", "host 192.168.0.4 and after 2020-05-01T07:09:00Z and before 2020-05-01T07:10:00Z", 409},
		{"UTICA-A", "host 192.168.0.4 and port 8080 and after 2020-05-01T07:09:23.456353Z and before 2020-05-01T07:09:23.471412Z", 84},
		{"UTICA-A", "host 10.0.1.5", 5253},
		{"NEWYORK", "host 10.0.1.5", 3162},
		{"SCRANTON", "host 10.0.1.5", 240},
		{"UTICA-A", "tcp and host 10.0.1.5 and host 10.0.0.4", 1184},
		{"NEWYORK", "tcp and host 10.0.1.5 and host 10.0.0.4", 2911},
	} {
		got := ask(t, servers[tt.sensor], tt.query)
		if len(got.packets) != tt.want || got.err() != "" {
			t.Errorf("%s %s: got %d (%s), want %d", tt.sensor, tt.query, len(got.packets), got.err(), tt.want)
		}
	}
}

// Ensure that three captures in one folder give one answer in order of time.
func TestDataFoldersAreMerged(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"UTICA-A", "NEWYORK", "SCRANTON"} {
		data, err := os.ReadFile(filepath.Join(dataDir(t, "pairs", "apt29-day2", name), name+".cap"))
		if err != nil {
			t.Fatal(err)
		}
		save(t, dir, name, data)
	}
	got := ask(t, New(Options{Dir: dir}), "host 10.0.1.5")
	if want := 5253 + 3162 + 240; len(got.packets) != want || got.err() != "" {
		t.Errorf("got %d (%s), want %d", len(got.packets), got.err(), want)
	}
	if !slices.IsSortedFunc(got.packets, func(a, b packet.Packet) int { return a.Time.Compare(b.Time) }) {
		t.Error("the answer is not in order of time")
	}
}

// Ensure that tshark reads an answer, and finds in it what it finds in the
// file itself: same times, same bytes.
func TestDataTsharkReadsTheAnswer(t *testing.T) {
	tshark := dataTool(t, "tshark")
	dir := dataDir(t, "pairs", "apt29-day2", "UTICA-A")
	got := ask(t, New(Options{Dir: dir}), "host 192.168.0.4 and port 8080")
	fields := func(file string) string {
		out, err := exec.Command(tshark, "-nr", file, "-Y", "ip.addr==192.168.0.4 && tcp.port==8080",
			"-o", "tcp.analyze_sequence_numbers:FALSE",
			"-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "ip.id", "-e", "tcp.seq_raw", "-e", "tcp.checksum").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	answer := fields(save(t, t.TempDir(), "answer.pcap", got.raw))
	if want := fields(filepath.Join(dir, "UTICA-A.cap")); answer != want || strings.Count(answer, "\n") != 85 {
		t.Errorf("got\n%s\nwant\n%s", answer, want)
	}
}

// Ensure that random filters bring as many packets as tcpdump finds.
func TestDataRandomFiltersAgreeWithTcpdump(t *testing.T) {
	tcpdump := dataTool(t, "tcpdump")
	r := rand.New(rand.NewPCG(7, 11))
	count := regexp.MustCompile(`(?m)^(\d+) packets?$`)
	for _, parts := range [][]string{
		{"pairs", "apt29-day2", "NEWYORK", "NEWYORK.cap"},
		{"pairs", "apt29-day2", "SCRANTON", "SCRANTON.cap"},
		{"pairs", "zeek-ftp-ipv6", ""},
	} {
		file := oneCapture(t, dataDir(t, parts...))
		dir := t.TempDir()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		save(t, dir, "x", data)
		s := New(Options{Dir: dir})
		words := seenIn(t, file)
		matched := 0
		for range 60 {
			ours, theirs := words.filter(r, 3)
			// -O: the optimizer of libpcap 1.10.3 loses packets of
			// ((ip host A) and (ip net N)) or ((ip host A) or (ip host B)).
			out, err := exec.Command(tcpdump, "-nn", "-O", "--count", "-r", file, theirs).CombinedOutput()
			if strings.Contains(string(out), "expression rejects all packets") {
				out, err = []byte("0 packets\n"), nil
			}
			m := count.FindSubmatch(out)
			if err != nil || m == nil {
				t.Fatalf("tcpdump %s: %v\n%s", theirs, err, out)
			}
			want, _ := strconv.Atoi(string(m[1]))
			if got := ask(t, s, ours); len(got.packets) != want || got.err() != "" {
				t.Errorf("%s: %s: got %d (%s), tcpdump %s: %d", file, ours, len(got.packets), got.err(), theirs, want)
			}
			if want > 0 {
				matched++
			}
		}
		if matched < 10 {
			t.Errorf("%s: only %d of 60 filters matched anything", file, matched)
		}
	}
}

func oneCapture(t *testing.T, path string) string {
	t.Helper()
	for _, pattern := range []string{path, filepath.Join(path, "*.pcap"), filepath.Join(path, "*.cap")} {
		found, _ := filepath.Glob(pattern)
		for _, name := range found {
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				return name
			}
		}
	}
	t.Fatal("no capture in", path)
	return ""
}

// words are values that a capture holds, to make filters of.
type words struct {
	addrs []string
	ports []uint16
}

func seenIn(t *testing.T, file string) (w words) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rd, err := packet.NewReader(f)
	for err == nil {
		var p packet.Packet
		if p, err = rd.Next(); err != nil {
			break
		}
		m := packet.ReadMeta(p.LinkType, p.Data)
		if m.Source.IsValid() && !slices.Contains(w.addrs, m.Source.String()) {
			w.addrs = append(w.addrs, m.Source.String())
		}
		if m.HasPorts && !slices.Contains(w.ports, m.DestinationPort) {
			w.ports = append(w.ports, m.DestinationPort)
		}
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return w
}

// filter returns one filter in our language and in tcpdump's, in which host
// means ARP too and port means SCTP too.
func (w words) filter(r *rand.Rand, depth int) (ours, theirs string) {
	if depth > 0 && r.IntN(2) == 0 {
		a, x := w.filter(r, depth-1)
		b, y := w.filter(r, depth-1)
		op := []string{" and ", " or "}[r.IntN(2)]
		return "(" + a + ")" + op + "(" + b + ")", "(" + x + ")" + op + "(" + y + ")"
	}
	addr := w.addrs[r.IntN(len(w.addrs))]
	family, bits := "ip", []int{8, 16, 24, 31, 32}[r.IntN(5)]
	if strings.Contains(addr, ":") {
		family, bits = "ip6", []int{8, 10, 64, 127, 128}[r.IntN(5)]
	}
	switch r.IntN(4) {
	case 0:
		return "host " + addr, family + " host " + addr
	case 1:
		prefix := fmt.Sprintf("%s/%d", addr, bits)
		// tcpdump refuses host bits behind the prefix.
		return "net " + prefix, family + " net " + netip.MustParsePrefix(prefix).Masked().String()
	case 2:
		port := w.ports[r.IntN(len(w.ports))]
		return fmt.Sprintf("port %d", port), fmt.Sprintf("(tcp port %d or udp port %d)", port, port)
	}
	proto := []string{"tcp", "udp", "icmp"}[r.IntN(3)]
	return proto, proto
}

// Ensure that no damaged or odd capture crashes the server, and that each
// packet that can be read is served or named.
func TestDataOddCapturesAreServed(t *testing.T) {
	for _, folder := range []string{"malformed", "format", "vlan", "tunnel", "basic"} {
		source := dataDir(t, "pcaps", folder)
		entries, err := os.ReadDir(source)
		if err != nil {
			t.Fatal(err)
		}
		ask(t, New(Options{Dir: source}), "net 0.0.0.0/0 or net ::/0")
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(source, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			save(t, dir, e.Name(), data)
			want, link := wanted(filepath.Join(dir, e.Name()))
			got := ask(t, New(Options{Dir: dir}), "net 0.0.0.0/0 or net ::/0")
			if len(got.packets) != want {
				t.Errorf("%s: got %d packets of link type %d (%s), want %d", e.Name(), len(got.packets), link, got.err(), want)
			}
		}
	}
}

// wanted counts the packets with an IP header that have the link type of the
// first of them.
func wanted(file string) (n int, link uint16) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	var in io.Reader = f
	if unpacked, err := gzip.NewReader(f); err == nil {
		in = unpacked
	} else if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, 0
	}
	r, err := packet.NewReader(in)
	if err != nil {
		return 0, 0
	}
	for {
		p, err := r.Next()
		if err != nil {
			return n, link
		}
		if !packet.ReadMeta(p.LinkType, p.Data).Source.IsValid() {
			continue
		}
		if n == 0 {
			link = p.LinkType
		}
		if p.LinkType == link {
			n++
		}
	}
}
