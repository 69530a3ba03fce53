package query

import "unsafe"

// IsWord says whether b is a byte of a word: an ASCII letter or digit, an
// underscore, or any byte of a character beyond ASCII.
func IsWord(b byte) bool { return class[b]&isWord != 0 }

const (
	isWord  = 1 << iota // 0-9 A-Z a-z _ and everything from 0x80
	isAlnum             // 0-9 A-Z a-z
	isHex               // 0-9 A-F a-f
	isDigit             // 0-9
	isStop              // blank, control byte or ": a wildcard ends here
	isMark              // . : - of addresses and MAC addresses
)

// class says what a byte is; lower maps A-Z to a-z and leaves the rest.
var class, lower = classes()

func classes() (class, lower [256]byte) {
	for i := range 256 {
		b := byte(i)
		lower[i] = b
		switch {
		case b >= '0' && b <= '9':
			class[i] = isWord | isAlnum | isHex | isDigit
		case b >= 'a' && b <= 'f', b >= 'A' && b <= 'F':
			class[i] = isWord | isAlnum | isHex
		case b >= 'g' && b <= 'z', b >= 'G' && b <= 'Z':
			class[i] = isWord | isAlnum
		case b == '_', b >= 0x80:
			class[i] = isWord
		case b <= ' ', b == 0x7f, b == '"':
			class[i] = isStop
		case b == '.', b == ':', b == '-':
			class[i] = isMark
		}
		if b >= 'A' && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return class, lower
}

func alnum(b byte) bool { return class[b]&isAlnum != 0 }
func digit(b byte) bool { return class[b]&isDigit != 0 }
func hex(b byte) bool   { return class[b]&isHex != 0 }

// asciiWord says whether b is a word byte of ASCII. JSON never needs to escape these.
func asciiWord(b byte) bool { return class[b]&isWord != 0 && b < 0x80 }

// isHexGroup says whether text is a group of an IPv6 address: one to four
// hexadecimal digits.
func isHexGroup(text []byte) bool {
	if len(text) == 0 || len(text) > 4 {
		return false
	}
	for _, b := range text {
		if !hex(b) {
			return false
		}
	}
	return true
}

// hexValue is the value of a hexadecimal digit.
func hexValue(b byte) byte {
	switch {
	case b <= '9':
		return b - '0'
	case b <= 'F':
		return b - 'A' + 10
	default:
		return b - 'a' + 10
	}
}

// readOnly is the bytes of s without a copy. Field values are compared by
// the million; nothing in this package writes to a text.
func readOnly(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// textOf is value without a copy, for as long as value does not change.
func textOf(value []byte) string { return unsafe.String(unsafe.SliceData(value), len(value)) }
