package query

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var testNow = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// testOptions know a few names of sources.
var testOptions = ParseOptions{Now: testNow, Source: func(name string) []uint32 {
	return map[string][]uint32{"case-7": {7}, "utica": {100, 101}}[name]
}}

// Ensure values of fields are read as what they are compared with.
func TestParseReadsComparisons(t *testing.T) {
	tests := []struct{ text, want string }{ // want is printed; empty: as text
		{"f:>100", ""},
		{"f:>=1.5e3", ""},
		{"f:<-5", ""},
		{"f:<=2020-05-01T07:09:23Z", ""},
		{`f:>"2020-05-01 07:09:23"`, ""},
		{"f:>10.0.0.5", ""},
		{"f:>fe80::1", ""},
		{"f:>1h30m", ""},
		{"f:<4MiB", ""},
		{"f:>abc", ""},
		{`f:>"a b"`, ""},
		{`f:>"10k"`, ""},
		{"f:[1 TO 5]", ""},
		{"f:{1 TO 5}", ""},
		{"f:[1 TO 5}", ""},
		{"f:[* TO 5]", "f:<=5"},
		{"f:{5 TO *]", "f:>5"},
		{"f:[* TO *]", "f:*"},
		{"f:[  10.0.0.1   TO\t10.0.0.9 ]", "f:[10.0.0.1 TO 10.0.0.9]"},
		{`f:["a b" TO "c]"]`, `f:["a b" TO "c]"]`},
		{"f:[2020-05-01 TO 1588377600]", ""},
		{"f:(a OR b)", "f:a OR f:b"},
		{"f:(a b)", "f:a f:b"},
		{"f:(a -b)", "f:a NOT f:b"},
		{"f:(NOT (a OR >5) [1 TO 2])", "NOT (f:a OR f:>5) f:[1 TO 2]"},
		{`f:=(a "b c")`, `f:=a f:="b c"`},
		{"f:(/a b/ http://x)", "f:/a b/ f:http://x"},
		{"net:(10.0.0.0/8 OR fe80::/10)", "net:10.0.0.0/8 OR net:fe80::/10"},
		{"f:(x:y)z", "f:x:y z"},
		{`"a b":(c)`, `"a b":c`},
		{"tag:(zeek.conn OR zeek.d*)", "tag:zeek.conn OR tag:zeek.d*"},
		{"src:(1 OR 2)", "src:1 OR src:2"},
		{"src:[100 TO 200]", ""},
		{"src:>100", "src:[101 TO 4294967295]"},
		{"src:<5", "src:[0 TO 4]"},
		{"src:>=7", "src:[7 TO 4294967295]"},
		{"src:[7 TO 7]", "src:7"},
		{"src:>0", "src:*"},
		{"case:Foo", ""},
		{`case:"Foo Bar"`, ""},
		{"case:F*o", ""},
		{"case:user:Admin", ""},
		{"case:user:=Admin", ""},
		{`case:"a b":Admin`, ""},
		{"case:(Foo OR user:Bar) baz", "(case:Foo OR case:user:Bar) baz"},
		{"case:user:(A -B)", "case:user:A NOT case:user:B"},
		{"-case:Foo", "NOT case:Foo"},
		{"case:10.0.0.1", "10.0.0.1"},
		{"case:tag:X", "tag:X"},
		{`"case":x`, ""},
		{"ip:10.0.0.0/8 port:>1024 mac:00-0c-29-ab-cd-ef", "ip:10.0.0.0/8 port:>1024 mac:00:0c:29:ab:cd:ef"},
		{"id:AAAAAAAAAAAAAAAAAAAAAAAAAAA", ""},
		{`"id":AAAAAAAAAAAAAAAAAAAAAAAAAAA`, ""},
		{"id:412", ""},
		{`"from":a@b "last":5 "to":x "dedup":on`, ""},
		{"10.0.0.0/8 x", ""},
		{"sensor:utica-a job:7", ""},
	}
	for _, tt := range tests {
		if tt.want == "" {
			tt.want = tt.text
		}
		n, err := Parse(tt.text)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := n.String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.text, got, tt.want)
		}
		reparses(t, n)
	}
}

// Ensure errors of values say where and what.
func TestParseNamesTheColumnOfValues(t *testing.T) {
	tests := []struct {
		text   string
		column int
		reason string
	}{
		{"f:>", 4, "missing value"},
		{"f:> 5", 4, "missing value"},
		{"f:>=", 5, "missing value"},
		{"f:>10k", 4, "quote it to compare as text"},
		{"f:>1*", 4, "no wildcard"},
		{"f:>*", 3, "no wildcard"},
		{`f:>"5"x`, 7, "missing blank"},
		{"f:=>5", 4, "whole value anyway"},
		{"f:[1 TO", 6, "expected a range"},
		{"f:[1]", 5, "expected a range"},
		{"f:[1 5]", 6, "expected a range"},
		{"f:[1 TO 5", 10, "expected a range"},
		{"f:[1TO5]", 4, "quote it to compare as text"},
		{"f:[a TO 5]", 9, "expected text"},
		{"f:[5 TO 1h]", 9, "expected a number"},
		{"f:[1 TO 10.0.0.1]", 9, "expected a number"},
		{"f:[5 TO 1]", 3, "no value is in this range"},
		{"f:{5 TO 5]", 3, "no value is in this range"},
		{"f:[10.0.0.1 TO fe80::1]", 3, "no value is in this range"},
		{"f:[1 TO 5]x", 11, "missing blank"},
		{"f:(", 4, "expected a word"},
		{"f:()", 4, "nothing between"},
		{"f:(a", 3, "closes"},
		{"f:(a | b)", 6, "a pipe inside"},
		{"f:(a OR)", 8, "behind OR"},
		{`f:("")`, 4, "nothing between the quotes"},
		{"tag:>5", 5, "takes no comparison"},
		{"src:>x", 5, "expected source numbers"},
		{"src:<0", 5, "no source number"},
		{"src:>4294967295", 5, "no source number"},
		{"src:utica", 5, "expected a source number from 0 to 4294967295, or *"},
		{"case:", 6, `"case":x`},
		{"case: x", 6, `"case":x`},
		{"case:-x", 6, "behind case:"},
		{strings.Repeat("case:", 201) + "x", 1001, "inside one another"},
		{strings.Repeat("/abcde/ ", 101), 801, "more than 100 regular expressions"},
		{"/" + strings.Repeat("a", 10_000) + "/ f:/" + strings.Repeat("b", 10_000) + "/", 10_006, "16384 bytes"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.text)
		wantError(t, tt.text, err, tt.column, tt.reason)
	}
}

func wantError(t *testing.T, text string, err error, column int, reason string) {
	t.Helper()
	var bad *Error
	if !errors.As(err, &bad) {
		t.Errorf("%.60q: got %v, want an *Error", text, err)
		return
	}
	if bad.Column() != column || !strings.Contains(bad.Reason, reason) {
		t.Errorf("%.60q: got column %d: %s, want column %d: %s", text, bad.Column(), bad.Reason, column, reason)
	}
}

// Ensure a search has its times, its pipes and its sources, and prints so
// that it reads the same.
func TestParseSearchReadsTheLanguage(t *testing.T) {
	tests := []struct{ text, want string }{ // want is printed; empty: as text
		{"", ""},
		{" \t", " "},
		{"a b", ""},
		{"last:1h", "from:2026-03-04T11:00:00Z"},
		{"a last:7d b", "from:2026-02-25T12:00:00Z a b"},
		{"(a OR b) last:90s", "from:2026-03-04T11:58:30Z (a OR b)"},
		{"a AND from:2020-05-01 AND to:2020-05-02", "from:2020-05-01T00:00:00Z to:2020-05-02T00:00:00Z a"},
		{"from:2020-05-01T07:09:23.5+02:00", "from:2020-05-01T05:09:23.5Z"},
		{`from:"2020-05-01 07:09"`, "from:2020-05-01T07:09:00Z"},
		{"from:1588316963.457737", "from:2020-05-01T07:09:23.457737Z"},
		{"from:now-2h to:now", "from:2026-03-04T10:00:00Z to:2026-03-04T12:00:00Z"},
		{"to:1e9", "to:2001-09-09T01:46:40Z"},
		{"dedup:on a OR dedup:on", "!"},
		{"dedup:on src:7", ""},
		{"src:case-7", "src:7"},
		{"src:utica x", "(src:100 OR src:101) x"},
		{"src:(case-7 OR 9)", "src:7 OR src:9"},
		{"| top 10 x", ""},
		{"a|top x", "a | top 10 x"},
		{"* | head", "* | head 10"},
		{"a | stats count", "a | stats count()"},
		{"a | stats count(), dc(x), sum(x), avg(x), min(x), max(x), p95(x) by a, b", ""},
		{"| stats count() as n,sum( orig_bytes )as bytes by id.orig_h", "| stats count() as n, sum(orig_bytes) as bytes by id.orig_h"},
		{`| stats count("a b") by "by", "c,d"`, ""},
		{"| timechart", "| timechart count()"},
		{"| timechart 5m by x", "| timechart 5m count() by x"},
		{"| timechart 1h30m sum(x), count() by y", "| timechart 90m sum(x), count() by y"},
		{"| timechart p50(x)", ""},
		{"| fields a, b.c , \"d e\"", `| fields a, b.c, "d e"`},
		{"| sort -x, y, - z", "| sort -x, y, -z"},
		{`| sort "-x"`, ""},
		{"| sort -count | head 5", ""},
		{"| stats sum(x), count() by y | sort -sum( x ), count() | fields sum(x), y", `| stats sum(x), count() by y | sort -"sum(x)", count | fields "sum(x)", y`},
		{"| fields count, sum", ""},
		{"| dedup a, b", ""},
		{`| rex /user=(?<user>[a-z\/]+)/`, ""},
		{"| rex /(?P<a>x) y/i from message", "| rex /(?i)(?P<a>x) y/ from message"},
		{"x | stats count() by a | where count:>10 OR a:x | sort -count", ""},
		{"| where a:(x OR y)|head 3", "| where a:x OR a:y | head 3"},
		{`a "|" | head 1`, `a "|" | head 1`},
		{"last:1h a OR b", "!"},
	}
	for _, tt := range tests {
		s, err := ParseSearch(tt.text, testOptions)
		if tt.want == "!" {
			if err == nil {
				t.Errorf("%s: got %s, want an error", tt.text, s)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if tt.want == "" {
			tt.want = tt.text
		}
		if got := s.String(); got != strings.TrimSpace(tt.want) {
			t.Errorf("%s: got %s, want %s", tt.text, got, tt.want)
		}
		searchReparses(t, s)
	}
}

// searchReparses fails the test if s does not survive being printed, in both
// of its forms.
func searchReparses(t *testing.T, s Search) {
	t.Helper()
	for _, text := range []string{s.String(), Explain(s)} {
		if len(text) > maxQuery {
			continue // it was written in a shorter way
		}
		again, err := ParseSearch(text, ParseOptions{Now: testNow.Add(time.Hour)})
		if err != nil {
			var bad *Error
			if errors.As(err, &bad) && strings.Contains(bad.Reason, "more than") {
				continue // f:(a b) counts less than f:a f:b
			}
			t.Errorf("printed as %q: %v", text, err)
		} else if !again.Equal(s) {
			t.Errorf("printed as %q: reads as %q", text, again)
		}
	}
}

// Ensure errors of times and pipes say where and what.
func TestParseSearchNamesTheColumn(t *testing.T) {
	tests := []struct {
		text   string
		column int
		reason string
	}{
		{"last:x", 6, `expected a duration like 90s, 15m, 1h30m or 7d; for a field of that name write "last":x`},
		{"last:-1h", 6, "expected a duration"},
		{"last:0s", 6, "expected a duration"},
		{"last:>1h", 6, "expected a duration"},
		{"from:bob@example.com", 6, "expected a time"},
		{"from:now-", 6, "expected a time"},
		{"from:9e99", 6, "expected a time"},
		{"from:*", 6, "expected a time"},
		{"dedup:off", 7, "expected on"},
		{"a (last:1h)", 4, "can't stand in parentheses"},
		{"NOT last:1h", 5, "under NOT"},
		{"-from:2020-05-01", 2, "under NOT"},
		{"case:last:1h", 6, "under NOT"},
		{"a OR last:1h", 6, "beside OR"},
		{"to:2020-05-01 a OR b", 1, "beside OR"},
		{"last:1h last:2h", 9, "expected one of them"},
		{"last:1h from:2020-05-01", 9, "expected one of them"},
		{"from:2020-05-02 to:2020-05-01", 17, "before it begins"},
		{"src:nobody", 5, `no source has the name "nobody"`},
		{"src:10.0.0.1", 5, "a name, or *"},
		{"a |", 4, "expected stats, top,"},
		{"a | stat count()", 5, "did you mean stats?"},
		{"a | | head", 5, "expected stats"},
		{"| stats", 8, "expected count()"},
		{"| stats cuont(x)", 9, "did you mean count?"},
		{"| stats sum()", 14, "expected a field: sum(x)"},
		{"| stats sum(x", 14, `expected ")"`},
		{"| stats p0(x)", 9, "expected count()"},
		{"| stats p100(x)", 9, "expected count()"},
		{"| stats count() by", 19, "expected the name of a field"},
		{"| stats count() x", 17, "expected | or the end"},
		{"| stats count(), count()", 18, "a second column count"},
		{"| stats count() as by", 20, "expected the name"},
		{"| top 0 x", 7, "from 1 to 10000"},
		{"| top 10", 9, "expected the name"},
		{"| top x, y", 8, "expected | or the end"},
		{"| top 10 x*", 11, "no wildcard"},
		{"| timechart 5x", 13, "expected a duration"},
		{"| timechart 0s", 13, "expected a duration"},
		{"| head x", 8, "expected | or the end"},
		{"| head 1000001", 8, "from 1 to 1000000"},
		{"| fields a,", 12, "expected the name"},
		{`| fields ""`, 10, "nothing between the quotes"},
		{"| sort", 7, "expected the name"},
		{"| sort -sum(x", 14, `expected ")"`},
		{"| sort -sum()", 14, "expected a field"},
		{"| sort -summ(x)", 13, "expected | or the end"},
		{"| top from", 7, "one that is called from stands in quotes"},
		{"| rex x", 7, "expected a regular expression"},
		{"| rex /(x/", 8, "missing closing )"},
		{"| rex /(x)/", 7, "no group has a name"},
		{"| where", 8, "expected a query"},
		{"| where last:1h", 9, "before the first pipe"},
		{"| where a)", 10, "closes"},
		{"| where a:>", 12, "missing value"},
		{strings.Repeat("| head ", 21), 141, "more than 20 pipes"},
		{"| stats " + strings.Repeat("count(),", 21), 17, "a second column"},
		{"| fields a" + strings.Repeat(", a", 50), 160, "more than 50 fields"},
	}
	for _, tt := range tests {
		_, err := ParseSearch(tt.text, testOptions)
		wantError(t, tt.text, err, tt.column, tt.reason)
	}
}

// Ensure a reader can see how a query holds together.
func TestExplain(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"a":                                "a",
		"a OR b -c":                        "(a OR (b AND (NOT c)))",
		"last:1h a b | head 1 | head 2":    "from:2026-03-04T11:00:00Z (a AND b) | head 1 | head 2",
		"f:(a OR b) c":                     "((f:a OR f:b) AND c)",
		"a | top 5 x":                      "a | top 5 x",
		"| top 5 x":                        "| top 5 x",
		"NOT NOT a":                        "(NOT (NOT a))",
		"case:(A b) | stats count() by id": "(case:A AND case:b) | stats count() by id",
	} {
		s, err := ParseSearch(text, testOptions)
		if err != nil {
			t.Fatal(err)
		}
		if got := Explain(s); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// Ensure the nearest name is suggested, and none where none is near.
func TestSuggest(t *testing.T) {
	known := []string{"id.orig_h", "id.resp_h", "query", "orig_bytes", "resp_bytes", "user", "uid"}
	for name, want := range map[string]string{
		"qurey": "query", "Query": "query", "id_orig_h": "id.orig_h", "orig_h": "id.orig_h", "origbytes": "orig_bytes",
		"uesr": "user", "query": "", "nothing": "", "": "", "x": "", "usr": "user",
		strings.Repeat("q", 100): "",
	} {
		if got := Suggest(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// FuzzParseSearch: no text makes the parser panic, an error always has a
// column and a reason, and what is printed reads the same.
func FuzzParseSearch(f *testing.F) {
	for _, s := range []string{`last:1h (a OR b) | stats count() as n, p95("x y") by a | sort -n`, "f:[1 TO 5} f:(a OR >=10kB)", "from:2020-05-01 dedup:on | rex /(?<a>x)/i from m",
		"case:(A f:B) | timechart 5m by x | where y:>5", "src:utica src:>5", "10.0.0.0/8 id:AAAAAAAAAAAAAAAAAAAAAAAAAAA", `f:>"1k" | top 5 "a b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSearch(text, testOptions)
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) {
				t.Fatalf("got %T, want *Error", err)
			}
			if c := bad.Column(); c < 1 || c > utf8.RuneCountInString(text)+1 || bad.Reason == "" || bad.Error() == "" {
				t.Fatalf("got column %d: %q", c, bad.Reason)
			}
			return
		}
		searchReparses(t, s)
	})
}

// Ensure an ID limits the times that have to be searched, and nothing else does.
func TestTimes(t *testing.T) {
	const one, nine = "id:AAAAAAAAAAEAAAAAAAAAAgAAAAM", "id:AAAAAAAAAAkAAAAAAAAAAgAAAAM"
	for q, want := range map[string][2]int64{
		one:                                  {1, 1},
		one + " x":                           {1, 1},
		one + " OR " + nine:                  {1, 9},
		"x (" + one + " OR " + nine + ")":    {1, 9},
		one + " OR x":                        {},
		"NOT " + one:                         {},
		"x":                                  {},
		one + " " + nine:                     {},
		"(" + one + " OR x) (y " + one + ")": {1, 1},
	} {
		n, err := Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		from, to, ok := Times(n)
		if ok != (want != [2]int64{}) || ok && (from != want[0] || to != want[1]) {
			t.Errorf("%s: got %d to %d, %v, want %v", q, from, to, ok, want)
		}
	}
}
