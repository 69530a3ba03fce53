package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// classicFile makes a pcap file; records follow the header.
func classicFile(order byteOrder, magic, snaplen, link uint32, records ...[]byte) []byte {
	h := make([]byte, 24)
	order.PutUint32(h, magic)
	order.PutUint16(h[4:], 2)
	order.PutUint16(h[6:], 4)
	order.PutUint32(h[16:], snaplen)
	order.PutUint32(h[20:], link)
	return cat(h, cat(records...))
}

func record(order byteOrder, sec, frac, captured, length uint32, data string) []byte {
	h := make([]byte, 16)
	for i, v := range []uint32{sec, frac, captured, length} {
		order.PutUint32(h[4*i:], v)
	}
	return cat(h, []byte(data))
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var (
	little = binary.LittleEndian
	big    = binary.BigEndian
)

// Ensure that microseconds and nanoseconds are read in both byte orders.
func TestReaderClassic(t *testing.T) {
	for _, order := range []byteOrder{little, big} {
		for magic, nsec := range map[uint32]int64{magicMicro: 123456000, magicNano: 123456} {
			file := classicFile(order, magic, 100, 113, record(order, 1e9, 123456, 3, 60, "abc"), record(order, 1e9+1, 0, 0, 0, ""))
			packets, err := readAll(file)
			if err != nil || len(packets) != 2 {
				t.Fatalf("%v %x: got %d packets, %v", order, magic, len(packets), err)
			}
			p := packets[0]
			if want := time.Unix(1e9, nsec).UTC(); !p.Time.Equal(want) || p.Time.Location() != time.UTC {
				t.Errorf("%v %x: got %v, want %v", order, magic, p.Time, want)
			}
			if string(p.Data) != "abc" || p.OrigLen != 60 || p.LinkType != 113 {
				t.Errorf("%v %x: got %+v", order, magic, p)
			}
		}
	}
}

// Ensure that what real recorders get wrong is read all the same.
func TestReaderTolerates(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	file := classicFile(little, magicMicro, 4, 1,
		record(little, 1e9, 1_500_000, 3, 3, "abc"),                  // a fraction over a second
		record(little, 1e9, 0, uint32(len(long)), 60, long),          // longer than snaplen and than it was
		record(little, 4_000_000_000, 0, 1, 1, "z"),                  // after 2038
		record(little, 1e9, 4_294_967_295, 1, 4_294_967_295, "last")) // as far as it goes
	packets, err := readAll(file[:len(file)-3])
	if err != nil || len(packets) != 4 {
		t.Fatalf("got %d packets, %v; want 4", len(packets), err)
	}
	if want := time.Unix(1e9+1, 5e8); !packets[0].Time.Equal(want) {
		t.Errorf("got %v, want %v", packets[0].Time, want)
	}
	if len(packets[1].Data) != len(long) || packets[1].OrigLen != 60 {
		t.Errorf("got %d bytes of %d", len(packets[1].Data), packets[1].OrigLen)
	}
	if got := packets[2].Time.Year(); got != 2096 {
		t.Errorf("got year %d, want 2096", got)
	}
}

// ng makes a block of a pcapng file.
func ng(order byteOrder, kind uint32, body []byte) []byte {
	body = append(body, make([]byte, (4-len(body)%4)%4)...)
	b := make([]byte, 8, 12+len(body))
	order.PutUint32(b, kind)
	order.PutUint32(b[4:], uint32(12+len(body)))
	b = append(b, body...)
	return order.AppendUint32(b, uint32(12+len(body)))
}

// words writes numbers in a byte order that is known at run time.
func words(order byteOrder, values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return b
}

func ngSection(order byteOrder) []byte {
	body := words(order, byteOrderMagic)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, 0)
	return ng(order, blockSection, append(body, bytes.Repeat([]byte{0xff}, 8)...))
}

func ngDescribe(order byteOrder, link uint16, snaplen uint32, options ...[]byte) []byte {
	body := order.AppendUint16(nil, link)
	body = order.AppendUint16(body, 0)
	body = append(body, words(order, snaplen)...)
	return ng(order, blockInterface, append(body, cat(options...)...))
}

func ngOption(order byteOrder, code uint16, value ...byte) []byte {
	b := order.AppendUint16(nil, code)
	b = order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, (4-len(value)%4)%4)...)
}

func ngPacket(order byteOrder, id uint32, ticks uint64, length uint32, data string) []byte {
	head := words(order, id, uint32(ticks>>32), uint32(ticks), uint32(len(data)), length)
	return ng(order, blockEnhanced, append(head, data...))
}

// Ensure that a pcapng file with interfaces of several link types and clocks,
// with every kind of packet block, is read in both byte orders.
func TestReaderNG(t *testing.T) {
	for _, o := range []byteOrder{little, big} {
		obsolete := append(o.AppendUint16(o.AppendUint16(nil, 1), 7), words(o, 0, 5_000_000, 2, 9)...)
		file := cat(ngSection(o),
			ngDescribe(o, 1, 4),
			ngDescribe(o, 276, 0, ngOption(o, 2, 'e', 't', 'h'), ngOption(o, optionResolution, 9),
				ngOption(o, optionOffset, o.AppendUint64(nil, 1000)...), ngOption(o, optionEnd)),
			ngDescribe(o, 113, 0, ngOption(o, optionResolution, 0x80|10)),
			ng(o, 0xbad, []byte("a custom block")),
			ngPacket(o, 0, 1_500_000, 60, "one"),
			ngPacket(o, 1, 2_000_000_007, 3, "two"),
			ngPacket(o, 2, 1024+512, 5, "three"),
			ng(o, blockSimple, append(words(o, 6), "four"...)),
			ng(o, blockObsolete, append(obsolete, "5!"...)),
			ng(o, 5, make([]byte, 200)), // statistics
			ngSection(little), ngDescribe(little, 101, 0), ngPacket(little, 0, 9, 1, "6"))
		packets, err := readAll(file)
		if err != nil {
			t.Fatalf("%v: %v", o, err)
		}
		want := []Packet{
			{time.Unix(1, 5e8), []byte("one"), 60, 1},
			{time.Unix(1002, 7), []byte("two"), 3, 276},
			{time.Unix(1, 5e8), []byte("three"), 5, 113},
			{time.Time{}, []byte("four"), 6, 1}, // snaplen 4 cut it
			{time.Unix(1000, 5e6), []byte("5!"), 9, 276},
			{time.Unix(0, 9000), []byte("6"), 1, 101},
		}
		if len(packets) != len(want) {
			t.Fatalf("%v: got %d packets, want %d", o, len(packets), len(want))
		}
		for i, w := range want {
			p := packets[i]
			if !p.Time.Equal(w.Time) || string(p.Data) != string(w.Data) || p.OrigLen != w.OrigLen || p.LinkType != w.LinkType {
				t.Errorf("%v: packet %d: got %v %q %+v, want %v %q", o, i+1, p.Time, p.Data, p, w.Time, w.Data)
			}
		}
	}
}

// Ensure that any resolution of a clock gives the right time, or none.
func TestReaderClocks(t *testing.T) {
	tests := []struct {
		clock ngInterface
		ticks uint64
		want  time.Time
	}{
		{ngInterface{exp: 0}, 7, time.Unix(7, 0)},
		{ngInterface{exp: 3}, 1500, time.Unix(1, 5e8)},
		{ngInterface{exp: 12}, 1_000_000_000_999, time.Unix(1, 0)},
		{ngInterface{exp: 19}, 15_000_000_000_000_000_000, time.Unix(1, 5e8)},
		{ngInterface{exp: 20}, 10_000_000_000_000_000_000, time.Unix(0, 1e8)},
		{ngInterface{exp: 127}, 1 << 63, time.Unix(0, 0)},
		{ngInterface{exp: 0, binary: true}, 9, time.Unix(9, 0)},
		{ngInterface{exp: 32, binary: true}, 3 << 31, time.Unix(1, 5e8)},
		{ngInterface{exp: 64, binary: true}, 1 << 63, time.Unix(0, 5e8)},
		{ngInterface{exp: 127, binary: true}, 1 << 63, time.Unix(0, 0)},
		{ngInterface{exp: 6, offset: -10}, 11_000_000, time.Unix(1, 0)},
		{ngInterface{exp: 0}, 1 << 63, time.Time{}},
		{ngInterface{exp: 6, offset: 1<<63 - 1}, 1e7, time.Time{}},
		{ngInterface{exp: 6, offset: -1 << 63}, 0, time.Time{}},
	}
	for _, tt := range tests {
		if got := tt.clock.time(tt.ticks); !got.Equal(tt.want) {
			t.Errorf("%+v, %d ticks: got %v, want %v", tt.clock, tt.ticks, got, tt.want)
		}
	}
}

// Ensure that damage is told by packet, place and reason, and that what came
// before is kept.
func TestReaderDamage(t *testing.T) {
	good := record(little, 1e9, 0, 3, 3, "abc")
	section, describe := ngSection(little), ngDescribe(little, 1, 0)
	broken := ngPacket(little, 0, 0, 3, "abc")
	broken[len(broken)-4]++
	tests := []struct {
		name   string
		file   []byte
		packet int
		offset int64
		reason string
	}{
		{"empty", nil, 0, 0, "file header cut short: 0 of 4 bytes"},
		{"text", []byte("hello, world"), 0, 0, "no capture file: it begins with 68 65 6c 6c"},
		{"header", classicFile(little, magicMicro, 0, 1)[:10], 0, 0, "file header cut short: 10 of 24 bytes"},
		{"header's first word", classicFile(little, magicMicro, 0, 1)[:4], 0, 0, "file header cut short: 4 of 24 bytes"},
		{"version", bytes.Replace(classicFile(little, magicMicro, 0, 1), []byte{2, 0, 4}, []byte{3, 0, 4}, 1), 0, 0, "pcap version 3 is not known"},
		{"record", classicFile(little, magicMicro, 0, 1, good, good[:7]), 2, 43, "record header cut short: 7 of 16 bytes"},
		{"data", classicFile(little, magicMicro, 0, 1, good, good[:17]), 2, 43, "packet cut short: 1 of 3 bytes"},
		{"length", classicFile(little, magicMicro, 0, 1, record(little, 0, 0, 16<<20, 60, "")), 1, 24,
			"a packet of 16777216 bytes, more than the 262144 there can be"},
		{"ng order", cat(section[:8], []byte("nope"), section[12:]), 0, 0, "no pcapng file: byte-order magic 6e 6f 70 65"},
		{"ng interface", cat(section, describe, ngPacket(little, 3, 0, 1, "a")), 1, 48, "a packet of interface 3, of which there are 1"},
		{"ng no interface", cat(section, ng(little, blockSimple, words(little, 1, 0))), 1, 28, "a packet before any interface"},
		{"ng trailer", cat(section, describe, broken), 1, 48, "a block of 36 bytes ends with the length 37"},
		{"ng room", cat(section, describe, ng(little, blockEnhanced, words(little, 0, 0, 0, 500, 500, 0))), 1, 48,
			"a packet of 500 bytes in a block with room for 4"},
		{"ng cut", cat(section, describe, ngPacket(little, 0, 0, 3, "abc")[:30]), 1, 48, "packet cut short: 2 of 3 bytes"},
		{"ng block length", cat(section, words(little, 5, 13)), 1, 28, "a block of 13 bytes can't be"},
	}
	for _, tt := range tests {
		packets, err := readAll(tt.file)
		var e *FileError
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v, want a FileError", tt.name, err)
			continue
		}
		if e.Packet != tt.packet || e.Offset != tt.offset || e.Reason != tt.reason {
			t.Errorf("%s: got packet %d at %d: %s; want packet %d at %d: %s", tt.name, e.Packet, e.Offset, e.Reason, tt.packet, tt.offset, tt.reason)
		}
		if tt.packet > 0 && len(packets) != tt.packet-1 {
			t.Errorf("%s: got %d packets before it", tt.name, len(packets))
		}
	}
}

// Ensure that the reader stays finished, and that the cause of a failed read
// can be told.
func TestReaderStaysFinished(t *testing.T) {
	cause := errors.New("line is down")
	file := classicFile(little, magicMicro, 0, 1, record(little, 0, 0, 3, 3, "abc"))
	r, err := NewReader(io.MultiReader(bytes.NewReader(file), errorReader{cause}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	_, first := r.Next()
	_, second := r.Next()
	if !errors.Is(first, cause) || first != second || r.Count() != 1 {
		t.Errorf("got %v, then %v, after %d packets", first, second, r.Count())
	}
	if want := "capture file, packet 2 at byte 43: record header: line is down"; first.Error() != want {
		t.Errorf("got %q, want %q", first, want)
	}
}

type errorReader struct{ err error }

func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

// Ensure that a length alone makes nobody allocate.
func TestReaderAllocatesWhatIsThere(t *testing.T) {
	file := classicFile(little, magicMicro, 16<<20, 1, record(little, 0, 0, 16<<20, 60, "abc"))
	block := ng(little, 0x99, nil)
	little.PutUint32(block[4:], 0xfffffff0)
	for name, file := range map[string][]byte{"packet": file, "block": cat(ngSection(little), block)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readAll(file)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: got %d bytes allocated", name, n)
		}
	}
}

// Ensure that capture files are told from other files by their first bytes.
func TestIsCapture(t *testing.T) {
	tests := []struct {
		head []byte
		want bool
	}{
		{classicFile(little, magicMicro, 0, 1), true}, {classicFile(big, magicMicro, 0, 1)[:4], true},
		{classicFile(little, magicNano, 0, 1), true}, {ngSection(big), true}, {ngSection(little)[:4], true},
		{[]byte("\n\r\r\nsome text here"), false}, {[]byte("{\"ts\":1}"), false}, {[]byte{0xd4}, false}, {nil, false},
	}
	for _, tt := range tests {
		if got := IsCapture(tt.head); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.head, got, tt.want)
		}
	}
}
