package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests start this binary again as spoor itself, so that they can stop
// and kill a real process.
const asSpoor = "SPOOR_TEST_AS_SPOOR"

func TestMain(m *testing.M) {
	if os.Getenv(asSpoor) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// process is a spoor of its own.
type process struct {
	*exec.Cmd
	t   *testing.T
	url string
	mu  sync.Mutex // guards log
	log bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

var address = regexp.MustCompile(`https?://\S+`)

// start runs spoor with these arguments and waits until it says where it
// listens.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), t: t}
	p.Env = append(os.Environ(), asSpoor+"=1")
	p.Stderr = p
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ProcessState == nil {
			p.Process.Kill()
			p.Wait()
		}
		if t.Failed() {
			t.Logf("spoor %s said:\n%s", strings.Join(args, " "), p.said())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if p.url = address.FindString(lines.Text()); p.url != "" {
			return p
		}
	}
	p.Wait()
	t.Fatalf("spoor %s did not start: %s", strings.Join(args, " "), p.said())
	return nil
}

// spoor runs a command to its end and returns its exit code and what it said.
func spoor(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), asSpoor+"=1")
	b, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(b)
}
