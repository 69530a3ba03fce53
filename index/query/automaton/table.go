package automaton

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
)

// table is the states that one goroutine has met of an automaton. A state
// goes by the place of its row in next.
type table struct {
	*automaton
	width   int      // classes, and one for the end
	next    []uint32 // state + class to step; 0: not asked for yet
	states  []state
	numbers map[string]uint32
	begins  [4]uint32 // by kind of the rune before; dead: not asked for yet
	starts  int       // how often the table was begun from scratch since its user set it to 0
	lost    bool      // it grew too large too often

	// Of step, to be used again.
	stack, runes []uint32
	seen         []uint32 // in which step an instruction was seen last
	steps        uint32
	key          []byte
}

// state is an ordered set of places in the program, and the rune before: one
// of its kind, or -1 at the edge of the text.
type state struct {
	at   []uint32
	last rune
	open bool // a match may still begin here
}

// A step is the next state with these bits: there is one at all, a match ends
// before the rune, and the state is one in which nothing has begun.
const (
	stepKnown = 1 << 31
	stepMatch = 1 << 30
	stepIdle  = 1 << 29
	stepState = stepIdle - 1
)

// dead is the state from which no match comes any more: its row is the first.
const dead = 0

func (t *table) reset(a *automaton) {
	*t = table{automaton: a}
	if a != nil {
		t.width = len(a.bounds) + 1
		t.seen = make([]uint32, len(a.prog.Inst))
		t.clear()
	}
}

func (t *table) clear() {
	t.numbers = map[string]uint32{}
	t.begins = [4]uint32{}
	t.states = t.states[:0]
	t.next = t.next[:0]
	t.number(state{last: ' '}) // dead
}

// number returns the number of a state, and enters it if it is new.
func (t *table) number(s state) uint32 {
	if len(s.at) == 0 && !s.open {
		s.last = ' '
	}
	t.key = binary.AppendVarint(t.key[:0], int64(s.last))
	if s.open {
		t.key = append(t.key, 1)
	} else {
		t.key = append(t.key, 0)
	}
	for _, pc := range s.at {
		t.key = binary.AppendUvarint(t.key, uint64(pc))
	}
	if n, ok := t.numbers[string(t.key)]; ok {
		return n
	}
	n := uint32(len(t.next))
	s.at = slices.Clone(s.at)
	t.states = append(t.states, s)
	for range t.width {
		t.next = append(t.next, 0)
	}
	t.numbers[string(t.key)] = n
	return n
}

// begin is the state in which the text is entered behind a rune.
func (t *table) begin(last rune) uint32 {
	kind := t.kind(last)
	known := &t.begins[1]
	if kind >= 0 {
		known = &t.begins[(kind-'\n')%4] // \n, blank and a are 0, 2 and 3
	}
	if *known == dead {
		s := state{last: kind, open: t.mode != longest}
		if t.mode == longest {
			s.at = []uint32{uint32(t.prog.Start)}
		}
		*known = t.number(s)
	}
	return *known
}

// step works out what follows on a state and a rune of the class; 0 means
// that the table is lost.
func (t *table) step(s uint32, class int) uint32 {
	from := t.states[int(s)/t.width]
	r := rune(-1)
	if class < len(t.bounds) {
		r = t.bounds[class]
	}
	matched := t.reach(from, syntax.EmptyOpContext(from.last, r))
	n := uint32(dead)
	if r >= 0 && !(matched && t.mode == anywhere) {
		next := state{last: t.kind(r), open: from.open && !matched}
		t.steps++
		for _, pc := range t.runes {
			inst := &t.prog.Inst[pc]
			if inst.MatchRune(r) && t.seen[inst.Out] != t.steps {
				t.seen[inst.Out] = t.steps
				next.at = append(next.at, inst.Out)
			}
		}
		if t.mode != leftmost { // the order says nothing
			slices.Sort(next.at)
		}
		if len(t.next) > t.cells {
			if t.starts++; t.starts > maxStarts {
				t.lost = true
				return 0
			}
			// All states but the next are forgotten, so this step is not kept.
			t.clear()
			return stepKnown | matchBit(matched) | t.number(next)
		}
		n = t.number(next)
		if next.open && len(next.at) == 0 && t.first != nil {
			n |= stepIdle
		}
	}
	n |= stepKnown | matchBit(matched)
	t.next[int(s)+class] = n
	return n
}

func matchBit(matched bool) uint32 {
	if matched {
		return stepMatch
	}
	return 0
}

// reach collects the instructions that take the next rune, the preferred ones
// first, and says whether a match ends before it. What is less preferred than
// a match is left out, but for the longest.
func (t *table) reach(from state, context syntax.EmptyOp) (matched bool) {
	t.steps++
	t.runes = t.runes[:0]
	t.stack = t.stack[:0]
	if from.open {
		t.stack = append(t.stack, uint32(t.prog.Start))
	}
	for _, pc := range slices.Backward(from.at) {
		t.stack = append(t.stack, pc)
	}
	for len(t.stack) > 0 {
		pc := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		if t.seen[pc] == t.steps {
			continue
		}
		t.seen[pc] = t.steps
		inst := &t.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstMatch:
			matched = true
			if t.mode != longest {
				return true
			}
		case syntax.InstAlt, syntax.InstAltMatch:
			t.stack = append(t.stack, inst.Arg, inst.Out)
		case syntax.InstCapture, syntax.InstNop:
			t.stack = append(t.stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^context == 0 {
				t.stack = append(t.stack, inst.Out)
			}
		case syntax.InstFail:
		default:
			t.runes = append(t.runes, pc)
		}
	}
	return matched
}
