package index

import (
	"context"
	"errors"
	"time"
)

// Selector says which entries are deleted: those that meet every condition it
// has. The zero value has none, and selects nothing.
type Selector struct {
	// Tag is that of the stream, whole; empty means any.
	Tag string `json:"tag,omitempty"`
	// Source is the numeric source tag; 0 means any.
	Source uint32 `json:"source,omitempty"`
	// Job is the fleet job that brought packets; 0 means any.
	Job uint64 `json:"job,omitempty"`
	// From and To bound Time: From is in, To is out. Zero means unbounded.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// IsZero says that there is no condition.
func (s Selector) IsZero() bool { return s == Selector{} }

// HasStream says whether entries of the stream can be selected.
func (s Selector) HasStream(of *Stream) bool {
	return !s.IsZero() && (s.Tag == "" || s.Tag == of.Tag) && (s.Source == 0 || s.Source == of.Source) &&
		(s.Job == 0 || s.Job == of.Origin.Job)
}

// Deleted says what a deletion has hidden, or would hide.
type Deleted struct {
	Entries uint64 `json:"entries"`
	// Exact says that Entries is no lower bound, as it is where data is damaged.
	Exact bool `json:"exact"`
}

var (
	// ErrNoSelector says that a deletion names no condition.
	ErrNoSelector = errors.New("a deletion needs a condition at least")
	// ErrTooManyDeletions says that earlier deletions have to be worked off
	// first.
	ErrTooManyDeletions = errors.New("too many deletions are not worked off yet")
)

// Deleter is a Store that can delete.
type Deleter interface {
	// Delete hides the selected entries that were acknowledged before it was
	// called, for good and from every search that starts later; a search
	// that is under way still sees them. With dry they are only counted.
	Delete(ctx context.Context, s Selector, dry bool) (Deleted, error)
}
