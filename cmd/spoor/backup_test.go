package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// askBackup asks a server for a backup.
func askBackup(t *testing.T, base, body string) (status int, name, failed string) {
	t.Helper()
	answer, err := http.Post(base+"/api/v1/backup", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct{ Name, Error string }
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, a.Name, a.Error
}

// tool runs a subcommand and returns its status and all that it said.
func tool(args ...string) (status int, said string) {
	var b strings.Builder
	status = run(args, &b, &b)
	return status, b.String()
}

// Ensure a backup of a running server, and one of a stopped one, bring back
// what was there then, with records and ids; and that check tells a good
// folder from a damaged one.
func TestBackupRestoreAndCheck(t *testing.T) {
	dir, backups := t.TempDir(), t.TempDir()
	p := serveIn(t, dir, "--backup-dir", backups, "--seal-size", "2000")
	if _, err := post(p.url, strings.Repeat("a line before the backup\n", 500)); err != nil {
		t.Fatal(err)
	}
	if got, err := http.Post(p.url+"/api/v1/frozen", "application/json", strings.NewReader(`{"q":"line","note":"kept"}`)); err != nil || got.StatusCode != 201 {
		t.Fatalf("freeze: %v %v", got, err)
	}
	status, name, failed := askBackup(t, p.url, "{}")
	if status != 201 || name == "" {
		t.Fatalf("backup: got %d %s", status, failed)
	}
	if _, err := post(p.url, "a line after the backup\n"); err != nil {
		t.Fatal(err)
	}
	if status, said := tool("backup", "--data", dir, filepath.Join(backups, "other")); status != 1 || !strings.Contains(said, "POST /api/v1/backup") {
		t.Errorf("backup of a running server's folder: got %d %s", status, said)
	}
	if status, said := tool("check", "--data", dir); status != 1 || !strings.Contains(said, "in use") {
		t.Errorf("check of a running server's folder: got %d %s", status, said)
	}
	p.Process.Signal(syscall.SIGKILL)
	p.Wait()
	stopped := filepath.Join(backups, "stopped")
	if status, said := tool("backup", "--data", dir, stopped); status != 0 {
		t.Fatalf("backup of a stopped server: got %d %s", status, said)
	}
	if status, _ := tool("backup", "--data", dir, stopped); status != 1 {
		t.Error("a backup has replaced another")
	}
	for from, want := range map[string]int{filepath.Join(backups, name): 500, stopped: 501} {
		to := filepath.Join(t.TempDir(), "data")
		if status, said := tool("restore", "--data", to, from); status != 0 {
			t.Fatalf("restore: got %d %s", status, said)
		}
		for _, folder := range []string{from, to} {
			if status, said := tool("check", "--data", folder); status != 0 {
				t.Errorf("check %s: got %d %s", folder, status, said)
			}
		}
		r := serveIn(t, to)
		if n := counted(t, r.url, "line"); n != want {
			t.Errorf("restored from %s: got %d lines, want %d", from, n, want)
		}
		if n := inSet(t, r.url, 1, "line"); n != 500 {
			t.Errorf("restored from %s: the frozen set has %d lines, want 500", from, n)
		}
		r.Process.Signal(syscall.SIGTERM)
		r.Wait()
		if status, said := tool("restore", "--data", to, from); status != 1 || !strings.Contains(said, "not empty") {
			t.Errorf("restore over data: got %d %s", status, said)
		}
	}
	damage(t, stopped)
	if status, said := tool("check", "--data", stopped); status != 1 || !strings.Contains(said, "blocks.dat at ") {
		t.Errorf("check of a damaged folder: got %d %s", status, said)
	}
}

// damage flips a bit in a file of blocks.
func damage(t *testing.T, dir string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "data", "segments", "*", "blocks.dat"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no blocks: %v", err)
	}
	b, err := os.ReadFile(all[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	// A file of its own: this one may be linked to the server's.
	if err := os.Remove(all[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(all[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Ensure a server writes backups only where it was told at the start.
func TestBackupIsRefusedWithoutAFolder(t *testing.T) {
	p := serveIn(t, t.TempDir())
	if status, _, failed := askBackup(t, p.url, "{}"); status != 403 || !strings.Contains(failed, "--backup-dir") {
		t.Errorf("got %d %s, want 403", status, failed)
	}
	if status, _, failed := askBackup(t, p.url, `{"dir": "/tmp"}`); status != 400 {
		t.Errorf("a folder in the request: got %d %s, want 400", status, failed)
	}
	if status, said := tool("restore", "--data", filepath.Join(t.TempDir(), "x"), t.TempDir()); status != 1 || !strings.Contains(said, "no backup") {
		t.Errorf("restore of a folder that is no backup: got %d %s", status, said)
	}
	if status, _ := tool("check", "--data", t.TempDir()); status != 1 {
		t.Error("check of a folder without data: got 0")
	}
}

// inSet counts the entries of a frozen set that match.
func inSet(t *testing.T, base string, set int, q string) int {
	t.Helper()
	answer, err := http.Get(fmt.Sprintf("%s/api/v1/search?limit=0&frozen=%d&q=%s", base, set, url.QueryEscape(q)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct {
		Total int
		Error string
	}
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil || a.Error != "" {
		t.Fatalf("set %d: %v %s", set, err, a.Error)
	}
	return a.Total
}
