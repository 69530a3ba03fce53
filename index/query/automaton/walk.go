package automaton

import "unicode/utf8"

// forward returns where the first of the leftmost matches ends that begins at
// or behind from, or -1.
func (t *table) forward(text []byte, from int) int {
	last := rune(-1)
	if from > 0 {
		last, _ = utf8.DecodeLastRune(text[:from])
	}
	s, end := t.begin(last), -1
	for i := from; i < len(text); {
		class, size := 0, 1
		if b := text[i]; b < utf8.RuneSelf {
			class = int(t.ascii[b])
		} else {
			var r rune
			r, size = utf8.DecodeRune(text[i:])
			class = t.class(r)
		}
		n := t.next[int(s)+class]
		if n == 0 {
			if n = t.step(s, class); n == 0 {
				return -1
			}
		}
		if n&stepMatch != 0 {
			end = i
		}
		if s = n & stepState; s == dead {
			return end
		}
		i += size
		if n&stepIdle != 0 && i < len(text) && !t.first[text[i]] {
			for i < len(text) && !t.first[text[i]] {
				i++
			}
			// All the skipped are ASCII, so this is a whole character.
			s = t.begin(rune(text[i-1]))
		}
	}
	switch n := t.ending(s); {
	case n == 0:
		return -1
	case n&stepMatch != 0:
		return len(text)
	}
	return end
}

// backward returns where the longest match begins that ends at end and begins
// at or behind from, or -1.
func (t *table) backward(text []byte, from, end int) int {
	last := rune(-1)
	if end < len(text) {
		last, _ = utf8.DecodeRune(text[end:])
	}
	s, start := t.begin(last), -1
	for i := end; ; {
		class, size := t.width-1, 0
		if i > 0 {
			var r rune
			r, size = rune(text[i-1]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeLastRune(text[:i])
				class = t.class(r)
			} else {
				class = int(t.ascii[r])
			}
		}
		n := t.next[int(s)+class]
		if n == 0 {
			if n = t.step(s, class); n == 0 {
				return -1
			}
		}
		if n&stepMatch != 0 {
			start = i
		}
		if s = n & stepState; s == dead || i <= from {
			return start
		}
		i -= size
	}
}

// ending is the step at the end of the text.
func (t *table) ending(s uint32) uint32 {
	if n := t.next[int(s)+t.width-1]; n != 0 {
		return n
	}
	return t.step(s, t.width-1)
}

// any says whether there is a match. It looks at each byte once, at one
// comparison where nothing special comes of it.
func (t *table) any(text []byte) bool {
	s, next, a := t.begin(-1), t.next, t.automaton
	for i := 0; i < len(text); {
		class := 0
		if b := text[i]; b < utf8.RuneSelf {
			class = int(a.ascii[b])
			i++
		} else {
			r, size := utf8.DecodeRune(text[i:])
			class = a.class(r)
			i += size
		}
		n := next[int(s)+class]
		if n-stepKnown >= stepIdle { // not asked for yet, or a match
			if n == 0 {
				if n = t.step(s, class); n == 0 {
					return false
				}
				next = t.next
			}
			if n&stepMatch != 0 {
				return true
			}
		}
		s = n & stepState
	}
	return t.ending(s)&stepMatch != 0
}
