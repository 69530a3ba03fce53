package local

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"spoor/index"
	"spoor/internal/packet"
	"spoor/internal/realdata"
)

// BenchmarkDataSealPackets makes segments of the captures that retrieval is
// measured with, and reports the time of all processors for a MB of packets.
func BenchmarkDataSealPackets(b *testing.B) {
	pair := filepath.Join(realdata.Dir(b), "pairs", "apt29-day2")
	var entries []index.Entry
	size := 0
	for _, name := range []string{"SCRANTON", "NEWYORK", "UTICA-A"} {
		f, err := os.Open(filepath.Join(pair, name, name+".cap"))
		if err != nil {
			b.Fatal(err)
		}
		r, err := packet.NewReader(f)
		for err == nil {
			var p packet.Packet
			if p, err = r.Next(); err == nil {
				s := &index.Stream{Tag: "packet", Source: 100, Format: index.Format{Name: index.Packet, LinkType: p.LinkType}}
				entries = append(entries, index.Entry{Stream: s, Time: p.Time, Raw: append([]byte(nil), p.Data...), OrigLen: p.OrigLen})
				size += len(p.Data)
			}
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		f.Close()
	}
	s, err := Open(b.TempDir(), Options{SealAge: time.Hour, UnsealedBytes: 1 << 30, SealBytes: 16 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var tables []*table
	s.runs.Add(1) // Put does not seal
	for range 4 {
		for i := range entries { // not the same packets side by side
			entries[i].Time = entries[i].Time.Add(time.Hour)
		}
		for from := 0; from < len(entries); from += 2000 {
			if err := s.Put(b.Context(), entries[from:min(from+2000, len(entries))]); err != nil {
				b.Fatal(err)
			}
		}
	}
	s.freezeOld(time.Now().Add(time.Hour))
	tables = s.frozen
	b.ResetTimer()
	began := cpuTime()
	disk, raw := 0, 0
	for b.Loop() {
		for _, t := range tables {
			made, err := s.build(context.Background(), t)
			if err != nil {
				b.Fatal(err)
			}
			raw += t.bytes
			for _, m := range made {
				info, err := os.Stat(filepath.Join(m.path, "blocks.dat"))
				if err != nil {
					b.Fatal(err)
				}
				disk += int(info.Size())
				os.RemoveAll(m.path)
			}
		}
	}
	b.ReportMetric(float64((cpuTime()-began).Microseconds())/1e3/(float64(raw)/1e6), "cpu-ms/MB")
	b.ReportMetric(float64(disk)/float64(raw), "disk/raw")
	b.ReportMetric(0, "ns/op")
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
