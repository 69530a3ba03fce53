package local

import (
	"bytes"
	"sort"
	"strings"
	"testing"

	"spoor/index"
	"spoor/index/query"
)

func TestTermsOfWords(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"a", "a"}, {"SSL", "ssl"}, {"abcde", "abcde"}, {"1", ""}, {"123456789", ""}, {"12a", "12a"}, {"_", "_"},
		{"überall", "\xc3\xbcbe"}, {"abcdef", "abcd"}, {"ABCDEF", "abcd"}, {"1234567x", "1234"},
	} {
		got := string(appendTerm(nil, packWord([]byte(c.word))))
		if len(c.word) > termBytes && c.want != "" {
			if len(got) != termBytes || got[termBytes-1] < 0x80 {
				t.Errorf("%q: got %q, want four bytes and a hash", c.word, got)
			}
			got = got[:termBytes-1]
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.word, got, c.want)
		}
	}
	if packWord([]byte("abcdef")) == packWord([]byte("abcdeg")) {
		t.Errorf("words with another end have the same term")
	}
}

// satisfies says whether a block of these terms may hold what n needs.
func satisfies(n query.Need, terms []string, s *index.Stream) bool {
	switch n.Op {
	case query.NeedNothing:
		return false
	case query.NeedAll:
		for _, k := range n.Kids {
			if !satisfies(k, terms, s) {
				return false
			}
		}
		return true
	case query.NeedAny:
		for _, k := range n.Kids {
			if satisfies(k, terms, s) {
				return true
			}
		}
		return false
	case query.NeedUnknown:
		return true
	}
	switch n.Term.Kind {
	case query.TermTag:
		return n.Term.Text == s.Tag
	case query.TermSource:
		return n.Term.Source == s.Source
	}
	term, prefix := termOf(n.Term)
	if term == nil {
		return true
	}
	i := sort.SearchStrings(terms, string(term))
	return i < len(terms) && (terms[i] == string(term) || prefix && strings.HasPrefix(terms[i], string(term)))
}

// Ensure that what Match finds, the terms of a block never exclude.
func FuzzTerms(f *testing.F) {
	f.Add([]byte(`{"a":"x\u0041b 10.0.0.1","b":["c-d"]}`), "a:xAb", uint8(1))
	f.Add([]byte(`GET /index.html from fe80::1 aa:bb:cc:dd:ee:ff`), "index* fe80:0::1", uint8(0))
	f.Add([]byte("alpha\tbe\\x20ta\t-"), `beta OR "be ta"`, uint8(2))
	f.Add([]byte(`<34>Oct 11 22:14:15 mymachine su: 'su root' failed`), "severity:crit app:su", uint8(3))
	formats := []index.Format{{Name: "text"}, {Name: "json"}, {Name: "zeek-tsv",
		Header: "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tx\n#fields\ta\tb\tc\n#types\tstring\tset[string]\taddr"},
		{Name: "syslog"}, {Name: "access"}, {Name: "packet", LinkType: 1}}
	f.Fuzz(func(t *testing.T, raw []byte, text string, kind uint8) {
		n, err := query.Parse(text)
		if err != nil || n == nil || len(raw) > 4096 {
			return
		}
		def := &index.Stream{Tag: "zeek.conn", Source: 7, Format: formats[int(kind)%len(formats)],
			Origin: index.Origin{Host: "web-1", Sensor: "region-1", Job: 5}}
		s := &stream{id: 1, def: def}
		r := row{size: uint32(len(raw)), mark: guessedBit}
		v := &view{rows: []row{r}, texts: [][]byte{raw}}
		e := &entry{stream: s, reader: s.reader(), row: &r, raw: bytes.Clone(raw)}
		if !query.Match(n, e) {
			return
		}
		var have []string
		terms([]piece{{s, v.rows}}, v).each(func(term string) { have = append(have, term) })
		sort.Strings(have)
		if !satisfies(query.Terms(n), have, def) {
			t.Errorf("%s matches %q, but the terms %q exclude it", n, raw, have)
		}
		if query.Stream(n, def.Tag, def.Source) == query.No {
			t.Errorf("%s matches %q, but its stream excludes it", n, raw)
		}
	})
}
