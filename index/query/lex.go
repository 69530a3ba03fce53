package query

import (
	"strings"
)

// kind is the kind of a token.
type kind int

const (
	tokenEnd kind = iota
	tokenText
	tokenField
	tokenOpen
	tokenClose
	tokenMinus
	tokenAnd
	tokenOr
	tokenNot
	tokenPipe
	tokenCase
)

// token is a piece of a query.
type token struct {
	kind  kind
	at    int     // where it begins, in bytes
	text  operand // of tokenText, and the value of tokenField
	name  string  // of tokenField
	own   bool    // the name stands in quotes: it is the entry's, even if it is tag or src
	whole bool    // := instead of :
	group bool    // the value is a group: the next token is its parenthesis
}

// operand is a text to look for.
type operand struct {
	form   form
	at     int
	pieces []string // what stands between wildcards
	source string   // of a regular expression, without the slashes
	fold   bool     // /re/i
	span   *between // of a comparison or a range
}

// form is how an operand is written.
type form int

const (
	formBare form = iota
	formQuoted
	formRegex
	formSpan
)

// lexer cuts a query into tokens.
type lexer struct {
	query  string
	i      int
	values bool // inside f:( ): words are values of a field
}

func (l *lexer) fail(at int, reason string) error {
	return &Error{Query: l.query, Offset: at, Reason: reason}
}

// blank says whether b separates words.
func blank(b byte) bool { return b <= ' ' || b == 0x7f }

// endsRun says whether b ends a bare word.
func endsRun(b byte) bool {
	return blank(b) || b == '(' || b == ')' || b == '"' || b == '|'
}

// bounded says whether a token may end before query[i].
func (l *lexer) bounded(i int) bool {
	return i >= len(l.query) || endsRun(l.query[i]) && l.query[i] != '"'
}

// next reads a token.
func (l *lexer) next() (token, error) {
	l.blanks()
	t := token{at: l.i}
	if l.i == len(l.query) {
		return t, nil
	}
	switch l.query[l.i] {
	case '(':
		t.kind = tokenOpen
	case ')':
		t.kind = tokenClose
	case '|':
		t.kind = tokenPipe
	case '-':
		return l.minus()
	case '"':
		if !l.values {
			return l.quoted()
		}
		return l.bare()
	default:
		return l.bare()
	}
	l.i++
	return t, nil
}

// minus reads a - before what it excludes.
func (l *lexer) minus() (token, error) {
	t := token{kind: tokenMinus, at: l.i}
	l.i++
	if l.bounded(l.i) && (l.i == len(l.query) || l.query[l.i] != '(') {
		return t, l.fail(l.i, `missing word behind "-"; quote a dash to find it`)
	}
	if l.query[l.i] == '-' {
		return t, l.fail(l.i, `"--" is not a query; quote the word to find its dashes`)
	}
	return t, nil
}

// quoted reads a phrase, or a field whose name is in quotes.
func (l *lexer) quoted() (token, error) {
	start := l.i
	o, err := l.phrase()
	if err != nil {
		return token{}, err
	}
	if l.i < len(l.query) && l.query[l.i] == ':' {
		if len(o.pieces) > 1 {
			return token{}, l.fail(start, "the name of a field holds no wildcard")
		}
		l.i++
		return l.field(token{kind: tokenField, at: start, name: o.pieces[0], own: true})
	}
	if len(o.pieces) == 1 && o.pieces[0] == "" {
		return token{}, l.fail(start, `nothing between the quotes; write f:="" for an empty value`)
	}
	if !l.bounded(l.i) {
		return token{}, l.fail(l.i, "missing blank behind the closing quote")
	}
	return token{kind: tokenText, at: start, text: o}, nil
}

// phrase reads what stands between quotes, and the quotes.
func (l *lexer) phrase() (operand, error) {
	start := l.i
	for i := start + 1; i < len(l.query); i++ {
		switch l.query[i] {
		case '\\':
			if i+1 < len(l.query) && (l.query[i+1] == '"' || l.query[i+1] == '\\') {
				i++
			}
		case '"':
			l.i = i + 1
			return operand{form: formQuoted, at: start, pieces: unquote(l.query[start+1 : i])}, nil
		}
	}
	return operand{}, l.fail(start, `missing closing quote; inside quotes a quote is \" and a backslash before one is \\`)
}

// bare reads whatever begins with none of the marks of the language.
func (l *lexer) bare() (token, error) {
	t := token{kind: tokenText, at: l.i}
	run := firstRun(l.query[l.i:])
	switch run {
	case "AND":
		t.kind = tokenAnd
	case "OR":
		t.kind = tokenOr
	case "NOT":
		t.kind = tokenNot
	case "&&":
		return t, l.fail(l.i, "expected AND; quote && to find it")
	}
	if t.kind != tokenText {
		l.i += len(run)
		return t, nil
	}
	if l.values {
		return l.value(t)
	}
	if colon := fieldColon(run); colon >= 0 && run[0] != '/' {
		if colon == 0 {
			return t, l.fail(l.i, "missing name of a field before the colon; quote the word to find its colon")
		}
		t.kind, t.name = tokenField, run[:colon]
		if star := strings.IndexByte(t.name, '*'); star >= 0 {
			return t, l.fail(l.i+star, "the name of a field holds no wildcard")
		}
		l.i += colon + 1
		return l.field(t)
	}
	var err error
	t.text, err = l.word()
	return t, err
}

// field reads what stands behind the colon of a field.
func (l *lexer) field(t token) (token, error) {
	if t.name == caseName && !t.own {
		t.kind = tokenCase
		if l.i == len(l.query) || blank(l.query[l.i]) {
			return t, l.fail(l.i, `missing word behind case:; for a field of that name write "case":x`)
		}
		return t, nil
	}
	if l.i < len(l.query) && l.query[l.i] == '=' {
		t.whole = true
		l.i++
	}
	if l.i < len(l.query) && l.query[l.i] == '(' {
		t.group = true
		return t, nil
	}
	return l.value(t)
}

// value reads a value of a field.
func (l *lexer) value(t token) (token, error) {
	if l.i == len(l.query) {
		return t, l.fail(l.i, "missing value")
	}
	var err error
	switch l.query[l.i] {
	case '"':
		t.text, err = l.phrase()
		if err == nil && !l.bounded(l.i) {
			err = l.fail(l.i, "missing blank behind the closing quote")
		}
		return t, err
	case '>', '<':
		t.text, err = l.comparison()
		return t, err
	case '[', '{':
		t.text, err = l.span()
		return t, err
	}
	if l.bounded(l.i) {
		return t, l.fail(l.i, "missing value")
	}
	t.text, err = l.word()
	return t, err
}

func (l *lexer) blanks() {
	for l.i < len(l.query) && blank(l.query[l.i]) {
		l.i++
	}
}

// word reads a regular expression or a bare word.
func (l *lexer) word() (operand, error) {
	if l.query[l.i] == '/' {
		if o, ok := l.regex(); ok {
			if o.source == "" {
				return o, l.fail(o.at, "empty regular expression; quote // to find it")
			}
			return o, nil
		}
	}
	run := firstRun(l.query[l.i:])
	o := operand{at: l.i, pieces: splitStars(run)}
	l.i += len(run)
	if l.i < len(l.query) && l.query[l.i] == '"' {
		return o, l.fail(l.i, `unexpected quote inside a word; put all of it in quotes and write \" for a quote`)
	}
	return o, nil
}

// regex reads /re/ or /re/i with nothing joined to it; what only begins
// like one is a path.
func (l *lexer) regex() (operand, bool) {
	start := l.i + 1
	for i := start; i < len(l.query); i++ {
		switch l.query[i] {
		case '\\':
			i++
		case '/':
			o := operand{form: formRegex, at: l.i, source: l.query[start:i]}
			i++
			if i < len(l.query) && l.query[i] == 'i' {
				o.fold = true
				i++
			}
			if !l.bounded(i) {
				return operand{}, false
			}
			l.i = i
			return o, true
		}
	}
	return operand{}, false
}

// isOperator says whether a bare word is an operator, or would be read as one.
func isOperator(run string) bool {
	return run == "AND" || run == "OR" || run == "NOT" || run == "&&"
}

// fieldColon is the place of the colon that makes a bare word a field, or -1.
func fieldColon(run string) int {
	colon := strings.IndexByte(run, ':')
	if colon < 0 {
		return -1
	}
	rest := run[colon+1:]
	switch {
	case strings.HasPrefix(rest, ":"), // SSL::Invalid_Server_Cert
		strings.HasPrefix(rest, "//"),                               // http://x/y
		colon == 1 && alnum(run[0]) && strings.HasPrefix(rest, `\`), // C:\Windows
		isTime(run), isAddress(run, colon):
		return -1
	}
	return colon
}

// isAddress says whether a bare word is an IP or MAC address, the beginning
// of one before a wildcard, or an address with a port.
func isAddress(run string, colon int) bool {
	if _, ok := parseAddr(run); ok {
		return true
	}
	if _, ok := parseMAC(run); ok {
		return true
	}
	if _, ok := parseNetwork(run); ok {
		return true
	}
	if a, ok := parseAddr(run[:colon]); ok && a.Is4() {
		return true
	}
	if inner, _, ok := strings.Cut(run[1:], "]"); ok && run[0] == '[' {
		_, ok := parseAddr(inner)
		return ok
	}
	groups := strings.Split(run, ":")
	last := len(groups) - 1
	for _, g := range groups[:last] {
		if !isHexGroup(readOnly(g)) {
			return false
		}
	}
	begun, ok := strings.CutSuffix(groups[last], "*")
	return ok && last >= 2 && (begun == "" || isHexGroup(readOnly(begun)))
}

// isTime says whether a bare word is a time of day, with or without a date
// as RFC 3339 or as web servers write it, whole or cut off by a wildcard.
func isTime(run string) bool {
	run = strings.TrimPrefix(run, "[")
	if strings.Trim(run, "0123456789:.,*Z]") == "" && run != "" && digit(run[0]) {
		return true
	}
	return shaped(run, "dddd-dd-ddTdd:") || shaped(run, "dd/aaa/dddd:dd")
}

// shaped says whether text begins as shape does, in which d is a digit and a
// a letter.
func shaped(text, shape string) bool {
	if len(text) < len(shape) {
		return false
	}
	for i := range len(shape) {
		b := text[i]
		switch shape[i] {
		case 'd':
			if !digit(b) {
				return false
			}
		case 'a':
			if digit(b) || !alnum(b) {
				return false
			}
		default:
			if b != shape[i] {
				return false
			}
		}
	}
	return true
}
