package query

// field asks for a value in the unescaped values of a field.
type field struct {
	name  string
	whole bool
	value Value
}

// NewField returns the node that asks for a field in one of whose values v
// stands; Any() asks only that the field exists. Numbers and times are
// compared by value. The name is taken as it is: tag and src here are fields
// of the entry that happen to be called that.
func NewField(name string, v Value) Node { return &field{name: name, value: v} }

// NewFieldEqual is NewField for values that are wholly v.
func NewFieldEqual(name string, v Value) Node {
	_, exists := v.(everything)
	_, regex := v.(*pattern) // has its own anchors
	return &field{name: name, whole: !exists && !regex, value: v}
}

// computed are fields whose values formats work out from something else in
// the entry, so that the words of a value need not stand in its text: a
// syslog priority is written as <34>.
var computed = map[string]bool{"facility": true, "severity": true, "time_guessed": true, "community_id": true, "network.community_id": true}

// outside are fields that an entry has from its stream, if its text has none.
var outside = map[string]bool{"origin.host": true, "origin.file": true, "sensor": true, "job": true}

// addressed are the fields that stand for all addresses of the text where an
// entry has none of the name. What is beside them there is no part of the
// value, so their words need not be words of the text.
var addressed = map[string]bool{"ip": true, "mac": true}

// Valuer is a Record that reads fields without making texts of them.
type Valuer interface {
	Record
	// Values is Field. What it returns is read-only, and valid until the
	// next call of a method of the record.
	Values(name string) [][]byte
}

func (f *field) node()                         {}
func (f *field) level() int                    { return levelAtom }
func (f *field) stream(string, uint32) Verdict { return Maybe }
func (f *field) mark(m *marker)                { f.value.(expr).mark(m) }

func (f *field) match(r Record) bool {
	if fast, ok := r.(Valuer); ok {
		for _, v := range fast.Values(f.name) {
			if f.value.in(v, f.whole) {
				return true
			}
		}
		return false
	}
	for _, v := range r.Field(f.name) {
		if f.value.in(readOnly(v), f.whole) {
			return true
		}
	}
	return false
}

func (f *field) need() Need {
	if computed[f.name] {
		return Need{}
	}
	if addressed[f.name] {
		switch f.value.(type) {
		case *address, *hardware, *network:
		default:
			return Need{}
		}
	}
	return f.value.needIn(f.whole)
}

// probes are those of the value. What escapes a text can write plain bytes
// as begins in one way: \u00 in JSON, \x in Zeek's TSV.
func (f *field) probes(e Escapes) probes {
	if computed[f.name] || outside[f.name] {
		return nil
	}
	p := f.value.probesIn()
	switch {
	case p == nil || len(p) >= maxProbes || p.shortest() < minFieldProbe:
		return nil
	case e == JSONEscapes:
		return append(p[:len(p):len(p)], newProbe(`\u00`, false))
	case e == HexEscapes:
		return append(p[:len(p):len(p)], newProbe(`\x`, false))
	}
	return p
}

// minFieldProbe is how long a probe must be for a field: shorter ones stand in
// so many entries that searching for them costs more than reading the field.
const minFieldProbe = 3

// plainByte says whether formats write b in a text as it is, but for \u00 and
// \x: it is ASCII, and no backslash is put before it.
func plainByte(b byte) bool {
	return b >= ' ' && b < 0x7f && b != '"' && b != '\\' && b != '/' && b != ']'
}

func (f *field) equal(n Node) bool {
	other, ok := n.(*field)
	return ok && f.name == other.name && f.whole == other.whole && f.value.(expr).equal(other.value)
}

func (f *field) String() string {
	rest := ":"
	if f.whole {
		rest = ":="
	}
	rest += f.value.inField()
	name := f.name
	if Reserved(name) || !bareName(name) || fieldColon(firstRun(name+rest)) != len(name) || f.likeIdentity() {
		name = quote([]string{name})
	}
	if t, ok := f.value.(*text); ok && t.exact {
		return caseName + ":" + name + rest
	}
	return name + rest
}

// likeIdentity says whether the field would be read as an entry's ID.
func (f *field) likeIdentity() bool {
	if f.name != idName {
		return false
	}
	t, ok := f.value.(*text)
	if !ok {
		return false
	}
	_, ok = newIdentity(joinStars(t.pieces()))
	return ok
}

// caseName is what a text stands behind that is compared with regard to case.
const caseName = "case"

// Reserved says whether a name means something else than a field, so that a
// field of that name has to be asked for in quotes: "from":x.
func Reserved(name string) bool {
	switch name {
	case tagName, sourceName, lastName, fromName, toName, dedupName, caseName:
		return true
	}
	return false
}

// NewFieldEmpty returns the node that asks for a field one of whose values is
// the empty text, printed as f:="".
func NewFieldEmpty(name string) Node { return &field{name: name, whole: true, value: empty{}} }

// empty is the value that has no bytes.
type empty struct{ everything }

func (empty) String() string               { return `""` }
func (empty) inField() string              { return `""` }
func (empty) in(value []byte, _ bool) bool { return len(value) == 0 }
func (empty) equal(n Node) bool {
	_, ok := n.(empty)
	return ok
}
