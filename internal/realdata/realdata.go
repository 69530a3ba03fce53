// Package realdata finds the real logs and captures that tests named
// TestData... run on. They lie beside the project and are never part of it.
package realdata

import (
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
