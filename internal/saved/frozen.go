package saved

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"spoor/index"
	"spoor/internal/meta"
)

// Frozen says what a frozen set holds, and why.
type Frozen struct {
	ID uint64 `json:"id"`
	// Name and Note are whatever people want to say; By is what the one who
	// froze it calls himself.
	Name string `json:"name"`
	Note string `json:"note"`
	By   string `json:"by"`
	// Version counts the changes of Name and Note from 1.
	Version uint64 `json:"version"`

	// Q, From and To are the search. From is in, To is out; zero means open.
	Q    string    `json:"q"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Frozen is when.
	Frozen time.Time `json:"frozen"`

	// Entries are kept, Bytes of text in all; Total matched. Limit names the
	// bound, "entries" or "bytes", when these are fewer: the newest are kept.
	Entries uint64 `json:"entries"`
	Bytes   uint64 `json:"bytes"`
	Total   uint64 `json:"total"`
	Limit   string `json:"limit,omitempty"`
	// First and Last are the times of the oldest and the newest one kept.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Set is a store of the entries of one frozen set.
type Set interface {
	index.Store
	// SealAll writes what is in memory, so that opening reads no log.
	SealAll(ctx context.Context) error
	// Backup writes a copy into a folder that is not there yet.
	Backup(ctx context.Context, dir string) error
}

// SetsOptions bound what is frozen. The zero value works.
type SetsOptions struct {
	// Entries and Bytes (of raw text) bound one set; 0 means 100,000 and
	// 128 MiB.
	Entries int
	Bytes   int64
	// AllBytes bounds the raw text of all sets; 0 means 4 GiB.
	AllBytes int64
	// Open is how many sets stay open after their use; 0 means 4.
	Open int
	// Log gets what goes wrong when a set is closed; nil discards.
	Log *slog.Logger
}

func (o SetsOptions) withDefaults() SetsOptions {
	if o.Entries <= 0 {
		o.Entries = 100_000
	}
	if o.Bytes <= 0 {
		o.Bytes = 128 << 20
	}
	if o.AllBytes <= 0 {
		o.AllBytes = 4 << 30
	}
	if o.Open <= 0 {
		o.Open = 4
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Sets keeps frozen sets: a record of each in the database, and its entries
// in a store of its own in a folder of its own, so that whatever can be asked
// of a store can be asked of a set. It may be used by many goroutines at once.
type Sets struct {
	dir     string
	open    func(dir string) (Set, error)
	o       SetsOptions
	records meta.Bucket[Frozen]
	now     func() time.Time

	freezing chan struct{} // has an element while one freezes: it may fill the room that is left

	mu     sync.Mutex // guards what follows
	shelf  map[uint64]*lent
	clock  uint64 // counts uses
	closed bool
}

// lent is an open set.
type lent struct {
	set   Set
	users int
	used  uint64
	gone  bool // to be closed by its last user
}

// tempPrefix begins the names of sets in the making.
const tempPrefix = "tmp-"

// NewSets opens the frozen sets whose folders are in dir. open opens the
// store of a folder, or makes it. What a crash has left is removed.
func NewSets(db *meta.DB, dir string, open func(dir string) (Set, error), o SetsOptions) (*Sets, error) {
	records, err := meta.NewBucket[Frozen](db, "frozen-sets")
	if err != nil {
		return nil, err
	}
	s := &Sets{dir: dir, open: open, o: o.withDefaults(), records: records, now: time.Now, shelf: map[uint64]*lent{}, freezing: make(chan struct{}, 1)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of frozen sets: %w", err)
	}
	return s, s.tidy()
}

// tidy removes folders that no record names.
func (s *Sets) tidy() error {
	found, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	all, err := s.records.All()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range all {
		known[folder(f.ID)] = true
	}
	for _, e := range found {
		if known[e.Name()] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
			return fmt.Errorf("remove what is no frozen set: %w", err)
		}
	}
	return nil
}

func folder(id uint64) string { return strconv.FormatUint(id, 10) }

// Bounds are the limits in force.
func (s *Sets) Bounds() SetsOptions { return s.o }

// List returns all sets, newest first, and the bytes of text in them.
func (s *Sets) List() (all []Frozen, bytes uint64, err error) {
	if all, err = s.records.All(); err != nil {
		return nil, 0, fmt.Errorf("list frozen sets: %w", err)
	}
	slices.Reverse(all)
	for _, f := range all {
		bytes += f.Bytes
	}
	return all, bytes, nil
}

// Get returns what is known of a set, or ErrNotFound.
func (s *Sets) Get(id uint64) (Frozen, error) {
	f, err := s.records.Get(meta.Number(id))
	if errors.Is(err, meta.ErrNotFound) {
		return f, missing("frozen set", folder(id))
	}
	return f, err
}

// Put changes name and note, and returns the record as stored. Version must
// be the stored one, else it is ErrConflict.
func (s *Sets) Put(change Frozen) (f Frozen, err error) {
	if err := valid(change); err != nil {
		return f, err
	}
	err = s.records.Update(func(tx meta.Tx[Frozen]) error {
		if f, err = known(tx, change.ID, change.Version); err != nil {
			return err
		}
		f.Name, f.Note = change.Name, change.Note
		f.Version++
		return tx.Put(meta.Number(f.ID), f)
	})
	return f, err
}

func valid(f Frozen) error {
	return errors.Join(name(f.Name, 0), short("note", f.Note, maxText), short("by", f.By, maxName), short("q", f.Q, maxQuery))
}

func known(tx meta.Tx[Frozen], id, version uint64) (Frozen, error) {
	f, err := tx.Get(meta.Number(id))
	switch {
	case errors.Is(err, meta.ErrNotFound):
		return f, missing("frozen set", folder(id))
	case err == nil && f.Version != version:
		return f, fmt.Errorf("frozen set %d: %w", id, ErrConflict)
	}
	return f, err
}

// Delete removes a set and its entries. version must be the stored one, else
// it is ErrConflict. Whoever uses it can go on.
func (s *Sets) Delete(id, version uint64) error {
	err := s.records.Update(func(tx meta.Tx[Frozen]) error {
		if _, err := known(tx, id, version); err != nil {
			return err
		}
		return tx.Delete(meta.Number(id))
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.shelf[id]; l != nil {
		delete(s.shelf, id)
		l.gone = true
		if l.users == 0 {
			s.shut(l)
		}
	}
	// A crash before this leaves a folder without record: tidy's work.
	return os.RemoveAll(filepath.Join(s.dir, folder(id)))
}

// Use opens a set for as long as release is not called. The error is
// ErrNotFound when there is none.
func (s *Sets) Use(id uint64) (set Set, release func(), err error) {
	if _, err := s.Get(id); err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, index.ErrClosed
	}
	l := s.shelf[id]
	if l == nil {
		dir := filepath.Join(s.dir, folder(id))
		_, err := os.Stat(dir) // open would make it
		var opened Set
		if err == nil {
			opened, err = s.open(dir)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("frozen set %d: %w", id, err)
		}
		l = &lent{set: opened}
		s.shelf[id] = l
	}
	s.clock++
	l.users++
	l.used = s.clock
	s.makeRoom()
	return l.set, sync.OnceFunc(func() { s.giveBack(l) }), nil
}

func (s *Sets) giveBack(l *lent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.users--
	if l.users == 0 && (l.gone || s.closed) {
		s.shut(l)
	}
	s.makeRoom()
}

// makeRoom closes the sets that were not used for longest, with mu held.
func (s *Sets) makeRoom() {
	for len(s.shelf) > s.o.Open {
		var oldest uint64
		for id, l := range s.shelf {
			if l.users == 0 && (oldest == 0 || l.used < s.shelf[oldest].used) {
				oldest = id
			}
		}
		if oldest == 0 {
			return // all are in use
		}
		s.shut(s.shelf[oldest])
		delete(s.shelf, oldest)
	}
}

func (s *Sets) shut(l *lent) {
	if err := l.set.Close(); err != nil {
		s.o.Log.Warn("frozen set not closed well", "err", err)
	}
}

// Close closes what is open; sets in use are closed by their last user.
func (s *Sets) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var errs []error
	for id, l := range s.shelf {
		if l.users == 0 {
			errs = append(errs, l.set.Close())
			delete(s.shelf, id)
		}
	}
	return errors.Join(errs...)
}

// Backup writes every set into a folder of its own below dir, which must not
// be there. A set deleted meanwhile is left out.
func (s *Sets) Backup(ctx context.Context, dir string) error {
	all, _, err := s.List()
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for _, f := range all {
		set, release, err := s.Use(f.ID)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		err = set.Backup(ctx, filepath.Join(dir, folder(f.ID)))
		release()
		if err != nil {
			return fmt.Errorf("back up frozen set %d: %w", f.ID, err)
		}
	}
	return nil
}
