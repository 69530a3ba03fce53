package pipe

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"spoor/index"
	"spoor/index/query"
	"spoor/internal/format"
)

// The names that mean the same of every entry, whatever its line says.
const (
	timeField   = "time"
	tagField    = "tag"
	sourceField = "src"
	rawField    = "raw"
	idField     = "id"
)

// What of an entry's origin can be asked for, where its line has no field of
// that name.
const (
	sensorField  = "sensor"
	jobField     = "job"
	hostField    = "origin.host"
	fileField    = "origin.file"
	guessedField = "time_guessed"
)

// source is where stages read the fields of a row.
type source interface {
	// values returns the values of the field of that number; they are valid
	// until the next row.
	values(field int) [][]byte
	// when is the time of the row, in nanoseconds since 1970.
	when() (int64, bool)
}

// fieldList numbers the fields that stages read. A name may stand for another
// field behind a stage that gives one of that name.
type fieldList struct{ names []string }

// of returns the number that a name stands for now.
func (l *fieldList) of(name string) int {
	for i := len(l.names) - 1; i >= 0; i-- {
		if l.names[i] == name {
			return i
		}
	}
	return l.add(name)
}

// add lets a name stand for a new field.
func (l *fieldList) add(name string) int {
	l.names = append(l.names, name)
	return len(l.names) - 1
}

// rowwise is what is done with every entry before anything is gathered.
type rowwise struct {
	fields *fieldList
	steps  []any // rexStep and whereStep, in order
	// given are the fields that rex steps give, by the number of the field:
	// which step and which group.
	given map[int]given
}

type given struct{ step, group int }

type rexStep struct {
	pattern *regexp.Regexp
	field   int
}

type whereStep struct{ query query.Node }

// entries is the source of a scan's entries. One goroutine uses it.
type entries struct {
	*rowwise
	streams map[*index.Stream]*streamFields
	of      *streamFields
	entry   *index.Entry
	memory  []fieldMemory // by field
	found   [][][]byte    // by step: what a rex has found, by group
}

// streamFields is what can be told of the fields of one stream.
type streamFields struct {
	spec     format.Spec
	reader   format.Reader // nil: a format that this program does not know
	access   []format.Accessor
	needText bool
}

// fieldMemory is used again for every entry.
type fieldMemory struct {
	scratch format.Scratch
	value   [1][]byte
	buf     []byte
}

func newEntries(r *rowwise) *entries {
	return &entries{
		rowwise: r, streams: map[*index.Stream]*streamFields{},
		memory: make([]fieldMemory, len(r.fields.names)), found: make([][][]byte, len(r.steps)),
	}
}

// stream returns what is known of the fields of a stream.
func (e *entries) stream(s *index.Stream) *streamFields {
	if f := e.streams[s]; f != nil {
		return f
	}
	f := &streamFields{spec: format.Spec(s.Format), access: make([]format.Accessor, len(e.fields.names)), needText: len(e.steps) > 0}
	f.reader, _ = format.Open(f.spec)
	for i, name := range e.fields.names {
		if _, ok := e.given[i]; ok {
			continue
		}
		switch name {
		case timeField, tagField, sourceField:
		case rawField:
			f.needText = true
		default:
			if f.reader != nil && !format.Never(f.spec, name) {
				f.access[i] = f.reader.Accessor(name)
				f.needText = true
			}
		}
	}
	e.streams[s] = f
	return f
}

// set makes an entry the row. It returns false where a step drops it.
func (e *entries) set(of *index.Entry) bool {
	if e.entry == nil || e.entry.Stream != of.Stream || e.of == nil {
		e.of = e.stream(of.Stream)
	}
	e.entry = of
	for i := range e.memory {
		e.memory[i].scratch.Next()
	}
	for i, step := range e.steps {
		switch step := step.(type) {
		case rexStep:
			e.found[i] = step.find(e.values(step.field), e.found[i])
		case whereStep:
			if !query.Match(step.query, entryRecord{e, i}) {
				return false
			}
		}
	}
	return true
}

// find returns what every group of the pattern finds in the first value that
// it matches; nil where none does.
func (r rexStep) find(values [][]byte, into [][]byte) [][]byte {
	for _, v := range values {
		at := r.pattern.FindSubmatchIndex(v)
		if at == nil {
			continue
		}
		into = slices.Grow(into[:0], len(at)/2)[:len(at)/2]
		for g := range into {
			if into[g] = nil; at[2*g] >= 0 {
				into[g] = v[at[2*g]:at[2*g+1]:at[2*g+1]]
			}
		}
		return into
	}
	return nil
}

func (e *entries) when() (int64, bool) { return e.entry.Time.UnixNano(), true }

func (e *entries) values(field int) [][]byte {
	m := &e.memory[field]
	if g, ok := e.given[field]; ok {
		if found := e.found[g.step]; g.group < len(found) && found[g.group] != nil {
			return m.one(found[g.group])
		}
		return nil
	}
	name := e.fields.names[field]
	switch name {
	case timeField:
		m.buf = appendTime(m.buf[:0], e.entry.Time)
		return m.one(m.buf)
	case tagField:
		m.buf = append(m.buf[:0], e.entry.Stream.Tag...)
		return m.one(m.buf)
	case sourceField:
		m.buf = strconv.AppendUint(m.buf[:0], uint64(e.entry.Stream.Source), 10)
		return m.one(m.buf)
	case rawField:
		return m.one(e.text())
	}
	if a := e.of.access[field]; a != nil && e.entry.Raw != nil {
		if v := a.Values(&m.scratch, e.entry.Raw, e.entry.OrigLen); len(v) > 0 {
			return v
		}
	}
	return m.origin(e.entry, name)
}

// text is what is shown of the entry: the line, or a packet's summary.
func (e *entries) text() []byte {
	if e.of.reader == nil {
		return e.entry.Raw
	}
	return e.of.reader.Text(e.entry.Raw, e.entry.OrigLen)
}

func (m *fieldMemory) one(v []byte) [][]byte {
	m.value[0] = v
	return m.value[:]
}

// origin returns a field of the stream's origin, or nothing.
func (m *fieldMemory) origin(e *index.Entry, name string) [][]byte {
	o := &e.Stream.Origin
	text := ""
	switch name {
	case hostField:
		text = o.Host
	case fileField:
		text = o.File
	case sensorField:
		text = o.Sensor
	case jobField:
		if o.Job != 0 {
			text = strconv.FormatUint(o.Job, 10)
		}
	case guessedField:
		if e.TimeGuessed {
			text = "true"
		}
	}
	if text == "" {
		return nil
	}
	m.buf = append(m.buf[:0], text...)
	return m.one(m.buf)
}

// entryRecord is an entry, with what rex steps have given it, as a query sees
// it.
type entryRecord struct {
	e    *entries
	step int // the steps before it have given their fields
}

var _ query.Record = entryRecord{}

func (r entryRecord) Raw() []byte     { return r.e.text() }
func (r entryRecord) Time() time.Time { return r.e.entry.Time }
func (r entryRecord) Tag() string     { return r.e.entry.Stream.Tag }
func (r entryRecord) Source() uint32  { return r.e.entry.Stream.Source }

func (r entryRecord) Escapes() query.Escapes {
	if r.e.of.reader == nil {
		return query.NoEscapes
	}
	return r.e.of.reader.Escapes()
}

func (r entryRecord) Field(name string) []string {
	for i := len(r.e.fields.names) - 1; i >= 0; i-- {
		if g, ok := r.e.given[i]; ok && g.step < r.step && r.e.fields.names[i] == name {
			return texts(r.e.values(i))
		}
	}
	if r.e.of.reader != nil {
		if v := r.e.of.reader.Field(r.e.entry.Raw, r.e.entry.OrigLen, name); len(v) > 0 {
			return v
		}
	}
	var m fieldMemory
	return texts(m.origin(r.e.entry, name))
}

func texts(values [][]byte) []string {
	if len(values) == 0 {
		return nil
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
