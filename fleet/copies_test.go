package fleet_test

import (
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/packet"
)

// later returns packets as a recorder whose clock is ahead has them.
func later(packets []packet.Packet, by time.Duration) []packet.Packet {
	moved := make([]packet.Packet, len(packets))
	for i, p := range packets {
		p.Time = p.Time.Add(by)
		moved[i] = p
	}
	return moved
}

// Ensure packets that several sensors saw are counted, and their clocks
// compared, whichever of them ends last.
func TestJobTellsWhichPacketsSeveralSensorsSaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := fleettest.Packets(3000)
		r := newRig(t, "", &store{}, fleet.Options{},
			sends("a", fleettest.File(t, all[:2000])),
			sends("b", fleettest.File(t, later(all[1500:], 90*time.Second))),
			sends("c", fleettest.File(t, all[1900:2100])))
		j := r.ended(r.submit(fleet.Request{}).ID)
		want := []fleet.Copies{
			{A: "a", B: "b", Packets: 500, Exact: true, Clock: 90 * time.Second},
			{A: "a", B: "c", Packets: 100, Exact: true},
			{A: "b", B: "c", Packets: 200, Exact: true, Clock: -90 * time.Second},
		}
		if len(j.Copies) != 3 || j.Copies[0] != want[0] || j.Copies[1] != want[1] || j.Copies[2] != want[2] {
			t.Errorf("got %+v, want %+v", j.Copies, want)
		}
		if j.Sensors[0].Copies != 0 || j.Sensors[1].Copies != 500 || j.Sensors[2].Copies != 200 || j.Packets != 2000+1500+200 {
			t.Errorf("got %+v, want 0, 500 and 200 copies, all of them kept", j.Sensors)
		}
		if ahead := r.Clock(j.ID, "b"); ahead != 90*time.Second {
			t.Errorf("clock of b: got %s ahead, want 90s", ahead)
		}
		if ahead := r.Clock(j.ID, "c"); ahead != 0 {
			t.Errorf("clock of c: got %s ahead of a's, want none", ahead)
		}
	})
}

// Ensure a job of which a sensor failed is compared again when that has been
// asked again, and with what was there before.
func TestCopiesAreToldAfterARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := fleettest.Packets(300)
		b := sends("b", fleettest.File(t, all)[:200*66+24+10]) // breaks off amid a packet
		r := newRig(t, "", &store{}, fleet.Options{}, sends("a", fleettest.File(t, all)), b)
		j := r.ended(r.submit(fleet.Request{}).ID)
		if j.Sensors[1].State != fleet.Failed || len(j.Copies) != 1 || j.Copies[0].Packets != j.Sensors[1].Packets {
			t.Fatalf("broken off: got %+v, %+v", j.Sensors[1], j.Copies)
		}
		b.answer = sends("b", fleettest.File(t, all)).answer
		if _, err := r.Retry(j.ID); err != nil {
			t.Fatal(err)
		}
		if j = r.ended(j.ID); j.Sensors[1].State != fleet.Done || j.Copies[0].Packets != 300 || j.Sensors[1].Copies != 300 {
			t.Errorf("after a retry: got %+v, %+v, want 300 copies", j.Sensors[1], j.Copies)
		}
	})
}

// Ensure answers of more packets than are remembered are compared by a sample
// that is the same at both sensors.
func TestCopiesOfLongAnswersAreEstimated(t *testing.T) {
	all := fleettest.Packets(200_000)
	r := newRig(t, "", &store{}, fleet.Options{},
		sends("a", fleettest.File(t, all[:150_000])), sends("b", fleettest.File(t, all[50_000:])))
	j := r.ended(r.submit(fleet.Request{}).ID)
	if len(j.Copies) != 1 || j.Copies[0].Exact || j.Copies[0].Packets < 95_000 || j.Copies[0].Packets > 105_000 {
		t.Errorf("got %+v, want about 100,000, not exact", j.Copies)
	}
}
