package format

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"spoor/index/query"
	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// frame is an Ethernet frame of UDP from 10.0.0.1 to 10.0.0.2 with two VLAN
// tags, so that a name stands in it twice.
var frame = append([]byte{
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 7, 0x81, 0, 0, 8, 8, 0,
	0x45, 0, 0, 128, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0x30, 0x39, 0x30, 0x3a, 0, 108, 0, 0,
}, make([]byte, 20)...)

// Ensure the text of a cut packet tells the length on the wire, as the page
// does, so that a search for what the page shows finds it.
func TestTextOfACutPacketHasItsLength(t *testing.T) {
	r, err := Open(Spec{Name: Packet, LinkType: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, origLen := range []int{0, len(frame), 1514} {
		want := packet.Decode(1, frame, max(origLen, len(frame))).Text()
		if got := r.Text(frame, origLen); !bytes.Equal(got, want) {
			t.Errorf("%d on the wire: got %q, want %q", origLen, got, want)
		}
	}
	if cut := r.Text(frame, 1514); !bytes.Contains(cut, []byte(" 1514 ")) {
		t.Errorf("got %q, want 1514 in it", cut)
	}
}

// Ensure the fields of a packet are those of its layers, each name once.
func TestFieldsOfAPacketKeepTheOrderOfItsLayers(t *testing.T) {
	d := packet.Decode(1, frame, len(frame))
	var want []Field
	for _, name := range d.FieldNames() {
		values := d.Values(name)
		want = append(want, Field{Name: name, Values: values, List: len(values) > 1})
	}
	want = append(want, Field{Name: "community_id", Values: []string{"1:h4F7XEAQZdCbIrR4GN8oLUg1IU0="}})
	if got := PacketFields(d); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkPacketFields(b *testing.B) {
	d := packet.Decode(1, frame, len(frame))
	b.ReportAllocs()
	for b.Loop() {
		if len(PacketFields(d)) == 0 {
			b.Fatal("no fields")
		}
	}
}

// tokensOf returns the words with more than digits and the addresses of a text.
func tokensOf(text []byte, all map[string]bool) {
	query.ScanTokens(text, query.NoEscapes, &query.Found{
		Word: func(w []byte) {
			if len(bytes.Trim(w, "0123456789")) > 0 {
				all[string(w)] = true
			}
		},
		Addr: func(_, _ int, a netip.Addr) { all[a.String()] = true },
		MAC:  func(_, _ int, m [6]byte) { all[net.HardwareAddr(m[:]).String()] = true },
	})
}

// Ensure that what can be asked of the texts of many packets, and no more, is
// in what a digest of them says: the same program checks segments that others
// have made by their number of terms.
func TestDataDigestHoldsTheTokensOfTexts(t *testing.T) {
	dir := realdata.Dir(t)
	for _, c := range realdata.Captures(t, dir) {
		digest, want, have := new(Digest), map[string]bool{}, map[string]bool{}
		n := 0
		for _, p := range captured(t, filepath.Join(dir, c.File)) {
			r := packetReader{p.LinkType}
			tokensOf(r.AppendNew(digest, nil, p.Data, p.OrigLen), have)
			tokensOf(r.Text(p.Data, p.OrigLen), want)
			if n++; n%200 == 0 {
				sameTokens(t, c.File, want, have)
				digest.Reset()
				clear(want)
				clear(have)
			}
		}
		sameTokens(t, c.File, want, have)
	}
}

func sameTokens(t *testing.T, file string, want, have map[string]bool) {
	t.Helper()
	for token := range want {
		if !have[token] {
			t.Errorf("%s: %q is in a text and not in the digest", file, token)
		}
	}
	for token := range have {
		if !want[token] {
			t.Errorf("%s: %q is in the digest and in no text", file, token)
		}
	}
}

// captured returns the packets of a capture, as far as it can be read.
func captured(t *testing.T, file string) (all []packet.Packet) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	r, err := packet.NewReader(in)
	for err == nil && len(all) < 20_000 {
		var p packet.Packet
		if p, err = r.Next(); err == nil {
			p.Data = bytes.Clone(p.Data)
			all = append(all, p)
		}
	}
	return all
}
