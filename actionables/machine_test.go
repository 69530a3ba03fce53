package actionables

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// patterns are what people write, and what is hard: edges, lazy repetition,
// alternatives in order, empty matches, characters beyond ASCII, groups.
var patterns = []string{
	`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b`, `\d+`, `a|ab|abc`, `(?:a|ab)(?:c|bcd)`, `a*?b`, `x*`, `^a`, `b$`, `(?m)^a$`, `\Ba\B`, `\bfoo\b|bar`,
	`(?P<v>a+)(?P<w>b+)?`, `(\s|^)(?P<uid>(C|F)([a-zA-Z0-9]{13,17}))(\s|$)`, `(?i)straße|K`, `[^\x00-\x7f]+`, `.+`, `(?s).+`, `a??`, `(a|b)*?c`,
	`user="(?P<u>\S+?)?"`, `(?P<x>)a`, `(?:(?P<one>a)|(?P<two>b))+`, `\pL+`, `(?i)[a-c]{2,3}`, `(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]+`,
	`(?P<foo>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)[a-z]+).$`, `.*@.*`, `(?P<a>x|(?P<b>y)z)`, `ab?c??`, `$`, `^`, `\b`, `(?-s).`, `(a*)*`, `(a|aa)+$`, `[a-f0-9]{32}`, `\x{FFFD}`,
}

// Ensure the machine finds what package regexp finds, whatever the pattern
// and the text.
func TestMachineFindsWhatRegexpFinds(t *testing.T) {
	texts := []string{"", "a", "abcd", "10.0.0.1 and 10.0.0.10:80", "aab aabb b", "foo bar xfoox\nfoo", "K STRASSE straße \u212a ſ", "\xff\xfea\xe2\x82", "C12345678901234 F1234567890123456", `user="x" user=""`, "www.example.org. x@y.z", strings.Repeat("ab", 200), "日本語 ä\n\na"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString([]string{"a", "b", "c", "ab", " ", ".", "\n", "1", "x", "y", "z", "@", "-", "ä", "\xff", "C", "foo", "日", `"`, "user="}[r.IntN(20)])
		}
		texts = append(texts, b.String())
	}
	for _, p := range patterns {
		m := newMachine(regexp.MustCompile(p))
		if m.forward == nil && p != `\pL+` { // has more kinds of characters than a table
			t.Errorf("%s: no machine", p)
		}
		for _, text := range texts {
			checkMachine(t, m, p, text)
		}
		if m.slow.Load() {
			t.Errorf("%s: slow", p)
		}
	}
}

func checkMachine(t *testing.T, m *machine, pattern, text string) {
	t.Helper()
	got := m.find([]byte(text), MaxMatches, nil)
	want := m.plain([]byte(text), MaxMatches, nil)
	if !slices.Equal(got, want) {
		t.Errorf("%s in %q: got %v, want %v", pattern, text, got, want)
	}
}

// FuzzMachine: any pattern finds in any text what package regexp finds.
func FuzzMachine(f *testing.F) {
	for _, p := range patterns {
		f.Add(p, "a foo 10.0.0.1\näb@x.y")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, bad := compile(pattern)
		if bad == nil && len(text) < 4096 {
			checkMachine(t, newMachine(re), pattern, text)
		}
	})
}

// Ensure a pattern whose states are too many still finds everything.
func TestMachineGivesUpWithoutLosingMatches(t *testing.T) {
	re := regexp.MustCompile(`(?:a|b)*a(?:a|b){14}c|z`)
	m := newMachine(re)
	r := rand.New(rand.NewPCG(3, 4))
	text := make([]byte, 60_000)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	text = append(text, "aaaaaaaaaaaaaaac z"...)
	got, want := m.find(text, MaxMatches, nil), m.plain(text, MaxMatches, nil)
	if !slices.Equal(got, want) || len(got) != 2 {
		t.Errorf("got %v, want %v", got, want)
	}
	if !m.slow.Load() {
		t.Error("got a machine that is not slow: the test tests nothing")
	}
}
