package captures

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
)

// FuzzDecodeIndex: never panics, whatever a file holds, and what it reads
// holds together and is written as it was.
func FuzzDecodeIndex(f *testing.F) {
	x := &fileIndex{
		id: identity{1, 2, 3, 4}, done: true, sum: 9, headers: [][]byte{{1}, {2, 3}}, next: 1,
		parts: []part{
			{offset: 24, length: 100, packets: 3, from: time.Unix(1, 0).UTC(), to: time.Unix(2, 0).UTC(), keys: newSet(map[uint64]struct{}{7: {}})},
			{offset: 124, length: 10, packets: 1, header: 1},
		},
	}
	whole := x.encode("a")
	f.Add(whole[len(indexVersion) : len(whole)-8])
	f.Fuzz(func(t *testing.T, body []byte) {
		b := append([]byte(indexVersion), body...)
		x, err := decodeIndex(binary.LittleEndian.AppendUint64(b, xxhash.Sum64(b)), "a")
		if err != nil {
			return
		}
		for i, p := range x.parts {
			if p.header >= len(x.headers) || p.length <= 0 || i > 0 && p.offset != x.parts[i-1].offset+x.parts[i-1].length {
				t.Fatalf("got part %+v", p)
			}
			p.Port(80)
		}
		again, err := decodeIndex(x.encode("a"), "a")
		if err != nil || !bytes.Equal(again.encode("a"), x.encode("a")) {
			t.Fatalf("got %+v, then %+v (%v)", x, again, err)
		}
	})
}

// Ensure that a set holds what was put into it, and little else.
func TestSetHoldsItsKeys(t *testing.T) {
	for _, n := range []int{0, 1, 100, 5000, 60_000} {
		keys := map[uint64]struct{}{}
		for i := range n {
			keys[numberKey(kindPort, uint64(i))] = struct{}{}
		}
		s, wrong := newSet(keys), 0
		for k := range keys {
			if !s.has(k) {
				t.Fatalf("%d keys: one of them is missing", n)
			}
		}
		for i := range 10_000 {
			if s.has(numberKey(kindMPLS, uint64(i))) {
				wrong++
			}
		}
		if n <= 50_000 && wrong > 200 {
			t.Errorf("%d keys: %d of 10000 others seem to be there", n, wrong)
		}
	}
}
