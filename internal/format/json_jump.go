package format

import (
	"bytes"
	"strings"

	"spoor/index/query"
)

// A walk through all members of a line costs more than the rest of a query.
// Most lines are simple: no escapes, and the field is one member at the top.
// These are told by searching for the key, at the speed of a search for bytes.

// jsonKey is one spelling of a name.
type jsonKey struct {
	needle
	// inner are the keys that the spelling ends in where it is written as
	// objects inside one another.
	inner []needle
	part  uint8
}

// needle is a key in quotes. Quotes are the most frequent bytes of JSON, so
// bytes.Index would look at every one of them.
type needle struct {
	text string
	rare int // the place of the byte to search for
}

func newNeedle(key string) needle { return needle{`"` + key + `"`, 1 + query.RareByte([]byte(key))} }

// in returns where the needle stands in b, or -1.
func (n *needle) in(b []byte) int {
	for i := n.rare; i < len(b); i++ {
		next := bytes.IndexByte(b[i:], n.text[n.rare])
		if next < 0 {
			return -1
		}
		i += next
		if at := i - n.rare; len(b)-at >= len(n.text) && string(b[at:at+len(n.text)]) == n.text {
			return at
		}
	}
	return -1
}

// newJSONKeys returns the spellings of a name, the best first in each part;
// nil if they can't be searched for.
func newJSONKeys(name string) []jsonKey {
	var keys []jsonKey
	for p, names := range parts(name) {
		for _, n := range names {
			if n == "" || len(n) > maxName || strings.ContainsFunc(n, oddInKey) {
				return nil
			}
			k := jsonKey{needle: newNeedle(n), part: uint8(p)}
			for i := range n {
				switch {
				case n[i] != '.':
				case i+1 == len(n):
					return nil
				default:
					k.inner = append(k.inner, newNeedle(n[i+1:]))
				}
			}
			keys = append(keys, k)
		}
	}
	return keys
}

// oddInKey says whether a byte of a key can stand in JSON outside of strings.
func oddInKey(c rune) bool { return c >= 0x80 || !isWord(byte(c)) && c != '.' && c != '@' && c != '-' }

// jump finds the values in a line without backslashes; it returns false where
// the line has to be walked through.
func (a *jsonAccessor) jump(s *Scratch, raw []byte) bool {
	if len(raw) == 0 || raw[0] != '{' {
		return false
	}
	for i := 0; i < len(a.keys); i++ {
		k := &a.keys[i]
		value, sure := k.find(raw)
		if !sure {
			return false
		}
		if value == nil {
			continue
		}
		s.values = append(s.values, value)
		for i+1 < len(a.keys) && a.keys[i+1].part == k.part {
			i++ // what the better spelling has counts
		}
	}
	for i := 1; i < len(s.values); i++ { // in the order of the line: a later one has less capacity
		for k := i; k > 0 && cap(s.values[k]) > cap(s.values[k-1]); k-- {
			s.values[k], s.values[k-1] = s.values[k-1], s.values[k]
		}
	}
	return true
}

// find returns the value of the key if it is a member at the top, nil if the
// line has no such field; sure is false if it may be anything else.
func (k *jsonKey) find(raw []byte) (value []byte, sure bool) {
	at := k.in(raw)
	for i := range k.inner {
		if k.inner[i].in(raw) >= 0 {
			return nil, false
		}
	}
	if at < 0 {
		return nil, true
	}
	// Within one open brace, what a colon follows is a key of the top.
	i := at + len(k.text)
	if bytes.Count(raw[:at], []byte{'{'}) != 1 || i >= len(raw) || raw[i] != ':' || k.in(raw[i:]) >= 0 {
		return nil, false
	}
	if i = skipSpace(raw, i+1); i >= len(raw) {
		return nil, false
	}
	end := i
	switch c := raw[i]; {
	case c == '"':
		i++
		n := bytes.IndexByte(raw[i:], '"')
		if n < 0 {
			return nil, false
		}
		end = i + n
	case c == '-' || isDigit(c) || c == 't' || c == 'f':
		for end < len(raw) && raw[end] > ' ' && raw[end] != ',' && raw[end] != '}' {
			end++
		}
	default:
		return nil, false
	}
	return raw[i:end], true
}
