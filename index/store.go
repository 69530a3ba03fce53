package index

import (
	"context"
	"errors"
	"time"

	"spoor/index/query"
)

var (
	// ErrNotFound says that no entry has the ID that was asked for.
	ErrNotFound = errors.New("no such entry")
	// ErrClosed says that the store is closed or closing.
	ErrClosed = errors.New("the store is closed")
	// ErrBehind says that sealing has fallen behind and that the caller
	// should come again in a moment. Nothing of the batch was stored.
	ErrBehind = errors.New("the store is behind, try again in a moment")
	// ErrNoSpace says that the disk is full. Nothing of the batch was stored.
	ErrNoSpace = errors.New("no space left for data")
	// ErrTooManyStreams says that a batch would make too many new streams.
	ErrTooManyStreams = errors.New("too many new streams")
)

// Store keeps entries and finds them again. It may be used by many
// goroutines at once.
type Store interface {
	// Put keeps the entries. When it returns nil they are on disk for good
	// and every search that starts later sees them. On an error none of
	// them is kept. The store copies what it keeps.
	Put(ctx context.Context, entries []Entry) error

	// Search answers one page of matching entries, or only counts them.
	Search(ctx context.Context, r Request) (Result, error)

	// Histogram counts the entries that Search would find in equal steps of
	// time. Of r it reads Query, From and To; an open end is set to the time
	// of the oldest or newest entry. There are at most that many buckets.
	Histogram(ctx context.Context, r Request, buckets int) (Histogram, error)

	// Scan shows every matching entry to visitors, inside the workers that
	// find it, for whoever counts or groups and keeps few of them. visitor
	// is called once for each worker before any entry is shown, never twice
	// at a time. When ctx ends, Scan does, with its error.
	Scan(ctx context.Context, v Visit, visitor func(Extent) Visitor) (Visited, error)

	// Tail hands entries to each in the order of their arrival, first those
	// that are there, then new ones as soon as they are on disk, until ctx
	// ends, the store closes (ErrClosed) or each returns an error, which
	// Tail returns then. each may take its time: Put never waits for it, and
	// what it could not take yet is read from memory or disk later. The first
	// batch comes at once, perhaps without entries, and tells the Seq.
	Tail(ctx context.Context, t Tail, each func(TailBatch) error) error

	// Identify returns the IDs of entries that Scan or Tail has shown, in
	// their order. Of the entries it reads Stream, Time, Seq and Raw. One that
	// was removed meanwhile gets the ID that it would have among those left.
	Identify(ctx context.Context, entries []Entry) ([]ID, error)

	// Get returns the entry with that ID, or ErrNotFound.
	Get(ctx context.Context, id ID) (Hit, error)

	// Streams lists every stream that has entries, the one that received
	// an entry last at the end.
	Streams(ctx context.Context) ([]StreamInfo, error)

	// Close waits for what is under way and releases the files. Everything
	// acknowledged is found again when the store is opened next.
	Close() error
}

// Order is the order of a result. Many logs have whole seconds, so entries of
// the same time come in the order of their arrival, as they stood in the file.
type Order int

const (
	// Newest lists by time and Seq, descending.
	Newest Order = iota
	// Oldest lists by time and Seq, ascending.
	Oldest
)

// Request asks for entries.
type Request struct {
	// Query says which entries match; nil means every entry.
	Query query.Node
	// From and To bound Time: From is in, To is out. Zero means unbounded.
	From, To time.Time
	// Streams says which streams are looked at; nil means all. It is called
	// once for each, by many goroutines.
	Streams func(*Stream) bool
	// Limit is how many entries the page has at the most; 0 only counts.
	Limit int
	// Order is the order of the page; the zero value is Newest.
	Order Order
	// After continues a search behind the page that returned this cursor;
	// nil starts one. The other fields must be the same as then.
	After *Cursor
	// Exact asks for the exact total even where a full page could stop
	// the search earlier. Limit 0 implies it.
	Exact bool
}

// Result is one page.
type Result struct {
	// Hits are the entries of the page in the order asked for.
	Hits []Hit
	// Total is how many entries match over all pages, or a lower bound.
	Total uint64
	// Exact says that Total is not a lower bound.
	Exact bool
	// Next continues the search; nil means that this is the last page.
	Next *Cursor
	// Scanned says what the answer has cost.
	Scanned Scanned
}

// Scanned counts what a search has read.
type Scanned struct {
	// Blocks were candidates and were decompressed and evaluated.
	Blocks int `json:"blocks"`
	// Skipped blocks could not hold a match.
	Skipped int `json:"skipped"`
	// Bytes is the raw text evaluated.
	Bytes int64 `json:"bytes"`
}

// Histogram counts entries over time. The zero value says that there are none.
type Histogram struct {
	// From is where the first bucket begins.
	From time.Time
	// Width is how much time each bucket covers.
	Width time.Duration
	// Counts has one number for each bucket.
	Counts []uint64
	// Total is the sum of Counts, and exact.
	Total uint64
}

// Hit is an entry of a result with its ID.
type Hit struct {
	ID ID
	Entry
}

// StreamInfo is a stream with what it holds.
type StreamInfo struct {
	Stream  Stream
	Entries uint64
	// First and Last are the times of its oldest and newest entry.
	First, Last time.Time
	// LastSeq is the Seq of the entry that arrived last.
	LastSeq uint64
}
