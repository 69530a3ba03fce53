package format

import (
	"bytes"
	"reflect"
	"testing"

	"spoor/internal/packet"
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
