// Package local is the embedded store: a log, a table in memory, and
// immutable segments of compressed blocks with a Bleve index over blocks.
// DESIGN.md has the file formats and says what is fsynced when.
package local

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"spoor/index"
)

// ErrInUse says that another process has the data folder open.
var ErrInUse = errors.New("in use by another process")

// Options of a Store. The zero value works.
type Options struct {
	// SealBytes is how much raw text is collected in memory before it is
	// written as a segment; 0 means 16 MiB.
	SealBytes int
	// SealAge is how long an entry stays in memory only at the most while
	// Run runs; 0 means 30 s.
	SealAge time.Duration
	// UnsealedBytes is how much raw text memory holds at the most. Put waits
	// for room for up to PutWait and then returns index.ErrBehind; 0 means
	// four times SealBytes.
	UnsealedBytes int
	// PutWait is how long Put waits for room; 0 means 2 s.
	PutWait time.Duration
	// BlockBytes is the raw text of one block; 0 means 128 KiB.
	BlockBytes int
	// StreamsPerDay is how many new streams a day may bring; 0 means 10,000.
	StreamsPerDay int
	// MergeBytes is the raw text of a merged segment at the most; 0 means
	// 256 MiB, and less where RetainBytes asks for smaller steps.
	MergeBytes int
	// MergeAge is how long a segment of a sixteenth of that size and more is
	// left alone, because others of its day may come; 0 means 10 minutes.
	MergeAge time.Duration
	// MergeRate is how many bytes of raw text a second are merged at the
	// most; 0 means 8 MiB.
	MergeRate int
	// RetainAge is after what time an entry is removed, counted from the
	// later of when it happened and when it arrived; 0 keeps all. It may
	// stay a while longer, as long as others in its segment do.
	RetainAge time.Duration
	// RetainBytes is how many bytes on disk all segments take before the
	// oldest are removed; 0 keeps all.
	RetainBytes int64
	// Workers is how many goroutines a seal or a search may use; 0 means
	// one for each processor.
	Workers int
	// MaxScans is how many heavy searches read at once; more of them wait
	// for as long as their context lets them. A search that reads few blocks
	// never waits. 0 means two for each processor.
	MaxScans int
	// Logger receives what went wrong in the background; nil discards.
	Logger *slog.Logger
	// NoIndex builds no index and evaluates every block instead of asking
	// one: for tests, which compare the two.
	NoIndex bool
}

func (o Options) withDefaults() Options {
	set := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	set(&o.SealBytes, 16<<20)
	set(&o.UnsealedBytes, 4*o.SealBytes)
	set(&o.BlockBytes, 128<<10)
	set(&o.MergeBytes, 256<<20)
	set(&o.MergeRate, 8<<20)
	if o.RetainBytes > 0 {
		// Text takes about a fifth of its size on disk: about ten steps.
		o.MergeBytes = int(min(int64(o.MergeBytes), max(o.RetainBytes/2, 1<<20)))
	}
	set(&o.StreamsPerDay, 10_000)
	set(&o.Workers, runtime.GOMAXPROCS(0))
	set(&o.MaxScans, 2*runtime.GOMAXPROCS(0))
	if o.SealAge <= 0 {
		o.SealAge = 30 * time.Second
	}
	if o.MergeAge <= 0 {
		o.MergeAge = 10 * time.Minute
	}
	if o.PutWait <= 0 {
		o.PutWait = 2 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Store keeps entries in a folder of its own. It may be used by many
// goroutines at once.
type Store struct {
	dir     string
	o       Options
	log     *slog.Logger
	codec   *codec
	catalog *catalog
	gate    *scanGate
	root    indexRoot
	streams *streams

	// life is held for reading by whatever is under way, and for writing by
	// Close.
	life   sync.RWMutex
	closed bool
	// closing is closed when Close begins, to end merges.
	closing   chan struct{}
	closeOnce sync.Once
	runs      atomic.Int32 // how many Run are active

	nextTomb atomic.Uint64 // which dropSpent looks at

	// tidying is held by whoever merges or removes segments. It is taken
	// before any other but life.
	tidying sync.Mutex

	queueMu sync.Mutex // guards queue
	queue   []*batch   // batches that wait for a leader

	// commit is held while the log is written and while a table is frozen.
	// It is always taken before mu.
	commit sync.Mutex
	wal    *wal
	// arrived wakes who reads entries in the order of arrival.
	arrived arrivals

	mu          sync.RWMutex // guards the rest
	seq         uint64       // of the newest entry; written with commit held too
	active      *table
	frozen      []*table // oldest first
	segments    []*segment
	nextSegment uint64
	marks       marks
	tombs       *tombs        // what is deleted; replaced with commit held too
	sealErr     error         // of the last seal; nil after a good one
	changed     chan struct{} // closed and replaced when tables or segments change
	damage      []Damage
	lost        bool // a segment could not be opened: no answer is exact
}

var _ index.Store = (*Store)(nil)

// enter says that an operation begins; leave is to be called at its end.
func (s *Store) enter() (leave func(), err error) {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return nil, index.ErrClosed
	}
	return s.life.RUnlock, nil
}

// Unsealed is how many bytes of raw text are in memory only, besides the log;
// at UnsealedBytes Put begins to wait.
func (s *Store) Unsealed() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.unsealed()
}

// broadcast wakes whoever waits for tables or segments to change. It is
// called with mu held.
func (s *Store) broadcast() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Streams lists every stream that has entries, the one that received an entry
// last at the end.
func (s *Store) Streams(ctx context.Context) ([]index.StreamInfo, error) {
	leave, err := s.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	view := s.snapshot()
	defer view.release()
	parts := s.parts(view)
	all := make([]index.StreamInfo, 0, len(parts))
	for id, p := range parts {
		if of := s.streams.get(id); of != nil {
			all = append(all, index.StreamInfo{Stream: *of.def, Entries: p.rows,
				First: time.Unix(0, p.minTime).UTC(), Last: time.Unix(0, p.maxTime).UTC(), LastSeq: p.maxSeq})
		}
	}
	slices.SortFunc(all, func(a, b index.StreamInfo) int {
		if a.LastSeq < b.LastSeq {
			return -1
		}
		return 1
	})
	return all, nil
}

// Close waits for what is under way and releases the files. What is only in
// the log and in memory stays in the log.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { close(s.closing) })
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	errs = append(errs, s.wal.rotate())
	for _, seg := range s.segments {
		errs = append(errs, seg.release())
	}
	errs = append(errs, s.catalog.close())
	s.codec.close()
	return errors.Join(errs...)
}
