package sensor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/internal/meta"
	"spoor/internal/packet"
	"spoor/internal/pki"
)

// manySensors is a fleet of n sensors over one folder, and what came of a job
// that asked them for everything.
type manySensors struct {
	job  fleet.Job
	heap uint64 // the most that was in use, in bytes, beyond that of before
	// least is how far the last sensor was when the first one was done, of
	// what each has.
	least float64
}

// askMany serves dir, which begins at from, by n servers and asks them all at
// once.
func askMany(t *testing.T, dir string, n int, from time.Time, each int64) manySensors {
	t.Helper()
	certs := region(t, pki.Options{})
	var sensors []fleet.Sensor
	for i := range n {
		s, err := fleet.Open(fleet.SensorConfig{
			Name: fmt.Sprint("s", i), Kind: fleet.KindSpoor, URL: serve(t, dir, certs),
			CA: certs.CA, Cert: certs.Client, Key: certs.ClientKey,
		})
		if err != nil {
			t.Fatal(err)
		}
		sensors = append(sensors, s)
	}
	db, err := meta.Open(filepath.Join(t.TempDir(), "meta.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	m := watchMany{count: map[string]int64{}, each: each, least: 1}
	runtime.GC()
	m.before = heapInUse()
	manager, err := fleet.NewManager(db, sensors, m.sink, fleet.Options{Limits: fleet.Limits{Packets: 10 * each, Bytes: 1 << 40}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- manager.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	done := make(chan fleet.Job, 1)
	stop := manager.Subscribe(func(j fleet.Job) {
		if j.State.Ended() {
			done <- j
		}
	})
	defer stop()
	if _, err := manager.Submit(ctx, fleet.Request{Query: "net 0.0.0.0/0 or net ::/0", From: from, To: from.Add(24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	return manySensors{job: <-done, heap: m.peak, least: m.least}
}

// watchMany is a sink that looks at memory and fairness.
type watchMany struct {
	mu           sync.Mutex // guards all
	count        map[string]int64
	each         int64
	before, peak uint64
	batches      int
	first        bool // a sensor is done
	least        float64
}

func (w *watchMany) sink(_ context.Context, b fleet.Batch) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.count[b.Sensor.ID] + int64(len(b.Packets))
	w.count[b.Sensor.ID] = n
	if w.batches++; w.batches%50 == 0 {
		if now := heapInUse(); now > w.before {
			w.peak = max(w.peak, now-w.before)
		}
	}
	if n == w.each && !w.first {
		w.first = true
		for _, x := range w.count {
			w.least = min(w.least, float64(x)/float64(w.each))
		}
	}
	return nil
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func (m manySensors) check(t *testing.T, n int, each int64) {
	t.Helper()
	for _, s := range m.job.Sensors {
		if s.State != fleet.Done || s.Packets != each || s.Verdict == fleet.Outside {
			t.Errorf("sensor %s: got %s, %d packets, %s (%s%s), want %d", s.Sensor, s.State, s.Packets, s.Verdict, s.Error, s.Doubt, each)
		}
	}
	if m.job.State != fleet.Done || len(m.job.Sensors) != n {
		t.Errorf("got job %s of %d sensors", m.job.State, len(m.job.Sensors))
	}
}

// Ensure that twenty sensors that are asked at once each give all that they
// have.
func TestTwentySensorsAtOnce(t *testing.T) {
	packets := make([]packet.Packet, 3000)
	for i := range packets {
		packets[i] = at(time.Duration(i)*time.Millisecond, byte(i))
		packets[i].Data = udp(byte(i), 700)
	}
	dir := t.TempDir()
	save(t, dir, "x.pcap", pcap(t, packets...))
	askMany(t, dir, 20, start, 3000).check(t, 20, 3000)
}

// Ensure the same with 50 MB of real packets each, that they take no more
// memory than what is on its way, and that none is left behind.
func TestDataTwentySensorsAtOnce(t *testing.T) {
	const sensors, size = 20, 50 << 20
	source, err := os.ReadFile(filepath.Join(dataDir(t, "pairs", "apt29-day2", "UTICA-A"), "UTICA-A.cap"))
	if err != nil {
		t.Fatal(err)
	}
	dir, each := t.TempDir(), int64(0)
	for i := range size/len(source) + 1 {
		save(t, dir, fmt.Sprintf("%02d.pcap", i), source)
	}
	var from time.Time
	r, err := packet.NewReader(bytes.NewReader(source))
	for err == nil {
		var p packet.Packet
		if p, err = r.Next(); err == nil && from.IsZero() {
			from = p.Time
		}
		if err == nil && packet.ReadMeta(p.LinkType, p.Data).Source.IsValid() {
			each += size/int64(len(source)) + 1
		}
	}
	m := askMany(t, dir, sensors, from, each)
	m.check(t, sensors, each)
	t.Logf("%d MB in all, %d MB of memory, the last sensor had %.2f when the first was done", sensors*size>>20, m.heap>>20, m.least)
	// Two batches of 4 MB for each, buffers on both sides, and as much again
	// that the collector has not seen to yet.
	const most = 640 << 20
	if m.heap > most {
		t.Errorf("got %d MB of memory in use, want %d at most", m.heap>>20, most>>20)
	}
	if m.least < 0.2 {
		t.Errorf("the last sensor had %.2f of its packets when the first was done", m.least)
	}
}
