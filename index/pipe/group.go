package pipe

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// budget is the memory that one run of stages may take.
type budget struct {
	limit int64
	used  atomic.Int64
	// stopped says that nobody waits for the run any more; nil is never.
	stopped func() error
}

// check is asked now and then by what may take long.
func (b *budget) check() error {
	if b.stopped == nil {
		return nil
	}
	return b.stopped()
}

// account is one worker's share of a budget. It is settled from time to time
// only, since workers would else wait for each other.
type account struct {
	budget *budget
	stage  stageName
	what   string // of which there are too many
	open   int64
}

const settleBytes = 64 << 10

// take books memory that was taken; an error says that it is too much.
func (a *account) take(n int64) error {
	if a.open += n; a.open < settleBytes && a.open > -settleBytes {
		return nil
	}
	return a.settle()
}

func (a *account) settle() error {
	used := a.budget.used.Add(a.open)
	a.open = 0
	if used > a.budget.limit {
		return &Error{Stage: a.stage.number, Text: a.stage.text, TooMuch: true, Reason: fmt.Sprintf(
			"more than %s of memory for %s; narrow the time range, add a condition, or use a field with fewer values",
			byteCount(a.budget.limit), a.what)}
	}
	return nil
}

// stageName says which stage of a search is meant.
type stageName struct {
	number int // from 1
	text   string
}

// grouping is what a grouper does: how rows are told apart and what is worked
// out of them. It is shared by all workers.
type grouping struct {
	by   []int // fields by number
	aggs []query.Agg
	of   []int         // the field of every agg; -1 none
	span time.Duration // of timechart; 0: times do not tell rows apart
}

// grouper puts rows into groups. One goroutine uses it.
type grouper struct {
	*grouping
	account
	groups  map[string]int32
	keys    []string
	rows    []uint64 // of each group
	columns []column
	without uint64 // rows that lack a field of by
	with    uint64 // rows that have them all
	// other are the groups, by step, of a chart's values without a series of
	// their own; see chart.fold.
	other map[string]int32

	key  []byte
	last int32      // the group of the row before
	args [][][]byte // of the row: what each column takes
	work int        // values that were added since somebody was asked to go on
}

func newGrouper(g *grouping, a account) *grouper {
	r := &grouper{grouping: g, account: a, groups: map[string]int32{}, last: -1}
	r.what = "groups and their values"
	for _, agg := range g.aggs {
		r.columns = append(r.columns, newColumn(agg))
	}
	return r
}

// groupBytes is about what a group takes besides its key and its numbers.
const groupBytes = 72

// maxCombinations bounds the groups of one row: lists in several fields.
const maxCombinations = 1 << 16

// add adds n rows that are alike in every field that is asked for.
func (g *grouper) add(s source, n uint64) error {
	g.key = g.key[:0]
	if g.span > 0 {
		at, ok := s.when()
		if !ok {
			g.without += n
			return nil
		}
		g.key = appendStep(g.key, index.StepAt(g.span, time.Unix(0, at)))
	}
	switch len(g.by) {
	case 0:
		g.with += n
		g.read(s)
		return g.row(g.key, n)
	case 1:
		return g.addOne(s, n)
	}
	return g.addMany(s, n)
}

// appendStep writes the step that a key begins with.
func appendStep(key []byte, step time.Time) []byte {
	return binary.BigEndian.AppendUint64(key, uint64(step.UnixNano()))
}

func stepKey(step time.Time) string { return string(appendStep(nil, step)) }

// addOne adds rows that are told apart by one field, whose value ends the key.
func (g *grouper) addOne(s source, n uint64) error {
	values := s.values(g.by[0])
	if len(values) == 0 {
		g.without += n
		return nil
	}
	g.with += n
	g.read(s)
	from := len(g.key)
	for _, v := range different(values) {
		g.key = append(g.key[:from], v...)
		if err := g.row(g.key, n); err != nil {
			return err
		}
	}
	return nil
}

// fewValues are compared one by one. A line may have a list of a hundred
// thousand.
const fewValues = 16

// different returns each value of a list once: a row counts once for each of
// its values, however often it has it.
func different(values [][]byte) [][]byte {
	if len(values) < 2 {
		return values
	}
	list := make([][]byte, 0, len(values))
	if len(values) <= fewValues {
		for _, v := range values {
			if !slices.ContainsFunc(list, func(o []byte) bool { return string(o) == string(v) }) {
				list = append(list, v)
			}
		}
		return list
	}
	seen := make(map[string]struct{}, len(values))
	for _, v := range values {
		if _, ok := seen[string(v)]; !ok {
			seen[string(v)] = struct{}{}
			list = append(list, v)
		}
	}
	return list
}

// addMany adds rows to the group of every combination of the values of
// several fields; each stands in the key behind its length.
func (g *grouper) addMany(s source, n uint64) error {
	keys := [][]byte{slices.Clone(g.key)}
	for _, field := range g.by {
		values := s.values(field)
		if len(values) == 0 {
			g.without += n
			return nil
		}
		values = different(values)
		if len(values) > maxCombinations/len(keys) {
			return &Error{Stage: g.stage.number, Text: g.stage.text, TooMuch: true,
				Reason: fmt.Sprintf("one entry has more than %d combinations of the values of its lists", maxCombinations)}
		}
		next := make([][]byte, 0, len(keys)*len(values))
		for _, v := range values {
			for _, k := range keys {
				k = binary.AppendUvarint(slices.Clip(k), uint64(len(v)))
				next = append(next, append(k, v...))
			}
		}
		keys = next
	}
	g.with += n
	g.read(s)
	for _, k := range keys {
		if err := g.row(k, n); err != nil {
			return err
		}
	}
	return nil
}

// read reads what the columns take of a row, once for all of its groups.
func (g *grouper) read(s source) {
	g.args = g.args[:0]
	for _, of := range g.of {
		var values [][]byte
		if of >= 0 {
			values = s.values(of)
		}
		g.args = append(g.args, values)
	}
}

// workBetween is how many values are added before somebody is asked whether
// to go on: one line may have lists that take minutes.
const workBetween = 1 << 16

// row adds what was read of a row to the group of a key.
func (g *grouper) row(key []byte, n uint64) error {
	i, err := g.group(key)
	if err != nil {
		return err
	}
	g.rows[i] += n
	for c, values := range g.args {
		g.columns[c].add(int(i), values, n)
		g.work += len(values)
	}
	if g.work++; g.work >= workBetween {
		g.work = 0
		if err := g.budget.check(); err != nil {
			return err
		}
	}
	return g.grew(0)
}

// group returns the number of the group of a key.
func (g *grouper) group(key []byte) (int32, error) {
	if g.last >= 0 && g.keys[g.last] == string(key) {
		return g.last, nil
	}
	i, ok := g.groups[string(key)]
	if !ok {
		i = int32(len(g.keys))
		k := string(key)
		g.groups[k], g.keys, g.rows = i, append(g.keys, k), append(g.rows, 0)
		for _, c := range g.columns {
			c.grow()
		}
		if err := g.grew(groupBytes + int64(len(k))); err != nil {
			return i, err
		}
	}
	g.last = i
	return i, nil
}

// grew books n bytes and what the columns have taken.
func (g *grouper) grew(n int64) error {
	for _, c := range g.columns {
		n += c.bytes()
	}
	return g.take(n)
}

// merge adds the groups of another grouper, which must not be used any more.
func (g *grouper) merge(o *grouper) error {
	g.without += o.without
	g.with += o.with
	if err := o.settle(); err != nil {
		return err
	}
	for other, key := range o.keys {
		i, err := g.group([]byte(key))
		if err != nil {
			return err
		}
		g.join(int(i), o, other)
		if err := g.grew(0); err != nil {
			return err
		}
	}
	return nil
}

// join adds a group of another grouper, or of this one, to a group.
func (g *grouper) join(group int, o *grouper, other int) {
	g.rows[group] += o.rows[other]
	for c := range g.columns {
		g.columns[c].merge(group, o.columns[c], other)
	}
}

// by returns the values that a key is made of.
func (g *grouping) values(key string) (at int64, values []string) {
	if g.span > 0 {
		at, key = int64(binary.BigEndian.Uint64([]byte(key[:8]))), key[8:]
	}
	switch len(g.by) {
	case 0:
	case 1:
		values = []string{key}
	default:
		for range g.by {
			n, w := binary.Uvarint([]byte(key[:min(len(key), binary.MaxVarintLen64)]))
			values = append(values, key[w:w+int(n)])
			key = key[w+int(n):]
		}
	}
	return at, values
}

// notes are what must be known of the numbers.
func (g *grouper) notes() []string {
	var all []string
	for _, c := range g.columns {
		if n := c.note(); n != "" {
			all = append(all, n)
		}
	}
	return all
}

// groupVisitor groups what a scan shows it.
type groupVisitor struct {
	*grouper
	entries *entries
	fine    bool // every time counts
}

var _ index.Visitor = (*groupVisitor)(nil)

func newGroupVisitor(r *rowwise, g *grouping, a account) *groupVisitor {
	v := &groupVisitor{grouper: newGrouper(g, a), entries: newEntries(r)}
	v.fine = slices.Contains(r.fields.names, timeField) || slices.Contains(r.fields.names, guessedField)
	return v
}

// NeedsText implements index.Visitor.
func (v *groupVisitor) NeedsText(s *index.Stream) bool { return v.entries.stream(s).needText }

// Whole implements index.Visitor.
func (v *groupVisitor) Whole(first, last time.Time) bool {
	return !v.fine && (v.span == 0 || index.StepAt(v.span, first).Equal(index.StepAt(v.span, last)))
}

// Count implements index.Visitor.
func (v *groupVisitor) Count(s *index.Stream, first, _ time.Time, n uint64) {
	v.entries.set(&index.Entry{Stream: s, Time: first})
	// What does not fit any more is found out at the next entry, or when the
	// groups are merged.
	_ = v.grouper.add(v.entries, n)
}

// Visit implements index.Visitor.
func (v *groupVisitor) Visit(e *index.Entry) error {
	if !v.entries.set(e) {
		return nil
	}
	return v.grouper.add(v.entries, 1)
}
