package local

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// merge reads segments entry by entry in the order of a segment, and writes
// what it keeps into a new one. It holds one block of each in memory.
type merge struct {
	store  *Store
	inputs []*segment
	// keep says which entries come into the new segment.
	keep func(stream uint32, r *row) bool
	// from and to bound the times of entries that are kept: blocks outside
	// are not read. To is out, and noEnd is behind all of them.
	from, to int64
	// pace is called for every block that was written.
	pace func(ctx context.Context, bytes int) error

	ranks map[uint32]int // of streams, in the order of a segment
	heads mergeHeap
}

// errUnmergeable says that a segment can't be read in order, entry by entry.
// It is left as it is.
type errUnmergeable struct {
	seg *segment
	err error
}

func (e *errUnmergeable) Error() string { return fmt.Sprintf("merge %s: %v", e.seg.dir, e.err) }
func (e *errUnmergeable) Unwrap() error { return e.err }

// write makes the segment in a temporary folder. The number of entries is 0,
// and there is nothing to keep, when none was left.
func (m *merge) write(ctx context.Context, path string) (until int64, rows uint64, err error) {
	if err := m.rank(); err != nil {
		return 0, 0, err
	}
	if err := m.start(); err != nil || len(m.heads) == 0 {
		return 0, 0, err
	}
	w := m.store.newWriter()
	out, err := w.begin(path)
	if err != nil {
		return 0, 0, err
	}
	if err := m.blocks(ctx, w, out); err != nil {
		return 0, 0, errors.Join(err, out.abandon())
	}
	err = out.finish()
	return out.until, out.s.rows, err
}

// rank orders the streams of the inputs as pieces does.
func (m *merge) rank() error {
	known := map[uint32]*stream{}
	for _, seg := range m.inputs {
		for _, p := range seg.streams {
			s := m.store.streams.get(p.stream)
			if s == nil {
				return &errUnmergeable{seg, fmt.Errorf("nothing defines stream %d", p.stream)}
			}
			known[p.stream] = s
		}
	}
	all := make([]*stream, 0, len(known))
	for _, s := range known {
		all = append(all, s)
	}
	slices.SortFunc(all, compareStreams)
	m.ranks = make(map[uint32]int, len(all))
	for i, s := range all {
		m.ranks[s.id] = i
	}
	return nil
}

// start puts the first entry of every input into the heap.
func (m *merge) start() error {
	for _, seg := range m.inputs {
		h := &mergeHead{seg: seg, next: -1, place: place{rank: -1, key: key{math.MinInt64, 0}}}
		switch more, err := m.advance(h); {
		case err != nil:
			return err
		case more:
			m.heads = append(m.heads, h)
		}
	}
	heap.Init(&m.heads)
	return nil
}

// blocks writes all entries that the heads come to.
func (m *merge) blocks(ctx context.Context, w *writer, out *segmentWriter) error {
	b := &blockMaker{}
	flush := func() error {
		if len(b.pieces) == 0 {
			return nil
		}
		bytes := len(b.text)
		p := w.block(b.pieces, [][]byte{b.text})
		if err := out.add(&p); err != nil {
			return err
		}
		b.reset()
		return m.pace(ctx, bytes)
	}
	for len(m.heads) > 0 {
		h := m.heads[0]
		s, raw := m.store.streams.get(h.stream), h.view.raw(h.row)
		if !b.fits(s, len(raw), w.blockBytes) {
			if err := flush(); err != nil {
				return err
			}
		}
		b.add(s, *h.row, raw)
		more, err := m.advance(h)
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(&m.heads, 0)
		default:
			heap.Pop(&m.heads)
		}
	}
	return flush()
}

// blockMaker collects the entries of one block.
type blockMaker struct {
	pieces []piece
	text   []byte
	rows   int
}

func (b *blockMaker) reset() { b.pieces, b.text, b.rows = b.pieces[:0], b.text[:0], 0 }

// fits says whether another entry belongs into the same block.
func (b *blockMaker) fits(s *stream, size, blockBytes int) bool {
	if b.rows == 0 {
		return true
	}
	return akin(b.pieces[len(b.pieces)-1].stream, s) && len(b.text)+size <= blockBytes && b.rows < maxBlockRows
}

func (b *blockMaker) add(s *stream, r row, raw []byte) {
	r.chunk, r.off = 0, uint32(len(b.text))
	b.text = append(b.text, raw...)
	b.rows++
	last := len(b.pieces) - 1
	if last < 0 || b.pieces[last].stream != s {
		b.pieces = append(b.pieces, piece{stream: s})
		last++
	}
	b.pieces[last].rows = append(b.pieces[last].rows, r)
}

// place is where an entry stands in a segment.
type place struct {
	rank int // of its stream
	key
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.rank, o.rank), p.key.compare(o.key))
}

// mergeHead is the next entry of an input.
type mergeHead struct {
	seg    *segment
	block  int // the next one to read
	buf    blockBuf
	view   *view
	run    int // of the block
	left   int // rows of the run that are not read yet
	next   int // row of the block; -1 before the first block
	text   bool
	row    *row
	stream uint32
	place  place
}

type mergeHeap []*mergeHead

func (h mergeHeap) Len() int           { return len(h) }
func (h mergeHeap) Less(i, j int) bool { return h[i].place.compare(h[j].place) < 0 }
func (h mergeHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *mergeHeap) Push(x any)        { *h = append(*h, x.(*mergeHead)) }
func (h *mergeHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return x
}

// advance goes to the next entry that is kept; false means that there is none.
func (m *merge) advance(h *mergeHead) (bool, error) {
	for {
		if h.view == nil || h.next == len(h.view.rows) {
			if more, err := m.load(h); err != nil || !more {
				return false, err
			}
		}
		for h.left == 0 {
			h.run++
			h.stream, h.left = h.view.runs[h.run].stream, int(h.view.runs[h.run].rows)
		}
		r := &h.view.rows[h.next]
		h.next++
		h.left--
		at := place{m.ranks[h.stream], key{r.time, r.seq}}
		if at.compare(h.place) <= 0 {
			return false, &errUnmergeable{h.seg, fmt.Errorf("block %d is not in order", h.block-1)}
		}
		h.place = at
		if r.time < m.from || (r.time >= m.to && m.to != noEnd) || !m.keep(h.stream, r) {
			continue
		}
		h.row = r
		return true, m.readText(h)
	}
}

// load reads the next block that can have entries to keep, without its text.
func (m *merge) load(h *mergeHead) (bool, error) {
	for ; h.block < len(h.seg.blocks); h.block++ {
		b := &h.seg.blocks[h.block]
		if b.maxTime < m.from || (b.minTime >= m.to && m.to != noEnd) {
			continue
		}
		v, err := h.buf.readColumns(h.seg.file, b, m.store.codec)
		if err != nil {
			return false, m.damaged(h.seg, err)
		}
		h.block++
		h.view, h.run, h.left, h.next, h.text = v, -1, 0, 0, false
		return len(v.rows) > 0, nil
	}
	return false, nil
}

func (m *merge) readText(h *mergeHead) error {
	if h.text {
		return nil
	}
	h.text = true
	if err := h.buf.readText(h.seg.file, &h.seg.blocks[h.block-1], m.store.codec); err != nil {
		return m.damaged(h.seg, err)
	}
	return nil
}

// damaged reports damage that a merge has come upon.
func (m *merge) damaged(seg *segment, err error) error {
	var bad *blockError
	if errors.As(err, &bad) {
		m.store.report(Damage{bad.file, bad.offset, bad.reason})
	}
	return &errUnmergeable{seg, err}
}
