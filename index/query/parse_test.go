package query

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"
)

// regex is NewRegexp for patterns known to be good.
func regex(re string, fold bool) Value {
	v, err := NewRegexp(re, fold)
	if err != nil {
		panic(err)
	}
	return v
}

func prefix(text string) Value { return NewNetwork(netip.MustParsePrefix(text)) }

func addr(text string) Value { return NewAddr(netip.MustParseAddr(text)) }

// Ensure every spelling of the language means the node that it should.
func TestParseReadsTheLanguage(t *testing.T) {
	mac := NewMAC([6]byte{0, 0x0c, 0x29, 0xab, 0xcd, 0xef})
	w, ph := NewWord, NewPhrase
	tests := []struct {
		text string
		want Node
	}{
		{"", nil},
		{" \t ", nil},
		{"error", w("error")},
		{`"failed password"`, ph("failed password")},
		{"a b", And(w("a"), w("b"))},
		{"a AND b", And(w("a"), w("b"))},
		{"a and b", And(w("a"), w("and"), w("b"))},
		{"a or not b", And(w("a"), w("or"), w("not"), w("b"))},
		{`a "AND" b`, And(w("a"), ph("AND"), w("b"))},
		{"a OR b c", Or(w("a"), And(w("b"), w("c")))},
		{"a OR NOT b AND c", Or(w("a"), And(Not(w("b")), w("c")))},
		{"(a OR b) c", And(Or(w("a"), w("b")), w("c"))},
		{"a(b)c", And(w("a"), w("b"), w("c"))},
		{"-a b", And(Not(w("a")), w("b"))},
		{"NOT a b", And(Not(w("a")), w("b"))},
		{"NOT (a b)", Not(And(w("a"), w("b")))},
		{"-(a b)", Not(And(w("a"), w("b")))},
		{`-"a b"`, Not(ph("a b"))},
		{"NOT NOT a", Not(Not(w("a")))},
		{"*", Any()},
		{"**", Any()},
		{"10.1.*", w("10.1.*")},
		{"*.evil.example", w("*.evil.example")},
		{`"a*b"`, ph("a*b")},
		{`"Program Files\*"`, w("Program Files*")},
		{`"a\"b\\c\d\{0a}"`, ph("a\"b\\c\\d\n")},

		{"10.0.0.1", addr("10.0.0.1")},
		{`"10.0.0.1"`, addr("10.0.0.1")},
		{"fe80::1527:0:0:1", addr("fe80::1527:0:0:1")},
		{"FE80:0:0:0:1527::1", addr("fe80:0:0:0:1527::1")},
		{"fe80::1%eth0", addr("fe80::1")},
		{"::1", addr("::1")},
		{"::", addr("::")},
		{"::ffff:10.0.0.1", addr("::ffff:10.0.0.1")},
		{"2001:470:1f11:81f:c999:d94:aa7c:2e3e", addr("2001:470:1f11:81f:c999:d94:aa7c:2e3e")},
		{"00:0c:29:ab:cd:ef", mac},
		{"00-0C-29-AB-CD-EF", mac},
		{"000c.29ab.cdef", mac},
		{"300.1.1.1", w("300.1.1.1")},
		{"10.0.0.1:80", ph("10.0.0.1:80")},
		{"[fe80::1]:443", ph("[fe80::1]:443")},
		{"[2001:db8:0:0:0:0:0:1]:443", ph("[2001:db8:0:0:0:0:0:1]:443")},
		{"2001:470:*", w("2001:470:*")},
		{"aa:bb:cc:*", w("aa:bb:cc:*")},
		{"10.0.0.0/8", prefix("10.0.0.0/8")},
		{"10.1.2.3/8", prefix("10.0.0.0/8")},
		{"2001:db8::/32", prefix("2001:db8::/32")},
		{"fe80::/10", prefix("fe80::/10")},
		{"2001:db8:1:2:3:4:5:6/64", prefix("2001:db8:1:2::/64")},
		{`"10.0.0.0/8"`, ph("10.0.0.0/8")},
		{"10.0.0.0/33", ph("10.0.0.0/33")},
		{"id.orig_h:10.0.0.0/8", NewField("id.orig_h", prefix("10.0.0.0/8"))},
		{"net:fe80::/10", NewField("net", prefix("fe80::/10"))},
		{`f:"10.0.0.0/8"`, NewField("f", ph("10.0.0.0/8"))},
		{"f:=10.0.0.0/8", NewFieldEqual("f", prefix("10.0.0.0/8"))},

		{"SSL::Invalid_Server_Cert", ph("SSL::Invalid_Server_Cert")},
		{"SSL::x:y", ph("SSL::x:y")},
		{"note:SSL::Invalid_Server_Cert", NewField("note", ph("SSL::Invalid_Server_Cert"))},
		{"http://x/y", ph("http://x/y")},
		{"http://x:8080/y?z=1", ph("http://x:8080/y?z=1")},
		{"url:http://x/y", NewField("url", ph("http://x/y"))},
		{"07:09:23", ph("07:09:23")},
		{"07:09", ph("07:09")},
		{"07:09:*", w("07:09:*")},
		{"16:31:47,999", ph("16:31:47,999")},
		{"2020-05-01T07:09:23.457737Z", ph("2020-05-01T07:09:23.457737Z")},
		{"2020-05-01T07:09:23+02:00", ph("2020-05-01T07:09:23+02:00")},
		{"17/May/2015:10:05:11", ph("17/May/2015:10:05:11")},
		{`C:\Windows\system32`, ph(`C:\Windows\system32`)},
		{`\\server\share`, ph(`\\server\share`)},
		{`path:C:\Windows`, NewField("path", ph(`C:\Windows`))},
		{"/etc/passwd", ph("/etc/passwd")},
		{"/var/log:x", ph("/var/log:x")},
		{"/var", ph("/var")},
		{"//cdn", ph("//cdn")},
		{"user@example.com", ph("user@example.com")},
		{"a=b", ph("a=b")},
		{"[error]", ph("[error]")},
		{">5", ph(">5")},

		{"/re/", regex("re", false)},
		{"/re/i", regex("re", true)},
		{`/a b(c|"d)\/e/`, regex(`a b(c|"d)/e`, false)},
		{`/a\\/`, regex(`a\\`, false)},
		{"/a:b/", regex("a:b", false)},
		{"(/a/)", regex("a", false)},

		{"id.orig_h:10.0.1.5", NewField("id.orig_h", addr("10.0.1.5"))},
		{"id.orig_h:fe80::1", NewField("id.orig_h", addr("fe80::1"))},
		{"mac:aa:bb:cc:dd:ee:ff", NewField("mac", NewMAC([6]byte{0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}))},
		{"@timestamp:x", NewField("@timestamp", w("x"))},
		{`"Event ID":412`, NewField("Event ID", w("412"))},
		{`"query":"a b"`, NewField("query", ph("a b"))},
		{"query:=a", NewFieldEqual("query", w("a"))},
		{`query:="a b"`, NewFieldEqual("query", ph("a b"))},
		{`query:=""`, NewFieldEmpty("query")},
		{"query:*", NewField("query", Any())},
		{"query:=*", NewField("query", Any())},
		{"query:*.example", NewField("query", w("*.example"))},
		{"uri:/a b/i", NewField("uri", regex("a b", true))},
		{"uri:/a/b", NewField("uri", ph("/a/b"))},
		{"n:-5", NewField("n", w("-5"))},
		{"f:AND", NewField("f", ph("AND"))},
		{`f:"x*"`, NewField("f", ph("x*"))},
		{"ts:2020-05-01T07:09:23Z", NewField("ts", ph("2020-05-01T07:09:23Z"))},

		{"tag:zeek.conn", NewTag("zeek.conn")},
		{"tag:zeek.*", NewTag("zeek.*")},
		{"tag:=zeek.conn", NewTag("zeek.conn")},
		{"tag:10.0.0.1", NewTag("10.0.0.1")},
		{`"tag":x`, NewField("tag", w("x"))},
		{"src:100", NewSource(100)},
		{"src:0", NewSource(0)},
		{"src:*", anySource},
		{`"src":10.0.0.1`, NewField("src", addr("10.0.0.1"))},
		{"tag:zeek.conn id.orig_h:10.0.1.5", And(NewTag("zeek.conn"), NewField("id.orig_h", addr("10.0.1.5")))},
	}
	for _, tt := range tests {
		got, err := Parse(tt.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
			continue
		}
		if !Equal(got, tt.want) {
			t.Errorf("Parse(%q): got %v, want %v", tt.text, got, tt.want)
		}
		reparses(t, got)
	}
}

// reparses fails the test if n does not survive being printed.
func reparses(t *testing.T, n Node) {
	t.Helper()
	if n == nil {
		return
	}
	again, err := Parse(n.String())
	if err != nil {
		t.Errorf("printed as %q: %v", n.String(), err)
	} else if !Equal(again, n) {
		t.Errorf("printed as %q: reads as %q", n.String(), again.String())
	}
}

// Ensure an error says where and what.
func TestParseNamesTheColumn(t *testing.T) {
	tests := []struct {
		text   string
		column int
		reason string
	}{
		{"src:", 5, "missing value"},
		{"f: x", 3, "missing value"},
		{"f:=", 4, "missing value"},
		{"(f:)", 4, "missing value"},
		{"äöü f:", 7, "missing value"},
		{":x", 1, "missing name"},
		{"a AND", 6, "behind AND"},
		{"a OR OR b", 6, "behind OR"},
		{"AND a", 1, "before AND"},
		{"NOT", 4, "behind NOT"},
		{"a -", 4, "missing word"},
		{"a - b", 4, "missing word"},
		{"--verbose", 2, "quote the word"},
		{"-AND", 2, `behind "-"`},
		{"()", 2, "nothing between"},
		{"(a", 1, "closes"},
		{"a b)", 4, "closes"},
		{")", 1, "before"},
		{`"abc`, 1, "missing closing quote"},
		{`"C:\Windows\"`, 1, "missing closing quote"},
		{`""`, 1, "nothing between the quotes"},
		{`f:""`, 3, "nothing between the quotes"},
		{`"a"b`, 4, "missing blank"},
		{`a"b"`, 2, "unexpected quote"},
		{`f:"a"b`, 6, "missing blank"},
		{"f*:a", 2, "wildcard"},
		{"a && b", 3, "expected AND"},
		{"a | stats count()", 3, "pipes work in a search only"},
		{"(a | b)", 4, "a pipe inside parentheses"},
		{"a|b", 2, "pipes work in a search only"},
		{"a last:1h", 3, `"last":x`},
		{"from:2020-05-01", 1, "works in a search only"},
		{"src:abc", 5, "source number"},
		{"src:4294967296", 5, "source number"},
		{"src:10.0.0.1", 5, `"src":10.0.0.1`},
		{"src:/1/", 5, "no regular expression"},
		{"tag:/z/", 5, "no regular expression"},
		{`tag:""`, 5, "expected a tag"},
		{"x /a(b/", 4, "missing closing )"},
		{"/ab[z-a]/", 5, "invalid character class range"},
		{"f:/a**/", 5, "invalid nested repetition"},
		{"//", 1, "empty regular expression"},
		{"f:=/x/", 4, "says itself"},
		{"a \xff(", 5, "expected a word"},
		{strings.Repeat("(", 201) + "a" + strings.Repeat(")", 201), 201, "inside one another"},
		{strings.Repeat("NOT ", 201) + "a", 801, "inside one another"},
		{strings.Repeat("a ", 10001), 20001, "more than 10000"},
		{strings.Repeat("a", 64<<10+1), 64<<10 + 1, "longer than 65536 bytes"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.text)
		var bad *Error
		if !errors.As(err, &bad) {
			t.Errorf("Parse(%.40q): got %v, want an *Error", tt.text, err)
			continue
		}
		if bad.Column() != tt.column || !strings.Contains(bad.Reason, tt.reason) {
			t.Errorf("Parse(%.40q): got column %d: %s, want column %d: %s", tt.text, bad.Column(), bad.Reason, tt.column, tt.reason)
		}
	}
	_, err := Parse("src:")
	if got, want := err.Error(), `query "src:": column 5: missing value`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Ensure what Go code builds prints as a query that means the same, whatever
// bytes it is built of.
func TestNodesPrintAsTheyRead(t *testing.T) {
	texts := []string{
		"a", "a b", `"`, `\`, `\\`, `a\`, `\"`, "\n", "\x00\xff", "é", "a\u00a0b", "AND", "-a", "--", "/a/", "/a", "(", "a|b",
		"*", "a*b", "**", "f:x", "src:5", "tag:x", "=", "=a", ">a", "[a", "{", ":", "::", ":a", "a:", "//x", "http://x", "&&",
		"10.0.0.1", "fe80::1", "a:fe80::1", "aa:bb:cc:dd:ee:ff", "07:09", `C:\x`, `c:\x`, `\{0a}`, `\*`, "", " ", "fe80::1%a", "::%a b", "1000", "1e3",
	}
	for _, s := range texts {
		nodes := []Node{Literal(s), NewPhrase(s), NewWord(s), NewTag(s), Not(NewWord(s)), NewFieldEmpty(s),
			And(NewWord(s), Or(NewPhrase(s), Not(And(NewWord(s), NewPhrase("x")))))}
		for _, name := range texts {
			nodes = append(nodes, NewField(name, NewWord(s)), NewFieldEqual(name, NewPhrase(s)))
		}
		if v, err := NewRegexp(s, true); err == nil {
			nodes = append(nodes, v, NewField(s, v))
		}
		for _, n := range nodes {
			reparses(t, n)
		}
	}
	for _, n := range []Node{And(NewWord("a"), nil), Or(), Or(NewWord("a")), Not(nil), NewAddr(netip.Addr{}), NewSource(7), Any()} {
		reparses(t, n)
	}
	if got := And(); got != nil {
		t.Errorf("And(): got %v, want nil", got)
	}
	if got := Or(NewWord("a"), nil); got != nil {
		t.Errorf("Or(a, everything): got %v, want nil", got)
	}
	if got := Literal("a*b").String(); got != `"a*b"` {
		t.Errorf("got %s, want the * in quotes", got)
	}
}

// FuzzParse: Parse never panics; an error is an *Error with a column inside
// the query; what is read prints so that it reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a b", `f:"a\*b" OR -(x)`, "/a(/", "src:1 tag:z*", `"a\{0a}":=fe80::1`, "a:b:c::d", "f:>1", "\xff:\xfe", "aa:bb:cc:*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text)
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
		reparses(t, n)
		Terms(n)
		Match(n, line{raw: text})
		Match(n, line{raw: text, e: JSONEscapes})
		Marks(n, []byte(text), JSONEscapes)
	})
}
