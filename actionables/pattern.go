package actionables

import (
	"regexp"
	"regexp/syntax"
	"sort"
	"strings"
	"unicode/utf8"
)

// maxProgram bounds the size of a compiled pattern in instructions. What a
// pattern costs on a text grows with it (at this size up to 15 microseconds a
// byte), and no page may wait for a trigger.
const maxProgram = 1000

// fault is where and why a text can't be used. Column counts characters from
// 1; 0 means the whole text.
type fault struct {
	column int
	reason string
}

func (f *fault) Error() string { return f.reason }

// column turns a place in text, in bytes from 0, into a column.
func column(text string, offset int) int {
	return utf8.RuneCountInString(text[:min(offset, len(text))]) + 1
}

// compile compiles a pattern, or says what is wrong with it and what to write
// instead.
func compile(pattern string) (*regexp.Regexp, *fault) {
	if pattern == "" {
		return nil, &fault{0, "missing pattern"}
	}
	if len(pattern) > MaxText {
		return nil, &fault{0, "longer than 4096 bytes"}
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, explain(pattern, err)
	}
	if size(tree) > maxProgram {
		return nil, &fault{0, "too large: repeat less, or match less and look closer in the search"}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, explain(pattern, err)
	}
	return re, nil
}

// size estimates how many instructions a tree compiles to, without compiling
// it: a pattern of ten bytes can ask for a million.
func size(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += size(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, 1<<30)
}

// explain finds the place of a syntax error and puts it into words.
func explain(pattern string, err error) *fault {
	bad, ok := err.(*syntax.Error)
	if !ok {
		return &fault{0, err.Error()}
	}
	at := locate(pattern, bad)
	return &fault{column(pattern, at), advise(pattern[at:], bad)}
}

// locate returns where in the pattern the error is, in bytes. The parser says
// which text it stumbled over, but not where that stands.
func locate(pattern string, bad *syntax.Error) int {
	switch bad.Code {
	case syntax.ErrMissingParen:
		return strayParen(pattern, true)
	case syntax.ErrUnexpectedParen:
		return strayParen(pattern, false)
	case syntax.ErrTrailingBackslash:
		return len(pattern) - 1
	}
	var ends []int // of every place where the text stands
	for from := 0; bad.Expr != ""; {
		i := strings.Index(pattern[from:], bad.Expr)
		if i < 0 {
			break
		}
		ends = append(ends, from+i+len(bad.Expr))
		from += i + 1
	}
	if len(ends) == 0 {
		return 0
	}
	// It is parsed from left to right, so the first beginning of the pattern
	// that has the same error ends with the fault.
	i := sort.Search(len(ends)-1, func(i int) bool {
		_, err := syntax.Parse(pattern[:ends[i]], syntax.Perl)
		e, ok := err.(*syntax.Error)
		return ok && *e == *bad
	})
	return ends[i] - len(bad.Expr)
}

// strayParen returns the place of the last ( that is never closed, or of the
// first ) that was never opened.
func strayParen(pattern string, open bool) int {
	var stack []int
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if strings.HasPrefix(pattern[i:], `\Q`) {
				if n := strings.Index(pattern[i:], `\E`); n >= 0 {
					i += n
				} else {
					i = len(pattern)
				}
			}
			i++
		case '[':
			i += classEnd(pattern[i:])
		case '(':
			stack = append(stack, i)
		case ')':
			if len(stack) == 0 {
				return i
			}
			stack = stack[:len(stack)-1]
		}
	}
	if open && len(stack) > 0 {
		return stack[len(stack)-1]
	}
	return 0
}

// classEnd returns the place of the ] that closes the class at the start of
// the text.
func classEnd(text string) int {
	i := 1
	if strings.HasPrefix(text[i:], "^") {
		i++
	}
	if strings.HasPrefix(text[i:], "]") {
		i++
	}
	for ; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], "[:"):
			if n := strings.Index(text[i:], ":]"); n >= 0 {
				i += n + 1
			}
		case text[i] == ']':
			return i
		}
	}
	return len(text)
}

// advise says what is wrong at the start of rest, and what to write instead
// where another dialect has what RE2 has not.
func advise(rest string, bad *syntax.Error) string {
	const value = "put the part that is the value into a named group, (?P<value>...)"
	for _, start := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(rest, start) {
			return start + "...): RE2 has no look-around: match what stands around as well, and " + value
		}
	}
	switch {
	case bad.Code == syntax.ErrInvalidEscape && len(rest) > 1 && ('1' <= rest[1] && rest[1] <= '9' || rest[1] == 'k'):
		return rest[:2] + ": RE2 has no back-references: write the text out again, and " + value
	case bad.Code == syntax.ErrInvalidEscape && strings.HasPrefix(rest, `\u`):
		return `\u: RE2 writes a character by its number as \x{26}`
	case bad.Code == syntax.ErrInvalidRepeatOp && strings.HasSuffix(bad.Expr, "+"):
		return bad.Expr + ": RE2 has no possessive repetition, and needs none: it never tries a text twice; leave out the second +"
	case strings.HasPrefix(rest, "(?>"):
		return "(?>...): RE2 has no atomic groups, and needs none: write (?:...)"
	case strings.HasPrefix(rest, "(?#"):
		return "(?#...): RE2 has no comments"
	case bad.Code == syntax.ErrMissingParen:
		return "( is never closed"
	case bad.Code == syntax.ErrUnexpectedParen:
		return ") was never opened"
	case bad.Code == syntax.ErrTrailingBackslash:
		return `\ at the end: write \\ for a backslash`
	}
	return string(bad.Code) + ": " + bad.Expr
}
