package main

import "testing"

// Ensure nothing that a log holds steers the terminal, turns a line round or
// hides in it.
func TestPrintableShowsWhatCannotBeSeen(t *testing.T) {
	for text, want := range map[string]string{
		"plain\ttäxt → 日本":            "plain\ttäxt → 日本",
		"\x1b[31mred\x07\x00\x7f":     `\x1b[31mred\x07\x00\x7f`,
		"\u0085\u009b31m":             `\x85\x9b31m`,
		"exe.\u202etxt.\u202c":        `exe.\u202etxt.\u202c`,
		"a\u2066b\u2069c\u061cd":      `a\u2066b\u2069c\u061cd`,
		"pay\u200bpal\ufeff\u00ad":    `pay\u200bpal\ufeff\xad`,
		"one\u2028two\u2029":          `one\u2028two\u2029`,
		"tag\U000e0041\U000e007f end": `tag\U000e0041\U000e007f end`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%+q: got %q, want %q", text, got, want)
		}
	}
}
