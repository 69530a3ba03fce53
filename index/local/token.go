package local

import (
	"encoding/binary"
	"net"
	"net/netip"

	"spoor/index/query"
)

// The token policy: which terms a block has in the index.
//
//   - A word of at most termBytes bytes is a term, in lower case.
//   - Of a longer one the term is its first bytes and a byte that is a hash of
//     the rest, above 0x7f. That picks far fewer blocks than the first bytes
//     alone, and still answers for prefixes.
//   - A run of digits only is no term: ports, counters and times would be most
//     of the index, and nobody pivots on them. They are found by evaluation.
//   - Addresses and MAC addresses are terms as a whole, in binary.
//
// Whoever changes this shows BenchmarkIngest and BenchmarkNeedle before and
// after, and counts up segmentVersion.
const termBytes = 5

// The first byte of a term that is no word. Words have none below '0'.
const (
	termIPv4 = 1
	termIPv6 = 2
	termMAC  = 3
)

// A term packed in a number: its bytes from the highest down, so that packed
// terms have the order of their bytes. Those of up to packedBytes bytes leave
// the rest 0; a MAC address takes more.
const (
	packedBytes = 5
	packedBits  = 8 * packedBytes
	packedIPv4  = termIPv4 << 56
	packedMAC   = termMAC << 56
)

// folded is a byte in lower case, and other whether it is no digit.
var folded, other = func() (folded [256]uint8, other [256]bool) {
	for i := range 256 {
		folded[i], other[i] = lower(byte(i)), !isDigit(byte(i))
	}
	return folded, other
}()

// packWord returns the term of a word, or 0 when it has none.
func packWord(word []byte) uint64 {
	word, rest := word[:min(len(word), termBytes)], word[min(len(word), termBytes):]
	letters := false
	term := uint64(0)
	for i, b := range word {
		letters = letters || other[b]
		term |= uint64(folded[b]) << (56 - 8*i)
	}
	if len(rest) > 0 {
		const last = 56 - 8*(termBytes-1)
		hash := uint32(2166136261) // FNV-1a, https://datatracker.ietf.org/doc/draft-eastlake-fnv/
		hash = (hash ^ uint32(term>>last&0xff)) * 16777619
		for _, b := range rest {
			letters = letters || other[b]
			hash = (hash ^ uint32(folded[b])) * 16777619
		}
		term = term&^(0xff<<last) | uint64(0x80|hash>>25)<<last
	}
	if !letters {
		return 0
	}
	return term
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func packIPv4(a [4]byte) uint64 { return packedIPv4 | uint64(binary.BigEndian.Uint32(a[:]))<<24 }

func packMAC(m [6]byte) uint64 {
	return packedMAC | uint64(binary.BigEndian.Uint32(m[:]))<<24 | uint64(binary.BigEndian.Uint16(m[4:]))<<8
}

// appendTerm writes a packed term as the index holds it.
func appendTerm(b []byte, term uint64) []byte {
	n := 0
	switch term >> 56 {
	case termIPv4:
		n = 5
	case termMAC:
		n = 7
	default:
		for rest := term; rest != 0; rest <<= 8 {
			n++
		}
	}
	for range n {
		b = append(b, byte(term>>56))
		term <<= 8
	}
	return b
}

func appendIPv6(b []byte, a [16]byte) []byte { return append(append(b, termIPv6), a[:]...) }

// termOf returns the term that a block must have for t, and whether it is to
// be looked up as a prefix. It returns nil when the index can't tell.
func termOf(t query.Term) (term []byte, prefix bool) {
	switch t.Kind {
	case query.TermWord:
		if w := packWord([]byte(t.Text)); w != 0 {
			return appendTerm(nil, w), false
		}
	case query.TermPrefix:
		return termOfPrefix(t.Text), true
	case query.TermAddr:
		if a, err := netip.ParseAddr(t.Text); err == nil {
			return termOfAddr(a), false
		}
	case query.TermAddrPrefix:
		if p, err := netip.ParsePrefix(t.Text); err == nil {
			return termOfNetwork(p), true
		}
	case query.TermMAC:
		if m, err := net.ParseMAC(t.Text); err == nil && len(m) == 6 {
			return appendTerm(nil, packMAC([6]byte(m))), false
		}
	}
	return nil, false
}

func termOfAddr(a netip.Addr) []byte {
	if a.Is4() {
		return appendTerm(nil, packIPv4(a.As4()))
	}
	return appendIPv6(nil, a.As16())
}

// termOfNetwork returns what the terms of a prefix's addresses begin with, in
// whole bytes; nil where that is almost all addresses.
func termOfNetwork(p netip.Prefix) []byte {
	term := termOfAddr(p.Masked().Addr())
	if p.Bits() < 8 {
		return nil
	}
	return term[:1+p.Bits()/8]
}

// minPrefix is how many bytes a prefix needs to be looked up: fewer of them
// begin so many terms that reading the blocks is cheaper.
const minPrefix = 2

func termOfPrefix(text string) []byte {
	if len(text) < minPrefix {
		return nil
	}
	digits := true
	for i := range len(text) {
		digits = digits && isDigit(text[i])
	}
	if digits {
		return nil // the word may have no term
	}
	head := make([]byte, 0, termBytes)
	for i := range min(len(text), termBytes-1) {
		head = append(head, lower(text[i]))
	}
	return head
}
