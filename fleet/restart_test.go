package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/packet"
)

func TestStopKeepsHowFarAJobCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := fleettest.File(t, fleettest.Packets(7))
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, hangs("a", file), sends("b", file))
		running := r.submit(fleet.Request{})
		waiting := r.submit(fleet.Request{Query: "port 53", Sensors: []string{"a"}})
		time.Sleep(time.Second)
		start := time.Now()
		r.close()
		if took := time.Since(start); took != 0 {
			t.Errorf("stopping took %s, want no time", took)
		}

		r = newRig(t, r.path, s, fleet.Options{}, sends("a", file), sends("b", file))
		j, err := r.Job(running.ID)
		if err != nil {
			t.Fatal(err)
		}
		a := j.Sensors[0]
		if a.State != fleet.Failed || a.Error != "interrupted by a restart; retry asks again" || a.Packets != 7 || a.Bytes != 350 {
			t.Errorf("sensor that was running: got %+v", a)
		}
		if b := j.Sensors[1]; b.State != fleet.Done || b.Packets != 7 {
			t.Errorf("sensor that was done: got %+v", b)
		}
		if j = r.ended(waiting.ID); j.State != fleet.Done || j.Packets != 7 || j.Query != "port 53" {
			t.Errorf("job that waited: got %+v, want done", j)
		}
		if all := r.Jobs(); len(all) != 2 || all[0].ID != waiting.ID {
			t.Errorf("jobs: got %+v, want two, newest first", all)
		}
		if next := r.submit(fleet.Request{}); next.ID != 3 || next.Source != 102 {
			t.Errorf("next: got job %d source %d, want 3 and 102", next.ID, next.Source)
		}
	})
}

// Ensure that a process that is killed forgets nothing: the state on the disk
// is read while the manager still runs.
func TestKilledProcessForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := fleettest.File(t, fleettest.Packets(9000))
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, hangs("a", file))
		j := r.submit(fleet.Request{})
		time.Sleep(time.Second)

		killed, err := fleet.NewManager(r.db, []fleet.Sensor{sends("a", file)}, s.sink, fleet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		j, err = killed.Job(j.ID)
		if p := j.Sensors[0]; err != nil || p.State != fleet.Failed || p.Packets != 9000 || p.Bytes != 9000*50 || p.Last.IsZero() {
			t.Errorf("after the kill: got %+v, %v, want failed with 9000 packets", p, err)
		}
	})
}

func TestSensorThatIsGoneFailsItsJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, hangs("a", nil))
		r.submit(fleet.Request{})
		waiting := r.submit(fleet.Request{})
		time.Sleep(time.Second)
		r.close()
		r = newRig(t, r.path, s, fleet.Options{}, sends("b", nil))
		j, _ := r.Job(waiting.ID)
		if j.State != fleet.Failed || j.Sensors[0].Error != "the sensor is configured no more" {
			t.Errorf("got %+v, want failed", j)
		}
		if again, err := r.Retry(waiting.ID); err != nil || again.State != fleet.Failed {
			t.Errorf("retry: got %+v, %v, want it failed still", again, err)
		}
	})
}

func TestRetryAsksOnlyWhatFailedAndStoresNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		packets := fleettest.Packets(10_000)
		packets[5].Data, packets[5].Time = packets[4].Data, packets[4].Time // equal packets are kept both
		file := fleettest.File(t, packets)
		var answer []byte
		asked := 0
		flaky := &sensor{id: "flaky", answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
			asked++
			return io.NopCloser(bytes.NewReader(answer)), nil
		}}
		others := 0
		fine := &sensor{id: "fine", answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
			others++
			return io.NopCloser(bytes.NewReader(file)), nil
		}}
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, flaky, fine)

		answer = file[:24+6000*66+30]
		j := r.ended(r.submit(fleet.Request{}).ID)
		if j.Sensors[0].State != fleet.Failed || j.Sensors[0].Packets != 6000 {
			t.Fatalf("first answer: got %+v", j.Sensors[0])
		}
		r.close()

		// The recorder has rolled over meanwhile, and sends the rest in
		// another order.
		later := slices.Clone(packets[1000:])
		slices.Reverse(later)
		answer = fleettest.File(t, later)
		r = newRig(t, r.path, s, fleet.Options{}, flaky, fine)
		if _, err := r.Retry(j.ID); err != nil {
			t.Fatal(err)
		}
		j = r.ended(j.ID)
		p := j.Sensors[0]
		if p.State != fleet.Done || p.Packets != 10_000 || p.Bytes != 10_000*50 || p.Error != "" {
			t.Errorf("second answer: got %+v, want done with 10000 packets", p)
		}
		if want := "5000 packets came again, not stored twice"; p.Note != want {
			t.Errorf("note: got %q, want %q", p.Note, want)
		}
		if !slices.EqualFunc(fleettest.Frames(s.packets["flaky"]), fleettest.Frames(packets), bytes.Equal) {
			t.Error("the packets stored are not those of the capture, each once")
		}
		if asked != 2 || others != 1 {
			t.Errorf("asked %d and %d times, want 2 and 1", asked, others)
		}
		if _, err := r.Retry(j.ID); err != nil {
			t.Error(err)
		}
		if j, _ = r.Job(j.ID); j.State != fleet.Done || asked != 2 {
			t.Errorf("retry of a job that is done: got %s, want nothing to happen", j.State)
		}
	})
}

// Ensure that what is refused by the sink is brought by the retry.
func TestRetryAfterASinkErrorBringsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := true
		n := 0
		s := &store{before: func(context.Context, fleet.Batch) error {
			if n++; full && n > 1 {
				return errors.New("disk full")
			}
			return nil
		}}
		packets := fleettest.Packets(10_000)
		r := newRig(t, "", s, fleet.Options{}, sends("a", fleettest.File(t, packets)))
		j := r.ended(r.submit(fleet.Request{}).ID)
		if j.State != fleet.Failed || j.Packets != 4096 {
			t.Fatalf("got %+v, want failed after a batch", j)
		}
		full = false
		if _, err := r.Retry(j.ID); err != nil {
			t.Fatal(err)
		}
		if j = r.ended(j.ID); j.State != fleet.Done || j.Packets != 10_000 || s.count("a") != 10_000 {
			t.Errorf("got %+v and %d stored, want done with 10000", j, s.count("a"))
		}
	})
}

func TestRetryOfACancelledJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		packets := fleettest.Packets(100)
		file, hang := fleettest.File(t, packets), true
		a := &sensor{id: "a", answer: func(ctx context.Context, _ fleet.Filter, _ fleet.Limits) (io.ReadCloser, error) {
			if hang {
				return hangs("a", file[:24+40*66]).answer(ctx, fleet.Filter{}, fleet.Limits{})
			}
			return io.NopCloser(bytes.NewReader(file)), nil
		}}
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, a)
		j := r.submit(fleet.Request{})
		time.Sleep(time.Second)
		if _, err := r.Cancel(j.ID); err != nil {
			t.Fatal(err)
		}
		if j = r.ended(j.ID); j.State != fleet.Cancelled || j.Packets != 40 {
			t.Fatalf("got %+v, want cancelled with 40 packets", j)
		}
		hang = false
		if _, err := r.Retry(j.ID); err != nil {
			t.Fatal(err)
		}
		j = r.ended(j.ID)
		want := func(p packet.Packet, q packet.Packet) bool { return bytes.Equal(p.Data, q.Data) }
		if j.State != fleet.Done || !slices.EqualFunc(s.packets["a"], packets, want) {
			t.Errorf("got %+v and %d stored, want every packet once", j, s.count("a"))
		}
		if _, err := r.Retry(99); !errors.Is(err, fleet.ErrNoJob) {
			t.Errorf("no such job: got %v", err)
		}
	})
}
