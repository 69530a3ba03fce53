// Package format knows how logs are written: it recognises the format of a
// line, reads the line's time, and reads fields from raw lines when a query
// needs them. One file, one format.
package format

import (
	"fmt"

	"spoor/index/query"
)

// The names of the formats.
const (
	ZeekTSV  = "zeek-tsv"
	ZeekJSON = "zeek-json"
	JSON     = "json"
	Syslog   = "syslog"
	Access   = "access"
	Text     = "text"
	Packet   = "packet"
)

// Names lists the formats that a body can be said to have.
func Names() []string {
	return []string{ZeekTSV, ZeekJSON, JSON, Syslog, Access, Text, Packet}
}

// Known says whether there is a format of that name.
func Known(name string) bool {
	switch name {
	case ZeekTSV, ZeekJSON, JSON, Syslog, Access, Text, Packet:
		return true
	}
	return false
}

// Spec says how raw entries are read. Its fields are those of index.Format,
// so that one converts to the other. Specs are comparable: equal ones read
// equal.
type Spec struct {
	// Name is the name of the format.
	Name string
	// Header is what explains the columns of Zeek TSV, in one canonical
	// spelling; empty for the other formats.
	Header string
	// LinkType is the link type of packets.
	LinkType uint16
}

// Field is one field of an entry.
type Field struct {
	// Name as the line writes it, nested names joined by dots.
	Name string
	// Values are unescaped; numbers and booleans stand as written. There is
	// one at least.
	Values []string
	// List says that the field is a list even if it has one value only.
	List bool
}

// Reader reads raw entries of one Spec. It may be used by many goroutines
// at once, never panics whatever the bytes are, and returns nothing that
// shares memory with them, except for Text.
type Reader interface {
	// Text is what words are compared with: raw itself for lines, the
	// decoded summary and values for packets. It may share memory with raw.
	// origLen is as for Fields: the summary of a packet tells it.
	Text(raw []byte, origLen int) []byte
	// Escapes says how Text writes what it can't hold as it is.
	Escapes() query.Escapes
	// Fields returns all fields in the order of the line. Absent ones
	// (unset, null, empty lists) are left out; a name stands there once.
	// origLen is the length of a packet on the wire, 0 for lines.
	Fields(raw []byte, origLen int) []Field
	// Field returns the values of one field; none when it is absent. The
	// name is tried as it is, then in its other spellings; see Groups. ip,
	// port and mac are either side of a connection or packet; where an entry
	// has neither, ip and mac are the addresses in its text.
	Field(raw []byte, origLen int, name string) []string
	// Accessor returns what Field does for one name and many entries.
	Accessor(name string) Accessor
}

// Derived says whether the values of a field are computed from the line
// rather than read in it: words of such a value need not be words of the
// line, so an index of the line's words can't find them.
func Derived(name string) bool {
	return name == "facility" || name == "severity" || isCommunity(name)
}

// Open returns the reader of a Spec. It is cheap enough to be called once a
// stream. The error says what is wrong with the name or the header.
func Open(s Spec) (Reader, error) {
	switch s.Name {
	case ZeekTSV:
		h, err := parseHeader(s.Header)
		if err != nil {
			return nil, fmt.Errorf("format %s: %w", s.Name, err)
		}
		return newTSVReader(h), nil
	case ZeekJSON, JSON:
		return jsonReader{}, nil
	case Syslog:
		return syslogReader{}, nil
	case Access:
		return accessReader{}, nil
	case Text:
		return textReader{}, nil
	case Packet:
		return packetReader{link: s.LinkType}, nil
	}
	return nil, fmt.Errorf("unknown format %q", s.Name)
}

// A name stands in Fields once; what a line says of it twice becomes a list.
const (
	// maxFields bounds what Fields returns of one entry.
	maxFields = 4096
	// maxName bounds the names of nested fields, which would otherwise grow
	// with depth times length of the line.
	maxName = 256
)

// fieldList collects fields, merging those of the same name.
type fieldList struct {
	fields []Field
	byName map[string]int // only once there are many
}

func (l *fieldList) find(name string) int {
	if l.byName != nil {
		if i, ok := l.byName[name]; ok {
			return i
		}
		return -1
	}
	for i := range l.fields {
		if l.fields[i].Name == name {
			return i
		}
	}
	return -1
}

func (l *fieldList) add(name, value string, list bool) {
	if i := l.find(name); i >= 0 {
		f := &l.fields[i]
		f.Values = append(f.Values, value)
		f.List = true
		return
	}
	if len(l.fields) >= maxFields {
		return
	}
	l.fields = append(l.fields, Field{Name: name, Values: []string{value}, List: list})
	switch {
	case l.byName != nil:
		l.byName[name] = len(l.fields) - 1
	case len(l.fields) > 64:
		l.byName = make(map[string]int, 128)
		for i := range l.fields {
			l.byName[l.fields[i].Name] = i
		}
	}
}
