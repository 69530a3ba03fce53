package format

import (
	"bytes"
	"unsafe"

	"spoor/index/query"
	"spoor/internal/packet"
)

// Accessor reads one field of the entries of one Spec, under whatever
// spelling an entry has it. What can be told from the name and the Spec is
// told once, when the accessor is made, so an entry costs no allocation and
// no look-up of names. It may be used by many goroutines at once.
type Accessor interface {
	// Values returns the unescaped values of the field, none when it is
	// absent. They are read-only, share memory with raw and s, and are valid
	// until the next call with s. origLen is as for Reader.Fields. Of JSON
	// no more is checked than is needed to find the field: lines are checked
	// when they come in.
	Values(s *Scratch, raw []byte, origLen int) [][]byte
}

// Scratch is memory that accessors use again and again, for one goroutine at
// a time. The zero value is ready.
type Scratch struct {
	values [][]byte
	which  []uint8 // the spelling that each value was found under
	buf    []byte  // of values that had to be unescaped
	packet *packet.Decoded
}

// Next says that what follows is about another entry: fields of one packet
// are read from one decoding of it.
func (s *Scratch) Next() { s.packet = nil }

func (s *Scratch) begin() { s.values, s.which, s.buf = s.values[:0], s.which[:0], s.buf[:0] }

// keep drops every value but those of the best spelling in each part that a
// name stands for. part says of each spelling to which part it belongs.
func (s *Scratch) keep(part []uint8) {
	if len(s.values) < 2 {
		return
	}
	best := [3]uint8{255, 255, 255}
	for _, w := range s.which {
		best[part[w]] = min(best[part[w]], w)
	}
	n := 0
	for i, w := range s.which {
		if best[part[w]] == w {
			s.values[n] = s.values[i]
			n++
		}
	}
	s.values = s.values[:n]
}

// addresses fills in, where an entry has none of the fields that ip or mac
// stands for, the addresses in its text.
func (s *Scratch) addresses(name string, text []byte, e query.Escapes) {
	if len(s.values) > 0 {
		return
	}
	add := func(value []byte) { s.values = append(s.values, value) }
	switch name {
	case sideIP:
		query.AddrsIn(text, e, add)
	case sideMAC:
		query.MACsIn(text, e, add)
	}
}

// copied returns what an accessor finds as texts of their own.
func copied(a Accessor, raw []byte, origLen int) []string {
	var s Scratch
	values := a.Values(&s, raw, origLen)
	if len(values) == 0 {
		return nil
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}

// readOnly is the bytes of a text without a copy.
func readOnly(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// spelledAccessor reads a field of a format whose lines have no escapes.
type spelledAccessor struct {
	name  string
	parts [][]string
	read  func(s *Scratch, raw []byte, parts [][]string)
}

// Values implements Accessor.
func (a *spelledAccessor) Values(s *Scratch, raw []byte, _ int) [][]byte {
	s.begin()
	a.read(s, raw, a.parts)
	s.addresses(a.name, raw, query.NoEscapes)
	return s.values
}

// each calls read, which adds the values of a spelling, for the spellings of
// each part until one has values.
func (s *Scratch) each(parts [][]string, read func(name string)) {
	for _, names := range parts {
		before := len(s.values)
		for _, name := range names {
			if read(name); len(s.values) > before {
				break
			}
		}
	}
}

// unquoted adds a value that stands in quotes; see unescapeQuoted.
func (s *Scratch) unquoted(value []byte) {
	if bytes.IndexByte(value, '\\') >= 0 {
		from := len(s.buf)
		s.buf = append(s.buf, unescapeQuoted(value)...)
		value = s.buf[from:]
	}
	s.values = append(s.values, value)
}
