package format

import (
	"bytes"
	"fmt"
	"strings"
)

// maxHeader bounds the header of a stream in bytes; the widest of Zeek's
// own logs has less than 2,000.
const maxHeader = 64 << 10

// zeekHeader is what the # lines of a Zeek TSV file say
// (https://docs.zeek.org/en/master/log-formats.html). #open and #close are
// no part of it.
type zeekHeader struct {
	sep, setSep  byte
	empty, unset string
	path         string
	names        []string
	types        []string // nil when there are none
}

func newHeader() zeekHeader {
	return zeekHeader{sep: '\t', setSep: ',', empty: "(empty)", unset: "-"}
}

// parseHeader reads a header as canonical writes it.
func parseHeader(text string) (zeekHeader, error) {
	h := newHeader()
	for line := range strings.SplitSeq(text, "\n") {
		known, err := h.read([]byte(line))
		if err != nil {
			return h, err
		}
		if !known {
			return h, fmt.Errorf("zeek header: %.40q is no part of it", line)
		}
	}
	return h, h.check()
}

// canonical writes the header so that equal headers are equal texts.
func (h *zeekHeader) canonical() string {
	sep := string(h.sep)
	var s strings.Builder
	fmt.Fprintf(&s, "#separator \\x%02x\n", h.sep)
	fmt.Fprintf(&s, "#set_separator%s%c\n", sep, h.setSep)
	fmt.Fprintf(&s, "#empty_field%s%s\n", sep, h.empty)
	fmt.Fprintf(&s, "#unset_field%s%s\n", sep, h.unset)
	if h.path != "" {
		fmt.Fprintf(&s, "#path%s%s\n", sep, h.path)
	}
	fmt.Fprintf(&s, "#fields%s%s", sep, strings.Join(h.names, sep))
	if h.types != nil {
		fmt.Fprintf(&s, "\n#types%s%s", sep, strings.Join(h.types, sep))
	}
	return s.String()
}

// read takes one line of a header. known is false when the line is none.
func (h *zeekHeader) read(line []byte) (known bool, err error) {
	if rest, ok := bytes.CutPrefix(line, []byte("#separator ")); ok {
		*h = newHeader()
		c, err := separator("#separator", rest)
		if err == nil {
			h.sep = c
		}
		return true, err
	}
	name, rest, _ := bytes.Cut(line, []byte{h.sep})
	switch string(name) {
	case "#set_separator":
		c, fault := separator("#set_separator", rest)
		if err = fault; err == nil {
			h.setSep = c
		}
	case "#empty_field":
		h.empty = string(rest)
	case "#unset_field":
		h.unset = string(rest)
	case "#path":
		h.path = string(rest)
	case "#fields":
		h.names, h.types = strings.Split(string(rest), string(h.sep)), nil
	case "#types":
		h.types = strings.Split(string(rest), string(h.sep))
		if len(h.types) != len(h.names) {
			err = fmt.Errorf("zeek header: #types names %d columns, #fields %d", len(h.types), len(h.names))
		}
	case "#open", "#close":
	default:
		return false, nil
	}
	if err == nil && len(line) > maxHeader {
		err = fmt.Errorf("zeek header: a line of %d bytes; at most %d", len(line), maxHeader)
	}
	return true, err
}

// check says what keeps a whole header from being used.
func (h *zeekHeader) check() error {
	if len(h.names) == 0 {
		return fmt.Errorf("zeek header: no #fields")
	}
	if h.sep == h.setSep {
		return fmt.Errorf("zeek header: #separator and #set_separator are the same byte %q", h.sep)
	}
	for i, n := range h.names {
		if n == "" {
			return fmt.Errorf("zeek header: column %d of #fields has no name", i+1)
		}
	}
	return nil
}

// isDirective says whether a line begins like one of a header, whatever
// its separator is.
func isDirective(line []byte) bool {
	for _, d := range [...]string{"#set_separator", "#empty_field", "#unset_field", "#path", "#open", "#close", "#fields", "#types"} {
		if len(line) > len(d) && string(line[:len(d)]) == d {
			return true
		}
	}
	return false
}

// separator reads a separator, one byte as it is or as \x09. A word byte
// would join the words on its two sides, so that nobody finds them.
func separator(what string, text []byte) (byte, error) {
	plain := unescapeHex(text)
	if len(plain) != 1 {
		return 0, fmt.Errorf("zeek header: %s %q is not one byte", what, text)
	}
	switch c := plain[0]; {
	case isWord(c):
		return 0, fmt.Errorf("zeek header: %s %q is a letter, a digit, an underscore or beyond ASCII and can't separate words", what, text)
	case c == '\\' || c == '#' || c == '\n' || c == '\r':
		return 0, fmt.Errorf("zeek header: %s %q can't separate values", what, text)
	default:
		return c, nil
	}
}

// isWord is the word byte of the search language.
func isWord(b byte) bool {
	return b-'0' < 10 || b|0x20-'a' < 26 || b == '_' || b >= 0x80
}

// unescapeHex turns \x09 into its byte and \\ into a backslash, which is how
// Zeek writes what a field can't hold.
func unescapeHex(b []byte) string {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b))
	s.Write(b[:i])
	for ; i < len(b); i++ {
		switch {
		case b[i] != '\\' || i+1 == len(b):
			s.WriteByte(b[i])
		case b[i+1] == '\\':
			s.WriteByte('\\')
			i++
		case b[i+1] == 'x' && i+3 < len(b) && hexDigit(b[i+2]) >= 0 && hexDigit(b[i+3]) >= 0:
			s.WriteByte(byte(hexDigit(b[i+2])<<4 | hexDigit(b[i+3])))
			i += 3
		default:
			s.WriteByte('\\')
		}
	}
	return s.String()
}
