package query

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// dfa says whether a regular expression is found in a text, and nothing else,
// at a table look-up a byte: states are sets of the places in Go's own program
// of the expression, made when they are met. So it means what package regexp
// means. It may be used by many goroutines.
type dfa struct {
	prog  *syntax.Prog
	empty bool // the program looks at neighbours: ^ $ \b
	// Runes that the program can't tell apart are of one class: class i begins
	// at bounds[i]. Behind the last stands the class of the text's end.
	bounds []rune
	ascii  [utf8.RuneSelf]uint8
	tables sync.Pool   // of *dfaTable
	slow   atomic.Bool // it has too many states
}

const (
	maxDFAProgram = 2_000   // instructions
	maxDFAClasses = 200     // of runes
	maxDFACells   = 1 << 17 // of a table, 4 bytes each
	maxDFAStarts  = 8       // of a table from scratch, then the dfa is slow
)

// newDFA returns nil for expressions that would make too large a table.
func newDFA(re *syntax.Regexp) *dfa {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil || len(prog.Inst) > maxDFAProgram {
		return nil
	}
	d := &dfa{prog: prog, bounds: []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1, utf8.RuneSelf}}
	for i := range prog.Inst {
		d.empty = d.empty || prog.Inst[i].Op == syntax.InstEmptyWidth
		d.bound(&prog.Inst[i])
		if len(d.bounds) > 8*maxDFAClasses {
			return nil
		}
	}
	slices.Sort(d.bounds)
	d.bounds = slices.Compact(d.bounds)
	if len(d.bounds) > maxDFAClasses {
		return nil
	}
	for b := range d.ascii {
		d.ascii[b] = uint8(d.class(rune(b)))
	}
	d.tables.New = func() any { return newDFATable(d) }
	return d
}

// bound enters where an instruction begins and ends to take runes.
func (d *dfa) bound(inst *syntax.Inst) {
	switch {
	case inst.Op != syntax.InstRune && inst.Op != syntax.InstRune1:
	case len(inst.Rune) == 1:
		r := inst.Rune[0]
		d.bounds = append(d.bounds, r, r+1)
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			d.bounds = append(d.bounds, f, f+1)
		}
	default:
		for i := 0; i+1 < len(inst.Rune); i += 2 {
			d.bounds = append(d.bounds, inst.Rune[i], inst.Rune[i+1]+1)
		}
	}
}

func (d *dfa) class(r rune) int {
	i, found := slices.BinarySearch(d.bounds, r)
	if found {
		return i
	}
	return i - 1
}

// match says whether the expression is found; ok is false if it can't tell.
func (d *dfa) match(text []byte) (hit, ok bool) {
	if d.slow.Load() {
		return false, false
	}
	t := d.tables.Get().(*dfaTable)
	defer d.tables.Put(t)
	return t.match(text)
}

// States that are none: the table has not been asked for the next one yet,
// the expression was found, or the text has ended without.
const (
	dfaUnknown = iota
	dfaFound
	dfaNot
	dfaStart
)

// dfaTable is the states that one goroutine has met. A state goes by the place
// of its row in next.
type dfaTable struct {
	dfa     *dfa
	width   int     // classes, and one for the end
	next    []int32 // state + class to state
	states  []dfaState
	numbers map[string]int32
	starts  int // how often the table was begun from scratch

	// Of step, to be used again.
	stack, runes []uint32
	seen         []uint32 // in which step an instruction was seen last
	steps        uint32
	key          []byte
}

// dfaState is a set of places in the program, and the rune before: one of
// its kind, or -1 at the beginning of the text.
type dfaState struct {
	at   []uint32
	last rune
}

func newDFATable(d *dfa) *dfaTable {
	t := &dfaTable{dfa: d, width: len(d.bounds) + 1, seen: make([]uint32, len(d.prog.Inst))}
	t.clear()
	return t
}

func (t *dfaTable) clear() {
	t.numbers = map[string]int32{}
	t.states = make([]dfaState, dfaStart, 16)
	t.next = make([]int32, dfaStart*t.width)
	t.number(dfaState{last: -1})
}

// number returns the number of a state, and enters it if it is new.
func (t *dfaTable) number(s dfaState) int32 {
	t.key = binary.AppendVarint(t.key[:0], int64(s.last))
	for _, pc := range s.at {
		t.key = binary.AppendUvarint(t.key, uint64(pc))
	}
	if n, ok := t.numbers[string(t.key)]; ok {
		return n
	}
	n := int32(len(t.next))
	s.at = slices.Clone(s.at)
	t.states = append(t.states, s)
	t.next = append(t.next, make([]int32, t.width)...)
	t.numbers[string(t.key)] = n
	return n
}

func (t *dfaTable) match(text []byte) (hit, ok bool) {
	d, s, next := t.dfa, int32(dfaStart*t.width), t.next
	for i := 0; i < len(text); {
		class := 0
		if b := text[i]; b < utf8.RuneSelf {
			class = int(d.ascii[b])
			i++
		} else {
			r, size := utf8.DecodeRune(text[i:])
			class = d.class(r)
			i += size
		}
		n := next[int(s)+class]
		if n <= dfaFound {
			if n == dfaUnknown {
				n = t.step(s, class)
			}
			if n == dfaFound {
				return true, true
			}
			if len(t.next) > maxDFACells {
				if n, ok = t.restart(n); !ok {
					return false, false
				}
			}
			next = t.next
		}
		s = n
	}
	end := t.next[int(s)+t.width-1]
	if end == dfaUnknown {
		end = t.step(s, t.width-1)
	}
	return end == dfaFound, true
}

// restart forgets all states but s, or gives up.
func (t *dfaTable) restart(s int32) (int32, bool) {
	if t.starts++; t.starts > maxDFAStarts {
		t.dfa.slow.Store(true)
		return 0, false
	}
	state := t.states[int(s)/t.width]
	t.clear()
	return t.number(state), true
}

// step works out what follows on a state and a rune of the class.
func (t *dfaTable) step(s int32, class int) int32 {
	d, from := t.dfa, t.states[int(s)/t.width]
	r := rune(-1)
	if class < len(d.bounds) {
		r = d.bounds[class]
	}
	n := int32(dfaNot)
	if t.reach(from, syntax.EmptyOpContext(from.last, r)) {
		n = dfaFound
	} else if r >= 0 {
		next := dfaState{last: d.kind(r)}
		t.steps++
		for _, pc := range t.runes {
			inst := &d.prog.Inst[pc]
			if inst.MatchRune(r) && t.seen[inst.Out] != t.steps {
				t.seen[inst.Out] = t.steps
				next.at = append(next.at, inst.Out)
			}
		}
		slices.Sort(next.at)
		n = t.number(next)
	}
	t.next[int(s)+class] = n
	return n
}

// reach collects the instructions that take the next rune, and says whether
// the expression is found before it.
func (t *dfaTable) reach(from dfaState, context syntax.EmptyOp) bool {
	t.steps++
	prog := t.dfa.prog
	t.runes = t.runes[:0]
	t.stack = append(append(t.stack[:0], from.at...), uint32(prog.Start)) // it may begin anywhere
	for len(t.stack) > 0 {
		pc := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		if t.seen[pc] == t.steps {
			continue
		}
		t.seen[pc] = t.steps
		inst := &prog.Inst[pc]
		switch inst.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			t.stack = append(t.stack, inst.Out, inst.Arg)
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
	return false
}

// kind stands for all runes that mean the same to their right neighbour.
func (d *dfa) kind(r rune) rune {
	switch {
	case !d.empty, r != '\n' && !syntax.IsWordChar(r):
		return ' '
	case r == '\n':
		return r
	}
	return 'a'
}
