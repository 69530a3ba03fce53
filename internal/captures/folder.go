// Package captures answers questions from a folder of capture files that some
// recorder fills: tcpdump, netsniff-ng, Suricata. It gives the packets that a
// filter wants in the order of time, exact to the packet's own time, and says
// what it could not read. An index of its own, made as files are read, tells
// which files and which parts of them can hold a match; it only saves work,
// the answer is the same without.
package captures

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"spoor/internal/packet"
)

// Filter says which packets are wanted. fleet.Filter is one.
type Filter interface {
	Match(packet.Meta) bool
	// May says whether a packet of the set can match; false must be certain.
	May(Summary) bool
}

// Summary is what is known of a set of packets without looking at them. Each
// method may answer true for what is not there; false is certain.
type Summary interface {
	// Span returns the times of the earliest and the latest packet; zero when
	// no packet has a time.
	Span() (from, to time.Time)
	Address(a netip.Addr) bool
	Prefix(p netip.Prefix) bool
	Port(n uint16) bool
	Proto(n uint8) bool
	VLAN(id uint16) bool
	MPLS(label uint32) bool
}

// defaultMemory is of the index, in bytes.
const defaultMemory = 256 << 20

// Options say what a Folder is. Only Dir is required.
type Options struct {
	// Dir is the folder. Regular files in it, and in folders below it down to
	// the eighth, are captures if they begin like one, whatever their names;
	// packed by gzip, zstd or lz4 or not. Links are not followed.
	Dir string
	// State is a folder, for this Folder alone, that keeps the index; it must
	// be there. "" keeps the index in memory, as far as it has room.
	State string
	// Memory bounds what of the index is held in memory, in bytes; 0 means
	// 256 MiB.
	Memory int64
	// Log receives what went wrong with the index; nil discards.
	Log *slog.Logger
}

// Folder answers questions. It may be used by many goroutines.
type Folder struct {
	catalog       catalog
	log           *slog.Logger
	read, skipped atomic.Int64
}

// New returns the folder of o. It is looked at when a question comes, so it
// may be made later.
func New(o Options) *Folder {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	return &Folder{log: o.Log, catalog: catalog{
		dir: o.Dir, part: partBytes, files: map[string]*file{}, indexes: newIndexes(o.State, o.Memory, o.Log),
	}}
}

// Query is a question.
type Query struct {
	Filter Filter
	// Packets and Bytes bound the answer; 0 is none. The packet that reaches
	// a limit is the last one. Bytes are counted as a Stenographer does it:
	// 16, and for every packet what was captured of it and 16.
	Packets, Bytes int64
	// Flush is called when what was written so far should be sent; may be nil.
	Flush func() error
}

// Answer says how a question ended.
type Answer struct {
	Packets, Bytes int64 // Bytes are captured ones
	// Limit is "packets" or "bytes" when that limit ended the answer.
	Limit string
	// Faults say in one line why the answer is not whole; "" it is.
	Faults string
}

// List is what a folder held at some time.
type List struct {
	folder *Folder
	files  []*file
}

// List looks at the folder. Files that appear later are not part of it.
func (f *Folder) List(ctx context.Context) (List, error) {
	files, err := f.catalog.refresh(ctx)
	return List{folder: f, files: files}, err
}

// Stats are counts and times of a folder. Times are zero when there is no
// packet.
type Stats struct {
	Files int   // captures
	Bytes int64 // of them
	// Oldest is the earliest first packet of the files. Newest is the latest
	// time in them, or when a file was last written to, as long as the index
	// does not know that file as it is.
	Oldest, Newest time.Time
	// Unindexed are files that the index does not know as they are now.
	Unindexed int
	// IndexFiles, IndexParts and IndexBytes are of what the index holds in
	// memory.
	IndexFiles, IndexParts int
	IndexBytes             int64
	// Read and Skipped count the packets read for answers, and the unpacked
	// bytes that the index saved from being read, since New.
	Read, Skipped int64
}

// Stats returns what is known of the list's files.
func (l List) Stats() Stats {
	s := Stats{Files: len(l.files), Read: l.folder.read.Load(), Skipped: l.folder.skipped.Load()}
	for _, f := range l.files {
		s.Bytes += f.id.size
		if !f.first.IsZero() && (s.Oldest.IsZero() || f.first.Before(s.Oldest)) {
			s.Oldest = f.first
		}
		if f.first.IsZero() {
			continue
		}
		to, ok := l.folder.catalog.indexes.latest(f)
		if !ok {
			s.Unindexed++
			to = time.Unix(0, f.id.modified).UTC()
		}
		if to.After(s.Newest) {
			s.Newest = to
		}
	}
	l.folder.catalog.indexes.stats(&s)
	return s
}

// Run indexes the folder's files until ctx ends, one at a time, so that
// questions find it done. Without it files are indexed as they are read.
func (f *Folder) Run(ctx context.Context) error {
	tick := time.NewTicker(indexEvery)
	defer tick.Stop()
	for {
		if err := f.index(ctx); err != nil && ctx.Err() == nil {
			f.log.Warn("folder not indexed", "dir", f.catalog.dir, "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

const (
	// indexEvery is how often new files are looked for.
	indexEvery = 10 * time.Second
	// settled is how long a file must have been left alone for its last part
	// to be indexed too.
	settled = 10 * time.Second
)

// index reads what has no index yet.
func (f *Folder) index(ctx context.Context) error {
	files, err := f.catalog.refresh(ctx)
	if err != nil {
		return err
	}
	f.catalog.prune()
	root, err := os.OpenRoot(f.catalog.dir)
	if err != nil {
		return fmt.Errorf("open captures: %w", err)
	}
	defer root.Close()
	for _, file := range files {
		if err := f.catalog.learn(ctx, root, file); err != nil {
			return err
		}
	}
	return nil
}

// learn indexes what of a file has none, if that is worth it by now.
func (c *catalog) learn(ctx context.Context, root *os.Root, f *file) error {
	p, _ := c.plan(root, f, nothing{})
	if !p.learn {
		return nil
	}
	quiet := time.Since(time.Unix(0, f.id.modified)) >= settled
	if more := f.id.size - p.runs[len(p.runs)-1].offset; !quiet && (f.packed || more < p.part) {
		return nil
	}
	s, err := openSource(root, p)
	if err != nil {
		return nil // gone again, or the query that reads it says so
	}
	for n := 1; ; n++ {
		if err := s.next(); err != nil {
			s.close(c, err)
			return nil
		}
		if n%checkEvery == 0 && ctx.Err() != nil {
			s.close(c, nil)
			return ctx.Err()
		}
	}
}

// nothing is a filter without matches.
type nothing struct{}

func (nothing) Match(packet.Meta) bool { return false }
func (nothing) May(Summary) bool       { return false }
