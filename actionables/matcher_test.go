package actionables

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// matcher compiles triggers, one actionable each, named a, b, c.
func matcher(t testing.TB, triggers ...Trigger) *Matcher {
	t.Helper()
	var list []Actionable
	for i, tr := range triggers {
		list = append(list, Actionable{ID: string(rune('a' + i)), Triggers: []Trigger{tr}})
	}
	m, err := NewMatcher(list)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// list writes matches as "id:value@start".
func list(matches []Match) string {
	var out []string
	for _, m := range matches {
		out = append(out, fmt.Sprintf("%s:%s@%d", m.ID, m.Value, m.Start))
	}
	return strings.Join(out, " ")
}

func TestScan(t *testing.T) {
	tests := []struct {
		name     string
		patterns []string
		text     string
		want     string
	}{
		{"whole match", []string{`[0-9]+`}, "a 12 b 345", "a:12@2 a:345@7"},
		{"named group", []string{`(?:^|\s)(?P<uid>[CF][0-9a-z]{3})(\s|$)`}, "Cabc x Fdef", "a:Cabc@0 a:Fdef@7"},
		{"unnamed group is not the value", []string{`port (\d+)`}, "port 80", "a:port 80@0"},
		{"first named group that took part", []string{`x(?P<a>\d)|y(?P<b>\d)`}, "x1 y2", "a:1@1 a:2@4"},
		{"both spellings of a named group", []string{`x(?<a>\d)`}, "x1", "a:1@1"},
		{"no named group took part", []string{`x(?P<a>\d)?`}, "x", "a:x@0"},
		{"different ones overlap", []string{`api\.example\.org`, `example\.org`}, "api.example.org", "a:api.example.org@0 b:example.org@4"},
		{"equal patterns of two", []string{`abc`, `abc`}, "abc", "a:abc@0 b:abc@0"},
		{"empty matches", []string{`x*`}, strings.Repeat("-", 2000) + "xx", "a:xx@2000"},
		{"empty group", []string{`a(?P<v>b*)`}, "a", ""},
		{"beyond ASCII", []string{`ä+`}, "xääx", "a:ää@1"},
		{"not UTF-8", []string{`b`}, "\xffb", "a:b@1"},
		{"nothing", []string{`abc`}, "", ""},
		{"no triggers", nil, "abc", ""},
	}
	for _, tt := range tests {
		var triggers []Trigger
		for _, p := range tt.patterns {
			triggers = append(triggers, Trigger{Pattern: p})
		}
		got := matcher(t, triggers...).Scan([]byte(tt.text))
		if list(got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, list(got), tt.want)
		}
		for _, m := range got {
			if tt.text[m.Start:m.End] != m.Value {
				t.Errorf("%s: got %q at %d to %d", tt.name, m.Value, m.Start, m.End)
			}
		}
	}
}

// Ensure of overlapping matches of one actionable the first is kept, of those
// that start together the longest, and that none comes twice.
func TestScanKeepsOneOfOverlappingMatches(t *testing.T) {
	m, err := NewMatcher([]Actionable{{ID: "a", Triggers: []Trigger{
		{Pattern: `example\.org`}, {Pattern: `ex`}, {Pattern: `api\.example`}, {Pattern: `example\.org`}, {Pattern: `[m]+`},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := list(m.Scan([]byte("api.example.org example.org"))), "a:api.example@0 a:example.org@16"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Ensure what is switched off stays silent, and selection triggers answer
// selections only.
func TestScanRunsWhatIsSwitchedOn(t *testing.T) {
	m, err := NewMatcher([]Actionable{
		{ID: "off", Disabled: true, Triggers: []Trigger{{Pattern: `\d`}, {Pattern: `(`}}},
		{ID: "half", Triggers: []Trigger{{Pattern: `\d`, Disabled: true}, {Pattern: `x`}}},
		{ID: "sel", Triggers: []Trigger{{Pattern: `\d`, On: OnSelection}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := list(m.Scan([]byte("x 1"))), "half:x@0"; got != want {
		t.Errorf("click: got %q, want %q", got, want)
	}
	if got, want := list(m.ScanSelection([]byte("x 1"), Place{})), "half:x@0 sel:1@2"; got != want {
		t.Errorf("selection: got %q, want %q", got, want)
	}
}

func TestNilMatcherFindsNothing(t *testing.T) {
	var m *Matcher
	if got := append(m.Scan([]byte("1")), m.ScanSelection([]byte("1"), Place{})...); len(got) > 0 {
		t.Errorf("got %v, want nothing", got)
	}
}

func TestNewMatcherNamesTheBadTrigger(t *testing.T) {
	_, err := NewMatcher([]Actionable{{Triggers: []Trigger{{Pattern: `a`}, {Pattern: `b(`}}}})
	var bad *InvalidError
	if !errors.As(err, &bad) || bad.Trigger != 1 || bad.Column != 2 || bad.Action != -1 || bad.Field != "pattern" {
		t.Errorf("got %+v, want trigger 1, column 2", err)
	}
}

func TestScanIsBounded(t *testing.T) {
	text := []byte(strings.Repeat("a ", MaxScan))
	if got := len(matcher(t, Trigger{Pattern: `a`}).Scan(text)); got != MaxMatches {
		t.Errorf("got %d matches, want %d", got, MaxMatches)
	}
	long := []byte("b" + strings.Repeat("a", MaxValue+1) + "b" + strings.Repeat("a", MaxValue))
	if got := matcher(t, Trigger{Pattern: `a+`}).Scan(long); len(got) != 1 || got[0].Start != MaxValue+3 {
		t.Errorf("got %d matches, want the one of %d bytes", len(got), MaxValue)
	}
	over := []byte(strings.Repeat("-", MaxScan-2) + "aaaa")
	if got := matcher(t, Trigger{Pattern: `a+`}).Scan(over); len(got) != 0 {
		t.Errorf("got %q, want no half of a value", list(got))
	}
}

// Ensure a literal that is looked for first never hides a match.
func TestNeedsNeverHideAMatch(t *testing.T) {
	tests := []struct {
		pattern string
		want    need
	}{
		{`abc`, need{literals: []string{"abc"}}},
		{`(?i)ABC`, need{literals: []string{"abc"}, fold: true}},
		{`[0-9]{1,3}(\.[0-9]{1,3}){3}`, need{literals: []string{"."}}},
		{`type=(?P<t>[A-Z_]+)`, need{literals: []string{"type="}}},
		{`(?:http|ftps)://\S+`, need{literals: []string{"http", "ftps"}}},
		{`(?:alpha|beta)x`, need{literals: []string{"alpha", "beta"}}},
		{`(?:ab)*c?`, need{}},
		{`(?:ab|[0-9])`, need{}},
		{`(?:ab|(?i)cd)`, need{}},
		{`(?i)ä`, need{}},
		{`(ab)+`, need{literals: []string{"ab"}}},
		{`\b[0-9a-f]{32}\b`, need{}},
		{`^$`, need{}},
	}
	for _, tt := range tests {
		if got := needOf(tt.pattern); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %+v, want %+v", tt.pattern, got, tt.want)
		}
	}
	// U+212A and U+017F are k and s without case.
	if got := list(matcher(t, Trigger{Pattern: `(?i)ks`}).Scan([]byte("\u212a\u017f"))); got != "a:\u212a\u017f@0" {
		t.Errorf("got %q, want the Kelvin sign to match", got)
	}
}

// FuzzNeeds: whatever a pattern finds in a text, its need is in the text.
func FuzzNeeds(f *testing.F) {
	f.Add(`(?i)a(b|cd)+e?`, "xABcdE")
	f.Add(`(?s)(?i:K)x.*`, "\u212ax")
	f.Add(`(ab|(?i)cd){2}`, "abCD")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, bad := compile(pattern)
		if bad != nil {
			t.Skip()
		}
		if re.MatchString(text) && !needOf(pattern).in(&folded{text: []byte(text)}) {
			t.Errorf("%q matches %q, but its need %+v is not there", pattern, text, needOf(pattern))
		}
	})
}
