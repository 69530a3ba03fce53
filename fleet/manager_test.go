package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/meta"
	"spoor/internal/packet"
)

// sensor is a recorder in memory, for tests in which time is made up.
type sensor struct {
	id      string
	answer  func(ctx context.Context, f fleet.Filter, l fleet.Limits) (io.ReadCloser, error)
	traits  fleet.Traits
	health  func() (fleet.Health, error) // nil: nothing is known
	queries int
}

func (s *sensor) Config() fleet.SensorConfig {
	return fleet.SensorConfig{ID: s.id, Name: s.id, Kind: "stenographer", Tag: "packet", Key: "secret.pem", Queries: s.queries}
}

func (s *sensor) Traits() fleet.Traits { return s.traits }

func (s *sensor) Health(context.Context) (fleet.Health, error) {
	if s.health == nil {
		return fleet.Health{}, nil
	}
	return s.health()
}

func (s *sensor) Packets(ctx context.Context, f fleet.Filter, l fleet.Limits) (io.ReadCloser, error) {
	return s.answer(ctx, f, l)
}

// sends is a sensor that sends these bytes.
func sends(id string, file []byte) *sensor {
	return &sensor{id: id, answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(file)), nil
	}}
}

// hangs is a sensor that sends these bytes and then nothing.
func hangs(id string, file []byte) *sensor {
	return &sensor{id: id, answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
		r, w := io.Pipe()
		go w.Write(file) // ends with the pipe, which the manager closes
		return r, nil
	}}
}

func fails(id string, err error) *sensor {
	return &sensor{id: id, answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) { return nil, err }}
}

// store is a sink that keeps copies of what it gets.
type store struct {
	before func(ctx context.Context, b fleet.Batch) error // nil: nothing

	mu      sync.Mutex // guards what follows
	packets map[string][]packet.Packet
	batches []fleet.Batch // without packets
	largest int
}

func (s *store) sink(ctx context.Context, b fleet.Batch) error {
	if s.before != nil {
		if err := s.before(ctx, b); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.packets == nil {
		s.packets = make(map[string][]packet.Packet)
	}
	for _, p := range b.Packets {
		p.Data = bytes.Clone(p.Data)
		s.packets[b.Sensor.ID] = append(s.packets[b.Sensor.ID], p)
	}
	s.largest = max(s.largest, len(b.Packets))
	b.Packets = nil
	s.batches = append(s.batches, b)
	return nil
}

func (s *store) count(sensor string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.packets[sensor])
}

// rig is a manager at work.
type rig struct {
	*fleet.Manager
	t    *testing.T
	db   *meta.DB
	path string
	stop context.CancelFunc
	done chan error
}

// newRig starts a manager over the sensors; path "" is a new database.
func newRig(t *testing.T, path string, s *store, o fleet.Options, sensors ...fleet.Sensor) *rig {
	t.Helper()
	return startRig(t, path, s.sink, o, sensors)
}

// newRigOf is newRig with another sink.
func newRigOf(t *testing.T, sink fleet.Sink, o fleet.Options, sensors ...fleet.Sensor) *rig {
	t.Helper()
	return startRig(t, "", sink, o, sensors)
}

func startRig(t *testing.T, path string, sink fleet.Sink, o fleet.Options, sensors []fleet.Sensor) *rig {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "meta.db")
	}
	db, err := meta.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := fleet.NewManager(db, sensors, sink, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &rig{Manager: m, t: t, db: db, path: path, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- m.Run(ctx) }()
	t.Cleanup(r.close)
	return r
}

// close ends the manager as a process would end it.
func (r *rig) close() {
	if r.db == nil {
		return
	}
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Errorf("Run: %v", err)
	}
	if err := r.db.Close(); err != nil {
		r.t.Error(err)
	}
	r.db = nil
}

func (r *rig) submit(q fleet.Request) fleet.Job {
	r.t.Helper()
	if q.Query == "" {
		q.Query = "host 10.0.0.1"
	}
	q.Again = true // tests of equal jobs submit by themselves
	j, err := r.Submit(context.Background(), q)
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

// ended waits until a job has ended and returns it.
func (r *rig) ended(id uint64) fleet.Job {
	r.t.Helper()
	return r.until(id, func(j fleet.Job) bool { return j.State.Ended() })
}

func (r *rig) until(id uint64, good func(fleet.Job) bool) fleet.Job {
	r.t.Helper()
	news := make(chan struct{}, 1)
	stop := r.Subscribe(func(fleet.Job) {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	defer stop()
	late := time.After(time.Hour / 2)
	for {
		j, err := r.Job(id)
		if err != nil {
			r.t.Fatal(err)
		}
		if good(j) {
			return j
		}
		select {
		case <-news:
		case <-late:
			r.t.Fatalf("job never became what was waited for: %+v", j)
		}
	}
}

func TestJobBringsThePacketsOfEverySensor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		many, few := fleettest.Packets(10_000), fleettest.Packets(3)
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, sends("many", fleettest.File(t, many)), sends("few", fleettest.File(t, few)))
		j := r.submit(fleet.Request{Query: "HOST 10.0.0.1", Name: "n", Reason: "why", Entry: "e"})
		if j.State != fleet.Queued || j.Source != 100 || j.Query != "host 10.0.0.1" || len(j.Sensors) != 2 {
			t.Errorf("submitted: got %+v", j)
		}
		j = r.ended(j.ID)
		if j.State != fleet.Done || j.Packets != 10_003 || j.Bytes != 10_003*50 || j.Ended.IsZero() {
			t.Errorf("job: got %+v", j)
		}
		p := j.Sensors[0]
		if p.Packets != 10_000 || p.First != many[0].Time || p.Last != many[9_999].Time || p.Started.IsZero() || p.Note != "" {
			t.Errorf("sensor: got %+v", p)
		}
		if s.largest > 4096 {
			t.Errorf("batch: got %d packets, want 4096 at most", s.largest)
		}
		for i, got := range s.packets["many"] {
			if !bytes.Equal(got.Data, many[i].Data) || !got.Time.Equal(many[i].Time) || got.LinkType != 1 {
				t.Fatalf("packet %d: got %+v, want %+v", i, got, many[i])
			}
		}
		if b := s.batches[0]; b.Job != j.ID || b.Source != 100 || b.Sensor.Tag != "packet" || b.Sensor.Key != "" {
			t.Errorf("batch: got %+v", b)
		}
	})
}

func TestFailingSensorNeverHidesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		r := newRig(t, "", s, fleet.Options{},
			fails("broken", errors.New("no route to host")), sends("fine", fleettest.File(t, fleettest.Packets(5))))
		j := r.ended(r.submit(fleet.Request{}).ID)
		if j.State != fleet.Done || j.Packets != 5 {
			t.Errorf("job: got %s with %d packets, want done with 5", j.State, j.Packets)
		}
		if p := j.Sensors[0]; p.State != fleet.Failed || p.Error != "no route to host" {
			t.Errorf("broken sensor: got %+v", p)
		}
		if j = r.ended(r.submit(fleet.Request{Sensors: []string{"broken"}}).ID); j.State != fleet.Failed {
			t.Errorf("job of the broken sensor alone: got %s, want failed", j.State)
		}
	})
}

func TestSensorsAreAskedAtOnceAndEachOneThingAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := map[string][]string{} // filters by sensor, in order
		busy, most, worst := map[string]int{}, 0, 0
		slow := func(id string) *sensor {
			return &sensor{id: id, answer: func(_ context.Context, f fleet.Filter, _ fleet.Limits) (io.ReadCloser, error) {
				mu.Lock()
				asked[id] = append(asked[id], f.String())
				busy[id]++
				worst, most = max(worst, busy[id]), max(most, busy["a"]+busy["b"])
				mu.Unlock()
				time.Sleep(time.Minute)
				mu.Lock()
				busy[id]--
				mu.Unlock()
				return io.NopCloser(bytes.NewReader(fleettest.File(t, nil))), nil
			}}
		}
		r := newRig(t, "", &store{}, fleet.Options{}, slow("a"), slow("b"))
		want := []string{"port 1", "port 2", "port 3"}
		var last fleet.Job
		for _, q := range want {
			last = r.submit(fleet.Request{Query: q})
		}
		if j := r.ended(last.ID); j.State != fleet.Done || j.Packets != 0 {
			t.Errorf("job without packets: got %+v, want done", j)
		}
		for id, got := range asked {
			if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
				t.Errorf("order at %s: got %v, want %v", id, got, want)
			}
		}
		if worst != 1 || most != 2 {
			t.Errorf("at the same time: got %d at one sensor and %d in all, want 1 and 2", worst, most)
		}
	})
}

func TestSlowSinkHoldsUpOnlyItsOwnStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		s := &store{before: func(_ context.Context, b fleet.Batch) error {
			if b.Sensor.ID == "slow" {
				<-free
			}
			return nil
		}}
		file := fleettest.File(t, fleettest.Packets(20_000))
		r := newRig(t, "", s, fleet.Options{}, sends("slow", file), sends("quick", file))
		j := r.submit(fleet.Request{})
		r.until(j.ID, func(j fleet.Job) bool { return j.Sensors[1].State == fleet.Done })
		if n := s.count("slow"); n != 0 {
			t.Errorf("slow stream: got %d packets, want none", n)
		}
		close(free)
		if j = r.ended(j.ID); j.Packets != 40_000 {
			t.Errorf("in the end: got %d packets, want 40000", j.Packets)
		}
	})
}

func TestSinkErrorFailsItsSensorWithTheReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{before: func(_ context.Context, b fleet.Batch) error {
			if b.Sensor.ID == "a" {
				return errors.New("no space left")
			}
			return nil
		}}
		file := fleettest.File(t, fleettest.Packets(20_000))
		r := newRig(t, "", s, fleet.Options{}, sends("a", file), sends("b", file))
		j := r.ended(r.submit(fleet.Request{}).ID)
		if p := j.Sensors[0]; p.State != fleet.Failed || p.Error != "store packets: no space left" || p.Packets != 0 {
			t.Errorf("sensor whose packets are refused: got %+v", p)
		}
		if p := j.Sensors[1]; p.State != fleet.Done || p.Packets != 20_000 {
			t.Errorf("the other: got %+v", p)
		}
	})
}

func TestDrippingPacketsAreStoredAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, hangs("a", fleettest.File(t, fleettest.Packets(7))))
		j := r.submit(fleet.Request{})
		time.Sleep(time.Second)
		j, _ = r.Job(j.ID)
		if j.State != fleet.Running || j.Sensors[0].State != fleet.Streaming || j.Packets != 7 || s.count("a") != 7 {
			t.Errorf("after a second: got %s, %d packets, want running, 7", j.State, j.Packets)
		}
	})
}

func TestCancelEndsWhatRunsAndWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		file := fleettest.File(t, fleettest.Packets(7))
		r := newRig(t, "", s, fleet.Options{}, hangs("a", file), sends("b", file))
		first := r.submit(fleet.Request{})
		second := r.submit(fleet.Request{Sensors: []string{"a"}})
		time.Sleep(time.Second)

		second, err := r.Cancel(second.ID)
		if err != nil || second.State != fleet.Cancelled {
			t.Errorf("waiting job: got %s, %v, want cancelled", second.State, err)
		}
		before := time.Now()
		if _, err := r.Cancel(first.ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		first, _ = r.Job(first.ID)
		if first.Sensors[0].State != fleet.Cancelled || first.Sensors[0].Error != "" || time.Since(before) != 0 {
			t.Errorf("running sensor: got %+v after %s, want cancelled at once", first.Sensors[0], time.Since(before))
		}
		if first.Sensors[1].State != fleet.Done || first.Packets != 14 || first.Sensors[0].Note != "the 7 packets that arrived are kept" {
			t.Errorf("what had arrived: got %+v", first)
		}
		if again, err := r.Cancel(first.ID); err != nil || again.State != first.State {
			t.Errorf("cancelled twice: got %s, %v", again.State, err)
		}
		if _, err := r.Cancel(99); !errors.Is(err, fleet.ErrNoJob) {
			t.Errorf("no such job: got %v", err)
		}
	})
}

// Ensure a cancelled job's last batch is stored or not, and is given no more
// than the grace for it.
func TestCancelGivesABatchUnderWayAGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended time.Time
		s := &store{before: func(ctx context.Context, _ fleet.Batch) error {
			<-ctx.Done()
			ended = time.Now()
			return ctx.Err()
		}}
		r := newRig(t, "", s, fleet.Options{Grace: 3 * time.Second}, sends("a", fleettest.File(t, fleettest.Packets(7))))
		j := r.submit(fleet.Request{})
		time.Sleep(time.Second)
		start := time.Now()
		if _, err := r.Cancel(j.ID); err != nil {
			t.Fatal(err)
		}
		if j = r.ended(j.ID); j.State != fleet.Cancelled || ended.Sub(start) != 3*time.Second {
			t.Errorf("got %s after %s, want cancelled after 3s", j.State, ended.Sub(start))
		}
	})
}

func TestDeadlineKeepsWhatArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		r := newRig(t, "", s, fleet.Options{}, hangs("a", fleettest.File(t, fleettest.Packets(7))))
		start := time.Now()
		j := r.ended(r.submit(fleet.Request{}).ID)
		p := j.Sensors[0]
		if p.State != fleet.Failed || p.Error != "the answer took longer than 15m0s" || p.Packets != 7 || s.count("a") != 7 {
			t.Errorf("got %+v with %d packets stored", p, s.count("a"))
		}
		if took := p.Ended.Sub(start); took != 15*time.Minute {
			t.Errorf("ended after %s, want 15m", took)
		}
	})
}
