package actionables

import (
	"encoding/binary"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// machine finds what package regexp finds, at a table look-up a byte: one
// automaton walks forward to where a match ends, another one, of the reversed
// expression, back to where it begins. States are lists of places in Go's own
// programs of the expressions, made when they are met. It may be used by many
// goroutines.
type machine struct {
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

const (
	maxMachineProgram = 2_000   // instructions
	maxMachineClasses = 200     // of runes
	maxMachineCells   = 1 << 15 // of a table, 4 bytes each
	maxMachineStarts  = 8       // of a table from scratch in one text, then the machine is slow
)

// newMachine returns the machine of a pattern that compiles.
func newMachine(re *regexp.Regexp) *machine {
	m := &machine{re: re}
	for i, name := range re.SubexpNames() {
		if name != "" {
			m.groups = append(m.groups, i)
		}
	}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return m
	}
	whole := tree.Op == syntax.OpCapture && tree.Name != "" // the group that counts is the match
	tree = tree.Simplify()
	prog, err := syntax.Compile(tree)
	if err != nil {
		return m
	}
	if len(m.groups) > 0 && !whole {
		m.capture = prog
	}
	m.forward = newAutomaton(prog, false)
	if prog, err = syntax.Compile(reversed(tree)); err == nil && m.forward != nil {
		m.backward = newAutomaton(prog, true)
	}
	if m.backward == nil {
		m.forward = nil
	}
	m.tables.New = func() any {
		p := &pair{}
		p.forward.reset(m.forward)
		p.backward.reset(m.backward)
		return p
	}
	return m
}

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

// span is a place in a text, in bytes.
type span struct{ start, end int }

// find appends the places of the values of the first matches, most of them at
// the most, as regexp.FindAllSubmatchIndex gives them. Empty values are left
// out.
func (m *machine) find(text []byte, most int, found []span) []span {
	if m.forward == nil || m.slow.Load() {
		return m.plain(text, most, found)
	}
	p := m.tables.Get().(*pair)
	defer m.tables.Put(p)
	p.forward.starts, p.backward.starts = 0, 0
	known := len(found)
	for from := 0; from < len(text) && len(found)-known < most; {
		start, end := p.next(text, from)
		if end < 0 {
			break
		}
		value := span{start, end}
		if m.capture != nil && start < end {
			value = p.back.value(m, text, value)
		}
		if value.start < value.end {
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
		m.slow.Store(true)
	}
	p.back.lost = false
	return m.plain(text, most, found[:known])
}

// plain is find by package regexp.
func (m *machine) plain(text []byte, most int, found []span) []span {
	if m.re.MatchString("") {
		most = -1 // empty matches don't count
	}
	if len(m.groups) == 0 {
		for _, at := range m.re.FindAllIndex(text, most) {
			if at[0] < at[1] {
				found = append(found, span{at[0], at[1]})
			}
		}
		return found
	}
	for _, at := range m.re.FindAllSubmatchIndex(text, most) {
		if s := m.named(at); s.start < s.end {
			found = append(found, s)
		}
	}
	return found
}

// named is the first group with a name that took part, or the whole match.
func (m *machine) named(at []int) span {
	for _, g := range m.groups {
		if at[2*g] >= 0 {
			return span{at[2*g], at[2*g+1]}
		}
	}
	return span{at[0], at[1]}
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

// automaton is what the tables of one program share.
type automaton struct {
	prog *syntax.Prog
	// longest: a match begins where the text does, and the longest counts.
	// Else one may begin anywhere, and the first of the leftmost counts.
	longest bool
	empty   bool // the program looks at neighbours: ^ $ \b
	// Runes that the program can't tell apart are of one class: class i begins
	// at bounds[i]. Behind the last stands the class of the text's end.
	bounds []rune
	ascii  [utf8.RuneSelf]uint8
	// first are the bytes that a match may begin with; nil: any, or it may be
	// empty.
	first *[256]bool
}

// newAutomaton returns nil for programs that would make too large a table.
func newAutomaton(prog *syntax.Prog, longest bool) *automaton {
	if len(prog.Inst) > maxMachineProgram {
		return nil
	}
	a := &automaton{prog: prog, longest: longest}
	a.bounds = []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1, utf8.RuneSelf}
	for i := range prog.Inst {
		a.empty = a.empty || prog.Inst[i].Op == syntax.InstEmptyWidth
		a.bound(&prog.Inst[i])
		if len(a.bounds) < 8*maxMachineClasses && i < len(prog.Inst)-1 {
			continue
		}
		slices.Sort(a.bounds)
		if a.bounds = slices.Compact(a.bounds); len(a.bounds) > maxMachineClasses {
			return nil
		}
	}
	for b := range a.ascii {
		a.ascii[b] = uint8(a.class(rune(b)))
	}
	if !longest {
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

// table is the states that one goroutine has met of an automaton. A state
// goes by the place of its row in next.
type table struct {
	*automaton
	width   int      // classes, and one for the end
	next    []uint32 // state + class to step; 0: not asked for yet
	states  []state
	numbers map[string]uint32
	begins  [4]uint32 // by kind of the rune before; dead: not asked for yet
	starts  int       // how often the table was begun from scratch in this text
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
		s := state{last: kind, open: !t.longest}
		if t.longest {
			s.at = []uint32{uint32(t.prog.Start)}
		}
		*known = t.number(s)
	}
	return *known
}

// forward returns where the first of the leftmost matches ends that begins at
// or behind from, or -1.
func (t *table) forward(text []byte, from int) int {
	last := rune(-1)
	if from > 0 {
		last, _ = utf8.DecodeLastRune(text[:from])
	}
	s, end := t.begin(last), -1
	for i := from; i < len(text); {
		class, size := 0, 1
		if b := text[i]; b < utf8.RuneSelf {
			class = int(t.ascii[b])
		} else {
			var r rune
			r, size = utf8.DecodeRune(text[i:])
			class = t.class(r)
		}
		n := t.next[int(s)+class]
		if n == 0 {
			if n = t.step(s, class); n == 0 {
				return -1
			}
		}
		if n&stepMatch != 0 {
			end = i
		}
		if s = n & stepState; s == dead {
			return end
		}
		i += size
		if n&stepIdle != 0 && i < len(text) && !t.first[text[i]] {
			for i < len(text) && !t.first[text[i]] {
				i++
			}
			// All the skipped are ASCII, so this is a whole character.
			s = t.begin(rune(text[i-1]))
		}
	}
	switch n := t.ending(s); {
	case n == 0:
		return -1
	case n&stepMatch != 0:
		return len(text)
	}
	return end
}

// backward returns where the longest match begins that ends at end and begins
// at or behind from, or -1.
func (t *table) backward(text []byte, from, end int) int {
	last := rune(-1)
	if end < len(text) {
		last, _ = utf8.DecodeRune(text[end:])
	}
	s, start := t.begin(last), -1
	for i := end; ; {
		class, size := t.width-1, 0
		if i > 0 {
			var r rune
			r, size = rune(text[i-1]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeLastRune(text[:i])
				class = t.class(r)
			} else {
				class = int(t.ascii[r])
			}
		}
		n := t.next[int(s)+class]
		if n == 0 {
			if n = t.step(s, class); n == 0 {
				return -1
			}
		}
		if n&stepMatch != 0 {
			start = i
		}
		if s = n & stepState; s == dead || i <= from {
			return start
		}
		i -= size
	}
}

// ending is the step at the end of the text.
func (t *table) ending(s uint32) uint32 {
	if n := t.next[int(s)+t.width-1]; n != 0 {
		return n
	}
	return t.step(s, t.width-1)
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
	if r >= 0 {
		next := state{last: t.kind(r), open: from.open && !matched}
		t.steps++
		for _, pc := range t.runes {
			inst := &t.prog.Inst[pc]
			if inst.MatchRune(r) && t.seen[inst.Out] != t.steps {
				t.seen[inst.Out] = t.steps
				next.at = append(next.at, inst.Out)
			}
		}
		if t.longest {
			slices.Sort(next.at)
		}
		if len(t.next) > maxMachineCells {
			if t.starts++; t.starts > maxMachineStarts {
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
			if !t.longest {
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
