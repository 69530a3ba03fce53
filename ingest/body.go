package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"spoor/index"
	"spoor/internal/format"
	"spoor/internal/packet"
)

// body is one body on its way into the store.
type body struct {
	p      *Pipeline
	params Params
	ctx    context.Context // of one call of Lines
	source *source
	in     *lines
	once   *once // nil for a body without a key
	whole  bool  // the body was read to its end
	answer Answer

	patient bool // waits for a store that is behind from the first batch on

	streams map[index.Stream]*index.Stream
	last    *index.Stream   // the one of the newest entry
	headers []*index.Stream // those of the batch with a header

	entries []index.Entry // of the batch
	bytes   int
	oldest  time.Time // when the first of them was read
	arena   []byte    // where packets of the batch lie
	late    error     // of a batch put while the body was waited for
}

// errLineTooLong rejects a line.
type errLineTooLong int

func (e errLineTooLong) Error() string { return fmt.Sprintf("longer than %d bytes", int(e)) }

// yieldEvery is after how many lines, some tenths of a millisecond, whoever
// waits for a processor goes first, such as a search. The runtime would let it
// wait for ten milliseconds behind every body that comes in.
const yieldEvery = 256

// lines reads a body of lines.
func (b *body) lines() error {
	parser, err := b.parser()
	if err != nil {
		return err
	}
	defer func() { b.answer.Notes = parser.Notes() }()
	for {
		if b.in.n%yieldEvery == 0 {
			runtime.Gosched()
		}
		line, kind := b.in.next()
		switch kind {
		case aLine, tooLong:
			if err := b.count(parser, line, kind); err != nil {
				return err
			}
		case full:
			if err := b.flush(b.ctx); err != nil {
				return err
			}
			b.in.release()
		case ended:
			return b.end(parser)
		}
		if b.full() {
			if err := b.flush(b.ctx); err != nil {
				return err
			}
		}
	}
}

// count takes the next line.
func (b *body) count(parser *format.Parser, line []byte, kind kind) error {
	if err := b.once.next(line); err != nil {
		return err
	}
	if kind == tooLong {
		b.answer.reject(b.in.n, errLineTooLong(b.in.max))
	} else {
		b.line(parser, line)
	}
	return b.once.caughtUp(&b.answer)
}

// end puts what is left. Lines that arrived whole are kept even if the body
// broke off behind them, unless the caller has given up.
func (b *body) end(parser *format.Parser) error {
	failed := b.source.failed()
	if b.late != nil {
		return b.late
	}
	if failed != nil && b.givenUp() {
		return fmt.Errorf("read body: line %d: %w", b.in.n+1, b.ctx.Err())
	}
	b.whole = failed == nil
	if err := b.flush(context.WithoutCancel(b.ctx)); err != nil {
		return err
	}
	if spec, tag, ok := parser.Header(); ok { // even if no line has followed it yet
		b.p.headers.remember(b.params, tag, spec)
	}
	if failed != nil {
		return &BodyError{b.in.n + 1, "line", failed}
	}
	return b.once.ended()
}

// givenUp says whether nobody waits for an answer any more. A sender that has
// stalled still does, though the server ends its context.
func (b *body) givenUp() bool {
	return b.ctx.Err() != nil && !errors.Is(b.source.err, errStalled)
}

func (b *body) parser() (*format.Parser, error) {
	o := format.Options{
		Format: b.params.Format, Tag: b.params.Tag, Zone: b.params.Zone, Now: b.p.o.Now().UTC(),
	}
	if o.Format == "" || o.Format == format.ZeekTSV {
		spec, err := b.p.headers.newest(b.ctx, b.p.store, b.params)
		if err != nil {
			return nil, fmt.Errorf("look for an earlier header: %w", err)
		}
		o.Spec = spec
	}
	return format.NewParser(o), nil
}

// line reads one line into an entry.
func (b *body) line(parser *format.Parser, line []byte) {
	if b.in.n == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // Windows marks files as UTF-8
	}
	l, err := parser.Parse(line)
	switch {
	case err != nil:
		b.answer.reject(b.in.n, err)
		return
	case l.Skip:
		return
	}
	arrived := b.source.arrived
	if l.Guessed {
		l.Time = arrived
	}
	b.add(index.Entry{
		Stream: b.stream(l.Tag, index.Format(l.Spec)),
		Time:   l.Time, TimeGuessed: l.Guessed, Arrived: arrived, Raw: line,
	})
}

// stream returns the one stream of this body that has tag and format.
func (b *body) stream(tag string, f index.Format) *index.Stream {
	if b.last != nil && b.last.Tag == tag && b.last.Format == f {
		return b.last
	}
	s := index.Stream{Tag: tag, Source: b.params.Source, Format: f, Origin: b.params.Origin}
	known, ok := b.streams[s]
	if !ok {
		known = &s
		b.streams[s] = known
	}
	if b.last = known; f.Name == format.ZeekTSV {
		b.headers = append(b.headers, known)
	}
	return known
}

// add takes an entry into the batch, unless an earlier try has stored it.
func (b *body) add(e index.Entry) {
	if b.once.stored() {
		return
	}
	if len(b.entries) == 0 {
		b.oldest = time.Now()
	}
	b.entries = append(b.entries, e)
	b.bytes += len(e.Raw)
}

func (b *body) full() bool {
	return b.bytes >= b.p.o.BatchBytes || len(b.entries) >= b.p.o.BatchEntries
}

// read reads more of the body. What a slow sender has sent is put once the
// oldest of it has waited for MaxDelay. The timer's goroutine has the body
// for itself meanwhile: nothing else touches it before r has answered, and
// what r fills is not yet part of a line.
func (b *body) read(r io.Reader, to []byte) (int, error) {
	if len(b.entries) == 0 {
		return r.Read(to)
	}
	left := b.p.o.MaxDelay - time.Since(b.oldest)
	if left <= 0 {
		if b.late = b.flush(b.ctx); b.late != nil {
			return 0, b.late
		}
		return r.Read(to)
	}
	put := make(chan error, 1)
	timer := time.AfterFunc(left, func() { put <- b.flush(b.ctx) })
	n, err := r.Read(to)
	if !timer.Stop() {
		if b.late = <-put; b.late != nil {
			return 0, b.late
		}
	}
	return n, err
}

// flush puts the batch.
func (b *body) flush(ctx context.Context) error {
	if len(b.entries) == 0 {
		return nil
	}
	if err := b.put(ctx); err != nil {
		return fmt.Errorf("store %d entries after %d: %w", len(b.entries), b.answer.Accepted, err)
	}
	b.answer.Accepted += len(b.entries)
	for _, s := range b.headers {
		b.p.headers.remember(b.params, s.Tag, format.Spec(s.Format))
	}
	clear(b.entries)
	b.entries, b.arena, b.bytes, b.headers = b.entries[:0], b.arena[:0], 0, b.headers[:0]
	return nil
}

// put hands the batch to the store. When the store is behind in the middle of
// a body, the sender is held up instead of sent away: it could not say from
// where to go on.
func (b *body) put(ctx context.Context) error {
	var deadline <-chan time.Time
	for {
		err := b.try(ctx)
		if !errors.Is(err, index.ErrBehind) || !b.patient && b.answer.Accepted == 0 {
			return err
		}
		if deadline == nil {
			deadline = time.After(b.p.o.MaxWait)
		}
		select {
		case <-time.After(putAgain): // the store has waited for room itself
		case <-deadline:
			return err
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// putAgain is after how long a store that was behind is asked again.
const putAgain = 100 * time.Millisecond

func (b *body) try(ctx context.Context) error {
	if b.once == nil {
		return b.p.store.Put(ctx, b.entries)
	}
	return b.once.put(ctx, b.entries, &b.answer, b.whole)
}

// capture reads a capture file. Of a damaged one everything before the
// damage is kept.
func (b *body) capture() error {
	r, err := packet.NewReader(b.in.rest())
	if err != nil {
		if failed := b.source.failed(); failed != nil {
			err = failed
		}
		return &BodyError{1, "packet", err}
	}
	for n := 1; ; n++ {
		p, err := r.Next()
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && b.source.failed() == nil && !isDamage(err):
			b.whole = true
			if err := b.flush(b.ctx); err != nil {
				return err
			}
			return b.once.ended()
		default:
			return b.broken(n, err)
		}
		if err := b.packet(&p); err != nil {
			return err
		}
	}
}

// packet takes the next packet.
func (b *body) packet(p *packet.Packet) error {
	if err := b.once.nextPacket(p); err != nil {
		return err
	}
	if b.once.stored() {
		return b.once.caughtUp(&b.answer)
	}
	b.add(b.packetEntry(p, b.keep(p.Data), b.source.arrived))
	if b.full() {
		return b.flush(b.ctx)
	}
	return nil
}

func isDamage(err error) bool {
	var damage *packet.FileError
	return errors.As(err, &damage)
}

// broken ends a capture that can't be read on from packet n.
func (b *body) broken(n int, err error) error {
	failed := b.source.failed()
	if b.late != nil {
		return b.late
	}
	if b.givenUp() {
		return fmt.Errorf("read body: packet %d: %w", n, b.ctx.Err())
	}
	b.whole = failed == nil
	if err := b.flush(context.WithoutCancel(b.ctx)); err != nil {
		return err
	}
	if failed != nil {
		return &BodyError{n, "packet", failed}
	}
	b.answer.reject(n, err)
	b.answer.Notes = append(b.answer.Notes, fmt.Sprintf("the capture is damaged: what stands behind packet %d could not be read", n-1))
	return nil
}

// keep copies a packet to where it stays until the batch is put.
func (b *body) keep(data []byte) []byte {
	if cap(b.arena)-len(b.arena) < len(data) {
		size := min(max(2*cap(b.arena), 64<<10), b.p.o.BatchBytes)
		b.arena = make([]byte, 0, max(size, len(data)))
	}
	n := len(b.arena)
	b.arena = append(b.arena, data...)
	return b.arena[n:len(b.arena):len(b.arena)]
}

// packetEntry makes an entry of a packet whose bytes are data.
func (b *body) packetEntry(p *packet.Packet, data []byte, arrived time.Time) index.Entry {
	tag := b.params.Tag
	if tag == "" {
		tag = format.Packet
	}
	e := index.Entry{
		Stream: b.stream(tag, index.Format{Name: index.Packet, LinkType: p.LinkType}),
		Time:   p.Time.UTC(), Arrived: arrived, Raw: data, OrigLen: p.OrigLen,
	}
	if p.Time.IsZero() {
		e.Time, e.TimeGuessed = arrived, true
	}
	return e
}
