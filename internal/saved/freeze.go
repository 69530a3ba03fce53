package saved

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"spoor/index"
	"spoor/index/query"
	"spoor/internal/meta"
)

// Entries are copied page by page, and a page is held in memory: it begins
// small and grows up to freezePage entries, or about pageBytes of text.
const (
	firstPage  = 50
	freezePage = 1000
	pageBytes  = 8 << 20
)

// Freeze copies the entries of from that match where, and f's times, and
// keeps them with f, of which it reads Name, Note, By, Q, From and To. It
// returns the record as stored. The error is an *InvalidError, ErrNothing,
// ErrFull, or the store's.
func (s *Sets) Freeze(ctx context.Context, from index.Store, where query.Node, f Frozen) (Frozen, error) {
	if err := valid(f); err != nil {
		return Frozen{}, err
	}
	select {
	case s.freezing <- struct{}{}:
	case <-ctx.Done():
		return Frozen{}, ctx.Err()
	}
	defer func() { <-s.freezing }()
	room, err := s.room()
	if err != nil {
		return Frozen{}, err
	}
	temp := filepath.Join(s.dir, fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64()))
	defer os.RemoveAll(temp) // gone already when all went well
	if err := s.copy(ctx, temp, from, where, room, &f); err != nil {
		return Frozen{}, err
	}
	f.Version, f.Frozen = 1, s.now().UTC()
	err = s.records.Update(func(tx meta.Tx[Frozen]) error {
		if f.ID, err = tx.Next(); err != nil {
			return err
		}
		// Folder before record: what a crash leaves is a folder too many.
		if err := os.Rename(temp, filepath.Join(s.dir, folder(f.ID))); err != nil {
			return err
		}
		if err := syncFolder(s.dir); err != nil {
			return err
		}
		return tx.Put(meta.Number(f.ID), f)
	})
	return f, err
}

// room is how many bytes of text one more set may have.
func (s *Sets) room() (int64, error) {
	all, bytes, err := s.List()
	if err != nil {
		return 0, err
	}
	if len(all) >= MaxSets {
		return 0, fmt.Errorf("there are %d frozen sets: %w", len(all), ErrFull)
	}
	room := min(s.o.AllBytes-int64(bytes), s.o.Bytes)
	if room <= 0 {
		return 0, fmt.Errorf("frozen sets hold %d bytes, at most %d are kept: %w", bytes, s.o.AllBytes, ErrFull)
	}
	return room, nil
}

// copy fills the store of a new set in the folder dir.
func (s *Sets) copy(ctx context.Context, dir string, from index.Store, where query.Node, room int64, f *Frozen) (err error) {
	set, err := s.open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	r := index.Request{Query: where, From: f.From, To: f.To}
	count, err := from.Search(ctx, r)
	if err != nil {
		return err
	}
	c := copier{set: set, f: f, room: room}
	for limit := firstPage; f.Limit == ""; {
		left := s.o.Entries - int(f.Entries)
		if left == 0 {
			f.Limit = "entries"
			break
		}
		r.Limit = min(limit, left)
		page, err := from.Search(ctx, r)
		if err != nil {
			return err
		}
		before := f.Bytes
		if err := c.put(ctx, page.Hits); err != nil {
			return err
		}
		if page.Next == nil {
			break
		}
		r.After = page.Next
		limit = max(1, min(freezePage, 4*limit, limit*pageBytes/int(max(f.Bytes-before, 1))))
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	f.Total = max(count.Total, f.Entries) // more may have come since
	if f.Total == f.Entries {
		f.Limit = ""
	}
	switch {
	case f.Entries > 0:
		return set.SealAll(ctx)
	case f.Limit != "":
		return fmt.Errorf("%d bytes of text are left for frozen sets, which the first entry does not fit: %w", room, ErrFull)
	}
	return ErrNothing
}

// copier moves entries from one store to another. Pages come newest first,
// and entries of the same time the last one first: they are held back until
// all of their time are there, and then stored in the order of their arrival,
// on which their order and their ids depend.
type copier struct {
	set  Set
	f    *Frozen
	room int64
	held []index.Entry
}

func (c *copier) put(ctx context.Context, hits []index.Hit) error {
	for _, h := range hits {
		size := int64(len(h.Raw))
		if int64(c.f.Bytes)+size > c.room {
			c.f.Limit = "bytes"
			return nil
		}
		if c.f.Entries == 0 {
			c.f.Last = h.Time
		}
		c.f.First = h.Time
		c.f.Entries++
		c.f.Bytes += uint64(size)
		c.held = append(c.held, h.Entry)
	}
	// What may have company on the next page stays.
	last := len(c.held)
	for last > 0 && c.held[last-1].Time.Equal(c.f.First) {
		last--
	}
	return c.store(ctx, last)
}

func (c *copier) flush(ctx context.Context) error { return c.store(ctx, len(c.held)) }

// store puts the first n entries that are held, oldest first.
func (c *copier) store(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	batch := slices.Clone(c.held[:n])
	slices.Reverse(batch)
	if err := c.set.Put(ctx, batch); err != nil {
		return err
	}
	c.held = slices.Delete(c.held, 0, n)
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
