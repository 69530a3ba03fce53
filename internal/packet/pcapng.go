package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"
)

// Block types of pcapng.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockObsolete  = 2
	blockSimple    = 3
	blockEnhanced  = 6

	byteOrderMagic = 0x1a2b3c4d

	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14
)

const (
	// maxInterfaces and maxDescription bound what one section makes us keep.
	maxInterfaces  = 4096
	maxDescription = 1 << 20
)

// ngInterface is what an interface description block says.
type ngInterface struct {
	linkType uint16
	snaplen  uint32
	// One tick is 1/10^exp seconds, or 1/2^exp if binary.
	exp    uint
	binary bool
	offset int64 // seconds
}

// ngReader reads pcapng files.
type ngReader struct {
	source     *source
	order      binary.ByteOrder
	interfaces []ngInterface
	changes    int // of the two
}

// ngOrder returns the byte order that the byte-order magic tells, or nil.
func ngOrder(b []byte) binary.ByteOrder {
	switch uint32(byteOrderMagic) {
	case binary.LittleEndian.Uint32(b):
		return binary.LittleEndian
	case binary.BigEndian.Uint32(b):
		return binary.BigEndian
	}
	return nil
}

// readFirst reads the section header that a file begins with.
func (g *ngReader) readFirst() error {
	head, err := g.source.fixed("section header", 8)
	if err != nil {
		return noEOF(err, "section header")
	}
	return g.section([4]byte(head[4:]))
}

// next reads blocks up to the next packet.
func (g *ngReader) next() (Packet, error) {
	for {
		g.source.start = g.source.offset
		head, err := g.source.fixed("block header", 8)
		if err != nil {
			return Packet{}, err
		}
		kind := g.order.Uint32(head)
		if kind == blockSection {
			if err := g.section([4]byte(head[4:])); err != nil {
				return Packet{}, err
			}
			continue
		}
		length := g.order.Uint32(head[4:])
		if length < 12 || length%4 != 0 {
			return Packet{}, fmt.Errorf("a block of %d bytes can't be", length)
		}
		p, found, err := g.block(kind, length-12)
		if err != nil {
			return Packet{}, noEOF(err, "block")
		}
		if err := g.trailer(length); err != nil {
			return Packet{}, err
		}
		if found {
			return p, nil
		}
	}
}

// section reads a section header behind its type. Only now the byte order is
// known, of the length too.
func (g *ngReader) section(length [4]byte) error {
	b, err := g.source.fixed("section header", 16)
	if err != nil {
		return noEOF(err, "section header")
	}
	g.order = ngOrder(b[:4])
	if g.order == nil {
		return fmt.Errorf("no pcapng file: byte-order magic % x", b[:4])
	}
	n := g.order.Uint32(length[:])
	if n < 28 || n%4 != 0 {
		return fmt.Errorf("a section header of %d bytes can't be", n)
	}
	if major := g.order.Uint16(b[4:]); major != 1 {
		return fmt.Errorf("pcapng version %d is not known", major)
	}
	g.interfaces = g.interfaces[:0]
	g.changes++
	if err := g.source.skip("section header", int(n)-28); err != nil {
		return err
	}
	return g.trailer(n)
}

// trailer reads the length that every block ends with.
func (g *ngReader) trailer(length uint32) error {
	b, err := g.source.fixed("end of block", 4)
	if err != nil {
		return noEOF(err, "end of block")
	}
	if n := g.order.Uint32(b); n != length {
		return fmt.Errorf("a block of %d bytes ends with the length %d", length, n)
	}
	return nil
}

// block reads the body of a block of n bytes, and says whether it held a
// packet.
func (g *ngReader) block(kind, n uint32) (Packet, bool, error) {
	switch kind {
	case blockInterface:
		return Packet{}, false, g.describe(n)
	case blockEnhanced, blockObsolete:
		p, err := g.packet(kind, n)
		return p, true, err
	case blockSimple:
		p, err := g.simple(n)
		return p, true, err
	}
	return Packet{}, false, g.source.skip("block", int(n))
}

// describe reads an interface description.
func (g *ngReader) describe(n uint32) error {
	if n < 8 {
		return fmt.Errorf("an interface description of %d bytes can't be", n)
	}
	if n > maxDescription || len(g.interfaces) == maxInterfaces {
		return errors.New("interface descriptions without end")
	}
	b, err := g.source.bytes("interface description", int(n))
	if err != nil {
		return err
	}
	i := ngInterface{linkType: g.order.Uint16(b), snaplen: g.order.Uint32(b[4:]), exp: 6}
	for b = b[8:]; len(b) >= 4; {
		code, size := g.order.Uint16(b), int(g.order.Uint16(b[2:]))
		b = b[4:]
		if code == optionEnd || size > len(b) {
			break
		}
		switch {
		case code == optionResolution && size >= 1:
			i.exp, i.binary = uint(b[0]&0x7f), b[0]&0x80 != 0
		case code == optionOffset && size >= 8:
			i.offset = int64(g.order.Uint64(b))
		}
		b = b[min((size+3)&^3, len(b)):]
	}
	g.interfaces = append(g.interfaces, i)
	g.changes++
	return nil
}

// packet reads an enhanced packet block or its obsolete predecessor, which
// differ in the width of the interface number only.
func (g *ngReader) packet(kind, n uint32) (Packet, error) {
	const size = 20
	if n < size {
		return Packet{}, fmt.Errorf("a packet block with %d bytes can't be", n)
	}
	h, err := g.source.fixed("packet block", size)
	if err != nil {
		return Packet{}, err
	}
	id := g.order.Uint32(h)
	if kind == blockObsolete {
		id = uint32(g.order.Uint16(h))
	}
	if int64(id) >= int64(len(g.interfaces)) {
		return Packet{}, fmt.Errorf("a packet of interface %d, of which there are %d", id, len(g.interfaces))
	}
	i := g.interfaces[id]
	ticks := uint64(g.order.Uint32(h[4:]))<<32 | uint64(g.order.Uint32(h[8:]))
	captured, length := g.order.Uint32(h[12:]), g.order.Uint32(h[16:])
	data, err := g.data(captured, n-size, i)
	return Packet{
		Time:     i.time(ticks),
		Data:     data,
		OrigLen:  origLen(length),
		LinkType: i.linkType,
	}, err
}

// simple reads a simple packet block: no time, no length of its own.
func (g *ngReader) simple(n uint32) (Packet, error) {
	const size = 4
	if n < size {
		return Packet{}, fmt.Errorf("a packet block with %d bytes can't be", n)
	}
	h, err := g.source.fixed("packet block", size)
	if err != nil {
		return Packet{}, err
	}
	if len(g.interfaces) == 0 {
		return Packet{}, errors.New("a packet before any interface")
	}
	i, length := g.interfaces[0], g.order.Uint32(h)
	captured := length
	if i.snaplen != 0 {
		captured = min(captured, i.snaplen)
	}
	data, err := g.data(captured, n-size, i)
	return Packet{Data: data, OrigLen: origLen(length), LinkType: i.linkType}, err
}

// data reads the bytes of a packet and skips the padding and the options
// behind them, room bytes in all.
func (g *ngReader) data(n, room uint32, i ngInterface) ([]byte, error) {
	if limit := recordLimit(i.snaplen); n > limit {
		return nil, fmt.Errorf("a packet of %d bytes, more than the %d there can be", n, limit)
	}
	if n > room {
		return nil, fmt.Errorf("a packet of %d bytes in a block with room for %d", n, room)
	}
	b, err := g.source.bytes("packet", int(n))
	if err != nil {
		return nil, err
	}
	return b, g.source.skip("packet block", int(room-n))
}

// time turns ticks of this interface's clock into a time; zero if that is
// out of range.
func (i ngInterface) time(ticks uint64) time.Time {
	const second = uint64(time.Second)
	var sec, nsec uint64
	switch {
	case i.binary && i.exp < 64:
		sec = ticks >> i.exp
		hi, lo := bits.Mul64(ticks&(1<<i.exp-1), second)
		nsec = lo>>i.exp | hi<<(64-i.exp)
	case i.binary: // less than a second, by far
		hi, _ := bits.Mul64(ticks, second)
		nsec = hi >> min(i.exp-64, 63)
	case i.exp <= 19: // 10^19 is the last power of ten in 64 bits
		unit := pow10(i.exp)
		sec = ticks / unit
		hi, lo := bits.Mul64(ticks%unit, second)
		nsec, _ = bits.Div64(hi, lo, unit)
	case i.exp <= 28:
		nsec = ticks / pow10(i.exp-9)
	}
	if sec > 1<<62 {
		return time.Time{}
	}
	return inRange(addClamped(int64(sec), i.offset), int64(nsec))
}

// addClamped adds without wrapping round; a is not negative.
func addClamped(a, b int64) int64 {
	if sum := a + b; b <= 0 || sum >= a {
		return sum
	}
	return 1<<63 - 1
}

func pow10(n uint) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// noEOF turns the end of the file amid a block into damage.
func noEOF(err error, what string) error {
	if err == io.EOF {
		return &shortError{text: what + " cut short by the end of the file"}
	}
	return err
}
