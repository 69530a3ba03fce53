package format

import (
	"spoor/index/query"
	"spoor/internal/packet"
)

// packetReader reads packets of one link type.
type packetReader struct{ link uint16 }

func (r packetReader) Text(raw []byte) []byte {
	return packet.Decode(r.link, raw, len(raw)).Text()
}

func (packetReader) Escapes() query.Escapes { return query.NoEscapes }

func (r packetReader) Fields(raw []byte, origLen int) []Field {
	d := r.decode(raw, origLen)
	var list fieldList
	for _, name := range d.FieldNames() {
		for _, v := range d.Values(name) {
			list.add(name, v, false)
		}
	}
	return list.fields
}

func (r packetReader) Field(raw []byte, origLen int, name string) []string {
	return lookup(name, r.decode(raw, origLen).Values)
}

func (r packetReader) decode(raw []byte, origLen int) *packet.Decoded {
	return packet.Decode(r.link, raw, max(origLen, len(raw)))
}
