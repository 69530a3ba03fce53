package sensor

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/packet"
)

// discard is a client that reads as fast as it can.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkAnswer gives the bytes of capture files read a second: all served,
// none found, and none in the time asked for.
func BenchmarkAnswer(b *testing.B) {
	dir, size := b.TempDir(), int64(0)
	for n := range 8 {
		size += benchFile(b, filepath.Join(dir, fmt.Sprintf("%d.pcap", n)), time.Duration(n)*time.Minute)
	}
	s := New(Options{Dir: dir})
	for name, query := range map[string]string{
		"all":     "udp",
		"none":    "host 192.0.2.1 or tcp and port 80",
		"outside": "after 2021-01-01T00:00:00Z",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), "POST", "/query", strings.NewReader(query))
				if err != nil {
					b.Fatal(err)
				}
				s.Handler().ServeHTTP(&discard{http.Header{}}, r)
			}
		})
	}
}

func benchFile(b *testing.B, name string, after time.Duration) int64 {
	b.Helper()
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w, err := packet.NewWriter(f, packet.LinkEthernet)
	for i := 0; i < 10_000 && err == nil; i++ {
		err = w.Write(packet.Packet{
			Time: start.Add(after + time.Duration(i)*time.Millisecond), Data: udp(byte(i), 500), LinkType: packet.LinkEthernet,
		})
	}
	info, err2 := f.Stat()
	if err != nil || err2 != nil {
		b.Fatal(err, err2)
	}
	return info.Size()
}
