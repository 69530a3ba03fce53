package query

import (
	"cmp"
	"net/netip"
	"strings"
)

// bound is one end of a range.
type bound struct {
	text string // as written; the rest is told by it
	in   bool   // the bound is part of the range
	kind boundKind
	// number is that of a number, a time (seconds since 1970), a duration
	// (seconds) or a size (bytes).
	number decimal
	addr   netip.Addr
	fold   string // of a text, ASCII letters in lower case
}

// boundKind is what a bound is compared as.
type boundKind int

const (
	boundOpen boundKind = iota // there is no bound
	boundNumber
	boundTime
	boundDuration
	boundSize
	boundAddr
	boundText
)

var boundNames = [...]string{"*", "a number", "a time", "a duration", "a size", "an address", "text"}

// newBound tells what a text is compared as. ok is false for a text that
// looks like a number and is none; quoted, it is compared as text.
func newBound(written string, quoted bool) (b bound, ok bool) {
	b = bound{text: written}
	if d, ok := readDecimal(readOnly(written), nil); ok {
		b.kind, b.number = boundNumber, d
		return b, true
	}
	if when, ok := readMoment(written); ok {
		b.kind, b.number = boundTime, unixSeconds(when)
		return b, true
	}
	if a, ok := parseAddr(written); ok {
		b.kind, b.addr = boundAddr, a.WithZone("")
		return b, true
	}
	if d, ok := readDuration(written); ok {
		b.kind, b.number = boundDuration, seconds(d)
		return b, true
	}
	if d, ok := readSize(written); ok {
		b.kind, b.number = boundSize, d
		return b, true
	}
	b.kind, b.fold = boundText, foldText(written)
	return b, quoted || !numberlike(written)
}

// numberlike says whether a text begins as a number does.
func numberlike(text string) bool {
	return text != "" && (digit(text[0]) || len(text) > 1 && strings.IndexByte("+-.", text[0]) >= 0 && digit(text[1]))
}

func foldText(text string) string {
	folded := make([]byte, len(text))
	for i := range len(text) {
		folded[i] = lower[text[i]]
	}
	return string(folded)
}

// class is what bounds of one range have in common: numbers and times are
// compared with one another.
func (k boundKind) class() boundKind {
	if k == boundTime {
		return boundNumber
	}
	return k
}

// read reads a field's value as the kind asks. Numbers without a unit are
// seconds and bytes.
func (k boundKind) read(value []byte, buf []byte) (d decimal, ok bool) {
	if d, ok = readDecimal(value, buf); ok {
		return d, true
	}
	switch k {
	case boundNumber, boundTime:
		if d, ok := readISO(value, buf); ok {
			return d, true
		}
		if when, ok := readMoment(textOf(value)); ok {
			return appendUnixSeconds(buf, when), true
		}
	case boundDuration:
		if d, ok := readDuration(textOf(value)); ok {
			return seconds(d), true
		}
	case boundSize:
		return readSize(textOf(value))
	}
	return decimal{}, false
}

// print prints the bound as the language reads it.
func (b *bound) print() string {
	plain := b.text != "" && b.text != "TO" && b.text != "*" && bareBytes(b.text) &&
		!strings.ContainsAny(b.text, "]}*") && strings.IndexByte("=/[{<>", b.text[0]) < 0
	if plain && (b.kind != boundText || !numberlike(b.text)) {
		return b.text
	}
	return quote([]string{b.text})
}

// between is a range of values. One end at least is bounded, and both ends
// are of one class.
type between struct{ from, to bound }

func (b *between) node()                         {}
func (b *between) level() int                    { return levelAtom }
func (b *between) String() string                { return b.inField() }
func (b *between) need() Need                    { return Need{} }
func (b *between) needIn(bool) Need              { return Need{} }
func (b *between) probes(Escapes) probes         { return nil }
func (b *between) probesIn() probes              { return nil }
func (b *between) mark(*marker)                  {}
func (b *between) stream(string, uint32) Verdict { return Maybe }
func (b *between) match(Record) bool             { return false } // never without a field

func (b *between) equal(n Node) bool {
	other, ok := n.(*between)
	return ok && b.from.same(&other.from) && b.to.same(&other.to)
}

func (b *bound) same(other *bound) bool {
	return b.kind == other.kind && b.text == other.text && b.in == other.in
}

// inField prints one bound as a comparison and two as a range.
func (b *between) inField() string {
	switch {
	case b.to.kind == boundOpen && b.from.in:
		return ">=" + b.from.print()
	case b.to.kind == boundOpen:
		return ">" + b.from.print()
	case b.from.kind == boundOpen && b.to.in:
		return "<=" + b.to.print()
	case b.from.kind == boundOpen:
		return "<" + b.to.print()
	}
	left, right := "{", "}"
	if b.from.in {
		left = "["
	}
	if b.to.in {
		right = "]"
	}
	return left + b.from.print() + " TO " + b.to.print() + right
}

// in reads the whole value; one that can't be read as the bounds ask is not
// in the range.
func (b *between) in(value []byte, _ bool) bool {
	kind := max(b.from.kind, b.to.kind)
	switch kind {
	case boundAddr:
		a, ok := parseAddr(textOf(value))
		a = a.WithZone("")
		return ok && b.holds(func(end *bound) (int, bool) { return a.Compare(end.addr), a.BitLen() == end.addr.BitLen() })
	case boundText:
		return b.holds(func(end *bound) (int, bool) { return compareFold(value, end.fold), true })
	}
	var buf [64]byte
	d, ok := kind.class().read(value, buf[:0])
	return ok && b.holds(func(end *bound) (int, bool) { return d.compare(&end.number), true })
}

// holds asks compare how the value stands to each of the bounds there are.
func (b *between) holds(compare func(end *bound) (order int, ok bool)) bool {
	if b.from.kind != boundOpen {
		if order, ok := compare(&b.from); !ok || order < 0 || order == 0 && !b.from.in {
			return false
		}
	}
	if b.to.kind != boundOpen {
		if order, ok := compare(&b.to); !ok || order > 0 || order == 0 && !b.to.in {
			return false
		}
	}
	return true
}

// compareFold compares byte by byte, ASCII letters without regard to case.
func compareFold(value []byte, fold string) int {
	for i := range min(len(value), len(fold)) {
		if c := cmp.Compare(lower[value[i]], fold[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(value), len(fold))
}

// empty says whether no value at all can be in the range.
func (b *between) empty() bool {
	if b.from.kind == boundOpen || b.to.kind == boundOpen {
		return false
	}
	order := 0
	switch b.from.kind {
	case boundAddr:
		if b.from.addr.BitLen() != b.to.addr.BitLen() {
			return true
		}
		order = b.from.addr.Compare(b.to.addr)
	case boundText:
		order = strings.Compare(b.from.fold, b.to.fold)
	default:
		order = b.from.number.compare(&b.to.number)
	}
	return order > 0 || order == 0 && !(b.from.in && b.to.in)
}
