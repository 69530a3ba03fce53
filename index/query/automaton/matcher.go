package automaton

import (
	"regexp/syntax"
	"sync"
	"sync/atomic"
)

// Matcher says whether an expression is found in a text, and nothing else. It
// may be used by many goroutines.
type Matcher struct {
	program *automaton
	tables  sync.Pool   // of *table
	slow    atomic.Bool // it has too many states
}

// NewMatcher returns the matcher of a parsed expression, or nil for one that
// would make too large a table.
func NewMatcher(tree *syntax.Regexp, o Options) *Matcher {
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil
	}
	m := &Matcher{program: newAutomaton(prog, anywhere, o)}
	if m.program == nil {
		return nil
	}
	m.tables.New = func() any {
		t := &table{}
		t.reset(m.program)
		return t
	}
	return m
}

// Match says whether the expression is found; ok is false if the matcher
// can't tell: it is nil, or has given up because the expression has too many
// states.
func (m *Matcher) Match(text []byte) (hit, ok bool) {
	if m == nil || m.slow.Load() {
		return false, false
	}
	t := m.tables.Get().(*table)
	defer m.tables.Put(t)
	// A table's starts are counted over all its texts: most texts are lines,
	// each too short to begin it often.
	if hit = t.any(text); t.lost {
		m.slow.Store(true)
		return false, false
	}
	return hit, true
}
