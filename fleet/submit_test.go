package fleet_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

func TestSubmitRefusesWhatItCanNotRun(t *testing.T) {
	s := &store{}
	r := newRig(t, "", s, fleet.Options{}, sends("a", fleettest.File(t, nil)))
	r.submit(fleet.Request{Source: 7})
	for _, c := range []struct {
		name    string
		request fleet.Request
		want    string
	}{
		{"no filter", fleet.Request{}, `filter "": column 1: a filter is needed: an empty one would fetch everything`},
		{"blank filter", fleet.Request{Query: " \t"}, "a filter is needed"},
		{"wrong filter", fleet.Request{Query: "host 10.0.0.1 AND hots 10.0.0.2"}, "column 19"},
		{"unknown sensor", fleet.Request{Query: "port 1", Sensors: []string{"a", "b"}}, `unknown sensor "b"`},
		{"source in use", fleet.Request{Query: "port 1", Source: 7}, "source 7 is in use by job 1"},
		{"negative limit", fleet.Request{Query: "port 1", MaxPackets: -1}, "max_packets: it is negative"},
		{"negative limit of bytes", fleet.Request{Query: "port 1", MaxBytes: -1}, "max_bytes: it is negative"},
		{"endless reason", fleet.Request{Query: "port 1", Reason: strings.Repeat("x", 2001)}, "reason: it has 2001 bytes, at most 2000 are allowed"},
		{"broken name", fleet.Request{Query: "port 1", Name: "\xff"}, "name: it is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.Submit(context.Background(), c.request)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	var filter *fleet.FilterError
	if _, err := r.Submit(context.Background(), fleet.Request{}); !errors.As(err, &filter) || filter.Column() != 1 {
		t.Errorf("no filter: got %#v, want a *FilterError", err)
	}
	if _, err := r.Submit(context.Background(), fleet.Request{Query: "port 1", Sensors: []string{"b"}}); !errors.Is(err, fleet.ErrUnknownSensor) {
		t.Errorf("unknown sensor: got %v", err)
	}
	if n := len(r.Jobs()); n != 1 {
		t.Errorf("got %d jobs, want the first one only", n)
	}
}

func TestNoSensorsCanNotBeAsked(t *testing.T) {
	r := newRig(t, "", &store{}, fleet.Options{})
	_, err := r.Submit(context.Background(), fleet.Request{Query: "port 1"})
	if err == nil || err.Error() != "sensors: none is configured" {
		t.Errorf("got %v", err)
	}
}

func TestSubmitIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", &store{}, fleet.Options{MaxActive: 2}, hangs("a", nil))
		first := r.submit(fleet.Request{})
		r.submit(fleet.Request{})
		if _, err := r.Submit(context.Background(), fleet.Request{Query: "port 1"}); !errors.Is(err, fleet.ErrBusy) {
			t.Errorf("third job: got %v, want ErrBusy", err)
		}
		if _, err := r.Cancel(first.ID); err != nil {
			t.Fatal(err)
		}
		r.ended(first.ID)
		r.submit(fleet.Request{})
		if _, err := r.Retry(first.ID); !errors.Is(err, fleet.ErrBusy) {
			t.Errorf("retry: got %v, want ErrBusy", err)
		}
	})
}

func TestSourcesAreTheLowestFreeNumbers(t *testing.T) {
	used := map[uint32]bool{101: true, 200: true}
	r := newRig(t, "", &store{}, fleet.Options{SourceUsed: func(n uint32) bool { return used[n] }}, sends("a", fleettest.File(t, nil)))
	var got []uint32
	for _, given := range []uint32{0, 0, 104, 0, 0, 5} {
		if given == 0 {
			next, err := r.NextSource()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, next)
		}
		got = append(got, r.submit(fleet.Request{Source: given}).Source)
	}
	want := []uint32{100, 100, 102, 102, 104, 103, 103, 105, 105, 5}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}

	var inUse *fleet.SourceInUseError
	if _, err := r.Submit(context.Background(), fleet.Request{Query: "port 1", Source: 200}); !errors.As(err, &inUse) || inUse.Source != 200 || inUse.Job != 0 {
		t.Errorf("stored source: got %v", err)
	}
	if _, err := r.Submit(context.Background(), fleet.Request{Query: "port 1", Source: 104}); !errors.As(err, &inUse) || inUse.Job != 3 {
		t.Errorf("job's source: got %v", err)
	}
	if j := r.submit(fleet.Request{Source: 200, Reuse: true}); j.Source != 200 {
		t.Errorf("reused: got %d, want 200", j.Source)
	}
}

func TestSourcesAreNeverHandedOutTwice(t *testing.T) {
	r := newRig(t, "", &store{}, fleet.Options{}, sends("a", fleettest.File(t, nil)))
	var mu sync.Mutex
	got := map[uint32]int{}
	given := 0
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			q := fleet.Request{Query: "port 1", Again: true}
			if i%4 == 0 {
				q.Source = 5000
			}
			j, err := r.Submit(context.Background(), q)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got[j.Source]++
			} else if q.Source == 5000 {
				given++
			} else {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(got) != 16 || given != 4 {
		t.Errorf("got %v and %d refused, want 16 different numbers and 4 refused", got, given)
	}
}

func TestSensorsNeedIDsOfTheirOwn(t *testing.T) {
	r := newRig(t, "", &store{}, fleet.Options{}, sends("a", nil), sends("b", nil))
	if got := r.Sensors(); len(got) != 2 || got[0].ID != "a" || got[1].ID != "b" || got[0].Key != "" {
		t.Errorf("sensors: got %+v", got)
	}
	for _, c := range [][]fleet.Sensor{{sends("a", nil), sends("a", nil)}, {sends("", nil)}} {
		if _, err := fleet.NewManager(r.db, c, nil, fleet.Options{}); err == nil {
			t.Error("got no error")
		}
	}
}

func TestJobIsTheJSONOfTheContract(t *testing.T) {
	at := time.Unix(0, 0).UTC()
	j := fleet.Job{
		ID: 7, Source: 100, Query: "host 8.8.8.8", State: fleet.Running, Created: at, From: at, MaxPackets: 5,
		Sensors: []fleet.SensorState{{Sensor: "region-1", State: fleet.Streaming, Sent: "host 8.8.8.8", CutHere: []string{"the window"}, Answered: at}},
		Copies:  []fleet.Copies{{A: "region-1", B: "region-2", Packets: 951, Exact: true, Clock: time.Millisecond, Within: time.Microsecond}},
	}
	got, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":7,"source":100,"name":"","query":"host 8.8.8.8","from":"1970-01-01T00:00:00Z","who":"","reason":"","entry":"","state":"running",` +
		`"verdict":"","doubt":"","max_packets":5,"max_bytes":0,"max_seconds":0,"snap":0,` +
		`"created":"1970-01-01T00:00:00Z","packets":0,"bytes":0,"sensors":[{"sensor":"region-1","state":"streaming",` +
		`"error":"","sent":"host 8.8.8.8","cut_here":["the window"],"packets":0,"bytes":0,"rate":0,"rejected":0,"cut":0,"again":0,"behind":0,` +
		`"answered":"1970-01-01T00:00:00Z","limit":"","verdict":"","doubt":"","note":"","copies":0}],` +
		`"copies":[{"a":"region-1","b":"region-2","packets":951,"exact":true,"clock_ns":1000000,"within_ns":1000}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSubscribersHearAtMostFourTimesASecondAndTheLastState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, pump := io.Pipe()
		defer pump.Close()
		a := &sensor{id: "a", answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) { return body, nil }}
		r := newRig(t, "", &store{}, fleet.Options{}, a)
		var heard []fleet.Job
		var mu sync.Mutex
		stop := r.Subscribe(func(j fleet.Job) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, j)
		})
		stuck := make(chan struct{})
		forever := r.Subscribe(func(fleet.Job) { <-stuck })

		start := time.Now()
		j := r.submit(fleet.Request{})
		packets := fleettest.Packets(1000)
		file := fleettest.File(t, packets)
		pump.Write(file[:24])
		for i := range packets { // over ten seconds
			pump.Write(file[24+i*66 : 24+(i+1)*66])
			time.Sleep(10 * time.Millisecond)
		}
		pump.Close()
		time.Sleep(time.Second)
		took := time.Since(start)
		mu.Lock()
		if most := int(took/(250*time.Millisecond)) + 1; len(heard) > most || len(heard) < 30 {
			t.Errorf("heard %d times in %s, want %d at most and 30 at least", len(heard), took, most)
		}
		last := heard[len(heard)-1]
		if last.ID != j.ID || last.State != fleet.Done || last.Packets != 1000 {
			t.Errorf("last state: got %+v", last)
		}
		n := len(heard)
		mu.Unlock()

		stop()
		stop()
		r.submit(fleet.Request{Query: "port 1"})
		time.Sleep(time.Second)
		if len(heard) != n {
			t.Error("heard something after stop")
		}
		close(stuck)
		forever()
	})
}

// Ensure a job that was handed out is not changed by what happens later.
func TestJobsAreCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", &store{}, fleet.Options{}, sends("a", fleettest.File(t, fleettest.Packets(3))))
		j := r.submit(fleet.Request{})
		done := r.ended(j.ID)
		if j.Sensors[0].State != fleet.Queued || done.Sensors[0].State != fleet.Done {
			t.Errorf("got %s, then %s", j.Sensors[0].State, done.Sensors[0].State)
		}
		done.Sensors[0].State = fleet.Failed
		if again, _ := r.Job(j.ID); again.Sensors[0].State != fleet.Done {
			t.Error("a copy changed the original")
		}
	})
}

func TestActiveCountsWhatHasNotEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", &store{}, fleet.Options{}, hangs("a", nil), sends("b", fleettest.File(t, nil)))
		r.submit(fleet.Request{Sensors: []string{"a"}})
		r.submit(fleet.Request{Sensors: []string{"a"}})
		r.ended(r.submit(fleet.Request{Sensors: []string{"b"}}).ID)
		if got := r.Active(); len(got) != 2 || got[fleet.Running] != 1 || got[fleet.Queued] != 1 {
			t.Errorf("got %v, want one running and one queued", got)
		}
	})
}
