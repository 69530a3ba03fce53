package format

import (
	"bytes"
	"time"

	"spoor/index/query"
)

// text reads a line of which nothing is known but that many of its kind
// begin with a time.
func (p *Parser) text(line []byte) Line {
	l := p.line(Text)
	line = behindService(line)
	if len(line) > 0 && line[0] == '{' {
		if o, err := scanObject(line); err == nil {
			p.objectTime(&l, line, &o)
		}
		return l
	}
	if t, ok := p.leadingTime(line); ok {
		l.at(t)
	} else if t, ok := p.namedTime(line); ok {
		l.at(t)
	}
	return l
}

// behindService cuts off the name that docker compose puts before a line:
// "web-1  | ".
func behindService(line []byte) []byte {
	head := line[:min(len(line), 64)]
	i := bytes.Index(head, []byte(" | "))
	if i <= 0 || bytes.IndexByte(bytes.TrimRight(head[:i], " "), ' ') >= 0 {
		return line
	}
	return line[i+3:]
}

// leadingTime reads the time that a line begins with, in brackets or not.
func (p *Parser) leadingTime(line []byte) (time.Time, bool) {
	b := bytes.TrimLeft(line[:min(len(line), 64)], " \t[(\"")
	if t, _, _, ok := parseISO(b, p.o.Zone); ok {
		return t, true
	}
	if t, _, ok := parseAccessTime(b, p.o.Zone); ok {
		return t, true
	}
	if t, ok := parseErrorLogTime(b, p.o.Zone); ok {
		return t, true
	}
	if s, ok := parseStamp(b); ok {
		return s.time(p.o.Now, p.o.Zone)
	}
	i := bytes.IndexAny(b, " \t")
	if i >= 11 && bytes.IndexByte(b[:i], '.') >= 9 {
		return parseSeconds(b[:i])
	}
	return time.Time{}, false
}

// parseErrorLogTime reads "Wed Oct 11 14:32:52.123456 2000", the time of
// Apache's error log.
func parseErrorLogTime(b []byte, zone *time.Location) (t time.Time, ok bool) {
	if len(b) < 24 || b[3] != ' ' {
		return t, false
	}
	s, ok := parseStamp(b[4:])
	if !ok || s.year != 0 {
		return t, false
	}
	end := 4 + s.end
	if s.year = number(b, end+1, 4); s.year < 1970 || b[end] != ' ' {
		return t, false
	}
	return date(s.year, s.month, s.day, s.into, zone)
}

// namedTime reads time=... or ts=... as logfmt writes it, near the start.
func (p *Parser) namedTime(line []byte) (time.Time, bool) {
	head := line[:min(len(line), 256)]
	for _, key := range [...]string{"time=", "ts="} {
		i := bytes.Index(head, []byte(key))
		if i < 0 || i > 0 && head[i-1] != ' ' {
			continue
		}
		v := head[i+len(key):]
		if quoted, ok := bytes.CutPrefix(v, []byte{'"'}); ok {
			v, _, _ = bytes.Cut(quoted, []byte{'"'})
		} else {
			v, _, _ = bytes.Cut(v, []byte{' '})
		}
		if t, ok := parseText(v, p.o.Now, p.o.Zone); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// textReader reads lines that have no fields.
type textReader struct{}

func (textReader) Text(raw []byte, _ int) []byte { return raw }

func (textReader) Escapes() query.Escapes { return query.NoEscapes }

func (textReader) Fields([]byte, int) []Field { return nil }

func (r textReader) Field(raw []byte, origLen int, name string) []string {
	return copied(r.Accessor(name), raw, origLen)
}

func (textReader) Accessor(name string) Accessor {
	return &spelledAccessor{name: name, read: func(*Scratch, []byte, [][]string) {}}
}
