package automaton

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Span is a place in a text, in bytes.
type Span struct{ Start, End int }

// Finder finds what package regexp finds: one automaton walks forward to where
// a match ends, another one, of the reversed expression, back to where it
// begins. It may be used by many goroutines.
type Finder struct {
	re       *regexp.Regexp // what it means; run where there would be too many states
	forward  *automaton     // nil: too large
	backward *automaton
	capture  *syntax.Prog // nil: no group has a name, or it is the whole match
	groups   []int        // the named ones, ascending
	slow     atomic.Bool  // it has too many states
	tables   sync.Pool    // of *pair
}

// pair is the tables that one goroutine uses.
type pair struct {
	forward, backward table
	back              backtracker
}

// NewFinder returns the finder of an expression. One that is too large for
// tables, or turns out to be, is run by package regexp.
func NewFinder(re *regexp.Regexp, o Options) *Finder {
	f := &Finder{re: re}
	for i, name := range re.SubexpNames() {
		if name != "" {
			f.groups = append(f.groups, i)
		}
	}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return f
	}
	whole := tree.Op == syntax.OpCapture && tree.Name != "" // the group that counts is the match
	tree = tree.Simplify()
	prog, err := syntax.Compile(tree)
	if err != nil {
		return f
	}
	if len(f.groups) > 0 && !whole {
		f.capture = prog
	}
	f.forward = newAutomaton(prog, leftmost, o)
	if prog, err = syntax.Compile(reversed(tree)); err == nil && f.forward != nil {
		f.backward = newAutomaton(prog, longest, o)
	}
	if f.backward == nil {
		f.forward = nil
	}
	f.tables.New = func() any {
		p := &pair{}
		p.forward.reset(f.forward)
		p.backward.reset(f.backward)
		return p
	}
	return f
}

// String returns the expression.
func (f *Finder) String() string { return f.re.String() }

// Slow says whether the expression is run by package regexp.
func (f *Finder) Slow() bool { return f.forward == nil || f.slow.Load() }

// reversed is the expression of the texts read from their ends.
func reversed(re *syntax.Regexp) *syntax.Regexp {
	r := *re
	switch re.Op {
	case syntax.OpBeginText:
		r.Op = syntax.OpEndText
	case syntax.OpEndText:
		r.Op = syntax.OpBeginText
	case syntax.OpBeginLine:
		r.Op = syntax.OpEndLine
	case syntax.OpEndLine:
		r.Op = syntax.OpBeginLine
	case syntax.OpLiteral:
		r.Rune = slices.Clone(re.Rune)
		slices.Reverse(r.Rune)
	}
	r.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		r.Sub[i] = reversed(sub)
	}
	if re.Op == syntax.OpConcat {
		slices.Reverse(r.Sub)
	}
	return &r
}

// Find appends the places of the values of the first matches, most of them at
// the most, as regexp.FindAllSubmatchIndex gives them. The value of a match is
// the first group with a name that took part, else all of it. Empty values are
// left out.
func (f *Finder) Find(text []byte, most int, found []Span) []Span {
	if f.Slow() {
		return f.plain(text, most, found)
	}
	p := f.tables.Get().(*pair)
	defer f.tables.Put(p)
	p.forward.starts, p.backward.starts = 0, 0
	known := len(found)
	for from := 0; from < len(text) && len(found)-known < most; {
		start, end := p.next(text, from)
		if end < 0 {
			break
		}
		value := Span{start, end}
		if f.capture != nil && start < end {
			value = p.back.value(f, text, value)
		}
		if value.Start < value.End {
			found = append(found, value)
		}
		if from = end; start == end { // an empty one: the next begins further on
			_, size := utf8.DecodeRune(text[end:])
			from += size
		}
	}
	if !p.forward.lost && !p.backward.lost && !p.back.lost {
		return found
	}
	if !p.back.lost {
		f.slow.Store(true)
	}
	p.back.lost = false
	return f.plain(text, most, found[:known])
}

// plain is Find by package regexp.
func (f *Finder) plain(text []byte, most int, found []Span) []Span {
	if f.re.MatchString("") {
		most = -1 // empty matches don't count
	}
	if len(f.groups) == 0 {
		for _, at := range f.re.FindAllIndex(text, most) {
			if at[0] < at[1] {
				found = append(found, Span{at[0], at[1]})
			}
		}
		return found
	}
	for _, at := range f.re.FindAllSubmatchIndex(text, most) {
		if s := f.named(at); s.Start < s.End {
			found = append(found, s)
		}
	}
	return found
}

// named is the first group with a name that took part, or the whole match.
func (f *Finder) named(at []int) Span {
	for _, g := range f.groups {
		if at[2*g] >= 0 {
			return Span{at[2*g], at[2*g+1]}
		}
	}
	return Span{at[0], at[1]}
}

// next is the leftmost match at or behind from; end is -1 if there is none,
// or if a table is lost.
func (p *pair) next(text []byte, from int) (start, end int) {
	if end = p.forward.forward(text, from); end < 0 {
		return 0, -1
	}
	if start = p.backward.backward(text, from, end); start < 0 {
		return 0, -1
	}
	return start, end
}
