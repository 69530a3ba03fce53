package ui

import (
	"strings"
	"testing"
)

// Ensure that the place of the cursor is known wherever a query is being
// written: what could stand there, and what a completion replaces (between
// the square brackets; ^ is the cursor).
func TestSpotAt(t *testing.T) {
	for _, tt := range []struct {
		query string
		kind  spotKind
		typed string
		field string
	}{
		{"[^]", spotTerm, "", ""},
		{"[fo^]", spotTerm, "fo", ""},
		{"[fo^o] bar", spotTerm, "fo", ""},
		{"foo [^]", spotTerm, "", ""},
		{"foo -[ba^]", spotTerm, "ba", ""},
		{"(foo OR [ba^])", spotTerm, "ba", ""},
		{"user:[^]", spotValue, "", "user"},
		{"a user:=[ro^ot] b", spotValue, "ro", "user"},
		{"-user:[ro^]", spotValue, "ro", "user"},
		{`"Event ID":[4^]`, spotValue, "4", "Event ID"},
		{`msg:["access de^nied"] x`, spotValue, "access de", "msg"},
		{`msg:["access de^]`, spotValue, "access de", "msg"},
		{"user:(root OR [ad^])", spotValue, "ad", "user"},
		{"user:(root) [ad^]", spotTerm, "ad", ""},
		{"SSL::[^]", spotNothing, "", ""},
		{"/a b[c^]/", spotNothing, "", ""},
		{"uri:/ad[^]min/", spotNothing, "", ""},
		{"[/etc^]", spotTerm, "/etc", ""},
		{"n:[>1^]", spotNothing, "", ""},
		{"foo | [^]", spotStage, "", ""},
		{"foo |[st^]", spotStage, "st", ""},
		{`"a | b" [c^]`, spotTerm, "c", ""},
		{"foo | stats [^]", spotFunction, "", ""},
		{"foo | stats count(), [s^]", spotFunction, "s", ""},
		{"foo | stats sum([by^])", spotField, "by", ""},
		{"foo | stats count() by [id.^]", spotField, "id.", ""},
		{"foo | stats count() by a,[b^]", spotField, "b", ""},
		{"foo | top 10 [id^]", spotField, "id", ""},
		{"foo | sort -[co^]", spotField, "co", ""},
		{"foo | head [1^]", spotNothing, "", ""},
		{"foo | where [co^]", spotTerm, "co", ""},
		{"foo | where user:[^]", spotValue, "", "user"},
		{"foo | rex /(?<x>a|b)[^]/", spotNothing, "", ""},
		{"foo | rex /(?<x>a|b)/ from [ms^]", spotField, "ms", ""},
		{"foo | stats count() by a | [s^]", spotStage, "s", ""},
	} {
		plain := strings.NewReplacer("[", "", "]", "").Replace(tt.query)
		q := strings.Replace(plain, "^", "", 1)
		at := strings.Index(plain, "^")
		got := spotAt(q, at)
		if got.kind != tt.kind {
			t.Errorf("%s: got kind %d, want %d (%+v)", tt.query, got.kind, tt.kind, got)
			continue
		}
		if tt.kind == spotNothing {
			continue
		}
		from := strings.Index(tt.query, "[")
		to := strings.Index(tt.query, "]") - 2 // without [ and ^
		if got.from != from || got.to != to || got.typed != tt.typed || got.field != tt.field {
			t.Errorf("%s: got %d to %d, typed %q, field %q; want %d to %d, %q, %q", tt.query, got.from, got.to, got.typed, got.field, from, to, tt.typed, tt.field)
		}
	}
}

// The query comes from outside and is seldom one yet: ensure that reading it
// never panics, and that what is to be replaced lies round the cursor.
func FuzzSpotAt(f *testing.F) {
	f.Add(`-"a b":(x OR "y`, 9)
	f.Add("a | stats sum(x) by y | where z:=/1/", 30)
	f.Fuzz(func(t *testing.T, q string, at int) {
		if at < 0 || at > len(q) {
			return
		}
		got := spotAt(q, at)
		if got.kind == spotNothing {
			return
		}
		if got.from > at || got.to < at || got.to > len(q) {
			t.Errorf("%q at %d: got %d to %d", q, at, got.from, got.to)
		}
	})
}
