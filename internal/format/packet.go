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

// A Digest remembers what was seen of packets; see AppendNew.
type Digest = packet.Digest

// AppendNew appends what g has not seen yet of a packet's text, as
// packet.Digest says: every word that has more than digits, every address.
func (r packetReader) AppendNew(g *Digest, b, raw []byte, origLen int) []byte {
	return g.AppendNew(b, r.link, raw, max(origLen, len(raw)))
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
	if id := packetCommunity(d); id != "" {
		list.add(communityName, id, false)
	}
	return list.fields
}

func (r packetReader) Field(raw []byte, origLen int, name string) []string {
	return copied(r.Accessor(name), raw, origLen)
}

// packetAccessor reads a field by Wireshark's name, or by a name that stands
// for fields of packets.
type packetAccessor struct {
	reader packetReader
	name   string
	other  []string
}

func (r packetReader) Accessor(name string) Accessor {
	return &packetAccessor{r, name, packetNames(name)}
}

// Values implements Accessor. The packet is decoded once until s.Next.
func (a *packetAccessor) Values(s *Scratch, raw []byte, origLen int) [][]byte {
	s.begin()
	if s.packet == nil {
		s.packet = a.reader.decode(raw, origLen)
	}
	s.texts(s.packet.Values(a.name))
	if len(s.values) == 0 && isCommunity(a.name) {
		if id := packetCommunity(s.packet); id != "" {
			s.texts([]string{id})
		}
	}
	if len(s.values) > 0 {
		return s.values
	}
	for _, name := range a.other {
		s.texts(s.packet.Values(name))
	}
	return s.values
}

func (s *Scratch) texts(values []string) {
	for _, v := range values {
		s.values = append(s.values, readOnly(v))
	}
}

func (r packetReader) decode(raw []byte, origLen int) *packet.Decoded {
	return packet.Decode(r.link, raw, max(origLen, len(raw)))
}
