package sensor

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"spoor/fleet"
	"spoor/internal/packet"
)

const (
	// maxOpen is how many files one query reads side by side.
	maxOpen = 32
	// maxTornTail is the longest end of a file that is taken for a record
	// still being written. More than that, and a damaged length is likelier.
	maxTornTail = 64<<10 + 64
	// checkEvery is after how many packets a query looks whether somebody
	// still wants it.
	checkEvery = 512
)

// merge reads the files of one query side by side and gives the packets that
// match in the order of time, as far as each file is in order itself and no
// more than maxOpen of them overlap.
type merge struct {
	catalog *catalog
	filter  fleet.Filter
	// fault is told of what could not be read. It is not an end.
	fault func(file string, err error)
	// idle is called every checkEvery packets; its error ends the query.
	idle func() error

	pending []*file // not yet opened, by the time of the first packet
	open    sourceHeap
	given   bool // the packet at the top of open was handed out
	seen    int
}

// source is an open file at a packet that matches.
type source struct {
	file     *file
	capture  *capture
	reader   *packet.Reader
	packet   packet.Packet
	time     time.Time // of packet, or of the last one that has any
	from, to time.Time // seen so far
}

// next returns the following match, valid until the next call, and io.EOF at
// the end. Any other error comes from idle or ctx.
func (m *merge) next(ctx context.Context) (packet.Packet, error) {
	if m.given {
		m.given = false
		if err := m.advanceTop(ctx); err != nil {
			return packet.Packet{}, err
		}
	}
	if err := m.openDue(ctx); err != nil {
		return packet.Packet{}, err
	}
	if len(m.open) == 0 {
		return packet.Packet{}, io.EOF
	}
	m.given = true
	return m.open[0].packet, nil
}

func (m *merge) advanceTop(ctx context.Context) error {
	top := m.open[0]
	more, err := m.advance(ctx, top)
	switch {
	case err != nil:
		return err
	case more:
		heap.Fix(&m.open, 0)
	default:
		heap.Pop(&m.open)
	}
	return nil
}

// openDue opens the files that can have a packet before the next one.
func (m *merge) openDue(ctx context.Context) error {
	for len(m.pending) > 0 && len(m.open) < maxOpen {
		f := m.pending[0]
		if len(m.open) > 0 && f.first.After(m.open[0].time) {
			return nil
		}
		m.pending = m.pending[1:]
		s := m.start(f)
		if s == nil {
			continue
		}
		more, err := m.advance(ctx, s)
		if err != nil {
			s.capture.Close()
			return err
		}
		if more {
			heap.Push(&m.open, s)
		}
	}
	return nil
}

// start opens a file; nil means that there is nothing to read in it.
func (m *merge) start(f *file) *source {
	c, err := openCapture(filepath.Join(m.catalog.dir, f.name), f.size)
	if errors.Is(err, os.ErrNotExist) {
		err = errors.New("removed while the query ran")
	}
	if err != nil {
		m.fault(f.name, err)
		return nil
	}
	r, err := packet.NewReader(c)
	if err != nil {
		defer c.Close()
		if !c.torn(err) {
			m.fault(f.name, err)
		}
		return nil
	}
	return &source{file: f, capture: c, reader: r}
}

// advance goes to the file's next match. It closes the file and returns false
// when there is none.
func (m *merge) advance(ctx context.Context, s *source) (bool, error) {
	for {
		if m.seen++; m.seen%checkEvery == 0 {
			if err := errors.Join(ctx.Err(), m.idle()); err != nil {
				return false, err
			}
		}
		p, err := s.reader.Next()
		if err != nil {
			m.finish(s, err)
			return false, nil
		}
		s.note(p.Time)
		meta := packet.ReadMeta(p.LinkType, p.Data)
		meta.Time = p.Time
		if m.filter.Match(meta) {
			s.packet = p
			return true, nil
		}
	}
}

// note keeps the bounds of the times seen. A packet without a time goes where
// its file stands.
func (s *source) note(t time.Time) {
	if t.IsZero() {
		return
	}
	s.time = t
	if s.from.IsZero() || t.Before(s.from) {
		s.from = t
	}
	if t.After(s.to) {
		s.to = t
	}
}

// finish closes a file that gave err instead of a packet.
func (m *merge) finish(s *source, err error) {
	s.capture.Close()
	switch {
	case err == io.EOF, s.capture.torn(err):
		m.catalog.learned(s.file, s.from, s.to)
	default:
		m.fault(s.file.name, err)
	}
}

// torn says that err means a record, or the header, that is not yet written
// to its end.
func (c *capture) torn(err error) bool {
	var bad *packet.FileError
	if !errors.As(err, &bad) || !c.ended {
		return false
	}
	return c.count-bad.Offset <= maxTornTail
}

// close closes what is still open.
func (m *merge) close() {
	for _, s := range m.open {
		s.capture.Close()
	}
	m.open, m.pending = nil, nil
}

// sourceHeap has the earliest packet at its top; equal times keep the order
// of the files' names.
type sourceHeap []*source

func (h sourceHeap) Len() int { return len(h) }
func (h sourceHeap) Less(i, j int) bool {
	if !h[i].time.Equal(h[j].time) {
		return h[i].time.Before(h[j].time)
	}
	return h[i].file.name < h[j].file.name
}
func (h sourceHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *sourceHeap) Push(s any)   { *h = append(*h, s.(*source)) }
func (h *sourceHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return s
}

// faults gathers what went wrong with a query, in bounded memory.
type faults struct {
	texts []string
	more  int
}

func (f *faults) add(format string, args ...any) {
	const most = 8
	if len(f.texts) >= most {
		f.more++
		return
	}
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}
