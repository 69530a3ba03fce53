package automaton

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

// Ensure a finder finds what package regexp finds, whatever the pattern
// and the text.
func TestFinderFindsWhatRegexpFinds(t *testing.T) {
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
		f := NewFinder(regexp.MustCompile(p), Options{})
		if f.Slow() && p != `\pL+` { // has more kinds of characters than a table
			t.Errorf("%s: no tables", p)
		}
		for _, text := range texts {
			checkFinder(t, f, text)
		}
		if f.slow.Load() {
			t.Errorf("%s: gave up", p)
		}
	}
}

// most is how many matches the tests ask for, more than any text has.
const most = 10_000

// values are what package regexp finds, in the terms of Find.
func values(re *regexp.Regexp, text string) (all []Span) {
	for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
		value := Span{at[0], at[1]}
		for i, name := range re.SubexpNames() {
			if name != "" && at[2*i] >= 0 {
				value = Span{at[2*i], at[2*i+1]}
				break
			}
		}
		if value.Start < value.End {
			all = append(all, value)
		}
	}
	return all
}

func checkFinder(t *testing.T, f *Finder, text string) {
	t.Helper()
	want := values(f.re, text)
	if got := f.Find([]byte(text), most, nil); !slices.Equal(got, want) {
		t.Errorf("%s in %q: got %v, want %v", f, text, got, want)
	}
	if got := f.plain([]byte(text), most, nil); !slices.Equal(got, want) {
		t.Errorf("%s in %q: got %v by package regexp, want %v", f, text, got, want)
	}
}

// FuzzFinder: any pattern finds in any text what package regexp finds.
func FuzzFinder(f *testing.F) {
	for _, p := range patterns {
		f.Add(p, "a foo 10.0.0.1\näb@x.y")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 4096 {
			return
		}
		if re, err := regexp.Compile(pattern); err == nil {
			checkFinder(t, NewFinder(re, Options{}), text)
		}
	})
}

// Ensure a pattern whose states are too many still finds everything.
func TestFinderGivesUpWithoutLosingMatches(t *testing.T) {
	re := regexp.MustCompile(`(?:a|b)*a(?:a|b){14}c|z`)
	f := NewFinder(re, Options{})
	r := rand.New(rand.NewPCG(3, 4))
	text := make([]byte, 60_000)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	text = append(text, "aaaaaaaaaaaaaaac z"...)
	got, want := f.Find(text, most, nil), values(re, string(text))
	if !slices.Equal(got, want) || len(got) != 2 {
		t.Errorf("got %v, want %v", got, want)
	}
	if !f.Slow() {
		t.Error("got a finder that is not slow: the test tests nothing")
	}
}

// Ensure a finder stops at the most matches that are asked for, and appends.
func TestFinderStopsAtTheMost(t *testing.T) {
	f := NewFinder(regexp.MustCompile(`[0-9]`), Options{})
	got, want := f.Find([]byte("1 2 3 4"), 2, []Span{{7, 9}}), []Span{{7, 9}, {0, 1}, {2, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
