package query

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// Ensure one pass finds what three find.
func TestScanTokensIsAllScans(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for range 20_000 {
		text := []byte(randomText(r, 14))
		for _, e := range []Escapes{NoEscapes, JSONEscapes, HexEscapes} {
			var got, want []string
			collect := func(list *[]string) *Found {
				return &Found{
					Word: func(w []byte) { *list = append(*list, "word "+string(w)) },
					Addr: func(from, to int, a netip.Addr) { *list = append(*list, fmt.Sprint("addr ", from, to, a)) },
					MAC:  func(from, to int, mac [6]byte) { *list = append(*list, fmt.Sprint("mac ", from, to, mac)) },
				}
			}
			ScanTokens(text, e, collect(&got))
			three := collect(&want)
			ScanWords(text, e, three.Word)
			ScanAddrs(text, three.Addr)
			ScanMACs(text, three.MAC)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%q, escapes %d: got %q, want %q", text, e, got, want)
			}
		}
	}
}
