package query

import (
	"bytes"
	"strings"
)

// glob is a text with wildcards: its parts stand one after the other, with
// any run of bytes between them that holds no blank, control byte or ".
// A glob has one part at least.
type glob struct {
	parts []literal
	// left and right say that a wildcard stands before the first part, or
	// behind the last: no border is asked for there.
	left, right bool
	// dotted: the text begins as an IPv4 address does, so that it must not
	// begin in the middle of one.
	dotted bool
	// three: the text is three numbers joined by dots, which is never found
	// inside an address.
	three bool
	// crosses: a part behind the first holds a byte that wildcards stop at.
	crosses bool
}

// newGlob makes a glob of what stands between wildcards: one piece means
// that there is none. ok is false if nothing is left but wildcards.
func newGlob(pieces []string) (g glob, ok bool) {
	for i, p := range pieces {
		switch {
		case p != "":
			g.parts = append(g.parts, newLiteral(p))
		case i == 0:
			g.left = true
		case i == len(pieces)-1:
			g.right = true
		}
	}
	if len(g.parts) == 0 {
		return glob{}, false
	}
	for i := 1; i < len(g.parts); i++ {
		g.crosses = g.crosses || strings.IndexFunc(g.parts[i].text, func(r rune) bool { return r < 0x80 && class[r]&isStop != 0 }) >= 0
	}
	g.shape()
	return g, true
}

// shape looks whether the text is about addresses.
func (g *glob) shape() {
	first := g.parts[0].text
	if g.left {
		return
	}
	numbers := strings.Split(first, ".")
	if len(numbers) > 1 && g.wild() && numbers[len(numbers)-1] == "" {
		numbers = numbers[:len(numbers)-1] // 192.168.*
	}
	all := true
	for _, n := range numbers {
		all = all && n != "" && strings.Trim(n, "0123456789") == ""
	}
	g.three = all && len(numbers) == 3 && !g.wild()
	g.dotted = all && g.wild() && strings.Contains(first, ".")
	if dot := strings.IndexByte(first, '.'); dot > 0 && !g.dotted {
		hit, _, ok := ipv4At([]byte(first), dot, NoEscapes) // 10.0.0.1:80
		g.dotted = ok && hit.Start == 0
	}
}

// wild says whether the glob has a wildcard.
func (g *glob) wild() bool { return g.left || g.right || len(g.parts) > 1 }

// pieces is what newGlob made the glob of.
func (g *glob) pieces() []string {
	var pieces []string
	if g.left {
		pieces = append(pieces, "")
	}
	for _, p := range g.parts {
		pieces = append(pieces, p.text)
	}
	if g.right {
		pieces = append(pieces, "")
	}
	return pieces
}

func (g *glob) equal(other *glob) bool {
	a, b := g.pieces(), other.pieces()
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// each calls found with the places of the glob in text by the word rule, in
// ascending order, until it returns false.
func (g *glob) each(text []byte, e Escapes, found func(Span) bool) {
	if e != JSONEscapes || bytes.IndexByte(text, '\\') < 0 {
		e = NoEscapes // Zeek's \x09 stands for itself in a raw text
	}
	f := newFinder(&g.parts[0], text, e)
	dead := -1 // no first part that ends here or before can be extended
	for from := 0; ; {
		place, ok := f.next(from)
		if !ok {
			return
		}
		from = place.Start + 1
		if place.End <= dead || !g.leftBorder(text, place.Start, e) {
			continue
		}
		end, until := g.extend(text, place.End, e)
		if end < 0 {
			dead = until
			continue
		}
		if g.three && insideIPv4(text, place.Start, end, e) {
			continue
		}
		if !found(Span{place.Start, end}) {
			return
		}
		from = max(from, end)
	}
}

// in says whether the glob stands in text.
func (g *glob) in(text []byte, e Escapes) bool {
	hit := false
	g.each(text, e, func(Span) bool {
		hit = true
		return false
	})
	return hit
}

func (g *glob) leftBorder(text []byte, i int, e Escapes) bool {
	if g.left || i == 0 || !IsWord(g.parts[0].fold[0]) {
		return true
	}
	b := text[i-1]
	if !IsWord(b) && (b != '.' || !g.dotted) {
		return true
	}
	return escapeBefore(text, i, e) >= 0
}

func (g *glob) rightBorder(text []byte, end int) bool {
	last := g.parts[len(g.parts)-1].fold
	return g.right || end == len(text) || !IsWord(last[len(last)-1]) || !IsWord(text[end])
}

// extend finds the parts behind the first, which ends at text[end]. It
// returns where the last one ends; or -1 and a place such that no other
// start before it can be extended either. The first place of a part is
// always the one to take: all that a wildcard may skip before a later one it
// may skip after the first.
func (g *glob) extend(text []byte, end int, e Escapes) (last, dead int) {
	if len(g.parts) == 1 {
		if g.rightBorder(text, end) {
			return end, 0
		}
		return -1, -1
	}
	p := end
	for k := 1; k < len(g.parts); {
		if q, ok := g.partAt(text, p, k, e); ok {
			if k == 1 {
				dead = p
			}
			p, k = q, k+1
			continue
		}
		n := 1
		if p < len(text) {
			n = max(escapeLen(text, p, e), 1)
		}
		if p == len(text) || stops(text, p, n) {
			if k == 1 || !g.crosses {
				dead = p
			}
			return -1, dead
		}
		p += n
	}
	return p, 0
}

// partAt says whether part k stands at text[i] and where it ends.
func (g *glob) partAt(text []byte, i, k int, e Escapes) (end int, ok bool) {
	l := &g.parts[k]
	if e == JSONEscapes {
		end, ok = l.decodedAt(text, i, 0, e)
	}
	if !ok && l.at(text, i) {
		end = i + len(l.fold)
		ok = !insideEscape(text, end, e)
	}
	return end, ok && (k < len(g.parts)-1 || g.rightBorder(text, end))
}

// stops says whether a wildcard ends at the unit of n bytes at text[i].
func stops(text []byte, i, n int) bool {
	b := text[i]
	if n > 1 {
		d, _ := decode(text, i, n)
		b = d.bytes[0]
	}
	return class[b]&isStop != 0
}

// is says whether the glob is the whole of text; here a wildcard stands for
// any bytes at all.
func (g *glob) is(text []byte, fold bool) bool {
	at := func(l *literal, i int) bool {
		if fold {
			return l.at(text, i)
		}
		return i >= 0 && i <= len(text) && bytes.HasPrefix(text[i:], readOnly(l.text))
	}
	if !g.wild() {
		return len(text) == len(g.parts[0].fold) && at(&g.parts[0], 0)
	}
	parts, end, p := g.parts, len(text), 0
	if !g.right {
		last := &parts[len(parts)-1]
		if end -= len(last.fold); !at(last, end) {
			return false
		}
		parts = parts[:len(parts)-1]
	}
	for k := range parts {
		l := &parts[k]
		for ; !at(l, p); p++ {
			if k == 0 && !g.left || p >= end {
				return false
			}
		}
		if p += len(l.fold); p > end {
			return false
		}
	}
	return p <= end
}
