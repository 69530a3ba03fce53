package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// Ensure an equal job is offered instead of asked again, and only as long as
// it is as good as that.
func TestEqualJobIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(fleettest.Start.Add(24 * time.Hour)))
		file := fleettest.File(t, fleettest.Packets(5))
		r := newRig(t, "", &store{}, fleet.Options{Poll: 6 * time.Hour}, sends("a", file), sends("b", file), hangs("slow", file))
		q := fleet.Request{Query: "host 10.0.0.1", From: fleettest.Start, To: fleettest.Start.Add(time.Hour), Sensors: []string{"a", "b"}}
		offered := func(q fleet.Request) uint64 {
			t.Helper()
			j, err := r.Submit(context.Background(), q)
			var same *fleet.SameJobError
			switch {
			case errors.As(err, &same):
				return same.Job.ID
			case err != nil:
				t.Fatal(err)
			}
			if q.Sensors[0] != "slow" {
				r.ended(j.ID)
			}
			return 0
		}
		if got := offered(q); got != 0 {
			t.Fatalf("the first: got job %d offered", got)
		}
		if got := offered(q); got != 1 {
			t.Errorf("the same: got %d, want job 1", got)
		}
		spelled := q
		spelled.Query, spelled.From, spelled.Sensors = "HOST 10.0.0.1 and after 2020-05-01T07:00:00Z", time.Time{}, []string{"b", "a"}
		if got := offered(spelled); got != 1 {
			t.Errorf("otherwise spelled: got %d, want job 1", got)
		}
		for name, change := range map[string]func(*fleet.Request){
			"another window":  func(q *fleet.Request) { q.To = q.To.Add(time.Second) },
			"another limit":   func(q *fleet.Request) { q.MaxPackets = 5000 },
			"another sensor":  func(q *fleet.Request) { q.Sensors = []string{"a"} },
			"said to be sure": func(q *fleet.Request) { q.Again = true },
		} {
			other := q
			change(&other)
			if got := offered(other); got != 0 {
				t.Errorf("%s: got job %d offered", name, got)
			}
		}
		slow := fleet.Request{Query: "port 53", Sensors: []string{"slow"}}
		if first, second := offered(slow), offered(slow); first != 0 || second == 0 {
			t.Errorf("one that goes on: got %d and %d", first, second)
		}
		cut := q
		cut.MaxPackets = 2
		if first, second := offered(cut), offered(cut); first != 0 || second != 0 {
			t.Errorf("one that is possibly cut: got %d and %d offered", first, second)
		}
		newest := r.Jobs()[0].Source
		again := q
		again.Again = true
		offered(again)
		last := r.Jobs()[0]
		if got := offered(q); got != last.ID {
			t.Errorf("two equal ones: got %d, want the newest, %d (source %d)", got, last.ID, newest)
		}
		if err := r.Forget(fleet.Removed{Source: last.Source}); err != nil {
			t.Fatal(err)
		}
		if got := offered(q); got == last.ID {
			t.Error("a job whose packets were deleted is offered")
		}
		time.Sleep(25 * time.Hour)
		if got := offered(q); got != 0 {
			t.Errorf("a day later: got job %d", got)
		}
	})
}

// Ensure the history is searched by words and state, page by page, outlives a
// restart, and is bounded.
func TestHistoryIsSearchedPageByPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := fleettest.File(t, fleettest.Packets(1))
		r := newRig(t, "", &store{}, fleet.Options{MaxJobs: 20}, sends("a", file), fails("b", errors.New("no route to host")))
		for n := range 25 {
			q := fleet.Request{Query: fmt.Sprintf("port %d", n+1), Sensors: []string{"a"}, Who: "dwight"}
			if n%5 == 0 {
				q.Sensors, q.Who, q.Reason = []string{"b"}, "jim", "Beets & bears"
			}
			r.ended(r.submit(q).ID)
		}
		check := func(r *rig) {
			t.Helper()
			for _, tt := range []struct {
				find fleet.Find
				want string
				next uint64
			}{
				{fleet.Find{Limit: 3}, "[25 24 23]", 23},
				{fleet.Find{Limit: 3, Before: 23}, "[22 21 20]", 20},
				{fleet.Find{Before: 8}, "[7 6]", 0}, // the first five are forgotten
				{fleet.Find{Words: "JIM beets"}, "[21 16 11 6]", 0},
				{fleet.Find{Words: "route", State: "failed", Limit: 4}, "[21 16 11 6]", 0},
				{fleet.Find{Words: "src:107"}, "[8]", 0},
				{fleet.Find{State: "active"}, "[]", 0},
				{fleet.Find{Words: "nothing of this"}, "[]", 0},
			} {
				f := r.Find(tt.find)
				if got := fmt.Sprint(append([]uint64{}, ids(f.Jobs)...)); got != tt.want || f.Next != tt.next {
					t.Errorf("%+v: got %s, next %d, want %s, %d", tt.find, got, f.Next, tt.want, tt.next)
				}
			}
			if f := r.Find(fleet.Find{Words: "jim"}); f.All != 4 || f.Look != 4 || f.Active != 0 {
				t.Errorf("counts: got %d, %d to look at, %d active, want 4, 4, 0", f.All, f.Look, f.Active)
			}
		}
		check(r)
		r.close()
		check(newRig(t, r.path, &store{}, fleet.Options{MaxJobs: 20}, sends("a", file)))
	})
}
