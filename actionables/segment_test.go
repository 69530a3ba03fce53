package actionables

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"spoor/index/query"
)

func TestCut(t *testing.T) {
	ip := func(start, end int, v string) Match { return Match{"ip", v, start, end} }
	tests := []struct {
		name    string
		text    string
		marks   []query.Span
		matches []Match
		want    string
	}{
		{"nothing", "abc", nil, nil, `[{"t":"abc"}]`},
		{"empty text", "", []query.Span{{Start: 0, End: 3}}, nil, `[]`},
		{"mark", "a bc d", []query.Span{{Start: 2, End: 4}}, nil, `[{"t":"a "},{"t":"bc","m":true},{"t":" d"}]`},
		{"match", "to 1.2.3.4", nil, []Match{ip(3, 10, "1.2.3.4")}, `[{"t":"to "},{"t":"1.2.3.4","a":[{"id":"ip","value":"1.2.3.4"}]}]`},
		{"mark inside a match", "1.2.3.4", []query.Span{{Start: 2, End: 3}}, []Match{ip(0, 7, "1.2.3.4")},
			`[{"t":"1.","a":[{"id":"ip","value":"1.2.3.4"}]},{"t":"2","m":true,"a":[{"id":"ip","value":"1.2.3.4"}]},{"t":".3.4","a":[{"id":"ip","value":"1.2.3.4"}]}]`},
		{"overlapping matches", "abcd", nil, []Match{{"x", "abc", 0, 3}, {"y", "bcd", 1, 4}},
			`[{"t":"a","a":[{"id":"x","value":"abc"}]},{"t":"bc","a":[{"id":"x","value":"abc"},{"id":"y","value":"bcd"}]},{"t":"d","a":[{"id":"y","value":"bcd"}]}]`},
		{"overlapping marks", "abcd", []query.Span{{Start: 0, End: 3}, {Start: 1, End: 4}}, nil, `[{"t":"a","m":true},{"t":"bc","m":true},{"t":"d","m":true}]`},
		{"neighbours", "abcd", nil, []Match{{"x", "cd", 2, 4}, {"x", "ab", 0, 2}}, `[{"t":"ab","a":[{"id":"x","value":"ab"}]},{"t":"cd","a":[{"id":"x","value":"cd"}]}]`},
		{"outside", "ab", []query.Span{{Start: -5, End: 1}, {Start: 1, End: 9}, {Start: 7, End: 9}, {Start: 1, End: 1}, {Start: 2, End: 0}}, nil, `[{"t":"a","m":true},{"t":"b","m":true}]`},
		{"inside a character", "aäb", []query.Span{{Start: 2, End: 4}}, nil, `[{"t":"a"},{"t":"äb","m":true}]`},
		{"ends inside a character", "a€b", []query.Span{{Start: 0, End: 2}}, nil, `[{"t":"a€","m":true},{"t":"b"}]`},
		{"not UTF-8", "a\xff\xfeb", []query.Span{{Start: 2, End: 3}}, nil, `[{"t":"a\ufffd"},{"t":"\ufffd","m":true},{"t":"b"}]`},
		{"half a character", "\xe2\x82", []query.Span{{Start: 1, End: 2}}, nil, `[{"t":"\ufffd"},{"t":"\ufffd","m":true}]`},
	}
	for _, tt := range tests {
		var want []Segment
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		got := Cut([]byte(tt.text), tt.marks, tt.matches)
		if b, _ := json.Marshal(got); !reflect.DeepEqual(got, want) || got == nil {
			t.Errorf("%s: got %s, want %s", tt.name, b, tt.want)
		}
	}
}

// Ensure the pieces joined are the text as shown, whatever is marked in
// whatever bytes, and that marks and matches cover what they should.
func TestCutPiecesJoinedAreTheText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "ä", "€", "😀", "\xff", "\xe2\x82", "\xf0\x9f", "\x80", " ", "\x00", "\ufffd"}
	for range 5000 {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := []byte(b.String())
		at := func() int { return r.IntN(len(text)+3) - 1 }
		var marks []query.Span
		var matches []Match
		for range r.IntN(4) {
			marks = append(marks, query.Span{Start: at(), End: at()})
			matches = append(matches, Match{ID: "x", Value: "v", Start: at(), End: at()})
		}
		check(t, text, marks, matches)
	}
}

func check(t *testing.T, text []byte, marks []query.Span, matches []Match) {
	t.Helper()
	var joined strings.Builder
	marked := 0
	for _, s := range Cut(text, marks, matches) {
		if s.Text == "" {
			t.Errorf("%q: empty piece", text)
		}
		joined.WriteString(s.Text)
		if s.Marked {
			marked += len([]rune(s.Text))
		}
	}
	want, lossy := Show(text)
	if joined.String() != want {
		t.Errorf("%q: got %q, want %q", text, joined.String(), want)
	}
	if lossy != (want != string(text)) {
		t.Errorf("%q: got lossy %v, shown %q", text, lossy, want)
	}
	n := 0 // characters that a mark touches
	for i, c := range string(text) {
		size := len(string(c))
		if c == '\ufffd' && !strings.HasPrefix(string(text[i:]), "\ufffd") {
			size = 1
		}
		for _, m := range marks {
			if max(m.Start, i) < min(m.End, i+size) {
				n++
				break
			}
		}
	}
	if marked != n {
		t.Errorf("%q %v: got %d characters marked, want %d", text, marks, marked, n)
	}
}

// Ensure a value under thousands of marks is not repeated without end.
func TestCutBoundsWhatItRepeats(t *testing.T) {
	text := []byte(strings.Repeat("a ", 20000))
	var marks []query.Span
	for i := 0; i < len(text); i += 2 {
		marks = append(marks, query.Span{Start: i, End: i + 1})
	}
	matches := []Match{{"x", strings.Repeat("v", MaxValue), 0, len(text)}}
	size := 0
	segments := Cut(text, marks, matches)
	for _, s := range segments {
		for _, a := range s.Actionables {
			size += len(a.Value)
		}
	}
	if size > 2*maxRefs || len(segments) != len(text) {
		t.Errorf("got %d bytes of values in %d pieces, want at most %d in %d", size, len(segments), 2*maxRefs, len(text))
	}
}
