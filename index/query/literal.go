package query

import "bytes"

// literal is a piece of text that is looked for byte by byte, ASCII letters
// without regard to case.
type literal struct {
	text string // as written
	fold []byte // in lower case
	// rare is the place of the byte to search for: the one that a log has
	// least of. word is the same among the word bytes of ASCII, which JSON
	// never escapes; -1 if there is none.
	rare, word int
	backslash  bool
	exact      bool // the case of letters counts
}

// same says whether b is byte k of the literal.
func (l *literal) same(b byte, k int) bool {
	if l.exact {
		return b == l.text[k]
	}
	return lower[b] == l.fold[k]
}

// Bytes of logs, the most frequent first; what is not listed is rarer than these.
const frequent = " e0t1a\"2.io3ns5r:4,lc678d9\tmp-_u/hfgb=wSvATkyxCEI"

var rank = ranks()

func ranks() (rank [256]byte) {
	for i := range frequent {
		rank[frequent[i]] = byte(len(frequent) - i)
	}
	return rank
}

// RareByte returns the place in text, which is not empty, of the byte that
// logs have least of: the one to search for first.
func RareByte(text []byte) int {
	rare := 0
	for i, b := range text {
		if rank[lower[b]] < rank[lower[text[rare]]] {
			rare = i
		}
	}
	return rare
}

func newLiteral(text string) literal {
	l := literal{text: text, fold: make([]byte, len(text)), word: -1}
	for i := range len(text) {
		b := lower[text[i]]
		l.fold[i] = b
		l.backslash = l.backslash || b == '\\'
		if rank[b] < rank[l.fold[l.rare]] {
			l.rare = i
		}
		if asciiWord(b) && (l.word < 0 || rank[b] < rank[l.fold[l.word]]) {
			l.word = i
		}
	}
	return l
}

// at says whether the literal stands at text[i], byte by byte.
func (l *literal) at(text []byte, i int) bool {
	if i < 0 || len(text)-i < len(l.fold) {
		return false
	}
	text = text[i:]
	if l.exact {
		return string(text[:len(l.text)]) == l.text
	}
	for k, b := range l.fold {
		if lower[text[k]] != b {
			return false
		}
	}
	return true
}

// decodedAt says whether the literal from its byte k on stands at text[i],
// where text may write anything but ASCII word bytes as an escape, and where
// it ends.
func (l *literal) decodedAt(text []byte, i, k int, e Escapes) (end int, ok bool) {
	for k < len(l.fold) {
		if i >= len(text) {
			return 0, false
		}
		if n := escapeLen(text, i, e); n > 0 {
			d, size := decode(text, i, n)
			if asciiWord(d.bytes[0]) || !bytes.HasPrefix(l.fold[k:], d.bytes[:d.len]) {
				return 0, false
			}
			i, k = i+size, k+d.len
			continue
		}
		if !l.same(text[i], k) {
			return 0, false
		}
		i, k = i+1, k+1
	}
	return i, true
}

// decodedBefore says whether the first k bytes of the literal stand before
// text[i] in the sense of decodedAt, and where they begin.
func (l *literal) decodedBefore(text []byte, i, k int, e Escapes) (start int, ok bool) {
	for k > 0 {
		if i == 0 {
			return 0, false
		}
		s := escapeBefore(text, i, e)
		if s < 0 {
			if !l.same(text[i-1], k-1) {
				return 0, false
			}
			i, k = i-1, k-1
			continue
		}
		d, _ := decode(text, s, i-s)
		if high := escapeBefore(text, s, e); high >= 0 && s-high == 6 && i-s == 6 {
			if pair, n := decode(text, high, 6); n == 12 {
				d, s = pair, high
			}
		}
		if d.len > k || asciiWord(d.bytes[0]) || !bytes.Equal(l.fold[k-d.len:k], d.bytes[:d.len]) {
			return 0, false
		}
		i, k = s, k-d.len
	}
	return i, true
}

// cursor walks over the places of a byte in a text, in either case, without
// reading any part of the text twice.
type cursor struct {
	text   []byte
	a, b   byte // the byte in lower and upper case, b == a if it has none
	na, nb int  // the next places at or behind the last one asked for; len(text) if none
}

func newCursor(text []byte, b byte) cursor {
	c := cursor{text: text, a: b, b: b, na: -1, nb: -1}
	if b >= 'a' && b <= 'z' {
		c.b = b - 'a' + 'A'
	}
	return c
}

// next is the first place at or behind i, or len(text).
func (c *cursor) next(i int) int {
	if i >= len(c.text) {
		return len(c.text)
	}
	if c.na < i {
		c.na = c.find(c.a, i)
	}
	if c.a == c.b {
		return c.na
	}
	if c.nb < i {
		c.nb = c.find(c.b, i)
	}
	return min(c.na, c.nb)
}

func (c *cursor) find(b byte, i int) int {
	if k := bytes.IndexByte(c.text[i:], b); k >= 0 {
		return i + k
	}
	return len(c.text)
}
