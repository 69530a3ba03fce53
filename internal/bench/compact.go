package main

import (
	"context"
	"fmt"
	"time"
)

// compact has the server merge all that it would merge in time, at once, and
// measures what that costs and what it leaves.
func (b *bench) compact(ctx context.Context) error {
	if err := b.server.stop(); err != nil {
		return err
	}
	before, err := b.server.size()
	if err != nil {
		return err
	}
	b.report.say("compaction")
	s, err := startServer(ctx, b.o.spoor, b.server.dir, b.o.sealAge, "--merge-age", "1ms", "--merge-rate", "1000000000")
	if err != nil {
		return err
	}
	b.server = s
	w := watch(s)
	if err := settle(ctx, s, 10*time.Minute); err != nil {
		return err
	}
	if err := w.stop(); err != nil {
		return err
	}
	p, err := s.proc()
	if err != nil {
		return err
	}
	after, err := s.size()
	if err != nil {
		return err
	}
	// What was not merged has no part in the cost, but nobody asks that.
	a := p.cpu.Seconds() * 1e3 / (float64(b.corpus.bytes()) / 1e6)
	b.report.add(row{What: "compaction of all of it", Measured: fmt.Sprintf("%.1f ms of CPU a MB of the corpus, %d segments into %d; peak memory %.0f MB", a, before.segments, after.segments, float64(w.peak)/1e6),
		Value: a, Unit: "ms/MB"})
	if err := b.disk(ctx, ", after compaction"); err != nil {
		return err
	}
	if err := b.whole(ctx, 0, 0); err != nil {
		return err
	}
	needle := b.corpus.truth.Needle
	t, err := b.search(ctx, needle, 0, true)
	if err != nil {
		return err
	}
	b.report.check(t.answer.Exact && t.answer.Total == uint64(b.corpus.truth.NeedleLines), "%s after compaction: got %d, want %d", needle, t.answer.Total, b.corpus.truth.NeedleLines)
	b.report.add(row{What: "address, count, after compaction: " + needle, Bar: "<= " + ms(b.needleBar()), Met: met(t.median <= b.needleBar()),
		Measured: fmt.Sprintf("%s (worst %s, %d runs), %d of %d blocks", ms(t.median), ms(t.worst), t.runs, t.answer.Scanned.Blocks, t.answer.Scanned.Blocks+t.answer.Scanned.Skipped),
		Value:    t.median.Seconds() * 1e3, Unit: "ms"})
	return nil
}

// needleBar is how long a needle may take.
func (b *bench) needleBar() time.Duration {
	if b.corpus.truth.Lines >= 10_000_000 {
		return 25 * time.Millisecond
	}
	return 10 * time.Millisecond
}
