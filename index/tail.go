package index

import (
	"errors"
	"math"

	"spoor/index/query"
)

// ErrAhead says that a Tail should begin behind entries that this store does
// not have, as when it was restored from a backup that is older than the place.
var ErrAhead = errors.New("this store has not come so far")

// TailNow as After of a Tail means behind all entries that are there now.
const TailNow = math.MaxUint64

// Tail says what Store.Tail hands out.
type Tail struct {
	// Query says which entries; nil means every entry.
	Query query.Node
	// After is the Seq behind which it begins: 0 means from the start, TailNow
	// from now on. Whoever keeps the Seq of the last batch that was dealt with
	// goes on there later, and misses nothing but what was removed meanwhile.
	After uint64
}

// TailBatch is some entries in the order of their arrival.
type TailBatch struct {
	// Entries may be none: then only Seq has moved on. They belong to
	// whoever gets them.
	Entries []Entry
	// Seq is the place behind the batch: what comes next arrived later.
	Seq uint64
	// Behind is how many entries, matching or not, arrived behind Seq and are
	// there already.
	Behind uint64
}
