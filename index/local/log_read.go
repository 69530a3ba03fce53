package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"spoor/index"

	"github.com/cespare/xxhash/v2"
)

// record is one record of a log file.
type record struct {
	offset   int64
	firstSeq uint64
	rows     int
	columns  int // bytes
	text     int // bytes
	payload  []byte
}

func (r *record) lastSeq() uint64 { return r.firstSeq + uint64(r.rows) - 1 }
func (r *record) end() int64      { return r.offset + recHead + int64(len(r.payload)) }

// parseRecord reads the record that begins at offset. It never looks behind
// b and allocates nothing.
func parseRecord(b []byte, offset int64) (record, error) {
	h := b[offset:]
	if len(h) < recHead {
		return record{}, errors.New("the file ends inside a record")
	}
	le := binary.LittleEndian
	if le.Uint32(h[recMagic:]) != recordMagic {
		return record{}, errors.New("no record begins here")
	}
	if le.Uint32(h[recHeadSum:]) != uint32(xxhash.Sum64(h[:recHeadSum])) {
		return record{}, errors.New("the checksum of the record's header is wrong")
	}
	size := int64(le.Uint32(h[recPayload:]))
	if int64(len(h))-recHead < size {
		return record{}, errors.New("the file ends inside a record")
	}
	r := record{
		offset:   offset,
		firstSeq: le.Uint64(h[recFirstSeq:]),
		rows:     int(le.Uint32(h[recRows:])),
		columns:  int(le.Uint32(h[recColumns:])),
		text:     int(le.Uint32(h[recText:])),
		payload:  h[recHead : recHead+size],
	}
	if r.rows == 0 || r.rows > maxRows || r.columns > maxText || r.text > maxText {
		return record{}, fmt.Errorf("a record of %d entries and %d bytes", r.rows, r.text)
	}
	if le.Uint64(h[recSum:]) != xxhash.Sum64(r.payload) {
		return record{}, errors.New("the checksum of the record is wrong")
	}
	return r, nil
}

// scanLog calls found for every good record in the content of a log file and
// bad for every place where none could be read; torn says that no good record
// follows it.
func scanLog(b []byte, found func(record), bad func(offset int64, reason string, torn bool)) {
	pos := int64(0)
	switch {
	case bytes.HasPrefix(b, []byte(logMagic)):
		pos = int64(len(logMagic))
	case len(b) <= len(logMagic):
		bad(0, "the file ends inside its first bytes", true)
		return
	}
	for pos < int64(len(b)) {
		r, err := parseRecord(b, pos)
		if err == nil {
			found(r)
			pos = r.end()
			continue
		}
		next, ok := nextRecord(b, pos+1)
		bad(pos, err.Error(), !ok)
		if !ok {
			return
		}
		pos = next
	}
}

// nextRecord looks for a good record at or behind pos.
func nextRecord(b []byte, pos int64) (int64, bool) {
	magic := binary.LittleEndian.AppendUint32(nil, recordMagic)
	for {
		i := bytes.Index(b[min(pos, int64(len(b))):], magic)
		if i < 0 {
			return 0, false
		}
		pos += int64(i)
		if _, err := parseRecord(b, pos); err == nil {
			return pos, true
		}
		pos++
	}
}

// decode unpacks a record: the streams it defines, its entries, and the mark
// that was put with them, which may be nil.
func (r *record) decode(c *codec) ([]streamDef, *view, *mark, error) {
	plain, err := c.decode(r.payload, r.columns+r.text, nil)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("unpack: %w", err)
	}
	cols := columns{b: plain[r.text:]}
	var defs []streamDef
	for range cols.count(minStream) {
		defs = append(defs, cols.stream())
	}
	if cols.bad {
		return nil, nil, nil, errColumns
	}
	v := &view{texts: [][]byte{plain[:r.text]}}
	rest, err := v.read(cols.b, r.rows, r.firstSeq, r.text)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(rest) == 0 {
		return defs, v, nil, nil
	}
	tail := columns{b: rest}
	m := tail.mark()
	if tail.bad || len(tail.b) > 0 || m.Key == "" || len(m.Key) > index.MaxKey {
		return nil, nil, nil, fmt.Errorf("%d bytes behind the columns that are no mark", len(rest))
	}
	return defs, v, &m, nil
}
