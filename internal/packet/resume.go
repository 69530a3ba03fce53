package packet

import (
	"bytes"
	"encoding/binary"
)

// What follows lets a reader begin amid a file: whoever noted Offset and
// Header behind some packet gets the packets after it from Header with the
// file's bytes from Offset on.

// Offset returns where the record behind the last packet begins, in bytes
// from the start of what is read.
func (r *Reader) Offset() int64 { return r.source.offset }

// Header returns the beginning of a capture file that gives what follows
// Offset the meaning that it has in this one. For pcap that is the file's own
// header, for pcapng a section with the interfaces described so far, less
// than 200 KiB.
func (r *Reader) Header() []byte {
	switch f := r.format.(type) {
	case *classic:
		return bytes.Clone(f.header[:])
	case *ngReader:
		return f.header()
	}
	return nil
}

// Headers counts how often what Header returns has changed, so that it need
// not be asked for after every packet.
func (r *Reader) Headers() int {
	if f, ok := r.format.(*ngReader); ok {
		return f.changes
	}
	return 0
}

func (g *ngReader) header() []byte {
	const section, description = 28, 20 + 8 + 12 // two options
	b := make([]byte, 0, section+len(g.interfaces)*description)
	put := func(values ...uint32) {
		for _, v := range values {
			b = g.appendUint32(b, v)
		}
	}
	put(blockSection, section, byteOrderMagic)
	b = g.appendUint16(b, 1)
	b = g.appendUint16(b, 0)
	put(^uint32(0), ^uint32(0), section) // of unknown length
	for _, i := range g.interfaces {
		resolution := byte(i.exp)
		if i.binary {
			resolution |= 0x80
		}
		put(blockInterface, description)
		b = g.appendUint16(b, i.linkType)
		b = g.appendUint16(b, 0)
		put(i.snaplen)
		b = g.appendUint16(b, optionResolution)
		b = g.appendUint16(b, 1)
		b = append(b, resolution, 0, 0, 0)
		b = g.appendUint16(b, optionOffset)
		b = g.appendUint16(b, 8)
		var offset [8]byte
		g.order.PutUint64(offset[:], uint64(i.offset))
		b = append(b, offset[:]...)
		put(description)
	}
	return b
}

func (g *ngReader) appendUint16(b []byte, v uint16) []byte {
	return g.order.(binary.AppendByteOrder).AppendUint16(b, v)
}

func (g *ngReader) appendUint32(b []byte, v uint32) []byte {
	return g.order.(binary.AppendByteOrder).AppendUint32(b, v)
}
