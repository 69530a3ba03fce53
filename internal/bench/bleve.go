package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/blevesearch/bleve/v2"
)

const (
	bleveLines = 60_000
	bleveBatch = 1_000
)

// bleve measures the baseline: a document a line, default mapping.
func (b *bench) bleve(ctx context.Context) (err error) {
	lines, err := someLines(b.corpus, bleveLines)
	if err != nil {
		return err
	}
	index, err := bleve.New(filepath.Join(b.o.dir, "bleve"), bleve.NewIndexMapping())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	began, before := time.Now(), used()
	for from := 0; from < len(lines); from += bleveBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := index.NewBatch()
		for i, line := range lines[from:min(from+bleveBatch, len(lines))] {
			if err := batch.Index(strconv.Itoa(from+i), map[string]any{"line": line}); err != nil {
				return err
			}
		}
		if err := index.Batch(batch); err != nil {
			return err
		}
	}
	took, cpu := time.Since(began), used()-before
	n, err := index.DocCount()
	if err != nil {
		return err
	}
	b.report.check(n == uint64(len(lines)), "bleve: got %d documents, want %d", n, len(lines))
	rate := float64(len(lines)) / took.Seconds()
	times := b.filled.rate() / rate
	b.report.add(row{What: "ingest, compared with Bleve, a document a line", Bar: ">= 20 x", Met: met(times >= 20),
		Measured: fmt.Sprintf("Bleve %s lines/s, %.0f us of CPU a line", count(int64(rate)), float64(cpu.Microseconds())/float64(len(lines))),
		Ratio:    fmt.Sprintf("%.1f x", times), Value: times, Unit: "x"})
	return nil
}

// someLines returns about that many lines, evenly from all of the corpus.
func someLines(c *corpus, about int64) ([]string, error) {
	every := max(c.truth.Lines/about, 1)
	var lines []string
	n := int64(0)
	for _, l := range c.files {
		f, err := os.Open(l.path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		in.Buffer(make([]byte, 64<<10), 16<<20)
		for in.Scan() {
			if n++; n%every == 0 && int64(len(lines)) < about {
				lines = append(lines, in.Text())
			}
		}
		if err := in.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", l.path, err)
		}
	}
	return lines, nil
}
