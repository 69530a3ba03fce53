// Command bench measures Spoor over HTTP and prints one table: what, the bar,
// what was measured, the ratio to what it is compared with, and whether the
// bar is met. It fails when an answer is wrong, not when a bar is missed.
// docs/bench.md says what is measured how. It reads /proc, so it needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	spoor   string
	shared  string
	corpus  string
	dir     string
	json    string
	keep    bool
	lines   int64
	rest    time.Duration
	runs    int
	conns   int
	sealAge time.Duration
	only    parts
	growth  growth
	// sensors is how many are asked at once, each with sensorMB of captures.
	sensors  int
	sensorMB int64
	// stenoMB is how much a real Stenographer is asked for.
	stenoMB int64
}

// parts are the parts of a run that -only names; empty means all.
type parts []string

var allParts = []string{"ingest", "bleve", "memory", "needles", "words", "regex", "fields", "newest", "histogram", "pipes", "page", "disk", "compact", "start", "busy", "requests", "actionables"}

func (p *parts) String() string { return strings.Join(*p, ",") }

func (p *parts) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(allParts, name) {
			return fmt.Errorf("part %q: want some of %s", name, strings.Join(allParts, ","))
		}
		*p = append(*p, name)
	}
	return nil
}

func (p parts) has(name string) bool { return len(p) == 0 || slices.Contains(p, name) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func readFlags(args []string) (options, error) {
	o := options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.spoor, "spoor", "bin/spoor", "the program to measure")
	f.StringVar(&o.shared, "shared", filepath.Join("..", "shared"), "folder with loggen and data; without it a smaller corpus is made")
	f.StringVar(&o.corpus, "corpus", "", "folder with the *.log files (its truth beside it, as FOLDER.json), or one in which corpora are kept; default in the user's cache")
	f.StringVar(&o.dir, "dir", "", "where the data folders are made; default the system's for temporary files")
	f.StringVar(&o.json, "json", "", "file for the same figures as JSON")
	f.BoolVar(&o.keep, "keep", false, "keep the data folders, for a look at them")
	f.Int64Var(&o.lines, "lines", 0, "lines of the corpus; 0 means 3,300,000, or 300,000 of the smaller one")
	f.DurationVar(&o.rest, "rest", time.Minute, "how long after ingest the memory at rest is read")
	f.IntVar(&o.runs, "runs", 11, "runs of a query, of which the median counts")
	f.IntVar(&o.conns, "conns", 4, "connections that ingest")
	f.DurationVar(&o.sealAge, "seal-age", time.Second, "the server's --seal-age: how long the last lines wait for their segment")
	f.Var(&o.only, "only", "parts to run, comma between: "+strings.Join(allParts, ","))
	f.Var(&o.growth, "growth", "measure growth instead: millions of lines, comma between, such as 1,3,10")
	f.IntVar(&o.sensors, "sensors", 0, "measure packet sensors instead: so many at once")
	f.Int64Var(&o.sensorMB, "sensor-mb", 1024, "captures of each of them, in MB")
	f.Int64Var(&o.stenoMB, "steno", 0, "measure retrieval from a real Stenographer instead: of so many MB; needs root")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	}
	if o.runs < 1 || o.conns < 1 {
		return o, errors.New("-runs and -conns: want 1 at least")
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	o, err := readFlags(args)
	if err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp(o.dir, "spoor-bench-"); err != nil {
		return err
	}
	if o.keep {
		fmt.Fprintf(os.Stderr, "the data folders are in %s\n", o.dir)
	} else {
		defer os.RemoveAll(o.dir)
	}
	rep := newReport(o)
	if o.stenoMB > 0 {
		err = runSteno(ctx, o, rep)
	} else if o.sensors > 0 {
		err = runSensors(ctx, o, rep)
	} else if len(o.growth) > 0 {
		err = o.growth.run(ctx, o, rep)
	} else {
		err = runAll(ctx, o, rep)
	}
	rep.finish()
	rep.print(os.Stdout)
	return errors.Join(err, rep.save(o.json), rep.wrong())
}

// runAll makes the table of one corpus.
func runAll(ctx context.Context, o options, rep *report) error {
	c, err := openCorpus(ctx, o, o.lines)
	if err != nil {
		return err
	}
	rep.Corpus = c.describe()
	p, err := pick(ctx, c)
	if err != nil {
		return err
	}
	s, err := startServer(ctx, o.spoor, filepath.Join(o.dir, "data"), o.sealAge)
	if err != nil {
		return err
	}
	b := &bench{o: o, corpus: c, picks: p, report: rep, server: s}
	defer func() { b.server.kill() }()
	for _, step := range []struct {
		part string
		run  func(context.Context) error
	}{
		{"", b.ingest}, // all others need its data
		{"bleve", b.bleve},
		{"memory", b.rest},
		{"needles", b.needles},
		{"words", b.words},
		{"regex", b.regexes},
		{"fields", b.fields},
		{"newest", b.newest},
		{"histogram", b.histogram},
		{"pipes", b.pipes},
		{"page", b.page},
		{"disk", func(ctx context.Context) error { return b.disk(ctx, "") }},
		{"compact", b.compact},
		{"start", b.restart},
		{"busy", b.busy},
		{"requests", b.requests},
		{"actionables", b.actionables}, // they stay, so it is the last
	} {
		if step.part != "" && !o.only.has(step.part) {
			continue
		}
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.part, err)
		}
	}
	return nil
}

// bench is one run over one corpus.
type bench struct {
	o      options
	corpus *corpus
	picks  picks
	report *report
	server *server
	// filled is what ingest found out, which bleve compares with.
	filled filled
}

// ours names the machine in the report.
func ours() string {
	return fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
