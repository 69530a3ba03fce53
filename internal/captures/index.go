package captures

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cespare/xxhash/v2"
)

// identity is a state of a file: the same identity is the same content.
type identity struct {
	inode             uint64
	size              int64
	modified, changed int64 // nanoseconds since 1970
}

// fileIndex is what is known of a file's beginning: its parts, in the order
// of the file and without gaps. It is not changed once it is made.
type fileIndex struct {
	id identity
	// done says that id has no more packets behind the parts: it ended, or is
	// torn or damaged there, or the index is as large as may be.
	done bool
	// rest says that there are bytes behind the parts.
	rest bool
	// sum is of the file's first and last indexed bytes, which tells a file
	// that has grown from another of the same name.
	sum uint64

	headers [][]byte
	parts   []part
	next    int       // the header of what follows the parts
	to      time.Time // the latest in the parts
}

// end returns where the parts end.
func (x *fileIndex) end() int64 {
	if len(x.parts) == 0 {
		return 0
	}
	p := &x.parts[len(x.parts)-1]
	return p.offset + p.length
}

// bytes is about what x takes in memory.
func (x *fileIndex) bytes() int64 {
	n := int64(len(x.parts)) * 128
	for i := range x.parts {
		n += 8 * int64(len(x.parts[i].keys))
	}
	for _, h := range x.headers {
		n += int64(len(h))
	}
	return n
}

// without returns x less its last part, when that is so short that more
// should be added to it.
func (x *fileIndex) without(short int64) *fileIndex {
	n := len(x.parts)
	if n == 0 || x.parts[n-1].length >= short {
		return x
	}
	less := *x
	less.parts, less.next = x.parts[:n-1], x.parts[n-1].header
	return &less
}

// sumBytes is how much of a file's beginning and of its indexed end tells it
// from others.
const sumBytes = 4 << 10

// checksum is of the beginning and the end of a file's first n bytes.
func checksum(f io.ReaderAt, n int64) (uint64, error) {
	b := make([]byte, 2*sumBytes)
	head, tail := b[:min(n, sumBytes)], b[sumBytes:]
	tail = tail[:min(n, sumBytes)]
	if _, err := f.ReadAt(head, 0); err != nil {
		return 0, err
	}
	if _, err := f.ReadAt(tail, n-int64(len(tail))); err != nil {
		return 0, err
	}
	d := xxhash.New()
	d.Write(head) // never fails
	d.Write(tail)
	return d.Sum64(), nil
}

// indexVersion is of the form on disk, and of how keys are made.
const indexVersion = "spoor index 1\n"

var errIndex = errors.New("damaged index")

// encode returns x for the file of that name, ending in a checksum.
func (x *fileIndex) encode(name string) []byte {
	b := append([]byte(nil), indexVersion...)
	b = appendBytes(b, []byte(name))
	b = binary.LittleEndian.AppendUint64(b, x.id.inode)
	b = binary.LittleEndian.AppendUint64(b, x.sum)
	for _, n := range []int64{x.id.size, x.id.modified, x.id.changed, flags(x.done, x.rest), int64(x.next), int64(len(x.headers))} {
		b = binary.AppendVarint(b, n)
	}
	for _, h := range x.headers {
		b = appendBytes(b, h)
	}
	b = binary.AppendUvarint(b, uint64(len(x.parts)))
	for i := range x.parts {
		b = x.parts[i].append(b)
	}
	return binary.LittleEndian.AppendUint64(b, xxhash.Sum64(b))
}

func flags(done, rest bool) (n int64) {
	if done {
		n |= 1
	}
	if rest {
		n |= 2
	}
	return n
}

func appendBytes(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (p *part) append(b []byte) []byte {
	var from, to int64
	if !p.from.IsZero() {
		from, to = p.from.UnixNano(), p.to.UnixNano()
	}
	timed := flags(!p.from.IsZero(), p.keys == nil)
	for _, n := range []int64{p.offset, p.length, p.packets, int64(p.header), timed, from, to - from, int64(len(p.keys))} {
		b = binary.AppendVarint(b, n)
	}
	for _, w := range p.keys {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// decodeIndex reads what encode wrote for the file of that name.
func decodeIndex(b []byte, name string) (*fileIndex, error) {
	d := indexDecoder{b: b}
	if len(b) < len(indexVersion)+8 || string(b[:len(indexVersion)]) != indexVersion {
		return nil, fmt.Errorf("%w: it is of another version", errIndex)
	}
	body := b[:len(b)-8]
	if xxhash.Sum64(body) != binary.LittleEndian.Uint64(b[len(body):]) {
		return nil, fmt.Errorf("%w: its checksum is wrong", errIndex)
	}
	d.b = body[len(indexVersion):]
	if got := string(d.bytes()); got != name {
		return nil, fmt.Errorf("%w: it is of the file %q", errIndex, got)
	}
	x := d.index()
	if d.bad || len(d.b) > 0 {
		return nil, fmt.Errorf("%w: it can't be read", errIndex)
	}
	return x, nil
}

// indexDecoder reads values until one is bad.
type indexDecoder struct {
	b   []byte
	bad bool
}

func (d *indexDecoder) index() *fileIndex {
	x := &fileIndex{}
	x.id.inode, x.sum = d.word(), d.word()
	x.id.size, x.id.modified, x.id.changed = d.number(), d.number(), d.number()
	f := d.number()
	x.done, x.rest = f&1 != 0, f&2 != 0
	x.next = int(d.number())
	for n := d.number(); n > 0 && !d.bad; n-- {
		x.headers = append(x.headers, d.bytes())
	}
	n := d.count()
	at := int64(-1)
	for range n {
		p := d.part(len(x.headers))
		if at >= 0 && p.offset != at {
			d.bad = true
		}
		if d.bad {
			return nil
		}
		at = p.offset + p.length
		if p.to.After(x.to) {
			x.to = p.to
		}
		x.parts = append(x.parts, p)
	}
	if x.next < 0 || x.next >= len(x.headers) {
		d.bad = true
	}
	return x
}

func (d *indexDecoder) part(headers int) (p part) {
	p.offset, p.length, p.packets, p.header = d.number(), d.number(), d.number(), int(d.number())
	f := d.number()
	from, long := d.number(), d.number()
	if f&1 != 0 {
		p.from, p.to = time.Unix(0, from).UTC(), time.Unix(0, from+long).UTC()
	}
	words := d.number()
	if p.offset < 0 || p.length <= 0 || p.header < 0 || p.header >= headers || words < 0 || words > int64(len(d.b)/8) || (words == 0) != (f&2 != 0) {
		d.bad = true
		return p
	}
	if words > 0 {
		p.keys = make(set, words)
		for i := range p.keys {
			p.keys[i] = d.word()
		}
	}
	return p
}

func (d *indexDecoder) word() uint64 {
	if len(d.b) < 8 {
		d.bad = true
		return 0
	}
	n := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return n
}

func (d *indexDecoder) number() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count is of things that take a byte at least.
func (d *indexDecoder) count() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 || n > uint64(len(d.b)-size) {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *indexDecoder) bytes() []byte {
	n := d.count()
	text := d.b[:n:n]
	d.b = d.b[n:]
	return append([]byte(nil), text...)
}
