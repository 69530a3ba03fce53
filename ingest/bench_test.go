package ingest

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"spoor/index"
)

// nowhere takes entries and forgets them.
type nowhere struct{}

func (nowhere) Put(context.Context, []index.Entry) error            { return nil }
func (nowhere) Streams(context.Context) ([]index.StreamInfo, error) { return nil, nil }

// BenchmarkLines is the pipeline without a store behind it.
func BenchmarkLines(b *testing.B) {
	conn := connHeader + strings.Repeat("1693975906.500310\tCPgXGz4Ck2S7ZKzsu8\t192.168.56.30\n", 100_000)
	text := []byte(conn)
	p := NewPipeline(nowhere{}, Options{})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		a, err := p.Lines(b.Context(), bytes.NewReader(text), Params{})
		if err != nil || a.Accepted != 100_000 {
			b.Fatal(a, err)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
