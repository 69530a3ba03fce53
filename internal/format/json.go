package format

import (
	"bytes"

	"spoor/index/query"
)

// timeKeys are the members of an object that may say its time, the best
// first. Those from date on are used only for want of a better one.
const (
	keyTS = iota
	keyAtTimestamp
	keyTimestamp
	keyTime
	keyAtT
	keyTimeCreated
	keyEventTime
	keyUtcTime
	keyDatetime
	keyDate
	keyCreated
	keyRealtime
	keyWriteTS
	timeKeys
)

func timeKey(key []byte) int {
	switch string(key) {
	case "ts":
		return keyTS
	case "@timestamp":
		return keyAtTimestamp
	case "timestamp", "Timestamp":
		return keyTimestamp
	case "time", "Time":
		return keyTime
	case "@t":
		return keyAtT
	case "TimeCreated", "timeCreated":
		return keyTimeCreated
	case "EventTime", "eventTime", "event_time":
		return keyEventTime
	case "UtcTime":
		return keyUtcTime
	case "datetime", "dateTime":
		return keyDatetime
	case "date", "asctime":
		return keyDate
	case "created", "created_at", "createdDateTime":
		return keyCreated
	case "__REALTIME_TIMESTAMP":
		return keyRealtime
	case "_write_ts", "EventReceivedTime":
		return keyWriteTS
	}
	return -1
}

// span is a part of a line; the zero value is none, since no value of a
// member stands at the start.
type span struct{ start, end int }

func (s span) of(b []byte) []byte { return b[s.start:s.end] }

// object is what one pass over a line of JSON tells: that it is valid, and
// what the members at its top say of time and kind.
type object struct {
	times  [timeKeys]span
	path   span // _path or @stream
	flowID bool // uid, id.orig_h or id_orig_h is there
}

// scanObject checks a whole line.
func scanObject(b []byte) (o object, err *jsonError) {
	i := skipSpace(b, 0)
	for first := true; ; first = false {
		next, more, err := nextItem(b, i, first, true)
		if err != nil {
			return o, err
		}
		if i = next; !more {
			break
		}
		key, start, err := objectKey(b, i)
		if err != nil {
			return o, err
		}
		if i, err = skipValue(b, start, 1); err != nil {
			return o, err
		}
		o.member(b, key, span{start, i})
	}
	if i = skipSpace(b, i); i < len(b) {
		_, err = bad(i, "more after the object's end")
	}
	return o, err
}

func (o *object) member(b, key []byte, value span) {
	if k := timeKey(key); k >= 0 {
		if o.times[k].end == 0 {
			o.times[k] = value
		}
		return
	}
	switch string(key) {
	case "_path", "@stream":
		if o.path.end == 0 && b[value.start] == '"' {
			o.path = span{value.start + 1, value.end - 1}
		}
	case "uid", "id.orig_h", "id_orig_h":
		o.flowID = true
	}
}

func (o *object) zeek() bool {
	return o.path.end > 0 || o.flowID && o.times[keyTS].end > 0
}

// json reads a line of JSON; name is its format, or empty if the line says.
func (p *Parser) json(line []byte, name string) (Line, error) {
	i := skipSpace(line, 0)
	if i == len(line) || line[i] != '{' {
		return Line{}, &jsonError{i, "the line is no object"}
	}
	o, err := scanObject(line)
	if err != nil {
		return Line{}, err
	}
	if name == "" {
		name = JSON
		if o.zeek() {
			name = ZeekJSON
		}
	}
	l := p.line(name)
	if name == ZeekJSON && p.o.Tag == "" && o.path.end > 0 {
		path := o.path.of(line)
		if bytes.IndexByte(path, '\\') >= 0 {
			path = []byte(unquote(path))
		}
		l.Tag = p.zeekTag(path, ZeekJSON)
	}
	p.objectTime(&l, line, &o)
	return l, nil
}

// objectTime takes the best of an object's times.
func (p *Parser) objectTime(l *Line, line []byte, o *object) {
	for k, s := range o.times {
		if s.end > 0 && p.jsonTime(l, s.of(line), k == keyTS) {
			return
		}
	}
}

// jsonTime reads the time of a value. A small number is a time only where
// it can be nothing else.
func (p *Parser) jsonTime(l *Line, value []byte, sure bool) bool {
	switch c := value[0]; {
	case c == '"':
		inside := value[1 : len(value)-1]
		t, ok := parseText(inside, p.o.Now, p.o.Zone)
		return ok && l.at(t)
	case c == '-' || isDigit(c):
		t, ok := parseNumber(value)
		return ok && (sure || t.Unix() >= 1e8) && l.at(t)
	}
	return false
}

// jsonReader reads fields of both JSON formats.
type jsonReader struct{}

func (jsonReader) Text(raw []byte, _ int) []byte { return raw }

func (jsonReader) Escapes() query.Escapes { return query.JSONEscapes }

func (jsonReader) Fields(raw []byte, _ int) []Field {
	f := flattener{b: raw}
	i := skipSpace(raw, 0)
	if i == len(raw) || raw[i] != '{' {
		return nil
	}
	if _, ok := f.object(i, 0, "", false); !ok {
		return nil
	}
	f.list.addCommunity()
	return f.list.fields
}

func (r jsonReader) Accessor(name string) Accessor {
	if isCommunity(name) {
		return newCommunityAccessor(newJSONAccessor(name), r.Accessor)
	}
	return newJSONAccessor(name)
}

func (r jsonReader) Field(raw []byte, origLen int, name string) []string {
	return copied(r.Accessor(name), raw, origLen)
}

// flattener turns an object into fields. Its methods return where what they
// read ends; ok is false where the bytes are no JSON.
type flattener struct {
	b    []byte
	list fieldList
}

func (f *flattener) value(i, depth int, name string, list bool) (end int, ok bool) {
	if i < len(f.b) && depth < maxDepth {
		switch f.b[i] {
		case '{':
			return f.object(i, depth, name, list)
		case '[':
			return eachItem(f.b, i, false, func(_ []byte, i int) (int, bool) {
				return f.value(i, depth+1, name, true)
			})
		}
	}
	end, err := skipValue(f.b, i, depth)
	if err != nil {
		return end, false
	}
	if text, there := scalar(f.b[i:end]); there {
		f.list.add(name, text, list)
	}
	return end, true
}

func (f *flattener) object(i, depth int, name string, list bool) (int, bool) {
	return eachItem(f.b, i, true, func(key []byte, i int) (int, bool) {
		inner := unquote(key)
		if depth > 0 {
			inner = name + "." + inner
		}
		if len(inner) > maxName {
			end, err := skipValue(f.b, i, depth+1)
			return end, err == nil
		}
		return f.value(i, depth+1, inner, list)
	})
}

// eachItem calls do at every item of the object or array at b[i:].
func eachItem(b []byte, i int, object bool, do func(key []byte, i int) (int, bool)) (int, bool) {
	for first := true; ; first = false {
		next, more, err := nextItem(b, i, first, object)
		if err != nil || !more {
			return next, err == nil
		}
		i = next
		var key []byte
		if object {
			if key, i, err = objectKey(b, i); err != nil {
				return i, false
			}
		}
		end, ok := do(key, i)
		if !ok {
			return end, false
		}
		i = end
	}
}

// scalar returns the text of a value that is neither object nor array; null
// is not there.
func scalar(b []byte) (text string, there bool) {
	switch b[0] {
	case '"':
		return unquote(b[1 : len(b)-1]), true
	case 'n', '{', '[':
		return "", false
	}
	return string(b), true
}
