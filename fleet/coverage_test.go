package fleet_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// fault is why a sensor does not answer; the zero value is none.
type fault struct{ err atomic.Pointer[error] }

func (f *fault) set(err error) { f.err.Store(&err) }

func (f *fault) get() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// rolling is a recorder that keeps two hours since it began at midnight, and
// can be told not to answer.
func rolling(down *fault) *sensor {
	a := sends("a", nil)
	a.traits = fleet.Traits{Plain: true, Early: 75 * time.Second}
	began := time.Now()
	a.health = func() (fleet.Health, error) {
		oldest := began
		if now := time.Now().Add(-2 * time.Hour); now.After(oldest) {
			oldest = now
		}
		return fleet.Health{Oldest: oldest, Lag: 2 * time.Minute, Expires: began.Add(30 * 24 * time.Hour)}, down.get()
	}
	return a
}

// Ensure what a sensor has is known before anybody asks it for packets: all,
// part or nothing of a window, and until when.
func TestPreviewKnowsWhatExpiresWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down fault
		r := newRig(t, "", &store{}, fleet.Options{}, rolling(&down))
		began := time.Now()
		preview := func(from, to time.Duration) fleet.SensorPreview {
			p, err := r.Preview(fleet.Request{Query: "host 10.0.0.1", From: began.Add(from), To: began.Add(to)})
			if err != nil {
				t.Fatal(err)
			}
			return p.Sensors[0]
		}
		time.Sleep(time.Hour)
		if p := preview(10*time.Minute, 20*time.Minute); p.Has != "all" || !p.Expires.IsZero() {
			t.Errorf("before anything goes: got %+v, want all of it, and no end to it", p)
		}
		time.Sleep(3 * time.Hour)
		for _, tt := range []struct {
			from, to time.Duration
			has      string
			text     string
			expires  time.Duration
		}{
			{150 * time.Minute, 160 * time.Minute, "all", "has all of it", 270 * time.Minute},
			{60 * time.Minute, 160 * time.Minute, "part", "oldest 01:59:", 240 * time.Minute},
			{60 * time.Minute, 100 * time.Minute, "none", "rolled over, oldest 01:59:", 0},
			{150 * time.Minute, 240 * time.Minute, "part", "newest 03:57:", 270 * time.Minute},
			{300 * time.Minute, 310 * time.Minute, "none", "has not been recorded yet", 0},
		} {
			p := preview(tt.from, tt.to)
			off := p.Expires.Sub(began.Add(tt.expires))
			if p.Has != tt.has || !strings.HasPrefix(p.Text, tt.text) || (tt.expires == 0) != p.Expires.IsZero() || tt.expires > 0 && (off > 3*time.Minute || off < -3*time.Minute) {
				t.Errorf("%s to %s: got %s, %q until %s, want %s, %q until about %s", tt.from, tt.to, p.Has, p.Text, p.Expires, tt.has, tt.text, began.Add(tt.expires))
			}
		}
		down.set(errors.New("no route to host"))
		time.Sleep(2 * time.Minute)
		if p := preview(150*time.Minute, 160*time.Minute); p.Has != "unknown" || !strings.HasPrefix(p.Text, "had all of it; no answer since 04:0") {
			t.Errorf("while it does not answer: got %s, %q", p.Has, p.Text)
		}
	})
}

// Ensure a sensor's health says since when and why it is bad, and its
// coverage where nobody watched; and that both outlive a restart.
func TestCoverageRemembersOutages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down fault
		a := rolling(&down)
		r := newRig(t, "", &store{}, fleet.Options{}, a)
		heard := make(chan fleet.SensorInfo, 1000)
		stop := r.SubscribeSensors(func(i fleet.SensorInfo) { heard <- i })
		time.Sleep(30 * time.Minute)
		good, err := r.Sensor("a")
		if err != nil || good.Health.State != "good" || good.Coverage.LagMS != 120_000 || len(good.Coverage.Spans) != 2 {
			t.Fatalf("got %+v %+v, %v", good, good.Coverage, err)
		}
		down.set(errors.New("no route to host"))
		time.Sleep(20 * time.Minute)
		if bad, _ := r.Sensor("a"); bad.Health.State != "bad" || bad.Health.Error != "no route to host" || time.Until(bad.Health.Since) < -21*time.Minute ||
			bad.Coverage.Spans[len(bad.Coverage.Spans)-1].State != "doubtful" {
			t.Errorf("down: got %+v %+v", bad.Health, bad.Coverage)
		}
		down.set(nil)
		time.Sleep(20 * time.Minute)
		again, _ := r.Sensor("a")
		var states []string
		for _, s := range again.Coverage.Spans {
			states = append(states, s.State)
		}
		if again.Health.State != "good" || strings.Join(states, " ") != "has doubtful has late" {
			t.Errorf("up again: got %s, %v", again.Health.State, states)
		}
		stop()
		if len(heard) < 3 {
			t.Errorf("subscriber: heard %d times of three changes", len(heard))
		}
		r.close()
		after := newRig(t, r.path, &store{}, fleet.Options{}, a)
		time.Sleep(time.Minute)
		if info, _ := after.Sensor("a"); len(info.Coverage.Spans) != 4 {
			t.Errorf("after a restart: got %+v", info.Coverage.Spans)
		}
	})
}

func TestHealthWarnsOfACertificateThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down fault
		r := newRig(t, "", &store{}, fleet.Options{Poll: 6 * time.Hour}, rolling(&down))
		for _, tt := range []struct {
			days        int
			state, text string
		}{{1, "good", "good"}, {24, "warn", "certificate ends in 5 days"}, {4, "warn", "certificate ends in 1 day"}, {1, "bad", "certificate has ended"}} {
			time.Sleep(time.Duration(tt.days) * 24 * time.Hour)
			if info, _ := r.Sensor("a"); info.Health.State != tt.state || info.Health.Text != tt.text {
				t.Errorf("after %d days: got %s, %q, want %s, %q", tt.days, info.Health.State, info.Health.Text, tt.state, tt.text)
			}
		}
	})
}

// Ensure sensors that do not answer are not looked at as often.
func TestSilentSensorIsLookedAtLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		a := sends("a", nil)
		a.health = func() (fleet.Health, error) { looks.Add(1); return fleet.Health{}, errors.New("gone") }
		newRig(t, "", &store{}, fleet.Options{}, a)
		time.Sleep(10 * time.Hour)
		if n := looks.Load(); n < 90 || n > 170 {
			t.Errorf("got %d looks in ten hours, want about 120", n)
		}
	})
}

// Ensure a preview estimates from jobs that were run: the same question's
// before all others.
func TestPreviewEstimatesFromEarlierJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(fleettest.Start.Add(24 * time.Hour)))
		r := newRig(t, "", &store{}, fleet.Options{}, sends("a", fleettest.File(t, fleettest.Packets(600))))
		window := func(q string, minutes int) fleet.Request {
			return fleet.Request{Query: q, From: fleettest.Start, To: fleettest.Start.Add(time.Duration(minutes) * time.Minute)}
		}
		if p, err := r.Preview(window("host 10.0.0.1", 5)); err != nil || p.Packets != 0 || p.Basis != "" {
			t.Errorf("without jobs: got %+v, %v", p, err)
		}
		r.ended(r.submit(window("host 10.0.0.1", 10)).ID) // 600 packets
		for _, tt := range []struct {
			query   string
			minutes int
			packets int64
		}{{"host 10.0.0.1", 5, 300}, {"host 9.9.9.9", 20, 1200}, {"port 53", 5, 0}} {
			p, err := r.Preview(window(tt.query, tt.minutes))
			if err != nil || p.Packets != tt.packets || p.Sensors[0].Packets != tt.packets || (p.Basis == "estimated from earlier jobs") != (tt.packets > 0) {
				t.Errorf("%s, %d minutes: got %d, %q, %v, want %d", tt.query, tt.minutes, p.Packets, p.Basis, err, tt.packets)
			}
		}
		if p, _ := r.Preview(window("host 10.0.0.1", 10)); p.SameJob == nil || p.SameJob.ID != 1 {
			t.Errorf("equal job: got %+v, want job 1", p.SameJob)
		}
	})
}
