package query

import (
	"bytes"
	"net/netip"
)

// Found is called by ScanTokens with what stands in a text.
type Found struct {
	Word func(word []byte)
	Addr func(start, end int, a netip.Addr)
	MAC  func(start, end int, mac [6]byte)
}

// ScanTokens is ScanWords, ScanAddrs and ScanMACs in one pass over the text:
// words are runs of word bytes, and every address has a mark between them.
func ScanTokens(text []byte, e Escapes, found *Found) {
	mixed := bytes.IndexByte(text, '\\') >= 0
	for i := 0; i < len(text); i++ {
		c := class[text[i]]
		if c&isWord != 0 {
			end := wordEnd(text, i)
			found.Word(text[i:end])
			if mixed && e == HexEscapes {
				behindHex(text, i, end, found.Word)
			}
			if end == len(text) {
				break
			}
			i, c = end, class[text[end]]
		}
		switch {
		case c&isMark != 0:
			addrAtMark(text, i, NoEscapes, mixed, found.Addr)
			macAtMark(text, i, NoEscapes, mixed, found.MAC)
		case text[i] == '\\' && e == JSONEscapes:
			i += max(escapeLen(text, i, e), 1) - 1 // no escape has a mark
		}
	}
	if !mixed {
		return
	}
	if e != NoEscapes && hidesToken(text, e) {
		plain, _ := unescape(text, e)
		plainWords(plain, found.Word)
	}
	eachUnescaped(text, func(plain []byte, from []int) {
		eachAddr(plain, NoEscapes, func(start, end int, a netip.Addr) { found.Addr(from[start], from[end], a) })
		eachMAC(plain, NoEscapes, func(start, end int, mac [6]byte) { found.MAC(from[start], from[end], mac) })
	})
}
