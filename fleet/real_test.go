package fleet_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/packet"
	"spoor/internal/pki"
)

// question is a filter in Stenographer's words and in tshark's.
type question struct{ filter, tshark string }

// everything is a filter that matches all frames of a recorder.
const everything = "after 1970-01-01T00:00:00Z"

// askReal asks real recorders of the captures through a Manager and compares
// every answer with what tshark finds in the recorded frames.
func askReal(t *testing.T, certs pki.Options, questions []question, captures ...string) {
	t.Helper()
	fleettest.NeedTools(t, fleettest.Tool{Name: "tshark", Package: "tshark"})
	recorders := fleettest.RealStenographers(t, certs, captures...)
	var sensors []fleet.Sensor
	for _, r := range recorders {
		s, err := fleet.NewStenographer(r.Config)
		if err != nil {
			t.Fatal(err)
		}
		sensors = append(sensors, s)
	}
	s := &store{}
	r := newRig(t, "", s, fleet.Options{}, sensors...)

	recorded := s.answers(t, r, fleet.Request{Query: everything})
	files := make(map[string]string)
	for i, rec := range recorders {
		id := rec.Config.ID
		if !slices.EqualFunc(fleettest.Frames(recorded[id]), fleettest.Frames(rec.Frames), bytes.Equal) {
			t.Fatalf("%s: the %d recorded frames are not the %d of the capture", id, len(recorded[id]), len(rec.Frames))
		}
		files[id] = filepath.Join(t.TempDir(), fmt.Sprintf("recorded%d.pcap", i))
		if err := os.WriteFile(files[id], fleettest.File(t, recorded[id]), 0o600); err != nil {
			t.Fatal(err)
		}
		questions = append(questions, halves(recorded[id])...)
	}
	for _, q := range questions {
		got := s.answers(t, r, fleet.Request{Query: q.filter})
		found := 0
		for id, file := range files {
			want := tshark(t, file, q.tshark)
			if !slices.EqualFunc(inOrder(got[id]), inOrder(want), samePacket) {
				t.Errorf("%s: %s: got %d packets, tshark has %d for %s, and they differ", id, q.filter, len(got[id]), len(want), q.tshark)
			}
			found += len(want)
		}
		t.Logf("%6d packets: %s", found, q.filter)
		if found == 0 {
			t.Errorf("%s: finds nothing, so it proves nothing", q.filter)
		}
	}
	limited(t, s, r, recorded)
}

// answers runs a job that every sensor must finish and returns the packets
// that it brought.
func (s *store) answers(t *testing.T, r *rig, q fleet.Request) map[string][]packet.Packet {
	t.Helper()
	s.mu.Lock()
	s.packets = nil
	s.mu.Unlock()
	j := r.ended(r.submit(q).ID)
	for _, p := range j.Sensors {
		if p.State != fleet.Done || int(p.Packets) != s.count(p.Sensor) {
			t.Errorf("%s: got %+v with %d packets stored, want done", q.Query, p, s.count(p.Sensor))
		}
	}
	return s.packets
}

// halves asks for both sides of the moment in the middle of a recording.
func halves(recorded []packet.Packet) []question {
	at := inOrder(recorded)[len(recorded)/2].Time
	epoch := fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond())
	return []question{
		{"before " + at.Format(time.RFC3339Nano), "frame.time_epoch < " + epoch},
		{"after " + at.Format(time.RFC3339Nano), "frame.time_epoch >= " + epoch},
	}
}

// limited asks for less than there is, a byte less and more than a packet
// takes: the client must see a limit exactly when the recorder does.
func limited(t *testing.T, s *store, r *rig, recorded map[string][]packet.Packet) {
	t.Helper()
	for id, first := range recorded {
		five := int64(16)
		for _, p := range first[:5] {
			five += int64(16 + len(p.Data))
		}
		for _, c := range []struct {
			request fleet.Request
			limit   string
			packets int64
		}{
			{fleet.Request{MaxPackets: 7}, "packets", 7},
			{fleet.Request{MaxBytes: five}, "bytes", 5},
			{fleet.Request{MaxBytes: five + 1}, "bytes", 6},
			{fleet.Request{MaxPackets: int64(len(first)) + 1}, "", int64(len(first))},
		} {
			c.request.Query, c.request.Sensors = everything, []string{id}
			s.answers(t, r, c.request)
			if p := r.Jobs()[0].Sensors[0]; p.Limit != c.limit || p.Packets != c.packets {
				t.Errorf("%+v: got %+v, want %d packets and limit %q", c.request, p, c.packets, c.limit)
			}
		}
		return // one of them is enough
	}
}

// tshark returns the packets of a file that a display filter selects, looking
// at every packet by itself, as a recorder's index does.
func tshark(t *testing.T, file, filter string) []packet.Packet {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.pcap")
	cmd := exec.Command("tshark", "-n", "-r", file, "-Y", filter, "-F", "pcap", "-w", out,
		"-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tshark -Y %q: %v: %s", filter, err, text)
	}
	return fleettest.ReadFile(t, out)
}

func inOrder(packets []packet.Packet) []packet.Packet {
	all := slices.Clone(packets)
	slices.SortFunc(all, func(a, b packet.Packet) int {
		if n := a.Time.Compare(b.Time); n != 0 {
			return n
		}
		return bytes.Compare(a.Data, b.Data)
	})
	return all
}

func samePacket(a, b packet.Packet) bool {
	return a.Time.Equal(b.Time) && a.OrigLen == b.OrigLen && a.LinkType == b.LinkType && bytes.Equal(a.Data, b.Data)
}
