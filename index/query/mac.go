package query

import "bytes"

// MACString writes a MAC address in its canonical spelling, aa:bb:cc:dd:ee:ff.
func MACString(mac [6]byte) string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 17)
	for i, b := range mac {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, digits[b>>4], digits[b&15])
	}
	return string(text)
}

// ScanMACs calls found with every MAC address in text: six pairs of
// hexadecimal digits joined by : or by -, or three groups of four joined by
// dots. Before and behind it stands no letter or digit, and it is no piece
// of a longer chain of such groups. What is said of escapes at ScanAddrs
// holds here too.
func ScanMACs(text []byte, found func(start, end int, mac [6]byte)) {
	eachMAC(text, anyEscapes, found)
	eachUnescaped(text, func(plain []byte, from []int) {
		eachMAC(plain, NoEscapes, func(start, end int, mac [6]byte) {
			found(from[start], from[end], mac)
		})
	})
}

// MACsIn is AddrsIn for MAC addresses.
func MACsIn(text []byte, e Escapes, found func(mac []byte)) {
	plain := resolved(text, e)
	eachMAC(plain, NoEscapes, func(start, end int, _ [6]byte) { found(plain[start:end:end]) })
}

// Lengths of the two shapes of a MAC address.
const (
	pairsLen  = len("aa:bb:cc:dd:ee:ff")
	quartsLen = len("aabb.ccdd.eeff")
)

// eachMAC is ScanMACs for one kind of escapes.
func eachMAC(text []byte, e Escapes, found func(start, end int, mac [6]byte)) {
	mixed := e == anyEscapes && bytes.IndexByte(text, '\\') >= 0
	if e == anyEscapes {
		e = NoEscapes
	}
	for i := range text {
		if class[text[i]]&isMark != 0 {
			macAtMark(text, i, e, mixed, found)
		}
	}
}

// macAtMark is addrAtMark for the MAC address whose first separator is text[i].
func macAtMark(text []byte, i int, e Escapes, mixed bool, found func(start, end int, mac [6]byte)) {
	sep := text[i]
	start, end := i-2, i-2+pairsLen
	if sep == '.' {
		start, end = i-4, i-4+quartsLen
	}
	if start < 0 || end > len(text) {
		return
	}
	mac, ok := readMAC(text[start:end], sep)
	if ok && (macBorders(text, start, i, end, e) ||
		mixed && (macBorders(text, start, i, end, JSONEscapes) || macBorders(text, start, i, end, HexEscapes))) {
		found(start, end, mac)
	}
}

// readMAC reads a text of the length that sep asks for.
func readMAC(text []byte, sep byte) (mac [6]byte, ok bool) {
	size := 2
	if sep == '.' {
		size = 4
	}
	for i := size; i < len(text); i += size + 1 {
		if text[i] != sep {
			return mac, false
		}
	}
	n := 0
	for i, b := range text {
		if (i+1)%(size+1) == 0 {
			continue
		}
		if !hex(b) {
			return mac, false
		}
		mac[n/2] = mac[n/2]<<4 | hexValue(b)
		n++
	}
	return mac, true
}

// macBorders looks at the neighbours of text[start:end], whose first
// separator is text[sep].
func macBorders(text []byte, start, sep, end int, e Escapes) bool {
	return runStart(text, sep, e) == start && !chainBefore(text, start, text[sep], e) &&
		(end == len(text) || !alnum(text[end])) && !chainBehind(text, end, text[sep])
}

// parseMAC reads a text that is nothing but a MAC address.
func parseMAC(text string) (mac [6]byte, ok bool) {
	switch len(text) {
	case pairsLen:
		if text[2] == ':' || text[2] == '-' {
			return readMAC(readOnly(text), text[2])
		}
	case quartsLen:
		return readMAC(readOnly(text), '.')
	}
	return mac, false
}
