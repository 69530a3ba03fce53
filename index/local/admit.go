package local

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

const (
	// lightBlocks is how many blocks of segments a search reads before it
	// counts as heavy: a needle and the first page of most searches stay
	// below it. What is in memory is bounded, and never counts.
	lightBlocks = 64
	// lightColumns is the same for a search that matches everything, as a
	// histogram: it reads the columns only, which are a small part.
	lightColumns = 16 * lightBlocks
)

// scanGate keeps heavy searches from taking all of the machine: so many of them
// at once, and of their blocks only so many, in turn. Light searches and
// ingest pass by. It may be used by many goroutines at once.
type scanGate struct {
	scans  *semaphore.Weighted
	blocks *semaphore.Weighted
}

func newScanGate(scans, workers int) *scanGate {
	return &scanGate{semaphore.NewWeighted(int64(scans)), semaphore.NewWeighted(int64(workers))}
}

// pass is what one search holds of a scanGate. The zero value is ready.
type pass struct {
	read  atomic.Int64 // blocks so far
	enter sync.Once
	held  bool // of scanGate.scans
	err   error
}

// admit waits until the search may read another block, of which it may read
// so many light ones without. done is to be called when it was read.
func (g *scanGate) admit(ctx context.Context, p *pass, light int64) (done func(), err error) {
	if p.read.Add(1) <= light {
		return func() {}, nil
	}
	p.enter.Do(func() {
		p.err = g.scans.Acquire(ctx, 1)
		p.held = p.err == nil
	})
	err = p.err
	if err == nil {
		err = g.blocks.Acquire(ctx, 1)
	}
	if err != nil {
		return nil, fmt.Errorf("wait for other searches: %w", err)
	}
	return func() { g.blocks.Release(1) }, nil
}

// leave gives back what the search holds, once nobody reads for it any more.
func (g *scanGate) leave(p *pass) {
	if p.held {
		g.scans.Release(1)
	}
}
