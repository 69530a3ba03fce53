package packet

import (
	"bytes"
	"path/filepath"
	"testing"

	"spoor/internal/realdata"
)

// The mix of a real workstation's capture: TCP, TLS, DNS, HTTP, SMB.
const benchCapture = "pairs/apt29-day2/NEWYORK/NEWYORK.cap"

func benchPackets(b *testing.B) []Packet {
	packets, err := readAll(openCapture(b, filepath.Join(realdata.Dir(b), benchCapture)))
	if err != nil {
		b.Fatal(err)
	}
	return packets
}

func BenchmarkDataDecodeText(b *testing.B) {
	packets := benchPackets(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := packets[i%len(packets)]
		Decode(p.LinkType, p.Data, p.OrigLen).Text()
	}
}

func BenchmarkDataDecode(b *testing.B) {
	packets := benchPackets(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := packets[i%len(packets)]
		Decode(p.LinkType, p.Data, p.OrigLen)
	}
}

func BenchmarkDataReadMeta(b *testing.B) {
	packets := benchPackets(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := packets[i%len(packets)]
		ReadMeta(p.LinkType, p.Data)
	}
}

func BenchmarkDataAppendText(b *testing.B) {
	packets := benchPackets(b)
	b.ReportAllocs()
	var buf []byte
	for i := 0; b.Loop(); i++ {
		p := packets[i%len(packets)]
		buf = AppendText(buf[:0], p.LinkType, p.Data, p.OrigLen)
	}
}

func BenchmarkDataReader(b *testing.B) {
	file := openCapture(b, filepath.Join(realdata.Dir(b), "pcaps/large/echo-connections.pcap.gz"))
	b.ReportAllocs()
	b.SetBytes(int64(len(file)))
	packets := 0
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file))
		for err == nil {
			var p Packet
			if p, err = r.Next(); err == nil {
				ReadMeta(p.LinkType, p.Data)
			}
		}
		packets += r.Count()
	}
	b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
}
