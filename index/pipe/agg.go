package pipe

import (
	"math"
	"strconv"
	"strings"

	"spoor/index/query"
)

// column works out one number for each of many groups. Groups are numbered
// from 0; grow is called before a new one is used. Values are the values of
// the column's field in one entry, none if it lacks it, and n is how many
// such entries there are.
type column interface {
	grow()
	add(group int, values [][]byte, n uint64)
	// merge adds what another column of its kind knows of its group o.
	merge(group int, from column, o int)
	cell(group int) Cell
	// bytes is about the memory that was taken since it was asked last.
	bytes() int64
	// note says what must be known of the column, or nothing.
	note() string
}

// newColumn returns the column of an aggregation.
func newColumn(a query.Agg) column {
	switch a.Func {
	case "count":
		return &counts{field: a.Field != ""}
	case "dc":
		return &distinct{}
	case "sum", "avg":
		return &sums{name: a.Name(), field: a.Field, mean: a.Func == "avg"}
	case "min", "max":
		return &extremes{greatest: a.Func == "max", time: a.Field == timeField}
	}
	p, err := strconv.Atoi(strings.TrimPrefix(a.Func, "p"))
	if err != nil || p < 1 || p > 99 || !strings.HasPrefix(a.Func, "p") {
		return nil
	}
	return &percentiles{name: a.Name(), field: a.Field, p: float64(p) / 100}
}

// counts is count(), or count(x): the entries that have x.
type counts struct {
	field bool
	n     []uint64
	grown int64
}

func (c *counts) grow() { c.n = append(c.n, 0); c.grown += 8 }

func (c *counts) add(g int, values [][]byte, n uint64) {
	if !c.field || len(values) > 0 {
		c.n[g] += n
	}
}

func (c *counts) merge(g int, from column, o int) { c.n[g] += from.(*counts).n[o] }
func (c *counts) cell(g int) Cell                 { return Number(float64(c.n[g])) }
func (c *counts) bytes() (n int64)                { n, c.grown = c.grown, 0; return n }
func (c *counts) note() string                    { return "" }

// distinct is dc(x): how many different values there are, exactly.
type distinct struct {
	sets  []map[string]struct{}
	grown int64
}

// setEntry is about what a value takes in a set besides its bytes.
const setEntry = 40

func (c *distinct) grow() { c.sets = append(c.sets, nil); c.grown += 8 }

func (c *distinct) add(g int, values [][]byte, _ uint64) {
	for _, v := range values {
		if _, ok := c.sets[g][string(v)]; !ok {
			c.keep(g, string(v))
		}
	}
}

func (c *distinct) keep(g int, v string) {
	if c.sets[g] == nil {
		c.sets[g] = map[string]struct{}{}
		c.grown += setEntry
	}
	c.sets[g][v] = struct{}{}
	c.grown += setEntry + int64(len(v))
}

func (c *distinct) merge(g int, from column, o int) {
	other := from.(*distinct).sets[o]
	if len(other) > len(c.sets[g]) {
		c.sets[g], other = other, c.sets[g]
	}
	for v := range other {
		if _, ok := c.sets[g][v]; !ok {
			c.keep(g, v)
		}
	}
}

func (c *distinct) cell(g int) Cell  { return Number(float64(len(c.sets[g]))) }
func (c *distinct) bytes() (n int64) { n, c.grown = c.grown, 0; return n }
func (c *distinct) note() string     { return "" }

// sum is a sum of numbers with what rounding has lost of it (Neumaier,
// https://doi.org/10.1002/zamm.19740540106), so that the order in which
// workers add does not show.
type sum struct {
	total, lost float64
	n           uint64
}

func (s *sum) add(f float64) {
	t := s.total + f
	if math.Abs(s.total) >= math.Abs(f) {
		s.lost += (s.total - t) + f
	} else {
		s.lost += (f - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }

// sums is sum(x) and avg(x), of all values that are numbers.
type sums struct {
	name, field string
	mean        bool
	of          []sum
	others      uint64 // values that are no numbers
	grown       int64
}

func (c *sums) grow() { c.of = append(c.of, sum{}); c.grown += 24 }

func (c *sums) add(g int, values [][]byte, n uint64) {
	for _, v := range values {
		f, ok := number(v)
		if !ok {
			c.others += n
			continue
		}
		c.of[g].add(f * float64(n))
		c.of[g].n += n
	}
}

func (c *sums) merge(g int, from column, o int) {
	other := from.(*sums)
	c.of[g].add(other.of[o].total)
	c.of[g].lost += other.of[o].lost
	c.of[g].n += other.of[o].n
	c.others, other.others = c.others+other.others, 0
}

func (c *sums) cell(g int) Cell {
	s := &c.of[g]
	switch {
	case s.n == 0:
		return Cell{}
	case c.mean:
		return Number(s.value() / float64(s.n))
	}
	return Number(s.value())
}

func (c *sums) bytes() (n int64) { n, c.grown = c.grown, 0; return n }
func (c *sums) note() string     { return noNumbers(c.name, c.field, c.others) }

func noNumbers(name, field string, others uint64) string {
	if others == 0 {
		return ""
	}
	return name + " leaves out " + plural(others, "value") + " of " + field + " that are no numbers"
}

// extremes is min(x) and max(x): of the numbers if there is one, else of the
// texts, byte for byte.
type extremes struct {
	greatest bool
	time     bool // the values are times
	of       []extreme
	grown    int64
}

type extreme struct {
	has  bool // a number
	num  float64
	some bool // a text
	text string
}

func (c *extremes) grow() { c.of = append(c.of, extreme{}); c.grown += 48 }

func (c *extremes) add(g int, values [][]byte, _ uint64) {
	e := &c.of[g]
	for _, v := range values {
		if f, ok := number(v); ok {
			c.number(e, f)
			continue
		}
		if !e.has && (!e.some || c.greatest == (string(v) > e.text) && string(v) != e.text) {
			c.grown += int64(len(v) - len(e.text))
			e.some, e.text = true, string(v)
		}
	}
}

func (c *extremes) number(e *extreme, f float64) {
	if !e.has || c.greatest && f > e.num || !c.greatest && f < e.num {
		e.has, e.num = true, f
	}
}

func (c *extremes) merge(g int, from column, o int) {
	e, other := &c.of[g], from.(*extremes).of[o]
	if other.has {
		c.number(e, other.num)
	}
	if other.some && (!e.some || c.greatest == (other.text > e.text) && other.text != e.text) {
		e.some, e.text = true, other.text
	}
}

func (c *extremes) cell(g int) Cell {
	switch e := c.of[g]; {
	case e.has:
		return Number(e.num)
	case e.some && c.time:
		return Cell{kind: timeCell, text: e.text}
	case e.some:
		return Text(e.text)
	}
	return Cell{}
}

func (c *extremes) bytes() (n int64) { n, c.grown = c.grown, 0; return n }
func (c *extremes) note() string     { return "" }
