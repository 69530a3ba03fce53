package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"spoor/internal/pki"
	"spoor/internal/realdata"
)

// sensorOver runs `spoor sensor` over one capture and returns what `spoor
// serve` needs to know of it.
func sensorOver(t *testing.T, name, capture string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := pki.WriteRegion(filepath.Join(dir, "certs"), pki.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(capture)
	if err != nil {
		t.Fatal(err)
	}
	captures := filepath.Join(dir, "captures")
	if err := os.Mkdir(captures, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(absolute)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(captures, filepath.Base(capture)), b, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "sensor", "--listen", "127.0.0.1:0", "--dir", captures,
		"--cert", files.Server, "--key", files.ServerKey, "--ca", files.CA)
	return fmt.Sprintf("name=%s,url=%s,ca=%s,cert=%s,key=%s", name, p.url, files.CA, files.Client, files.ClientKey)
}

// send posts a file as it is.
func send(t *testing.T, base, params, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := http.NewRequest("POST", base+"/api/v1/ingest?"+params, f)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		r.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%s: %v %s %s", file, err, answer.Status, text)
	}
	var a struct{ Rejected int }
	if err := json.Unmarshal(text, &a); err != nil || a.Rejected != 0 {
		t.Fatalf("%s: %v %s", file, err, text)
	}
}

// Ensure that the story holds on real parts: from the line that names the
// attacker's server to its packets of three sensors, with the counts that
// grep and tcpdump give.
func TestDataFromALineToItsPackets(t *testing.T) {
	pair := filepath.Join(realdata.Dir(t), "pairs", "apt29-day2")
	names := []string{"UTICA-A", "NEWYORK", "SCRANTON"}
	args := []string{}
	for _, name := range names {
		args = append(args, "--sensor", sensorOver(t, name, filepath.Join(pair, name, name+".cap")))
	}
	p := serveIn(t, t.TempDir(), args...)
	logs, err := filepath.Glob(filepath.Join(pair, "UTICA-A", "zeek", "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	for _, l := range logs {
		send(t, p.url, "origin=UTICA-A", l)
	}
	for q, want := range map[string]int{
		"192.168.0.4":                       572,
		"192.168.0.4 tag:zeek.conn":         284,
		"192.168.0.4 tag:zeek.ssl":          283,
		"192.168.0.4 tag:zeek.files":        3,
		"192.168.0.4 tag:zeek.http":         1,
		"192.168.0.4 tag:zeek.notice":       1,
		"SSL::Invalid_Server_Cert":          1,
		"tag:zeek.conn id.orig_h:10.0.1.5":  353,
		"tag:zeek.conn source.ip:10.0.1.5":  353,
		"NOT 192.168.0.4 tag:zeek.notice":   0,
		"tag:zeek.http OR tag:zeek.notice":  2,
		"tag:zeek.conn NOT id_resp_p:443":   353 - 283,
		"tag:zeek.* host:192.168.0.4 uri:m": 1,
	} {
		if got := counted(t, p.url, q); got != want {
			t.Errorf("%s: got %d, want %d", q, got, want)
		}
	}
	for _, c := range []struct {
		query string
		want  map[string]int
	}{
		{"host 192.168.0.4", map[string]int{"utica-a": 3973, "newyork": 0, "scranton": 0}},
		{"host 192.168.0.4 and after 2020-05-01T07:09:00Z and before 2020-05-01T07:10:00Z", map[string]int{"utica-a": 409, "newyork": 0, "scranton": 0}},
		{"host 10.0.1.5", map[string]int{"utica-a": 5253, "newyork": 3162, "scranton": 240}},
	} {
		source, got := fetch(t, p.url, c.query)
		total := 0
		for id, want := range c.want {
			if got[id] != want {
				t.Errorf("%s from %s: got %d packets, want %d", c.query, id, got[id], want)
			}
			total += want
		}
		if found := counted(t, p.url, fmt.Sprintf("src:%d", source)); found != total {
			t.Errorf("src:%d: got %d packets, want %d", source, found, total)
		}
		if source == 100 {
			exportIsWhatWasRecorded(t, p.url, filepath.Join(pair, "UTICA-A", "UTICA-A.cap"))
		}
	}
}

// fetch runs a job on all sensors to its end.
func fetch(t *testing.T, base, query string) (source int, packets map[string]int) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "reason": "test"})
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		ID      int
		Source  int
		State   string
		Error   string
		Sensors []struct {
			Sensor, State, Error string
			Packets              int
		}
	}
	read := func(answer *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&job); err != nil || job.Error != "" {
			t.Fatalf("%s: %v %s", query, err, job.Error)
		}
	}
	read(http.Post(base+"/api/v1/jobs", "application/json", bytes.NewReader(body)))
	waitFor(t, func() bool {
		read(http.Get(fmt.Sprintf("%s/api/v1/jobs/%d", base, job.ID)))
		return job.State != "queued" && job.State != "running"
	})
	packets = map[string]int{}
	for _, s := range job.Sensors {
		if s.State != "done" {
			t.Errorf("%s from %s: %s %s", query, s.Sensor, s.State, s.Error)
		}
		packets[s.Sensor] = s.Packets
	}
	return job.Source, packets
}

// exportIsWhatWasRecorded compares the export of src:100 with what tshark
// takes out of the recording: times, lengths and bytes of every packet.
func exportIsWhatWasRecorded(t *testing.T, base, recording string) {
	t.Helper()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Logf("export not compared: %v", err)
		return
	}
	answer, err := http.Get(base + "/api/v1/export?format=pcap&q=" + url.QueryEscape("src:100"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	exported := filepath.Join(t.TempDir(), "exported.pcap")
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exported, b, 0o600); err != nil {
		t.Fatal(err)
	}
	list := func(file string) string {
		out, err := exec.Command(tshark, "-n", "-r", file, "-Y", "ip.addr==192.168.0.4", "-x").Output()
		if err != nil {
			t.Fatalf("tshark on %s: %v", file, err)
		}
		return string(out)
	}
	times := func(file string) string {
		out, err := exec.Command(tshark, "-n", "-r", file, "-Y", "ip.addr==192.168.0.4", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len").Output()
		if err != nil {
			t.Fatalf("tshark on %s: %v", file, err)
		}
		return string(out)
	}
	if hexOnly(list(exported)) != hexOnly(list(recording)) || times(exported) != times(recording) {
		t.Error("the exported packets are not those recorded")
	}
}

// hexOnly leaves the dump lines of tshark -x, which no frame number disturbs.
func hexOnly(dump string) string {
	var b strings.Builder
	for _, l := range strings.Split(dump, "\n") {
		if len(l) > 6 && l[4] == ' ' && strings.Trim(l[:4], "0123456789abcdef") == "" {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// Ensure that a word stands at the border of a JSON escape, over a real file
// of 120 MB.
func TestDataEscapesAreBorders(t *testing.T) {
	p := serveIn(t, t.TempDir())
	send(t, p.url, "origin=lsass05", filepath.Join(realdata.Dir(t), "logs", "windows-json", "lsass05.json.gz"))
	for q, want := range map[string]int{"Subject": 1593, "": 59707, "10.0.5.14": 8, "192.168.56.1": 419} {
		if got := counted(t, p.url, q); got != want {
			t.Errorf("%q: got %d, want %d", q, got, want)
		}
	}
}
