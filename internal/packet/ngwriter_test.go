package packet

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// twoSensors is a capture of two interfaces with different link types.
func twoSensors(t *testing.T) (file []byte, in []Packet) {
	t.Helper()
	at := time.Date(2020, 5, 1, 7, 9, 23, 456789123, time.UTC)
	frame := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	in = []Packet{
		{at, frame, 60, LinkEthernet},
		{at.Add(time.Hour), frame[14:], 20, LinkRaw},
		{at, append(frame, 1, 2, 3), 3, LinkEthernet},
		{time.Time{}, frame, 0, LinkEthernet},
	}
	var b bytes.Buffer
	w, err := NewNgWriter(&b, NgHead{Application: "Spoor", Comment: "answers src:100"})
	if err != nil {
		t.Fatal(err)
	}
	east := Interface{Name: "east", Description: "packets of east", LinkType: LinkEthernet}
	west := Interface{Name: "west", LinkType: LinkRaw}
	for i, p := range in {
		from, comment := east, fmt.Sprintf("packet %d, höher", i)
		if p.LinkType == LinkRaw {
			from, comment = west, ""
		}
		if err := w.Write(p, from, comment); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes(), in
}

// Ensure that what is written is read again: bytes, times to the nanosecond,
// lengths and link types of several interfaces.
func TestNgWriterRoundTrip(t *testing.T) {
	file, in := twoSensors(t)
	out, err := readAll(file)
	if err != nil || len(out) != len(in) {
		t.Fatalf("got %d packets, %v; want %d", len(out), err, len(in))
	}
	for i, p := range out {
		want := in[i]
		if want.Time.IsZero() {
			want.Time = time.Unix(0, 0)
		}
		length := want.OrigLen
		if length == 0 {
			length = len(want.Data)
		}
		if !p.Time.Equal(want.Time) || !bytes.Equal(p.Data, want.Data) || p.OrigLen != length || p.LinkType != want.LinkType {
			t.Errorf("packet %d: got %+v, want %+v", i+1, p, want)
		}
	}
}

// Ensure that Wireshark's own tools read the file, with names and comments.
func TestNgWriterFilesAreReadByWireshark(t *testing.T) {
	for _, name := range []string{"tshark", "capinfos"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	file, _ := twoSensors(t)
	path := filepath.Join(t.TempDir(), "two.pcapng")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, append(args, path)...).Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		return string(out)
	}
	got := run("tshark", "-n", "-T", "fields", "-e", "frame.interface_name", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.comment", "-e", "ip.dst", "-r")
	// Of a packet that is shorter on the wire than what was captured each
	// version of tshark makes its own.
	want := []string{"east\t1588316963.456789123\t60\t34\tpacket 0, höher\t10.0.0.2", "west\t1588320563.456789123\t20\t20\t\t10.0.0.2"}
	for i, line := range want {
		if lines := strings.Split(got, "\n"); len(lines) < 4 || strings.ReplaceAll(lines[i], "2020-05-01T", "") != line {
			t.Errorf("packet %d: got %q, want %q", i+1, lines[min(i, len(lines)-1)], line)
		}
	}
	about := run("capinfos", "-M")
	for _, part := range []string{"Capture application: Spoor", "answers src:100", "Number of interfaces in file: 2", "Number of packets:   4", "Description = packets of east"} {
		if !strings.Contains(about, part) {
			t.Errorf("capinfos says nothing of %q:\n%s", part, about)
		}
	}
}

// Ensure that a packet is not put under another link type's interface, and
// that a text of any length and bytes leaves the file whole.
func TestNgWriterRefusesAndCuts(t *testing.T) {
	var b bytes.Buffer
	w, err := NewNgWriter(&b, NgHead{Comment: strings.Repeat("é", 100_000)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Packet{LinkType: LinkRaw}, Interface{LinkType: LinkEthernet}, ""); !errors.Is(err, ErrLinkType) {
		t.Errorf("got %v, want ErrLinkType", err)
	}
	if err := w.Write(Packet{Data: make([]byte, maxRecord+1)}, Interface{}, ""); err == nil {
		t.Error("got no error for a packet over the limit")
	}
	if err := w.Write(Packet{Data: []byte("x")}, Interface{Name: "\xff" + strings.Repeat("n", 99_999)}, strings.Repeat("\xf0", 99_999)); err != nil {
		t.Fatal(err)
	}
	if out, err := readAll(b.Bytes()); err != nil || len(out) != 1 || string(out[0].Data) != "x" {
		t.Errorf("got %v, %v", out, err)
	}
	if b.Len() > 4*maxText {
		t.Errorf("got %d bytes, want texts cut at %d", b.Len(), maxText)
	}
}
