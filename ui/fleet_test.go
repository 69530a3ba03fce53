package ui

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/meta"
)

// fleetSite is a site whose fleet runs, with one sensor that stands in the
// configuration and answers three packets.
func fleetSite(t *testing.T) (site, *fleettest.Fake) {
	t.Helper()
	fake := fleettest.NewFake(t, fleettest.Capture(fleettest.File(t, fleettest.Packets(3))))
	fake.Stats("oldest_timestamp\t1588316400000000000\n") // 2020-05-01 07:00
	dir := t.TempDir()
	db, err := meta.Open(filepath.Join(dir, "fleet.db"))
	must(t, err)
	m, err := fleet.NewManager(db, []fleet.Sensor{fake.Sensor(t, "Region 1")}, func(context.Context, fleet.Batch) error { return nil },
		fleet.Options{Secrets: filepath.Join(dir, "sensors")})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
		must(t, db.Close())
	})
	return newSite(t, func(c *Config) { c.Fleet = m }), fake
}

// ended waits until a job has ended, by the events that a page has, and returns
// it.
func (s site) ended(id string) map[string]any {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/v1/events", nil)
	must(s.t, err)
	answer, err := http.DefaultClient.Do(r)
	must(s.t, err)
	defer answer.Body.Close()
	for events := bufio.NewScanner(answer.Body); ; {
		code, job := s.ask("GET", "/api/v1/jobs/"+id, nil)
		if code != 200 {
			s.t.Fatalf("job %s: got %d %v", id, code, job)
		}
		if state := job["state"]; state != "queued" && state != "running" {
			return job
		}
		if !events.Scan() {
			s.t.Fatalf("job %s has not ended: %v", id, events.Err())
		}
	}
}

func (s site) text(path string) string {
	s.t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	must(s.t, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	must(s.t, err)
	return strings.TrimSpace(string(b))
}

const askedWindow = "host 10.0.0.1 and after 2020-05-01T07:00:01Z and before 2020-05-01T08:00:00Z"

func TestJobsAreSubmittedFoundAndNotAskedTwice(t *testing.T) {
	s, _ := fleetSite(t)
	form := map[string]any{"query": "host 10.0.0.1", "from": "2020-05-01T07:00:01Z", "to": "2020-05-01T08:00:00Z", "who": "mscott", "reason": "lateral"}
	code, job := s.ask("POST", "/api/v1/jobs", form)
	if code != 202 || job["query"] != askedWindow || job["who"] != "mscott" {
		t.Fatalf("got %d %v", code, job)
	}
	job = s.ended("1")
	part := job["sensors"].([]any)[0].(map[string]any)
	if job["verdict"] != "complete" || part["packets"] != 2.0 || part["rejected"] != 1.0 ||
		part["sent"] != "host 10.0.0.1 and after 2020-05-01T06:58:46Z and before 2020-05-01T08:00:15Z" {
		t.Errorf("got %v", job)
	}
	code, answer := s.ask("POST", "/api/v1/jobs", form)
	if same, _ := answer["same_job"].(map[string]any); code != 409 || same["id"] != 1.0 {
		t.Errorf("the same again: got %d %v, want 409 with job 1", code, answer)
	}
	form["again"] = true
	if code, answer = s.ask("POST", "/api/v1/jobs", form); code != 202 {
		t.Errorf("again: got %d %v", code, answer)
	}
	s.ended("2")
	for query, want := range map[string]int{"": 2, "?q=lateral+src:100": 1, "?q=nothing": 0, "?state=done": 2, "?state=look": 0, "?before=2": 1, "?limit=1": 1} {
		code, answer := s.ask("GET", "/api/v1/jobs"+query, nil)
		if jobs, _ := answer["jobs"].([]any); code != 200 || len(jobs) != want {
			t.Errorf("jobs%s: got %d with %d jobs, want %d", query, code, len(jobs), want)
		}
	}
	_, answer = s.ask("GET", "/api/v1/jobs?limit=1", nil)
	if answer["next"] != 2.0 || answer["counts"].(map[string]any)["all"] != 2.0 {
		t.Errorf("page: got %v, want next 2 of 2", answer)
	}
	for _, query := range []string{"?state=odd", "?before=x", "?limit=0", "?more=1"} {
		if code, _ := s.ask("GET", "/api/v1/jobs"+query, nil); code != 400 {
			t.Errorf("jobs%s: got %d, want 400", query, code)
		}
	}
}

func TestPreviewSaysWhoHasTheWindow(t *testing.T) {
	s, fake := fleetSite(t)
	if code, answer := s.ask("POST", "/api/v1/sensors/region-1/test", map[string]any{}); code != 200 || answer["ok"] != true ||
		answer["message"] != "answers, oldest packet 2020-05-01 07:00:00 UTC, 2m0s behind" {
		t.Fatalf("test: got %d %v", code, answer)
	}
	for _, tt := range []struct{ from, to, has, text string }{
		{"2020-05-01T07:00:01Z", "2020-05-01T08:00:00Z", "all", "has all of it"},
		{"2020-05-01T06:00:00Z", "2020-05-01T08:00:00Z", "part", "oldest 07:00:00"},
		{"2020-05-01T06:00:00Z", "2020-05-01T07:00:00Z", "none", "rolled over, oldest 07:00:00"},
		{"2999-05-01T06:00:00Z", "2999-05-01T07:00:00Z", "none", "has not been recorded yet"},
	} {
		code, answer := s.ask("POST", "/api/v1/jobs/preview", map[string]any{"query": "src host 10.0.0.1", "from": tt.from, "to": tt.to})
		part := answer["sensors"].([]any)[0].(map[string]any)
		if code != 200 || part["has"] != tt.has || part["text"] != tt.text {
			t.Errorf("%s to %s: got %v, want %s, %q", tt.from, tt.to, part, tt.has, tt.text)
		}
		if cut, _ := part["cut_here"].([]any); len(cut) != 2 || cut[1] != "src host 10.0.0.1" {
			t.Errorf("got cut here %v", cut)
		}
	}
	if code, answer := s.ask("POST", "/api/v1/jobs/preview", map[string]any{"query": "host"}); code != 400 || answer["column"] != 5.0 {
		t.Errorf("bad filter: got %d %v", code, answer)
	}
	if len(fake.Queries()) != 0 {
		t.Errorf("a preview asked %v", fake.Queries())
	}
}

// Ensure a preview tells from Zeek's connection log what is to come.
func TestPreviewEstimatesFromConnectionLines(t *testing.T) {
	s, _ := fleetSite(t)
	s.ingest("tag=zeek.conn", `{"ts":1588316460.0,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1000,"id.resp_h":"10.0.0.2","id.resp_p":53,"proto":"udp","orig_pkts":3,"orig_ip_bytes":300,"resp_pkts":2,"resp_ip_bytes":200}
{"ts":1588316461.0,"uid":"C2","id.orig_h":"10.0.0.1","id.orig_p":1001,"id.resp_h":"10.0.0.9","id.resp_p":80,"proto":"tcp","orig_pkts":5,"orig_ip_bytes":500,"resp_pkts":5,"resp_ip_bytes":500}`)
	code, answer := s.ask("POST", "/api/v1/jobs/preview", map[string]any{"query": askedWindow})
	if code != 200 || answer["packets"] != 15.0 || answer["bytes"] != 1500.0+15*14 || answer["basis"] != "estimated from 2 connection lines" {
		t.Errorf("got %d %v", code, answer)
	}
	_, answer = s.ask("POST", "/api/v1/jobs/preview", map[string]any{"query": "host 10.0.0.9 and port 80 and " + askedWindow})
	if answer["packets"] != 10.0 {
		t.Errorf("of one connection: got %v", answer)
	}
	_, answer = s.ask("POST", "/api/v1/jobs/preview?cost=0", map[string]any{"query": askedWindow})
	if answer["packets"] != nil || answer["sensors"] == nil {
		t.Errorf("without costs: got %v", answer)
	}
	if code, _ := s.ask("POST", "/api/v1/jobs/preview?cost=2", map[string]any{"query": askedWindow}); code != 400 {
		t.Errorf("cost=2: got %d, want 400", code)
	}
}

func TestSensorsAreMadeInThePage(t *testing.T) {
	s, fake := fleetSite(t)
	read := func(name string) string {
		b, err := os.ReadFile(name)
		must(t, err)
		return string(b)
	}
	c := fake.Config("Region 2")
	files := map[string]string{"ca": read(c.CA), "cert": read(c.Cert), "key": read(c.Key)}
	form := map[string]any{"name": "Region 2", "url": c.URL, "tag": "packet.two", "files": files}

	code, answer := s.ask("POST", "/api/v1/sensors/test", form)
	if code != 200 || answer["ok"] != true {
		t.Fatalf("test before it is made: got %d %v", code, answer)
	}
	code, answer = s.ask("POST", "/api/v1/sensors", form)
	if code != 201 || answer["id"] != "region-2" || answer["editable"] != true || answer["version"] != 1.0 {
		t.Fatalf("made: got %d %v", code, answer)
	}
	if code, _ = s.ask("POST", "/api/v1/sensors", form); code != 409 {
		t.Errorf("made twice: got %d, want 409", code)
	}
	_, job := s.ask("POST", "/api/v1/jobs", map[string]any{"query": askedWindow, "sensors": []string{"region-2"}})
	if got := s.ended("1"); got["state"] != "done" || got["packets"] != 2.0 {
		t.Errorf("asked: got %v, %v", job, got)
	}
	code, answer = s.ask("PUT", "/api/v1/sensors/region-2", map[string]any{"name": "Second", "url": c.URL, "version": 1})
	if code != 200 || answer["name"] != "Second" || answer["version"] != 2.0 {
		t.Errorf("changed, files stay: got %d %v", code, answer)
	}
	if code, answer = s.ask("POST", "/api/v1/sensors/region-2/test", map[string]any{}); answer["ok"] != true {
		t.Errorf("after the change: got %d %v", code, answer)
	}
	if code, _ = s.ask("PUT", "/api/v1/sensors/region-2", map[string]any{"name": "Third", "url": c.URL, "version": 1}); code != 409 {
		t.Errorf("changed from an old version: got %d, want 409", code)
	}
	raw := s.text("/api/v1/sensors/region-2")
	if strings.Contains(raw, "BEGIN") || strings.Contains(raw, ".pem") || !strings.Contains(raw, `"files":["ca","cert","key"]`) {
		t.Errorf("shown: got %s", raw)
	}
	if code, _ = s.ask("PUT", "/api/v1/sensors/region-1", map[string]any{"name": "x", "version": 0}); code != 403 {
		t.Errorf("sensor of the configuration: got %d, want 403", code)
	}
	if code, _ = s.ask("DELETE", "/api/v1/sensors/region-2?version=2", nil); code != 204 {
		t.Errorf("removed: got %d", code)
	}
	if code, _ = s.ask("GET", "/api/v1/sensors/region-2", nil); code != 404 {
		t.Errorf("after that: got %d, want 404", code)
	}
}

func TestSensorFormSaysWhatIsWrong(t *testing.T) {
	s, fake := fleetSite(t)
	other := fleettest.NewFake(t, fleettest.Capture(nil))
	read := func(name string) string {
		b, err := os.ReadFile(name)
		must(t, err)
		return string(b)
	}
	c, o := fake.Config(""), other.Config("")
	good := map[string]string{"ca": read(c.CA), "cert": read(c.Cert), "key": read(c.Key)}
	for _, tt := range []struct {
		name, url string
		change    map[string]string
		field     string
		says      string
	}{
		{"no file", c.URL, map[string]string{"key": ""}, "key", "the uploaded key is not a PEM file"},
		{"key of another", c.URL, map[string]string{"key": read(o.Key)}, "key", "the uploaded key does not fit the certificate the uploaded cert"},
		{"another authority", c.URL, map[string]string{"ca": read(o.CA)}, "cert", "was not signed by the CA"},
		{"address", "http://10.0.0.1", nil, "url", "must begin with https://"},
		{"strange file", c.URL, map[string]string{"../x": "y"}, "files", "is none of"},
	} {
		files := map[string]string{}
		for k, v := range good {
			files[k] = v
		}
		for k, v := range tt.change {
			files[k] = v
		}
		code, answer := s.ask("POST", "/api/v1/sensors", map[string]any{"name": "New", "url": tt.url, "files": files})
		text, _ := answer["error"].(string)
		if code != 400 || answer["field"] != tt.field || !strings.Contains(text, tt.says) || strings.Contains(text, "/tmp") {
			t.Errorf("%s: got %d %v, want field %q, %q", tt.name, code, answer, tt.field, tt.says)
		}
	}
	// What can't be reached is told by a test, and no hindrance to keep it.
	code, answer := s.ask("POST", "/api/v1/sensors/test", map[string]any{"name": "New", "url": "https://127.0.0.1:1", "files": good})
	if text, _ := answer["message"].(string); code != 200 || answer["ok"] != false || !strings.Contains(text, "can't be reached") {
		t.Errorf("nobody there: got %d %v", code, answer)
	}
}

func TestPivotsOfALine(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=zeek.conn", `{"ts":1588316963.456353,"uid":"C1","id.orig_h":"10.0.1.5","id.orig_p":60997,"id.resp_h":"192.168.0.4","id.resp_p":8080,"proto":"tcp","duration":2.5}`)
	s.ingest("tag=syslog&format=text", "gate sshd: failed from 203.0.113.7\n")
	_, found := s.ask("GET", "/api/v1/search?q=tag:zeek.conn", nil)
	id := found["entries"].([]any)[0].(map[string]any)["id"].(string)
	code, answer := s.ask("GET", "/api/v1/entries/"+id+"/pivots?margin=60", nil)
	if code != 200 || answer["from"] != "2020-05-01T07:09:23.456353Z" || answer["to"] != "2020-05-01T07:09:25.956353Z" {
		t.Fatalf("got %d %v", code, answer)
	}
	const window = " and after 2020-05-01T07:08:23Z and before 2020-05-01T07:10:26Z"
	want := map[string]string{
		"connection":       "host 10.0.1.5 and host 192.168.0.4 and port 60997 and port 8080 and tcp" + window,
		"hosts":            "host 10.0.1.5 and host 192.168.0.4" + window,
		"host:10.0.1.5":    "host 10.0.1.5" + window,
		"host:192.168.0.4": "host 192.168.0.4" + window,
	}
	pivots := answer["pivots"].([]any)
	for _, p := range pivots {
		p := p.(map[string]any)
		if p["query"] != want[p["id"].(string)] {
			t.Errorf("%s: got %q, want %q", p["id"], p["query"], want[p["id"].(string)])
		}
		if _, err := fleet.ParseFilter(p["query"].(string), time.Now()); err != nil {
			t.Error(err)
		}
	}
	if len(pivots) != len(want) {
		t.Errorf("got %d pivots, want %d", len(pivots), len(want))
	}
	_, found = s.ask("GET", "/api/v1/search?q=tag:syslog", nil)
	id = found["entries"].([]any)[0].(map[string]any)["id"].(string)
	_, answer = s.ask("GET", "/api/v1/entries/"+id+"/pivots", nil)
	if pivots := answer["pivots"].([]any); len(pivots) != 1 || pivots[0].(map[string]any)["filter"] != "host 203.0.113.7" {
		t.Errorf("line with an address: got %v", pivots)
	}
}

// Ensure what was made for Packet Fleet works: the page's address, the form's
// body, the lists.
func TestPacketFleetsInterface(t *testing.T) {
	s, fake := fleetSite(t)
	hold := make(chan struct{})
	defer close(hold)
	fake.Answer(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	if got := s.text("/packetfleet/conns"); got != `["Region 1"]` {
		t.Errorf("conns: got %s", got)
	}
	post := func(body, contentType, origin string) (int, string) {
		request, err := http.NewRequest("POST", s.URL+"/packetfleet/", bytes.NewReader([]byte(body)))
		must(t, err)
		request.Header.Set("Content-Type", contentType)
		if origin != "" {
			request.Header.Set("Origin", origin)
		}
		answer, err := s.Client().Do(request)
		must(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		must(t, err)
		return answer.StatusCode, strings.TrimSpace(string(text))
	}
	body := `{"Q":"host 8.8.8.8","S":"100","C":["Region 1"]}`
	if code, text := post(body, "application/json", ""); code != 200 || text != "1" {
		t.Errorf("submit: got %d %q, want the job's number", code, text)
	}
	if got, want := s.text("/packetfleet/status"), `[{"ID":1,"Bytes":0,"Query":"host 8.8.8.8","Source":100,"Conns":["Region 1"]}]`; got != want {
		t.Errorf("status: got %s, want %s", got, want)
	}
	for _, tt := range []struct {
		body, kind, origin string
		code               int
	}{
		{`{"Q":"host","S":"","C":["Region 1"]}`, "application/json", "", 400},
		{`{"Q":"tcp","S":"x","C":["Region 1"]}`, "application/json", "", 400},
		{`{"Q":"tcp","C":["Region 9"]}`, "application/json", "", 400},
		{`{"Q":"tcp","C":[]}`, "application/json", "", 400},
		{body, "text/plain", "", 415},
		{body, "application/json", "https://evil.example", 403},
	} {
		if code, text := post(tt.body, tt.kind, tt.origin); code != tt.code {
			t.Errorf("%s from %q: got %d %s, want %d", tt.body, tt.origin, code, text, tt.code)
		}
	}
	client := *s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Get(s.URL + "/packetfleet/?q=" + url.QueryEscape("host 8.8.8.8 and port 53") + "&s=100")
	must(t, err)
	answer.Body.Close()
	if got := answer.Header.Get("Location"); answer.StatusCode != 303 || got != "/fleet?ask=host+8.8.8.8+and+port+53&src=100" {
		t.Errorf("page: got %d to %q", answer.StatusCode, got)
	}
}
