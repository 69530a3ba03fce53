package actionables

import (
	"slices"
	"strings"
	"unicode/utf8"

	"spoor/index/query"
)

// Segment is a piece of a text as the page shows it.
type Segment struct {
	// Text is the piece; bytes that are not UTF-8 stand as U+FFFD in it.
	Text string `json:"t"`
	// Marked says that the query matched here.
	Marked bool `json:"m,omitempty"`
	// Actionables are those that match here, each with the value that its
	// actions get. A match may go on in the next segment.
	Actionables []Ref `json:"a,omitempty"`
}

// Refs are the values of a text at a place, without where they stand: for a
// cell of a table, which is one word for the page.
func (m *Matcher) Refs(text string, at Place) []Ref {
	var all []Ref
	for _, hit := range m.ScanAt([]byte(text), at) {
		if r := (Ref{hit.ID, hit.Value}); !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// Ref is an actionable with the value that its actions get.
type Ref struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// Show returns text as it is shown: every byte that is not UTF-8 as U+FFFD.
// lossy says that there were such bytes.
func Show(text []byte) (shown string, lossy bool) {
	if utf8.Valid(text) {
		return string(text), false
	}
	var b strings.Builder
	b.Grow(len(text) + 2)
	for _, r := range string(text) {
		b.WriteRune(r) // one U+FFFD a byte, wherever the text is cut
	}
	return b.String(), true
}

// Cut cuts a text where marks and matches begin and end, so the pieces joined
// are what Show returns for it. Marks and matches may overlap and come in any
// order; what lies outside of the text is left out. A cut inside a character
// moves so that the character is marked as a whole. The result is never nil.
func Cut(text []byte, marks []query.Span, matches []Match) []Segment {
	edges := make([]edge, 0, 2*(len(marks)+len(matches))+2)
	add := func(start, end, match int) {
		start, end = max(start, 0), min(end, len(text))
		if start >= end {
			return
		}
		edges = append(edges, edge{runeStart(text, start), match, true}, edge{runeEnd(text, end), match, false})
	}
	for _, m := range marks {
		add(m.Start, m.End, mark)
	}
	for i, m := range matches {
		add(m.Start, m.End, i)
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return a.at - b.at })
	s := sweep{text: text, matches: matches, out: make([]Segment, 0, len(edges)+1)}
	for _, e := range edges {
		s.to(e.at)
		s.pass(e)
	}
	s.to(len(text))
	return s.out
}

// edge is the place where a match begins or ends.
type edge struct {
	at    int
	match int // its number, or mark
	open  bool
}

// maxRefs bounds the references of one text in bytes. A long match under many
// marks repeats its value in every piece; beyond this the pieces have none.
const maxRefs = 1 << 20

// mark stands for the query's marks among the matches.
const mark = -1

// sweep walks over the edges of a text.
type sweep struct {
	text    []byte
	matches []Match
	at      int
	marks   int   // open here
	open    []int // matches open here, ascending
	spent   int   // bytes of the references so far
	out     []Segment
}

// to ends a segment at a place, if anything lies before it.
func (s *sweep) to(at int) {
	if at <= s.at {
		return
	}
	shown, _ := Show(s.text[s.at:at])
	seg := Segment{Text: shown, Marked: s.marks > 0}
	if len(s.open) > 0 {
		seg.Actionables = make([]Ref, 0, len(s.open))
	}
	for _, i := range s.open {
		if m := &s.matches[i]; s.spent < maxRefs {
			s.spent += len(m.ID) + len(m.Value)
			seg.Actionables = append(seg.Actionables, Ref{m.ID, m.Value})
		}
	}
	s.out = append(s.out, seg)
	s.at = at
}

// pass opens or closes what begins or ends at an edge.
func (s *sweep) pass(e edge) {
	if e.match == mark {
		if e.open {
			s.marks++
		} else {
			s.marks--
		}
		return
	}
	i, found := slices.BinarySearch(s.open, e.match)
	switch {
	case e.open && !found:
		s.open = slices.Insert(s.open, i, e.match)
	case !e.open && found:
		s.open = slices.Delete(s.open, i, i+1)
	}
}

// runeStart moves a place inside a character to its start.
func runeStart(text []byte, at int) int {
	start, _ := runeAround(text, at)
	return start
}

// runeEnd moves a place inside a character to its end.
func runeEnd(text []byte, at int) int {
	_, end := runeAround(text, at)
	return end
}

// runeAround returns the character that a place lies inside of, or the place
// itself twice when it lies between two. A byte that is part of no valid
// character counts as one.
func runeAround(text []byte, at int) (start, end int) {
	if at <= 0 || at >= len(text) || utf8.RuneStart(text[at]) {
		return at, at
	}
	for back := 1; back < utf8.UTFMax && back <= at; back++ {
		if _, size := utf8.DecodeRune(text[at-back:]); size > back {
			return at - back, at - back + size
		}
	}
	return at, at
}
