package index

import (
	"time"

	"spoor/index/query"
)

// Visit says which entries Store.Scan shows to visitors.
type Visit struct {
	// Query says which entries match; nil means every entry.
	Query query.Node
	// From and To bound Time: From is in, To is out. Zero means unbounded.
	From, To time.Time
	// Order is roughly the order in which entries are shown: block by block,
	// several blocks at once. A visitor must not rely on it.
	Order Order
	// Progress is told how far the scan is, about ten times a second, from
	// one goroutine; nil means that nobody asks. It should return soon.
	Progress func(Progress)
}

// Visitor is shown the matching entries that one worker of a scan has found.
// Only one goroutine uses it at a time, so it needs no locks; what the
// visitors of a scan have gathered is put together when Scan has returned.
type Visitor interface {
	// NeedsText says whether the Raw of a stream's entries is needed. Without
	// it much less has to be read.
	NeedsText(s *Stream) bool
	// Whole says whether the times from first to last, both in, need not be
	// told apart.
	Whole(first, last time.Time) bool
	// Count is told of n matches of a stream at once, whose times are from
	// first to last. It stands for that many Visits where Whole is true and
	// no text is needed.
	Count(s *Stream, first, last time.Time, n uint64)
	// Visit is shown one match. The entry and its Raw are valid until it
	// returns; Raw is nil where no text is needed. An error ends the scan,
	// which returns it.
	Visit(e *Entry) error
}

// Extent says between which times all matches lie, and what has to be read to
// find them, as far as index and metadata tell without reading. The zero value
// says that nothing can match.
type Extent struct {
	// From and To: From is in, To is out; or the last time that can be told.
	From, To time.Time
	// Seq is that of the newest entry that the scan sees.
	Seq uint64
	// Blocks have Bytes of raw text, blocks in memory included.
	Blocks int
	Bytes  int64
}

// Progress says how far a scan is.
type Progress struct {
	// Extent is what there is to do. A visitor that needs no text, or no
	// blocks, gets by with less.
	Extent Extent
	// Done is how many of its blocks, and bytes of raw text, are dealt with.
	Done struct {
		Blocks int
		Bytes  int64
	}
	// Scanned is what was read so far.
	Scanned Scanned
	// Total is how many entries have matched so far.
	Total uint64
	// Until is where the scan has come in its order: of Newest, all matches
	// from this time on were shown, of Oldest, all before it. Zero means that
	// this can't be said yet.
	Until time.Time
}

// Visited is what a scan has to say besides what its visitors know.
type Visited struct {
	// Total is how many entries matched.
	Total uint64
	// Exact is false when something that may match could not be read.
	Exact   bool
	Extent  Extent
	Scanned Scanned
}
