// Package ingest takes logs and captures, line by line or packet by packet,
// and hands them to a store in batches.
package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"spoor/index"
	"spoor/internal/format"
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
	// MaxDelay is how long an entry waits for its batch to fill while its
	// body is still coming in; 0 means 1 s.
	MaxDelay time.Duration
	// MaxWait is how long a batch waits for a store that is behind, when
	// others of its body are stored already; 0 means a minute.
	MaxWait time.Duration
	// MaxLine is the longest line in bytes that is taken; 0 means 1 MiB.
	MaxLine int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Pipeline hands what it is given to a store. It may be used by many
// goroutines at once.
type Pipeline struct {
	store   Store
	o       Options
	headers headers
	keys    keys
}

// NewPipeline returns a pipeline into s.
func NewPipeline(s Store, o Options) *Pipeline {
	if o.BatchBytes == 0 {
		o.BatchBytes = 4 << 20
	}
	if o.BatchEntries == 0 {
		o.BatchEntries = 10_000
	}
	if o.MaxDelay == 0 {
		o.MaxDelay = time.Second
	}
	if o.MaxWait == 0 {
		o.MaxWait = time.Minute
	}
	if o.MaxLine == 0 {
		o.MaxLine = 1 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Pipeline{store: s, o: o}
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

// maxErrors is how many rejected lines an answer names.
const maxErrors = 100

func (a *Answer) reject(line int, err error) {
	a.Rejected++
	if len(a.Errors) < maxErrors {
		a.Errors = append(a.Errors, LineError{Line: line, Error: err.Error()})
	}
}

// BodyError says that a body could be read only in part: it broke off, it is
// damaged, or it is not what it was said to be.
type BodyError struct {
	// Line is the line or packet that could not be read, from 1.
	Line int
	// What is "line" or "packet".
	What string
	// Err is the cause.
	Err error
}

func (e *BodyError) Error() string {
	return fmt.Sprintf("read body: %s %d: %v", e.What, e.Line, e.Err)
}

// Unwrap returns Err.
func (e *BodyError) Unwrap() error { return e.Err }

// Lines reads a body of lines, or a capture file, to its end. The answer is
// true whatever the error: what it calls accepted is on disk, and no entry
// is there in part.
//
// The error is a *ParamError, a *BodyError, ErrKeyReused, or that of the store
// or of ctx. Two bodies of one key must not be read at once; the endpoint sees
// to that.
// A line that can't be read is no error; the answer tells of it.
func (p *Pipeline) Lines(ctx context.Context, r io.Reader, params Params) (Answer, error) {
	b := &body{
		p: p, params: params, ctx: ctx,
		answer:  Answer{Errors: []LineError{}},
		streams: make(map[index.Stream]*index.Stream),
	}
	if err := params.Validate(); err != nil {
		return b.answer, err
	}
	var err error
	if b.once, err = p.newOnce(ctx, &params); err != nil {
		return b.answer, err
	}
	b.source = &source{ctx: ctx, r: readerFunc(func(to []byte) (int, error) { return b.read(r, to) }), now: p.o.Now}
	b.in = newLines(b.source, p.o.MaxLine, p.o.BatchBytes)
	defer b.in.close() // the store has copied what it keeps
	head := b.in.peek(4)
	switch {
	case params.Format == format.Packet, params.Format == "" && packet.IsCapture(head):
		err = b.capture()
	case params.Format == "" && compressed(head) != "":
		err = &BodyError{1, "line", fmt.Errorf("it is compressed; send it with Content-Encoding: %s", compressed(head))}
	case wide(head):
		err = &BodyError{1, "line", errors.New("it is UTF-16, whose lines can't be read; send it as UTF-8")}
	default:
		err = b.lines()
	}
	return b.answer, err
}

// compressed names the compression whose magic a body begins with.
func compressed(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	}
	return ""
}

// wide says whether a body begins with the mark of UTF-16, as what Windows
// writes to a file often does.
func wide(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff})
}

// Packets stores packets, all of them with the tag (or "packet"), source and
// origin of params. It returns nil when all of them are on disk; after an
// error those before may be.
func (p *Pipeline) Packets(ctx context.Context, packets []packet.Packet, params Params) error {
	params.Format = format.Packet
	if err := params.Validate(); err != nil {
		return err
	}
	b := &body{p: p, params: params, ctx: ctx, patient: true, streams: make(map[index.Stream]*index.Stream)}
	now := p.o.Now().UTC()
	for i := range packets {
		// The store copies what it keeps, so the bytes need not be copied
		// before.
		b.add(b.packetEntry(&packets[i], packets[i].Data, now))
		if b.full() {
			if err := b.flush(ctx); err != nil {
				return err
			}
		}
	}
	return b.flush(ctx)
}

// readerFunc is a function that reads.
type readerFunc func(to []byte) (int, error)

func (f readerFunc) Read(to []byte) (int, error) { return f(to) }

// source is a body as it comes in. It remembers what went wrong, so that a
// damaged body is told from a damaged capture in it, and when the last bytes
// came.
type source struct {
	ctx     context.Context // of one call of Lines
	r       io.Reader
	now     func() time.Time
	arrived time.Time
	err     error // nil or io.EOF while all is well
}

func (s *source) Read(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	var n int
	n, s.err = s.r.Read(b)
	s.arrived = s.now().UTC()
	return n, s.err
}

// failed returns what went wrong; nil at a clean end.
func (s *source) failed() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}
