package indextest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"spoor/index"
)

// What a store can do beyond index.Store takes part in testLife.
type (
	// compacter is a store that rewrites what it holds.
	compacter interface {
		Compact(ctx context.Context) error
	}
	// backer is a store of which a copy can be made that opens as it is.
	backer interface {
		Backup(ctx context.Context, dir string) error
	}
	// pauser is a store that works in the background, and stops that for
	// good: then a copy of its folder is what a crash leaves.
	pauser interface{ Pause() error }
)

// life is a store in the course of testLife.
type life struct {
	open Open
	s    index.Store
	dir  string
	g    generator
	ref  *reference
}

// testLife puts a store through everything that can happen to it, in a random
// order, while entries arrive: what it finds is always the same.
func testLife(t *testing.T, open Open) {
	l := &life{open: open, dir: t.TempDir(), g: nameGenerator(t, 0), ref: &reference{}}
	l.s = open(t, l.dir)
	steps := []struct {
		name string
		take func(*life, *testing.T)
	}{
		{"restart", (*life).restart}, {"crash", (*life).crash}, {"compaction", (*life).compact}, {"backup and restore", (*life).restore},
		{"restart", (*life).restart}, {"crash", (*life).crash}, {"compaction", (*life).compact}, {"backup and restore", (*life).restore},
	}
	l.g.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps {
		entries := l.g.entries(90)
		l.ref.put(entries)
		put(t, l.s, entries[:40]...)
		put(t, l.s, entries[40:]...)
		t.Log(step.name)
		step.take(l, t)
		for range 5 {
			randomQuery(t, l.s, l.g, l.ref)
		}
	}
	for _, want := range l.ref.search(t, index.Request{}) {
		got, err := l.s.Get(t.Context(), want.ID)
		if err != nil {
			t.Fatalf("get %s: %v", show(want), err)
		}
		same(t, "get", []index.Hit{got}, []index.Hit{want})
	}
}

func (l *life) close(t *testing.T) {
	t.Helper()
	if err := l.s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func (l *life) restart(t *testing.T) {
	l.close(t)
	l.s = l.open(t, l.dir)
}

// crash goes on with a copy of the folder, made while the store is open:
// everything that was acknowledged is in its files.
func (l *life) crash(t *testing.T) {
	if p, ok := l.s.(pauser); ok {
		if err := p.Pause(); err != nil {
			t.Fatalf("pause: %v", err)
		}
	}
	to := t.TempDir()
	copyFolder(t, l.dir, to)
	l.close(t)
	l.dir, l.s = to, l.open(t, to)
}

func (l *life) compact(t *testing.T) {
	if c, ok := l.s.(compacter); ok {
		if err := c.Compact(t.Context()); err != nil {
			t.Fatalf("compact: %v", err)
		}
	}
}

// restore goes on with a backup. What came after it is not in there.
func (l *life) restore(t *testing.T) {
	b, ok := l.s.(backer)
	if !ok {
		return
	}
	to := filepath.Join(t.TempDir(), "backup")
	if err := b.Backup(t.Context(), to); err != nil {
		t.Fatalf("back up: %v", err)
	}
	put(t, l.s, l.g.entries(5)...)
	l.close(t)
	l.dir, l.s = to, l.open(t, to)
}

// copyFolder copies files and folders below from.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if at = filepath.Join(to, at); d.IsDir() {
			return os.MkdirAll(at, 0o700)
		}
		return copyFile(path, at)
	})
	if err != nil {
		t.Fatalf("copy %s: %v", from, err)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = io.Copy(out, in)
	return err
}
