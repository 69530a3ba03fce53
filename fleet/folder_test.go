package fleet_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/packet"
)

// Ensure that a folder of this machine answers as a sensor does: filters,
// limits, an end that says which, and a fault as an error.
func TestFolderIsASensor(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	packets := fleettest.Packets(20)
	save := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := fleet.Open(fleet.SensorConfig{Name: "Evidence", Kind: fleet.KindFolder, Dir: dir, State: state})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := s.Health(t.Context()); err != nil || !h.Empty {
		t.Errorf("empty: got %+v, %v", h, err)
	}
	save("a.pcap", fleettest.File(t, packets))
	if h, err := s.Health(t.Context()); err != nil || h.Empty || !h.Oldest.Equal(packets[0].Time) {
		t.Errorf("got %+v, %v, want oldest %s", h, err, packets[0].Time)
	}
	if got := s.Config().Public(); got.Dir != "" || got.State != "" {
		t.Errorf("public: got %+v", got)
	}
	for _, limit := range []int64{0, 7} {
		in, err := s.Packets(t.Context(), fleet.All(fleet.Proto(17), fleet.After(packets[0].Time)), fleet.Limits{Packets: limit})
		if err != nil {
			t.Fatal(err)
		}
		n, err := count(in)
		want, name := 20, ""
		if limit > 0 {
			want, name = int(limit), "packets"
		}
		if end := in.(fleet.Ender).End(); n != want || err != nil || end.Packets != int64(want) || end.Limit != name {
			t.Errorf("limit %d: got %d packets (%v), %+v", limit, n, err, end)
		}
		in.Close()
	}
	whole := fleettest.File(t, packets)
	whole[24+8+3] = 0x7f // a packet of two gigabytes
	save("bad.pcap", whole)
	in, err := s.Packets(t.Context(), fleet.Filter{}, fleet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if n, err := count(in); n != 20 || err == nil || !strings.Contains(err.Error(), "bad.pcap: capture file, packet 1") {
		t.Errorf("damaged: got %d packets, %v", n, err)
	}
}

// count reads a capture to its end.
func count(in io.Reader) (n int, err error) {
	r, err := packet.NewReader(in)
	for err == nil {
		if _, err = r.Next(); err == nil {
			n++
		}
	}
	if err == io.EOF {
		return n, nil
	}
	return n, err
}

// Ensure that closing ends the reading, also before anything was read, and
// that what is wrong with a configuration is said.
func TestFolderCanBeClosedAndIsChecked(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), fleettest.File(t, fleettest.Packets(20)), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := fleet.Open(fleet.SensorConfig{Name: "x", Kind: fleet.KindFolder, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.Packets(t.Context(), fleet.Filter{}, fleet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	in.Close() // returns when the reading has ended
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Packets(ctx, fleet.Filter{}, fleet.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for want, c := range map[string]fleet.SensorConfig{
		"dir is missing":       {},
		"must be a whole path": {Dir: "captures"},
		"state \"x\" must be":  {Dir: dir, State: "x"},
		"no such file":         {Dir: dir, State: filepath.Join(dir, "none")},
		"is no folder":         {Dir: dir, State: filepath.Join(dir, "x")},
	} {
		c.Name, c.Kind = "x", fleet.KindFolder
		if _, err := fleet.Open(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
