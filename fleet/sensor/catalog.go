package sensor

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"spoor/internal/packet"
)

// catalog remembers what is known of the folder's files, so that a query
// bounded in time opens only those that can hold something.
type catalog struct {
	dir   string
	mu    sync.Mutex       // guards files
	files map[string]*file // by name; never changed once they are there
}

// file is what is known of one file in one state. Its members are not changed
// after it was put in the catalog; what is learned later makes a new one.
type file struct {
	name     string
	size     int64
	modified time.Time

	capture  bool      // begins like a capture file
	fine     bool      // may have times finer than microseconds
	linkType uint16    // of the first packet
	first    time.Time // of the first packet; zero if unknown

	// whole says that the file was read to its end, so that from and to are
	// the earliest and the latest time in it.
	whole    bool
	from, to time.Time
}

// outside says for certain that no packet of the file lies in [from, to);
// zero means no bound.
func (f *file) outside(from, to time.Time) bool {
	if !f.whole {
		return false
	}
	return !from.IsZero() && f.to.Before(from) || !to.IsZero() && !f.from.Before(to)
}

// refresh looks at the folder and returns its capture files, the earliest
// first packet first. Files that have not changed are not opened.
func (c *catalog) refresh(ctx context.Context) ([]*file, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, fmt.Errorf("list captures: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	there := make(map[string]*file, len(entries))
	var captures []*file
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := c.look(e)
		if f == nil {
			continue
		}
		there[f.name], c.files[f.name] = f, f // kept even if ctx ends this
		if f.capture {
			captures = append(captures, f)
		}
	}
	c.files = there
	slices.SortStableFunc(captures, func(a, b *file) int { return a.first.Compare(b.first) })
	return captures, nil
}

// look returns what is known of a folder's entry, nil if it is no regular
// file or gone again.
func (c *catalog) look(e os.DirEntry) *file {
	if !e.Type().IsRegular() {
		return nil
	}
	info, err := e.Info()
	if err != nil {
		return nil
	}
	old := c.files[e.Name()]
	if old != nil && old.size == info.Size() && old.modified.Equal(info.ModTime()) {
		return old
	}
	f := &file{name: e.Name(), size: info.Size(), modified: info.ModTime()}
	f.peek(c.dir)
	return f
}

// learned notes the times of a file that was read whole, unless it has
// changed since.
func (c *catalog) learned(f *file, from, to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files[f.name] != f {
		return
	}
	known := *f
	known.whole, known.from, known.to = true, from, to
	c.files[f.name] = &known
}

// peek reads the file's beginning. A fault is left for the query that reads
// the file, which has somebody to tell it to.
func (f *file) peek(dir string) {
	in, err := openCapture(filepath.Join(dir, f.name), f.size)
	if err != nil {
		// Whatever calls itself a capture is named by the queries that
		// fail to read it.
		f.capture = strings.Contains(strings.ToLower(f.name), "cap") && !os.IsNotExist(err)
		return
	}
	defer in.Close()
	var head [12]byte
	n, _ := io.ReadFull(in, head[:])
	if !packet.IsCapture(head[:n]) {
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
