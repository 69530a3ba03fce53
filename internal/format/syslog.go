package format

import (
	"bytes"
	"time"

	"spoor/index/query"
)

// facilities and severities are named as syslog.conf names them
// (https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1).
var (
	facilities = [24]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news",
		"uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	severities = [8]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
)

// syslogLine is a line taken apart. Spans that are not there are zero.
type syslogLine struct {
	pri  int // facility*8 + severity; -1 when there is none
	time span
	iso  bool // time is of RFC 3339, else of RFC 3164

	host, app, pid, msgID, data, message span
}

// syslog reads a line of syslog; ok is false when it is none.
func (p *Parser) syslog(line []byte) (l Line, ok bool) {
	s, ok := parseSyslog(line)
	if !ok {
		return l, false
	}
	l = p.line(Syslog)
	if t, timed := s.when(line, p.o.Now, p.o.Zone); timed {
		l.at(t)
	}
	return l, true
}

func (s *syslogLine) when(line []byte, now time.Time, zone *time.Location) (t time.Time, ok bool) {
	switch {
	case s.time.end == 0:
		return t, false
	case s.iso:
		t, _, _, ok = parseISO(s.time.of(line), zone)
		return t, ok
	}
	st, ok := parseStamp(s.time.of(line))
	if !ok {
		return t, false
	}
	return st.time(now, zone)
}

// parseSyslog takes a line apart that is written as RFC 5424, RFC 3164 with
// or without its priority, or RFC 3164 with a time of RFC 3339 as rsyslog
// writes it.
func parseSyslog(b []byte) (s syslogLine, ok bool) {
	i := 0
	if s.pri, i = priority(b); s.pri >= 0 && i+2 <= len(b) && b[i] == '1' && b[i+1] == ' ' {
		if t, ok := s.parse5424(b, i+2); ok {
			return t, true
		}
	}
	if i == 0 && (len(b) < 15 || b[0] <= ' ') {
		return s, false
	}
	if st, ok := parseStamp(b[i:]); ok {
		s.time = span{i, i + st.end}
	} else if _, end, zoned, ok := parseISO(b[i:], time.UTC); ok && zoned && b[i+10] == 'T' {
		s.time, s.iso = span{i, i + end}, true
	}
	if s.time.end == 0 {
		if s.pri < 0 {
			return s, false
		}
		s.program(b, i)
		return s, true
	}
	if i = s.time.end; i >= len(b) || b[i] != ' ' {
		return s, false
	}
	s.sender(b, i+1)
	// Many applications begin a line with a time of RFC 3339.
	if s.iso && s.pri < 0 && (s.app.end == 0 || s.host.end == 0 || !isHost(s.host.of(b))) {
		return s, false
	}
	return s, true
}

// priority reads <N> at the start; -1 when there is none.
func priority(b []byte) (pri, end int) {
	if len(b) < 3 || b[0] != '<' {
		return -1, 0
	}
	for i := 1; i < len(b) && i < 5; i++ {
		switch {
		case b[i] == '>' && i > 1 && pri < 192:
			return pri, i + 1
		case !isDigit(b[i]):
			return -1, 0
		}
		pri = pri*10 + int(b[i]-'0')
	}
	return -1, 0
}

// token returns the text up to the next blank, and where what follows the
// blanks begins.
func token(b []byte, i int) (t span, next int) {
	end := i
	for end < len(b) && b[end] != ' ' {
		end++
	}
	next = end
	for next < len(b) && b[next] == ' ' {
		next++
	}
	return span{i, end}, next
}

// sender reads host, program and message behind the time.
func (s *syslogLine) sender(b []byte, i int) {
	for i < len(b) && b[i] == ' ' {
		i++
	}
	t, next := token(b, i)
	if _, _, ok := program(b, t); ok || t.start == t.end {
		s.program(b, i)
		return
	}
	s.host = t
	s.program(b, next)
}

// program reads "name[pid]: message", or just a message.
func (s *syslogLine) program(b []byte, i int) {
	t, next := token(b, i)
	if app, pid, ok := program(b, t); ok {
		s.app, s.pid, i = app, pid, next
	}
	if i < len(b) {
		s.message = span{i, len(b)}
	}
}

// program reads a token such as "sshd[1291]:" or "sudo:".
func program(b []byte, t span) (app, pid span, ok bool) {
	n := t.end - t.start
	if n < 2 || n > 128 {
		return app, pid, false
	}
	colon := b[t.end-1] == ':'
	if colon {
		t.end--
	}
	open := bytes.IndexByte(t.of(b), '[')
	if open <= 0 || b[t.end-1] != ']' {
		return t, pid, colon
	}
	app, pid = span{t.start, t.start + open}, span{t.start + open + 1, t.end - 1}
	if pid.start == pid.end {
		pid = span{}
	}
	return app, pid, colon || number(b, pid.start, pid.end-pid.start) >= 0 && pid.end > 0
}

// isHost says whether a token can be the name or address of a host rather
// than the level of some application's message.
func isHost(b []byte) bool {
	for _, c := range b {
		if !isWord(c) && c != '.' && c != '-' && c != ':' && c != '%' {
			return false
		}
	}
	switch string(bytes.ToUpper(b[:min(len(b), 9)])) {
	case "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRITICAL", "FATAL", "SEVERE":
		return false
	}
	return len(b) > 0
}

// parse5424 reads what follows "<N>1 "
// (https://www.rfc-editor.org/rfc/rfc5424#section-6).
func (s syslogLine) parse5424(b []byte, i int) (syslogLine, bool) {
	var head [5]span // time, host, app, pid, message ID
	for n := range head {
		end := bytes.IndexByte(b[i:], ' ')
		if end <= 0 {
			return s, false
		}
		head[n], i = span{i, i + end}, i+end+1
		if end == 1 && b[head[n].start] == '-' {
			head[n] = span{}
		}
	}
	s.time, s.host, s.app, s.pid, s.msgID = head[0], head[1], head[2], head[3], head[4]
	if s.iso = s.time.end > 0; s.iso {
		if _, end, zoned, ok := parseISO(s.time.of(b), time.UTC); !ok || !zoned || end != s.time.end-s.time.start {
			return s, false
		}
	}
	switch {
	case i < len(b) && b[i] == '[':
		if end := eachParam(b, i, func(_, _, _ []byte) {}); end > i {
			s.data, i = span{i, end}, end
		}
	case i < len(b) && b[i] == '-' && (i+1 == len(b) || b[i+1] == ' '):
		i++
	}
	if i < len(b) && b[i] == ' ' {
		i++
	}
	if i < len(b) {
		s.message = span{i, len(b)}
	}
	return s, true
}

// eachParam reads the structured data at b[i:] and returns where it ends; i
// when it is none. Values are still escaped.
func eachParam(b []byte, i int, found func(id, name, value []byte)) int {
	start := i
	for i < len(b) && b[i] == '[' {
		i++
		end := bytes.IndexAny(b[i:], " ]")
		if end <= 0 {
			return start
		}
		id := b[i : i+end]
		for i += end; i < len(b) && b[i] == ' '; {
			i++
			eq := bytes.IndexByte(b[i:], '=')
			if eq <= 0 || i+eq+1 >= len(b) || b[i+eq+1] != '"' {
				return start
			}
			name, from := b[i:i+eq], i+eq+2
			if i = closingQuote(b, from); i < 0 {
				return start
			}
			found(id, name, b[from:i])
			i++
		}
		if i >= len(b) || b[i] != ']' {
			return start
		}
		i++
	}
	return i
}

// closingQuote finds the next quote that no backslash stands before; -1 when
// there is none.
func closingQuote(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// unescapeQuoted takes the backslashes away that stand before a quote, a
// backslash, or a closing bracket. No word byte comes of that.
func unescapeQuoted(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\' || b[i+1] == ']') {
			i++
		}
		out = append(out, b[i])
	}
	return string(out)
}

// syslogReader reads fields of syslog.
type syslogReader struct{}

func (syslogReader) Text(raw []byte, _ int) []byte { return raw }

func (syslogReader) Escapes() query.Escapes { return query.NoEscapes }

func (syslogReader) Fields(raw []byte, _ int) []Field {
	s, ok := parseSyslog(raw)
	if !ok {
		return nil
	}
	var list fieldList
	if s.pri >= 0 {
		list.add("facility", facilities[s.pri/8], false)
		list.add("severity", severities[s.pri%8], false)
	}
	for _, name := range [...]string{"host", "app", "pid", "msgid"} {
		if v := s.part(name); v.end > 0 {
			list.add(name, string(v.of(raw)), false)
		}
	}
	if s.data.end > 0 {
		eachParam(raw, s.data.start, func(id, name, value []byte) {
			if len(id)+len(name) < maxName {
				list.add(string(id)+"."+string(name), unescapeQuoted(value), false)
			}
		})
	}
	if s.message.end > 0 {
		list.add("message", string(s.message.of(raw)), false)
	}
	return list.fields
}

// part returns where a field stands that is one piece of the line.
func (s *syslogLine) part(name string) span {
	switch name {
	case "host":
		return s.host
	case "app":
		return s.app
	case "pid":
		return s.pid
	case "msgid":
		return s.msgID
	case "message":
		return s.message
	}
	return span{}
}

func (r syslogReader) Field(raw []byte, origLen int, name string) []string {
	return copied(r.Accessor(name), raw, origLen)
}

func (syslogReader) Accessor(name string) Accessor {
	return &spelledAccessor{name: name, parts: parts(name), read: readSyslog}
}

// readSyslog adds the values of a field, in one spelling.
func readSyslog(s *Scratch, raw []byte, names [][]string) {
	l, ok := parseSyslog(raw)
	if !ok {
		return
	}
	s.each(names, func(name string) {
		if v := l.part(name); v.end > 0 {
			s.values = append(s.values, v.of(raw))
		}
		switch {
		case name == "facility" && l.pri >= 0:
			s.values = append(s.values, readOnly(facilities[l.pri/8]))
		case name == "severity" && l.pri >= 0:
			s.values = append(s.values, readOnly(severities[l.pri%8]))
		}
		if l.data.end == 0 || len(name) > maxName {
			return
		}
		eachParam(raw, l.data.start, func(id, key, value []byte) {
			if len(id)+1+len(key) == len(name) && name[:len(id)] == string(id) && name[len(id)] == '.' && name[len(id)+1:] == string(key) {
				s.unquoted(value)
			}
		})
	})
}
