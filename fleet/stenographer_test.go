package fleet_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// ask asks a sensor for everything of a host and returns how many packets
// came.
func ask(t *testing.T, s fleet.Sensor) (int, error) {
	t.Helper()
	body, err := s.Packets(context.Background(), parse(t, "host 10.0.0.1"), fleet.Limits{Packets: 500, Bytes: 600})
	if err != nil {
		return 0, err
	}
	defer body.Close()
	file, err := io.ReadAll(body)
	if err != nil {
		return 0, err
	}
	return (len(file) - 24) / 66, nil // of fleettest.Packets
}

func parse(t *testing.T, text string) fleet.Filter {
	t.Helper()
	f, err := fleet.ParseFilter(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestClientSendsCanonicalTextAndLimits(t *testing.T) {
	fake := fleettest.NewFake(t, fleettest.Capture(fleettest.File(t, fleettest.Packets(3))))
	s := fake.Sensor(t, "Region 1")
	if n, err := ask(t, s); n != 3 || err != nil {
		t.Errorf("got %d packets, %v, want 3", n, err)
	}
	want := fleettest.Query{Method: "POST", Path: "/query", Filter: "host 10.0.0.1", Packets: "500", Bytes: "600"}
	if got := fake.Queries(); len(got) != 1 || got[0] != want {
		t.Errorf("asked: got %+v, want %+v", got, want)
	}
	if c := s.Config(); c.ID != "region-1" || c.Kind != "stenographer" || c.Tag != "packet" {
		t.Errorf("config: got %+v", c)
	}
}

func TestClientRefusesToAskForEverything(t *testing.T) {
	fake := fleettest.NewFake(t, fleettest.Capture(fleettest.File(t, nil)))
	var bad *fleet.FilterError
	if _, err := fake.Sensor(t, "a").Packets(context.Background(), fleet.Filter{}, fleet.Limits{}); !errors.As(err, &bad) {
		t.Errorf("got %v, want a *FilterError", err)
	}
	if n := len(fake.Queries()); n != 0 {
		t.Errorf("the sensor was asked %d times", n)
	}
}

func TestAnswersThatAreNoCaptureSayWhatCame(t *testing.T) {
	html := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>\n<title>Welcome</title>")
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("so sorry ", 1000)); err != nil {
				return
			}
		}
	}
	for _, c := range []struct {
		name   string
		answer fleettest.Answer
		want   string
	}{
		{"refused", fleettest.Status(400, "could not parse query"), `sensor a refused the query: "could not parse query"`},
		{"error", fleettest.Status(500, "no\nspace"), `sensor a answered 500 Internal Server Error: "no space"`},
		{"silent error", fleettest.Status(503, ""), `sensor a answered 503 Service Unavailable: (nothing more)`},
		{"control characters", fleettest.Status(500, "a\x1b[2Jb"), `sensor a answered 500 Internal Server Error: "a\x1b[2Jb"`},
		{"endless error", endless, `sensor a answered 500 Internal Server Error: "so sorry so sorry`},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, `sensor a answered 302 Found`},
		{"nothing", fleettest.Capture(nil), `sensor a answered 200 with nothing`},
		{"two bytes", fleettest.Capture([]byte("ok")), `sensor a answered no capture but "application/octet-stream": "ok"`},
		{"a page", html, `sensor a answered no capture but "text/html": "<html> <title>Welcome</title>"`},
		{"broken off", fleettest.CutOff([]byte{0xd4, 0xc3}, 2), `sensor a broke off before the first packet`},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := fleettest.NewFake(t, c.answer)
			_, err := ask(t, fake.Sensor(t, "a"))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || len(err.Error()) > 500 {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestSensorThatCanNotBeReached(t *testing.T) {
	fake := fleettest.NewFake(t, nil)
	s := fake.Sensor(t, "a")
	fake.Close()
	if _, err := ask(t, s); err == nil || !strings.Contains(err.Error(), "can't be reached") {
		t.Errorf("got %v", err)
	}
}

func TestErrorInTheTrailerFailsTheAnswerAndKeepsItsPackets(t *testing.T) {
	file := fleettest.File(t, fleettest.Packets(4))
	fake := fleettest.NewFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", fleet.TrailerError)
		w.Write(file)
		w.Header().Set(fleet.TrailerError, "day2.pcap: packet 9 at byte 800: too long")
	})
	s := &store{}
	r := newRig(t, "", s, fleet.Options{}, fake.Sensor(t, "a"))
	p := r.ended(r.submit(fleet.Request{}).ID).Sensors[0]
	want := `the answer broke off after 4 packets: the sensor says "day2.pcap: packet 9 at byte 800: too long"`
	if p.State != fleet.Failed || p.Packets != 4 || s.count("a") != 4 || p.Error != want {
		t.Errorf("got %+v, want failed with 4 packets and %s", p, want)
	}
}

// Ensure there is no short timeout for the headers, which a Stenographer
// sends with the first packet it finds.
func TestLateAnswerIsWaitedFor(t *testing.T) {
	fake := fleettest.NewFake(t, fleettest.Delay(300*time.Millisecond, fleettest.Capture(fleettest.File(t, fleettest.Packets(1)))))
	if n, err := ask(t, fake.Sensor(t, "a")); n != 1 || err != nil {
		t.Errorf("got %d, %v, want 1", n, err)
	}
}

func TestJobOverTheNetwork(t *testing.T) {
	packets := fleettest.Packets(10)
	file := fleettest.File(t, packets)
	next, gone := make(chan struct{}), make(chan struct{})
	fakes := []*fleettest.Fake{
		fleettest.NewFake(t, fleettest.Capture(file)),
		fleettest.NewFake(t, fleettest.Drip(file, 100, next)),
		fleettest.NewFake(t, fleettest.CutOff(file, 24+4*66+20)),
		fleettest.NewFake(t, fleettest.Short(file, 24+5*66+20)),
		fleettest.NewFake(t, fleettest.Status(400, "could not parse query")),
		fleettest.NewFake(t, fleettest.Hang(file, 24+6*66, gone)),
	}
	names := []string{"fine", "drip", "cut", "short", "refuses", "hangs"}
	var sensors []fleet.Sensor
	for i, f := range fakes {
		sensors = append(sensors, f.Sensor(t, names[i]))
	}
	s := &store{}
	r := newRig(t, "", s, fleet.Options{}, sensors...)
	j := r.submit(fleet.Request{})
	r.until(j.ID, func(j fleet.Job) bool { return j.Sensors[1].Packets > 0 && j.Sensors[5].Packets == 6 })
	close(next)
	r.until(j.ID, func(j fleet.Job) bool {
		for _, p := range j.Sensors[:5] {
			if !p.State.Ended() {
				return false
			}
		}
		return true
	})
	if _, err := r.Cancel(j.ID); err != nil {
		t.Fatal(err)
	}
	<-gone // the sensor sees that nobody listens any more
	j = r.ended(j.ID)
	for i, want := range []fleet.SensorState{
		{State: fleet.Done, Packets: 10},
		{State: fleet.Done, Packets: 10},
		{State: fleet.Failed, Packets: 4, Error: "the answer broke off after 4 packets: the connection was closed by the other side: unexpected EOF"},
		{State: fleet.Failed, Packets: 5, Error: "the answer broke off after 5 packets: capture file, packet 6 at byte 354: "},
		{State: fleet.Failed, Packets: 0, Error: `sensor refuses refused the query: "could not parse query"`},
		{State: fleet.Cancelled, Packets: 6},
	} {
		got := j.Sensors[i]
		if got.State != want.State || got.Packets != want.Packets || !strings.HasPrefix(got.Error, want.Error) || (want.Error == "") != (got.Error == "") {
			t.Errorf("%s: got %+v, want %+v", names[i], got, want)
		}
		if n := s.count(names[i]); int64(n) != want.Packets {
			t.Errorf("%s: %d packets stored, want %d", names[i], n, want.Packets)
		}
	}
	if j.State != fleet.Done || j.Packets != 35 {
		t.Errorf("job: got %s with %d packets, want done with 35", j.State, j.Packets)
	}
}
