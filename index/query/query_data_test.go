package query

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"spoor/internal/realdata"
)

// facts is what facts.json says that these tests need.
type facts struct {
	Files []struct{ Kind, Format, Dest string }
	Traps []struct {
		IP    string
		Lines int `json:"token_lines"`
	} `json:"substring_traps"`
	IPv4 []struct {
		IP    string
		Lines int
	} `json:"ipv4_lines_over_all_logs"`
}

func readFacts(t *testing.T, dir string) (f facts) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// logLines are the lines of a log, unpacked.
func logLines(t *testing.T, name string) [][]byte {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}

// eachLine calls do with every line of every log.
func eachLine(t *testing.T, dir string, f facts, do func(l *bytesLine)) {
	for _, file := range f.Files {
		if file.Kind != "log" {
			continue
		}
		l := &bytesLine{}
		switch file.Format {
		case "JSON lines":
			l.e = JSONEscapes
		case "Zeek TSV":
			l.e = HexEscapes
		}
		for _, l.bytes = range logLines(t, filepath.Join(dir, file.Dest)) {
			do(l)
		}
	}
}

// Ensure addresses are counted as facts.json counts them, by Match and by
// what the index is told.
func TestDataAddressesAreCountedAsTokens(t *testing.T) {
	dir := realdata.Dir(t)
	f := readFacts(t, dir)
	want := map[netip.Addr]int{}
	for _, x := range f.Traps {
		want[netip.MustParseAddr(x.IP)] = x.Lines
	}
	if len(want) == 0 {
		t.Fatal("facts.json lists no traps")
	}
	traps := map[netip.Addr]Node{}
	for a := range want {
		traps[a] = NewAddr(a)
	}
	for _, x := range f.IPv4 {
		want[netip.MustParseAddr(x.IP)] = x.Lines
	}
	matched, scanned := map[netip.Addr]int{}, map[netip.Addr]int{}
	eachLine(t, dir, f, func(l *bytesLine) {
		for a, n := range traps {
			if Match(n, l) {
				matched[a]++
			}
		}
		seen := map[netip.Addr]bool{}
		eachAddr(l.bytes, l.e, func(_, _ int, a netip.Addr) {
			if !seen[a] {
				seen[a] = true
				scanned[a]++
			}
		})
	})
	for a, n := range want {
		if scanned[a] != n {
			t.Errorf("%s: the scanner finds it in %d lines, want %d", a, scanned[a], n)
		}
		if _, trap := traps[a]; trap && matched[a] != n {
			t.Errorf("%s: matches %d lines, want %d", a, matched[a], n)
		}
	}
}

// Ensure an escape before a word does not hide it.
func TestDataSubjectIsFoundBehindEscapes(t *testing.T) {
	lines := logLines(t, filepath.Join(realdata.Dir(t), "logs", "windows-json", "lsass05.json.gz"))
	n, err := Parse("Subject")
	if err != nil {
		t.Fatal(err)
	}
	for e, want := range map[Escapes]int{JSONEscapes: 1593, NoEscapes: 10} {
		got := 0
		for _, l := range lines {
			if Match(n, &bytesLine{line{e: e}, l}) {
				got++
			}
		}
		if got != want {
			t.Errorf("escapes %d: got %d lines, want %d", e, got, want)
		}
	}
}

// Ensure words, phrases, wildcards and paths match the lines that regular
// expressions with their borders match.
func TestDataAgreesWithRegexps(t *testing.T) {
	dir := realdata.Dir(t)
	f := readFacts(t, dir)
	escape := regexp.MustCompile(`\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})`)
	const left, right = `(?i)(?:^|[^0-9A-Za-z_\x{80}-\x{10ffff}])`, `(?:[^0-9A-Za-z_\x{80}-\x{10ffff}]|$)`
	tests := []struct {
		query, core, re string // core is in every line that re matches
		n               Node
		want, got       int
	}{
		{query: "SSL::Invalid_Server_Cert", core: "ssl::i", re: left + `SSL::Invalid_Server_Cert` + right},
		{query: `"Failed password"`, core: "failed p", re: left + `Failed password` + right},
		{query: "Googlebot", core: "googlebot", re: left + `Googlebot` + right},
		{query: "wrccdc.org", core: "wrccdc.org", re: left + `wrccdc\.org` + right},
		{query: "NXDOMAIN", core: "nxdomain", re: left + `NXDOMAIN` + right},
		{query: "10.47.2*", core: "10.47.2", re: `(?:^|[^0-9A-Za-z_.])10\.47\.2`},
		{query: "*.ubuntu.com", core: ".ubuntu.com", re: `(?i)\.ubuntu\.com` + right},
	}
	res := make([]*regexp.Regexp, len(tests))
	for i := range tests {
		var err error
		if tests[i].n, err = Parse(tests[i].query); err != nil {
			t.Fatal(err)
		}
		res[i] = regexp.MustCompile(tests[i].re)
	}
	eachLine(t, dir, f, func(l *bytesLine) {
		text := bytes.ToLower(l.bytes)
		for i := range tests {
			tt := &tests[i]
			if Match(tt.n, l) {
				tt.got++
			}
			if !bytes.Contains(text, []byte(tt.core)) {
				continue
			}
			plain := l.bytes
			if l.e == JSONEscapes {
				plain = escape.ReplaceAll(plain, []byte(" "))
			}
			if res[i].Match(plain) {
				tt.want++
			}
		}
	})
	for _, tt := range tests {
		if tt.got != tt.want || tt.got == 0 {
			t.Errorf("%s: got %d lines, want %d", tt.query, tt.got, tt.want)
		}
	}
}

// Ensure a path of Windows is found in JSON as it is written in Windows.
func TestDataWindowsPaths(t *testing.T) {
	lines := logLines(t, filepath.Join(realdata.Dir(t), "logs", "windows-json", "lsass05.json.gz"))
	n, err := Parse(`C:\Windows\system32\lsass.exe`)
	if err != nil {
		t.Fatal(err)
	}
	re, got, want := regexp.MustCompile(`(?i)(?:^|[^0-9A-Za-z_])C:\\\\Windows\\\\system32\\\\lsass\.exe(?:[^0-9A-Za-z_]|$)`), 0, 0
	for _, l := range lines {
		if Match(n, &bytesLine{line{e: JSONEscapes}, l}) {
			got++
		}
		if bytes.Contains(l, []byte("lsass")) && re.Match(l) {
			want++
		}
	}
	if got != want || got == 0 {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

// Ensure Terms never rules out a line of the real logs that matches.
func TestDataTermsNeverExcludeAMatch(t *testing.T) {
	dir := realdata.Dir(t)
	f := readFacts(t, dir)
	i := 0
	eachLine(t, dir, f, func(l *bytesLine) {
		if i++; i%400 != 0 || len(l.bytes) > 2000 {
			return
		}
		text := string(l.bytes)
		at := i / 400 % (len(text) + 1)
		for _, piece := range []string{text[at:min(len(text), at+12)], text[at/2 : min(len(text), at/2+30)]} {
			for _, n := range nodesOf(piece) {
				checkTerms(t, n, text)
			}
		}
	})
}
