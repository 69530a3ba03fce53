package packet

import (
	"encoding/binary"
	"fmt"
)

const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d

	classicHeader = 24
	classicRecord = 16
)

// classic reads pcap files.
type classic struct {
	source   *source
	order    binary.ByteOrder
	unit     int64 // nanoseconds
	linkType uint16
	max      uint32
	header   [classicHeader]byte
}

// classicMagic says what the first four bytes of a pcap file tell.
func classicMagic(b []byte) (order binary.ByteOrder, unit int64, ok bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(b) {
		case magicMicro:
			return order, 1000, true
		case magicNano:
			return order, 1, true
		}
	}
	return nil, 0, false
}

func newClassic(s *source) (*classic, error) {
	magic, err := s.r.Peek(4)
	if err != nil {
		return nil, s.short("file header", len(magic), 4, err)
	}
	order, unit, ok := classicMagic(magic)
	if !ok {
		return nil, fmt.Errorf("no capture file: it begins with % x", magic)
	}
	h, err := s.fixed("file header", classicHeader)
	if err != nil {
		return nil, err
	}
	if major := order.Uint16(h[4:]); major != 2 {
		return nil, fmt.Errorf("pcap version %d is not known", major)
	}
	c := &classic{source: s, order: order, unit: unit, max: recordLimit(order.Uint32(h[16:])), header: [classicHeader]byte(h)}
	// The upper bits say how long a frame check sequence is.
	c.linkType = uint16(order.Uint32(h[20:]))
	return c, nil
}

// recordLimit is how long a packet may be in a file of that snaplen.
func recordLimit(snaplen uint32) uint32 {
	return max(maxRecord, min(snaplen, maxSnaplen))
}

func (c *classic) next() (Packet, error) {
	c.source.start = c.source.offset
	h, err := c.source.fixed("record header", classicRecord)
	if err != nil {
		return Packet{}, err
	}
	// The fraction may be a second or more in files that were tampered
	// with; time.Unix carries it over.
	sec, frac := c.order.Uint32(h[0:]), c.order.Uint32(h[4:])
	n, length := c.order.Uint32(h[8:]), c.order.Uint32(h[12:])
	if n > c.max {
		return Packet{}, fmt.Errorf("a packet of %d bytes, more than the %d there can be", n, c.max)
	}
	data, err := c.source.bytes("packet", int(n))
	if err != nil {
		return Packet{}, err
	}
	return Packet{
		Time:     inRange(int64(sec), int64(frac)*c.unit),
		Data:     data,
		OrigLen:  origLen(length),
		LinkType: c.linkType,
	}, nil
}

// origLen keeps lengths on the wire within what an int of any machine holds.
func origLen(n uint32) int { return int(min(n, 1<<31-1)) }
