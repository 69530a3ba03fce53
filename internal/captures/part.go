package captures

import (
	"encoding/binary"
	"net/netip"
	"time"

	"spoor/internal/packet"
)

// part is what the index knows of a stretch of a file, offset and length
// counted in its unpacked bytes: between its packets, of which there are some.
type part struct {
	offset, length int64
	packets        int64
	// from and to are the earliest and the latest time; zero if no packet
	// has any.
	from, to time.Time
	// header is what must stand before the stretch to make it a capture: an
	// index of the file's headers.
	header int
	keys   set
}

var _ Summary = (*part)(nil)

// Span returns the times of the earliest and the latest packet.
func (p *part) Span() (from, to time.Time) { return p.from, p.to }

// Address says whether a packet may come from or go to a.
func (p *part) Address(a netip.Addr) bool { return p.keys.has(prefixKey(a, a.BitLen())) }

// Prefix says whether a packet may come from or go to an address within n.
func (p *part) Prefix(n netip.Prefix) bool {
	lengths := prefixes6
	if n.Addr().Is4() {
		lengths = prefixes4
	}
	for _, l := range lengths {
		if l <= n.Bits() {
			return p.keys.has(prefixKey(n.Addr(), l))
		}
	}
	return true
}

// Port says whether a TCP or UDP packet may have that port.
func (p *part) Port(n uint16) bool { return p.keys.has(numberKey(kindPort, uint64(n))) }

// Proto says whether an IP packet may be of that protocol.
func (p *part) Proto(n uint8) bool { return p.keys.has(numberKey(kindProto, uint64(n))) }

// VLAN says whether a packet may have that tag.
func (p *part) VLAN(id uint16) bool { return p.keys.has(numberKey(kindVLAN, uint64(id))) }

// MPLS says whether a packet may have that label.
func (p *part) MPLS(label uint32) bool { return p.keys.has(numberKey(kindMPLS, uint64(label))) }

const (
	// partBytes is how much of a file makes a part, unless the file is so
	// large that there would be more than maxParts.
	partBytes = 1 << 20
	maxParts  = 16 << 10
	// maxHeaders bounds the headers of a file's parts together, in bytes;
	// what lies behind has no index.
	maxHeaders = 1 << 20
	// maxMade bounds the headers that are made for them: a file whose
	// headers change all the time gets no index from there on.
	maxMade = 64 << 20
	// maxSets bounds the sets of a file's parts together, in bytes; parts
	// behind that are told by their times only.
	maxSets = 64 << 20
)

// partSize returns how many bytes of a file of that size make a part.
func (c *catalog) partSize(size int64) int64 { return max(c.part, size/maxParts+1) }

// builder makes the parts of a file while somebody reads it.
type builder struct {
	parts   []part
	headers [][]byte
	size    int64 // of a part
	full    bool  // nothing is added any more
	sizes   struct{ headers, made, sets int }

	now      part
	keys     map[uint64]struct{}
	flows    [maxFlows]flow // seen in this part
	header   []byte         // of what follows the last packet
	headerOf int            // the reader's Headers() then
}

// newBuilder goes on behind known, whose headers it takes over. Parts have
// size bytes or a packet more.
func newBuilder(size int64, known *fileIndex) *builder {
	b := &builder{size: size, keys: map[uint64]struct{}{}}
	if known != nil {
		b.parts, b.headers = known.parts[:len(known.parts):len(known.parts)], known.headers[:len(known.headers):len(known.headers)]
		for _, h := range b.headers {
			b.sizes.headers += len(h)
		}
		for i := range b.parts {
			b.sizes.sets += 8 * len(b.parts[i].keys)
		}
	}
	return b
}

// begin notes where the first part begins.
func (b *builder) begin(offset int64, header []byte) {
	b.now = part{offset: offset}
	b.header, b.headerOf = header, -1
	b.addHeader()
}

// addHeader makes header that of what follows. The one that is too much is
// kept too, because what has no index needs it.
func (b *builder) addHeader() {
	if n := len(b.headers); n == 0 || string(b.headers[n-1]) != string(b.header) {
		b.headers = append(b.headers, b.header)
		b.sizes.headers += len(b.header)
		b.full = b.full || b.sizes.headers > maxHeaders
	}
	b.now.header = len(b.headers) - 1
}

// add notes a packet, which ends at the given offset of the file.
func (b *builder) add(m *packet.Meta, r *packet.Reader, end int64) {
	if b.full {
		return
	}
	if n := r.Headers(); n != b.headerOf {
		b.header, b.headerOf = r.Header(), n
		if b.sizes.made += len(b.header); b.sizes.made > maxMade {
			b.full = true
			return
		}
	}
	b.now.packets++
	b.now.length = end - b.now.offset
	b.now.addTime(m.Time)
	b.addKeys(m)
	if b.now.length >= b.size {
		b.cut()
		b.now.offset = end
		b.addHeader()
	}
}

// addKeys skips what it has seen in this part: most packets belong to a
// conversation that goes on. A conversation is compared in full and not by a
// hash, so that none can hide behind another.
func (b *builder) addKeys(m *packet.Meta) {
	if len(m.VLANs())+len(m.MPLS()) == 0 {
		f := flow{m.Source, m.Destination, m.SourcePort, m.DestinationPort, m.Proto, m.HasPorts}
		slot := &b.flows[f.slot()]
		if *slot == f {
			return
		}
		*slot = f
	}
	if len(b.keys) > maxKeys {
		return
	}
	add := func(k uint64) { b.keys[k] = struct{}{} }
	if m.Source.IsValid() {
		addressKeys(m.Source, add)
		addressKeys(m.Destination, add)
		add(numberKey(kindProto, uint64(m.Proto)))
	}
	if m.HasPorts {
		add(numberKey(kindPort, uint64(m.SourcePort)))
		add(numberKey(kindPort, uint64(m.DestinationPort)))
	}
	for _, id := range m.VLANs() {
		add(numberKey(kindVLAN, uint64(id)))
	}
	for _, label := range m.MPLS() {
		add(numberKey(kindMPLS, uint64(label)))
	}
}

// flow is what the keys of an untagged packet depend on.
type flow struct {
	source, destination         netip.Addr
	sourcePort, destinationPort uint16
	proto                       uint8
	hasPorts                    bool
}

// maxFlows is how many conversations a builder remembers.
const maxFlows = 1 << 10

func (f *flow) slot() int {
	a, b := f.source.As16(), f.destination.As16()
	h := binary.LittleEndian.Uint64(a[8:])*3 + binary.LittleEndian.Uint64(b[8:])
	h += uint64(f.sourcePort)<<32 ^ uint64(f.destinationPort)<<48 ^ uint64(f.proto)
	return int(mix(h) % maxFlows)
}

func (p *part) addTime(t time.Time) {
	if t.IsZero() {
		return
	}
	if p.from.IsZero() || t.Before(p.from) {
		p.from = t
	}
	if t.After(p.to) {
		p.to = t
	}
}

// cut ends the part.
func (b *builder) cut() {
	if b.now.packets == 0 {
		return
	}
	if b.sizes.sets < maxSets {
		b.now.keys = newSet(b.keys)
		b.sizes.sets += 8 * len(b.now.keys)
	}
	b.parts = append(b.parts, b.now)
	clear(b.keys)
	clear(b.flows[:])
	b.now = part{header: b.now.header}
}

// end returns what is known of the file, up to the last packet added.
func (b *builder) end() *fileIndex {
	if !b.full {
		b.cut()
		b.addHeader()
	}
	x := &fileIndex{headers: b.headers, parts: b.parts, next: b.now.header}
	for i := range x.parts {
		if to := x.parts[i].to; to.After(x.to) {
			x.to = to
		}
	}
	return x
}
