package packet

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
)

// Digest says what is new in a packet's text: of many packets, one after the
// other, it makes a text in which every word and every address of theirs
// stands and no other, but few of them more than once. Words of digits only, as
// ports, lengths and sequence numbers, are left out. So what it makes is a small part
// of the texts, at a small part of their cost, since packets of one connection
// repeat each other.
//
// The zero value has seen nothing. It is for one goroutine.
type Digest struct {
	seen [2048]uint64 // keys of what was written, each in a place of its own
	out  []byte
	// What the text of the packet would take, to tell when its bounds would
	// have cut something: counted rather too high.
	fields, size int
	numbers      int // left out of the info
}

// Kinds of keys that are the value itself. Others are hashes with a seed that
// nobody else knows, so no packet can be made that is taken for another.
const (
	keyIPv4 = iota + 1
	keyMAC
	keyHex
)

var digestSeed = maphash.MakeSeed()

// Reset forgets what was seen.
func (g *Digest) Reset() { clear(g.seen[:]) }

// AppendNew appends what has not been seen of the text that AppendText
// appends for a packet.
func (g *Digest) AppendNew(b []byte, linkType uint16, data []byte, origLen int) []byte {
	d := decoders.Get().(*decoder)
	d.reset(data, origLen)
	g.out, g.fields, g.size, g.numbers = b, 0, 0, 0
	d.digest = g
	d.run(linkType)
	d.digest = nil
	if d.out.Protocol == "" {
		d.out.Protocol = "Unknown"
	}
	if d.hosts[0]&d.macs[0] >= 0 || d.hosts[1]&d.macs[1] >= 0 {
		g.text("→") // between the two, if there is one
	}
	g.text(d.out.Protocol)
	g.bytes(d.protocols, maxValue)
	if len(d.info) > 0 && !g.known(maphash.Bytes(digestSeed, d.info)) {
		g.out = append(append(g.out, ' '), d.info...)
	}
	out := g.out
	g.out = nil
	cut := g.fields > maxFields-8 || g.size > maxValues-1024-maxValue ||
		len(d.info)+g.numbers*maxDigits > maxInfo-64
	d.data = nil
	decoders.Put(d)
	if cut {
		// What was noted of this packet may be more than its text has.
		g.Reset()
		return AppendText(append(b, ' '), linkType, data, origLen)
	}
	return out
}

// known tells whether a key was seen. A key that has lost its place to
// another is new again.
func (g *Digest) known(key uint64) bool {
	place := &g.seen[key*0x9e3779b97f4a7c15>>(64-11)]
	if *place == key {
		return true
	}
	*place = key
	return false
}

// field counts a field whose value takes at most so many bytes.
func (g *Digest) field(size int) {
	g.fields++
	g.size += size
}

func (g *Digest) text(s string) {
	if !g.known(maphash.String(digestSeed, s)) {
		g.out = append(append(g.out, ' '), s...)
	}
}

// bytes is str of a decoder.
func (g *Digest) bytes(s []byte, limit int) {
	at := len(g.out)
	g.out = appendText(append(g.out, ' '), s, limit)
	g.field(len(g.out) - at)
	if g.known(maphash.Bytes(digestSeed, g.out[at:])) {
		g.out = g.out[:at]
	}
}

func (g *Digest) hex(v uint64, digits int) {
	g.field(2 + digits)
	if digits > 8 || !g.known(keyHex<<60|uint64(digits)<<56|v&0xffffffff) {
		g.out = appendHex(append(g.out, ' '), v, digits)
	}
}

// maxAddr is the length of the longest address in text.
const maxAddr = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

func (g *Digest) addr(a netip.Addr) {
	g.field(maxAddr)
	var key uint64
	if a.Is4() {
		b := a.As4()
		key = keyIPv4<<60 | uint64(binary.BigEndian.Uint32(b[:]))
	} else {
		b := a.As16()
		key = maphash.Bytes(digestSeed, b[:])
	}
	if !g.known(key) {
		g.out = a.AppendTo(append(g.out, ' '))
	}
}

func (g *Digest) mac(b []byte) {
	g.field(18)
	if !g.known(keyMAC<<60 | uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))) {
		g.out = appendMAC(append(g.out, ' '), b)
	}
}

// maxDigits is how many more digits a number in the info may have than the
// one that stands for it.
const maxDigits = 19
