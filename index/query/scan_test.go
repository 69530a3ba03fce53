package query

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hit is something found in a text.
type hit struct {
	start, end int
	what       string
}

func addrsIn(text string, e Escapes) (hits []hit) {
	eachAddr([]byte(text), e, func(start, end int, a netip.Addr) {
		hits = append(hits, hit{start, end, a.String()})
	})
	return hits
}

func macsIn(text string, e Escapes) (hits []hit) {
	eachMAC([]byte(text), e, func(start, end int, mac [6]byte) {
		hits = append(hits, hit{start, end, MACString(mac)})
	})
	return hits
}

// The borders, said as regular expressions on what stands before and behind.
var (
	before4 = regexp.MustCompile(`[0-9.A-Za-z]$`)
	behind4 = regexp.MustCompile(`^(?:[0-9A-Za-z]|\.[0-9])`)
	before6 = regexp.MustCompile(`(?:[0-9.A-Za-z]|::|(?:^|[^0-9A-Za-z])[0-9A-Fa-f]{1,4}:)$`)
	behind6 = regexp.MustCompile(`^(?:[0-9A-Za-z]|\.[0-9]|::|:[0-9A-Fa-f]{1,4}(?:[^0-9A-Za-z]|$))`)
)

// slowAddrs tries every piece of the text.
func slowAddrs(text string) (hits []hit) {
	for i := range text {
		for j := i + 1; j <= len(text); j++ {
			a, err := netip.ParseAddr(text[i:j])
			if err != nil || a.Zone() != "" {
				continue
			}
			before, behind := before4, behind4
			if a.Is6() {
				before, behind = before6, behind6
			}
			if !before.MatchString(text[:i]) && !behind.MatchString(text[j:]) {
				hits = append(hits, hit{i, j, a.String()})
			}
		}
	}
	return hits
}

func sorted(hits []hit) string {
	slices.SortFunc(hits, func(a, b hit) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return fmt.Sprint(hits)
}

// Ensure the scanner finds what netip reads, by the borders, and nothing else.
func TestScanAddrsAgreesWithReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pieces := []string{"0", "1", "10", "255", "256", "00", "a", "fe80", "FFFF", "g", "_", " ", ".", ".", ".", ":", ":", ":", "::", "1.2.3.4", "1:2:3:4:5:6:7", "-", "%", "x:", "/", "é"}
	found := 0
	for range 40_000 {
		var b strings.Builder
		for range r.IntN(10) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := b.String()
		want := slowAddrs(text)
		if got := addrsIn(text, NoEscapes); sorted(got) != sorted(want) {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
		found += len(want)
	}
	if found < 1000 {
		t.Errorf("only %d addresses: the test says little", found)
	}
}

var (
	macPairs  = regexp.MustCompile(`^(?:[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}|[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5})$`)
	macQuarts = regexp.MustCompile(`^[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}$`)
)

func slowMACs(text string) (hits []hit) {
	for i := range text {
		for _, n := range []int{pairsLen, quartsLen} {
			if i+n > len(text) || !macPairs.MatchString(text[i:i+n]) && !macQuarts.MatchString(text[i:i+n]) {
				continue
			}
			sep := text[i+2]
			if n == quartsLen {
				sep = '.'
			}
			q := regexp.QuoteMeta(string(sep))
			extra := ""
			if sep == ':' {
				extra = "|::"
			}
			before := regexp.MustCompile(`(?:[0-9A-Za-z]` + extra + `|(?:^|[^0-9A-Za-z])[0-9A-Fa-f]{1,4}` + q + `)$`)
			behind := regexp.MustCompile(`^(?:[0-9A-Za-z]` + extra + `|` + q + `[0-9A-Fa-f]{1,4}(?:[^0-9A-Za-z]|$))`)
			if before.MatchString(text[:i]) || behind.MatchString(text[i+n:]) {
				continue
			}
			digits := strings.ToLower(strings.ReplaceAll(text[i:i+n], string(sep), ""))
			var parts []string
			for k := 0; k < 12; k += 2 {
				parts = append(parts, digits[k:k+2])
			}
			hits = append(hits, hit{i, i + n, strings.Join(parts, ":")})
		}
	}
	return hits
}

// Ensure MAC addresses are found in each of their spellings, by the borders.
func TestScanMACsAgreesWithReference(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"aa", "b0", "AA", "0", "aabb", "g", " ", ":", "-", ".", "aa:bb:cc:dd:ee:ff", "aa-bb-cc-dd-ee-FF", "aabb.ccdd.eeff", "aa:bb:cc:dd", "mac:", "x", "::"}
	found := 0
	for range 20_000 {
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := b.String()
		want := slowMACs(text)
		if got := macsIn(text, NoEscapes); sorted(got) != sorted(want) {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
		found += len(want)
	}
	if found < 1000 {
		t.Errorf("only %d addresses: the test says little", found)
	}
}

// Ensure the exported scanners find what stands in a text under any escapes
// and in its unescaped values.
func TestScannersSeeThroughEscapes(t *testing.T) {
	tests := []struct {
		text  string
		addrs []string
		macs  []string
	}{
		{`\n10.0.0.1`, []string{"10.0.0.1"}, nil},
		{`\x0910.0.0.1`, []string{"10.0.0.1"}, nil},
		{`\u00e910.0.0.1`, []string{"10.0.0.1"}, nil},
		{`10\u002e0.0.1`, []string{"10.0.0.1"}, nil},
		{`10\x2e0.0.1`, []string{"10.0.0.1"}, nil},
		{`\u00fe80::1`, []string{"80::1"}, nil},
		{`\tfe80::1 fe80::1`, []string{"fe80::1"}, nil},
		{`\naa:bb:cc:dd:ee:ff`, nil, []string{"aa:bb:cc:dd:ee:ff"}},
		{`aa\x3abb:cc:dd:ee:ff`, nil, []string{"aa:bb:cc:dd:ee:ff"}},
		{`plain \ 1.2.3.4`, []string{"1.2.3.4"}, nil},
	}
	for _, tt := range tests {
		addrs, macs := map[string]bool{}, map[string]bool{}
		ScanAddrs([]byte(tt.text), func(start, end int, a netip.Addr) {
			if start < 0 || start >= end || end > len(tt.text) {
				t.Errorf("%s: got span %d to %d", tt.text, start, end)
			}
			addrs[a.String()] = true
		})
		ScanMACs([]byte(tt.text), func(_, _ int, mac [6]byte) { macs[MACString(mac)] = true })
		for _, want := range tt.addrs {
			if !addrs[want] {
				t.Errorf("%s: got %v, want %s", tt.text, addrs, want)
			}
		}
		for _, want := range tt.macs {
			if !macs[want] {
				t.Errorf("%s: got %v, want %s", tt.text, macs, want)
			}
		}
	}
}

// Ensure the words are the runs of word bytes, with escapes as the rules say.
func TestScanWords(t *testing.T) {
	tests := []struct {
		text string
		e    Escapes
		want string
	}{
		{"a b_c, d.e é", NoEscapes, "a b_c d e é"},
		{`\r\n\tSubject: \"x\"`, NoEscapes, "r n tSubject x"},
		{`\r\n\tSubject: \"x\"`, JSONEscapes, "Subject x"},
		{`C:\\new\\table`, JSONEscapes, "C new table"},
		{`a\\\nb`, JSONEscapes, "a b"},
		{`caf\u00e9 x`, JSONEscapes, "caf x"},
		{`\u0061bc`, JSONEscapes, "bc abc"},
		{`a\qb\`, JSONEscapes, "a qb"},
		{`\x09Subject`, HexEscapes, "x09Subject Subject"},
		{`\x09 a\x41b`, HexEscapes, "x09 a x41b b aAb"},
		{"", NoEscapes, ""},
	}
	for _, tt := range tests {
		var got []string
		ScanWords([]byte(tt.text), tt.e, func(w []byte) { got = append(got, string(w)) })
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s, escapes %d: got %q, want %q", tt.text, tt.e, got, tt.want)
		}
	}
}
