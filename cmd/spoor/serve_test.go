package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"spoor/internal/pki"
)

// post ingests lines and returns how many were acknowledged.
func post(base, lines string) (int, error) {
	answer, err := http.Post(base+"/api/v1/ingest?tag=app", "text/plain", strings.NewReader(lines))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return 0, fmt.Errorf("ingest: %s", answer.Status)
	}
	var a struct{ Accepted int }
	return a.Accepted, json.NewDecoder(answer.Body).Decode(&a)
}

// counted returns the exact number of entries that match.
func counted(t *testing.T, base, q string) int {
	t.Helper()
	answer, err := http.Get(base + "/api/v1/search?limit=0&q=" + url.QueryEscape(q))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct {
		Total int
		Exact bool
		Error string
	}
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil || !a.Exact {
		t.Fatalf("search %q: %v %+v", q, err, a)
	}
	return a.Total
}

// all returns every stored line and how often it is stored.
func all(t *testing.T, base string) map[string]int {
	t.Helper()
	answer, err := http.Get(base + "/api/v1/export?format=raw")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for _, l := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		lines[l]++
	}
	return lines
}

func serveIn(t *testing.T, dir string, more ...string) *process {
	t.Helper()
	return start(t, append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, more...)...)
}

// Ensure that nothing acknowledged is lost, and nothing is there twice or
// half, when the process is killed in the middle of ingest and of seals.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	var acknowledged, sent sync.Map
	var number atomic.Int64
	for round := range 4 {
		// Small segments, so that the kill often hits a seal.
		p := serveIn(t, dir, "--seal-size", "100000", "--seal-age", "50ms")
		enough := int64(100 + rand.IntN(400))
		var answers atomic.Int64
		var once sync.Once
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for {
					var body bytes.Buffer
					var lines []string
					for range 20 {
						l := fmt.Sprintf("line %08d of round %d %s", number.Add(1), round, strings.Repeat("x", rand.IntN(200)))
						lines = append(lines, l)
						sent.Store(l, true)
						body.WriteString(l + "\n")
					}
					n, err := post(p.url, body.String())
					if err != nil {
						return // killed
					}
					if n != len(lines) {
						t.Errorf("acknowledged %d of %d lines", n, len(lines))
						return
					}
					for _, l := range lines {
						acknowledged.Store(l, true)
					}
					if answers.Add(1) >= enough {
						once.Do(func() { p.Process.Signal(syscall.SIGKILL) })
					}
				}
			})
		}
		clients.Wait()
		p.Wait()
	}
	p := serveIn(t, dir)
	stored := all(t, p.url)
	total := 0
	acknowledged.Range(func(l, _ any) bool {
		if stored[l.(string)] != 1 {
			t.Errorf("acknowledged line is there %d times: %s", stored[l.(string)], l)
		}
		total++
		return total < 1e6 && !t.Failed()
	})
	for l, n := range stored {
		if _, known := sent.Load(l); !known || n != 1 {
			t.Fatalf("stored %d times and never sent so: %q", n, l)
		}
	}
	if got := counted(t, p.url, "line"); got != len(stored) {
		t.Errorf("search counts %d, export has %d", got, len(stored))
	}
	t.Logf("%d lines acknowledged, %d stored", total, len(stored))
}

// Ensure that SIGTERM lets the request under way end, ends with status 0, and
// that what it stored is there at the next start.
func TestTerminatedServerDrains(t *testing.T) {
	dir := t.TempDir()
	p := serveIn(t, dir)
	body, feed := io.Pipe()
	answered := make(chan error, 1)
	go func() {
		answer, err := http.Post(p.url+"/api/v1/ingest?tag=app", "text/plain", body)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode != 200 {
				err = fmt.Errorf("ingest: %s", answer.Status)
			}
		}
		answered <- err
	}()
	if _, err := io.WriteString(feed, "the first line\n"); err != nil {
		t.Fatal(err)
	}
	// An event stream that never ends by itself must not hold the stop up.
	events, err := http.Get(p.url + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return strings.Contains(p.said(), "stopping") })
	io.WriteString(feed, "the last line\n")
	feed.Close()
	if err := <-answered; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	if got := counted(t, serveIn(t, dir).url, "line"); got != 2 {
		t.Errorf("after the restart: got %d lines, want 2", got)
	}
}

// waitFor polls a real process; there is no clock to fake in one.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for tick := time.NewTicker(10 * time.Millisecond); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("waited 20 s in vain")
		}
	}
}

// Ensure that a second process on the same data folder says so and harms
// nothing.
func TestSecondServerIsRefused(t *testing.T) {
	dir := t.TempDir()
	p := serveIn(t, dir)
	code, said := spoor(t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(said, dir) || !strings.Contains(said, "in use") {
		t.Errorf("got exit %d and %q, want 1 and the folder in use", code, said)
	}
	if got := counted(t, p.url, ""); got != 0 {
		t.Errorf("the first server: got %d entries", got)
	}
}

// Ensure that other machines reach Spoor only over TLS and with a token.
func TestBeyondLoopbackNeedsTLSAndToken(t *testing.T) {
	dir := t.TempDir()
	files, err := pki.WriteRegion(filepath.Join(dir, "certs"), pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(dir, "token")
	short := filepath.Join(dir, "short")
	for name, text := range map[string]string{token: "0123456789abcdef\n", short: "secret\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tls := []string{"--tls-cert", files.Server, "--tls-key", files.ServerKey}
	cases := []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "--token-file"},
		{"no token", tls, "--token-file"},
		{"no TLS", []string{"--token-file", token}, "--tls-cert"},
		{"short token", append([]string{"--token-file", short}, tls...), "6 characters"},
		{"key of another certificate", []string{"--token-file", token, "--tls-cert", files.Server, "--tls-key", files.ClientKey}, files.Server},
		{"certificate without key", []string{"--token-file", token, "--tls-cert", files.Server}, "go together"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, listen := range []string{"0.0.0.0:0", "[::]:0", ":0"} {
				code, said := spoor(t, append([]string{"serve", "--data", filepath.Join(dir, "data"), "--listen", listen}, c.args...)...)
				if code != 1 || !strings.Contains(said, c.want) {
					t.Errorf("%s: got exit %d and %q, want 1 and %q", listen, code, said, c.want)
				}
			}
		})
	}
}

// Ensure that the headless demo, the story from a line to its packets, holds.
func TestDemoTellsTheStory(t *testing.T) {
	code, said := spoor(t, "demo", "--headless")
	if code != 0 {
		t.Fatalf("got exit %d:\n%s", code, said)
	}
	for _, want := range []string{"src:100", "region-1: done", "region-2: done", "Exported as pcap"} {
		if !strings.Contains(said, want) {
			t.Errorf("the story does not say %q:\n%s", want, said)
		}
	}
}
