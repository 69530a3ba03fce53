package automaton

import (
	"regexp/syntax"
	"unicode/utf8"
)

// maxBacktrack bounds the places times instructions that are looked at to find
// the groups of one match, each once.
const maxBacktrack = 1 << 18

// backtracker finds which part of a match is the group that counts.
type backtracker struct {
	visited []uint32 // bits, of instruction times place
	jobs    []job
	groups  []int // where each group begins and ends
	lost    bool  // the match is too long
}

// job is a place that is still to be tried: the instruction, and where; or,
// with a negative instruction, a group's edge to be set back.
type job struct{ pc, at, old int }

// value returns the part of the match that counts. The match is at, as the
// automata have found it, so the first way through the program that ends where
// it ends is the one that package regexp would take.
func (b *backtracker) value(f *Finder, text []byte, at Span) Span {
	prog, width := f.capture, at.End-at.Start+1
	if len(prog.Inst)*width > maxBacktrack {
		b.lost = true
		return at
	}
	b.clear(len(prog.Inst)*width, prog.NumCap)
	b.groups[0], b.groups[1] = at.Start, at.End
	b.jobs = append(b.jobs[:0], job{pc: prog.Start, at: at.Start})
	for len(b.jobs) > 0 {
		j := b.jobs[len(b.jobs)-1]
		b.jobs = b.jobs[:len(b.jobs)-1]
		if j.pc < 0 {
			b.groups[-j.pc-1] = j.old
			continue
		}
		if b.walk(prog, text, at, j) {
			return f.named(b.groups)
		}
	}
	b.lost = true // it can't be: the match is there
	return at
}

func (b *backtracker) clear(bits, groups int) {
	words := (bits + 31) / 32
	if cap(b.visited) < words {
		b.visited = make([]uint32, words)
	}
	b.visited = b.visited[:words]
	clear(b.visited)
	b.groups = b.groups[:0]
	for range groups {
		b.groups = append(b.groups, -1)
	}
}

// walk goes on from a job as far as it comes, and says whether it reaches the
// end of the match.
func (b *backtracker) walk(prog *syntax.Prog, text []byte, m Span, j job) bool {
	width := m.End - m.Start + 1
	for pc, at := j.pc, j.at; ; {
		bit := pc*width + at - m.Start
		if b.visited[bit/32]&(1<<(bit%32)) != 0 {
			return false
		}
		b.visited[bit/32] |= 1 << (bit % 32)
		inst := &prog.Inst[pc]
		switch inst.Op {
		case syntax.InstMatch:
			return at == m.End
		case syntax.InstFail:
			return false
		case syntax.InstAlt, syntax.InstAltMatch:
			b.jobs = append(b.jobs, job{pc: int(inst.Arg), at: at})
			pc = int(inst.Out)
		case syntax.InstCapture:
			if g := int(inst.Arg); g < len(b.groups) {
				b.jobs = append(b.jobs, job{pc: -g - 1, old: b.groups[g]})
				b.groups[g] = at
			}
			pc = int(inst.Out)
		case syntax.InstNop:
			pc = int(inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^around(text, at) != 0 {
				return false
			}
			pc = int(inst.Out)
		default:
			if at >= m.End {
				return false
			}
			r, size := rune(text[at]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRune(text[at:])
			}
			if !inst.MatchRune(r) {
				return false
			}
			pc, at = int(inst.Out), at+size
		}
	}
}

// around is what holds at a place in a text.
func around(text []byte, at int) syntax.EmptyOp {
	before, after := rune(-1), rune(-1)
	if at > 0 {
		before, _ = utf8.DecodeLastRune(text[:at])
	}
	if at < len(text) {
		after, _ = utf8.DecodeRune(text[at:])
	}
	return syntax.EmptyOpContext(before, after)
}
