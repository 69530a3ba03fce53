package packet

import (
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"unicode"
	"unicode/utf8"
)

// What a packet's text can come to. Values together stay below maxValues, so
// that Text never has to leave one out.
const (
	maxValues = 12 << 10
	maxValue  = 2 << 10
	maxFields = 512
	maxInfo   = 512
	maxLabels = 8 << 10
	// maxDepth is how many headers are read before it must be an attack.
	maxDepth = 32
)

// Decode says what a packet holds. Packets that are malformed or cut are
// decoded as far as they go, and Decoded.Error says what stopped it. An
// origLen of 0 means len(data). It never panics and keeps nothing of data.
func Decode(linkType uint16, data []byte, origLen int) *Decoded {
	d := decoders.Get().(*decoder)
	d.reset(data, origLen)
	d.run(linkType)
	out := d.finish()
	d.data = nil
	decoders.Put(d)
	return out
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// decoder gathers what is found in one packet. Values and labels are written
// one behind the other and become strings all at once, which is what makes
// decoding cheap.
type decoder struct {
	data []byte
	// end is where the payload of the current header ends in data: what lies
	// behind is padding or another layer's trailer.
	end  int
	out  Decoded
	text []byte // values
	tags []byte // labels of layers
	info []byte
	// infoAt is where the info of the innermost packet begins, behind the
	// addresses of a tunnel.
	infoAt    int
	fields    []rawField
	layers    []rawLayer
	protocols []byte
	depth     int
	quoted    bool
	// hosts and macs are the fields that hold source and destination, -1 if
	// there is none.
	hosts, macs [2]int
	havePorts   bool
	// maxFields and maxValues bound what is kept.
	maxFields, maxValues int
	name                 [256]byte // a DNS name is unpacked here
	// digest takes the values instead of fields, and no labels are made; nil
	// for a packet that is to be shown.
	digest *Digest
}

// rawField is a Field whose value is still a range of text.
type rawField struct {
	name, label   string
	offset        int32
	length        int32
	start, finish int32
}

// rawLayer is a Layer whose label is still a range of tags, and whose fields
// begin at field.
type rawLayer struct {
	name          string
	offset        int
	length        int
	start, finish int32
	field         int
	quoted        bool
}

func (d *decoder) reset(data []byte, origLen int) {
	if origLen <= 0 {
		origLen = len(data)
	}
	d.data, d.end = data, len(data)
	d.out = Decoded{Length: origLen}
	d.text, d.tags, d.info = d.text[:0], d.tags[:0], d.info[:0]
	d.fields, d.layers, d.protocols = d.fields[:0], d.layers[:0], d.protocols[:0]
	d.depth, d.infoAt = 0, 0
	d.quoted, d.havePorts = false, false
	d.hosts, d.macs = [2]int{-1, -1}, [2]int{-1, -1}
	// The frame's own fields come last and must find room.
	d.maxFields, d.maxValues = maxFields-8, maxValues-1024
}

// run decodes from the link layer on. gopacket's decoders, which read the
// rare protocols, are known to panic on malformed input; a fault of this
// package must not stop an ingest either.
func (d *decoder) run(linkType uint16) {
	defer func() {
		if r := recover(); r != nil {
			d.fault(fmt.Sprintf("decoder fault: %v", r))
		}
	}()
	d.link(linkType)
}

// fault notes why decoding stopped. The first reason stays.
func (d *decoder) fault(reason string) {
	if d.digest == nil && d.out.Error == "" {
		d.out.Error = reason
	}
}

// need says whether n bytes stand at off, and notes it if not.
func (d *decoder) need(what string, off, n int) bool {
	if off+n <= d.end {
		return true
	}
	if d.digest != nil {
		return false
	}
	have := strconv.Itoa(max(0, d.end-off))
	reason := what + ": " + have + " of " + strconv.Itoa(n) + " bytes"
	if len(d.data) < d.out.Length {
		reason += " captured"
	}
	d.fault(reason)
	return false
}

// deeper counts headers and refuses to go on for ever.
func (d *decoder) deeper() bool {
	d.depth++
	if d.depth > maxDepth {
		d.fault("more than " + strconv.Itoa(maxDepth) + " headers in one packet")
		return false
	}
	return true
}

// layer begins a layer; fields and label calls that follow belong to it.
func (d *decoder) layer(name string, offset, length int) {
	length = max(0, min(length, d.end-offset))
	at := int32(len(d.tags))
	d.layers = append(d.layers, rawLayer{name: name, offset: offset, length: length,
		start: at, finish: at, field: len(d.fields), quoted: d.quoted})
	if name != "frame" {
		d.protocol(name)
	}
}

// protocol adds to frame.protocols.
func (d *decoder) protocol(name string) {
	if len(d.protocols) > 0 {
		d.protocols = append(d.protocols, ':')
	}
	d.protocols = append(d.protocols, name...)
}

// resize sets the length of the layer begun last.
func (d *decoder) resize(length int) {
	l := &d.layers[len(d.layers)-1]
	l.length = max(0, min(length, d.end-l.offset))
}

// label adds to the label of the layer begun last.
func (d *decoder) label(parts ...string) {
	if d.digest != nil {
		return
	}
	for _, p := range parts {
		if len(d.tags)+len(p) > maxLabels {
			return
		}
		d.tags = append(d.tags, p...)
	}
	d.layers[len(d.layers)-1].finish = int32(len(d.tags))
}

func (d *decoder) labelUint(v uint64) {
	if d.digest != nil {
		return
	}
	if len(d.tags)+20 <= maxLabels {
		d.tags = strconv.AppendUint(d.tags, v, 10)
	}
	d.layers[len(d.layers)-1].finish = int32(len(d.tags))
}

func (d *decoder) labelAddr(a netip.Addr) {
	if d.digest != nil {
		return
	}
	if len(d.tags)+64 <= maxLabels {
		d.tags = a.AppendTo(d.tags)
	}
	d.layers[len(d.layers)-1].finish = int32(len(d.tags))
}

func (d *decoder) labelMAC(b []byte) {
	if d.digest != nil {
		return
	}
	if len(d.tags)+64 <= maxLabels {
		d.tags = appendMAC(d.tags, b)
	}
	d.layers[len(d.layers)-1].finish = int32(len(d.tags))
}

// open begins a field, unless there are too many; done ends it.
func (d *decoder) open(name, label string, offset, length int) bool {
	if len(d.fields) >= d.maxFields || len(d.text)+64 > d.maxValues {
		d.fault("more fields than are shown")
		return false
	}
	at := int32(len(d.text))
	d.fields = append(d.fields, rawField{name: name, label: label,
		offset: int32(offset), length: int32(max(0, min(length, d.end-offset))), start: at, finish: at})
	return true
}

func (d *decoder) done() { d.fields[len(d.fields)-1].finish = int32(len(d.text)) }

func (d *decoder) uint(name, label string, v uint64, offset, length int) {
	if d.digest != nil {
		d.digest.field(20)
		return
	}
	if d.open(name, label, offset, length) {
		d.text = strconv.AppendUint(d.text, v, 10)
		d.done()
	}
}

// hex writes 0x and a number of digits.
func (d *decoder) hex(name, label string, v uint64, digits, offset, length int) {
	if d.digest != nil {
		d.digest.hex(v, digits)
		return
	}
	if d.open(name, label, offset, length) {
		d.text = appendHex(d.text, v, digits)
		d.done()
	}
}

func (d *decoder) bit(name, label string, on bool, offset, length int) {
	if d.digest != nil {
		d.digest.field(1)
		return
	}
	if d.open(name, label, offset, length) {
		c := byte('0')
		if on {
			c = '1'
		}
		d.text = append(d.text, c)
		d.done()
	}
}

// addr returns the number of the field, -1 if there was no room.
func (d *decoder) addr(name, label string, a netip.Addr, offset, length int) int {
	if d.digest != nil {
		d.digest.addr(a)
		return 0
	}
	if !d.open(name, label, offset, length) {
		return -1
	}
	d.text = a.AppendTo(d.text)
	d.done()
	return len(d.fields) - 1
}

// addr4 writes the IPv4 address that stands at offset.
func (d *decoder) addr4(name, label string, offset int) int {
	return d.addr(name, label, netip.AddrFrom4([4]byte(d.data[offset:])), offset, 4)
}

// addr6 writes the IPv6 address that stands at offset.
func (d *decoder) addr6(name, label string, offset int) int {
	return d.addr(name, label, netip.AddrFrom16([16]byte(d.data[offset:])), offset, 16)
}

// mac writes the hardware address that stands at offset.
func (d *decoder) mac(name, label string, offset int) int {
	if d.digest != nil {
		d.digest.mac(d.data[offset : offset+6])
		return 0
	}
	if !d.open(name, label, offset, 6) {
		return -1
	}
	d.text = appendMAC(d.text, d.data[offset:offset+6])
	d.done()
	return len(d.fields) - 1
}

// str writes text from the packet, or made of it, with what is not text
// escaped.
func (d *decoder) str(name, label string, s []byte, offset, length int) {
	if d.digest != nil {
		d.digest.bytes(s, maxValue)
		return
	}
	if d.open(name, label, offset, length) {
		d.text = appendText(d.text, s, min(maxValue, d.maxValues-len(d.text)))
		d.done()
	}
}

// bytesAt is str for bytes that stand in the packet as they are.
func (d *decoder) bytesAt(name, label string, offset, length int) {
	d.str(name, label, d.data[offset:offset+length], offset, length)
}

// say adds to Info, whole strings only.
func (d *decoder) say(parts ...string) {
	for _, p := range parts {
		if len(d.info)+len(p) > maxInfo {
			return
		}
		d.info = append(d.info, p...)
	}
}

func (d *decoder) sayUint(v uint64) {
	if len(d.info)+20 <= maxInfo {
		d.info = strconv.AppendUint(d.info, v, 10)
	}
}

// sayNumber is sayUint for a number that stands alone, which a Digest leaves
// out: behind it and before it there is no letter, digit or point.
func (d *decoder) sayNumber(v uint64) {
	if d.digest != nil {
		d.digest.numbers++
		v = 0
	}
	d.sayUint(v)
}

func (d *decoder) sayHex(v uint64, digits int) {
	if len(d.info)+20 <= maxInfo {
		d.info = appendHex(d.info, v, digits)
	}
}

func (d *decoder) sayAddr(a netip.Addr) {
	if len(d.info)+64 <= maxInfo {
		d.info = a.AppendTo(d.info)
	}
}

func (d *decoder) sayMAC(b []byte) {
	if len(d.info)+20 <= maxInfo {
		d.info = appendMAC(d.info, b)
	}
}

// sayText adds bytes from the packet, escaped and cut to limit.
func (d *decoder) sayText(b []byte, limit int) {
	d.info = appendText(d.info, b, min(limit, maxInfo-len(d.info)))
}

// restart forgets the info of outer protocols, for an inner one knows better.
func (d *decoder) restart(protocol string) {
	d.out.Protocol = protocol
	d.info = d.info[:min(d.infoAt, len(d.info))]
}

const hexDigits = "0123456789abcdef"

func appendHex(b []byte, v uint64, digits int) []byte {
	b = append(b, '0', 'x')
	for i := digits - 1; i >= 0; i-- {
		b = append(b, hexDigits[v>>(4*i)&15])
	}
	return b
}

func appendMAC(b, mac []byte) []byte {
	for i, c := range mac {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}

// appendText appends s with control characters, characters that change how
// others are shown, and bytes that are not UTF-8 written \x00, at most limit
// bytes of it.
func appendText(b, s []byte, limit int) []byte {
	stop := len(b) + limit
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f {
			if len(b)+1 > stop {
				return b
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		if r == utf8.RuneError && n == 1 || r < 0xa0 || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Cf, r) {
			for _, c := range s[i : i+n] {
				if len(b)+4 > stop {
					return b
				}
				b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			}
		} else {
			if len(b)+n > stop {
				return b
			}
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}
