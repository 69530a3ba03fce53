package packet

import (
	"path/filepath"
	"testing"
)

// The mix of a real workstation's capture: TCP, TLS, DNS, HTTP, SMB.
const benchCapture = "pairs/apt29-day2/NEWYORK/NEWYORK.cap"

func benchPackets(b *testing.B) []Packet {
	packets, err := readAll(openCapture(b, filepath.Join(dataDir(b), benchCapture)))
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
