package query

import (
	"fmt"
)

// Limits of a query.
const (
	maxQuery = 64 << 10 // bytes
	maxDepth = 200      // parentheses and NOTs inside one another
	maxNodes = 10_000   // words, fields and operators
)

// Parse reads a query. Blank text gives a nil Node, which means everything.
// An error is always an *Error.
func Parse(text string) (Node, error) {
	p := &parser{lexer: lexer{query: text}}
	if len(text) > maxQuery {
		return nil, p.fail(maxQuery, fmt.Sprintf("the query is longer than %d bytes", maxQuery))
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenEnd {
		return nil, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	switch p.token.kind {
	case tokenEnd:
		return n, nil
	case tokenPipe:
		return nil, p.fail(p.token.at, "pipes are not supported yet; quote the word to find a |")
	}
	return nil, p.fail(p.token.at, `there is no "(" that this ")" closes`)
}

// parser reads
//
//	or   = and { "OR" and } .
//	and  = not { [ "AND" ] not } .
//	not  = { "NOT" | "-" } atom .
//	atom = "(" or ")" | text | field .
type parser struct {
	lexer
	token token // the one to be read next
	last  token // the one before it
	depth int
	nodes int
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
		case tokenText, tokenField, tokenOpen, tokenMinus, tokenNot:
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
		return p.group()
	case tokenText, tokenField:
	default:
		return nil, p.missing()
	}
	if err := p.count(); err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if t.kind == tokenField {
		return p.field(t)
	}
	return p.value(t.text)
}

func (p *parser) group() (Node, error) {
	open := p.token.at
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
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
		return n, p.advance()
	case tokenPipe:
		return nil, p.fail(p.token.at, "pipes are not supported yet; quote the word to find a |")
	}
	return nil, p.fail(open, `there is no ")" that closes this "("`)
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
	if o.form != formRegex {
		return newText(o.pieces), nil
	}
	v, err := NewRegexp(o.source, o.fold)
	if err != nil {
		at, reason := regexFault(err, o.source, o.at+1)
		return nil, p.fail(at, reason)
	}
	return v, nil
}

// field makes the node of a field, or of tag: and src:.
func (p *parser) field(t token) (Node, error) {
	if !t.own && (t.name == tagName || t.name == sourceName) {
		return p.label(t)
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
	case t.whole:
		return NewFieldEqual(t.name, v), nil
	}
	return NewField(t.name, v), nil
}

// label makes the node of tag: and src:.
func (p *parser) label(t token) (Node, error) {
	if t.text.form == formRegex {
		return nil, p.fail(t.text.at, t.name+": takes no regular expression; expected a name or number, or *")
	}
	if t.name == tagName {
		if len(t.text.pieces) == 1 && t.text.pieces[0] == "" {
			return nil, p.fail(t.text.at, "nothing between the quotes; expected a tag")
		}
		return newTag(t.text.pieces), nil
	}
	if len(t.text.pieces) == 1 || t.text.form == formBare {
		n, err := parseSource(joinStars(t.text.pieces))
		if err != nil {
			return nil, p.fail(t.text.at, err.Error())
		}
		return n, nil
	}
	return nil, p.fail(t.text.at, "expected a source number")
}
