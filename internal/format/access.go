package format

import (
	"bytes"
	"time"

	"spoor/index/query"
)

// accessLine is a line of an access log taken apart: Apache's common or
// combined format, with the virtual host before it or not
// (https://httpd.apache.org/docs/2.4/logs.html#accesslog). Spans that are
// not there, or are "-", are zero.
type accessLine struct {
	time span

	vhost, client, ident, user, method, path, protocol, status, bytes, referer, agent span
}

// accessFields are the names of the fields in the order of the line.
var accessFields = [...]string{
	"vhost", "client", "ident", "user", "method", "path", "protocol", "status", "bytes", "referer", "agent",
}

func (a *accessLine) part(name string) span {
	switch name {
	case "vhost":
		return a.vhost
	case "client":
		return a.client
	case "ident":
		return a.ident
	case "user":
		return a.user
	case "method":
		return a.method
	case "path":
		return a.path
	case "protocol":
		return a.protocol
	case "status":
		return a.status
	case "bytes":
		return a.bytes
	case "referer":
		return a.referer
	case "agent":
		return a.agent
	}
	return span{}
}

// access reads a line of an access log; ok is false when it is none.
func (p *Parser) access(line []byte) (l Line, ok bool) {
	a, ok := parseAccess(line)
	if !ok {
		return l, false
	}
	l = p.line(Access)
	if t, _, ok := parseAccessTime(a.time.of(line), p.o.Zone); ok {
		l.at(t)
	}
	return l, true
}

// parseAccess takes a line apart.
func parseAccess(b []byte) (a accessLine, ok bool) {
	open, end := accessTime(b)
	if open < 0 || !a.who(b, open) {
		return a, false
	}
	a.time = span{open + 2, end}
	i := end + 2 // behind "] "
	if i >= len(b) || b[end+1] != ' ' || b[i] != '"' {
		return a, false
	}
	quote := closingQuote(b, i+1)
	if quote < 0 || quote+2 > len(b) {
		return a, false
	}
	a.request(b, span{i + 1, quote})
	if !a.result(b, quote+1) {
		return a, false
	}
	return a, true
}

// accessTime finds " [02/Jan/2006:15:04:05 -0700]" and returns where it
// begins and where its closing bracket stands; -1 when there is none.
func accessTime(b []byte) (open, end int) {
	at := 0
	for range 4 { // a user's name may hold brackets, but not many
		i := bytes.IndexByte(b[at:], '[')
		if i < 0 {
			break
		}
		at += i + 1
		if at < 3 || b[at-2] != ' ' || len(b)-at < 21 || b[at+2] != '/' {
			continue
		}
		if _, n, ok := parseAccessTime(b[at:], time.UTC); ok && at+n < len(b) && b[at+n] == ']' {
			return at - 2, at + n
		}
	}
	return -1, 0
}

// there returns a part, or none where the line writes "-" or nothing.
func there(b []byte, s span) span {
	if s.start == s.end || s.end-s.start == 1 && b[s.start] == '-' {
		return span{}
	}
	return s
}

// who reads "[vhost] client ident user" before the time.
func (a *accessLine) who(b []byte, end int) bool {
	var t [4]span
	n, i := 0, 0
	for n < 3 && i < end {
		t[n], i = token(b[:end], i)
		n++
	}
	if i < end {
		t[3] = span{i, end}
		n = 4
	}
	switch {
	case n < 3 || t[0].start == t[0].end:
		return false
	case n == 4 && hasPort(t[0].of(b)):
		a.vhost, a.client, a.ident, a.user = there(b, t[0]), there(b, t[1]), there(b, t[2]), there(b, t[3])
	case n == 4: // a user's name with blanks
		t[2].end = t[3].end
		fallthrough
	default:
		a.client, a.ident, a.user = there(b, t[0]), there(b, t[1]), there(b, t[2])
	}
	return true
}

// hasPort says whether a token is name:port, as %v:%p writes it.
func hasPort(b []byte) bool {
	i := bytes.IndexByte(b, ':')
	return i > 0 && len(b)-i > 1 && len(b)-i <= 6 && number(b, i+1, len(b)-i-1) >= 0
}

// request reads "GET /path HTTP/1.1"; what is not of that form is a path.
func (a *accessLine) request(b []byte, s span) {
	if s = there(b, s); s.end == 0 {
		return
	}
	a.path = s
	blank := bytes.IndexByte(s.of(b), ' ')
	if blank <= 0 {
		return
	}
	for _, c := range b[s.start : s.start+blank] {
		if !(c >= 'A' && c <= 'Z') && c != '_' && c != '-' {
			return
		}
	}
	a.method, a.path.start = span{s.start, s.start + blank}, s.start+blank+1
	if last := bytes.LastIndexByte(a.path.of(b), ' '); last >= 0 && bytes.HasPrefix(b[a.path.start+last+1:s.end], []byte("HTTP/")) {
		a.protocol = span{a.path.start + last + 1, s.end}
		a.path.end = a.path.start + last
	}
	a.path = there(b, a.path)
}

// result reads ` 200 512 "referer" "agent"`, the texts of which may be
// missing, or cut off.
func (a *accessLine) result(b []byte, i int) bool {
	if i >= len(b) || b[i] != ' ' {
		return false
	}
	status, i := token(b, i+1)
	size, i := token(b, i)
	digits := func(s span) bool {
		s = there(b, s)
		return s.end == 0 || s.end-s.start < 19 && number(b, s.start, s.end-s.start) >= 0
	}
	if n := status.end - status.start; n != 3 && n != 1 || !digits(status) || size.start == size.end || !digits(size) {
		return false
	}
	a.status, a.bytes = there(b, status), there(b, size)
	a.referer, i = quoted(b, i)
	a.agent, _ = quoted(b, i)
	return true
}

// quoted reads a text in quotes at b[i:] and returns what follows it.
func quoted(b []byte, i int) (s span, next int) {
	if i >= len(b) || b[i] != '"' {
		return span{}, len(b)
	}
	end := closingQuote(b, i+1)
	if end < 0 {
		end = len(b)
	}
	s = there(b, span{i + 1, end})
	for i = end + 1; i < len(b) && b[i] == ' '; {
		i++
	}
	return s, i
}

// accessReader reads fields of access logs.
type accessReader struct{}

func (accessReader) Text(raw []byte, _ int) []byte { return raw }

func (accessReader) Escapes() query.Escapes { return query.NoEscapes }

func (accessReader) Fields(raw []byte, _ int) []Field {
	a, ok := parseAccess(raw)
	if !ok {
		return nil
	}
	fields := make([]Field, 0, len(accessFields))
	for _, name := range accessFields {
		if s := a.part(name); s.end > 0 {
			fields = append(fields, Field{Name: name, Values: []string{unescapeQuoted(s.of(raw))}})
		}
	}
	return fields
}

func (r accessReader) Field(raw []byte, origLen int, name string) []string {
	return copied(r.Accessor(name), raw, origLen)
}

func (accessReader) Accessor(name string) Accessor {
	return &spelledAccessor{name: name, parts: parts(name), read: readAccess}
}

// readAccess adds the values of a field, in one spelling.
func readAccess(s *Scratch, raw []byte, names [][]string) {
	a, ok := parseAccess(raw)
	if !ok {
		return
	}
	s.each(names, func(name string) {
		if v := a.part(name); v.end > 0 {
			s.unquoted(v.of(raw))
		}
	})
}
