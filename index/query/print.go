package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A text is printed bare where that reads the same again, else in quotes.
// Inside quotes \" is a quote, \\ a backslash, \* a wildcard and \{0a} the
// byte with that hexadecimal number; every other backslash is itself. The
// last form is this odd so that it collides neither with the paths of
// Windows nor with the escapes of JSON and Zeek that people copy from a log.

// printAt is where a text is printed.
type printAt int

const (
	bareWord  printAt = iota // by itself
	bareValue                // behind the name of a field
)

// printPieces prints a text given as what stands between its wildcards.
func printPieces(pieces []string, where printAt) string {
	run := strings.Join(pieces, "*")
	for _, p := range pieces {
		if strings.ContainsRune(p, '*') || !bareBytes(p) {
			return quote(pieces)
		}
	}
	if run == "" || where == bareValue && strings.IndexByte(valueMarks, run[0]) >= 0 {
		return quote(pieces)
	}
	if _, ok := parseNetwork(run); ok {
		return quote(pieces) // bare, it means the addresses of the prefix
	}
	if where == bareWord && (run[0] == '-' || run[0] == '/' || isOperator(run) || fieldColon(run) >= 0) {
		return quote(pieces)
	}
	return run
}

// valueMarks are the bytes that mean something at the beginning of a value.
const valueMarks = `=<>[{/:`

// bareBytes says whether text holds nothing but ASCII that a bare word may hold.
func bareBytes(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 || endsRun(text[i]) {
			return false
		}
	}
	return true
}

// bareName says whether name may stand without quotes as the name of a field.
func bareName(name string) bool {
	return name != "" && bareBytes(name) && !strings.ContainsAny(name, ":*") && name[0] != '-' && name[0] != '/'
}

// firstRun is the bare word that text begins with.
func firstRun(text string) string {
	for i := range len(text) {
		if endsRun(text[i]) {
			return text[:i]
		}
	}
	return text
}

// quote prints a text in quotes.
func quote(pieces []string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	b.WriteByte('"')
	for i, p := range pieces {
		if i > 0 {
			b.WriteString(`\*`)
		}
		for len(p) > 0 {
			r, size := utf8.DecodeRuneInString(p)
			switch {
			case r == '"' || r == '\\':
				b.WriteByte('\\')
				b.WriteByte(p[0])
			case r == utf8.RuneError && size == 1 || !unicode.IsPrint(r):
				for k := range size {
					b.WriteString(`\{` + string(digits[p[k]>>4]) + string(digits[p[k]&15]) + `}`)
				}
			default:
				b.WriteString(p[:size])
			}
			p = p[size:]
		}
	}
	b.WriteByte('"')
	return b.String()
}

// unquote reads what stands between quotes.
func unquote(text string) (pieces []string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, `\"`), strings.HasPrefix(rest, `\\`):
			i++
			b.WriteByte(text[i])
		case strings.HasPrefix(rest, `\*`):
			i++
			pieces = append(pieces, b.String())
			b.Reset()
		case isByteEscape(rest):
			b.WriteByte(hexValue(rest[2])<<4 | hexValue(rest[3]))
			i += len(`\{0a}`) - 1
		default:
			b.WriteByte(text[i])
		}
	}
	return append(pieces, b.String())
}

// isByteEscape says whether text begins with the form \{0a}.
func isByteEscape(text string) bool {
	return len(text) >= 5 && text[:2] == `\{` && hex(text[2]) && hex(text[3]) && text[4] == '}'
}
