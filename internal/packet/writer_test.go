package packet

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// Ensure that what is written is read again, in microseconds and nanoseconds.
func TestWriterRoundTrip(t *testing.T) {
	at := time.Date(2020, 5, 1, 7, 9, 23, 456789123, time.UTC)
	in := []Packet{
		{at, []byte("one"), 60, LinkLinuxSLL2},
		{at.Add(time.Hour), nil, 0, LinkLinuxSLL2},
		{at, []byte("longer than it was"), 3, LinkLinuxSLL2},
	}
	for _, nano := range []bool{false, true} {
		var b bytes.Buffer
		w, err := NewWriter(&b, LinkLinuxSLL2)
		unit := time.Microsecond
		if nano {
			b.Reset()
			unit = time.Nanosecond
			w, err = NewWriterNano(&b, LinkLinuxSLL2)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range in {
			if err := w.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		out, err := readAll(b.Bytes())
		if err != nil || len(out) != len(in) {
			t.Fatalf("got %d packets, %v", len(out), err)
		}
		for i, p := range out {
			want := in[i]
			if !p.Time.Equal(want.Time.Truncate(unit)) || !bytes.Equal(p.Data, want.Data) || p.OrigLen != want.OrigLen || p.LinkType != want.LinkType {
				t.Errorf("packet %d: got %+v, want %+v", i+1, p, want)
			}
		}
	}
}

// Ensure that times which the format can't hold become the nearest it can.
func TestWriterClampsTimes(t *testing.T) {
	for _, tt := range []struct{ in, want time.Time }{
		{time.Time{}, time.Unix(0, 0)},
		{time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 0)},
		{time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<32-1, 999999000)},
	} {
		var b bytes.Buffer
		w, err := NewWriter(&b, LinkEthernet)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(Packet{Time: tt.in, LinkType: LinkEthernet}); err != nil {
			t.Fatal(err)
		}
		out, err := readAll(b.Bytes())
		if err != nil || len(out) != 1 || !out[0].Time.Equal(tt.want) {
			t.Errorf("%v: got %+v, %v; want %v", tt.in, out, err, tt.want)
		}
	}
}

// Ensure that a file holds one link type, and no packet that can't be read.
func TestWriterRefuses(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, LinkEthernet)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Packet{LinkType: LinkRaw}); !errors.Is(err, ErrLinkType) {
		t.Errorf("got %v, want ErrLinkType", err)
	}
	if err := w.Write(Packet{LinkType: LinkEthernet, Data: make([]byte, maxRecord+1)}); err == nil {
		t.Error("got no error for a packet over the limit")
	}
	if b.Len() != classicHeader {
		t.Errorf("got %d bytes written, want the header only", b.Len())
	}
}
