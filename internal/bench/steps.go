package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// ingest fills the store and measures it.
func (b *bench) ingest(ctx context.Context) error {
	b.report.say("ingest of %s", b.corpus.describe())
	f, err := fill(ctx, b.server, b.corpus, b.o.conns)
	if err != nil {
		return err
	}
	b.filled = f
	n, err := b.server.entries(ctx)
	if err != nil {
		return err
	}
	want := b.corpus.truth.Lines
	b.report.check(f.lines == want, "ingest: %d lines acknowledged, want %d", f.lines, want)
	b.report.check(n == uint64(want), "ingest: the store has %d entries, want %d", n, want)
	if !b.o.only.has("ingest") {
		return nil
	}
	size := float64(b.corpus.bytes()) / 1e6
	b.report.add(row{What: "ingest, durable and indexed", Bar: ">= 200,000 lines/s", Met: met(f.rate() >= 200_000),
		Measured: fmt.Sprintf("%s lines/s, %.1f MB/s (%.1f s; last answer after %.1f s; %d x 429)", count(int64(f.rate())), size/f.took.Seconds(), f.took.Seconds(), f.sent.Seconds(), f.behind),
		Value:    f.rate(), Unit: "lines/s"})
	line := float64(f.cpu.Microseconds()) / float64(f.lines)
	b.report.add(row{What: "CPU of the server a line", Bar: "<= 8 us", Met: met(line <= 8),
		Measured: fmt.Sprintf("%.2f us (%.0f MB a CPU second)", line, size/f.cpu.Seconds()),
		Ratio:    fmt.Sprintf("client apart: %.2f us", float64(f.client.Microseconds())/float64(f.lines)), Value: line, Unit: "us"})
	b.report.add(row{What: "anonymous memory, peak while ingesting", Bar: "<= 400 MB", Met: met(f.peak <= 400e6),
		Measured: fmt.Sprintf("%.0f MB", float64(f.peak)/1e6), Value: float64(f.peak) / 1e6, Unit: "MB"})
	return nil
}

// rest reads the memory some time after ingest, while nothing is asked.
func (b *bench) rest(ctx context.Context) error {
	left := time.Until(b.filled.at.Add(b.o.rest))
	if left > 0 {
		b.report.say("%.0f s of rest", left.Seconds())
	}
	select {
	case <-time.After(left):
	case <-ctx.Done():
		return ctx.Err()
	}
	p, err := b.server.proc()
	if err != nil {
		return err
	}
	b.report.add(row{What: fmt.Sprintf("anonymous memory, %.0f s after", time.Since(b.filled.at).Seconds()), Bar: "<= 150 MB", Met: met(p.anon <= 150e6),
		Measured: fmt.Sprintf("%.0f MB", float64(p.anon)/1e6), Value: float64(p.anon) / 1e6, Unit: "MB"})
	return nil
}

// disk measures the segments once nothing is compacted any more; when says
// since when.
func (b *bench) disk(ctx context.Context, when string) error {
	if err := settle(ctx, b.server, time.Minute); err != nil {
		return err
	}
	d, err := b.server.size()
	if err != nil {
		return err
	}
	raw := float64(b.corpus.bytes())
	share := float64(d.total()) / raw
	files, err := b.server.openFiles()
	if err != nil {
		return err
	}
	b.report.add(row{What: "disk, blocks and index" + when, Bar: "<= 0.22 of raw", Met: met(share <= 0.22),
		Measured: fmt.Sprintf("%.1f MB: blocks %.1f, index %.1f, other %.1f; %d segments, %d open files", float64(d.total())/1e6, float64(d.blocks)/1e6, float64(d.index)/1e6, float64(d.other)/1e6, d.segments, files),
		Ratio:    fmt.Sprintf("%.3f of raw", share), Value: share, Unit: "of raw"})
	return nil
}

// settle waits until the segments have been the same for two seconds in which
// the server hardly worked, that long at the most.
func settle(ctx context.Context, s *server, most time.Duration) error {
	const still = 2 * time.Second
	for began := time.Now(); time.Since(began) < most && ctx.Err() == nil; {
		before, err := s.size()
		if err != nil {
			return err
		}
		then, err := s.proc()
		if err != nil {
			return err
		}
		time.Sleep(still)
		after, err := s.size()
		if err != nil {
			return err
		}
		now, err := s.proc()
		if err != nil || before == after && now.cpu-then.cpu < still/20 {
			return err
		}
	}
	return ctx.Err()
}

// restart measures the start after a clean stop.
func (b *bench) restart(ctx context.Context) error {
	if err := b.server.stop(); err != nil {
		return err
	}
	s, err := b.server.again(ctx)
	if err != nil {
		return err
	}
	b.server = s
	const bar = 300 * time.Millisecond
	b.report.add(row{What: "start after a clean stop, until /readyz", Bar: "<= " + ms(bar), Met: met(s.ready <= bar),
		Measured: ms(s.ready), Value: s.ready.Seconds() * 1e3, Unit: "ms"})
	return b.whole(ctx, 0, 0)
}

// whole checks how many entries there are beyond the corpus.
func (b *bench) whole(ctx context.Context, least, most int64) error {
	n, err := b.server.entries(ctx)
	if err != nil {
		return err
	}
	more := int64(n) - b.corpus.truth.Lines
	b.report.check(least <= more && more <= most, "after a start: %d entries beyond the corpus, want %d to %d", more, least, most)
	return nil
}

// busy measures needles while the corpus comes in a second time, kills the
// server in the middle of it, and measures the start after that.
func (b *bench) busy(ctx context.Context) error {
	send := newSender(b.server.base, b.o.conns)
	send.prefix = "again-"
	posting, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- send.files(posting, b.corpus.files, b.o.conns) }()
	time.Sleep(2 * time.Second) // so that there is something in memory and in the making
	for _, n := range b.picks.needles {
		t, err := repeat(b.o.runs, func() (time.Duration, error) {
			var a answer
			took, err := b.server.get(ctx, "search", values(n.query, 100), &a)
			b.report.check(a.Exact && a.Total > 0, "%s while ingesting: got %d (exact %v)", n.query, a.Total, a.Exact)
			time.Sleep(50 * time.Millisecond) // searches are not what is to keep the server busy
			return took, err
		})
		if err != nil {
			stop()
			return errors.Join(err, <-ended)
		}
		const bar = 50 * time.Millisecond
		b.report.add(row{What: n.what + " while ingesting, entries", Bar: "<= " + ms(bar), Met: met(t.median <= bar),
			Measured: fmt.Sprintf("%s (worst %s, %d runs)", ms(t.median), ms(t.worst), t.runs), Value: t.median.Seconds() * 1e3, Unit: "ms"})
	}
	stillSending := true
	select {
	case err := <-ended:
		if err != nil {
			return err
		}
		stillSending = false // a small corpus
	default:
	}
	b.server.kill()
	if stillSending {
		stop()
		<-ended // its error is the kill
	}
	s, err := b.server.again(ctx)
	if err != nil {
		return err
	}
	b.server = s
	const bar = 3 * time.Second
	kept := send.accepted.Load()
	b.report.add(row{What: "start after kill -9 while ingesting, until /readyz", Bar: "<= 3 s", Met: met(s.ready <= bar),
		Measured: fmt.Sprintf("%s, %s more lines acknowledged before", ms(s.ready), count(kept)), Value: s.ready.Seconds() * 1e3, Unit: "ms"})
	// What was on its way and not answered may be there or not.
	return b.whole(ctx, kept, max(kept, b.corpus.truth.Lines))
}

// requests measures bodies of one line, each of them durable when answered.
func (b *bench) requests(ctx context.Context) error {
	s, err := startServer(ctx, b.o.spoor, filepath.Join(b.o.dir, "one"), b.o.sealAge)
	if err != nil {
		return err
	}
	defer s.kill()
	one, err := oneLine(ctx, s.base, 1)
	if err != nil {
		return err
	}
	many, err := oneLine(ctx, s.base, 64)
	if err != nil {
		return err
	}
	n, err := s.entries(ctx)
	if err != nil {
		return err
	}
	sent := one.sent + many.sent
	b.report.check(n == uint64(sent), "bodies of one line: got %d entries, want %d", n, sent)
	b.report.add(row{What: "bodies of one line, 1 connection", Measured: fmt.Sprintf("%s requests/s", count(int64(one.rate()))), Value: one.rate(), Unit: "requests/s"})
	b.report.add(row{What: "bodies of one line, 64 connections", Measured: fmt.Sprintf("%s requests/s", count(int64(many.rate()))),
		Ratio: fmt.Sprintf("%.1f x one connection", many.rate()/one.rate()), Value: many.rate(), Unit: "requests/s"})
	return nil
}

type posted struct {
	sent int64
	took time.Duration
}

func (p posted) rate() float64 { return float64(p.sent) / p.took.Seconds() }

const oneLineFor = 3 * time.Second

// oneLine posts bodies of one line for some seconds over that many
// connections.
func oneLine(ctx context.Context, base string, conns int) (posted, error) {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: conns, MaxIdleConnsPerHost: conns}}
	var n atomic.Int64
	var work errgroup.Group
	began := time.Now()
	for c := range conns {
		work.Go(func() error {
			for time.Since(began) < oneLineFor && ctx.Err() == nil {
				line := fmt.Sprintf("Jan  1 00:00:08 web%d sshd[%d]: Disconnected from 198.51.100.7 port %d", c, n.Add(1), c)
				resp, err := client.Post(base+"/api/v1/ingest", "text/plain", strings.NewReader(line))
				if err != nil {
					return err
				}
				text, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err == nil && resp.StatusCode != http.StatusOK {
					err = fmt.Errorf("%s: %s", resp.Status, text)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := work.Wait()
	return posted{n.Load(), time.Since(began)}, errors.Join(err, ctx.Err())
}

// growth is how many millions of lines are measured one after the other.
type growth []int64

func (g *growth) String() string { return strings.Trim(fmt.Sprint([]int64(*g)), "[]") }

func (g *growth) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		var n int64
		if _, err := fmt.Sscan(part, &n); err != nil || n < 1 {
			return fmt.Errorf("%q: want millions of lines", part)
		}
		*g = append(*g, n*1_000_000)
	}
	return nil
}

// run fills a fresh store for every size.
func (g growth) run(ctx context.Context, o options, rep *report) error {
	for _, lines := range g {
		c, err := openCorpus(ctx, o, lines)
		if err != nil {
			return err
		}
		rep.Corpus = strings.TrimPrefix(rep.Corpus+"; "+c.describe(), "; ")
		dir := filepath.Join(o.dir, fmt.Sprint(lines))
		s, err := startServer(ctx, o.spoor, dir, o.sealAge)
		if err != nil {
			return err
		}
		b := &bench{o: o, corpus: c, report: rep, server: s}
		err = b.grown(ctx)
		b.server.kill()
		if !o.keep {
			err = errors.Join(err, os.RemoveAll(dir))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// grown measures what must not grow with the store.
func (b *bench) grown(ctx context.Context) error {
	b.o.only = nil
	name := count(b.corpus.truth.Lines) + " lines: "
	from := len(b.report.Rows)
	defer func() {
		for i := range b.report.Rows[from:] {
			b.report.Rows[from+i].What = name + b.report.Rows[from+i].What
		}
	}()
	if err := b.ingest(ctx); err != nil {
		return err
	}
	if err := b.rest(ctx); err != nil {
		return err
	}
	b.picks.needles = []target{{what: "address", query: b.corpus.truth.Needle, grep: wordGrep(b.corpus.truth.Needle), lines: b.corpus.truth.NeedleLines}}
	if err := b.needles(ctx); err != nil {
		return err
	}
	if err := b.disk(ctx, ""); err != nil {
		return err
	}
	if err := b.compact(ctx); err != nil {
		return err
	}
	return b.restart(ctx)
}
