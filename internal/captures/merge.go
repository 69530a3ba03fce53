package captures

import (
	"container/heap"
	"context"
	"errors"
	"io"
	"os"

	"spoor/internal/packet"
)

const (
	// maxOpen is how many files one query reads side by side.
	maxOpen = 32
	// checkEvery is after how many packets a query looks whether somebody
	// still wants it.
	checkEvery = 512
)

// merge reads the files of one query side by side and gives the packets that
// match in the order of time, as far as each file is in order itself and no
// more than maxOpen of them overlap.
type merge struct {
	catalog *catalog
	root    *os.Root
	filter  Filter
	// fault is told of what could not be read. It is not an end.
	fault func(file string, err error)
	// idle is called every checkEvery packets; its error ends the query.
	idle func() error

	pending []plan // not yet opened, by the time of the first packet
	open    sourceHeap
	given   bool // the packet at the top of open was handed out
	seen    int
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
		p := m.pending[0]
		if len(m.open) > 0 && p.first.After(m.open[0].time) {
			return nil
		}
		m.pending = m.pending[1:]
		s, err := openSource(m.root, p)
		if err != nil {
			m.fault(p.file.name, err)
			continue
		}
		more, err := m.advance(ctx, s)
		if err != nil {
			s.close(m.catalog, nil)
			return err
		}
		if more {
			heap.Push(&m.open, s)
		}
	}
	return nil
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
		if err := s.next(); err != nil {
			s.close(m.catalog, err)
			if err != io.EOF {
				m.fault(s.file.name, err)
			}
			return false, nil
		}
		if m.filter.Match(s.meta) {
			return true, nil
		}
	}
}

// close closes what is still open.
func (m *merge) close() {
	for _, s := range m.open {
		s.close(m.catalog, nil)
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
