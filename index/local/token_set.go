package local

import (
	"bytes"
	"math/bits"
	"net/netip"
	"sync"

	"spoor/index/query"
	"spoor/internal/format"
)

// tokens collects the distinct terms of a block. It is made to be used again.
type tokens struct {
	slots []uint64 // packed terms, open addressing; 0 is free
	shift uint8    // 64 less the bits of a slot's number
	used  int
	ipv6  map[[16]byte]struct{}

	seen  format.Digest // of the packets in the block
	fresh []byte        // what is new in one of them

	// Kept so that no closure is made for an entry.
	found query.Found
}

const minSlots = 1 << 14

func newTokens() *tokens {
	t := &tokens{ipv6: map[[16]byte]struct{}{}}
	t.size(minSlots)
	t.found.Word = func(w []byte) {
		if term := packWord(w); term != 0 {
			t.add(term)
		}
	}
	t.found.Addr = func(_, _ int, a netip.Addr) {
		if a.Is4() {
			t.add(packIPv4(a.As4()))
			return
		}
		t.ipv6[a.As16()] = struct{}{}
	}
	t.found.MAC = func(_, _ int, m [6]byte) { t.add(packMAC(m)) }
	return t
}

// size makes an empty table of that many slots, a power of two.
func (t *tokens) size(slots int) {
	t.slots, t.used = make([]uint64, slots), 0
	t.shift = uint8(64 - bits.TrailingZeros(uint(slots)))
}

func (t *tokens) reset() {
	clear(t.slots)
	clear(t.ipv6)
	t.seen.Reset()
	t.used = 0
}

func (t *tokens) add(term uint64) {
	mask := uint64(len(t.slots) - 1)
	// Fibonacci hashing: the highest bits depend on all of the term.
	for i := term * 0x9e3779b97f4a7c15 >> t.shift; ; i = (i + 1) & mask {
		switch t.slots[i&mask] {
		case term:
			return
		case 0:
			t.slots[i&mask] = term
			if t.used++; t.used > len(t.slots)/2 {
				t.grow()
			}
			return
		}
	}
}

func (t *tokens) grow() {
	old := t.slots
	t.size(2 * len(old))
	for _, term := range old {
		if term != 0 {
			t.add(term)
		}
	}
}

// text adds the tokens of a text.
func (t *tokens) text(text []byte, e query.Escapes) {
	query.ScanTokens(text, e, &t.found)
}

// wideTerm is a term that does not fit into a packed number with its block: an
// IPv6 or MAC address. What a MAC address leaves is 0.
type wideTerm [17]byte

func (w *wideTerm) compare(o *wideTerm) int { return bytes.Compare(w[:], o[:]) }

// bytes is the term as the index holds it.
func (w *wideTerm) bytes() []byte {
	if w[0] == termMAC {
		return w[:7]
	}
	return w[:]
}

// blockTerms are the distinct terms of a block, in no order.
type blockTerms struct {
	packed []uint64 // of packedBytes at most
	wide   []wideTerm
}

var blockTermLists = sync.Pool{New: func() any { return new(blockTerms) }}

// release gives the memory back, to be used for another block.
func (b *blockTerms) release() {
	b.packed, b.wide = b.packed[:0], b.wide[:0]
	blockTermLists.Put(b)
}

// each calls found for every term.
func (b *blockTerms) each(found func(term string)) {
	var buf [len(wideTerm{})]byte
	for _, term := range b.packed {
		found(string(appendTerm(buf[:0], term)))
	}
	for i := range b.wide {
		found(string(b.wide[i].bytes()))
	}
}

// terms returns what was collected.
func (t *tokens) terms() *blockTerms {
	b := blockTermLists.Get().(*blockTerms)
	for _, term := range t.slots {
		switch {
		case term == 0:
		case term>>56 == termMAC:
			var w wideTerm
			appendTerm(w[:0], term)
			b.wide = append(b.wide, w)
		default:
			b.packed = append(b.packed, term)
		}
	}
	for a := range t.ipv6 {
		var w wideTerm
		appendIPv6(w[:0], a)
		b.wide = append(b.wide, w)
	}
	return b
}
