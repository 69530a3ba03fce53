package packet

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"spoor/internal/realdata"
)

func openCapture(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// readAll returns the packets of a capture, with data of their own, and the
// error that ended it; nil for a clean end.
func readAll(b []byte) ([]Packet, error) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out []Packet
	for {
		p, err := r.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		p.Data = bytes.Clone(p.Data)
		out = append(out, p)
	}
}

// Ensure that every real capture gives as many packets as tshark read, with
// the same times, and that only the damaged one ends in an error.
func TestDataReaderCounts(t *testing.T) {
	dir := realdata.Dir(t)
	for _, c := range realdata.Captures(t, dir) {
		packets, err := readAll(openCapture(t, filepath.Join(dir, c.File)))
		if strings.HasSuffix(c.File, "test018.pcapng") {
			c.Packets -= 4 // custom blocks, which tshark counts and tcpdump does not
		}
		if len(packets) != c.Packets {
			t.Errorf("%s: got %d packets, want %d", c.File, len(packets), c.Packets)
		}
		if damaged := strings.HasSuffix(c.File, "tls_DER-incomplete-header.pcap"); damaged != (err != nil) {
			t.Errorf("%s: got error %v, want one: %v", c.File, err, damaged)
		}
		truncated := 0
		var first, last time.Time
		for _, p := range packets {
			if len(p.Data) < p.OrigLen {
				truncated++
			}
			if p.Time.IsZero() {
				continue // tshark has none either
			}
			if first.IsZero() || p.Time.Before(first) {
				first = p.Time
			}
			if p.Time.After(last) {
				last = p.Time
			}
		}
		if truncated != c.Truncated {
			t.Errorf("%s: got %d packets cut, want %d", c.File, truncated, c.Truncated)
		}
		const micro = "2006-01-02T15:04:05.000000Z"
		if c.First == "" || strings.HasSuffix(c.File, "timestamp_invalid_micro.pcap") {
			continue // no times, or one that tshark prints wrong
		}
		if got := first.Round(time.Microsecond).Format(micro); got != c.First {
			t.Errorf("%s: got first %s, want %s", c.File, got, c.First)
		}
		if got := last.Round(time.Microsecond).Format(micro); got != c.Last {
			t.Errorf("%s: got last %s, want %s", c.File, got, c.Last)
		}
	}
}

// Ensure that damage is told with the number of the packet and its offset.
func TestDataReaderTellsDamage(t *testing.T) {
	path := filepath.Join(realdata.Dir(t), "pcaps/malformed/tls_DER-incomplete-header.pcap")
	_, err := readAll(openCapture(t, path))
	var e *FileError
	if !errors.As(err, &e) || e.Packet != 7 || !strings.Contains(e.Reason, "4325376") {
		t.Errorf("got %v, want packet 7 with 4325376 bytes", err)
	}
}

// Ensure that a microsecond field of a second or more carries over.
func TestDataReaderCarriesMicroseconds(t *testing.T) {
	path := filepath.Join(realdata.Dir(t), "pcaps/malformed/timestamp_invalid_micro.pcap")
	packets, err := readAll(openCapture(t, path))
	if err != nil || len(packets) != 3 {
		t.Fatalf("got %d packets, %v; want 3", len(packets), err)
	}
	want := time.Date(2014, 12, 9, 17, 16, 11, 0, time.UTC)
	if got := packets[1].Time; !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Ensure that the cheap view finds the outer addresses that tshark found:
// through VLAN tags, but neither in tunnels nor through PPPoE.
func TestDataMetaCountsHosts(t *testing.T) {
	dir := realdata.Dir(t)
	for _, c := range realdata.Captures(t, dir) {
		if strings.HasSuffix(c.File, "pppoe.pcap") || strings.HasSuffix(c.File, "ipv6_invalid_length.pcap") {
			continue // not looked through; a header that is cut, which no index takes
		}
		packets, _ := readAll(openCapture(t, filepath.Join(dir, c.File)))
		counts := map[string]int{}
		for _, p := range packets {
			m := ReadMeta(p.LinkType, p.Data)
			if !m.Source.IsValid() {
				continue
			}
			counts[m.Source.String()]++
			if m.Source != m.Destination {
				counts[m.Destination.String()]++
			}
		}
		for _, h := range c.TopHosts {
			if counts[h.Host] != h.Outer {
				t.Errorf("%s: got %d packets of %s, want %d", c.File, counts[h.Host], h.Host, h.Outer)
			}
		}
	}
}

// Ensure that every real packet is decoded within bounds, without a fault
// inside, and with each token of a value in its text.
func TestDataDecodeHolds(t *testing.T) {
	dir := realdata.Dir(t)
	for _, c := range realdata.Captures(t, dir) {
		packets, _ := readAll(openCapture(t, filepath.Join(dir, c.File)))
		for i, p := range packets {
			if i%7 != 0 && len(packets) > 10000 {
				continue // 80,000 of the same kind
			}
			d := Decode(p.LinkType, p.Data, p.OrigLen)
			checkDecoded(t, d, p.Data)
			if own := AppendText(nil, p.LinkType, p.Data, p.OrigLen); !bytes.Equal(own, d.Text()) {
				t.Errorf("%s: packet %d: AppendText differs from Text", c.File, i+1)
			}
		}
		if t.Failed() {
			t.Fatalf("in %s", c.File)
		}
	}
}

// Ensure that the cheap view counts what tcpdump counts.
func TestDataMetaEqualsTcpdump(t *testing.T) {
	dir := realdata.Dir(t)
	bin, err := exec.LookPath("tcpdump")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no tcpdump in CI: %v", err)
		}
		t.Skipf("no tcpdump: %v", err)
	}
	either := func(port uint16) func(Meta) bool {
		return func(m Meta) bool { return m.HasPorts && (m.SourcePort == port || m.DestinationPort == port) }
	}
	host := func(s string) func(Meta) bool {
		a := netip.MustParseAddr(s)
		return func(m Meta) bool { return m.Source == a || m.Destination == a }
	}
	for _, tt := range []struct {
		file, filter string
		match        func(Meta) bool
	}{
		{"pairs/apt29-day2/UTICA-A/UTICA-A.cap", "host 192.168.0.4", host("192.168.0.4")},
		{"pairs/apt29-day2/UTICA-A/UTICA-A.cap", "port 8080", either(8080)},
		{"pairs/apt29-day2/NEWYORK/NEWYORK.cap", "port 53", either(53)},
		{"pairs/apt29-day2/NEWYORK/NEWYORK.cap", "host 10.0.1.6", host("10.0.1.6")},
		{"pairs/zeek-ftp-ipv6/ftp-ipv6.pcap", "host 2001:470:4867:99::21", host("2001:470:4867:99::21")},
		{"pairs/zeek-ftp-ipv6/ftp-ipv6.pcap", "port 21", either(21)},
		{"pcaps/large/brimcap-alerts.pcap", "host 192.168.0.1 and not arp", host("192.168.0.1")},
		{"pcaps/tunnel/gre-sample.pcap", "ip proto 47", func(m Meta) bool { return m.Proto == 47 }},
		{"pcaps/basic/v6-http.pcap", "tcp or udp", func(m Meta) bool { return m.Proto == 6 || m.Proto == 17 }},
	} {
		path := filepath.Join(dir, tt.file)
		out, err := exec.Command(bin, "-nn", "--count", "-r", path, tt.filter).Output()
		if err != nil {
			t.Fatalf("tcpdump %s: %v", tt.filter, err)
		}
		packets, _ := readAll(openCapture(t, path))
		got := 0
		for _, p := range packets {
			if tt.match(ReadMeta(p.LinkType, p.Data)) {
				got++
			}
		}
		if want, _, _ := strings.Cut(string(out), " "); strconv.Itoa(got) != want {
			t.Errorf("%s, %s: got %d, want %s", tt.file, tt.filter, got, want)
		}
	}
}
