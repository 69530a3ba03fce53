package sensor

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/packet"
)

var start = time.Date(2020, 5, 1, 7, 0, 0, 0, time.UTC)

// udp returns an Ethernet frame from 10.0.0.host to 10.0.0.99 port 53, with a
// payload of size bytes.
func udp(host byte, size int) []byte {
	f := append(make([]byte, 12), 8, 0)
	f = append(f, 0x45, 0, byte((28+size)>>8), byte(28+size), 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, host, 10, 0, 0, 99)
	f = append(f, 0x30, 0x39, 0, 53, byte((8+size)>>8), byte(8+size), 0, 0)
	return append(f, make([]byte, size)...)
}

// at returns a packet of host, after after the start.
func at(after time.Duration, host byte) packet.Packet {
	return packet.Packet{Time: start.Add(after), Data: udp(host, 10), LinkType: packet.LinkEthernet}
}

// pcap returns a capture file; nano if a time needs it.
func pcap(t *testing.T, packets ...packet.Packet) []byte {
	t.Helper()
	create, link := packet.NewWriter, packet.LinkEthernet
	for _, p := range packets {
		link = p.LinkType
		if p.Time.Nanosecond()%1000 != 0 {
			create = packet.NewWriterNano
		}
	}
	var b bytes.Buffer
	w, err := create(&b, link)
	for _, p := range packets {
		err = errors.Join(err, w.Write(p))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reply is an answer, read.
type reply struct {
	status  int
	text    string // of an error
	raw     []byte
	packets []packet.Packet
	trailer http.Header
}

func (r reply) err() string { return r.trailer.Get(trailerError) }

// hosts returns the last byte of the packets' source addresses, in order.
func (r reply) hosts() string {
	var hosts []string
	for _, p := range r.packets {
		hosts = append(hosts, fmt.Sprint(p.Data[29]))
	}
	return strings.Join(hosts, " ")
}

func ask(t *testing.T, s *Server, query string, headers ...string) reply {
	t.Helper()
	r := httptest.NewRequest("POST", "/query", strings.NewReader(query))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return readReply(t, w.Result())
}

func readReply(t *testing.T, res *http.Response) reply {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := reply{status: res.StatusCode, raw: body, trailer: res.Trailer}
	if res.StatusCode != http.StatusOK {
		a.text = string(body)
		return a
	}
	rd, err := packet.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := rd.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Data = bytes.Clone(p.Data)
		a.packets = append(a.packets, p)
	}
	if got := a.trailer.Get(trailerPackets); got != fmt.Sprint(len(a.packets)) {
		t.Errorf("got trailer of %s packets, want %d", got, len(a.packets))
	}
	return a
}

// Ensure that files that overlap are merged by time, whatever their names.
func TestAnswerIsInOrderOfTime(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "c.pcap", pcap(t, at(1, 1), at(4*time.Second, 4), at(6*time.Second, 6)))
	save(t, dir, "a.pcap3", pcap(t, at(2*time.Second, 2), at(3*time.Second, 3), at(7*time.Second, 7)))
	save(t, dir, "b", pcap(t, at(5*time.Second, 5), at(8*time.Second, 8)))
	got := ask(t, New(Options{Dir: dir}), "port 53")
	if want := "1 2 3 4 5 6 7 8"; got.hosts() != want || got.err() != "" {
		t.Errorf("got %s (%s), want %s", got.hosts(), got.err(), want)
	}
}

// Ensure that more files than are read side by side lose nothing.
func TestManyOverlappingFilesAreAllServed(t *testing.T) {
	dir := t.TempDir()
	const files = 101 // more than are read side by side
	for i := range files {
		save(t, dir, fmt.Sprintf("%03d.pcap", i), pcap(t, at(time.Duration(i)*time.Millisecond, 1), at(time.Hour, 2)))
	}
	if got := ask(t, New(Options{Dir: dir}), "udp"); len(got.packets) != 2*files || got.err() != "" {
		t.Errorf("got %d packets (%s), want %d", len(got.packets), got.err(), 2*files)
	}
}

func TestTimesAreExact(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "x.pcap", pcap(t, at(0, 1), at(time.Second, 2), at(2*time.Second-time.Microsecond, 3), at(2*time.Second, 4)))
	s := New(Options{Dir: dir})
	for range 2 { // the second time with the file's bounds known
		got := ask(t, s, "after 2020-05-01T07:00:01Z and before 2020-05-01T07:00:02Z")
		if want := "2 3"; got.hosts() != want {
			t.Errorf("got %s, want %s", got.hosts(), want)
		}
	}
}

func TestAgoCountsFromTheServersClock(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "x.pcap", pcap(t, at(0, 1), at(time.Hour, 2)))
	s := New(Options{Dir: dir})
	s.now = func() time.Time { return start.Add(90 * time.Minute) }
	if got := ask(t, s, "after 45m ago"); got.hosts() != "2" {
		t.Errorf("got %s, want 2", got.hosts())
	}
}

func TestBadRequestsSayWhere(t *testing.T) {
	s := New(Options{Dir: t.TempDir()})
	for _, tt := range []struct {
		query  string
		status int
		text   string
		header []string
	}{
		{"port 80 AND gre 5", 400, "column 13: ", nil},
		{"", 400, "column 1: the filter is empty", nil},
		{"tcp\xff", 400, "UTF-8", nil},
		{strings.Repeat(" ", 64<<10) + "tcp", 413, "65536 bytes", nil},
		{"tcp", 400, "Steno-Limit-Packets", []string{headerLimitPackets, "many"}},
		{"tcp", 400, "Steno-Limit-Bytes", []string{headerLimitBytes, "-1"}},
	} {
		got := ask(t, s, tt.query, tt.header...)
		if got.status != tt.status || !strings.Contains(got.text, tt.text) {
			t.Errorf("%.20q: got %d %s, want %d %s", tt.query, got.status, got.text, tt.status, tt.text)
		}
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/query", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d, want 405", w.Code)
	}
}

func TestMissingFolderIsAnError(t *testing.T) {
	got := ask(t, New(Options{Dir: "no/such/folder"}), "tcp")
	if got.status != 500 || !strings.Contains(got.text, "no/such/folder") {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

func TestLimitsEndAnAnswerAndSaySo(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "x.pcap", pcap(t, at(1, 1), at(2, 2), at(3, 3), at(4, 4)))
	s := New(Options{Dir: dir})
	size := len(udp(1, 10))
	for _, tt := range []struct {
		packets, bytes int
		hosts, limit   string
	}{
		{0, 0, "1 2 3 4", ""},
		{2, 0, "1 2", "packets"},
		{5, 0, "1 2 3 4", ""},
		// As a Stenographer counts: 16 for the file and for each packet.
		{0, 16 + 2*(16+size), "1 2", "bytes"},
		{0, 16 + 2*(16+size) + 1, "1 2 3", "bytes"},
		{1, 16 + 2*(16+size), "1", "packets"},
	} {
		got := ask(t, s, "udp", headerLimitPackets, fmt.Sprint(tt.packets), headerLimitBytes, fmt.Sprint(tt.bytes))
		if got.hosts() != tt.hosts || got.trailer.Get(trailerLimit) != tt.limit || got.err() != "" {
			t.Errorf("%d packets, %d bytes: got %s by %q, want %s by %q", tt.packets, tt.bytes, got.hosts(), got.trailer.Get(trailerLimit), tt.hosts, tt.limit)
		}
	}
}

// Ensure that no match is a file too, of the folder's link type.
func TestNoMatchIsAnEmptyCapture(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Dir: dir})
	check := func(link uint16) {
		t.Helper()
		got := ask(t, s, "tcp")
		if len(got.raw) != 24 || binary.LittleEndian.Uint32(got.raw) != 0xa1b2c3d4 || binary.LittleEndian.Uint32(got.raw[20:]) != uint32(link) {
			t.Errorf("got % x", got.raw)
		}
	}
	check(packet.LinkEthernet)
	p := at(0, 1)
	p.LinkType, p.Data = packet.LinkRaw, p.Data[14:]
	save(t, dir, "raw.pcap", pcap(t, p))
	check(packet.LinkRaw)
}

func TestTimesAreMicrosecondsUnlessFiner(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "a.pcap", pcap(t, at(time.Microsecond, 1)))
	s := New(Options{Dir: dir})
	if got := ask(t, s, "udp"); binary.LittleEndian.Uint32(got.raw) != 0xa1b2c3d4 {
		t.Errorf("got magic % x", got.raw[:4])
	}
	save(t, dir, "b.pcap", pcap(t, at(1001, 2)))
	got := ask(t, s, "udp")
	if binary.LittleEndian.Uint32(got.raw) != 0xa1b23c4d || !got.packets[1].Time.Equal(start.Add(1001)) {
		t.Errorf("got magic % x, time %s", got.raw[:4], got.packets[1].Time)
	}
}

// Ensure that a file that is being written is served up to its last whole
// record, without a complaint, wherever it breaks off.
func TestTornEndIsNoError(t *testing.T) {
	dir := t.TempDir()
	whole := pcap(t, at(1, 1), at(2, 2))
	one := len(pcap(t, at(1, 1)))
	s := New(Options{Dir: dir})
	for n := range whole {
		save(t, dir, "x.pcap", whole[:n])
		want := ""
		if n >= one {
			want = "1"
		}
		if got := ask(t, s, "udp"); got.hosts() != want || got.err() != "" {
			t.Errorf("%d of %d bytes: got %q (%s), want %q", n, len(whole), got.hosts(), got.err(), want)
		}
	}
	save(t, dir, "x.pcap", whole)
	if got := ask(t, s, "udp"); got.hosts() != "1 2" {
		t.Errorf("grown: got %q", got.hosts())
	}
}

func TestDamageIsNamedAndTheRestServed(t *testing.T) {
	dir := t.TempDir()
	bad := pcap(t, at(1, 1), at(2, 2), at(3, 3))
	second := len(pcap(t, at(1, 1)))
	binary.LittleEndian.PutUint32(bad[second+8:], 1<<30)
	save(t, dir, "bad.pcap", bad)
	save(t, dir, "good.pcap", pcap(t, at(4, 4)))
	// A length that swallows what follows is no torn end.
	long := pcap(t, at(5, 5), at(6, 6))
	binary.LittleEndian.PutUint32(long[second+8:], 200_000)
	save(t, dir, "long.pcap", append(long, make([]byte, 100_000)...))
	save(t, dir, "head.pcap", append(bytes.Clone(bad[:4]), make([]byte, 30)...))
	s := New(Options{Dir: dir})
	for range 2 {
		got := ask(t, s, "udp")
		if want := "1 4 5"; got.hosts() != want {
			t.Errorf("got %s, want %s", got.hosts(), want)
		}
		for _, want := range []string{"bad.pcap: capture file, packet 2", "long.pcap: capture file, packet 2", "head.pcap: "} {
			if !strings.Contains(got.err(), want) {
				t.Errorf("got %s, want %s in it", got.err(), want)
			}
		}
	}
}

func TestRemovedFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	gone := save(t, dir, "gone.pcap", pcap(t, at(1, 1)))
	s := New(Options{Dir: dir})
	w := httptest.NewRecorder()
	q, _, err := s.read(w, httptest.NewRequest("POST", "/query", strings.NewReader("udp")))
	list, err2 := s.folder.List(t.Context())
	if err := errors.Join(err, err2, os.Remove(gone)); err != nil {
		t.Fatal(err)
	}
	s.answer(t.Context(), w, q, list)
	if got := readReply(t, w.Result()).err(); got != "gone.pcap: removed while the query ran" {
		t.Errorf("got %q", got)
	}
}

func TestOtherLinkTypesAreNamed(t *testing.T) {
	dir := t.TempDir()
	raw := at(2, 2)
	raw.LinkType, raw.Data = packet.LinkRaw, raw.Data[14:]
	save(t, dir, "a.pcap", pcap(t, at(1, 1)))
	save(t, dir, "b.pcap", pcap(t, raw))
	save(t, dir, "c.pcap", pcap(t, at(3, 3)))
	got := ask(t, New(Options{Dir: dir}), "udp")
	if want := "1 packets of link type 101 left out: the answer has link type 1"; got.hosts() != "1 3" || got.err() != want {
		t.Errorf("got %s (%s)", got.hosts(), got.err())
	}
}

// Ensure that captures are told by their first bytes, in folders below too,
// and that no link leads out of the folder.
func TestOnlyCapturesOfTheFolderAreServed(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	save(t, dir, "notes.pcap", []byte("this is no capture at all"))
	save(t, dir, "empty.pcap", nil)
	save(t, dir, "key.pem.gz", gzipped(t, []byte("secret")))
	save(t, dir, "broken.gz", []byte{0x1f, 0x8b, 8, 0})
	save(t, dir, "x.00001", pcap(t, at(1, 1)))
	save(t, dir, "y.pcap.gz", gzipped(t, pcap(t, at(2, 2))))
	outside := save(t, other, "z.pcap", pcap(t, at(3, 3)))
	if err := errors.Join(os.Symlink(outside, filepath.Join(dir, "z.pcap")), os.Symlink(other, filepath.Join(dir, "other")), os.Mkdir(filepath.Join(dir, "d.pcap"), 0o700)); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "d.pcap"), "w.pcap", pcap(t, at(4, 4)))
	got := ask(t, New(Options{Dir: dir}), "udp")
	if want := "1 2 4"; got.hosts() != want || got.err() != "" {
		t.Errorf("got %s (%s), want %s", got.hosts(), got.err(), want)
	}
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStatsAreLinesOfNumbers(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Dir: dir})
	stats := func() string {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/debug/stats", nil))
		return w.Body.String()
	}
	if got := stats(); strings.Contains(got, "oldest_timestamp") {
		t.Errorf("empty folder: got %s", got)
	}
	save(t, dir, "b.pcap", pcap(t, at(0, 1)))
	save(t, dir, "a.pcap", pcap(t, at(time.Second, 1)))
	ask(t, s, "udp")
	ask(t, s, "nonsense")
	got := stats()
	for _, want := range []string{
		fmt.Sprintf("oldest_timestamp\t%d\n", start.UnixNano()), "files\t2\n", "queries\t2\n", "queries_bad\t1\n",
		"queries_running\t0\n", "packets_served\t2\n", fmt.Sprintf("bytes_served\t%d\n", 2*len(udp(1, 10))),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
