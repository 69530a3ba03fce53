package query

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"spoor/index/query/automaton"
)

// maxRegexCells bounds a table of an expression, in steps of 4 bytes: half a
// megabyte for each goroutine that scans. A search runs few expressions, on
// many lines.
const maxRegexCells = 1 << 17

// pattern is a regular expression.
type pattern struct {
	source string // as Go writes it, / without a backslash
	fold   bool
	re     *regexp.Regexp
	tree   *syntax.Regexp
	fast   *automaton.Matcher // nil: it would be too large
}

// NewRegexp returns the node that finds an RE2 regular expression in the raw
// text, or in a field's value; fold says without regard to case. The error
// is a *syntax.Error of package regexp/syntax.
func NewRegexp(re string, fold bool) (Value, error) {
	source := unslash(re)
	flags := ""
	if fold {
		flags = "(?i)"
	}
	compiled, err := regexp.Compile(flags + source)
	if err == nil && source == "" {
		err = &syntax.Error{Code: "empty regular expression"}
	}
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(flags+source, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return &pattern{source: source, fold: fold, re: compiled, tree: tree, fast: automaton.NewMatcher(tree, automaton.Options{Cells: maxRegexCells})}, nil
}

// unslash writes \/ as /.
func unslash(re string) string {
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		if re[i] == '\\' && i+1 < len(re) {
			if i++; re[i] != '/' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(re[i])
	}
	return b.String()
}

// regexFault says what is wrong with a regular expression that is written
// from query[at] on, between slashes, and where.
func regexFault(err error, source string, at int) (offset int, reason string) {
	var fault *syntax.Error
	if !errors.As(err, &fault) {
		return at, "regular expression: " + err.Error()
	}
	reason = "regular expression: " + fault.Code.String()
	if fault.Expr == "" {
		return at, reason
	}
	if i := strings.Index(source, fault.Expr); i > 0 {
		at += i
	}
	return at, reason + ": " + fault.Expr
}

func (p *pattern) node()                         {}
func (p *pattern) level() int                    { return levelAtom }
func (p *pattern) inField() string               { return p.String() }
func (p *pattern) match(r Record) bool           { return p.found(r.Raw()) }
func (p *pattern) in(value []byte, _ bool) bool  { return p.found(value) }
func (p *pattern) need() Need                    { return needRegex(p.tree) }
func (p *pattern) probes(Escapes) probes         { return probesRegex(p.tree) }
func (p *pattern) needIn(bool) Need              { return Need{} }
func (p *pattern) stream(string, uint32) Verdict { return Maybe }

// found says whether the expression is found in text.
func (p *pattern) found(text []byte) bool {
	if hit, ok := p.fast.Match(text); ok {
		return hit
	}
	return p.re.Match(text)
}

// String writes every / with a backslash.
func (p *pattern) String() string {
	var b strings.Builder
	b.WriteByte('/')
	for i := 0; i < len(p.source); i++ {
		switch p.source[i] {
		case '/':
			b.WriteByte('\\')
		case '\\':
			if i+1 < len(p.source) {
				b.WriteByte('\\')
				i++
			}
		}
		b.WriteByte(p.source[i])
	}
	b.WriteByte('/')
	if p.fold {
		b.WriteByte('i')
	}
	return b.String()
}

func (p *pattern) equal(n Node) bool {
	other, ok := n.(*pattern)
	return ok && p.source == other.source && p.fold == other.fold
}

func (p *pattern) mark(m *marker) {
	for _, place := range p.re.FindAllIndex(m.text, maxMarks) {
		if !m.add(Span{place[0], place[1]}) {
			return
		}
	}
}
