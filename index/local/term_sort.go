package local

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

const (
	// maxSortBlocks is how many blocks a segment can have: their numbers lie
	// behind the bytes of a packed term.
	maxSortBlocks = 1 << (64 - packedBits)
	// sortTerms and sortWide are how many terms of blocks are sorted in
	// memory; what is more goes to a file. A seal stays below it.
	sortTerms = 2 << 20
	sortWide  = 1 << 18
)

// wideAt is a wide term of a block.
type wideAt struct {
	term  wideTerm
	block uint32
}

// termSorter brings the terms of blocks, which come block by block, into the
// order of their bytes. It is made to be used again.
type termSorter struct {
	keys  []uint64 // packed terms, and the block in their lowest bits
	spare []uint64
	wide  []wideAt

	path  string // of the file; "" until a run goes there
	runs  []int64
	size  int64
	limit int // of keys; a test has a smaller one
}

// begin forgets everything. What does not fit into memory goes to the file
// path, which must not exist.
func (s *termSorter) begin(path string) {
	s.keys, s.wide, s.path, s.runs, s.size = s.keys[:0], s.wide[:0], path, s.runs[:0], 0
	if s.limit == 0 {
		s.limit = sortTerms
	}
}

// add takes the terms of a block; blocks come in their order.
func (s *termSorter) add(block int, terms *blockTerms) error {
	if block >= maxSortBlocks {
		return fmt.Errorf("more than %d blocks", maxSortBlocks)
	}
	if len(s.keys)+len(terms.packed) > s.limit || len(s.wide)+len(terms.wide) > sortWide {
		if err := s.spill(); err != nil {
			return err
		}
	}
	for _, term := range terms.packed {
		s.keys = append(s.keys, term|uint64(block))
	}
	for _, term := range terms.wide {
		s.wide = append(s.wide, wideAt{term, uint32(block)})
	}
	return nil
}

// sort returns the terms in memory in their order.
func (s *termSorter) sort() *memoryRun {
	s.spare = slices.Grow(s.spare[:0], len(s.keys))[:len(s.keys)]
	s.keys, s.spare = sortKeys(s.keys, s.spare)
	slices.SortStableFunc(s.wide, func(a, b wideAt) int { return a.term.compare(&b.term) })
	return &memoryRun{keys: s.keys, wide: s.wide}
}

// sortKeys sorts by the terms, stably, so that blocks keep their order. It
// returns the sorted one of the two slices first.
func sortKeys(keys, spare []uint64) (sorted, other []uint64) {
	const digit = 10
	const passes = packedBits / digit
	var counts [passes][1 << digit]uint32
	for _, k := range keys {
		k >>= 64 - packedBits
		for p := range counts {
			counts[p][k&(1<<digit-1)]++
			k >>= digit
		}
	}
	for p := range counts {
		shift := 64 - packedBits + p*digit
		sum := uint32(0)
		for i, n := range counts[p] {
			counts[p][i] = sum
			sum += n
		}
		for _, k := range keys {
			at := &counts[p][k>>shift&(1<<digit-1)]
			spare[*at] = k
			*at++
		}
		keys, spare = spare, keys
	}
	return keys, spare
}

// spill appends the terms in memory to the file, as a run: for each term how
// many bytes it has in common with the one before, the others, and the
// differences of its blocks.
func (s *termSorter) spill() (err error) {
	if len(s.keys)+len(s.wide) == 0 {
		return nil
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<16)
	run := s.sort()
	var buf, last []byte
	for run.next() {
		same := 0
		for same < min(len(last), len(run.text)) && last[same] == run.text[same] {
			same++
		}
		buf = binary.AppendUvarint(buf[:0], uint64(same))
		buf = binary.AppendUvarint(buf, uint64(len(run.text)-same))
		buf = append(buf, run.text[same:]...)
		buf = binary.AppendUvarint(buf, uint64(len(run.blocks)))
		before := uint32(0)
		for _, b := range run.blocks {
			buf = binary.AppendUvarint(buf, uint64(b-before))
			before = b
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		s.size += int64(len(buf))
		last = append(last[:0], run.text...)
	}
	s.runs = append(s.runs, s.size)
	s.keys, s.wide = s.keys[:0], s.wide[:0]
	return w.Flush()
}

// each calls found for every term in the order of their bytes, with its blocks
// in theirs. Both are valid until found returns. The file is removed.
func (s *termSorter) each(found func(term []byte, blocks []uint32) error) (err error) {
	last := s.sort()
	if len(s.runs) == 0 {
		for last.next() {
			if err := found(last.text, last.blocks); err != nil {
				return err
			}
		}
		return nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(s.path)) }()
	var all runHeap
	from := int64(0)
	for i, to := range s.runs {
		all = append(all, &runHead{number: i, run: &fileRun{r: bufio.NewReaderSize(io.NewSectionReader(f, from, to-from), 1<<16)}})
		from = to
	}
	all = append(all, &runHead{number: len(s.runs), run: last})
	return all.each(found)
}

// termRun is terms in their order.
type termRun interface {
	// next goes to the next term; false means that there is none, or that
	// failed says why it can't be read.
	next() bool
	term() ([]byte, []uint32)
	failed() error
}

// memoryRun is a run in memory.
type memoryRun struct {
	keys   []uint64
	wide   []wideAt
	text   []byte
	blocks []uint32
}

func (r *memoryRun) term() ([]byte, []uint32) { return r.text, r.blocks }
func (r *memoryRun) failed() error            { return nil }

func (r *memoryRun) next() bool {
	r.blocks = r.blocks[:0]
	// Wide terms lie between those of IPv4 addresses and words.
	if len(r.wide) > 0 && (len(r.keys) == 0 || r.keys[0]>>56 > termIPv4) {
		term := r.wide[0].term
		for len(r.wide) > 0 && r.wide[0].term == term {
			r.blocks = append(r.blocks, r.wide[0].block)
			r.wide = r.wide[1:]
		}
		r.text = append(r.text[:0], term.bytes()...)
		return true
	}
	if len(r.keys) == 0 {
		return false
	}
	const block = maxSortBlocks - 1
	term := r.keys[0] &^ block
	n := 0
	for ; n < len(r.keys) && r.keys[n]&^block == term; n++ {
		r.blocks = append(r.blocks, uint32(r.keys[n]&block))
	}
	r.keys = r.keys[n:]
	r.text = appendTerm(r.text[:0], term)
	return true
}

// fileRun is a run in the file.
type fileRun struct {
	r      *bufio.Reader
	text   []byte
	blocks []uint32
	err    error
}

func (r *fileRun) term() ([]byte, []uint32) { return r.text, r.blocks }
func (r *fileRun) failed() error            { return r.err }

func (r *fileRun) next() bool {
	if _, err := r.r.Peek(1); errors.Is(err, io.EOF) {
		return false
	}
	same, rest := r.number(), r.number()
	if r.err != nil || same > uint64(len(r.text)) || rest > uint64(len(wideTerm{})) {
		r.err = errors.Join(r.err, errors.New("the file of terms is damaged"))
		return false
	}
	r.text = append(r.text[:same], make([]byte, rest)...)
	if _, err := io.ReadFull(r.r, r.text[same:]); err != nil {
		r.err = err
		return false
	}
	r.blocks = r.blocks[:0]
	block := uint64(0)
	for range r.number() {
		if block += r.number(); r.err != nil {
			return false
		}
		r.blocks = append(r.blocks, uint32(block))
	}
	return r.err == nil
}

func (r *fileRun) number() uint64 {
	n, err := binary.ReadUvarint(r.r)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("read the file of terms: %w", err)
	}
	return n
}

// runHead is the next term of a run.
type runHead struct {
	number int
	run    termRun
}

// runHeap has the run with the lowest term first, and among equals that of the
// lowest blocks.
type runHeap []*runHead

func (h runHeap) Len() int      { return len(h) }
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h runHeap) Less(i, j int) bool {
	a, _ := h[i].run.term()
	b, _ := h[j].run.term()
	if c := bytes.Compare(a, b); c != 0 {
		return c < 0
	}
	return h[i].number < h[j].number
}
func (h *runHeap) Push(x any) { *h = append(*h, x.(*runHead)) }
func (h *runHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// each goes through the runs, of which none was begun.
func (h runHeap) each(found func(term []byte, blocks []uint32) error) error {
	var left runHeap
	for _, head := range h {
		if head.run.next() {
			left = append(left, head)
		} else if err := head.run.failed(); err != nil {
			return err
		}
	}
	heap.Init(&left)
	var term []byte
	var blocks []uint32
	for len(left) > 0 {
		first := left[0]
		text, more := first.run.term()
		if !bytes.Equal(text, term) {
			if len(blocks) > 0 {
				if err := found(term, blocks); err != nil {
					return err
				}
			}
			term, blocks = append(term[:0], text...), blocks[:0]
		}
		blocks = append(blocks, more...)
		switch {
		case first.run.next():
			heap.Fix(&left, 0)
		case first.run.failed() != nil:
			return first.run.failed()
		default:
			heap.Pop(&left)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	return found(term, blocks)
}
