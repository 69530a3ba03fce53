package automaton

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// mode is what is asked of a text.
type mode uint8

const (
	leftmost mode = iota // a match may begin anywhere; where does the first of the leftmost end?
	longest              // a match begins where the text does; where does the longest end?
	anywhere             // a match may begin anywhere; is there one?
)

// automaton is what the tables of one program share.
type automaton struct {
	prog  *syntax.Prog
	mode  mode
	cells int  // of a table at the most
	empty bool // the program looks at neighbours: ^ $ \b
	// Runes that the program can't tell apart are of one class: class i begins
	// at bounds[i]. Behind the last stands the class of the text's end.
	bounds []rune
	ascii  [utf8.RuneSelf]uint8
	// first are the bytes that a match may begin with, of the leftmost; nil:
	// any, or it may be empty.
	first *[256]bool
}

// newAutomaton returns nil for programs that would make too large a table.
func newAutomaton(prog *syntax.Prog, m mode, o Options) *automaton {
	if len(prog.Inst) > maxProgram {
		return nil
	}
	a := &automaton{prog: prog, mode: m, cells: o.cells()}
	a.bounds = []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1, utf8.RuneSelf}
	for i := range prog.Inst {
		a.empty = a.empty || prog.Inst[i].Op == syntax.InstEmptyWidth
		a.bound(&prog.Inst[i])
		if len(a.bounds) < 8*maxClasses && i < len(prog.Inst)-1 {
			continue
		}
		slices.Sort(a.bounds)
		if a.bounds = slices.Compact(a.bounds); len(a.bounds) > maxClasses {
			return nil
		}
	}
	for b := range a.ascii {
		a.ascii[b] = uint8(a.class(rune(b)))
	}
	if m == leftmost {
		a.first = firstBytes(prog)
	}
	return a
}

// firstBytes are the bytes that a match may begin with.
func firstBytes(prog *syntax.Prog) *[256]bool {
	var first [256]bool
	for b := utf8.RuneSelf; b < len(first); b++ {
		first[b] = true // what they decode to is looked at when they come
	}
	seen := make([]bool, len(prog.Inst))
	stack := []uint32{uint32(prog.Start)}
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		inst := &prog.Inst[pc]
		switch inst.Op {
		case syntax.InstMatch:
			return nil
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, inst.Arg, inst.Out)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			stack = append(stack, inst.Out)
		case syntax.InstFail:
		default:
			for b := range rune(utf8.RuneSelf) {
				first[b] = first[b] || inst.MatchRune(b)
			}
		}
	}
	return &first
}

// bound enters where an instruction begins and ends to take runes.
func (a *automaton) bound(inst *syntax.Inst) {
	switch {
	case inst.Op != syntax.InstRune && inst.Op != syntax.InstRune1:
	case len(inst.Rune) == 1:
		r := inst.Rune[0]
		a.bounds = append(a.bounds, r, r+1)
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			a.bounds = append(a.bounds, f, f+1)
		}
	default:
		for i := 0; i+1 < len(inst.Rune); i += 2 {
			a.bounds = append(a.bounds, inst.Rune[i], inst.Rune[i+1]+1)
		}
	}
}

func (a *automaton) class(r rune) int {
	i, found := slices.BinarySearch(a.bounds, r)
	if found {
		return i
	}
	return i - 1
}

// kind stands for all runes that mean the same to their neighbour.
func (a *automaton) kind(r rune) rune {
	switch {
	case r < 0:
		return -1
	case !a.empty, r != '\n' && !syntax.IsWordChar(r):
		return ' '
	case r == '\n':
		return r
	}
	return 'a'
}
