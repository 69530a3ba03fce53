package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// ErrLinkType says that a packet's link type is not the file's.
var ErrLinkType = errors.New("link type differs from the file's")

// Writer writes a little-endian pcap file. It is for one goroutine, and it
// writes through at once: give it a bufio.Writer.
//
// pcapgo.Writer can't be used: its link type has 8 bits, so it would write
// SLL2 (276) as 20, and it refuses packets whose length on the wire is
// smaller than what was captured, which real files hold.
type Writer struct {
	w        io.Writer
	linkType uint16
	unit     int64 // nanoseconds
	buf      []byte
}

// NewWriter writes the header of a file in microseconds.
func NewWriter(w io.Writer, linkType uint16) (*Writer, error) {
	return newWriter(w, linkType, magicMicro, 1000)
}

// NewWriterNano writes the header of a file in nanoseconds.
func NewWriterNano(w io.Writer, linkType uint16) (*Writer, error) {
	return newWriter(w, linkType, magicNano, 1)
}

func newWriter(w io.Writer, linkType uint16, magic uint32, unit int64) (*Writer, error) {
	h := make([]byte, 0, classicHeader)
	h = binary.LittleEndian.AppendUint32(h, magic)
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 4)
	h = binary.LittleEndian.AppendUint64(h, 0) // time zone and accuracy: always 0
	h = binary.LittleEndian.AppendUint32(h, maxRecord)
	h = binary.LittleEndian.AppendUint32(h, uint32(linkType))
	if _, err := w.Write(h); err != nil {
		return nil, fmt.Errorf("write capture header: %w", err)
	}
	return &Writer{w: w, linkType: linkType, unit: unit}, nil
}

// Write appends a packet. A zero OrigLen means len(p.Data). The format holds
// the years 1970 to 2106: times outside of them become the nearest that it
// can hold, and a packet without time gets the first. The error wraps
// ErrLinkType, says that the packet is longer than readers accept, or is the
// writer's beneath.
func (w *Writer) Write(p Packet) error {
	if p.LinkType != w.linkType {
		return fmt.Errorf("write packet of link type %d to a file of %d: %w", p.LinkType, w.linkType, ErrLinkType)
	}
	if len(p.Data) > maxRecord {
		return fmt.Errorf("write packet of %d bytes: a capture file holds %d", len(p.Data), maxRecord)
	}
	sec, nsec := stamp(p.Time)
	length := p.OrigLen
	if length <= 0 {
		length = len(p.Data)
	}
	b := w.buf[:0]
	b = binary.LittleEndian.AppendUint32(b, sec)
	b = binary.LittleEndian.AppendUint32(b, uint32(int64(nsec)/w.unit))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(min(length, math.MaxInt32)))
	w.buf = append(b, p.Data...)
	if _, err := w.w.Write(w.buf); err != nil {
		return fmt.Errorf("write packet: %w", err)
	}
	return nil
}

// stamp returns the seconds since 1970 and the nanoseconds in them.
func stamp(t time.Time) (sec uint32, nsec int) {
	switch s := t.Unix(); {
	case s < 0:
		return 0, 0
	case s > math.MaxUint32:
		return math.MaxUint32, int(time.Second) - 1
	default:
		return uint32(s), t.Nanosecond()
	}
}
