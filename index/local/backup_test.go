package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/index"
)

// checkClean checks a closed folder and returns what was counted.
func checkClean(t *testing.T, dir string) Checked {
	t.Helper()
	sum, err := Check(t.Context(), dir, func(d Damage) { t.Errorf("check: %s", d) })
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// Ensure a backup made while entries arrive, are sealed and are deleted holds
// everything acknowledged before, opens as it is, and is not changed by what
// the store does later.
func TestBackupIsConsistentWhileAllElseGoesOn(t *testing.T) {
	s, _ := openFailing(t, t.TempDir(), Options{SealBytes: 3000, BlockBytes: 400})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- s.Run(ctx) }()
	if err := s.Put(ctx, of(2, 0, 500)); err != nil {
		t.Fatal(err)
	}
	mustDelete(t, s, index.Selector{Source: 2, To: time.Unix(100, 0)}, 100)
	if err := s.PutMarked(ctx, of(3, 0, 1), index.Mark{Key: "k", Line: 1}); err != nil {
		t.Fatal(err)
	}
	put := make(chan int, 1000)
	go func() {
		for i := 0; ctx.Err() == nil && i < 1000; i++ {
			if err := s.Put(context.WithoutCancel(ctx), of(1, i*10, i*10+10)); err != nil {
				done <- err
				return
			}
			put <- i*10 + 10
		}
		done <- nil
	}()
	type backup struct {
		dir   string
		least int
	}
	var all []backup
	for range 5 {
		b := backup{filepath.Join(t.TempDir(), "to"), <-put}
		if err := s.Backup(ctx, b.dir); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	stop()
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	mustDelete(t, s, index.Selector{Source: 2}, 400)
	for i, b := range all {
		sum := checkClean(t, b.dir)
		r, err := Open(b.dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := shownIn(t, r)
		of1 := n - 401
		if len(r.Damage()) > 0 || int(of1) < b.least || of1%10 != 0 || sum.Entries != n+100 {
			t.Errorf("backup %d: %d entries of source 1, want %d or more by tens; check counts %d; damage %v", i, of1, b.least, sum.Entries, r.Damage())
		}
		if m := markOf(t, r, "k"); m.Line != 1 {
			t.Errorf("backup %d: the mark is %+v", i, m)
		}
		if err := errors.Join(r.Put(t.Context(), of(1, 0, 10)), r.SealAll(t.Context()), r.Close()); err != nil {
			t.Error(err)
		}
		checkClean(t, b.dir)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkClean(t, s.dir)
}

// Ensure a backup goes into no folder that holds something, and ends when its
// context does.
func TestBackupRefusesAFolderInUse(t *testing.T) {
	s, _ := openFailing(t, t.TempDir(), Options{})
	sealed(t, s, of(1, 0, 10))
	if err := s.Backup(t.Context(), s.dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v, want it to refuse its own folder", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(gone, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Ensure a copy is made where files can't be linked.
func TestBackupCopiesWhatItCannotLink(t *testing.T) {
	from := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(from, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	to := filepath.Join(t.TempDir(), "t")
	if err := copyFrom(t.Context(), f, to); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != "content" {
		t.Errorf("got %q, %v", b, err)
	}
}

// Ensure Check finds a flipped bit in every file, says which, and changes
// nothing; and that it finds an index that fits its own checksum and not its
// blocks.
func TestCheckFindsEveryDamage(t *testing.T) {
	dir := t.TempDir()
	s, _ := openFailing(t, dir, Options{BlockBytes: 200})
	sealed(t, s, of(1, 0, 200), of(2, 0, 100))
	if err := errors.Join(s.Put(t.Context(), of(1, 200, 230)), s.Put(t.Context(), of(1, 230, 240))); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(t.Context(), dir, func(Damage) {}); !errors.Is(err, ErrInUse) {
		t.Errorf("an open store: got %v, want ErrInUse", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if sum := checkClean(t, dir); sum.Entries != 340 || sum.Segments != 2 || sum.Blocks < 10 {
		t.Errorf("got %+v, want 340 entries of 2 segments", sum)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == catalogName {
			return err
		}
		files++
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		flipped := append([]byte(nil), whole...)
		flipped[len(flipped)/3] ^= 4
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			return err
		}
		var found []string
		if _, err := Check(t.Context(), dir, func(d Damage) { found = append(found, d.String()) }); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if !strings.Contains(strings.Join(found, "\n"), strings.TrimSuffix(path, "/"+d.Name())) {
			t.Errorf("%s: a flipped bit is not found, but %q", path, found)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != string(flipped) {
			t.Errorf("%s: checking has changed it", path)
		}
		return os.WriteFile(path, whole, 0o600)
	})
	if err != nil || files < 8 {
		t.Fatalf("%d files, %v", files, err)
	}
	checkClean(t, dir)
	if _, err := Check(t.Context(), t.TempDir(), func(Damage) {}); err == nil {
		t.Error("an empty folder: got no error")
	}
}

// Ensure Check compares terms: here a block says another word than the index
// that was built for it.
func TestCheckComparesIndexAndBlocks(t *testing.T) {
	dir := t.TempDir()
	s, _ := openFailing(t, dir, Options{})
	entries := lines(0, 2)
	entries[0].Raw = []byte("needle")
	sealed(t, s, entries)
	seg := s.segments[0]
	c := &checker{ctx: t.Context(), store: s, found: func(d Damage) { t.Errorf("before: %s", d) }}
	record := segmentRecord{ID: 1, Rows: seg.rows}
	if err := c.segment(record); err != nil {
		t.Fatal(err)
	}
	of := make([]digest, 1)
	if err := c.block(seg, 0, &of[0], map[uint32]*streamPart{}); err != nil {
		t.Fatal(err)
	}
	of[0].sum++
	found := 0
	c.found = func(Damage) { found++ }
	if err := c.index(seg, of); err != nil || found != 1 {
		t.Errorf("got %d damages, %v, want 1", found, err)
	}
}
