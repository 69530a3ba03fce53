package query

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

// block is what a store would know of a text: its tokens.
type block struct {
	words, addrs, macs map[string]bool
	tag                string
	source             uint32
}

func tokens(l line) block {
	b := block{map[string]bool{}, map[string]bool{}, map[string]bool{}, l.tag, l.source}
	ScanWords(l.Raw(), l.e, func(w []byte) { b.words[foldASCII(string(w))] = true })
	ScanAddrs(l.Raw(), func(_, _ int, a netip.Addr) { b.addrs[a.String()] = true })
	ScanMACs(l.Raw(), func(_, _ int, mac [6]byte) { b.macs[MACString(mac)] = true })
	return b
}

func (b block) may(n Need) bool {
	switch n.Op {
	case NeedNothing:
		return false
	case NeedTerm:
		return b.holds(n.Term)
	case NeedAll:
		for _, k := range n.Kids {
			if !b.may(k) {
				return false
			}
		}
	case NeedAny:
		for _, k := range n.Kids {
			if b.may(k) {
				return true
			}
		}
		return false
	}
	return true
}

func (b block) holds(t Term) bool {
	switch t.Kind {
	case TermWord:
		return b.words[t.Text]
	case TermPrefix:
		for w := range b.words {
			if strings.HasPrefix(w, t.Text) {
				return true
			}
		}
		return false
	case TermAddr:
		return b.addrs[t.Text]
	case TermMAC:
		return b.macs[t.Text]
	case TermTag:
		return b.tag == t.Text
	case TermAddrPrefix:
		p := netip.MustParsePrefix(t.Text)
		for a := range b.addrs {
			if p.Contains(netip.MustParseAddr(a)) {
				return true
			}
		}
		return false
	default:
		return b.source == t.Source
	}
}

func (n Need) String() string {
	switch n.Op {
	case NeedUnknown:
		return "?"
	case NeedNothing:
		return "!"
	case NeedTerm:
		kind := [...]string{"w", "p", "a", "m", "tag", "src", "net"}[n.Term.Kind]
		if n.Term.Kind == TermSource {
			return fmt.Sprintf("src=%d", n.Term.Source)
		}
		return kind + "=" + n.Term.Text
	}
	var kids []string
	for _, k := range n.Kids {
		kids = append(kids, k.String())
	}
	return "(" + strings.Join(kids, map[NeedOp]string{NeedAll: " ", NeedAny: "|"}[n.Op]) + ")"
}

// Ensure a block is asked for as much as can be told, and not for more.
func TestTerms(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", "?"},
		{"Error", "w=error"},
		{`"failed password"`, "(w=failed w=password)"},
		{"a b", "(w=a w=b)"},
		{"a OR b", "(w=a|w=b)"},
		{"a OR b*", "(w=a|p=b)"},
		{"a OR *b", "?"},
		{"a *b", "w=a"},
		{"a -b", "w=a"},
		{"NOT a", "?"},
		{"*", "?"},
		{"(a OR b) (c OR d) e", "((w=a|w=b) (w=c|w=d) w=e)"},
		{"foo*", "p=foo"},
		{"*foo", "?"},
		{"foo*bar", "p=foo"},
		{"foo.ba*x.bar", "(w=foo p=ba w=bar)"},
		{"www.example.com", "(w=www w=example w=com)"},
		{"café.fr", "w=fr"},
		{"10.0.0.1", "a=10.0.0.1"},
		{"FE80:0::1", "a=fe80::1"},
		{"AA-BB-CC-DD-EE-FF", "m=aa:bb:cc:dd:ee:ff"},
		{"10.0.0.1:80", "(w=10 w=0 w=0 w=1 w=80 a=10.0.0.1)"},
		{`"from 10.0.0.1 port"`, "(w=from w=10 w=0 w=0 w=1 w=port a=10.0.0.1)"},
		{`"from 10.0.0.1"`, "(w=from w=10 w=0 w=0 w=1)"},
		{"192.168.*", "(w=192 w=168)"},
		{"/abc/", "?"},
		{"/Invalid user [a-z]+[0-9]/", "w=user"},
		{"/ user (a|b) from bar/", "(w=user w=from p=bar)"},
		{"/x? (Foo baz |Foo boo) /i", "p=b"}, // Foo may go on to the left
		{"/( key )*x/", "?"},
		{"/ key /i", "?"}, // k is the Kelvin sign as well
		{"/ café /", "?"},
		{`/ \\\\nfoo /`, "(w=nfoo|w=foo)"},
		{`C:\Windows`, "(w=c w=windows)"},
		{`C:\temp`, "(w=c (w=temp|w=emp))"},
		{`C:\t*`, "w=c"},
		{`C:\te*`, "(w=c (p=te|p=e))"},
		{`"x\n"`, "w=x"},
		{`"\u00e9tude"`, "(w=u00e9tude|w=tude)"},
		{`\u0*`, "?"},
		{`"\x09foo"`, "w=x09foo"},
		{"f:foo", "w=foo"},
		{"f:=foo", "w=foo"},
		{"f:=foo*", "p=foo"},
		{"f:=*foo", "?"},
		{"f:1000", "?"},
		{"f:=1e3", "?"},
		{"f:2020-05-01T07:09:23Z", "?"},
		{"f:10.0.0.1", "a=10.0.0.1"},
		{"f:*", "?"},
		{`f:=""`, "?"},
		{"f:/x/", "?"},
		{"severity:notice", "?"},
		{"time_guessed:true", "?"},
		{"tag:zeek.conn", "tag=zeek.conn"},
		{"tag:zeek.*", "?"},
		{"src:100", "src=100"},
		{"src:0", "src=0"},
		{"src:*", "?"},
		{"tag:x src:1 foo", "(tag=x src=1 w=foo)"},
		{"10.0.0.0/8", "net=10.0.0.0/8"},
		{"f:10.1.2.3/32", "a=10.1.2.3"},
		{"net:fe80::/10", "net=fe80::/10"},
		{`f:"10.0.0.0/8"`, "(w=10 w=0 w=0 w=0 w=8 a=10.0.0.0)"},
		{"ip:10.0.0.0/8", "net=10.0.0.0/8"},
		{"ip:10.0.0.1", "a=10.0.0.1"},
		{"ip:10.0.*", "?"},
		{"mac:x", "?"},
		{"port:http", "w=http"},
		{"f:>5", "?"},
		{"f:[a TO b]", "?"},
		{"f:(foo OR >5)", "?"},
		{"f:(foo OR bar)", "(w=foo|w=bar)"},
		{"case:Foo", "w=foo"},
		{"case:f:Foo*", "p=foo"},
		{"src:[1 TO 5]", "?"},
		{"id:AAAAAAAAAAAAAAAAAAAAAAAAAAA", "?"},
	}
	for _, tt := range tests {
		n, err := Parse(tt.query)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := Terms(n).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.query, got, tt.want)
		}
	}
}

// Ensure a stream's tag and source rule out, and in, what they can.
func TestStream(t *testing.T) {
	tests := []struct {
		query string
		want  Verdict
	}{
		{"", Yes},
		{"tag:zeek.conn", Yes},
		{"tag:zeek.*", Yes},
		{"tag:syslog", No},
		{"NOT tag:syslog", Yes},
		{"tag:zeek.conn x", Maybe},
		{"tag:syslog x", No},
		{"tag:syslog OR x", Maybe},
		{"tag:zeek.conn OR x", Yes},
		{"src:7", Yes},
		{"src:*", Yes},
		{"src:8", No},
		{"src:[5 TO 7]", Yes},
		{"src:>7", No},
		{"tag:(zeek.conn OR syslog) NOT src:(8 OR 9)", Yes},
		{"10.0.0.0/8", Maybe},
		{"-src:7", No},
		{"NOT x", Maybe},
		{"tag:syslog OR src:8", No},
		{"f:x", Maybe},
	}
	for _, tt := range tests {
		n, err := Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := Stream(n, "zeek.conn", 7); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.query, got, tt.want)
		}
	}
}

// values are the values that fields of the text may have: what stands
// between its tabs and quotes, unescaped.
func values(text string, e Escapes) (list []string) {
	start := 0
	cut := func(end int) {
		v := text[start:end]
		if e != NoEscapes {
			plain, _ := unescape([]byte(v), e)
			v = string(plain)
		}
		list = append(list, v)
	}
	for i := 0; i < len(text); {
		n := max(escapeLen([]byte(text), i, e), 1)
		if n == 1 && (text[i] == '\t' || text[i] == '"') {
			cut(i)
			start = i + 1
		}
		i += n
	}
	cut(len(text))
	return list
}

// checkTerms fails if Match is true of a text whose tokens Terms rules out.
func checkTerms(t *testing.T, n Node, text string) {
	t.Helper()
	for _, e := range []Escapes{NoEscapes, JSONEscapes, HexEscapes} {
		l := line{raw: text, e: e, tag: "t", source: 1, fields: map[string][]string{"f": values(text, e), "g": {text}}}
		if e != NoEscapes {
			delete(l.fields, "g")
		}
		if Match(n, l) && !tokens(l).may(Terms(n)) {
			t.Fatalf("%s matches %q, escapes %d, fields %q; Terms rule it out: %v", n, text, e, l.fields, Terms(n))
		}
		if s := NewSieve(n, e); s != nil && Match(n, l) {
			if _, ok := s.Search([]byte(text)).Next(0); !ok {
				t.Fatalf("%s matches %q, escapes %d; the sieve rules it out: %v", n, text, e, s.probes)
			}
		}
		if Match(n, l) && Stream(n, l.tag, l.source) == No || !Match(n, l) && Stream(n, l.tag, l.source) == Yes {
			t.Fatalf("%s on %q: Stream is wrong", n, text)
		}
	}
}

// nodesOf are the queries that a piece of text can mean.
func nodesOf(piece string) []Node {
	v := []Value{NewWord(piece), NewPhrase(piece), NewWord(piece + "*"), NewWord("*" + piece), NewExact(piece)}
	if a, ok := parseAddr(piece); ok {
		for _, bits := range []int{0, 8, 12, 24, 31} {
			v = append(v, NewNetwork(netip.PrefixFrom(a, bits)))
		}
	}
	var nodes []Node
	for _, v := range v {
		nodes = append(nodes, v, NewField("f", v), NewFieldEqual("f", v), NewField("g", v), Not(v))
	}
	for _, re := range []string{regexp.QuoteMeta(piece), "(" + regexp.QuoteMeta(piece) + ")+[a-z]*", "zz|x?" + regexp.QuoteMeta(piece)} {
		for _, fold := range []bool{false, true} {
			if n, err := NewRegexp(re, fold); err == nil {
				nodes = append(nodes, n)
			}
		}
	}
	return append(nodes, Or(NewPhrase(piece), NewWord("zzz")), And(NewPhrase(piece), Any()))
}

// Ensure the index never hides a match, on texts made to be difficult.
func TestTermsNeverExcludeAMatch(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 5_000 {
		text := randomText(r, 12)
		i := r.IntN(len(text) + 1)
		j := i + r.IntN(len(text)-i+1)
		piece := text[i:j]
		if r.IntN(3) == 0 {
			piece = randomText(r, 4)
		}
		if vs := values(text, JSONEscapes); r.IntN(3) == 0 {
			piece = vs[r.IntN(len(vs))]
		}
		if len(piece) > 2 && r.IntN(4) == 0 {
			piece = piece[:1] + "*" + piece[2:]
		}
		for _, n := range nodesOf(piece) {
			checkTerms(t, n, text)
		}
	}
}

// FuzzTerms: if a query matches a text, what Terms asks for is among the
// tokens of the text.
func FuzzTerms(f *testing.F) {
	f.Add("Subject", `\r\n\tSubject: x`)
	f.Add(`C:\temp`, `"C:\\temp"	\x0910.0.0.1`)
	f.Add("f:10.0.0.1 OR f:foo*", `10\u002e0.0.1	fe80::1	\x41foo`)
	f.Fuzz(func(t *testing.T, text, in string) {
		if len(text) > 100 || len(in) > 300 {
			return
		}
		if n, err := Parse(text); err == nil && n != nil {
			checkTerms(t, n, in)
		}
		for _, n := range nodesOf(text) {
			checkTerms(t, n, in)
		}
	})
}
