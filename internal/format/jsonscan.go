package format

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 128

// jsonError says where a line stops being JSON.
type jsonError struct {
	offset int // in bytes from 0
	reason string
}

func (e *jsonError) Error() string {
	return fmt.Sprintf("invalid JSON at offset %d: %s", e.offset, e.reason)
}

func bad(offset int, reason string) (int, *jsonError) {
	return offset, &jsonError{offset, reason}
}

// skipSpace returns the next byte that is no white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue checks the value at b[i:] and returns where it ends.
func skipValue(b []byte, i, depth int) (int, *jsonError) {
	if i >= len(b) {
		return bad(i, "the line ends before a value")
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i)
	case c == '{' || c == '[':
		return skipNested(b, i, depth)
	case c == '-' || isDigit(c):
		return skipNumber(b, i)
	}
	return skipLiteral(b, i)
}

// skipNested checks the object or array at b[i:].
func skipNested(b []byte, i, depth int) (int, *jsonError) {
	if depth >= maxDepth {
		return bad(i, fmt.Sprintf("nested deeper than %d", maxDepth))
	}
	object := b[i] == '{'
	for first := true; ; first = false {
		next, more, err := nextItem(b, i, first, object)
		if err != nil || !more {
			return next, err
		}
		i = next
		if object {
			if _, i, err = objectKey(b, i); err != nil {
				return i, err
			}
		}
		if i, err = skipValue(b, i, depth+1); err != nil {
			return i, err
		}
	}
}

// nextItem steps from the opening bracket at b[i], or from the end of an
// item, to the next item; more is false behind the closing bracket.
func nextItem(b []byte, i int, first, object bool) (next int, more bool, err *jsonError) {
	closing := byte(']')
	if object {
		closing = '}'
	}
	if first {
		i = skipSpace(b, i+1)
		if i < len(b) && b[i] == closing {
			return i + 1, false, nil
		}
		return i, true, nil
	}
	i = skipSpace(b, i)
	switch {
	case i >= len(b):
		i, err = bad(i, "the line ends inside an object or array")
	case b[i] == closing:
		return i + 1, false, nil
	case b[i] != ',':
		i, err = bad(i, "a comma or a closing bracket is missing")
	default:
		return skipSpace(b, i+1), true, nil
	}
	return i, false, err
}

// objectKey checks the key at b[i:] with its colon. It returns the key as
// written, without quotes, and where its value begins.
func objectKey(b []byte, i int) (key []byte, value int, err *jsonError) {
	if i >= len(b) || b[i] != '"' {
		i, err = bad(i, "a key in quotes is missing")
		return nil, i, err
	}
	end, err := skipString(b, i)
	if err != nil {
		return nil, end, err
	}
	key = b[i+1 : end-1]
	i = skipSpace(b, end)
	if i >= len(b) || b[i] != ':' {
		i, err = bad(i, "a colon is missing")
		return nil, i, err
	}
	return key, skipSpace(b, i+1), nil
}

// skipString checks the string at b[i:].
func skipString(b []byte, i int) (int, *jsonError) {
	start := i
	for i++; i < len(b); i++ {
		c := b[i]
		if c > '\\' || (c != '"' && c != '\\' && c >= ' ') {
			continue
		}
		switch {
		case c == '"':
			return i + 1, nil
		case c < ' ':
			return bad(i, "a control character in a string")
		}
		i++
		if i >= len(b) {
			break
		}
		switch b[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			if hex4(b, i+1) < 0 {
				return bad(i-1, "\\u without four hexadecimal digits")
			}
			i += 4
		default:
			return bad(i-1, "an unknown escape in a string")
		}
	}
	return bad(start, "a string without an end")
}

// hex4 reads four hexadecimal digits at b[i:]; -1 when they are none.
func hex4(b []byte, i int) rune {
	if i+4 > len(b) {
		return -1
	}
	var r rune
	for _, c := range b[i : i+4] {
		d := hexDigit(c)
		if d < 0 {
			return -1
		}
		r = r<<4 | rune(d)
	}
	return r
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// skipNumber checks the number at b[i:].
func skipNumber(b []byte, i int) (int, *jsonError) {
	start := i
	if b[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(b) && isDigit(b[i]) {
			i++
		}
		return i > from
	}
	zero := i < len(b) && b[i] == '0'
	whole := i
	if !digits() || zero && i > whole+1 {
		return bad(start, "not a number")
	}
	if i < len(b) && b[i] == '.' {
		if i++; !digits() {
			return bad(start, "not a number")
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return bad(start, "not a number")
		}
	}
	return i, nil
}

// skipLiteral checks true, false or null at b[i:].
func skipLiteral(b []byte, i int) (int, *jsonError) {
	for _, w := range [...]string{"true", "false", "null"} {
		if len(b)-i >= len(w) && string(b[i:i+len(w)]) == w {
			return i + len(w), nil
		}
	}
	return bad(i, "not a value")
}

// unquote returns what a string means whose inside, without quotes, is b.
// Halves of a surrogate pair on their own become U+FFFD.
func unquote(b []byte) string {
	i := 0
	for i < len(b) && b[i] != '\\' {
		i++
	}
	if i == len(b) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b))
	s.Write(b[:i])
	for i < len(b) {
		if b[i] != '\\' || i+1 >= len(b) {
			s.WriteByte(b[i])
			i++
			continue
		}
		i += 2
		switch c := b[i-1]; c {
		case 'b':
			s.WriteByte('\b')
		case 'f':
			s.WriteByte('\f')
		case 'n':
			s.WriteByte('\n')
		case 'r':
			s.WriteByte('\r')
		case 't':
			s.WriteByte('\t')
		case 'u':
			r, n := escapedRune(b, i)
			s.WriteRune(r)
			i += n
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}

// escapedRune reads what stands behind \u at b[i:], with the second half of
// a pair if there is one, and how many bytes that takes.
func escapedRune(b []byte, i int) (rune, int) {
	r := hex4(b, i)
	if r < 0 {
		return utf8.RuneError, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if i+6 <= len(b) && b[i+4] == '\\' && b[i+5] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(b, i+6)); pair != utf8.RuneError {
			return pair, 10
		}
	}
	return utf8.RuneError, 4
}
