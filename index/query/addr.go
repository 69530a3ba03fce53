package query

import (
	"bytes"
	"net/netip"
)

// An address counts where it stands by itself. Its neighbours decide:
//
// IPv4: before it stands no letter, digit or dot; behind it no letter or
// digit, and no dot with a digit behind.
//
// IPv6: the same, and it is no piece of a longer chain: no colon before it
// that itself follows a colon or a group of one to four hexadecimal digits,
// no colon behind it that is followed by a colon or such a group. So
// addr:fe80::1 holds fe80::1, and 1:2:3:4:5:6:7:8:9 holds nothing.
//
// An escape is no letter, digit, dot or colon.

// ScanAddrs calls found with every IPv4 and IPv6 address in text, in any
// spelling that netip.ParseAddr reads; a zone is no part of it. Where an
// IPv6 address ends in an IPv4 address, both are found, and an IPv4 address
// that is mapped into IPv6 stays an IPv6 address.
//
// It finds what stands in text under any kind of Escapes and in the
// unescaped values of text, so it may find more than Match does, and some
// twice, but never less.
func ScanAddrs(text []byte, found func(start, end int, a netip.Addr)) {
	eachAddr(text, anyEscapes, found)
	eachUnescaped(text, func(plain []byte, from []int) {
		eachAddr(plain, NoEscapes, func(start, end int, a netip.Addr) {
			found(from[start], from[end], a)
		})
	})
}

// AddrsIn calls found with every IP address that stands in a text with escapes
// e, or in what its escapes stand for, as it is written there.
func AddrsIn(text []byte, e Escapes, found func(addr []byte)) {
	plain := resolved(text, e)
	eachAddr(plain, NoEscapes, func(start, end int, _ netip.Addr) { found(plain[start:end:end]) })
}

// resolved is text with its escapes resolved.
func resolved(text []byte, e Escapes) []byte {
	if e == NoEscapes || bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	plain, _ := unescape(text, e)
	return plain
}

// eachUnescaped calls scan with text as JSON and as Zeek's TSV mean it,
// where that brings tokens to light that escapes hide. That is rare.
func eachUnescaped(text []byte, scan func(plain []byte, from []int)) {
	if bytes.IndexByte(text, '\\') < 0 {
		return
	}
	for _, e := range [...]Escapes{JSONEscapes, HexEscapes} {
		if hidesToken(text, e) {
			scan(unescape(text, e))
		}
	}
}

// anyEscapes is NoEscapes, JSONEscapes and HexEscapes in one: what any of
// them finds is found.
const anyEscapes Escapes = -1

// nearBackslash is how far before a dot or a colon an escape can decide
// what the text around it is: two groups, their colons and an escape.
const nearBackslash = 24

// eachAddr is ScanAddrs for one kind of escapes.
func eachAddr(text []byte, e Escapes, found func(start, end int, a netip.Addr)) {
	mixed := e == anyEscapes && bytes.IndexByte(text, '\\') >= 0
	if e == anyEscapes {
		e = NoEscapes
	}
	for i := range text {
		if class[text[i]]&isMark != 0 {
			addrAtMark(text, i, e, mixed, found)
		}
	}
}

// addrAtMark calls found with the address whose first dot or colon is text[i].
// Mixed says that text has backslashes and is to be read in all ways.
func addrAtMark(text []byte, i int, e Escapes, mixed bool, found func(start, end int, a netip.Addr)) {
	if i+1 >= len(text) {
		return
	}
	switch text[i] {
	case '.':
		if i == 0 || !digit(text[i-1]) || !digit(text[i+1]) {
			return
		}
	case ':':
		if text[i+1] != ':' && (i == 0 || !hex(text[i-1]) || !hex(text[i+1])) {
			return
		}
	default:
		return
	}
	place, a, ok := addrAt(text, i, e)
	if ok {
		found(place.Start, place.End, a)
	}
	if !mixed || bytes.IndexByte(text[max(0, i-nearBackslash):i], '\\') < 0 {
		return
	}
	for _, e := range [...]Escapes{JSONEscapes, HexEscapes} {
		if other, a, ok := addrAt(text, i, e); ok && other != place {
			found(other.Start, other.End, a)
		}
	}
}

// addrAt reads the address whose first dot or colon is text[i].
func addrAt(text []byte, i int, e Escapes) (place Span, a netip.Addr, ok bool) {
	if text[i] == '.' {
		place, quad, ok := ipv4At(text, i, e)
		return place, netip.AddrFrom4(quad), ok
	}
	place, groups, ok := ipv6At(text, i, e)
	return place, netip.AddrFrom16(groups), ok
}

// runStart is where the run of letters and digits that ends at text[end]
// begins. An escape before the run is no part of it.
func runStart(text []byte, end int, e Escapes) int {
	s := end
	for s > 0 && alnum(text[s-1]) {
		s--
	}
	if e != NoEscapes && s > 0 && s < end && text[s-1] == '\\' && opens(text, s-1, e) {
		if n := escapeLen(text, s-1, e); n > 0 {
			s += n - 1
		}
	}
	return s
}

// runEnd is where the run of letters and digits at text[i] ends. It looks
// no further than is needed to see that the run is no group of an address.
func runEnd(text []byte, i int) int {
	for end := i; ; end++ {
		if end == len(text) || end == i+5 || !alnum(text[end]) {
			return end
		}
	}
}

// ipv4At reads the IPv4 address whose first dot is text[dot].
func ipv4At(text []byte, dot int, e Escapes) (place Span, quad [4]byte, ok bool) {
	s := runStart(text, dot, e)
	if dot == s || dot-s > 3 || s > 0 && text[s-1] == '.' {
		return Span{}, quad, false
	}
	quad, end, ok := quadAt(text, s)
	if !ok || end < len(text) && alnum(text[end]) || dotDigit(text, end) {
		return Span{}, quad, false
	}
	return Span{s, end}, quad, true
}

// dotDigit says whether a dot and a digit stand at text[i].
func dotDigit(text []byte, i int) bool {
	return i+1 < len(text) && text[i] == '.' && digit(text[i+1])
}

// quadAt reads four numbers up to 255, without leading zeros, from text[i].
func quadAt(text []byte, i int) (quad [4]byte, end int, ok bool) {
	for k := range quad {
		n, first := 0, i
		for i < len(text) && digit(text[i]) && i < first+3 {
			n = n*10 + int(text[i]-'0')
			i++
		}
		if i == first || n > 255 || i > first+1 && text[first] == '0' {
			return quad, 0, false
		}
		quad[k] = byte(n)
		if k < 3 {
			if i == len(text) || text[i] != '.' {
				return quad, 0, false
			}
			i++
		}
	}
	return quad, i, true
}

// insideIPv4 says whether text[start:end], which is made of digits and dots,
// is a part of an IPv4 address.
func insideIPv4(text []byte, start, end int, e Escapes) bool {
	s := start
	for s > 0 && start-s < len("255.255.255.") && (digit(text[s-1]) || text[s-1] == '.') {
		s--
	}
	dot := bytes.IndexByte(text[s:end], '.')
	if dot < 0 {
		return false
	}
	place, _, ok := ipv4At(text, s+dot, e)
	return ok && place.Start <= start && end <= place.End
}

// ipv6At reads the IPv6 address whose first colon is text[colon].
func ipv6At(text []byte, colon int, e Escapes) (place Span, groups [16]byte, ok bool) {
	s := runStart(text, colon, e)
	if s < colon && !isHexGroup(text[s:colon]) {
		return Span{}, groups, false
	}
	if s == colon && (colon+1 == len(text) || text[colon+1] != ':') {
		return Span{}, groups, false
	}
	if s > 0 && text[s-1] == '.' || chainBefore(text, s, ':', e) {
		return Span{}, groups, false
	}
	groups, end, ok := groupsAt(text, s)
	if !ok || end < len(text) && alnum(text[end]) || dotDigit(text, end) || chainBehind(text, end, ':') {
		return Span{}, groups, false
	}
	return Span{s, end}, groups, true
}

// chainBefore says whether sep joins what begins at text[i] to a group of
// hexadecimal digits, or to another colon, before it.
func chainBefore(text []byte, i int, sep byte, e Escapes) bool {
	if i == 0 || text[i-1] != sep {
		return false
	}
	s := runStart(text, i-1, e)
	if s == i-1 {
		return sep == ':' && s > 0 && text[s-1] == ':'
	}
	return isHexGroup(text[s : i-1])
}

// chainBehind is the same for what ends at text[i].
func chainBehind(text []byte, i int, sep byte) bool {
	if sep == ':' {
		return joint(text, i) > 0
	}
	return i+1 < len(text) && text[i] == sep && isHexGroup(text[i+1:runEnd(text, i+1)])
}

// joint is the length of what joins an IPv6 address's group before text[i]
// to more of the address: 1 for a colon with a group behind it, 2 for ::, or 0.
func joint(text []byte, i int) int {
	switch {
	case i+1 >= len(text) || text[i] != ':':
		return 0
	case text[i+1] == ':':
		return 2
	case isHexGroup(text[i+1 : runEnd(text, i+1)]):
		return 1
	}
	return 0
}

// groupsAt reads as much of an IPv6 address as stands at text[i].
func groupsAt(text []byte, i int) (groups [16]byte, end int, ok bool) {
	n, gap := 0, -1 // bytes read, and how many of them stand before the ::
	if text[i] == ':' {
		i, gap = i+2, 0
	}
	for n < len(groups) {
		end := runEnd(text, i)
		if !isHexGroup(text[i:end]) {
			break
		}
		if n <= 12 && end < len(text) && text[end] == '.' {
			if quad, quadEnd, ok := quadAt(text, i); ok {
				copy(groups[n:], quad[:])
				n, i = n+4, quadEnd
				break
			}
		}
		var group uint16
		for _, b := range text[i:end] {
			group = group<<4 | uint16(hexValue(b))
		}
		groups[n], groups[n+1] = byte(group>>8), byte(group)
		n, i = n+2, end
		next := joint(text, i)
		if n == len(groups) || next == 0 || next == 2 && gap >= 0 {
			break
		}
		if next == 2 {
			gap = n
		}
		i += next
	}
	if gap < 0 || n == len(groups) {
		return groups, i, gap < 0 && n == len(groups)
	}
	copy(groups[len(groups)-(n-gap):], groups[gap:n])
	clear(groups[gap : len(groups)-(n-gap)])
	return groups, i, true
}
