package local

import (
	"net/netip"

	"spoor/index/query"

	bleve "github.com/blevesearch/bleve_index_api"
)

// tokens collects the distinct terms of a block. It is made to be used again.
type tokens struct {
	slots []uint64 // packed terms, open addressing; 0 is free
	used  int
	ipv6  map[[16]byte]struct{}

	// Kept so that no closure is made for an entry.
	found query.Found
}

const minSlots = 1 << 14

func newTokens() *tokens {
	t := &tokens{slots: make([]uint64, minSlots), ipv6: map[[16]byte]struct{}{}}
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

func (t *tokens) reset() {
	clear(t.slots)
	clear(t.ipv6)
	t.used = 0
}

func (t *tokens) add(term uint64) {
	mask := uint64(len(t.slots) - 1)
	// Fibonacci hashing spreads terms that differ in their last byte only.
	for i := term * 0x9e3779b97f4a7c15 >> 32 & mask; ; i = (i + 1) & mask {
		switch t.slots[i] {
		case term:
			return
		case 0:
			t.slots[i] = term
			if t.used++; t.used > len(t.slots)/2 {
				t.grow()
			}
			return
		}
	}
}

func (t *tokens) grow() {
	old := t.slots
	t.slots, t.used = make([]uint64, 2*len(old)), 0
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

// anyFreq stands for every term: once in its block, whatever is true; see
// mergeParts. Nothing ever changes it.
var anyFreq = func() (f bleve.TokenFreq) {
	f.SetFrequency(1)
	return f
}()

type tokenFrequencies = bleve.TokenFrequencies

// frequencies returns the terms in the form that Bleve takes them. All of
// them lie in one string.
func (t *tokens) frequencies() bleve.TokenFrequencies {
	buf := make([]byte, 0, t.used*(termBytes+1)+len(t.ipv6)*17)
	ends := make([]int32, 0, t.used+len(t.ipv6))
	for _, term := range t.slots {
		if term != 0 {
			buf = appendTerm(buf, term)
			ends = append(ends, int32(len(buf)))
		}
	}
	for a := range t.ipv6 {
		buf = appendIPv6(buf, a)
		ends = append(ends, int32(len(buf)))
	}
	all := string(buf)
	f := make(bleve.TokenFrequencies, len(ends))
	from := int32(0)
	for _, end := range ends {
		f[all[from:end]] = &anyFreq
		from = end
	}
	return f
}
