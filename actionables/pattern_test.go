package actionables

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Ensure a bad pattern is told at its column, and what others have and RE2
// has not comes with what to write instead.
func TestBadPatternIsToldAtItsColumn(t *testing.T) {
	tests := []struct {
		pattern string
		column  int
		want    string // in the reason
	}{
		{``, 0, "missing"},
		{`a(?=b)`, 2, "look-around"},
		{`a(?!b)`, 2, "look-around"},
		{`(?<=a)b`, 1, "named group, (?P<value>...)"},
		{`x+(?<!a)b(?P<v>c)`, 3, "look-around"},
		{`(a)\1`, 4, "back-references"},
		{`(?P<q>a)\k<q>`, 9, "back-references"},
		{`a+b++c`, 4, "possessive"},
		{`a*(*b)`, 4, "missing argument"},
		{`a**b**`, 2, "nested repetition"},
		{`ä+\u0026`, 3, `\x{26}`},
		{`a(?>b)`, 2, "atomic"},
		{`a(?#b)`, 2, "comments"},
		{`a(b(c)`, 2, "never closed"},
		{`\(a[(](b`, 7, "never closed"},
		{`[[:alpha:](](b`, 13, "never closed"},
		{`\Q((\E(b`, 7, "never closed"},
		{`[^](](b`, 6, "never closed"},
		{`a)b`, 2, "never opened"},
		{`\)a[)])b`, 7, "never opened"},
		{`\Q)`, 0, ""},
		{`ab[c`, 3, "missing closing ]"},
		{`[a-z][b-a]`, 7, "range"},
		{`ab{2}c{1001}`, 7, "repeat count"},
		{`abc\`, 4, `\\`},
		{`\Za\Z`, 1, "escape"},
		{`(?P<a b>c)`, 1, "named capture"},
		{"a\xff", 2, "UTF-8"},
		{strings.Repeat("a", MaxText+1), 0, "4096"},
		{`(?:[a-z]{1000}){6}`, 16, "repeat count"},
		{`[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}`, 0, "too large"},
		{`(?:^|\s)(?P<uid>[CF][0-9A-Za-z]{13,17})(?:\s|$)`, 0, ""},
	}
	for _, tt := range tests {
		_, f := compile(tt.pattern)
		switch {
		case f == nil && tt.want == "" && tt.column == 0:
		case f == nil:
			t.Errorf("%q: got no fault, want column %d with %q", tt.pattern, tt.column, tt.want)
		case f.column != tt.column || !strings.Contains(f.reason, tt.want):
			t.Errorf("%q: got column %d, %q, want column %d with %q", tt.pattern, f.column, f.reason, tt.column, tt.want)
		}
	}
}

// FuzzCompile: never panics; a fault lies inside the pattern and has a reason.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{`(a`, `a)`, `[a`, `(?<=a)b`, `\1`, `x**`, `a\`, `\Q(\E)`, "\xff(", `(((a{9}){9}){9}){9}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		re, bad := compile(pattern)
		if (re == nil) == (bad == nil) {
			t.Fatalf("%q: got %v and %v, want one of them", pattern, re, bad)
		}
		if bad != nil && (bad.reason == "" || bad.column < 0 || bad.column > utf8.RuneCountInString(pattern)+1) {
			t.Errorf("%q: got column %d, %q", pattern, bad.column, bad.reason)
		}
	})
}
