package fleet_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// endlessBody repeats packets for ever.
type endlessBody struct {
	head, body []byte
	at         int
	sent       *atomic.Int64
}

func (e *endlessBody) Read(b []byte) (int, error) {
	n := 0
	if len(e.head) > 0 {
		n = copy(b, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	for n < len(b) {
		m := copy(b[n:], e.body[e.at:])
		e.at = (e.at + m) % len(e.body)
		n += m
	}
	e.sent.Add(int64(n))
	return n, nil
}

func (*endlessBody) Close() error { return nil }

// sendsEndlessly is a sensor whose answer never ends.
func sendsEndlessly(t *testing.T, id string, sent *atomic.Int64) *sensor {
	t.Helper()
	file := fleettest.File(t, fleettest.Large(500, 1400))
	return &sensor{id: id, answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
		return &endlessBody{head: bytes.Clone(file[:24]), body: file[24:], sent: sent}, nil
	}}
}

// heap is how much memory is in use, garbage left out.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Ensure an answer costs no memory by its length, that a sink which is slower
// than the sensor slows the sensor, and that an endless answer ends at its
// limit.
func TestEndlessAnswerCostsNoMemory(t *testing.T) {
	var sent atomic.Int64
	var stored atomic.Int64
	start := heap()
	most, ahead := uint64(0), int64(0)
	s := &discard{each: func(b fleet.Batch) {
		for _, p := range b.Packets {
			stored.Add(int64(len(p.Data)))
		}
		ahead = max(ahead, sent.Load()-stored.Load())
		if n := stored.Load() / (32 << 20); n != (stored.Load()-4<<20)/(32<<20) {
			most = max(most, heap())
		}
	}}
	r := newRigOf(t, s.sink, fleet.Options{}, sendsEndlessly(t, "a", &sent))
	j := r.ended(r.submit(fleet.Request{MaxBytes: 512 << 20}).ID)
	if p := j.Sensors[0]; p.State != fleet.Done || p.Limit != "bytes" || p.Verdict != fleet.PossiblyCut || p.Bytes < 500<<20 {
		t.Errorf("got %+v, want done at its limit", p)
	}
	if most > start+64<<20 {
		t.Errorf("heap: got %d MB more for 512 MB, want 64 at most", (most-start)>>20)
	}
	if ahead > 16<<20 {
		t.Errorf("read ahead of the store: got %d MB, want 16 at most", ahead>>20)
	}
}

// discard is a sink that keeps nothing.
type discard struct{ each func(fleet.Batch) }

func (d *discard) sink(_ context.Context, b fleet.Batch) error {
	d.each(b)
	return nil
}

// Ensure whatever a sensor sends harms nothing: it ends, says what was wrong,
// and keeps what came before.
func TestHostileAnswersHarmNothing(t *testing.T) {
	good := fleettest.File(t, fleettest.Packets(10))
	record := func(captured, length uint32, data []byte) []byte {
		b := make([]byte, 16, 16+len(data))
		binary.LittleEndian.PutUint32(b[8:], captured)
		binary.LittleEndian.PutUint32(b[12:], length)
		return append(b, data...)
	}
	link := func(kind uint32) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint32(b[20:], kind)
		return b
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, tt := range []struct {
		name    string
		file    []byte
		state   fleet.State
		packets int64
		says    string
	}{
		{"garbage after the header", join(good[:24], bytes.Repeat([]byte{0xa5}, 100_000)), fleet.Failed, 0, "broke off after 0 packets"},
		{"garbage after packets", join(good, bytes.Repeat([]byte{0xff}, 100_000)), fleet.Failed, 10, "broke off after 10 packets"},
		{"absurd length", join(good, record(1<<31-1, 60, nil)), fleet.Failed, 10, "broke off after 10 packets"},
		{"length of 4 GiB", join(good, record(1<<32-1, 1<<32-1, []byte("x"))), fleet.Failed, 10, "broke off after 10 packets"},
		{"more captured than was sent", join(good, record(60, 4, make([]byte, 60))), fleet.Done, 11, ""},
		{"empty packets", join(good[:24], bytes.Repeat(record(0, 0, nil), 5000)), fleet.Done, 5000, ""},
		{"strange link type", link(147), fleet.Done, 10, ""},
		{"no such link type", link(0x0fffffff), fleet.Done, 10, ""},
		{"text", []byte("<html>" + strings.Repeat("x", 10_000)), fleet.Failed, 0, "no capture"},
		{"nothing", nil, fleet.Failed, 0, "no capture"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &store{}
			r := newRig(t, "", s, fleet.Options{}, sends("hostile", tt.file), sends("fine", good))
			j := r.ended(r.submit(fleet.Request{}).ID)
			p := j.Sensors[0]
			if p.State != tt.state || p.Packets != tt.packets || int64(s.count("hostile")) != tt.packets || !strings.Contains(p.Error, tt.says) {
				t.Errorf("got %s with %d packets, %q, want %s with %d, %q", p.State, p.Packets, p.Error, tt.state, tt.packets, tt.says)
			}
			if j.Sensors[1].State != fleet.Done || j.Sensors[1].Packets != 10 {
				t.Errorf("the other sensor: got %+v", j.Sensors[1])
			}
		})
	}
}

// Ensure packets that a filter can't be judged on are left out where it must
// be judged here.
func TestStrangeLinkTypeIsCutWhereFiltersAreJudgedHere(t *testing.T) {
	file := fleettest.File(t, fleettest.Packets(10))
	binary.LittleEndian.PutUint32(file[20:], 147)
	a := sends("a", file)
	a.traits.Plain = true
	r := newRig(t, "", &store{}, fleet.Options{}, a)
	if p := r.ended(r.submit(fleet.Request{Query: "src host 10.0.0.1"}).ID).Sensors[0]; p.State != fleet.Done || p.Packets != 0 || p.Cut != 10 {
		t.Errorf("got %+v, want all cut", p)
	}
}

// Ensure a sensor that drips a byte at a time is ended by the deadline, keeps
// what came, and holds up nobody.
func TestDrippingSensorEndsAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := fleettest.File(t, fleettest.Packets(1000))
		drip := &sensor{id: "drip", answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() {
				for i := range file {
					time.Sleep(100 * time.Millisecond)
					if _, err := w.Write(file[i : i+1]); err != nil {
						return
					}
				}
			}()
			return r, nil
		}}
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, drip, sends("fine", file))
		start := time.Now()
		j := r.ended(r.submit(fleet.Request{MaxSeconds: 60}).ID)
		p := j.Sensors[0]
		if p.State != fleet.Failed || p.Error != "the answer took longer than 1m0s" || p.Packets != (600-24)/66 || time.Since(start) > 61*time.Second {
			t.Errorf("got %+v after %s, want failed after a minute with 8 packets", p, time.Since(start))
		}
		if j.Sensors[1].Ended.Sub(start) > time.Second {
			t.Errorf("the other sensor ended after %s", j.Sensors[1].Ended.Sub(start))
		}
		time.Sleep(time.Second) // the sensor notices
	})
}

// Ensure absurd statistics of a sensor are bounded and harm nothing.
func TestHostileStatisticsHarmNothing(t *testing.T) {
	fake := fleettest.NewFake(t, fleettest.Capture(fleettest.File(t, fleettest.Packets(3))))
	for name, stats := range map[string]string{
		"text":      strings.Repeat("all is well\n", 1000),
		"a line":    strings.Repeat("x", 3<<20),
		"negative":  "oldest_timestamp\t-9223372036854775808\npackets_read\t-5\n",
		"far ahead": "oldest_timestamp\t9223372036854775807\npackets_read\t9223372036854775807\nhttp_request_query_POST_completed\t1\n",
	} {
		fake.Stats(stats)
		r := newRig(t, "", &store{}, fleet.Options{Poll: time.Hour}, fake.Sensor(t, "Region 1"))
		if p := r.ended(r.submit(fleet.Request{}).ID).Sensors[0]; p.State != fleet.Done || p.Packets != 3 {
			t.Errorf("%s: got %+v, want done", name, p)
		}
		if _, err := r.Sensor("region-1"); err != nil {
			t.Error(err)
		}
	}
}
