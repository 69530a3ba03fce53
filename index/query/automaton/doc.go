// Package automaton runs regular expressions at a table look-up a byte: states
// are lists of places in Go's own program of the expression, made when a text
// first leads to them, so an expression means what it means in package regexp.
// A Matcher says whether one is found, a Finder where. Tables are bounded; an
// expression that needs more is left to package regexp.
package automaton

// Options bound what an expression may cost. The zero value is ready to use.
type Options struct {
	// Cells is how large a table may grow before it is begun from scratch, in
	// steps of 4 bytes. Every goroutine that runs the expression at the same
	// time has its own. 0: 32,768.
	Cells int
}

func (o Options) cells() int {
	if o.Cells <= 0 {
		return 1 << 15
	}
	return o.Cells
}

const (
	maxProgram = 2_000 // instructions
	maxClasses = 200   // of runes
	maxStarts  = 8     // of a table from scratch, then the expression is slow
)
