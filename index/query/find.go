package query

// finder walks over the places where a literal stands in a text, whatever
// its neighbours are. Places come in ascending order.
type finder struct {
	lit  *literal
	text []byte
	e    Escapes

	plain, word cursor // over the rare byte and over the rare word byte
	unit        int    // where the walk by units is, for literals without a word byte
	// The next place in each of the two spellings, at or behind the last
	// one asked for; start < 0 means not looked for yet.
	raw, dec Span
}

func newFinder(l *literal, text []byte, e Escapes) finder {
	f := finder{lit: l, text: text, e: e, raw: Span{Start: -1}, dec: Span{Start: -1}}
	f.plain = newCursor(text, l.fold[l.rare])
	if e == JSONEscapes && l.word >= 0 {
		f.word = newCursor(text, l.fold[l.word])
	}
	return f
}

// next is the first place that starts at or behind from; ok is false if
// there is none.
func (f *finder) next(from int) (place Span, ok bool) {
	if f.e != JSONEscapes {
		place = f.nextRaw(from)
		return place, place.Start < len(f.text)
	}
	if f.dec.Start < from {
		f.dec = f.nextDecoded(from)
	}
	if !f.lit.backslash { // then the decoded spelling covers the raw one
		return f.dec, f.dec.Start < len(f.text)
	}
	for f.raw.Start < from || !f.whole(f.raw) {
		f.raw = f.nextRaw(max(from, f.raw.Start+1))
	}
	place = f.dec
	if f.raw.Start < place.Start {
		place = f.raw
	}
	return place, place.Start < len(f.text)
}

// whole says whether a place cuts no escape in two.
func (f *finder) whole(place Span) bool {
	return !insideEscape(f.text, place.Start, f.e) && !insideEscape(f.text, place.End, f.e)
}

// nextRaw is the next place byte by byte; it starts at len(text) if there is none.
func (f *finder) nextRaw(from int) Span {
	for i := f.plain.next(from + f.lit.rare); i < len(f.text); i = f.plain.next(i + 1) {
		if start := i - f.lit.rare; f.lit.at(f.text, start) {
			return Span{start, start + len(f.lit.fold)}
		}
	}
	return Span{len(f.text), len(f.text)}
}

// nextDecoded is the next place in a text with escapes; it starts at
// len(text) if there is none.
func (f *finder) nextDecoded(from int) Span {
	if f.lit.word < 0 {
		return f.nextUnit(from)
	}
	for i := f.word.next(from); i < len(f.text); i = f.word.next(i + 1) {
		if insideEscape(f.text, i, f.e) {
			continue
		}
		start, ok := f.lit.decodedBefore(f.text, i, f.lit.word, f.e)
		if !ok || start < from {
			continue
		}
		if end, ok := f.lit.decodedAt(f.text, i, f.lit.word, f.e); ok {
			return Span{start, end}
		}
	}
	return Span{len(f.text), len(f.text)}
}

// nextUnit tries every unit of the text, for literals that hold nothing
// whose spelling is known.
func (f *finder) nextUnit(from int) Span {
	for f.unit < len(f.text) {
		at := f.unit
		f.unit += max(escapeLen(f.text, at, f.e), 1)
		if at < from {
			continue
		}
		if end, ok := f.lit.decodedAt(f.text, at, 0, f.e); ok {
			return Span{at, end}
		}
	}
	return Span{len(f.text), len(f.text)}
}
