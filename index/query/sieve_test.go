package query

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Ensure a sieve finds every place of what it looks for, in texts laid one
// after another, and nothing else.
func TestSieve(t *testing.T) {
	tests := []struct {
		query, text string
		e           Escapes
		want        []int // nil: there is no sieve
	}{
		{"4711", "a 4711 14711 4", NoEscapes, []int{2, 8}},
		{"Foo", "foo FOO xfOox", NoEscapes, []int{0, 4, 9}},
		{"aa rare_word", "rare_word aa Rare_Word", NoEscapes, []int{0, 13}},
		{"foo OR bar", "bar foo", NoEscapes, []int{0, 4}},
		{`"a/bcd"`, `a\/bcd a/bcd`, JSONEscapes, []int{3, 9}},
		{`"a/bcd"`, `a\/bcd a/bcd`, HexEscapes, []int{7}},
		{"10.0.0.1", "10.0.0.1 10.0.0.12", JSONEscapes, []int{0, 9}},
		{"/Fo+bar/", "Fobar FObar fobar", NoEscapes, []int{2, 8, 14}},
		{"/fob/i", "Fob FOB", NoEscapes, []int{0, 4}},
		{"/kob/i", "\u212aob", NoEscapes, []int{3}},
		{"fe80::1", "", NoEscapes, nil},
		{"f:foo", "foo xFoo", NoEscapes, []int{0, 5}},
		{"f:foo", `foo \u0066oo`, JSONEscapes, []int{0, 4}},
		{"f:foo", `foo \x66oo`, HexEscapes, []int{0, 4}},
		{`f:"a/bcd"`, `a\/bcd`, JSONEscapes, []int{3}},
		{"f:10.20.0.0/16", "10.20.1 110.20.2", JSONEscapes, []int{0, 9}},
		{"f:10.0.0.0/8", "", JSONEscapes, nil},
		{"f:ab", "", NoEscapes, nil},
		{"10.20.0.0/12", "10.1 10.20", NoEscapes, []int{0, 5}},
		{"case:Foo", "foo Foo", NoEscapes, []int{4}},
		{"f:/fob/", "xfoby", JSONEscapes, []int{1}},
		{`f:/a\/b/`, "", JSONEscapes, nil},
		{"f:1000", "", NoEscapes, nil},
		{"f:>1000", "", NoEscapes, nil},
		{"sensor:foo", "", NoEscapes, nil},
		{"severity:err", "", NoEscapes, nil},
		{"NOT foo", "", NoEscapes, nil},
		{"foo OR tag:x", "", NoEscapes, nil},
		{"tag:foo", "", NoEscapes, nil},
		{"src:77", "", NoEscapes, nil},
		{"/[x-z]{5}/", "", NoEscapes, nil},
		{"/(foo)?/", "", NoEscapes, nil},
		{"x", "", NoEscapes, nil},
	}
	for _, tt := range tests {
		n, err := Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		s := NewSieve(n, tt.e)
		if s == nil {
			if tt.want != nil {
				t.Errorf("%s: no sieve", tt.query)
			}
			continue
		}
		if tt.want == nil {
			t.Errorf("%s: got a sieve", tt.query)
		}
		var got []int
		search := s.Search([]byte(tt.text))
		for at, ok := search.Next(0); ok; at, ok = search.Next(at.Start + 1) {
			got = append(got, at.Start)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s in %q: got %v, want %v", tt.query, tt.text, got, tt.want)
		}
	}
}

// Ensure an expression with too many states for tables is still evaluated.
func TestRegexWithTooManyStatesIsEvaluated(t *testing.T) {
	n, err := NewRegexp("(a|b)*a(a|b){40}c", false)
	if err != nil {
		t.Fatal(err)
	}
	p, r := n.(*pattern), rand.New(rand.NewPCG(7, 8))
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	for known := true; known; _, known = p.fast.Match(text) {
		p.found(text)
	}
	if l := (line{raw: strings.Repeat("b", 100) + "c"}); Match(n, l) || !Match(n, line{raw: strings.Repeat("a", 50) + "c"}) {
		t.Error("wrong answer once the tables were given up")
	}
}
