package format

import (
	"spoor/index/query"
	"spoor/internal/packet"
)

// packetReader reads packets of one link type.
type packetReader struct{ link uint16 }

func (r packetReader) Text(raw []byte, origLen int) []byte {
	return packet.AppendText(nil, r.link, raw, max(origLen, len(raw)))
}

func (packetReader) Escapes() query.Escapes { return query.NoEscapes }

func (r packetReader) Fields(raw []byte, origLen int) []Field {
	return PacketFields(r.decode(raw, origLen))
}

// PacketFields returns the fields of a decoded packet as a Reader would, for
// callers that need the layers as well.
func PacketFields(d *packet.Decoded) []Field {
	var list fieldList
	for i := range d.Layers {
		for _, f := range d.Layers[i].Fields {
			list.add(f.Name, f.Value, false)
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
