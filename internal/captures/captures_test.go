package captures_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/internal/captures"
	"spoor/internal/packet"
)

var start = time.Date(2020, 5, 1, 7, 0, 0, 0, time.UTC)

// frame returns an Ethernet frame with UDP or TCP in IPv4, tagged if vlan is
// not 0.
func frame(from, to netip.Addr, port uint16, proto byte, vlan uint16, size int) []byte {
	f := make([]byte, 12)
	if vlan != 0 {
		f = append(f, 0x81, 0, byte(vlan>>8), byte(vlan))
	}
	if from.Is4() {
		f = append(f, 8, 0, 0x45, 0, byte((28+size)>>8), byte(28+size), 0, 0, 0, 0, 64, proto, 0, 0)
	} else {
		f = append(f, 0x86, 0xdd, 0x60, 0, 0, 0, byte((8+size)>>8), byte(8+size), proto, 64)
	}
	f = append(append(f, from.AsSlice()...), to.AsSlice()...)
	f = binary.BigEndian.AppendUint16(f, 40000)
	f = binary.BigEndian.AppendUint16(f, port)
	return append(f, make([]byte, 4+size)...)
}

// world makes packets and filters for them, the same ones for the same seed.
type world struct {
	*rand.Rand
	hosts []netip.Addr
	ports []uint16
}

func newWorld(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range 40 {
		a := netip.AddrFrom4([4]byte{10, byte(i % 3), byte(i % 5), byte(w.IntN(256))})
		if i%8 == 0 {
			a = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i % 3), 15: byte(w.IntN(256))})
		}
		w.hosts = append(w.hosts, a)
		w.ports = append(w.ports, uint16(w.IntN(65536)))
	}
	return w
}

// packets returns n packets from that time on. Each of them is of one of few
// conversations, as in a real capture.
func (w *world) packets(n int, from time.Time) []packet.Packet {
	var all []packet.Packet
	at := from
	for len(all) < n {
		a, b := w.hosts[w.IntN(len(w.hosts))], w.hosts[w.IntN(len(w.hosts))]
		if a.Is4() != b.Is4() {
			continue
		}
		vlan := uint16(max(0, w.IntN(40)-30))
		data := frame(a, b, w.ports[w.IntN(len(w.ports))], []byte{6, 17}[w.IntN(2)], vlan, w.IntN(600))
		for range 1 + w.IntN(8) {
			at = at.Add(time.Duration(w.IntN(1_000_000)) * time.Microsecond)
			all = append(all, packet.Packet{Time: at, Data: data, LinkType: packet.LinkEthernet})
		}
	}
	return all[:n]
}

// filter returns a random filter; most of them match few packets.
func (w *world) filter(depth int) fleet.Filter {
	if depth > 0 && w.IntN(2) == 0 {
		a, b := w.filter(depth-1), w.filter(depth-1)
		return []func(...fleet.Filter) fleet.Filter{fleet.All, fleet.Any}[w.IntN(2)](a, b)
	}
	host := w.hosts[w.IntN(len(w.hosts))]
	switch w.IntN(9) {
	case 0:
		return fleet.Net(netip.PrefixFrom(host, w.IntN(host.BitLen()+1)))
	case 1:
		return fleet.Port(w.ports[w.IntN(len(w.ports))])
	case 2:
		return fleet.Proto([]uint8{6, 17, 1}[w.IntN(3)])
	case 3:
		return fleet.VLAN(uint16(w.IntN(12)))
	case 4:
		return fleet.After(start.Add(time.Duration(w.IntN(3000)) * time.Second))
	case 5:
		return fleet.Before(start.Add(time.Duration(w.IntN(3000)) * time.Second))
	case 6:
		return fleet.Not(fleet.Host(host))
	case 7:
		return fleet.Source(fleet.Host(host))
	}
	return fleet.Host(host)
}

func pcap(t testing.TB, packets []packet.Packet) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := packet.NewWriter(&b, packet.LinkEthernet)
	for _, p := range packets {
		if err == nil {
			err = w.Write(p)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pcapng describes a new interface now and then, so that packets need what
// stands before their part.
func pcapng(t testing.TB, packets []packet.Packet) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := packet.NewNgWriter(&b, packet.NgHead{})
	for i, p := range packets {
		if err == nil {
			err = w.Write(p, packet.Interface{Name: fmt.Sprint("eth", i/97), LinkType: p.LinkType}, "")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tool runs a program on data and returns what it prints.
func tool(t testing.TB, data []byte, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return out
}

func save(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ask returns the packets that match, as text, and how the answer ended.
func ask(t testing.TB, f *captures.Folder, filter fleet.Filter) ([]string, captures.Answer) {
	t.Helper()
	list, err := f.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	a := list.Answer(t.Context(), &b, captures.Query{Filter: filter})
	packets := read(t, &b)
	if a.Packets != int64(len(packets)) {
		t.Errorf("got %d packets, the answer says %d", len(packets), a.Packets)
	}
	return packets, a
}

func read(t testing.TB, in io.Reader) (packets []string) {
	t.Helper()
	r, err := packet.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return packets
		}
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, text(p))
	}
}

// content is what a folder holds, read file by file without this package's
// help but for unpacking.
type content struct {
	packets []packet.Packet
	faults  string // that an answer has
}

func contentOf(t *testing.T, dir string) content {
	t.Helper()
	_, a := ask(t, captures.New(captures.Options{Dir: dir}), fleet.Filter{})
	c := content{faults: a.Faults}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		in, stop, err := captures.Unpack(bytes.NewReader(data))
		if err != nil {
			return nil // the answer names it
		}
		defer stop()
		r, err := packet.NewReader(in)
		for err == nil {
			var p packet.Packet
			if p, err = r.Next(); err == nil {
				p.Data = bytes.Clone(p.Data)
				c.packets = append(c.packets, p)
			}
		}
		return nil
	})
	if err != nil || len(c.packets) == 0 {
		t.Fatalf("%s: got %d packets, %v", dir, len(c.packets), err)
	}
	return c
}

// text is a packet as it stands in an answer, where a time before 1970, or
// none, is that year's beginning.
func text(p packet.Packet) string {
	if p.Time.Unix() < 0 {
		p.Time = time.Unix(0, 0).UTC()
	}
	return fmt.Sprintf("%s %x", p.Time.Format(time.RFC3339Nano), p.Data)
}

// same checks that the answer of a folder with an index is what the filter
// finds in the folder's content.
func (c content) same(t *testing.T, f *captures.Folder, filter fleet.Filter) {
	t.Helper()
	var want []string
	for _, p := range c.packets {
		m := packet.ReadMeta(p.LinkType, p.Data)
		m.Time = p.Time
		if filter.Match(m) {
			want = append(want, text(p))
		}
	}
	got, answer := ask(t, f, filter)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || answer.Faults != c.faults {
		t.Errorf("%s: got %d packets (%s), want %d (%s)", filter, len(got), answer.Faults, len(want), c.faults)
	}
}

func open(dir, state string) *captures.Folder {
	f := captures.New(captures.Options{Dir: dir, State: state})
	f.SetPart(4 << 10)
	return f
}

// Ensure that an index never loses a match, whatever the kind of file, how it
// was packed, and however it was learned.
func TestIndexLosesNoMatch(t *testing.T) {
	for seed := range uint64(2) {
		w := newWorld(seed)
		dir, state := t.TempDir(), t.TempDir()
		for i := range 8 {
			packets := w.packets(200+w.IntN(600), start.Add(time.Duration(w.IntN(40))*time.Minute))
			if i%3 == 0 { // out of order
				w.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
			}
			data, name := pcap(t, packets), fmt.Sprintf("%d/capture", i%3)
			if i%2 == 1 {
				data = pcapng(t, packets)
			}
			switch i % 4 {
			case 1:
				data = tool(t, data, "lz4", "-c")
			case 2:
				data = tool(t, data, "zstd", "-c")
			case 3:
				data = tool(t, data, "gzip", "-c")
			}
			if i >= 6 { // damaged in the middle, or torn
				data = data[:len(data)*2/3]
			}
			if i == 4 {
				binary.LittleEndian.PutUint32(data[len(data)/2:], 1<<31-1)
			}
			save(t, filepath.Join(dir, fmt.Sprintf("%s%d", name, i)), data)
		}
		all := contentOf(t, dir)
		f := open(dir, state)
		if seed == 1 {
			if err := f.Index(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 40 {
			if i%20 == 10 {
				f = open(dir, state) // the index is read back
			}
			all.same(t, f, w.filter(3))
		}
		if list, err := f.List(t.Context()); err != nil || list.Stats().Skipped == 0 || list.Stats().IndexParts < 20 {
			t.Errorf("the index was of no use: %+v, %v", list.Stats(), err)
		}
	}
}

// Ensure that a file that grows, and one that a ring of files writes over, is
// answered as it is at the time of the question.
func TestIndexFollowsFilesThatAreWritten(t *testing.T) {
	w := newWorld(7)
	dir := t.TempDir()
	grows, ring := filepath.Join(dir, "grows.pcapng"), filepath.Join(dir, "ring.pcap")
	all := pcapng(t, w.packets(2000, start))
	f := open(dir, "")
	skipped := int64(0)
	for n := 0; n < len(all); {
		n = min(n+1+w.IntN(len(all)/20), len(all))
		save(t, grows, all[:n])
		appendTo(t, grows, nil)
		save(t, ring, pcap(t, w.packets(50+w.IntN(100), start.Add(time.Duration(n)*time.Second))))
		all := contentOf(t, dir)
		for range 3 {
			all.same(t, f, w.filter(2))
		}
		list, err := f.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		skipped = list.Stats().Skipped
	}
	if skipped < int64(len(all)) {
		t.Errorf("got %d bytes skipped of files of %d: what was known was read again", skipped, len(all))
	}
}

func appendTo(t *testing.T, path string, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
}

// Ensure that an index that was damaged on disk, or cut short, costs time and
// no packet.
func TestDamagedIndexIsMadeAnew(t *testing.T) {
	w := newWorld(3)
	dir, state := t.TempDir(), t.TempDir()
	save(t, filepath.Join(dir, "x"), pcap(t, w.packets(900, start)))
	filter := fleet.Host(w.hosts[1])
	ask(t, open(dir, state), filter)
	names, err := filepath.Glob(filepath.Join(state, "*"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	whole, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	all := contentOf(t, dir)
	for range 50 {
		bad := bytes.Clone(whole)
		if w.IntN(3) == 0 {
			bad = bad[:w.IntN(len(bad))]
		} else {
			bad[w.IntN(len(bad))] ^= byte(1 + w.IntN(255))
		}
		save(t, names[0], bad)
		all.same(t, open(dir, state), filter)
	}
	if again, err := os.ReadFile(names[0]); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("the index was not made as before: %v", err)
	}
}

// Ensure that the index of a file that is gone goes too.
func TestIndexOfRemovedFilesIsRemoved(t *testing.T) {
	w := newWorld(4)
	dir, state := t.TempDir(), t.TempDir()
	save(t, filepath.Join(dir, "x"), pcap(t, w.packets(90, start)))
	f := open(dir, state)
	ask(t, f, fleet.Filter{})
	old := time.Now().Add(-time.Hour)
	names, _ := filepath.Glob(filepath.Join(state, "*"))
	for _, name := range names {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(state, "*")); len(names) != 1 || len(left) != 0 {
		t.Errorf("got %s, then %s left", names, left)
	}
}

// Ensure that the index keeps within its memory and is right then, too.
func TestIndexMemoryIsBounded(t *testing.T) {
	w := newWorld(5)
	dir := t.TempDir()
	for i := range 10 {
		save(t, filepath.Join(dir, fmt.Sprint(i)), pcap(t, w.packets(800, start)))
	}
	const most = 16 << 10
	f := captures.New(captures.Options{Dir: dir, Memory: most})
	f.SetPart(4 << 10)
	all := contentOf(t, dir)
	for range 20 {
		all.same(t, f, w.filter(2))
	}
	list, err := f.List(t.Context())
	if got := list.Stats(); err != nil || got.IndexBytes > most || got.IndexBytes == 0 {
		t.Errorf("got %d bytes of index, want 1 to %d (%v)", got.IndexBytes, most, err)
	}
}

// Ensure that a packed file that is being written gives its packets up to the
// last one that can be unpacked, without a complaint.
func TestTornPackedFilesAreServed(t *testing.T) {
	w := newWorld(6)
	data := pcap(t, w.packets(3000, start))
	for name, args := range map[string][]string{"lz4": {"-c", "-B4", "-BD"}, "zstd": {"-c"}, "gzip": {"-c"}} {
		packed := tool(t, data, name, args...)
		dir := t.TempDir()
		save(t, filepath.Join(dir, "log.pcap."+name), packed[:len(packed)*4/5])
		got, a := ask(t, open(dir, ""), fleet.Filter{})
		if len(got) < 500 || len(got) >= 3000 || a.Faults != "" {
			t.Errorf("%s: got %d packets (%s), want most of 3000", name, len(got), a.Faults)
		}
		save(t, filepath.Join(dir, "log.pcap."+name), packed)
		if got, a := ask(t, open(dir, ""), fleet.Filter{}); len(got) != 3000 || a.Faults != "" {
			t.Errorf("%s: got %d packets (%s), want 3000", name, len(got), a.Faults)
		}
	}
}

// Ensure that what needs more memory to be unpacked than a file may have is
// refused with a word.
func TestHugeWindowsAreRefused(t *testing.T) {
	dir := t.TempDir()
	data := append(pcap(t, newWorld(1).packets(10, start)), make([]byte, 80<<20)...)
	save(t, filepath.Join(dir, "x.pcap.zst"), tool(t, data, "zstd", "-c", "--long=27", "-1", "--no-check"))
	if got, a := ask(t, open(dir, ""), fleet.Filter{}); len(got) != 0 || !strings.Contains(a.Faults, "window") {
		t.Errorf("got %d packets (%s)", len(got), a.Faults)
	}
}
