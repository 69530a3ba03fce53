package meta_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"spoor/internal/meta"
)

// Ensure a snapshot opens as it is and does not change any more, and that an
// open, a missing and a damaged file are told from a good one.
func TestSnapshotAndCheck(t *testing.T) {
	dir := t.TempDir()
	path, to := filepath.Join(dir, "meta.db"), filepath.Join(dir, "copy.db")
	db, err := meta.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := meta.NewBucket[string](db, "records")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(records.Put("a", "one"), db.Snapshot(to), records.Put("b", "two"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Snapshot(to); err == nil {
		t.Error("a snapshot has replaced another")
	}
	if err := meta.Check(path, func(string) {}); !errors.Is(err, meta.ErrLocked) {
		t.Errorf("an open file: got %v, want ErrLocked", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, to} {
		if err := meta.Check(p, func(reason string) { t.Errorf("%s: %s", p, reason) }); err != nil {
			t.Error(err)
		}
	}
	copied, err := meta.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	records, err = meta.NewBucket[string](copied, "records")
	if all, bad := records.All(); err != nil || bad != nil || len(all) != 1 || all[0] != "one" {
		t.Errorf("got %v, %v, want what was there then", all, bad)
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
	if err := meta.Check(filepath.Join(dir, "none"), func(string) {}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	whole, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole { // a record that is no JSON any more
		if string(whole[i:min(i+5, len(whole))]) == `"one"` {
			whole[i] = 'x'
		}
	}
	if err := os.WriteFile(to, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	found := 0
	if err := meta.Check(to, func(string) { found++ }); err != nil || found != 1 {
		t.Errorf("a damaged record: got %d findings, %v, want 1", found, err)
	}
}
