package automaton

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

var regexScraps = []string{"a", "b", "k", "é", ".", "[a-c]", "[^a]", "\\b", "\\B", "^", "$", "(?m)", "(?i)", "(?s)", "*", "+", "?", "|", "(", ")", "{2}",
	"{1,3}", "\\w", "\\n", "\\d", "\\z", "\\A", " ", "\ufffd", "[x-z]{5}", "\\pL"}

// matcher returns nil where there is none.
func matcher(t *testing.T, re string, o Options) *Matcher {
	t.Helper()
	tree, err := syntax.Parse(re, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return NewMatcher(tree, o)
}

// checkMatcher compares with package regexp, and says whether there was
// something to compare.
func checkMatcher(t *testing.T, re, text string) bool {
	t.Helper()
	want, err := regexp.Compile(re)
	if err != nil {
		return false
	}
	hit, ok := matcher(t, re, Options{}).Match([]byte(text))
	if ok && hit != want.MatchString(text) {
		t.Fatalf("/%s/ in %q: got %v, want %v", re, text, hit, !hit)
	}
	return ok
}

// Ensure regular expressions mean what package regexp means.
func TestMatcherAgreesWithRegexp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	compared := 0
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
			if checkMatcher(t, re.String(), text.String()) {
				compared++
			}
		}
	}
	if compared < 10_000 {
		t.Errorf("got %d answers to compare", compared)
	}
}

// Ensure a table that is begun from scratch forgets nothing that counts.
func TestMatcherBeginsItsTableFromScratch(t *testing.T) {
	const re = "(a|b)*a(a|b){12}c"
	want := regexp.MustCompile(re)
	r := rand.New(rand.NewPCG(7, 8))
	text := make([]byte, 3000) // has more states than the table
	for range 50 {
		for i := range text {
			text[i] = "ab"[r.IntN(2)]
		}
		text[len(text)-1] = 'c'
		hit, ok := matcher(t, re, Options{Cells: 1 << 13}).Match(text)
		if !ok || hit != want.Match(text) {
			t.Fatalf("%q: got %v, ok %v, want %v", text, hit, ok, !hit)
		}
	}
}

// Ensure a matcher whose expression has too many states says so, from then on.
func TestMatcherGivesUp(t *testing.T) {
	m, r := matcher(t, "(a|b)*a(a|b){40}c", Options{Cells: 1 << 13}), rand.New(rand.NewPCG(7, 8))
	text := make([]byte, 100_000)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	if hit, ok := m.Match(text); hit || ok {
		t.Errorf("got %v, ok %v, want no answer", hit, ok)
	}
	if hit, ok := m.Match([]byte("c")); hit || ok {
		t.Errorf("afterwards: got %v, ok %v, want no answer", hit, ok)
	}
}

// Ensure what is too large for a table is refused, and answers nothing.
func TestMatcherRefusesWhatIsTooLarge(t *testing.T) {
	m := matcher(t, `(?:\pL{500}){2}`, Options{})
	if _, ok := m.Match([]byte("a")); m != nil || ok {
		t.Errorf("got %v, ok %v, want none", m, ok)
	}
}

func FuzzMatcher(f *testing.F) {
	f.Add(`a.*\bé$`, "xa é\n")
	f.Fuzz(func(t *testing.T, re, text string) {
		if len(re) <= 50 && len(text) <= 200 {
			checkMatcher(t, re, text)
		}
	})
}
