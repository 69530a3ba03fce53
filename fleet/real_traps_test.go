package fleet_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/demo"
	"spoor/internal/packet"
)

// demoCapture is a capture file that the demo makes.
func demoCapture(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	facts, err := demo.Write(dir, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, facts.Regions[0].Capture)
}

// trap is a real recorder, a manager over it, and what it recorded.
type trap struct {
	*rig
	real     *fleettest.Real
	store    *store
	recorded []packet.Packet // in order
}

func setTrap(t *testing.T, capture string) *trap {
	t.Helper()
	real := fleettest.RealStenographer(t, capture)
	s, err := fleet.NewStenographer(real.Config)
	if err != nil {
		t.Fatal(err)
	}
	tr := &trap{real: real, store: &store{}}
	tr.rig = newRig(t, "", tr.store, fleet.Options{Poll: time.Hour}, s)
	tr.ask(fleet.Request{Query: everything})
	tr.recorded = inOrder(tr.store.packets[real.Config.ID])
	if len(tr.recorded) != len(real.Frames) {
		t.Fatalf("got %d packets, want %d", len(tr.recorded), len(real.Frames))
	}
	// It answers a while before it says where its coverage begins.
	for range 200 {
		if h, err := s.Health(t.Context()); err == nil && !h.Oldest.IsZero() {
			return tr
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the recorder does not say where its coverage begins")
	return nil
}

// ask runs a job and returns its sensor's part; its packets are in the store.
func (tr *trap) ask(q fleet.Request) fleet.SensorState {
	tr.t.Helper()
	tr.store.mu.Lock()
	tr.store.packets = nil
	tr.store.mu.Unlock()
	p := tr.ended(tr.submit(q).ID).Sensors[0]
	if got := tr.store.count(tr.real.Config.ID); int64(got) != p.Packets {
		tr.t.Errorf("%s: %d packets are stored, the job says %d", q.Query, got, p.Packets)
	}
	return p
}

// raw asks the recorder itself, past the manager.
func (tr *trap) raw(filter fleet.Filter) int {
	tr.t.Helper()
	s, err := fleet.NewStenographer(tr.real.Config)
	if err != nil {
		tr.t.Fatal(err)
	}
	body, err := s.Packets(context.Background(), filter, fleet.Limits{})
	if err != nil {
		tr.t.Fatal(err)
	}
	defer body.Close()
	r, err := packet.NewReader(body)
	if err != nil {
		tr.t.Fatal(err)
	}
	for {
		if _, err := r.Next(); err != nil {
			return r.Count()
		}
	}
}

// busiest is the address in most of the recorded packets.
func (tr *trap) busiest() string {
	count := make(map[string]int)
	best := ""
	for _, p := range tr.recorded {
		if m := packet.ReadMeta(p.LinkType, p.Data); m.Source.IsValid() {
			a := m.Source.String()
			if count[a]++; count[a] > count[best] {
				best = a
			}
		}
	}
	return best
}

// Ensure each of the traps of a real Stenographer that can be provoked ends in
// a job that says what happened, with every packet that arrived kept.
func TestRealStenographersTraps(t *testing.T) {
	tr := setTrap(t, demoCapture(t))
	host := tr.busiest()
	first, last := tr.recorded[0].Time, tr.recorded[len(tr.recorded)-1].Time
	window := fleet.Request{Query: "host " + host, From: first, To: last}
	whole := tr.ask(window)
	if whole.State != fleet.Done || whole.Packets < 20 {
		t.Fatalf("whole: got %+v", whole)
	}
	if !strings.Contains(whole.Doubt, "were not answered yet") {
		t.Errorf("of the last two minutes: got %q, want that some may not be answered yet", whole.Doubt)
	}

	t.Run("idle", func(t *testing.T) {
		if p := tr.ask(fleet.Request{Query: "host 192.0.2.199", From: window.From, To: window.To}); p.State != fleet.Done || p.Packets != 0 || p.Error != "" {
			t.Errorf("got %+v, want done without packets", p)
		}
	})
	t.Run("limit", func(t *testing.T) {
		q := window
		q.MaxPackets = 7
		if p := tr.ask(q); p.Packets+p.Rejected != 7 || p.Limit != "packets" || !strings.Contains(p.Doubt, "limit of 7 packets") {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("window before its files", func(t *testing.T) {
		if p := tr.ask(fleet.Request{Query: "host " + host, From: first.Add(-2 * time.Hour), To: first.Add(-time.Hour)}); p.Verdict != fleet.Outside || !strings.HasPrefix(p.Doubt, "oldest packet is ") {
			t.Errorf("got %+v, want outside coverage", p)
		}
	})
	t.Run("client certificate of another authority", func(t *testing.T) { tr.refused(t) })
	t.Run("after loses packets", func(t *testing.T) { tr.afterLoses(t, first) })
	t.Run("a deleted file", func(t *testing.T) { tr.deleted(t, window) })
	t.Run("a cut file", func(t *testing.T) { tr.cutFile(t, window) })
}

// refused asks with a client certificate that only we think good.
func (tr *trap) refused(t *testing.T) {
	other := fleettest.NewFake(t, fleettest.Capture(nil))
	c := tr.real.Config
	both := filepath.Join(t.TempDir(), "both.pem")
	ours, err := os.ReadFile(c.CA)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(other.Files.CA)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(both, append(ours, theirs...), 0o600); err != nil {
		t.Fatal(err)
	}
	c.ID, c.CA, c.Cert, c.Key = "refused", both, other.Files.Client, other.Files.ClientKey
	s, err := fleet.NewStenographer(c)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, "", &store{}, fleet.Options{Poll: time.Hour}, s)
	p := r.ended(r.submit(fleet.Request{}).ID).Sensors[0]
	if p.State != fleet.Failed || !strings.Contains(p.Error, "the server refused our client certificate") {
		t.Errorf("got %s, %q", p.State, p.Error)
	}
}

// rename gives the files that are served another begin.
func (tr *trap) rename(t *testing.T, by time.Duration) {
	t.Helper()
	packets, indexes := tr.real.Files(t)
	for i := range packets {
		micros, err := strconv.ParseInt(filepath.Base(packets[i]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		name := strconv.FormatInt(micros+by.Microseconds(), 10)
		for _, file := range []string{packets[i], indexes[i]} {
			if err := os.Rename(file, filepath.Join(filepath.Dir(file), name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// afterLoses makes a file as old as a Stenographer's are at their end: it was
// begun 70 s before the packets in it. Such a file the recorder leaves out of
// `after`, though all of its packets are later; a job finds them.
func (tr *trap) afterLoses(t *testing.T, first time.Time) {
	tr.rename(t, -70*time.Second)
	tr.real.Restart(t, len(tr.recorded))
	defer func() {
		tr.rename(t, 70*time.Second)
		tr.real.Restart(t, len(tr.recorded))
	}()
	if n := tr.raw(fleet.After(first)); n != 0 {
		t.Errorf("the recorder itself: got %d packets, want that it loses them, or this proves nothing", n)
	}
	p := tr.ask(fleet.Request{Query: fleet.After(first).String()})
	if p.Packets != int64(len(tr.recorded)) || p.Rejected != 0 {
		t.Errorf("got %+v, want all %d packets", p, len(tr.recorded))
	}
	half := tr.recorded[len(tr.recorded)/2].Time
	want := 0
	for _, r := range tr.recorded {
		if !r.Time.Before(half) {
			want++
		}
	}
	if p := tr.ask(fleet.Request{Query: fleet.After(half).String()}); p.Packets != int64(want) || p.Packets+p.Rejected != int64(len(tr.recorded)) {
		t.Errorf("half of it: got %d packets and %d rejected, want %d and the rest", p.Packets, p.Rejected, want)
	}
}

// deleted takes one of two files away from a recorder that opens files when
// it is asked.
func (tr *trap) deleted(t *testing.T, window fleet.Request) {
	packets, indexes := tr.real.Files(t)
	micros, err := strconv.ParseInt(filepath.Base(packets[0]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var more []string
	for n, files := range map[int][]string{1: {packets[0], indexes[0]}} {
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(filepath.Dir(file), fmt.Sprint(micros+int64(n)))
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
			more = append(more, name)
		}
	}
	tr.real.MaxOpen(1)
	tr.real.Restart(t, 2*len(tr.recorded))
	defer func() {
		for _, name := range more {
			os.Remove(name) // one of them is gone
		}
		tr.real.MaxOpen(0)
		tr.real.Restart(t, len(tr.recorded))
	}()
	before := tr.ask(window)
	if err := os.Remove(more[0]); err != nil {
		t.Fatal(err)
	}
	tr.ask(fleet.Request{Query: "host 192.0.2.199"}) // has it open the other file
	p := tr.ask(window)
	if p.Packets >= before.Packets || p.Verdict != fleet.PossiblyCut || !strings.Contains(p.Doubt, "more than it sent: a file of it may be damaged or gone") {
		t.Errorf("got %+v, want fewer than %d packets, and why", p, before.Packets)
	}
}

// cutFile takes the second half of a file away. It comes last: the file is
// not mended.
func (tr *trap) cutFile(t *testing.T, window fleet.Request) {
	whole := tr.ask(window)
	packets, _ := tr.real.Files(t)
	// A block of packets is a MiB: half of the first is enough.
	if err := os.Truncate(packets[0], 1<<20-lastQuarter(t, packets[0])); err != nil {
		t.Fatal(err)
	}
	p := tr.ask(window)
	if p.State != fleet.Done || p.Packets >= whole.Packets || p.Verdict != fleet.PossiblyCut ||
		!strings.Contains(p.Doubt, "more than it sent: a file of it may be damaged or gone") {
		t.Errorf("got %+v, want fewer than %d packets, and why", p, whole.Packets)
	}
}

// lastQuarter is how many bytes of a block to take away, so that some packets
// of it are left: the block says how much of it is used.
// https://docs.kernel.org/networking/packet_mmap.html
func lastQuarter(t *testing.T, file string) int64 {
	t.Helper()
	head := make([]byte, 48)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read(head); err != nil {
		t.Fatal(err)
	}
	used := int64(binary.LittleEndian.Uint32(head[20:])) // tpacket_hdr_v1.blk_len
	return 1<<20 - used/2
}

// Ensure a server that is killed amid its answer leaves a failed job that has
// all that arrived.
func TestRealStenographerKilledAmidAnAnswer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.pcap")
	if err := os.WriteFile(file, fleettest.File(t, fleettest.Large(12_000, 1400)), 0o600); err != nil {
		t.Fatal(err)
	}
	tr := setTrap(t, file)
	arrived, killed := make(chan struct{}), make(chan struct{})
	tr.store.before = func(context.Context, fleet.Batch) error {
		select {
		case <-arrived:
		default:
			close(arrived)
		}
		<-killed
		return nil
	}
	tr.store.mu.Lock()
	tr.store.packets = nil
	tr.store.mu.Unlock()
	j := tr.submit(fleet.Request{Query: everything})
	<-arrived
	tr.real.Kill(t)
	close(killed)
	p := tr.ended(j.ID).Sensors[0]
	if p.State != fleet.Failed || !strings.Contains(p.Error, "broke off") || p.Packets == 0 || p.Packets >= int64(len(tr.recorded)) || p.Packets != int64(tr.store.count(tr.real.Config.ID)) {
		t.Errorf("got %+v, %d stored of %d, want failed with a part", p, tr.store.count(tr.real.Config.ID), len(tr.recorded))
	}
	tr.store.before = nil
	tr.real.Restart(t, len(tr.recorded))
	if _, err := tr.Retry(j.ID); err != nil {
		t.Fatal(err)
	}
	p = tr.ended(j.ID).Sensors[0]
	if p.State != fleet.Done || p.Packets != int64(len(tr.recorded)) || p.Again == 0 {
		t.Errorf("after a retry: got %+v, want all %d", p, len(tr.recorded))
	}
	got := inOrder(tr.store.packets[tr.real.Config.ID])
	for i := range got {
		if !samePacket(got[i], tr.recorded[i]) {
			t.Fatalf("packet %d is not what was recorded", i)
		}
	}
	if len(got) != len(tr.recorded) || bytes.Equal(got[0].Data, got[1].Data) {
		t.Errorf("got %d packets, want %d different ones", len(got), len(tr.recorded))
	}
}
