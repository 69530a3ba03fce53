package query

import (
	"cmp"
	"slices"
)

// maxMarks bounds how many places are marked in one text.
const maxMarks = 10_000

// Marks says where in text, which is written with escapes e, the words,
// addresses and regular expressions of n stand, also those behind a field's
// name; but not what stands under a NOT. Spans come in ascending order and
// do not touch each other. At most some ten thousand places are marked.
func Marks(n Node, text []byte, e Escapes) []Span {
	root, ok := n.(expr)
	if !ok {
		return nil
	}
	m := &marker{text: text, e: e}
	root.mark(m)
	slices.SortFunc(m.spans, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	var merged []Span
	for _, s := range m.spans {
		if last := len(merged) - 1; last >= 0 && s.Start <= merged[last].End {
			merged[last].End = max(merged[last].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// marker collects the places that a query means in one text.
type marker struct {
	text  []byte
	e     Escapes
	spans []Span
}

// add says whether there is room for more.
func (m *marker) add(place Span) bool {
	if place.Start < place.End && len(m.spans) < maxMarks {
		m.spans = append(m.spans, place)
	}
	return len(m.spans) < maxMarks
}

// glob marks a text, and on the side of an open end the rest of the name or
// number that it stands in.
func (m *marker) glob(g *glob) {
	g.each(m.text, m.e, func(place Span) bool {
		if g.left {
			place.Start = m.widenLeft(place.Start)
		}
		if g.right {
			place.End = m.widenRight(place.End)
		}
		return m.add(place)
	})
}

func (m *marker) widenLeft(i int) int {
	for i > 0 && m.joins(i-1, i-2) && (m.e != JSONEscapes || escapeBefore(m.text, i, m.e) < 0) {
		i--
	}
	return i
}

func (m *marker) widenRight(i int) int {
	for i < len(m.text) && m.joins(i, i+1) {
		i++
	}
	return i
}

// joins says whether text[i] belongs to a name or number that goes on at
// text[next]: a word byte, or one of . : - with a word byte behind it.
func (m *marker) joins(i, next int) bool {
	if IsWord(m.text[i]) {
		return true
	}
	return class[m.text[i]]&isMark != 0 && next >= 0 && next < len(m.text) && IsWord(m.text[next])
}
