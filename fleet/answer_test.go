package fleet_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

func TestLimitThatIsReachedIsNoted(t *testing.T) {
	file := fleettest.File(t, fleettest.Packets(20)) // of 50 bytes, which count as 66
	for _, c := range []struct {
		name    string
		request fleet.Request
		packets int64
		limit   string
		doubt   string
	}{
		{"none", fleet.Request{}, 20, "", ""},
		{"one more than there are", fleet.Request{MaxPackets: 21}, 20, "", ""},
		{"packets", fleet.Request{MaxPackets: 20}, 20, "packets", "the limit of 20 packets was reached: the sensor may have more"},
		{"packets that the sensor ignores", fleet.Request{MaxPackets: 3}, 3, "packets", "the limit of 3 packets was reached: the sensor may have more"},
		{"bytes", fleet.Request{MaxBytes: 676}, 10, "bytes", "the limit of 676 bytes was reached: the sensor may have more"},
		{"a byte more", fleet.Request{MaxBytes: 677}, 11, "bytes", "the limit of 677 bytes was reached: the sensor may have more"},
		{"more bytes than there are", fleet.Request{MaxBytes: 1337}, 20, "", ""},
		{"bytes to the last", fleet.Request{MaxBytes: 1336}, 20, "bytes", "the limit of 1336 bytes was reached: the sensor may have more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{}
				r := newRig(t, "", s, fleet.Options{}, sends("a", file))
				p := r.ended(r.submit(c.request).ID).Sensors[0]
				if p.State != fleet.Done || p.Packets != c.packets || p.Limit != c.limit || p.Doubt != c.doubt || (p.Verdict == fleet.Complete) != (c.doubt == "") {
					t.Errorf("got %+v, want %d packets, limit %q, doubt %q", p, c.packets, c.limit, c.doubt)
				}
			})
		})
	}
}

// endless is a hostile answer: a header and packets without end.
type endless struct{ head, record []byte }

func (e *endless) Read(b []byte) (int, error) {
	if len(e.head) == 0 {
		e.head = e.record
	}
	n := copy(b, e.head)
	e.head = e.head[n:]
	return n, nil
}

func TestEndlessAnswerEndsAtTheLimit(t *testing.T) {
	file := fleettest.File(t, fleettest.Packets(1))
	a := &sensor{id: "a", answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
		return io.NopCloser(&endless{file, file[24:]}), nil
	}}
	s := &store{}
	r := newRig(t, "", s, fleet.Options{Limits: fleet.Limits{Packets: 50_000}}, a)
	if p := r.ended(r.submit(fleet.Request{}).ID).Sensors[0]; p.State != fleet.Done || p.Packets != 50_000 || p.Limit != "packets" {
		t.Errorf("got %+v, want done with 50000 packets", p)
	}
}

func TestDamagedAnswerKeepsThePacketsBefore(t *testing.T) {
	file := fleettest.File(t, fleettest.Packets(10)) // header 24, a packet 16+50
	absurd := bytes.Clone(file)
	copy(absurd[24+4*66+8:], "\xff\xff\xff\x7f") // length of packet 5
	for _, c := range []struct {
		name    string
		file    []byte
		packets int64
		want    string
	}{
		{"cut in a packet", file[:24+3*66+20], 3, "the answer broke off after 3 packets: "},
		{"cut in a packet's header", file[:24+3*66+5], 3, "the answer broke off after 3 packets: "},
		{"absurd length", absurd, 4, "the answer broke off after 4 packets: "},
		{"cut in the file's header", file[:20], 0, "the answer is no capture: "},
		{"something else", []byte("<html>hello, this is no capture</html>"), 0, "the answer is no capture: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{}
				r := newRig(t, "", s, fleet.Options{}, sends("a", c.file))
				p := r.ended(r.submit(fleet.Request{}).ID).Sensors[0]
				if p.State != fleet.Failed || p.Packets != c.packets || int64(s.count("a")) != c.packets || !strings.HasPrefix(p.Error, c.want) {
					t.Errorf("got %+v, want %d packets and %q", p, c.packets, c.want)
				}
			})
		})
	}
}

func TestPacketsOutsideTheAskedTimeAreLeftOutAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, sends("a", fleettest.File(t, fleettest.Packets(100)))) // one a second
		from, to := fleettest.Start.Add(10*time.Second), fleettest.Start.Add(30*time.Second)
		j := r.ended(r.submit(fleet.Request{
			Query: "host 10.0.0.1 and after " + from.Format(time.RFC3339) + " and before " + to.Format(time.RFC3339),
		}).ID)
		p := j.Sensors[0]
		if p.State != fleet.Done || p.Packets != 20 || p.Rejected != 80 || !p.First.Equal(from) || !p.Last.Equal(to.Add(-time.Second)) {
			t.Errorf("got %+v, want 20 packets and 80 rejected", p)
		}
		if want := "80 packets outside the asked time left out"; p.Note != want {
			t.Errorf("note: got %q, want %q", p.Note, want)
		}
	})
}

func TestAnswerAsLongAsAStenographersDeadlineIsDoubted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &sensor{id: "a", traits: fleet.Traits{Silent: true}, answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
			time.Sleep(15 * time.Minute)
			return io.NopCloser(bytes.NewReader(fleettest.File(t, fleettest.Packets(1)))), nil
		}}
		r := newRig(t, "", &store{}, fleet.Options{Deadline: time.Hour}, a)
		if p := r.ended(r.submit(fleet.Request{}).ID).Sensors[0]; p.State != fleet.Done || !strings.Contains(p.Doubt, "may be cut short") {
			t.Errorf("got %+v, want a doubt", p)
		}
	})
}
