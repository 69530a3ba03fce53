package query

// ScanWords calls found with every word that Terms may ask a block for: the
// maximal runs of word bytes in text, where escapes of kind e count as the
// matching rules say, and the words of its unescaped field values where
// these differ. Words come as they are written, not in lower case; some come
// twice; those that hold bytes from 0x80 on come too, because a TermPrefix
// may mean them. A word is valid until text changes.
func ScanWords(text []byte, e Escapes, found func(word []byte)) {
	switch e {
	case JSONEscapes:
		jsonWords(text, found)
	case HexEscapes:
		hexWords(text, found)
	default:
		plainWords(text, found)
		return
	}
	if hidesToken(text, e) {
		plain, _ := unescape(text, e)
		plainWords(plain, found)
	}
}

// plainWords calls found with the maximal runs of word bytes.
func plainWords(text []byte, found func(word []byte)) {
	for i := 0; i < len(text); i++ {
		if class[text[i]]&isWord != 0 {
			end := wordEnd(text, i)
			found(text[i:end])
			i = end
		}
	}
}

// jsonWords is plainWords for a text in which an escape is no word byte.
func jsonWords(text []byte, found func(word []byte)) {
	for i := 0; i < len(text); {
		switch b := text[i]; {
		case class[b]&isWord != 0:
			end := wordEnd(text, i)
			found(text[i:end])
			i = end
		case b == '\\':
			i += max(escapeLen(text, i, JSONEscapes), 1)
		default:
			i++
		}
	}
}

// hexWords is plainWords for a text whose words are looked for as it is
// written, but in field values without the escapes: \x09abc gives x09abc
// and abc.
func hexWords(text []byte, found func(word []byte)) {
	for i := 0; i < len(text); i++ {
		if class[text[i]]&isWord == 0 {
			continue
		}
		end := wordEnd(text, i)
		found(text[i:end])
		behindHex(text, i, end, found)
		i = end
	}
}

// behindHex calls found with what is left of a word that begins with an escape.
func behindHex(text []byte, i, end int, found func(word []byte)) {
	if i > 0 && text[i-1] == '\\' {
		if n := escapeLen(text, i-1, HexEscapes); n > 0 && i-1+n < end {
			found(text[i-1+n : end])
		}
	}
}

// wordEnd is where the run of word bytes at text[i] ends.
func wordEnd(text []byte, i int) int {
	for i < len(text) && class[text[i]]&isWord != 0 {
		i++
	}
	return i
}
