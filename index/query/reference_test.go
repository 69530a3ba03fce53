package query

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// unit is a byte or an escape of a text, for the reference below.
type unit struct {
	raw     string
	escape  bool
	decoded []byte
	size    int // how many units decoded is made of
}

func units(text string, e Escapes) (list []unit) {
	for i := 0; i < len(text); {
		n := 1
		u := unit{size: 1}
		if e == JSONEscapes {
			if k := escapeLen([]byte(text), i, e); k > 0 {
				d, size := decode([]byte(text), i, k)
				n, u = k, unit{escape: true, decoded: d.bytes[:d.len], size: max(size/k, 1)}
			}
		}
		u.raw = text[i : i+n]
		list = append(list, u)
		i += n
	}
	return list
}

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// slowFind is the word rule said once more, for a text without wildcards:
// it tries every unit of the text.
func slowFind(pattern, text string, e Escapes) bool {
	list := units(text, e)
	word := func(i int) bool {
		return i >= 0 && i < len(list) && !list[i].escape && IsWord(list[i].raw[0])
	}
	border := func(from, to int) bool {
		return !(IsWord(pattern[0]) && word(from-1)) && !(IsWord(pattern[len(pattern)-1]) && word(to))
	}
	for i := range list {
		for _, plain := range []bool{true, false} {
			p, k := []byte(pattern), i
			for len(p) > 0 && k < len(list) {
				u := list[k]
				piece, size := []byte(u.raw), 1
				if u.escape && !plain {
					piece, size = u.decoded, u.size
					if asciiWord(piece[0]) {
						break
					}
				}
				if len(piece) > len(p) || !equalFold(piece, p[:len(piece)]) {
					break
				}
				p, k = p[len(piece):], k+size
			}
			if len(p) == 0 && border(i, k) {
				return true
			}
		}
	}
	return false
}

func equalFold(a, b []byte) bool {
	for i := range a {
		if lower[a[i]] != lower[b[i]] {
			return false
		}
	}
	return true
}

var scraps = []string{"a", "b", "ab", "A", "0", "1", "10", ".", ":", " ", "\t", `"`, `\`, `\\`, `\n`, `\t`, `\"`, `\/`, "/", `\u0041`, `\u00e9`,
	"é", `\ud83d`, `\ude00`, "😀", `\x09`, `\x41`, "_", "-", "%", "n", "x", "u", "f", "\xff", "10.0.0.1", "fe80::1", "aa:bb:cc:dd:ee:ff", "g", `\q`, `\u00`}

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most) {
		b.WriteString(scraps[r.IntN(len(scraps))])
	}
	return b.String()
}

// Ensure the search that skips finds exactly what the one that tries every
// place finds.
func TestMatchAgreesWithReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range 40_000 {
		pattern, text := randomText(r, 4), randomText(r, 12)
		g, ok := newGlob([]string{pattern})
		if !ok || g.three || g.dotted {
			continue
		}
		for _, e := range []Escapes{NoEscapes, JSONEscapes, HexEscapes} {
			want := slowFind(pattern, text, e)
			if got := g.in([]byte(text), e); got != want {
				t.Fatalf("%q in %q, escapes %d: got %v, want %v", pattern, text, e, got, want)
			}
			if want {
				hits++
			}
		}
	}
	if hits < 1000 {
		t.Errorf("only %d hits: the test says little", hits)
	}
}

// Ensure a wildcard means what a loop over all splits of a text means.
func TestWildcardsAgreeWithReference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := []string{"a", "b", "-", " ", "_", `"`, "a-"}
	pick := func(most int) string {
		var b strings.Builder
		for range r.IntN(most) {
			b.WriteString(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for range 20_000 {
		pieces := []string{pick(3), pick(3)}
		if r.IntN(2) == 0 {
			pieces = append(pieces, pick(3))
		}
		text := pick(12)
		g, ok := newGlob(pieces)
		if !ok {
			continue
		}
		want := slowGlob(&g, text)
		if got := g.in([]byte(text), NoEscapes); got != want {
			t.Fatalf("%q in %q: got %v, want %v", pieces, text, got, want)
		}
	}
}

func slowGlob(g *glob, text string) bool {
	first, last := g.parts[0].text, g.parts[len(g.parts)-1].text
	var rest func(k, at int) bool
	rest = func(k, at int) bool {
		if k == len(g.parts) {
			return g.right || at == len(text) || !IsWord(last[len(last)-1]) || !IsWord(text[at])
		}
		for i := at; i <= len(text); i++ {
			if strings.HasPrefix(foldASCII(text[i:]), foldASCII(g.parts[k].text)) && rest(k+1, i+len(g.parts[k].text)) {
				return true
			}
			if i < len(text) && class[text[i]]&isStop != 0 {
				return false
			}
		}
		return false
	}
	for i := range len(text) {
		if strings.HasPrefix(foldASCII(text[i:]), foldASCII(first)) &&
			(g.left || i == 0 || !IsWord(first[0]) || !IsWord(text[i-1])) && rest(1, i+len(first)) {
			return true
		}
	}
	return false
}

// Ensure a long text costs no more than its length, whatever it is made of.
func TestMatchIsLinearInTheText(t *testing.T) {
	texts := map[string]string{
		"a":       strings.Repeat("a", 1<<15),
		"-a":      strings.Repeat("-a", 1<<15),
		"slashes": strings.Repeat(`\`, 1<<15),
		"esc":     strings.Repeat(`\\a`, 1<<15),
		"colons":  strings.Repeat("a:", 1<<15),
		"dots":    strings.Repeat("1.", 1<<15),
		"dashes":  strings.Repeat("aa-", 1<<15),
	}
	queries := []string{"b", "a*b", "a*b*c", "e*", `\\`, `"\\a"`, "aaaaaaab", "1.2.3", "10.0.0.1", "fe80::1", "aa:bb:cc:dd:ee:ff", `\ab`, "é"}
	for _, text := range texts {
		for _, q := range queries {
			n, err := Parse(q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range []Escapes{NoEscapes, JSONEscapes} {
				Match(n, line{raw: text, e: e}) // the test's time limit is the check
				Marks(n, []byte(text), e)
			}
		}
		for _, e := range []Escapes{NoEscapes, JSONEscapes, HexEscapes} {
			ScanWords([]byte(text), e, func([]byte) {})
		}
		ScanAddrs([]byte(text), func(int, int, netip.Addr) {})
		ScanMACs([]byte(text), func(int, int, [6]byte) {})
	}
}
