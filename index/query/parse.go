package query

import (
	"fmt"
	"math"
	"strconv"
)

// Limits of a query.
const (
	maxQuery = 64 << 10 // bytes
	maxDepth = 200      // parentheses and NOTs inside one another
	maxNodes = 10_000   // words, fields and operators
	// Of regular expressions: each may hold half a megabyte of tables.
	maxRegexes    = 100
	maxRegexBytes = 16 << 10
)

// Parse reads a query without pipes and times. Blank text gives a nil Node,
// which means everything. An error is always an *Error.
func Parse(text string) (Node, error) {
	p := &parser{lexer: lexer{query: text}}
	n, err := p.query()
	if err != nil {
		return nil, err
	}
	if p.token.kind == tokenPipe {
		return nil, p.fail(p.token.at, "pipes work in a search only, not here; quote the word to find a |")
	}
	return n, nil
}

// parser reads
//
//	or   = and { "OR" and } .
//	and  = not { [ "AND" ] not } .
//	not  = { "NOT" | "-" } atom .
//	atom = "(" or ")" | "case:" atom | text | field .
type parser struct {
	lexer
	token               token // the one to be read next
	last                token // the one before it
	depth               int
	nodes               int
	exact               bool    // inside case:
	group               *token  // the field whose values are read
	search              *search // nil: no times, no pipes
	regexes, regexBytes int
}

// query reads up to the first pipe or the end.
func (p *parser) query() (Node, error) {
	if len(p.lexer.query) > maxQuery {
		return nil, p.fail(maxQuery, fmt.Sprintf("the query is longer than %d bytes", maxQuery))
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenEnd || p.token.kind == tokenPipe {
		return nil, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.token.kind != tokenEnd && p.token.kind != tokenPipe {
		return nil, p.fail(p.token.at, `there is no "(" that this ")" closes`)
	}
	return n, nil
}

func (p *parser) advance() (err error) {
	p.last = p.token
	p.token, err = p.next()
	return err
}

func (p *parser) or() (Node, error) {
	n, err := p.and()
	if err != nil {
		return nil, err
	}
	kids := []Node{n}
	for p.token.kind == tokenOr {
		if err := p.advance(); err != nil {
			return nil, err
		}
		if n, err = p.and(); err != nil {
			return nil, err
		}
		kids = append(kids, n)
	}
	return Or(kids...), nil
}

func (p *parser) and() (Node, error) {
	n, err := p.not()
	if err != nil {
		return nil, err
	}
	kids := []Node{n}
	for {
		switch p.token.kind {
		case tokenAnd:
			if err := p.advance(); err != nil {
				return nil, err
			}
		case tokenText, tokenField, tokenOpen, tokenMinus, tokenNot, tokenCase:
		default:
			return And(kids...), nil
		}
		if n, err = p.not(); err != nil {
			return nil, err
		}
		kids = append(kids, n)
	}
}

func (p *parser) not() (Node, error) {
	if p.token.kind != tokenNot && p.token.kind != tokenMinus {
		return p.atom()
	}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.not()
	if err != nil {
		return nil, err
	}
	return Not(n), nil
}

// deeper counts an operator or a parenthesis that encloses what follows.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(p.token.at, fmt.Sprintf("more than %d parentheses and NOTs inside one another", maxDepth))
	}
	return p.count()
}

func (p *parser) count() error {
	if p.nodes++; p.nodes > maxNodes {
		return p.fail(p.token.at, fmt.Sprintf("more than %d words and fields", maxNodes))
	}
	return nil
}

func (p *parser) atom() (Node, error) {
	t := p.token
	switch t.kind {
	case tokenOpen:
		return p.parens()
	case tokenCase:
		return p.withCase()
	case tokenText, tokenField:
	default:
		return nil, p.missing()
	}
	if err := p.count(); err != nil {
		return nil, err
	}
	if t.kind == tokenField && t.group {
		return p.fieldGroup(t)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch {
	case t.kind == tokenField:
		return p.field(t)
	case p.group != nil:
		of := *p.group
		of.text = t.text
		return p.field(of)
	}
	return p.value(t.text)
}

// withCase reads what stands behind case:.
func (p *parser) withCase() (Node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	outer := p.exact
	defer func() { p.depth, p.exact = p.depth-1, outer }()
	p.exact = true
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.atom()
}

// parens reads a query in parentheses.
func (p *parser) parens() (Node, error) {
	open := p.token.at
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	n, err := p.inside(open)
	if err != nil {
		return nil, err
	}
	return n, p.advance()
}

// inside reads what stands in the parentheses that query[open] opens, up to
// the closing one.
func (p *parser) inside(open int) (Node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenClose {
		return nil, p.fail(p.token.at, "nothing between the parentheses")
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	switch p.token.kind {
	case tokenClose:
		return n, nil
	case tokenPipe:
		return nil, p.fail(p.token.at, "a pipe inside parentheses; expected it behind the query, or quote the word to find a |")
	}
	return nil, p.fail(open, `there is no ")" that closes this "("`)
}

// fieldGroup reads f:( ), in which every word is a value of the field.
func (p *parser) fieldGroup(t token) (Node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.group, p.values = &t, true
	if err := p.advance(); err != nil { // the parenthesis
		return nil, err
	}
	n, err := p.inside(p.token.at)
	if err != nil {
		return nil, err
	}
	p.group, p.values = nil, false
	return n, p.advance()
}

// missing says what was expected instead of the token at hand.
func (p *parser) missing() error {
	const want = "expected a word, a phrase, a field or ( "
	behind := ""
	switch p.last.kind {
	case tokenAnd:
		behind = "behind AND"
	case tokenOr:
		behind = "behind OR"
	case tokenNot:
		behind = "behind NOT"
	case tokenMinus:
		behind = `behind "-"`
	case tokenOpen:
		behind = `behind "("`
	case tokenCase:
		behind = "behind case:"
	default:
		switch p.token.kind {
		case tokenAnd:
			behind = "before AND"
		case tokenOr:
			behind = "before OR"
		case tokenPipe:
			behind = "before |"
		default:
			behind = `before ")"`
		}
	}
	return p.fail(p.token.at, want+behind)
}

// value makes the node of a text.
func (p *parser) value(o operand) (Value, error) {
	switch o.form {
	case formRegex:
		return p.regexp(o)
	case formSpan:
		if o.span.from.kind == boundOpen && o.span.to.kind == boundOpen {
			return everything{}, nil
		}
		return o.span, nil
	}
	if n, ok := parseNetwork(o.pieces[0]); ok && o.form == formBare && len(o.pieces) == 1 {
		return NewNetwork(n), nil
	}
	return newTextCase(o.pieces, p.exact), nil
}

// regexp makes the node of a regular expression.
func (p *parser) regexp(o operand) (Value, error) {
	if err := p.countRegex(o); err != nil {
		return nil, err
	}
	v, err := NewRegexp(o.source, o.fold)
	if err != nil {
		at, reason := regexFault(err, o.source, o.at+1)
		return nil, p.fail(at, reason)
	}
	return v, nil
}

func (p *parser) countRegex(o operand) error {
	p.regexes++
	if p.regexBytes += len(o.source); p.regexes > maxRegexes || p.regexBytes > maxRegexBytes {
		return p.fail(o.at, fmt.Sprintf("more than %d regular expressions, or %d bytes of them", maxRegexes, maxRegexBytes))
	}
	return nil
}

// field makes the node of a field, or of what only looks like one.
func (p *parser) field(t token) (Node, error) {
	if !t.own {
		switch t.name {
		case tagName:
			return p.tag(t)
		case sourceName:
			return p.source(t)
		case lastName, fromName, toName, dedupName:
			return p.option(t)
		case idName:
			if id, ok := newIdentity(joinStars(t.text.pieces)); ok && t.text.form != formRegex {
				return id, nil
			}
		}
	}
	if t.text.form == formQuoted && len(t.text.pieces) == 1 && t.text.pieces[0] == "" {
		if !t.whole {
			return nil, p.fail(t.text.at, `nothing between the quotes; write f:="" for an empty value, f:* for any`)
		}
		return NewFieldEmpty(t.name), nil
	}
	v, err := p.value(t.text)
	switch {
	case err != nil:
		return nil, err
	case t.whole && t.text.form == formRegex:
		return nil, p.fail(t.text.at, "a regular expression says itself what is whole: write f:/^...$/")
	case t.whole && t.text.form == formSpan:
		return nil, p.fail(t.text.at, "a comparison is of the whole value anyway: write f:>5")
	case t.whole:
		return NewFieldEqual(t.name, v), nil
	}
	return NewField(t.name, v), nil
}

// tag makes the node of tag:.
func (p *parser) tag(t token) (Node, error) {
	switch o := t.text; {
	case o.form == formRegex:
		return nil, p.fail(o.at, "tag: takes no regular expression; expected a name, in which * is a wildcard")
	case o.form == formSpan:
		return nil, p.fail(o.at, "tag: takes no comparison; expected a name, in which * is a wildcard")
	case len(o.pieces) == 1 && o.pieces[0] == "":
		return nil, p.fail(o.at, "nothing between the quotes; expected a tag")
	default:
		return newTag(o.pieces), nil
	}
}

// source makes the node of src:.
func (p *parser) source(t token) (Node, error) {
	o := t.text
	text := joinStars(o.pieces)
	switch {
	case o.form == formRegex:
		return nil, p.fail(o.at, "src: takes no regular expression; expected a source number or name, or *")
	case o.form == formSpan:
		return p.sourceRange(o)
	case o.form == formBare && text == "*":
		return anySource, nil
	}
	if n, err := strconv.ParseUint(text, 10, 32); err == nil && len(o.pieces) == 1 {
		return NewSource(uint32(n)), nil
	}
	const want = "expected a source number from 0 to 4294967295"
	field := `; for a field of that name write "src":` + newText(o.pieces).inField()
	if p.search == nil || p.search.o.Source == nil {
		return nil, p.fail(o.at, want+", or *"+field)
	}
	if numberlike(text) || len(o.pieces) > 1 {
		return nil, p.fail(o.at, want+", a name, or *"+field)
	}
	var any []Node
	for _, n := range p.search.o.Source(text) {
		any = append(any, NewSource(n))
	}
	if len(any) == 0 {
		return nil, p.fail(o.at, "no source has the name "+quote(o.pieces)+field)
	}
	return Or(any...), nil
}

// sourceRange makes the node of src:[a TO b] and src:>a.
func (p *parser) sourceRange(o operand) (Node, error) {
	lo, hi := uint64(0), uint64(math.MaxUint32)
	for _, end := range [...]*bound{&o.span.from, &o.span.to} {
		if end.kind == boundOpen {
			continue
		}
		n, err := strconv.ParseUint(end.text, 10, 32)
		if err != nil {
			return nil, p.fail(o.at, "expected source numbers from 0 to 4294967295")
		}
		switch {
		case end == &o.span.from && end.in:
			lo = n
		case end == &o.span.from:
			lo = n + 1
		case end.in:
			hi = n
		case n == 0:
			lo = 1 // none is less
			hi = 0
		default:
			hi = n - 1
		}
	}
	if lo > hi {
		return nil, p.fail(o.at, "no source number is in this range")
	}
	return NewSourceRange(uint32(lo), uint32(hi)), nil
}
