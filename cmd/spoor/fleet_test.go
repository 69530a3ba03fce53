package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// fleetCommand runs `spoor fleet` on a server that a test writes by hand.
func fleetCommand(t *testing.T, ctx context.Context, h http.HandlerFunc, args ...string) (out, errs string, err error) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var root struct {
		Fleet FleetCmd `cmd:""`
	}
	p, err := kong.New(&root)
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.Parse(append([]string{"fleet"}, slices.Insert(slices.Clone(args), 1, "--server="+s.URL)...))
	if err != nil {
		return "", "", err
	}
	var o, e bytes.Buffer
	k.BindTo(ctx, (*context.Context)(nil))
	err = k.Run(output{&o, &e})
	return o.String(), e.String(), err
}

const (
	running  = `{"id":7,"source":100,"state":"running","query":"host 8.8.8.8","sensors":[{"sensor":"a","state":"streaming","packets":3}]}`
	finished = `{"id":7,"source":100,"state":"done","verdict":"possibly cut","query":"host 8.8.8.8","packets":12,"bytes":3400,"who":"jim\u001b[31m",` +
		`"sensors":[{"sensor":"a","state":"done","packets":12,"bytes":3400,"verdict":"possibly cut","doubt":"coverage begins 08:27:00"}],` +
		`"copies":[{"a":"a","b":"b","packets":5,"exact":false,"clock_ns":1000000}]}`
)

func TestFleetRunWaitsForItsJob(t *testing.T) {
	asked, looks := "", 0
	server := func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "POST /api/v1/jobs":
			b, _ := io.ReadAll(r.Body)
			asked = string(b)
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, running)
		case "GET /api/v1/jobs/7":
			looks++
			io.WriteString(w, map[bool]string{true: running, false: finished}[looks < 2])
		default:
			t.Errorf("asked %s %s", r.Method, r.URL)
		}
	}
	out, errs, err := fleetCommand(t, t.Context(), server, "run", "--on=a", "--from=2020-05-01T07:00:00Z", "--source=100", "--who=jim", "--reason=why", "--max-time=90s", "host", "8.8.8.8")
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"query":"host 8.8.8.8","from":"2020-05-01T07:00:00Z","source":100,"sensors":["a"],"who":"jim","reason":"why","max_seconds":90}`; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	for _, want := range []string{"a       possibly cut  12       3400   coverage begins 08:27:00", "both saw about 5 packets; the clock of b is 1ms ahead", "spoor search src:100"} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
	if !strings.Contains(errs, "job 7, source 100: host 8.8.8.8") || !strings.Contains(errs, "a streaming, 3 packets") {
		t.Errorf("said %q", errs)
	}
}

func TestFleetRunSaysWhatIsWrong(t *testing.T) {
	bad := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"error":"filter \"host\": column 5: the filter ends here","column":5}`)
	}
	if _, _, err := fleetCommand(t, t.Context(), bad, "run", "host"); err == nil || !strings.HasSuffix(err.Error(), "\n  host\n      ^") {
		t.Errorf("got %v, want a caret under the column", err)
	}
	failed := func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"id":7,"source":100,"state":"failed","sensors":[{"sensor":"a","state":"failed","error":"no route"}]}`)
	}
	out, _, err := fleetCommand(t, t.Context(), failed, "run", "tcp")
	if !exits(err) || !strings.Contains(out, "no route") {
		t.Errorf("got %q, %v, want exit code 1 with the reason", out, err)
	}
}

// Ensure an interrupt cancels the job, and says what is kept.
func TestFleetRunCancelsItsJobWhenInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	cancelled := false
	server := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/jobs/7":
			stop()
		case "/api/v1/jobs/7/cancel":
			cancelled = true
		}
		io.WriteString(w, running)
	}
	_, _, err := fleetCommand(t, ctx, server, "run", "tcp")
	if !cancelled || err == nil || !strings.Contains(err.Error(), "kept under source 100") {
		t.Errorf("got cancelled %v, %v", cancelled, err)
	}
}

func TestFleetRunPreviews(t *testing.T) {
	server := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/jobs/preview" {
			t.Errorf("asked %s", r.URL)
		}
		io.WriteString(w, `{"query":"not tcp","packets":5,"bytes":6,"basis":"estimated from earlier jobs","same_job":{"id":3,"source":9},
			"sensors":[{"sensor":"a","sent":"host 1.2.3.4","cut_here":["not tcp"],"has":"part","text":"oldest 08:27"}]}`)
	}
	out, _, err := fleetCommand(t, t.Context(), server, "run", "--preview", "not", "tcp")
	for _, want := range []string{"oldest 08:27", "host 1.2.3.4", "not tcp", "about 5 packets", "src:9"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("got %q, %v, want %q in it", out, err, want)
		}
	}
}

func TestFleetJobsAndSensorsPrintTables(t *testing.T) {
	server := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/jobs":
			if got := r.URL.Query(); got.Get("q") != "host dwight" || got.Get("state") != "look" || got.Get("limit") != "20" {
				t.Errorf("asked %v", got)
			}
			fmt.Fprintf(w, `{"jobs":[%s],"next":7}`, finished)
		case "/api/v1/sensors":
			io.WriteString(w, `{"sensors":[{"id":"a","name":"A","kind":"stenographer","health":{"state":"good","text":"good"},"coverage":{"oldest":"2020-05-01T08:27:00Z"}}]}`)
		case "/api/v1/sensors/a/test":
			io.WriteString(w, `{"ok":false,"message":"can't be reached"}`)
		}
	}
	out, errs, err := fleetCommand(t, t.Context(), server, "jobs", "--state=look", "host", "dwight")
	if err != nil || !strings.Contains(out, "done, possibly cut") || strings.Contains(out, "\x1b") || !strings.Contains(errs, "--before 7") {
		t.Errorf("jobs: got %q, %q, %v", out, errs, err)
	}
	out, _, err = fleetCommand(t, t.Context(), server, "sensors")
	if err != nil || !strings.Contains(out, "2020-05-01 08:27:00") || !strings.Contains(out, "good") {
		t.Errorf("sensors: got %q, %v", out, err)
	}
	if out, _, err = fleetCommand(t, t.Context(), server, "sensors", "--test"); !exits(err) || !strings.Contains(out, "can't be reached") {
		t.Errorf("tested: got %q, %v, want exit code 1", out, err)
	}
}
