package local

import (
	"fmt"
	"os"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

// blockMeta says where a block lies and what it holds.
type blockMeta struct {
	offset           int64
	columnSize       uint32 // bytes of columns on disk
	textSize         uint32 // bytes of text on disk, behind the columns
	columnPlain      uint32 // bytes of columns, unpacked
	textPlain        uint32 // bytes of text, unpacked
	columnSum        uint64 // xxhash64 of the bytes on disk
	textSum          uint64
	rows             uint32
	firstRun         uint32 // in segment.runs; the block's end where the next's begin
	minTime, maxTime int64
	maxSeq           uint64
}

// packed is a block as it is written.
type packed struct {
	meta  blockMeta // offset and firstRun are not known yet
	runs  []run
	parts []streamPart // one for each run
	data  []byte
	terms *blockTerms // nil: without an index
	until int64       // the latest of all event and arrival times
}

// pack compresses the rows of v, whose only text is theirs one after another,
// its text with enc.
func pack(v *view, buf *packBuf, c *codec, enc *zstd.Encoder) packed {
	plain := appendColumns(buf.columns[:0], v.runs, v.rows, 0)
	buf.columns = plain
	room := len(v.texts[0])/3 + len(plain)/2
	if enc == c.quick { // packets, which may be encrypted
		room = len(v.texts[0]) + len(plain)
	}
	data := c.block.EncodeAll(plain, make([]byte, 0, room))
	columnSize := len(data)
	data = enc.EncodeAll(v.texts[0], data)
	m := blockMeta{
		columnSize:  uint32(columnSize),
		textSize:    uint32(len(data) - columnSize),
		columnPlain: uint32(len(plain)),
		textPlain:   uint32(len(v.texts[0])),
		columnSum:   xxhash.Sum64(data[:columnSize]),
		textSum:     xxhash.Sum64(data[columnSize:]),
		rows:        uint32(len(v.rows)),
		minTime:     v.rows[0].time, maxTime: v.rows[0].time,
	}
	until := v.rows[0].until()
	for i := range v.rows {
		r := &v.rows[i]
		m.minTime, m.maxTime = min(m.minTime, r.time), max(m.maxTime, r.time)
		m.maxSeq = max(m.maxSeq, r.seq)
		until = max(until, r.until())
	}
	return packed{meta: m, runs: v.runs, data: data, until: until}
}

// blockBuf is the memory for reading one block after another.
type blockBuf struct {
	disk    []byte
	columns []byte
	text    []byte
	view    view
}

var blockBufs = sync.Pool{New: func() any { return new(blockBuf) }}

// blockError is damage found in a block.
type blockError struct {
	file   string
	offset int64
	reason string
}

func (e *blockError) Error() string {
	return fmt.Sprintf("%s: block at %d: %s", e.file, e.offset, e.reason)
}

// readColumns reads all of a block but its text.
func (buf *blockBuf) readColumns(f *os.File, m *blockMeta, c *codec) (*view, error) {
	fail := func(err error) error { return &blockError{f.Name(), m.offset, "columns: " + err.Error()} }
	b, err := buf.pread(f, m.offset, m.columnSize, m.columnSum)
	if err != nil {
		return nil, fail(err)
	}
	if buf.columns, err = c.decode(b, int(m.columnPlain), buf.columns); err != nil {
		return nil, fail(err)
	}
	rest, err := buf.view.read(buf.columns, int(m.rows), 0, int(m.textPlain))
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes too many", len(rest))
	}
	if err != nil {
		return nil, fail(err)
	}
	buf.view.texts = append(buf.view.texts[:0], nil)
	return &buf.view, nil
}

// readText reads the text of the block whose columns were read last.
func (buf *blockBuf) readText(f *os.File, m *blockMeta, c *codec) error {
	b, err := buf.pread(f, m.offset+int64(m.columnSize), m.textSize, m.textSum)
	if err == nil {
		buf.text, err = c.decode(b, int(m.textPlain), buf.text)
	}
	if err != nil {
		return &blockError{f.Name(), m.offset, "text: " + err.Error()}
	}
	buf.view.texts = append(buf.view.texts[:0], buf.text)
	return nil
}

// pread reads size bytes at offset; the segment's open has checked that they
// lie inside the file.
func (buf *blockBuf) pread(f *os.File, offset int64, size uint32, sum uint64) ([]byte, error) {
	if cap(buf.disk) < int(size) {
		buf.disk = make([]byte, size)
	}
	b := buf.disk[:size]
	if _, err := f.ReadAt(b, offset); err != nil {
		return nil, err
	}
	if xxhash.Sum64(b) != sum {
		return nil, fmt.Errorf("the checksum is wrong")
	}
	return b, nil
}
