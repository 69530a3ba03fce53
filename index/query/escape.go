package query

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A text is a row of units: an escape is one, every other byte is one. With
// NoEscapes there are no escapes; with HexEscapes there are none either when
// a raw text is matched, only when its field values are thought of.

// escapeLen is the length of the escape of kind e that begins at text[i], or
// 0. The caller knows that the byte at i is not the second of an escape.
func escapeLen(text []byte, i int, e Escapes) int {
	if e == NoEscapes || i+1 >= len(text) || text[i] != '\\' {
		return 0
	}
	if e == HexEscapes {
		if i+4 <= len(text) && text[i+1] == 'x' && hex(text[i+2]) && hex(text[i+3]) {
			return 4
		}
		return 0
	}
	switch text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if i+6 <= len(text) && hex(text[i+2]) && hex(text[i+3]) && hex(text[i+4]) && hex(text[i+5]) {
			return 6
		}
	}
	return 0
}

// opens says whether the backslash at text[i] can begin an escape, which it
// can't if it is the second byte of one itself.
func opens(text []byte, i int, e Escapes) bool {
	if e != JSONEscapes {
		return true
	}
	n := 0
	for i-n > 0 && text[i-n-1] == '\\' {
		n++
	}
	return n%2 == 0
}

// escapeBefore is where the escape that ends at text[i] begins, or -1.
func escapeBefore(text []byte, i int, e Escapes) int {
	if e == NoEscapes {
		return -1
	}
	for _, n := range [...]int{2, 4, 6} {
		if s := i - n; s >= 0 && text[s] == '\\' && escapeLen(text, s, e) == n && opens(text, s, e) {
			return s
		}
	}
	return -1
}

// insideEscape says whether text[i] is a byte of an escape that begins before i.
func insideEscape(text []byte, i int, e Escapes) bool {
	if e == NoEscapes {
		return false
	}
	for s := i - 1; s >= 0 && s >= i-5; s-- {
		if text[s] == '\\' && escapeLen(text, s, e) > i-s && opens(text, s, e) {
			return true
		}
	}
	return false
}

// decoded is what an escape stands for, in UTF-8.
type decoded struct {
	bytes [utf8.UTFMax]byte
	len   int
}

// decode reads the escape of n bytes at text[i]. Two escapes of JSON that
// make one character together are read as one; size is what was read.
func decode(text []byte, i, n int) (d decoded, size int) {
	switch n {
	case 2:
		d.bytes[0], d.len = text[i+1], 1
		if k := bytes.IndexByte([]byte("bfnrt"), text[i+1]); k >= 0 {
			d.bytes[0] = "\b\f\n\r\t"[k]
		}
	case 4:
		d.bytes[0], d.len = hexValue(text[i+2])<<4|hexValue(text[i+3]), 1
	case 6:
		r := unit16(text[i:])
		if utf16.IsSurrogate(r) {
			if escapeLen(text, min(i+6, len(text)-1), JSONEscapes) == 6 {
				if both := utf16.DecodeRune(r, unit16(text[i+6:])); both != utf8.RuneError {
					d.len = utf8.EncodeRune(d.bytes[:], both)
					return d, 12
				}
			}
			r = utf8.RuneError
		}
		d.len = utf8.EncodeRune(d.bytes[:], r)
	}
	return d, n
}

// unit16 reads the four digits of \uXXXX.
func unit16(escape []byte) rune {
	var r rune
	for _, b := range escape[2:6] {
		r = r<<4 | rune(hexValue(b))
	}
	return r
}

// unescape returns text with its escapes of kind e resolved, and for every
// byte of it, and its end, the place in text that it comes from.
func unescape(text []byte, e Escapes) (plain []byte, from []int) {
	plain, from = make([]byte, 0, len(text)), make([]int, 0, len(text)+1)
	for i := 0; i < len(text); {
		n := escapeLen(text, i, e)
		if n == 0 {
			plain, from = append(plain, text[i]), append(from, i)
			i++
			continue
		}
		d, size := decode(text, i, n)
		for k := range d.len {
			plain, from = append(plain, d.bytes[k]), append(from, i)
		}
		i += size
	}
	return plain, append(from, len(text))
}

// hidesToken says whether an escape of kind e in text stands for a byte that
// tokens are made of, so that the tokens of an unescaped value can't all be
// seen in text itself.
func hidesToken(text []byte, e Escapes) bool {
	for i := bytes.IndexByte(text, '\\'); i >= 0 && i < len(text); {
		n := escapeLen(text, i, e)
		if n > 2 {
			d, _ := decode(text, i, n)
			if d.len == 1 && (asciiWord(d.bytes[0]) || class[d.bytes[0]]&isMark != 0) {
				return true
			}
		}
		i += max(n, 1)
		next := bytes.IndexByte(text[i:], '\\')
		if next < 0 {
			return false
		}
		i += next
	}
	return false
}
