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
	// ErrNotFound says that the book has no actionable of that ID.
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
}

// NewBook opens the book in db. What is shipped is put in at the first time
// that it is shipped, and never again: a person may have deleted it. An ID
// that a person has taken is left alone.
func NewBook(db *meta.DB, o Options) (*Book, error) {
	b := &Book{log: o.Log, now: o.Now}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if b.now == nil {
		b.now = time.Now
	}
	var err error
	if b.records, err = meta.NewBucket[record](db, "actionables"); err != nil {
		return nil, err
	}
	if b.past, err = meta.NewBucket[past](db, "actionables-past"); err != nil {
		return nil, err
	}
	for _, a := range Shipped() {
		if err := b.install(a); err != nil {
			return nil, fmt.Errorf("install actionable %q: %w", a.ID, err)
		}
	}
	return b, b.compile()
}

// install puts a shipped actionable in, unless that was done before.
func (b *Book) install(a Actionable) error {
	p, err := b.past.Get(a.ID)
	if err != nil && !errors.Is(err, meta.ErrNotFound) || p.Shipped {
		return err
	}
	a.Shipped = true
	// After a crash between the two the actionable is found and kept.
	if _, err := b.insert(a); err != nil && !errors.Is(err, ErrConflict) {
		return err
	}
	return b.remember(a.ID, func(p *past) { p.Shipped = true })
}

func (b *Book) remember(id string, change func(p *past)) error {
	return b.past.Update(func(tx meta.Tx[past]) error {
		p, err := tx.Get(id)
		if err != nil && !errors.Is(err, meta.ErrNotFound) {
			return err
		}
		change(&p)
		return tx.Put(id, p)
	})
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
	b.mu.Lock()
	defer b.mu.Unlock()
	a.Shipped = false
	a, err := b.insert(a)
	if err != nil {
		return Actionable{}, err
	}
	return a, b.compile()
}

// Put replaces the actionable of that ID and returns it as stored. Version
// must be the stored one, else it is ErrConflict; the place in the list stays.
func (b *Book) Put(a Actionable) (Actionable, error) {
	if err := a.Validate(); err != nil {
		return Actionable{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.records.Update(func(tx meta.Tx[record]) error {
		r, err := tx.Get(a.ID)
		switch {
		case err != nil:
			return err
		case r.Version != a.Version:
			return ErrConflict
		}
		a.Version, a.Shipped = r.Version+1, r.Shipped
		a = b.stamped(a)
		return tx.Put(a.ID, record{r.Order, a})
	})
	if err != nil {
		return Actionable{}, naming(a.ID, err)
	}
	return a, b.compile()
}

// Delete removes an actionable. version must be the stored one, else it is
// ErrConflict.
func (b *Book) Delete(id string, version uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.records.Get(id)
	switch {
	case err != nil:
		return naming(id, err)
	case r.Version != version:
		return naming(id, ErrConflict)
	}
	// First what must outlive it: remembering without deleting does no harm.
	if err := b.remember(id, func(p *past) { p.Version = version }); err != nil {
		return naming(id, err)
	}
	if err := b.records.Update(func(tx meta.Tx[record]) error { return tx.Delete(id) }); err != nil {
		return naming(id, err)
	}
	return b.compile()
}

// Matcher returns the matcher of the book as it is now. It does not change
// with later changes of the book.
func (b *Book) Matcher() *Matcher { return b.matcher.Load() }

// insert stores a new actionable. The caller holds mu, or is alone.
func (b *Book) insert(a Actionable) (Actionable, error) {
	if err := a.Validate(); err != nil {
		return a, err
	}
	if f := checkID(a.ID); f != nil {
		return a, invalid("id", f)
	}
	taken, err := b.ids()
	switch {
	case err != nil:
		return a, err
	case len(taken) >= MaxActionables:
		return a, ErrFull
	case a.ID == "":
		a.ID = free(slug(a.Name), taken)
	case taken[a.ID]:
		return a, naming(a.ID, ErrConflict)
	}
	p, err := b.past.Get(a.ID)
	if err != nil && !errors.Is(err, meta.ErrNotFound) {
		return a, naming(a.ID, err)
	}
	a.Version = p.Version + 1
	a = b.stamped(a)
	err = b.records.Update(func(tx meta.Tx[record]) error {
		order, err := tx.Next()
		if err != nil {
			return err
		}
		return tx.Put(a.ID, record{order, a})
	})
	return a, naming(a.ID, err)
}

// stamped is an actionable as it is stored.
func (b *Book) stamped(a Actionable) Actionable {
	a.Updated = b.now().UTC()
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

func (b *Book) ids() (map[string]bool, error) {
	all := make(map[string]bool)
	err := b.records.View(func(tx meta.Tx[record]) error {
		return tx.Each(func(key string, _ record) error {
			all[key] = true
			return nil
		})
	})
	return all, err
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
func free(id string, taken map[string]bool) string {
	if !taken[id] {
		return id
	}
	for n := 2; ; n++ {
		end := "-" + strconv.Itoa(n)
		next := strings.TrimRight(id[:min(len(id), maxID-len(end))], "-") + end
		if !taken[next] {
			return next
		}
	}
}
