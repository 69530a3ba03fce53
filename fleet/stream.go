package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"spoor/internal/packet"
)

// stream is one sensor's answer on its way to the sink. Its counts are read
// when copy has returned.
type stream struct {
	m      *Manager
	task   *task
	config SensorConfig

	seen     struct{ packets, bytes int64 } // what the sensor sent so far
	limit    string                         // "packets" or "bytes" once it was reached
	skipped  int64                          // stored by an earlier turn already
	rejected int64                          // outside the asked time
	cut      int64                          // not wanted otherwise
	stored   map[uint64]int                 // by earlier turns, by hash
	end      End                            // what the answer said at its end
	sketch   sketch

	from, to time.Time // the window
	batch    []packet.Packet
	noting   chan error // has how noting the batch before went; nil there was none
}

var errLimit = errors.New("limit reached")

// prepare reads what earlier turns have stored.
func (s *stream) prepare() (err error) {
	s.end.Packets = -1
	s.from, s.to = s.task.filter.Window()
	s.stored, err = s.m.noted(s.task.job, s.task.sensor, s.task.chunks)
	return err
}

// copy brings the packets of body to the sink and closes it. It returns when
// the whole answer is stored, or why it is not. What arrived before an error
// is stored, unless ctx was cancelled.
//
// A goroutine of its own reads, so that a slow or silent sensor does not keep
// back what has arrived, and that reading goes on while a batch is stored: one
// batch is filled while the other is emptied, and a sink that is slower than
// the sensor stops the reading.
func (s *stream) copy(ctx context.Context, body io.ReadCloser) error {
	defer body.Close()
	reading, stop := context.WithCancel(ctx)
	// Closing ends a Read that knows nothing of contexts.
	unhook := context.AfterFunc(reading, func() { body.Close() })
	defer unhook()

	in, read := newInflow(), make(chan error, 1)
	go func() {
		err := readPackets(reading, body, in)
		read <- err
		in.close()
	}()
	err := s.collect(ctx, in)
	if bad := s.noted(); err == nil || errors.Is(err, errLimit) && bad != nil {
		err = bad
	}
	stop()
	in.abandon()
	torn := <-read
	if err == nil {
		err = torn
	}
	if e, ok := body.(Ender); ok && torn == nil {
		s.end = e.End()
		if s.limit == "" {
			s.limit = s.end.Limit
		}
	}
	if errors.Is(err, errLimit) {
		return nil
	}
	return err
}

// readPackets puts the packets of r into in until its end.
func readPackets(ctx context.Context, r io.Reader, in *inflow) error {
	body := &tornReader{r: r}
	capture, err := packet.NewReader(body)
	if err != nil {
		return fmt.Errorf("the answer is no capture: %w", body.cause(err))
	}
	for {
		p, err := capture.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("the answer broke off after %d packets: %w", capture.Count(), body.cause(err))
		}
		if !in.put(p) {
			return ctx.Err()
		}
	}
}

// tornReader remembers why reading ended, which says more than that a
// capture is too short.
type tornReader struct {
	r   io.Reader
	err error
}

func (t *tornReader) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	if err != nil && err != io.EOF {
		t.err = err
	}
	return n, err
}

func (t *tornReader) cause(err error) error {
	if t.err != nil {
		return explain(t.err)
	}
	return err
}

// collect stores packets in batches until there are no more, the limit is
// reached (errLimit), ctx ends, or the sink fails.
func (s *stream) collect(ctx context.Context, in *inflow) error {
	age := time.NewTimer(batchAge)
	age.Stop()
	for {
		select {
		case <-in.begun: // a first packet waits
			age.Reset(batchAge)
			continue
		case <-in.full:
		case <-age.C:
		case <-in.ended:
			return s.store(ctx, in.take())
		case <-ctx.Done():
			return s.abandon(ctx, in)
		}
		if err := s.store(ctx, in.take()); err != nil {
			return err
		}
	}
}

// abandon keeps what has arrived when time is up, and nothing more when
// somebody does not want it any more.
func (s *stream) abandon(ctx context.Context, in *inflow) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		if err := s.store(ctx, in.take()); err != nil && !errors.Is(err, errLimit) {
			s.m.log.Warn("last packets are not stored", "job", s.task.job, "sensor", s.task.sensor, "err", err)
		}
	}
	return context.Cause(ctx)
}

// store hands those of the packets that are wanted to the sink. It returns
// errLimit when the limit is reached with them.
func (s *stream) store(ctx context.Context, packets []packet.Packet) error {
	s.batch = s.batch[:0]
	for _, p := range packets {
		if s.add(p) {
			break
		}
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	if s.limit != "" {
		return errLimit
	}
	return nil
}

// add takes a packet into the batch, unless it is not wanted, and tells
// whether the limit is reached with it.
func (s *stream) add(p packet.Packet) (reached bool) {
	s.seen.packets++
	s.seen.bytes += int64(len(p.Data))
	s.limit = s.task.limits.reached(s.seen.packets, s.seen.bytes)
	switch {
	case s.outside(p.Time):
		s.rejected++
	case s.task.cut && !s.wanted(p):
		s.cut++
	case s.again(p):
		s.skipped++
	default:
		s.batch = append(s.batch, p)
	}
	return s.limit != ""
}

// outside tells whether no packet of that time was asked for.
func (s *stream) outside(t time.Time) bool {
	return t.Before(s.from) || !s.to.IsZero() && !t.Before(s.to)
}

// wanted tells whether the filter matches a packet, where the sensor could
// not be asked just that.
func (s *stream) wanted(p packet.Packet) bool {
	m := packet.ReadMeta(p.LinkType, p.Data)
	m.Time = p.Time
	return s.task.filter.Match(m)
}

// again tells whether an earlier turn has stored p.
func (s *stream) again(p packet.Packet) bool {
	if len(s.stored) == 0 {
		return false
	}
	h := hashPacket(p)
	n := s.stored[h]
	if n == 0 {
		return false
	}
	s.stored[h] = n - 1
	return true
}

// flush hands the batch to the sink and notes it.
func (s *stream) flush(ctx context.Context) error {
	if len(s.batch) == 0 {
		return nil
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	unhook := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(s.m.o.Grace):
			cancel()
		case <-work.Done():
		}
	})
	defer unhook()
	err := s.m.sink(work, Batch{Job: s.task.job, Source: s.task.source, Sensor: s.config, Packets: s.batch})
	if err != nil {
		return fmt.Errorf("store packets: %w", err)
	}
	for _, p := range s.batch {
		s.sketch.add(p)
	}
	if err := s.noted(); err != nil {
		return err
	}
	// Its disk is waited for while the next batch is on its way to the sink's.
	c := newChunk(s.batch)
	s.noting = make(chan error, 1)
	go func() { s.noting <- s.m.note(s.task, c) }()
	return nil
}

// noted waits until the batch before is in the journal.
func (s *stream) noted() error {
	if s.noting == nil {
		return nil
	}
	err := <-s.noting
	s.noting = nil
	return err
}

// limitText says which limit was reached.
func (s *stream) limitText() string {
	if s.limit == "bytes" {
		return fmt.Sprintf("%d bytes", s.task.limits.Bytes)
	}
	return fmt.Sprintf("%d packets", s.task.limits.Packets)
}

// shortened keeps an error short enough for a record and a table.
func shortened(text string) string {
	if len(text) <= 500 {
		return text
	}
	return strings.ToValidUTF8(text[:500], "") + "..."
}
