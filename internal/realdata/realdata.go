// Package realdata finds the real logs and captures that tests named
// TestData... run on. They lie beside the project and are never part of it.
package realdata

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder named by SPOOR_DATA, or ../shared/data beside the
// module's folder. Without it the test is skipped, except in CI, where it
// fails.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SPOOR_DATA")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "facts.json")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no real data: %v", err)
		}
		t.Skipf("no real data (set SPOOR_DATA): %v", err)
	}
	return dir
}

// moduleRoot is the folder of go.mod; a test runs in that of its package.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// Capture is what facts.json says of a capture file.
type Capture struct {
	// File is its place below Dir.
	File      string `json:"dest"`
	Packets   int    `json:"packets"`
	Truncated int    `json:"truncated"`
	// First and Last are times of packets, RFC 3339.
	First    string `json:"first"`
	Last     string `json:"last"`
	TopHosts []struct {
		Host  string `json:"host"`
		BPF   int    `json:"bpf_host"`
		Outer int    `json:"outer"`
	} `json:"top_hosts"`
}

// Captures lists the capture files of Dir's result. It fails the test when
// there are fewer than there ought to be.
func Captures(t testing.TB, dir string) []Capture {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Files []struct {
			Kind string `json:"kind"`
			Capture
		}
	}
	if err := json.Unmarshal(b, &facts); err != nil {
		t.Fatal(err)
	}
	var out []Capture
	for _, f := range facts.Files {
		if f.Kind == "capture" {
			out = append(out, f.Capture)
		}
	}
	if len(out) < 60 {
		t.Fatalf("got %d captures in facts.json, want 71", len(out))
	}
	return out
}
