package actionables

import (
	"bytes"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// need is a set of literals of which every match of a pattern holds one. It
// is looked for before the pattern is tried, because finding a literal is
// far cheaper. The zero value asks for nothing.
type need struct {
	literals []string // in lower case if fold
	fold     bool     // ASCII letters without case
}

// maxLiterals bounds a need; a longer list saves nothing.
const maxLiterals = 16

// needOf derives the need of a pattern that compiles.
func needOf(pattern string) need {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return need{}
	}
	return needs(tree.Simplify())
}

func needs(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		var best need
		for _, sub := range re.Sub {
			if n := needs(sub); n.better(best) {
				best = n
			}
		}
		return best
	case syntax.OpAlternate:
		return oneOf(re.Sub)
	}
	return need{}
}

func literal(re *syntax.Regexp) need {
	text := string(re.Rune)
	if re.Flags&syntax.FoldCase == 0 {
		return need{literals: []string{text}}
	}
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return need{} // case beyond ASCII is left to the pattern
		}
	}
	return need{literals: []string{strings.ToLower(text)}, fold: true}
}

// oneOf joins the needs of alternatives, all of which must have one.
func oneOf(subs []*syntax.Regexp) need {
	var all need
	for i, sub := range subs {
		n := needs(sub)
		if len(n.literals) == 0 || i > 0 && n.fold != all.fold || len(all.literals)+len(n.literals) > maxLiterals {
			return need{}
		}
		all.literals = append(all.literals, n.literals...)
		all.fold = n.fold
	}
	return all
}

// better says whether n is likely to let fewer texts through than o: the
// shortest literal counts, then how many there are.
func (n need) better(o need) bool {
	if len(n.literals) == 0 || len(o.literals) == 0 {
		return len(n.literals) > len(o.literals)
	}
	a, b := shortest(n.literals), shortest(o.literals)
	return a > b || a == b && len(n.literals) < len(o.literals)
}

func shortest(texts []string) int {
	n := len(texts[0])
	for _, t := range texts {
		n = min(n, len(t))
	}
	return n
}

// folded is a text with its copy in lower case, made when first asked for.
type folded struct {
	text  []byte
	lower []byte
	plain bool // text is ASCII, which then lower tells all about
}

// in says whether a match may be in the text.
func (n need) in(t *folded) bool {
	if len(n.literals) == 0 {
		return true
	}
	text := t.text
	if n.fold {
		if t.lower == nil {
			t.fold()
		}
		if !t.plain {
			return true // (?i)k matches the Kelvin sign as well
		}
		text = t.lower
	}
	for _, l := range n.literals {
		if bytes.Contains(text, []byte(l)) {
			return true
		}
	}
	return false
}

func (t *folded) fold() {
	t.lower, t.plain = make([]byte, len(t.text)), true
	for i, c := range t.text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		t.plain = t.plain && c < utf8.RuneSelf
		t.lower[i] = c
	}
}

// canonical is one spelling of patterns that find the same values: groups
// without a name count for nothing, and [0-9] is \d.
func canonical(pattern string) string {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return pattern
	}
	return ungrouped(tree).String()
}

func ungrouped(re *syntax.Regexp) *syntax.Regexp {
	if re.Op == syntax.OpCapture && re.Name == "" {
		return ungrouped(re.Sub[0])
	}
	r := *re
	r.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		r.Sub[i] = ungrouped(sub)
	}
	return &r
}
