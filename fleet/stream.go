package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"spoor/internal/packet"
)

const (
	batchPackets = 4096
	batchBytes   = 4 << 20
	batchAge     = 250 * time.Millisecond // a packet waits no longer for others
	readAhead    = 64                     // packets
)

// stream is one sensor's answer on its way to the sink. Its counts are read
// when run has returned.
type stream struct {
	m      *Manager
	task   *task
	config SensorConfig

	seen     struct{ packets, bytes int64 } // what the sensor sent so far
	limit    string                         // "packets" or "bytes" once it was reached
	skipped  int64                          // stored by an earlier turn already
	rejected int64                          // outside the asked time
	stored   map[uint64]int                 // by earlier turns, by hash

	batch []packet.Packet
	size  int // bytes of batch
}

var errLimit = errors.New("limit reached")

// run asks the sensor and returns when its whole answer is stored, or why it
// is not. What arrived before an error is stored, unless ctx was cancelled.
func (s *stream) run(ctx context.Context, from Sensor) error {
	var err error
	if s.stored, err = s.m.noted(s.task.job, s.task.sensor, s.task.chunks); err != nil {
		return err
	}
	body, err := from.Packets(ctx, s.task.filter, s.task.limits)
	if err != nil {
		return err
	}
	defer body.Close()
	return s.copy(ctx, body)
}

// copy brings the packets of body to the sink. A goroutine of its own reads,
// so that a slow or silent sensor does not keep back what has arrived.
func (s *stream) copy(ctx context.Context, body io.ReadCloser) error {
	reading, stop := context.WithCancel(ctx)
	// Closing ends a Read that knows nothing of contexts.
	unhook := context.AfterFunc(reading, func() { body.Close() })
	defer unhook()

	packets, read := make(chan packet.Packet, readAhead), make(chan error, 1)
	go func() {
		read <- readPackets(reading, body, packets)
		close(packets)
	}()
	err := s.collect(ctx, packets)
	stop()
	if torn := <-read; err == nil {
		err = torn
	}
	if errors.Is(err, errLimit) {
		return nil
	}
	return err
}

// readPackets sends copies of the packets in r until its end.
func readPackets(ctx context.Context, r io.Reader, packets chan<- packet.Packet) error {
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
		p.Data = bytes.Clone(p.Data)
		select {
		case packets <- p:
		case <-ctx.Done():
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

// collect stores packets in batches until the channel is closed, the limit
// is reached (errLimit), ctx ends, or the sink fails.
func (s *stream) collect(ctx context.Context, packets <-chan packet.Packet) error {
	age := time.NewTimer(batchAge)
	age.Stop()
	for {
		select {
		case p, ok := <-packets:
			if !ok {
				return s.flush(ctx)
			}
			was := len(s.batch)
			reached := s.add(p)
			switch {
			case reached:
				if err := s.flush(ctx); err != nil {
					return err
				}
				return errLimit
			case len(s.batch) >= batchPackets || s.size >= batchBytes:
				if err := s.flush(ctx); err != nil {
					return err
				}
			case was == 0 && len(s.batch) == 1:
				age.Reset(batchAge)
			}
		case <-age.C:
			if err := s.flush(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return s.abandon(ctx)
		}
	}
}

// abandon keeps what has arrived when time is up, and nothing more when
// somebody does not want it any more.
func (s *stream) abandon(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		if err := s.flush(ctx); err != nil {
			s.m.log.Warn("last packets are not stored", "job", s.task.job, "sensor", s.task.sensor, "err", err)
		}
	}
	return context.Cause(ctx)
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
	case s.again(p):
		s.skipped++
	default:
		s.batch = append(s.batch, p)
		s.size += len(p.Data)
	}
	return s.limit != ""
}

// outside tells whether no packet of that time was asked for. A Stenographer
// looks at times by file, so it sends up to two minutes too much.
func (s *stream) outside(t time.Time) bool {
	from, to := s.task.filter.Window()
	return t.Before(from) || !to.IsZero() && !t.Before(to)
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
	if err := s.m.note(s.task, s.batch); err != nil {
		return err
	}
	s.batch, s.size = s.batch[:0], 0
	return nil
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
