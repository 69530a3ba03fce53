package captures

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"spoor/internal/packet"
)

const (
	// maxFiles is how many captures a folder may hold.
	maxFiles = 200_000
	// maxDepth is how many folders below the first are looked into.
	maxDepth = 8
)

// catalog remembers what is known of the folder's files, so that a query
// opens only those that can hold something.
type catalog struct {
	dir     string
	part    int64            // bytes of a file that make a part
	mu      sync.Mutex       // guards files
	files   map[string]*file // by name
	indexes *indexes
}

// file is what is known of one file in one state. It is not changed after it
// was put in the catalog.
type file struct {
	name string // from the folder on, with slashes
	id   identity

	capture  bool      // begins like a capture file
	packed   bool      // is compressed
	fine     bool      // may have times finer than microseconds
	linkType uint16    // of the first packet
	first    time.Time // of the first packet; zero if unknown
}

// refresh looks at the folder and those below it, and returns the capture
// files, the earliest first packet first. Files that have not changed are not
// opened.
func (c *catalog) refresh(ctx context.Context) ([]*file, error) {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return nil, fmt.Errorf("list captures: %w", err)
	}
	defer root.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	there := make(map[string]*file, len(c.files))
	var captures []*file
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if skip, err := passOver(name, e, err); skip || err != nil {
			return err
		}
		f := c.look(root, name, e)
		if f == nil {
			return nil
		}
		there[f.name], c.files[f.name] = f, f // kept even if ctx ends this
		if f.capture {
			captures = append(captures, f)
		}
		if len(captures) > maxFiles {
			return fmt.Errorf("more than %d captures", maxFiles)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list captures in %s: %w", c.dir, err)
	}
	c.files = there
	slices.SortStableFunc(captures, func(a, b *file) int { return a.first.Compare(b.first) })
	return captures, nil
}

// prune forgets the index of files that are gone.
func (c *catalog) prune() {
	c.mu.Lock()
	there := c.files
	c.mu.Unlock()
	c.indexes.keep(there)
}

// passOver says what of the folder is not looked at. What goes away
// meanwhile, or may not be read, is no reason to answer nothing.
func passOver(name string, e fs.DirEntry, err error) (skip bool, _ error) {
	switch {
	case err != nil && name != "." && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
		if e != nil && e.IsDir() {
			return true, fs.SkipDir
		}
		return true, nil
	case err != nil:
		return true, err
	case e.IsDir() && strings.Count(name, "/") >= maxDepth:
		return true, fs.SkipDir
	}
	return !e.Type().IsRegular(), nil
}

// look returns what is known of a folder's file, nil if it is gone again.
func (c *catalog) look(root *os.Root, name string, e fs.DirEntry) *file {
	info, err := e.Info()
	if err != nil {
		return nil
	}
	id := newIdentity(info)
	if old := c.files[name]; old != nil && old.id == id {
		return old
	}
	f := &file{name: name, id: id}
	f.peek(root)
	return f
}

// peek reads the file's beginning. A fault is left for the query that reads
// the file, which has somebody to tell it to.
func (f *file) peek(root *os.Root) {
	// Whatever calls itself a capture is named by the queries that fail to
	// read it.
	called := strings.Contains(strings.ToLower(path.Base(f.name)), "cap")
	in, err := openCapture(root, f.name, f.id.size)
	if err != nil {
		f.capture = called && !os.IsNotExist(err)
		return
	}
	defer in.Close()
	f.packed = in.plain == nil
	var head [12]byte
	n, err := io.ReadFull(in, head[:])
	if !packet.IsCapture(head[:n]) {
		f.capture = called && err != nil && err != io.EOF && err != io.ErrUnexpectedEOF
		return
	}
	f.capture = true
	f.fine = fineTimes(head[:n])
	r, err := packet.NewReader(io.MultiReader(bytes.NewReader(head[:n]), in))
	if err != nil {
		return
	}
	if p, err := r.Next(); err == nil {
		f.first, f.linkType = p.Time, p.LinkType
	}
}

// fineTimes says whether a capture may have times finer than microseconds: a
// pcap file says so in its first bytes, a pcapng file only later and for each
// interface.
func fineTimes(head []byte) bool {
	const microBE, microLE = 0xa1b2c3d4, 0xd4c3b2a1
	magic := binary.BigEndian.Uint32(head)
	return magic != microBE && magic != microLE
}
