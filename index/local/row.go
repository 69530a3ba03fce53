package local

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// row is an entry without its text and stream. It holds no pointers, so the
// garbage collector never looks into a table of them.
type row struct {
	time    int64 // nanoseconds since 1970
	arrived int64 // nanoseconds since 1970
	seq     uint64
	chunk   uint32 // which text of the view holds it
	off     uint32 // where it begins there
	size    uint32
	mark    uint32 // length on the wire, and guessedBit
}

const (
	guessedBit = 1 << 31
	// maxRaw bounds the text of one entry, so that one in a block of its
	// own still fits all limits.
	maxRaw = 16 << 20
	// maxRows bounds the entries of one block or log record.
	maxRows = 1 << 20
	// maxText bounds the text of one block or log record. Lengths above it
	// are damage and are never allocated.
	maxText = 256 << 20
)

// until is the time from which on the age of the entry counts.
func (r *row) until() int64  { return max(r.time, r.arrived) }
func (r *row) guessed() bool { return r.mark&guessedBit != 0 }
func (r *row) origLen() int  { return int(r.mark &^ guessedBit) }

// run says that the next rows belong to one stream.
type run struct {
	stream uint32
	rows   uint32
}

// view is rows that lie together, with their text: a block, or a stream of
// the table in memory.
type view struct {
	runs  []run
	rows  []row
	texts [][]byte
}

func (v *view) raw(r *row) []byte {
	return v.texts[r.chunk][r.off : r.off+r.size : r.off+r.size]
}

var errColumns = errors.New("columns end too early")

// appendColumns writes runs and rows column by column, which compresses far
// better than row by row. Seq is written relative to base.
func appendColumns(b []byte, runs []run, rows []row, base uint64) []byte {
	b = binary.AppendUvarint(b, uint64(len(runs)))
	for _, r := range runs {
		b = binary.AppendUvarint(b, uint64(r.stream))
		b = binary.AppendUvarint(b, uint64(r.rows))
	}
	last := int64(0)
	for i := range rows {
		b = binary.AppendVarint(b, rows[i].time-last)
		last = rows[i].time
	}
	// Arrival is mostly the same for neighbours, and near the time of a
	// guessed or fresh one: the difference to the row before is smallest.
	last = 0
	for i := range rows {
		b = binary.AppendVarint(b, rows[i].arrived-last)
		last = rows[i].arrived
	}
	seq := base
	for i := range rows {
		b = binary.AppendVarint(b, int64(rows[i].seq-seq))
		seq = rows[i].seq
	}
	for i := range rows {
		b = binary.AppendUvarint(b, uint64(rows[i].mark))
	}
	for i := range rows {
		b = binary.AppendUvarint(b, uint64(rows[i].size))
	}
	return b
}

// columns reads what appendColumns wrote. It trusts nothing.
type columns struct {
	b   []byte
	bad bool
}

func (c *columns) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *columns) varint() int64 {
	v, n := binary.Varint(c.b)
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}

// read fills v with count rows whose texts follow one another in a text of
// textLen bytes. It returns what stands behind the columns.
func (v *view) read(b []byte, count int, base uint64, textLen int) (rest []byte, err error) {
	c := columns{b: b}
	// Every row takes five bytes at least, which bounds what is allocated.
	if count < 0 || count > maxRows || count > len(b)/5 {
		return nil, fmt.Errorf("%d rows in %d bytes of columns", count, len(b))
	}
	if err := v.readRuns(&c, count); err != nil {
		return nil, err
	}
	if cap(v.rows) < count {
		v.rows = make([]row, count)
	}
	v.rows = v.rows[:count]
	last := int64(0)
	for i := range v.rows {
		last += c.varint()
		v.rows[i].time = last
	}
	last = 0
	for i := range v.rows {
		last += c.varint()
		v.rows[i].arrived = last
	}
	seq := base
	for i := range v.rows {
		seq += uint64(c.varint())
		v.rows[i].seq = seq
	}
	for i := range v.rows {
		v.rows[i].mark = uint32(c.uvarint())
	}
	off := uint64(0)
	for i := range v.rows {
		size := c.uvarint()
		if size > maxText || off+size > uint64(textLen) {
			return nil, fmt.Errorf("row %d ends behind the text of %d bytes", i, textLen)
		}
		v.rows[i].chunk, v.rows[i].off, v.rows[i].size = 0, uint32(off), uint32(size)
		off += size
	}
	switch {
	case c.bad:
		return nil, errColumns
	case off != uint64(textLen):
		return nil, fmt.Errorf("rows hold %d bytes of a text of %d", off, textLen)
	}
	return c.b, nil
}

func (v *view) readRuns(c *columns, count int) error {
	n := c.uvarint()
	if n > uint64(count) {
		return fmt.Errorf("%d runs of %d rows", n, count)
	}
	v.runs = v.runs[:0]
	sum := uint64(0)
	for range n {
		r := run{stream: uint32(c.uvarint()), rows: uint32(c.uvarint())}
		sum += uint64(r.rows)
		v.runs = append(v.runs, r)
	}
	if c.bad {
		return errColumns
	}
	if sum != uint64(count) {
		return fmt.Errorf("runs hold %d rows, want %d", sum, count)
	}
	return nil
}
