package format

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"spoor/index/query"
)

// columns is a header in force: what Parse needs of it for each line.
type columns struct {
	spec  Spec
	path  []byte
	sep   []byte
	count int
	ts    int // the column of the entry's time; -1 when there is none
	unset string
	own   bool // it stands in this body
}

func newColumns(h *zeekHeader, own bool) (*columns, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	c := &columns{
		spec: Spec{Name: ZeekTSV, Header: h.canonical()},
		path: []byte(h.path), sep: []byte{h.sep}, count: len(h.names), unset: h.unset, own: own,
	}
	if len(c.spec.Header) > maxHeader {
		return nil, fmt.Errorf("zeek header: %d bytes; at most %d", len(c.spec.Header), maxHeader)
	}
	if c.ts = slices.Index(h.names, "ts"); c.ts < 0 {
		c.ts = slices.Index(h.types, "time")
	}
	return c, nil
}

// fits says whether a line has as many columns as the header.
func (c *columns) fits(line []byte) bool { return bytes.Count(line, c.sep)+1 == c.count }

// time reads a line's time; ok is false when there is none.
func (c *columns) time(line []byte, zone *time.Location) (t time.Time, ok bool, err error) {
	if c.ts < 0 {
		return t, false, nil
	}
	v := column(line, c.sep[0], c.ts)
	if string(v) == c.unset {
		return t, false, nil
	}
	if t, ok = parseSeconds(v); ok {
		return t, true, nil
	}
	if t, end, _, ok := parseISO(v, zone); ok && end == len(v) {
		return t, true, nil
	}
	return t, false, fmt.Errorf("column %d: %.40q is no time", c.ts+1, v)
}

// column returns the n-th column of a line, from 0.
func column(line []byte, sep byte, n int) []byte {
	for {
		i := bytes.IndexByte(line, sep)
		switch {
		case n == 0 && i < 0:
			return line
		case n == 0:
			return line[:i]
		case i < 0:
			return nil
		}
		line, n = line[i+1:], n-1
	}
}

// header reads a # line. is says that the line belongs to a header.
func (p *Parser) header(line []byte) (is bool, err error) {
	begins := bytes.HasPrefix(line, []byte("#separator "))
	switch {
	case begins, (p.head == nil || p.closed) && bytes.HasPrefix(line, []byte("#fields\t")):
		h := newHeader()
		p.head, p.fault = &h, nil
	case p.head == nil:
		// The end of a log whose header came in an earlier body.
		return p.o.Format == ZeekTSV || p.cols != nil && bytes.HasPrefix(line, []byte("#close")), nil
	}
	known, err := p.head.read(line)
	if !known {
		return p.o.Format == ZeekTSV || p.fault != nil && isDirective(line), nil
	}
	p.closed = bytes.HasPrefix(line, []byte("#close"))
	if !p.closed && !bytes.HasPrefix(line, []byte("#open")) {
		p.cols, p.pending = nil, true
		if p.fault == nil {
			p.fault = err
		}
	}
	return true, err
}

// settle puts a header in force once all of its lines are read.
func (p *Parser) settle() {
	p.pending = false
	if p.fault == nil {
		p.cols, p.fault = newColumns(p.head, true)
	}
	if p.fault != nil {
		p.fault = fmt.Errorf("the header above can't be used: %w", p.fault)
	}
}

// tsv reads a line of Zeek TSV. ok is false when the line is not of the
// header in force, err when it should be.
func (p *Parser) tsv(line []byte) (l Line, ok bool, err error) {
	c := p.cols
	if c == nil {
		return l, false, p.fault
	}
	if !c.fits(line) {
		if c.own && !p.closed || p.o.Format == ZeekTSV || looksLikeZeek(line) {
			err = fmt.Errorf("number of columns is %d, the header has %d", bytes.Count(line, c.sep)+1, c.count)
		}
		return l, false, err
	}
	t, timed, err := c.time(line, p.o.Zone)
	if err != nil {
		if !c.own && p.o.Format == "" {
			err = nil // a line of something else, with as many columns
		}
		return l, false, err
	}
	l = Line{Spec: c.spec, Tag: p.o.Tag, Time: p.o.Now, Guessed: true}
	if timed {
		l.at(t)
	}
	if l.Tag == "" {
		l.Tag = p.zeekTag(c.path, ZeekTSV)
	}
	return l, true, nil
}

// looksLikeZeek says whether a line may come from a Zeek log whose header
// was left behind: seconds with six decimals and at least two more columns.
func looksLikeZeek(line []byte) bool {
	i := bytes.IndexByte(line, '\t')
	if i < 8 || i > 20 || line[i-7] != '.' || bytes.Count(line, []byte{'\t'}) < 2 {
		return false
	}
	_, ok := parseSeconds(line[:i])
	return ok
}

// zeekTag makes the tag of a path, which may hold anything; without a path
// it is the format's name.
func (p *Parser) zeekTag(path []byte, format string) string {
	if len(path) == 0 {
		return format
	}
	if tag, ok := p.tags[string(path)]; ok {
		return tag
	}
	tag := "zeek." + string(bytes.Map(func(r rune) rune {
		if r == ' ' || r == utf8.RuneError || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, path[:min(len(path), maxPath)]))
	if len(p.tags) < 1000 && len(path) <= maxPath {
		p.tags[string(path)] = tag
	}
	return tag
}

// maxPath is how much of a path is taken into a tag, in bytes.
const maxPath = 100

// tsvReader reads fields of Zeek TSV.
type tsvReader struct {
	zeekHeader
	columns map[string][]int // by name; more than one is a mistake of the writer
	lists   []bool
}

func newTSVReader(h zeekHeader) *tsvReader {
	r := &tsvReader{zeekHeader: h, columns: make(map[string][]int, len(h.names)), lists: make([]bool, len(h.names))}
	for i, n := range h.names {
		r.columns[n] = append(r.columns[n], i)
		if h.types != nil {
			kind, _, inside := strings.Cut(h.types[i], "[")
			r.lists[i] = inside && (kind == "set" || kind == "vector" || kind == "table" || kind == "list")
		}
	}
	return r
}

func (*tsvReader) Text(raw []byte, _ int) []byte { return raw }

func (*tsvReader) Escapes() query.Escapes { return query.HexEscapes }

func (r *tsvReader) Fields(raw []byte, _ int) []Field {
	var list fieldList
	var s Scratch
	list.fields = make([]Field, 0, min(len(r.names), maxFields))
	for i := 0; i < len(r.names) && raw != nil; i++ {
		cell, rest, more := bytes.Cut(raw, []byte{r.sep})
		if raw = rest; !more {
			raw = nil
		}
		s.begin()
		r.values(&s, cell, i)
		for _, v := range s.values {
			list.add(r.names[i], string(v), r.lists[i])
		}
	}
	list.addCommunity()
	return list.fields
}

func (r *tsvReader) Field(raw []byte, origLen int, name string) []string {
	return copied(r.Accessor(name), raw, origLen)
}

// tsvAccessor reads a field out of the columns that its header names.
type tsvAccessor struct {
	reader *tsvReader
	name   string
	// columns are, of each part that the name stands for, the columns of
	// each spelling that the header has.
	columns [][][]int
}

func (r *tsvReader) Accessor(name string) Accessor {
	a := &tsvAccessor{reader: r, name: name}
	for _, names := range parts(name) {
		var there [][]int
		for _, n := range names {
			if c := r.columns[n]; c != nil {
				there = append(there, c)
			}
		}
		a.columns = append(a.columns, there)
	}
	if isCommunity(name) {
		return newCommunityAccessor(a, r.Accessor)
	}
	return a
}

// Values implements Accessor.
func (a *tsvAccessor) Values(s *Scratch, raw []byte, _ int) [][]byte {
	s.begin()
	for _, part := range a.columns {
		before := len(s.values)
		for _, columns := range part {
			for _, i := range columns {
				a.reader.values(s, column(raw, a.reader.sep, i), i)
			}
			if len(s.values) > before {
				break
			}
		}
	}
	s.addresses(a.name, raw, a.reader.Escapes())
	return s.values
}

// values adds what column i holds. A cell that is missing is nil.
func (r *tsvReader) values(s *Scratch, cell []byte, i int) {
	switch {
	case cell == nil || string(cell) == r.unset:
		return
	case r.lists[i] && (string(cell) == r.empty || len(cell) == 0):
		return
	case string(cell) == r.empty:
		s.values = append(s.values, nil)
		return
	case !r.lists[i]:
		s.unescaped(cell)
		return
	}
	for more := true; more; {
		var element []byte
		element, cell, more = bytes.Cut(cell, []byte{r.setSep})
		switch string(element) {
		case r.unset:
		case r.empty:
			s.values = append(s.values, nil)
		default:
			s.unescaped(element)
		}
	}
}

// unescaped adds a value as Zeek means it.
func (s *Scratch) unescaped(cell []byte) {
	if bytes.IndexByte(cell, '\\') >= 0 {
		from := len(s.buf)
		s.buf = append(s.buf, unescapeHex(cell)...)
		cell = s.buf[from:]
	}
	s.values = append(s.values, cell)
}
