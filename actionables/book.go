package actionables

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"spoor/internal/meta"
)

var (
	// ErrNotFound says that the book has no actionable of that ID, or no
	// change of that number.
	ErrNotFound = errors.New("no such actionable")
	// ErrConflict says that the actionable was changed by somebody else, or
	// that the ID is taken.
	ErrConflict = errors.New("changed by somebody else meanwhile")
	// ErrFull says that the book holds MaxActionables.
	ErrFull = errors.New("the book is full")
)

// MaxActionables bounds a book.
const MaxActionables = 1000

// Options tune a Book. The zero value works.
type Options struct {
	// Log gets what is wrong with a stored actionable; nil discards.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Book keeps the actionables. It may be used by many goroutines at once.
type Book struct {
	log     *slog.Logger
	now     func() time.Time
	matcher atomic.Pointer[Matcher]

	mu      sync.Mutex // one change at a time, with its matcher
	records meta.Bucket[record]
	past    meta.Bucket[past]
	heads   meta.Bucket[head]
	bodies  meta.Bucket[[]change]
}

// record is an actionable as stored, under its ID.
type record struct {
	// Order is its place in the list, ascending.
	Order uint64 `json:"order"`
	Actionable
}

// past is what is known of an ID for good, even after its actionable is gone.
type past struct {
	// Version is the last one that was given. A new actionable of the same
	// ID goes on from there, so nobody's old version fits it.
	Version uint64 `json:"version"`
	// Shipped says that the shipped actionable was put in once.
	Shipped bool `json:"shipped,omitempty"`
	// Installed is the version that Spoor itself wrote last; 0 means 1. As
	// long as it is the stored one, no person has changed it.
	Installed uint64 `json:"installed,omitempty"`
}

// NewBook opens the book in db. What is shipped is put in at the first time
// that it is shipped, and never again: a person may have deleted it. An ID
// that a person has taken is left alone. What is shipped in another form now
// replaces the stored one, unless a person has changed that.
func NewBook(db *meta.DB, o Options) (*Book, error) {
	b := &Book{log: o.Log, now: o.Now}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if b.now == nil {
		b.now = time.Now
	}
	var errs [4]error
	b.records, errs[0] = meta.NewBucket[record](db, "actionables")
	b.past, errs[1] = meta.NewBucket[past](db, "actionables-past")
	b.heads, errs[2] = meta.NewBucket[head](db, "actionables-history")
	b.bodies, errs[3] = meta.NewBucket[[]change](db, "actionables-changes")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	if err := b.install(Shipped()); err != nil {
		return nil, fmt.Errorf("install actionables: %w", err)
	}
	return b, b.compile()
}

// install puts in what is shipped and was not put in before, and brings up to
// date what nobody has changed.
func (b *Book) install(shipped []Actionable) error {
	_, err := b.edit(WhatUpgrade, 0, func(e *edit) error {
		for _, a := range shipped {
			if err := e.install(a); err != nil {
				return fmt.Errorf("%q: %w", a.ID, err)
			}
		}
		return nil
	})
	return err
}

func (e *edit) install(a Actionable) error {
	p, err := e.pastOf(a.ID)
	if err != nil {
		return err
	}
	stored, err := e.get(a.ID)
	a.Shipped = true
	switch missing := errors.Is(err, ErrNotFound); {
	case err != nil && !missing:
		return err
	case missing && p.Shipped, !missing && !stored.Shipped:
		p.Shipped = true // a person has deleted it, or taken its ID
		return e.past.Put(a.ID, p)
	case missing:
		if stored, err = e.insert(a); errors.Is(err, ErrFull) {
			return nil // next time
		}
	case stored.Version != cmp.Or(p.Installed, 1) || stored.same(a):
		return nil
	default:
		a.Version = stored.Version
		stored, err = e.replace(a)
	}
	if err != nil {
		return err
	}
	p.Shipped, p.Installed = true, stored.Version
	return e.past.Put(a.ID, p)
}

// same says whether two actionables differ in nothing that a person writes.
func (a Actionable) same(o Actionable) bool {
	for _, x := range []*Actionable{&a, &o} {
		*x = x.stamped(time.Time{})
		x.Version, x.Shipped = 0, false
	}
	return equalJSON(a, o)
}

// List returns all actionables in their order.
func (b *Book) List() ([]Actionable, error) {
	all, err := b.records.All()
	if err != nil {
		return nil, fmt.Errorf("list actionables: %w", err)
	}
	slices.SortStableFunc(all, func(x, y record) int { return cmp.Compare(x.Order, y.Order) })
	list := make([]Actionable, 0, len(all))
	for _, r := range all {
		list = append(list, r.Actionable)
	}
	return list, nil
}

// Get returns an actionable, or ErrNotFound.
func (b *Book) Get(id string) (Actionable, error) {
	r, err := b.records.Get(id)
	return r.Actionable, naming(id, err)
}

// Create adds an actionable at the end of the list and returns it as stored.
// Without an ID one is made of the name. The error is an *InvalidError, or
// ErrConflict when the ID is taken, or ErrFull.
func (b *Book) Create(a Actionable) (Actionable, error) {
	a.Shipped = false
	var made record
	_, err := b.edit(WhatCreate, 0, func(e *edit) (err error) {
		made, err = e.insert(a)
		return err
	})
	return made.Actionable, err
}

// Put replaces the actionable of that ID and returns it as stored. Version
// must be the stored one, else it is ErrConflict; the place in the list stays.
func (b *Book) Put(a Actionable) (Actionable, error) {
	var made record
	_, err := b.edit(WhatChange, 0, func(e *edit) (err error) {
		made, err = e.replace(a)
		return err
	})
	return made.Actionable, err
}

// Delete removes an actionable. version must be the stored one, else it is
// ErrConflict.
func (b *Book) Delete(id string, version uint64) error {
	_, err := b.edit(WhatDelete, 0, func(e *edit) error { return e.remove(id, version) })
	return err
}

// Order sets the order of the list. ids must name every actionable once, else
// it is ErrConflict: somebody has added or deleted one meanwhile.
func (b *Book) Order(ids []string) error {
	_, err := b.edit(WhatOrder, 0, func(e *edit) error {
		all, err := e.all()
		if err != nil {
			return err
		}
		if len(ids) != len(all) {
			return fmt.Errorf("order of %d actionables, there are %d: %w", len(ids), len(all), ErrConflict)
		}
		seen := map[string]bool{}
		for i, id := range ids {
			r, found := all[id]
			if !found || seen[id] {
				return naming(id, ErrConflict)
			}
			seen[id] = true
			if n := uint64(i + 1); r.Order != n {
				moved := r
				moved.Order = n
				if err := e.put(&r, moved); err != nil {
					return err
				}
			}
		}
		// What is added later comes behind these.
		return e.records.Advance(uint64(len(ids)))
	})
	return err
}

// Matcher returns the matcher of the book as it is now. It does not change
// with later changes of the book.
func (b *Book) Matcher() *Matcher { return b.matcher.Load() }

// stamped is an actionable as it is stored at a time.
func (a Actionable) stamped(at time.Time) Actionable {
	a.Updated = at.UTC()
	a.Triggers = append([]Trigger{}, a.Triggers...)
	for i := range a.Triggers {
		a.Triggers[i].On = cmp.Or(a.Triggers[i].On, OnClick)
	}
	a.Actions = append([]Action{}, a.Actions...)
	return a
}

// compile makes the matcher of what is stored. What no longer compiles, having
// been written by another version of Spoor, is logged and left out.
func (b *Book) compile() error {
	list, err := b.List()
	if err != nil {
		return err
	}
	for i := range list {
		if err := list[i].Validate(); err != nil {
			b.log.Warn("actionable left out", "id", list[i].ID, "err", err)
			list[i].Disabled = true
		}
	}
	m, err := NewMatcher(list)
	if err != nil {
		return err
	}
	b.matcher.Store(m)
	return nil
}

// naming says which actionable an error is about, in this package's words.
func naming(id string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, meta.ErrNotFound):
		err = ErrNotFound
	}
	return fmt.Errorf("actionable %q: %w", id, err)
}

// maxID bounds an ID in bytes.
const maxID = 64

func checkID(id string) *fault {
	if len(id) > maxID {
		return &fault{0, fmt.Sprintf("%d bytes, at most %d", len(id), maxID)}
	}
	if id != "" && slug(id) != id {
		return &fault{0, fmt.Sprintf("%s: want lower case letters and digits, joined by hyphens", quote(id))}
	}
	return nil
}

// slug makes an ID of a name: "Packets of Host" is packets-of-host.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	id := strings.Join(words, "-")
	if len(id) > maxID {
		id = strings.TrimRight(id[:maxID], "-")
	}
	return cmp.Or(id, "actionable")
}

// free is id, or with the first number behind it that is not taken.
func free[T any](id string, taken map[string]T) string {
	if _, found := taken[id]; !found {
		return id
	}
	for n := 2; ; n++ {
		end := "-" + strconv.Itoa(n)
		next := strings.TrimRight(id[:min(len(id), maxID-len(end))], "-") + end
		if _, found := taken[next]; !found {
			return next
		}
	}
}
