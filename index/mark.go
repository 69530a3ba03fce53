package index

import "context"

// Mark says how far a sender's body has come, under the key that the sender
// gave it. It is kept together with entries, so that a body which is sent
// again after a lost answer goes on where the store is.
type Mark struct {
	// Key is the sender's, 1 to MaxKey bytes.
	Key string
	// Line is the last line, or packet, of the body that the entries up to
	// here come from.
	Line uint64
	// Accepted and Rejected count the lines up to that one.
	Accepted, Rejected uint64
	// Sum is a hash of the body up to that line.
	Sum uint64
	// Done says that the body ends with that line.
	Done bool
}

// MaxKey is how many bytes a Mark's Key has at the most.
const MaxKey = 128

// Marker is a Store that keeps marks with entries.
type Marker interface {
	// PutMarked is Put which keeps the mark as well: entries and mark, or
	// neither.
	PutMarked(ctx context.Context, entries []Entry, m Mark) error
	// Mark returns the newest mark of a key; its Key is empty when there is
	// none. A mark is forgotten after a time, or when there are too many.
	Mark(ctx context.Context, key string) (Mark, error)
}
