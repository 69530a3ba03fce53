// Package saved keeps what people want to find again: searches under a name,
// and frozen sets, the entries of a search as they were.
package saved

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"spoor/internal/meta"
)

var (
	// ErrNotFound says that there is nothing under an id.
	ErrNotFound = errors.New("not saved here")
	// ErrConflict says that it was changed by somebody else meanwhile.
	ErrConflict = errors.New("changed by somebody else meanwhile")
	// ErrTaken says that another search has the name.
	ErrTaken = errors.New("another search has this name")
	// ErrFull says that no more is kept.
	ErrFull = errors.New("no room for more")
	// ErrNothing says that there are no entries to freeze.
	ErrNothing = errors.New("nothing matches, so there is nothing to freeze")
)

// InvalidError says which field of what is to be saved is wrong.
type InvalidError struct {
	// Field is its name in JSON.
	Field string
	// Reason says what is wrong with it.
	Reason string
}

func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }

const (
	// MaxSearches and MaxSets bound the books.
	MaxSearches = 1000
	MaxSets     = 1000

	maxName  = 100     // characters
	maxText  = 4 << 10 // bytes of a note, and of all that is no query
	maxQuery = 64 << 10
)

// Search is a search under a name. Q, From, To, Order, Show and Columns are
// what the page has in its address; this package does not look into them.
type Search struct {
	// ID is made of the first name and never changes.
	ID string `json:"id"`
	// Name is there once, upper and lower case aside.
	Name string `json:"name"`
	Q    string `json:"q"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`

	Order   string `json:"order,omitempty"`
	Show    string `json:"show,omitempty"`
	Columns string `json:"columns,omitempty"`
	// Note is whatever people want to add.
	Note string `json:"note,omitempty"`

	// Version counts the changes from 1.
	Version uint64    `json:"version"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func (s *Search) validate() error {
	s.Name = strings.TrimSpace(s.Name)
	if err := name(s.Name, 1); err != nil {
		return err
	}
	for field, text := range map[string]string{"from": s.From, "to": s.To, "order": s.Order, "show": s.Show, "columns": s.Columns, "note": s.Note} {
		if err := short(field, text, maxText); err != nil {
			return err
		}
	}
	return short("q", s.Q, maxQuery)
}

// name checks what a thing is called.
func name(text string, least int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return &InvalidError{"name", "holds control characters"}
	case n < least:
		return &InvalidError{"name", "missing"}
	case n > maxName:
		return &InvalidError{"name", fmt.Sprintf("has %d characters, at most %d are kept", n, maxName)}
	}
	return nil
}

func short(field, text string, most int) error {
	if len(text) > most {
		return &InvalidError{field, fmt.Sprintf("has %d bytes, at most %d are kept", len(text), most)}
	}
	return nil
}

// Searches is the book of saved searches. It may be used by many goroutines
// at once.
type Searches struct {
	mu      sync.Mutex // one change at a time, because names are there once
	records meta.Bucket[Search]
	now     func() time.Time
}

// NewSearches opens the book in db.
func NewSearches(db *meta.DB) (*Searches, error) {
	b, err := meta.NewBucket[Search](db, "saved-searches")
	return &Searches{records: b, now: time.Now}, err
}

// List returns all searches by name.
func (b *Searches) List() ([]Search, error) {
	all, err := b.records.All()
	if err != nil {
		return nil, fmt.Errorf("list saved searches: %w", err)
	}
	slices.SortStableFunc(all, func(x, y Search) int {
		return cmp.Or(strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), strings.Compare(x.ID, y.ID))
	})
	return all, nil
}

// Get returns the search of that id, else the one of that name, else
// ErrNotFound.
func (b *Searches) Get(id string) (Search, error) {
	s, err := b.records.Get(id)
	if !errors.Is(err, meta.ErrNotFound) {
		return s, err
	}
	all, err := b.records.All()
	if err != nil {
		return Search{}, err
	}
	for _, s := range all {
		if strings.EqualFold(s.Name, id) {
			return s, nil
		}
	}
	return Search{}, missing("search", id)
}

func missing(what, id string) error { return fmt.Errorf("%s %q: %w", what, id, ErrNotFound) }

// Create keeps a search and returns it as stored. The error is an
// *InvalidError, ErrTaken or ErrFull.
func (b *Searches) Create(s Search) (Search, error) {
	if err := s.validate(); err != nil {
		return Search{}, err
	}
	err := b.change(func(tx meta.Tx[Search], all []Search) error {
		if len(all) >= MaxSearches {
			return fmt.Errorf("%d searches are saved: %w", len(all), ErrFull)
		}
		if err := free(all, s); err != nil {
			return err
		}
		s.ID = newID(s.Name, all)
		s.Version, s.Created = 1, b.now().UTC()
		s.Updated = s.Created
		return tx.Put(s.ID, s)
	})
	return s, err
}

// Put replaces the search of that id and returns it as stored. The error is
// as of Create, or ErrNotFound, or ErrConflict when Version is not the stored
// one.
func (b *Searches) Put(s Search) (Search, error) {
	if err := s.validate(); err != nil {
		return Search{}, err
	}
	err := b.change(func(tx meta.Tx[Search], all []Search) error {
		was, err := find(tx, s.ID, s.Version)
		if err != nil {
			return err
		}
		if err := free(all, s); err != nil {
			return err
		}
		s.Version, s.Created, s.Updated = was.Version+1, was.Created, b.now().UTC()
		return tx.Put(s.ID, s)
	})
	return s, err
}

// Delete removes a search. version must be the stored one, else it is
// ErrConflict.
func (b *Searches) Delete(id string, version uint64) error {
	return b.change(func(tx meta.Tx[Search], _ []Search) error {
		if _, err := find(tx, id, version); err != nil {
			return err
		}
		return tx.Delete(id)
	})
}

// change runs fn in one transaction with all that is there.
func (b *Searches) change(fn func(tx meta.Tx[Search], all []Search) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.records.Update(func(tx meta.Tx[Search]) error {
		var all []Search
		if err := tx.Each(func(_ string, s Search) error { all = append(all, s); return nil }); err != nil {
			return err
		}
		return fn(tx, all)
	})
}

func find(tx meta.Tx[Search], id string, version uint64) (Search, error) {
	was, err := tx.Get(id)
	switch {
	case errors.Is(err, meta.ErrNotFound):
		return was, missing("search", id)
	case err == nil && was.Version != version:
		return was, fmt.Errorf("search %q: %w", id, ErrConflict)
	}
	return was, err
}

// free says whether the name is anybody else's, by name or by link.
func free(all []Search, s Search) error {
	for _, other := range all {
		if other.ID != s.ID && (strings.EqualFold(other.Name, s.Name) || strings.EqualFold(other.ID, s.Name)) {
			return fmt.Errorf("%q: %w", s.Name, ErrTaken)
		}
	}
	return nil
}

// newID makes an id of a name: its letters and digits in lower case, and a
// number where that is taken.
func newID(name string, all []Search) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	base := strings.Trim(b.String(), "-")
	if base == "" {
		base = "search"
	}
	taken := map[string]bool{}
	for _, s := range all {
		taken[s.ID] = true
		taken[strings.ToLower(s.Name)] = taken[strings.ToLower(s.Name)] || !strings.EqualFold(s.Name, name)
	}
	id := base
	for n := 2; taken[id]; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}
