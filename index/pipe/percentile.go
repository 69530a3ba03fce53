package pipe

import (
	"fmt"
	"math"
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"
)

const (
	// exactValues is how many numbers of a group a percentile is worked out
	// of exactly: the smallest of which p percent are not above it.
	exactValues = 1 << 16
	// sketchError is how far, in proportion, a percentile of more numbers
	// may be from that.
	sketchError = 0.005
	// sketchBins bounds the memory of a sketch; at sketchError they cover a
	// range of numbers of 1 to 10^8 and more before the lowest are merged.
	sketchBins = 4096
	sketchSize = 8 * sketchBins
)

// percentiles is p95(x) and its like, of all values that are numbers. Up to
// exactValues numbers of a group are kept and the answer is exact; of more
// there is a DDSketch (https://arxiv.org/abs/1908.10693).
type percentiles struct {
	name, field string
	p           float64
	of          []percentile
	others      uint64 // values that are no numbers
	grown       int64
}

type percentile struct {
	kept   []float64
	sketch *ddsketch.DDSketch
}

func (c *percentiles) grow() { c.of = append(c.of, percentile{}); c.grown += 32 }

func (c *percentiles) add(g int, values [][]byte, n uint64) {
	for _, v := range values {
		f, ok := number(v)
		if !ok {
			c.others += n
			continue
		}
		for range n {
			c.one(g, f)
		}
	}
}

// one adds a number.
func (c *percentiles) one(g int, f float64) {
	e := &c.of[g]
	if e.sketch == nil && len(e.kept) < exactValues {
		before := cap(e.kept)
		e.kept = append(e.kept, f)
		c.grown += 8 * int64(cap(e.kept)-before)
		return
	}
	c.spread(e)
	c.sketched(e, f)
}

// spread moves the numbers of a group into a sketch.
func (c *percentiles) spread(e *percentile) {
	if e.sketch != nil {
		return
	}
	// The parameters are constants that are valid.
	e.sketch, _ = ddsketch.LogCollapsingLowestDenseDDSketch(sketchError, sketchBins)
	for _, f := range e.kept {
		c.sketched(e, f)
	}
	c.grown += sketchSize - 8*int64(cap(e.kept))
	e.kept = nil
}

// sketched adds a number to a sketch. What is too far from zero for one, or
// too near to it, counts as the nearest number that is not.
func (c *percentiles) sketched(e *percentile, f float64) {
	most := e.sketch.MaxIndexableValue()
	_ = e.sketch.Add(max(-most, min(most, f)))
}

func (c *percentiles) merge(g int, from column, o int) {
	other := from.(*percentiles)
	c.others, other.others = c.others+other.others, 0
	e, f := &c.of[g], &other.of[o]
	if e.sketch == nil && f.sketch == nil && len(e.kept)+len(f.kept) <= exactValues {
		before := cap(e.kept)
		e.kept = append(e.kept, f.kept...)
		c.grown += 8 * int64(cap(e.kept)-before)
		return
	}
	c.spread(e)
	for _, v := range f.kept {
		c.sketched(e, v)
	}
	if f.sketch != nil {
		// Both have the same mapping, so this can't fail.
		_ = e.sketch.MergeWith(f.sketch)
	}
}

func (c *percentiles) cell(g int) Cell {
	e := &c.of[g]
	switch {
	case e.sketch != nil:
		n := e.sketch.GetCount()
		rank := math.Ceil(c.p*n) - 1
		v, err := e.sketch.GetValueAtQuantile(rank / (n - 1))
		if err != nil {
			return Cell{}
		}
		return Number(v)
	case len(e.kept) == 0:
		return Cell{}
	}
	slices.Sort(e.kept)
	return Number(e.kept[int(math.Ceil(c.p*float64(len(e.kept))))-1])
}

func (c *percentiles) bytes() (n int64) { n, c.grown = c.grown, 0; return n }

func (c *percentiles) note() string {
	about := 0
	for i := range c.of {
		if c.of[i].sketch != nil {
			about++
		}
	}
	text := noNumbers(c.name, c.field, c.others)
	if about > 0 {
		if text != "" {
			text += "; "
		}
		text += fmt.Sprintf("%s of more than %d numbers is within %g %%", c.name, exactValues, 100*sketchError)
	}
	return text
}
