package local

import (
	"encoding/binary"

	"spoor/index"
)

// streamDef is a stream as log and catalog keep it: in bytes, not as JSON,
// which would change a name that is not UTF-8 and with it the IDs of entries.
type streamDef struct {
	id     uint32
	born   int64
	stream index.Stream
}

// minStream is how many bytes a streamDef takes at least.
const minStream = 11

func appendStream(b []byte, d streamDef) []byte {
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	s := &d.stream
	b = binary.AppendUvarint(b, uint64(d.id))
	b = binary.AppendVarint(b, d.born)
	text(s.Tag)
	b = binary.AppendUvarint(b, uint64(s.Source))
	text(s.Format.Name)
	text(s.Format.Header)
	b = binary.AppendUvarint(b, uint64(s.Format.LinkType))
	text(s.Origin.Host)
	text(s.Origin.File)
	text(s.Origin.Sensor)
	return binary.AppendUvarint(b, s.Origin.Job)
}

func (c *columns) stream() streamDef {
	text := func() string { return string(c.bytes(c.uvarint())) }
	return streamDef{
		id: uint32(c.uvarint()), born: c.varint(),
		stream: index.Stream{
			Tag: text(), Source: uint32(c.uvarint()),
			Format: index.Format{Name: text(), Header: text(), LinkType: uint16(c.uvarint())},
			Origin: index.Origin{Host: text(), File: text(), Sensor: text(), Job: c.uvarint()},
		},
	}
}
