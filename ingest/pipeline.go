// Package ingest takes logs and captures, line by line or packet by packet,
// and hands them to a store in batches.
package ingest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"spoor/index"
	"spoor/internal/packet"
)

// Store is what the pipeline needs of an index.Store.
type Store interface {
	Put(ctx context.Context, entries []index.Entry) error
	Streams(ctx context.Context) ([]index.StreamInfo, error)
}

// Options of a Pipeline. The zero value works.
type Options struct {
	// BatchBytes is how many bytes of raw entries a batch has; 0 means 4 MiB.
	BatchBytes int
	// BatchEntries is how many entries a batch has; 0 means 10,000.
	BatchEntries int
	// MaxLine is the longest line in bytes that is taken; 0 means 1 MiB.
	MaxLine int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log takes what a caller can't be told; nil discards it.
	Log *slog.Logger
}

// Params say what a body is, as far as the sender knows. The zero value
// leaves everything to recognition.
type Params struct {
	// Tag of all entries; empty means zeek.<path>, or the format's name.
	Tag string
	// Source is the numeric source tag; 0 means none.
	Source uint32
	// Format is a name of format.Names; empty means recognised.
	Format string
	// Origin is where the entries come from.
	Origin index.Origin
	// Zone is that of times without one; nil means UTC.
	Zone *time.Location
}

// Answer says what became of a body.
type Answer struct {
	// Accepted entries are on disk.
	Accepted int `json:"accepted"`
	// Rejected lines or packets are not.
	Rejected int `json:"rejected"`
	// Errors names the first 100 of the rejected.
	Errors []LineError `json:"errors"`
	// Notes say what else the sender should know.
	Notes []string `json:"notes,omitempty"`
}

// LineError says why a line was rejected.
type LineError struct {
	// Line counts the lines of the body, or the packets of a capture, from 1.
	Line int `json:"line"`
	// Error is the reason.
	Error string `json:"error"`
}

// Pipeline hands what it is given to a store. It may be used by many
// goroutines at once.
type Pipeline struct {
	store Store
	o     Options
}

// NewPipeline returns a pipeline into s.
func NewPipeline(s Store, o Options) *Pipeline { return &Pipeline{store: s, o: o} }

// Lines reads a body of lines, or a capture file, to its end.
func (p *Pipeline) Lines(ctx context.Context, r io.Reader, params Params) (Answer, error) {
	return Answer{}, errors.ErrUnsupported
}

// Packets stores packets, all of them with the tag, source and origin of params.
func (p *Pipeline) Packets(ctx context.Context, packets []packet.Packet, params Params) error {
	return errors.ErrUnsupported
}
