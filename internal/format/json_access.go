package format

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// jsonAccessor finds a field in one pass over a line, whichever of its
// spellings the line has, as one member or as members inside one another.
type jsonAccessor struct {
	name string
	root *members
	part []uint8   // of each spelling
	keys []jsonKey // the spellings; nil where one of them is odd
}

// members are the keys that are looked for in an object.
type members struct {
	list []member // by the length of their keys
	// Members with keys of n bytes stand in list from row[n] to row[n+1],
	// those of 63 bytes or more in the last row; bit n of lengths: there are
	// some.
	row     [65]uint16
	lengths uint64
}

// member is a key with what it leads to.
type member struct {
	key   string
	which int      // the spelling that ends here; -1: none
	below *members // nil: nothing is looked for inside
}

// rest is what of a spelling is still to be found inside.
type rest struct {
	which int
	name  string
}

func newJSONAccessor(name string) *jsonAccessor {
	a := &jsonAccessor{name: name}
	var all []rest
	for p, names := range parts(name) {
		for _, n := range names {
			if len(n) <= maxName {
				all = append(all, rest{len(a.part), n})
			}
			a.part = append(a.part, uint8(p))
		}
	}
	a.root = newMembers(all, map[string]*members{})
	a.keys = newJSONKeys(name)
	return a
}

// newMembers returns the keys that begin one of the rests: every piece up to
// a dot may be a key, with what follows inside. Equal rests are looked for in
// equal objects, which keeps names of many dots small.
func newMembers(all []rest, known map[string]*members) *members {
	id := fmt.Sprint(all)
	if m := known[id]; m != nil {
		return m
	}
	m := &members{}
	known[id] = m
	var inside [][]rest // of each member
	for _, r := range all {
		if kid := m.enter(r.name); m.list[kid].which < 0 {
			m.list[kid].which = r.which
		}
		for i := range len(r.name) {
			if r.name[i] != '.' {
				continue
			}
			kid := m.enter(r.name[:i])
			for len(inside) <= kid {
				inside = append(inside, nil)
			}
			inside[kid] = append(inside[kid], rest{r.which, r.name[i+1:]})
		}
	}
	for kid, all := range inside {
		if all != nil {
			m.list[kid].below = newMembers(all, known)
		}
	}
	slices.SortStableFunc(m.list, func(a, b member) int { return cmp.Compare(keyRow(len(a.key)), keyRow(len(b.key))) })
	for i := range m.list {
		n := keyRow(len(m.list[i].key))
		m.lengths |= 1 << n
		m.row[n+1] = uint16(i + 1)
	}
	for n := range m.row[1:] {
		m.row[n+1] = max(m.row[n+1], m.row[n])
	}
	return m
}

// keyRow is the row of keys of n bytes.
func keyRow(n int) int { return min(n, 63) }

// enter returns the place in the list of the member with that key.
func (m *members) enter(key string) int {
	for i := range m.list {
		if m.list[i].key == key {
			return i
		}
	}
	m.list = append(m.list, member{key: key, which: -1})
	return len(m.list) - 1
}

// find returns the member of a key as a line writes it, or nil.
func (m *members) find(key []byte, escaped bool) *member {
	if escaped && bytes.IndexByte(key, '\\') >= 0 {
		key = readOnly(unquote(key))
	}
	n := keyRow(len(key))
	for i := m.row[n]; i < m.row[n+1]; i++ {
		if m.list[i].key == string(key) {
			return &m.list[i]
		}
	}
	return nil
}

// Values implements Accessor.
func (a *jsonAccessor) Values(s *Scratch, raw []byte, _ int) [][]byte {
	s.begin()
	escaped := bytes.IndexByte(raw, '\\') >= 0
	if escaped || a.keys == nil || !a.jump(s, raw) {
		a.walk(s, raw, escaped)
	}
	s.addresses(a.name, raw, jsonReader{}.Escapes())
	return s.values
}

// walk goes through all members of the line.
func (a *jsonAccessor) walk(s *Scratch, raw []byte, escaped bool) {
	s.begin()
	w := jsonWalk{b: raw, s: s, escaped: escaped}
	i := skipSpace(raw, 0)
	if i == len(raw) || raw[i] != '{' || w.object(i, a.root, 1) < 0 {
		s.begin()
	}
	s.keep(a.part)
}

// jsonWalk is a walk over a line that is known to be JSON. Its methods return
// where what they read ends, or -1 where the bytes are none after all.
type jsonWalk struct {
	b       []byte
	s       *Scratch
	escaped bool // the line has backslashes
}

// object reads the object at b[i]. Lines rarely have blanks between members,
// so these are looked for only where something else is missing.
func (w *jsonWalk) object(i int, m *members, depth int) int {
	b := w.b
	if i = w.space(i + 1); i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		end := w.key(i)
		if end < 0 {
			return -1
		}
		key := b[i+1 : end-1]
		if i = w.punct(end, ':'); i < 0 {
			return -1
		}
		found := (*member)(nil)
		if w.escaped || m.lengths&(1<<keyRow(len(key))) != 0 {
			found = m.find(key, w.escaped)
		}
		if found == nil {
			i = w.skip(i)
		} else {
			i = w.value(i, found, depth)
		}
		if i < 0 {
			return -1
		}
		next := w.punct(i, ',')
		if next < 0 {
			if i = w.space(i); i >= len(b) || b[i] != '}' {
				return -1
			}
			return i + 1
		}
		i = next
	}
}

// key returns where the key at b[i] ends. Keys are short.
func (w *jsonWalk) key(i int) int {
	b := w.b
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	if w.escaped {
		return w.text(i)
	}
	for i++; i < len(b); i++ {
		if b[i] == '"' {
			return i + 1
		}
	}
	return -1
}

// punct returns where what follows a colon or comma at b[i] begins.
func (w *jsonWalk) punct(i int, c byte) int {
	b := w.b
	if i+1 < len(b) && b[i] == c && b[i+1] > ' ' {
		return i + 1
	}
	if i = w.space(i); i >= len(b) || b[i] != c {
		return -1
	}
	return w.space(i + 1)
}

// value takes what a member leads to out of the value at b[i].
func (w *jsonWalk) value(i int, m *member, depth int) int {
	b := w.b
	if i >= len(b) {
		return -1
	}
	if depth < maxDepth {
		switch {
		case b[i] == '{' && m.below != nil:
			return w.object(i, m.below, depth+1)
		case b[i] == '[':
			return w.array(i, m, depth+1)
		}
	}
	end := w.skip(i)
	if end >= 0 && m.which >= 0 {
		w.take(b[i:end], m.which)
	}
	return end
}

func (w *jsonWalk) array(i int, m *member, depth int) int {
	b := w.b
	for i = w.space(i + 1); i < len(b) && b[i] != ']'; i = w.space(i + 1) {
		if i = w.value(i, m, depth); i < 0 {
			return -1
		}
		if i = w.space(i); i >= len(b) || b[i] != ',' {
			break
		}
	}
	if i >= len(b) || b[i] != ']' {
		return -1
	}
	return i + 1
}

// take adds a value that is neither object nor array; null is not there.
func (w *jsonWalk) take(value []byte, which int) {
	switch value[0] {
	case 'n', '{', '[':
		return
	case '"':
		value = value[1 : len(value)-1]
		if w.escaped && bytes.IndexByte(value, '\\') >= 0 {
			from := len(w.s.buf)
			w.s.buf = append(w.s.buf, unquote(value)...)
			value = w.s.buf[from:]
		}
	}
	w.s.values, w.s.which = append(w.s.values, value), append(w.s.which, uint8(which))
}

// skip returns where the value at b[i] ends.
func (w *jsonWalk) skip(i int) int {
	b := w.b
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return w.text(i)
	case '{', '[':
		return w.nested(i)
	}
	start := i
	for i < len(b) && b[i] > ' ' && b[i] != ',' && b[i] != '}' && b[i] != ']' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// nested skips the object or array at b[i].
func (w *jsonWalk) nested(i int) int {
	open := 0
	for ; i < len(w.b); i++ {
		switch w.b[i] {
		case '{', '[':
			open++
		case '}', ']':
			if open--; open == 0 {
				return i + 1
			}
		case '"':
			end := w.text(i)
			if end < 0 {
				return -1
			}
			i = end - 1
		}
	}
	return -1
}

// text returns where the string at b[i] ends.
func (w *jsonWalk) text(i int) int {
	b := w.b
	for from := i + 1; from < len(b); {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return -1
		}
		end := from + n
		if !w.escaped || b[end-1] != '\\' {
			return end + 1
		}
		slashes := 1
		for b[end-1-slashes] == '\\' { // the opening quote ends it
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
		from = end + 1
	}
	return -1
}

func (w *jsonWalk) space(i int) int {
	for i < len(w.b) && w.b[i] <= ' ' {
		i++
	}
	return i
}
