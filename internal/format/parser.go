package format

import (
	"errors"
	"fmt"
	"time"
)

// Options say what is known of a body. The zero value recognises everything.
type Options struct {
	// Format is the name of the body's format; empty means that each line
	// is recognised by what it looks like.
	Format string
	// Tag is the tag of all entries; empty means zeek.<path>, or the name
	// of the format.
	Tag string
	// Spec is the newest Zeek header known for the body's tag, source and
	// origin, for bodies that continue it. Zero when there is none.
	Spec Spec
	// Now is the time of arrival. Zero means the time of NewParser.
	Now time.Time
	// Zone is that of times without one; nil means UTC.
	Zone *time.Location
}

// Line is what a line turned out to be.
type Line struct {
	// Skip says that the line is no entry: it is blank, or part of a header.
	Skip bool
	// Spec says how the line is read.
	Spec Spec
	// Tag is the entry's tag.
	Tag string
	// Time is the entry's time in UTC.
	Time time.Time
	// Guessed says that the line has no time and that Time is Options.Now.
	Guessed bool
}

// at gives the line a time of its own.
func (l *Line) at(t time.Time) bool {
	l.Time, l.Guessed = t, false
	return true
}

// Parser reads the lines of one body in order. It is for one goroutine.
type Parser struct {
	o    Options
	tags map[string]string // by Zeek's path

	head    *zeekHeader // the header of this body, as far as it is read
	pending bool        // head is to be put in force
	closed  bool        // head's log has ended
	fault   error       // why head can't be used
	cols    *columns    // the header in force; nil when there is none
	orphans int         // lines of Zeek TSV without a header
}

// NewParser returns a parser for one body. A Spec that can't be read counts
// as none.
func NewParser(o Options) *Parser {
	if o.Now.IsZero() {
		o.Now = time.Now().UTC()
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	p := &Parser{o: o, tags: make(map[string]string)}
	if o.Spec.Name == ZeekTSV {
		if h, err := parseHeader(o.Spec.Header); err == nil {
			p.cols, _ = newColumns(&h, false)
		}
	}
	return p
}

// Header returns the Zeek header that the body has brought, and the tag of
// its lines; ok is false when it has brought none.
func (p *Parser) Header() (s Spec, tag string, ok bool) {
	if p.pending {
		p.settle()
	}
	if p.cols == nil || !p.cols.own {
		return s, "", false
	}
	if tag = p.o.Tag; tag == "" {
		tag = p.zeekTag(p.cols.path, ZeekTSV)
	}
	return p.cols.spec, tag, true
}

// Notes returns what else the sender should know, in sentences.
func (p *Parser) Notes() []string {
	if p.orphans == 0 {
		return nil
	}
	return []string{fmt.Sprintf("lines of Zeek TSV without a header, in this body or an earlier one of its tag, source and origin: %d, kept as text", p.orphans)}
}

// Parse reads the next line, which has no line end. An error rejects this
// line only. The line is not kept.
func (p *Parser) Parse(line []byte) (Line, error) {
	if blank(line) {
		return Line{Skip: true}, nil
	}
	switch p.o.Format {
	case "":
		return p.recognise(line)
	case ZeekTSV:
		return p.onlyTSV(line)
	case ZeekJSON, JSON:
		return p.json(line, p.o.Format)
	case Syslog:
		if l, ok := p.syslog(line); ok {
			return l, nil
		}
		return Line{}, errors.New("no syslog: neither a priority nor a time of RFC 3164, 3339 or 5424 at the start")
	case Access:
		if l, ok := p.access(line); ok {
			return l, nil
		}
		return Line{}, errors.New("no line of an access log: client, time in brackets, request in quotes and status expected")
	case Text:
		return p.text(line), nil
	}
	return Line{}, fmt.Errorf("lines can't have the format %q", p.o.Format)
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// line is an entry of a format, for want of better with the time of arrival.
func (p *Parser) line(format string) Line {
	l := Line{Spec: Spec{Name: format}, Tag: p.o.Tag, Time: p.o.Now, Guessed: true}
	if l.Tag == "" {
		l.Tag = format
	}
	return l
}
