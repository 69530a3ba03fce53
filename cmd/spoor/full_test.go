package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fullDisk is set in the child that has a small disk mounted at its value.
const fullDisk = "SPOOR_TEST_FULL_DISK"

// onSmallDisk runs the test again in a mount namespace of its own and returns
// a folder there on a disk of that size; where child is false it was run.
func onSmallDisk(t *testing.T, size string) (dir string, child bool) {
	t.Helper()
	if dir := os.Getenv(fullDisk); dir != "" {
		// No mount leaves the namespace, which goes with this process.
		if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatalf("make mounts private: %v", err)
		}
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
			t.Fatalf("mount a small disk: %v", err)
		}
		return dir, true
	}
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("CI runs this as root, who may mount a small disk")
		}
		t.Skip("only root may mount a small disk")
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), fullDisk+"="+t.TempDir())
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	out, err := again.CombinedOutput()
	switch {
	case err != nil && strings.Contains(err.Error(), "operation not permitted") && os.Getenv("CI") == "":
		t.Skipf("no mount namespace here: %v", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return "", false
}

// postStatus ingests lines and returns status and how many were accepted.
func postStatus(t *testing.T, base, lines string) (status, accepted int) {
	t.Helper()
	answer, err := http.Post(base+"/api/v1/ingest?tag=app", "text/plain", strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct{ Accepted int }
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, a.Accepted
}

// sender sends bodies of lines that don't compress, and remembers which of
// them were acknowledged.
type sender struct {
	t    *testing.T
	base string
	kept map[string]bool
	n    int
}

func (s *sender) send() (status int) {
	s.t.Helper()
	var body strings.Builder
	var lines []string
	for range 100 {
		noise := make([]byte, 500)
		rand.Read(noise)
		lines = append(lines, fmt.Sprintf("line %06d %s", s.n, hex.EncodeToString(noise)))
		body.WriteString(lines[len(lines)-1] + "\n")
		s.n++
	}
	status, accepted := postStatus(s.t, s.base, body.String())
	switch {
	case status == 200 && accepted == len(lines):
		for _, l := range lines {
			s.kept[l] = true
		}
	case accepted != 0:
		s.t.Fatalf("got %d with %d of %d lines accepted", status, accepted, len(lines))
	}
	return status
}

// verify compares what is stored with what was acknowledged.
func (s *sender) verify(when string) {
	s.t.Helper()
	stored := all(s.t, s.base)
	for l, n := range stored {
		if n != 1 || !s.kept[l] {
			s.t.Fatalf("%s: stored %d times, acknowledged %v: %.40s", when, n, s.kept[l], l)
		}
	}
	if n := counted(s.t, s.base, "line"); n != len(s.kept) || len(stored) != len(s.kept) {
		s.t.Fatalf("%s: %d lines counted and %d exported, %d acknowledged", when, n, len(stored), len(s.kept))
	}
}

// Ensure a full disk is answered with 507 and loses and half stores nothing,
// that searches go on, and that ingest goes on by itself once there is room.
func TestFullDiskIsSurvived(t *testing.T) {
	dir, child := onSmallDisk(t, "24m")
	if !child {
		return
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 10<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	args := []string{"--seal-size", "400000", "--seal-age", "200ms"}
	p := serveIn(t, data, args...)
	s := &sender{t: t, base: p.url, kept: map[string]bool{}}
	refused := 0
	for i := 0; refused < 5; i++ {
		switch status := s.send(); status {
		case 200, 429: // 429 while it is not clear yet why sealing is behind
		case 507:
			refused++
			s.verify("full")
		default:
			t.Fatalf("got %d", status)
		}
		if i > 2000 {
			t.Fatal("the disk does not get full")
		}
	}
	t.Logf("%d lines fit", len(s.kept))
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	before := len(s.kept)
	waitFor(t, func() bool { s.send(); return len(s.kept) >= before+500 })
	s.verify("with room again")

	p.Process.Signal(syscall.SIGKILL)
	p.Wait()
	if status, said := tool("check", "--data", data); status != 0 {
		t.Errorf("check: %d %s", status, said)
	}
	p = serveIn(t, data, args...)
	s.base = p.url
	s.verify("after a restart")
	t.Logf("%d lines in the end", len(s.kept))
}
