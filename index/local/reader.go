package local

import (
	"strconv"
	"sync"
	"time"

	"spoor/index"
	"spoor/index/query"
	"spoor/internal/format"
)

// reader reads entries of one stream; see format.Reader.
type reader interface {
	Text(raw []byte, origLen int) []byte
	Escapes() query.Escapes
	Field(raw []byte, origLen int, name string) []string
	Accessor(name string) format.Accessor
}

// openReader takes entries whose format this program does not know, as after
// a step back to an older version, for text without fields.
func openReader(f index.Format) reader {
	r, err := format.Open(format.Spec(f))
	if err != nil {
		r, _ = format.Open(format.Spec{Name: format.Text})
	}
	return r
}

// The fields that every entry has, whatever its format.
const (
	fieldGuessed = "time_guessed"
	fieldHost    = "origin.host"
	fieldFile    = "origin.file"
	fieldSensor  = "sensor"
	fieldJob     = "job"
)

// entry is one entry as the query sees it. It is made to be used again.
type entry struct {
	stream *stream
	reader reader
	row    *row
	raw    []byte
	text   []byte // nil until it is asked for

	// Of Values, to be used again.
	fields  []accessor // that the query has asked for
	scratch format.Scratch
	of      *row // what scratch is about
	last    int  // the field whose values are in found
	found   [][]byte
	own     [1][]byte
}

// accessor is a field that a query asks for.
type accessor struct {
	name string
	format.Accessor
}

var (
	_ query.Valuer = (*entry)(nil)
	_ query.Hashed = (*entry)(nil)
)

// Raw returns the text that words are looked for in.
func (e *entry) Raw() []byte {
	if e.text == nil {
		e.text = e.reader.Text(e.raw, e.row.origLen())
	}
	return e.text
}

// Escapes says how Raw writes what it can't hold as it is.
func (e *entry) Escapes() query.Escapes { return e.reader.Escapes() }

// Time is when it happened.
func (e *entry) Time() time.Time { return time.Unix(0, e.row.time).UTC() }

// Tag is the tag of its stream.
func (e *entry) Tag() string { return e.stream.def.Tag }

// Source is the source of its stream.
func (e *entry) Source() uint32 { return e.stream.def.Source }

// Field returns the values of a field of the entry or of its stream. What the
// line says itself comes first.
func (e *entry) Field(name string) []string {
	if v := e.reader.Field(e.raw, e.row.origLen(), name); len(v) > 0 {
		return v
	}
	if name == fieldGuessed && e.row.guessed() {
		return []string{"true"}
	}
	if v := originField(&e.stream.def.Origin, name); v != "" {
		return []string{v}
	}
	return nil
}

// Values is Field without texts of its own. Asking for the field that was
// asked for last costs nothing.
func (e *entry) Values(name string) [][]byte {
	at := 0
	for at < len(e.fields) && e.fields[at].name != name {
		at++
	}
	if at == len(e.fields) {
		e.fields = append(e.fields, accessor{name, e.reader.Accessor(name)})
	}
	if e.of == e.row && e.last == at {
		return e.found
	}
	if e.of != e.row {
		e.of = e.row
		e.scratch.Next()
	}
	e.last = at
	e.found = e.fields[at].Values(&e.scratch, e.raw, e.row.origLen())
	if len(e.found) == 0 {
		e.found = e.beside(name)
	}
	return e.found
}

// beside returns the value of a field that the entry has beside its text.
func (e *entry) beside(name string) [][]byte {
	if name == fieldGuessed && e.row.guessed() {
		e.own[0] = []byte("true")
		return e.own[:]
	}
	if v := originField(&e.stream.def.Origin, name); v != "" {
		e.own[0] = []byte(v)
		return e.own[:]
	}
	return nil
}

// Hash is that of the entry's ID.
func (e *entry) Hash() uint64 { return index.RawHash(e.stream.hash, e.raw) }

func originField(o *index.Origin, name string) string {
	switch name {
	case fieldHost:
		return o.Host
	case fieldFile:
		return o.File
	case fieldSensor:
		return o.Sensor
	case fieldJob:
		if o.Job != 0 {
			return strconv.FormatUint(o.Job, 10)
		}
	}
	return ""
}

// digester is a reader that knows what is new in a text before it is made.
type digester interface {
	AppendNew(g *format.Digest, b, raw []byte, origLen int) []byte
}

var tokenSets = sync.Pool{New: func() any { return newTokens() }}

// terms returns the distinct terms of a block: of its texts, and of the
// fields that do not stand in them.
func terms(pieces []piece, v *view) *blockTerms {
	t := tokenSets.Get().(*tokens)
	defer tokenSets.Put(t)
	t.reset()
	next := 0
	for _, p := range pieces {
		r := p.stream.reader()
		escapes := r.Escapes()
		digester, repeats := r.(digester)
		guessed := false
		for range p.rows {
			row := &v.rows[next]
			next++
			guessed = guessed || row.guessed()
			raw := v.raw(row)
			if repeats {
				t.fresh = digester.AppendNew(&t.seen, t.fresh[:0], raw, row.origLen())
				t.text(t.fresh, escapes)
				continue
			}
			t.text(r.Text(raw, row.origLen()), escapes)
			if p.stream.def.Format.Name == format.Syslog {
				t.derived(r, raw)
			}
		}
		if guessed {
			t.text([]byte("true"), query.NoEscapes)
		}
		o := &p.stream.def.Origin
		for _, name := range []string{fieldHost, fieldFile, fieldSensor, fieldJob} {
			t.text([]byte(originField(o, name)), query.NoEscapes)
		}
	}
	return t.terms()
}

// derivedFields are the fields whose values are computed and do not stand in
// the text; see format.Derived.
var derivedFields = [...]string{"facility", "severity"}

func (t *tokens) derived(r reader, raw []byte) {
	for _, name := range derivedFields {
		for _, v := range r.Field(raw, 0, name) {
			t.text([]byte(v), query.NoEscapes)
		}
	}
}
