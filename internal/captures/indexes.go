package captures

import (
	"container/list"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

// indexes keeps what is known of files: the lately used in memory, and all of
// it in a folder, if there is one. What is lost is made anew.
type indexes struct {
	dir string // "" keeps them in memory only
	log *slog.Logger
	max int64 // bytes in memory

	mu    sync.Mutex // guards what follows
	byKey map[string]*list.Element
	used  *list.List // of *indexEntry, the lately used first
	bytes int64
	// ends is the latest time in a file, of those that index could tell.
	ends map[string]indexEnd
}

// indexEnd is zero but for id when nothing is known of the file in that state.
type indexEnd struct {
	id identity
	to time.Time
}

type indexEntry struct {
	name  string
	index *fileIndex
}

const indexSuffix = ".spoor-index"

func newIndexes(dir string, most int64, log *slog.Logger) *indexes {
	return &indexes{dir: dir, log: log, max: most, byKey: map[string]*list.Element{}, used: list.New(), ends: map[string]indexEnd{}}
}

// path is where the index of a capture lies. Names of captures may be too
// long, or hold slashes, so it is named by their hash; it holds the name too.
func (x *indexes) path(name string) string {
	return filepath.Join(x.dir, fmt.Sprintf("%016x%s", xxhash.Sum64String(name), indexSuffix))
}

// get returns what is known of a file, nil if nothing is.
func (x *indexes) get(name string) *fileIndex {
	x.mu.Lock()
	if e := x.byKey[name]; e != nil {
		x.used.MoveToFront(e)
		x.mu.Unlock()
		return e.Value.(*indexEntry).index
	}
	x.mu.Unlock()
	if x.dir == "" {
		return nil
	}
	b, err := os.ReadFile(x.path(name))
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			x.log.Warn("index not read", "capture", name, "err", err)
		}
		return nil
	}
	index, err := decodeIndex(b, name)
	if err != nil {
		x.log.Info("index is made anew", "capture", name, "err", err)
		return nil
	}
	x.remember(name, index)
	return index
}

// put keeps index, unless more is known of the same state of the file.
func (x *indexes) put(name string, index *fileIndex) {
	if old := x.get(name); old != nil && old.id == index.id && old.end() >= index.end() && (old.done || !index.done) {
		return
	}
	x.remember(name, index)
	if x.dir == "" {
		return
	}
	if err := writeAtomically(x.path(name), index.encode(name)); err != nil {
		x.log.Warn("index not kept", "capture", name, "err", err)
	}
}

func (x *indexes) remember(name string, index *fileIndex) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forget(name)
	if index.done {
		x.ends[name] = indexEnd{index.id, index.to}
	}
	x.byKey[name] = x.used.PushFront(&indexEntry{name, index})
	x.bytes += index.bytes()
	for x.bytes > x.max {
		x.forget(x.used.Back().Value.(*indexEntry).name)
	}
}

// forget removes an index from memory. The caller holds mu.
func (x *indexes) forget(name string) {
	e := x.byKey[name]
	if e == nil {
		return
	}
	x.bytes -= x.used.Remove(e).(*indexEntry).index.bytes()
	delete(x.byKey, name)
}

// keep forgets files that are not among names, on disk too.
func (x *indexes) keep(names map[string]*file) {
	x.mu.Lock()
	for name := range x.byKey {
		if names[name] == nil {
			x.forget(name)
		}
	}
	for name := range x.ends {
		if names[name] == nil {
			delete(x.ends, name)
		}
	}
	x.mu.Unlock()
	if x.dir == "" {
		return
	}
	wanted := make(map[string]bool, len(names))
	for name := range names {
		wanted[filepath.Base(x.path(name))] = true
	}
	entries, err := os.ReadDir(x.dir)
	if err != nil {
		x.log.Warn("old indexes not removed", "err", err)
		return
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), indexSuffix) || wanted[e.Name()] || young(e) {
			continue
		}
		if err := os.Remove(filepath.Join(x.dir, e.Name())); err != nil {
			x.log.Warn("old index not removed", "err", err)
		}
	}
}

// young says that a file may be one that is being written now.
func young(e os.DirEntry) bool {
	info, err := e.Info()
	return err != nil || time.Since(info.ModTime()) < time.Minute
}

// latest returns the latest time in a file, if that is known of it as it is.
func (x *indexes) latest(f *file) (time.Time, bool) {
	known := func() (indexEnd, bool) {
		x.mu.Lock()
		defer x.mu.Unlock()
		e, ok := x.ends[f.name]
		return e, ok && e.id == f.id
	}
	e, ok := known()
	if !ok {
		x.get(f.name) // from disk, once for each state of a file
		if e, ok = known(); !ok {
			x.mu.Lock()
			x.ends[f.name] = indexEnd{id: f.id}
			x.mu.Unlock()
		}
	}
	return e.to, ok && !e.to.IsZero()
}

// stats adds what is in memory.
func (x *indexes) stats(s *Stats) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for e := x.used.Front(); e != nil; e = e.Next() {
		index := e.Value.(*indexEntry).index
		s.IndexFiles++
		s.IndexParts += len(index.parts)
	}
	s.IndexBytes = x.bytes
}

// writeAtomically replaces a file at once. It does not wait for the disk: a
// file that a crash leaves behind damaged has a wrong checksum.
func writeAtomically(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".index-*"+indexSuffix)
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write index: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
