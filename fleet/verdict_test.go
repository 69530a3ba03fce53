package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// knows makes a sensor say what it has.
func knows(s *sensor, t fleet.Traits, h fleet.Health) *sensor {
	s.traits, s.health = t, func() (fleet.Health, error) { return h, nil }
	return s
}

// Ensure that every sign that packets are missing makes the verdict, with its
// reason in words, and that nothing else does.
func TestVerdictSaysWhatSpeaksAgainstAnAnswer(t *testing.T) {
	at := func(clock string) time.Time {
		when, err := time.Parse(time.RFC3339, "2000-01-01T"+clock+"Z")
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	// synctest's clock begins at midnight of 2000-01-01; questions come at noon.
	recorder := fleet.Traits{Plain: true, Silent: true}
	for _, tt := range []struct {
		name    string
		window  string
		traits  fleet.Traits
		health  fleet.Health
		verdict fleet.Verdict
		doubt   string
	}{
		{"covered", "10:00:00 11:00:00", recorder, fleet.Health{Oldest: at("09:00:00"), Lag: 2 * time.Minute}, fleet.Complete, ""},
		{"nothing known", "10:00:00 11:00:00", recorder, fleet.Health{}, fleet.Complete, ""},
		{"begins before coverage", "08:00:00 11:00:00", recorder, fleet.Health{Oldest: at("09:00:00"), Lag: 2 * time.Minute}, fleet.PossiblyCut, "coverage begins 09:00:00, the window starts 08:00:00"},
		{"no start", " 11:00:00", recorder, fleet.Health{Oldest: at("09:00:00")}, fleet.PossiblyCut, "coverage begins 2000-01-01 09:00:00, the window has no start"},
		{"rolled over", "07:00:00 08:00:00", recorder, fleet.Health{Oldest: at("08:27:00")}, fleet.Outside, "oldest packet is 08:27:00, window ends 08:00:00"},
		{"up to now", "10:00:00 12:00:00", recorder, fleet.Health{Oldest: at("09:00:00"), Lag: 2 * time.Minute}, fleet.PossiblyCut, "packets after 11:58:00 were not answered yet"},
		{"no end", "10:00:00 ", recorder, fleet.Health{Oldest: at("09:00:00"), Lag: 2 * time.Minute}, fleet.PossiblyCut, "were not answered yet"},
		{"up to now without lag", "10:00:00 12:00:00", fleet.Traits{}, fleet.Health{Oldest: at("09:00:00")}, fleet.Complete, ""},
		{"to come", "13:00:00 14:00:00", fleet.Traits{}, fleet.Health{Oldest: at("09:00:00")}, fleet.Outside, "newest answered packet is 12:00:00, window starts 13:00:00"},
		{"empty", "10:00:00 11:00:00", fleet.Traits{}, fleet.Health{Empty: true}, fleet.Outside, "no packets at all"},
		{"live, of the past", "10:00:00 11:00:00", fleet.Traits{Live: true}, fleet.Health{}, fleet.Outside, "it captures from now on, the window ended at 11:00:00"},
		{"live, begun", "11:00:00 13:00:00", fleet.Traits{Live: true}, fleet.Health{}, fleet.PossiblyCut, "it captures from now on, the window starts 11:00:00"},
		{"live", " ", fleet.Traits{Live: true}, fleet.Health{}, fleet.Complete, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(12 * time.Hour)
				r := newRig(t, "", &store{}, fleet.Options{}, knows(sends("a", fleettest.File(t, nil)), tt.traits, tt.health))
				q := fleet.Request{}
				from, to, _ := strings.Cut(tt.window, " ")
				if from != "" {
					q.From = at(from)
				}
				if to != "" {
					q.To = at(to)
				}
				j := r.ended(r.submit(q).ID)
				p := j.Sensors[0]
				if p.State != fleet.Done || p.Verdict != tt.verdict || j.Verdict != tt.verdict || !strings.Contains(p.Doubt, tt.doubt) || (p.Doubt == "") != (tt.doubt == "") {
					t.Errorf("got %s, %q (job %s), want %s, %q", p.Verdict, p.Doubt, j.Verdict, tt.verdict, tt.doubt)
				}
			})
		})
	}
}

// ends is an answer that says more at its end.
type ends struct {
	io.ReadCloser
	end fleet.End
}

func (e ends) End() fleet.End { return e.end }

// Ensure what the sensor says at the end, and what it counts, is weighed.
func TestVerdictWeighsWhatASensorCounts(t *testing.T) {
	read := func(n ...int64) []fleet.Health {
		all := make([]fleet.Health, len(n)/2)
		for i := range all {
			all[i] = fleet.Health{Oldest: time.Unix(1, 0), Read: n[2*i], Asked: n[2*i+1]}
		}
		return all
	}
	for _, tt := range []struct {
		name   string
		health []fleet.Health // before and after
		end    fleet.End
		limit  int64
		doubt  string
	}{
		{"all sent", read(100, 7, 105, 8), fleet.End{Packets: -1}, 0, ""},
		{"read and not sent", read(100, 7, 109, 8), fleet.End{Packets: -1}, 0, "read 4 packets more than it sent"},
		{"others asked meanwhile", read(100, 7, 109, 9), fleet.End{Packets: -1}, 0, ""},
		{"restarted meanwhile", read(100, 7, 6, 1), fleet.End{Packets: -1}, 0, ""},
		{"a limit reads ahead", read(100, 7, 109, 8), fleet.End{Packets: -1}, 5, "the limit of 5 packets"},
		{"says as many", read(0, 0, 0, 0), fleet.End{Packets: 5}, 0, ""},
		{"says more", read(0, 0, 0, 0), fleet.End{Packets: 6}, 0, "says that it sent 6 packets, 5 arrived"},
		{"says a limit", read(0, 0, 0, 0), fleet.End{Packets: 5, Limit: "bytes"}, 0, "the limit of 1073741824 bytes"},
		{"says a doubt", read(0, 0, 0, 0), fleet.End{Packets: 5, Doubt: "3 packets dropped"}, 0, "the sensor says: 3 packets dropped"},
		{"lost old packets meanwhile", []fleet.Health{{Oldest: time.Unix(1, 0)}, {Oldest: fleettest.Start.Add(time.Hour)}}, fleet.End{Packets: -1}, 0, "old packets went while it answered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(fleettest.Start.Add(2 * time.Hour)))
				var asked atomic.Int32
				a := sends("a", fleettest.File(t, fleettest.Packets(5)))
				packets := a.answer
				a.answer = func(ctx context.Context, f fleet.Filter, l fleet.Limits) (io.ReadCloser, error) {
					asked.Store(1)
					body, err := packets(ctx, f, l)
					return ends{body, tt.end}, err
				}
				a.traits.Silent = true
				a.health = func() (fleet.Health, error) { return tt.health[asked.Load()], nil }
				r := newRig(t, "", &store{}, fleet.Options{}, a)
				p := r.ended(r.submit(fleet.Request{
					From: fleettest.Start, To: fleettest.Start.Add(time.Minute), MaxPackets: tt.limit,
				}).ID).Sensors[0]
				if p.Packets != 5 || !strings.Contains(p.Doubt, tt.doubt) || (p.Verdict == fleet.Complete) != (tt.doubt == "") {
					t.Errorf("got %+v, want doubt %q", p, tt.doubt)
				}
			})
		})
	}
}

// Ensure a job's verdict is the weakest of its sensors', with the reasons.
func TestJobsVerdictIsTheWeakest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(fleettest.Start.Add(2 * time.Hour)))
		file := fleettest.File(t, nil)
		old := knows(sends("rolled", file), fleet.Traits{}, fleet.Health{Oldest: fleettest.Start.Add(time.Hour)})
		r := newRig(t, "", &store{}, fleet.Options{}, sends("fine", file), old, fails("broken", errors.New("no route")))
		ask := func(sensors ...string) fleet.Job {
			return r.ended(r.submit(fleet.Request{Query: "host 10.0.0.1", From: fleettest.Start, To: fleettest.Start.Add(time.Minute), Sensors: sensors}).ID)
		}
		for _, tt := range []struct {
			sensors []string
			verdict fleet.Verdict
			doubt   string
		}{
			{[]string{"fine"}, fleet.Complete, ""},
			{[]string{"rolled"}, fleet.Outside, "rolled: oldest packet is 08:00:00, window ends 07:01:00"},
			{[]string{"fine", "rolled"}, fleet.PossiblyCut, "rolled: oldest packet is 08:00:00, window ends 07:01:00"},
			{[]string{"fine", "broken"}, fleet.PossiblyCut, "broken failed"},
			{[]string{"broken"}, "", ""},
		} {
			if j := ask(tt.sensors...); j.Verdict != tt.verdict || j.Doubt != tt.doubt {
				t.Errorf("%v: got %s, %q, want %s, %q", tt.sensors, j.Verdict, j.Doubt, tt.verdict, tt.doubt)
			}
		}
		look := r.Find(fleet.Find{State: "look"})
		if fmt.Sprint(ids(look.Jobs)) != "[5 4 3 2]" || look.All != 5 || look.Look != 4 {
			t.Errorf("need a look: got %v of %d, want all but the first", ids(look.Jobs), look.All)
		}
	})
}

func ids(jobs []fleet.Job) (ids []uint64) {
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

// Ensure that what a sensor has no words for is cut from its answer, counted
// and said, whatever it sends.
func TestAnswerIsCutWhereTheSensorHasNoWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		a := sends("a", fleettest.File(t, fleettest.Packets(100)))
		a.traits = fleet.Traits{Plain: true, Early: 75 * time.Second, Late: 15 * time.Second}
		r := newRig(t, "", s, fleet.Options{}, a)
		j := r.ended(r.submit(fleet.Request{
			Query: "src host 10.0.0.1 and not dst port 99 and (tcp or before 2020-05-01T07:00:30Z)", From: fleettest.Start.Add(10 * time.Second),
		}).ID)
		p := j.Sensors[0]
		want := "host 10.0.0.1 and (tcp or before 2020-05-01T07:00:45Z) and after 2020-05-01T06:58:55Z"
		if p.Packets != 20 || p.Rejected != 10 || p.Cut != 70 || p.Sent != want || len(p.CutHere) != 3 {
			t.Errorf("got %+v, want 20 packets, 10 rejected, 70 cut, sent %s", p, want)
		}
		j = r.ended(r.submit(fleet.Request{Query: "dst host 10.0.0.1 and host 10.0.0.2"}).ID)
		if p := j.Sensors[0]; p.Packets != 0 || p.Cut != 100 {
			t.Errorf("of the other direction: got %+v, want all cut", p)
		}
	})
}
