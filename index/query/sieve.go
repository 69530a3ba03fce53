package query

import "bytes"

// maxProbes bounds how many texts a Sieve looks for at once.
const maxProbes = 16

// minProbe is how long a text must be that is worth looking for.
const minProbe = 2

// probe is a text that stands in every entry that matches, byte by byte.
type probe struct {
	lit  literal
	fold bool // ASCII letters without regard to case
}

func newProbe(text string, fold bool) probe {
	p := probe{lit: newLiteral(text)}
	for _, b := range p.lit.fold {
		p.fold = p.fold || fold && 'a' <= b && b <= 'z'
	}
	return p
}

// worth says how much looking for the probe is likely to rule out.
func (p *probe) worth() int {
	return 8*min(len(p.lit.fold), 12) - int(rank[p.lit.fold[p.lit.rare]])
}

// probes are texts of which one stands in every entry that matches; nil says
// that nothing is known.
type probes []probe

// worth is that of the least of them.
func (p probes) worth() int {
	least := 0
	for i := range p {
		if w := p[i].worth(); i == 0 || w < least {
			least = w
		}
	}
	return least
}

// shortest is the length of the shortest of them.
func (p probes) shortest() int {
	least := len(p[0].lit.text)
	for i := range p {
		least = min(least, len(p[i].lit.text))
	}
	return least
}

// better is the one of two that rules out more; both are true.
func (p probes) better(other probes) probes {
	if p == nil || other != nil && other.worth() > p.worth() {
		return other
	}
	return p
}

// Sieve finds the places in the raw texts of many entries, laid one after
// another, near which a match can be. It may be used by many goroutines.
type Sieve struct{ probes probes }

// NewSieve returns the sieve of a query for texts with escapes e, or nil if
// any text may match.
func NewSieve(n Node, e Escapes) *Sieve {
	root, ok := n.(expr)
	if !ok {
		return nil
	}
	if p := root.probes(e); p != nil {
		return &Sieve{p}
	}
	return nil
}

// Search begins a search in text.
func (s *Sieve) Search(text []byte) *SieveSearch {
	f := &SieveSearch{text: text, sieve: s, next: make([]Span, len(s.probes)), finders: make([]finder, len(s.probes))}
	for i := range s.probes {
		f.next[i].Start = -1
		f.finders[i] = newFinder(&s.probes[i].lit, text, NoEscapes)
	}
	return f
}

// SieveSearch is a search in one text, by one goroutine.
type SieveSearch struct {
	text    []byte
	sieve   *Sieve
	next    []Span // of every probe, the place found last
	finders []finder
}

// Next returns the first place at or behind from, which never gets smaller
// from call to call. An entry matches only if one of these places lies in it
// as a whole. It returns false when there is none.
func (f *SieveSearch) Next(from int) (Span, bool) {
	first := Span{Start: len(f.text)}
	for i := range f.next {
		if f.next[i].Start < from {
			f.next[i] = f.find(i, from)
		}
		if f.next[i].Start < first.Start {
			first = f.next[i]
		}
	}
	return first, first.Start < len(f.text)
}

func (f *SieveSearch) find(i, from int) Span {
	p := &f.sieve.probes[i]
	if p.fold {
		return f.finders[i].nextRaw(from)
	}
	if at := bytes.Index(f.text[from:], readOnly(p.lit.text)); at >= 0 {
		return Span{from + at, from + at + len(p.lit.text)}
	}
	return Span{len(f.text), len(f.text)}
}

// probes looks for the best part of the glob. Where a text has escapes, only
// the word bytes of ASCII are sure to be written as they are.
func (g *glob) probes(e Escapes) probes {
	var best probes
	try := func(text string) {
		if len(text) >= minProbe {
			best = best.better(probes{newProbe(text, !g.parts[0].exact)})
		}
	}
	for _, part := range g.parts {
		if e != JSONEscapes {
			try(part.text)
			continue
		}
		for i := 0; i < len(part.text); i++ {
			end := i
			for end < len(part.text) && asciiWord(part.text[end]) {
				end++
			}
			try(part.text[i:end])
			i = end
		}
	}
	return best
}

func (everything) probes(Escapes) probes  { return nil }
func (n *not) probes(Escapes) probes      { return nil }
func (h *hardware) probes(Escapes) probes { return nil }
func (t *tag) probes(Escapes) probes      { return nil }
func (s source) probes(Escapes) probes    { return nil }
func (t *text) probes(e Escapes) probes   { return t.glob.probes(e) }

func (a *address) probes(Escapes) probes {
	if a.text == nil {
		return nil
	}
	return probes{newProbe(string(a.text), false)}
}

func (everything) probesIn() probes  { return nil }
func (h *hardware) probesIn() probes { return nil }
func (a *address) probesIn() probes  { return a.probes(NoEscapes) }

// probesIn looks for the best part that is made of plain bytes.
func (t *text) probesIn() probes {
	if t.number != nil {
		return nil // 1000 is 1e3 as well
	}
	var best probes
	for _, part := range t.parts {
		for i := 0; i < len(part.text); i++ {
			end := i
			for end < len(part.text) && plainByte(part.text[end]) {
				end++
			}
			if end-i >= minProbe {
				best = best.better(probes{newProbe(part.text[i:end], !part.exact)})
			}
			i = end
		}
	}
	return best
}

// probesIn drops what is not made of plain bytes.
func (p *pattern) probesIn() probes {
	found := probesRegex(p.tree)
	for i := range found {
		for _, b := range found[i].lit.fold {
			if !plainByte(b) {
				return nil
			}
		}
	}
	return found
}

func (a *and) probes(e Escapes) probes {
	var best probes
	for _, k := range a.kids {
		best = best.better(k.probes(e))
	}
	return best
}

func (o *or) probes(e Escapes) probes {
	var all probes
	for _, k := range o.kids {
		p := k.probes(e)
		if all = append(all, p...); p == nil || len(all) > maxProbes {
			return nil
		}
	}
	return all
}
