package query

import (
	"math/rand/v2"
	"regexp"
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

var regexScraps = []string{"a", "b", "k", "é", ".", "[a-c]", "[^a]", "\\b", "\\B", "^", "$", "(?m)", "(?i)", "(?s)", "*", "+", "?", "|", "(", ")", "{2}",
	"{1,3}", "\\w", "\\n", "\\d", "\\z", "\\A", " ", "\ufffd", "[x-z]{5}", "\\pL"}

// checkDFA compares with package regexp.
func checkDFA(t *testing.T, re, text string) {
	t.Helper()
	want, err := regexp.Compile(re)
	if err != nil || re == "" {
		return
	}
	n, err := NewRegexp(re, false)
	if err != nil {
		return // a slash with a backslash
	}
	p := n.(*pattern)
	if p.re.String() != re || p.dfa == nil {
		return
	}
	hit, ok := p.dfa.match([]byte(text))
	if ok && hit != want.MatchString(text) {
		t.Fatalf("/%s/ in %q: got %v, want %v", re, text, hit, !hit)
	}
}

// Ensure regular expressions mean what package regexp means.
func TestDFAAgreesWithRegexp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		var re strings.Builder
		for range 1 + r.IntN(6) {
			re.WriteString(regexScraps[r.IntN(len(regexScraps))])
		}
		for range 3 {
			var text strings.Builder
			for range r.IntN(8) {
				text.WriteString([]string{"a", "b", "K", "\u212a", "é", "\n", " ", "\xff", "z", "1", "_"}[r.IntN(11)])
			}
			checkDFA(t, re.String(), text.String())
		}
	}
}

// Ensure an expression with too many states is still evaluated.
func TestDFAGivesUp(t *testing.T) {
	n, err := NewRegexp("(a|b)*a(a|b){40}c", false)
	if err != nil {
		t.Fatal(err)
	}
	p, r := n.(*pattern), rand.New(rand.NewPCG(7, 8))
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	for len(text) > 0 && !p.dfa.slow.Load() {
		p.found(text)
	}
	if l := (line{raw: strings.Repeat("b", 100) + "c"}); Match(n, l) || !Match(n, line{raw: strings.Repeat("a", 50) + "c"}) {
		t.Error("wrong answer once the table was given up")
	}
}

func FuzzDFA(f *testing.F) {
	f.Add(`a.*\bé$`, "xa é\n")
	f.Fuzz(func(t *testing.T, re, text string) {
		if len(re) <= 50 && len(text) <= 200 {
			checkDFA(t, re, text)
		}
	})
}
