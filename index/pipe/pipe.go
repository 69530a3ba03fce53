// Package pipe runs the stages of a search: what stands behind its pipes.
// Grouping runs inside the workers of the store's scan; what comes behind it
// works on the table. Memory is bounded: a run that would need more ends with
// an error and never with a wrong answer.
//
// What the numbers mean: a field with several values counts once for each
// different one, so that a row's count is the number of entries that have its
// value; sums, averages and percentiles take every value. Rows without a field
// that is grouped by are left out and counted (Table.Without). Numbers are
// decimal; what is none is left out of sums and said so in the notes, and
// orders behind them.
package pipe

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"spoor/index"
	"spoor/index/query"
)

// Store is what is needed of an index.Store.
type Store interface {
	Search(ctx context.Context, r index.Request) (index.Result, error)
	Scan(ctx context.Context, v index.Visit, visitor func(index.Extent) index.Visitor) (index.Visited, error)
	Identify(ctx context.Context, entries []index.Entry) ([]index.ID, error)
}

// Options of a run. The zero value works.
type Options struct {
	// Memory is how many bytes groups, values and rows may take; 0 means
	// 256 MiB. It is estimated, so about that much is taken.
	Memory int64
	// Rows is how many rows of the table are wanted at the most; 0 means
	// 1000.
	Rows int
	// Progress is told how far a scan is, as index.Visit says; may be nil.
	Progress func(index.Progress)
	// Also returns a visitor that is shown what goes into the stages, for
	// each worker; nil means none.
	Also func(index.Extent) index.Visitor
}

// Result is what a run has to say.
type Result struct {
	Table Table
	// Total is how many entries matched; a lower bound unless Exact.
	Total   uint64
	Exact   bool
	Scanned index.Scanned
}

// Error says which stage can't be run, or took too much.
type Error struct {
	// Stage is the number of the stage, from 1, and Text what it says.
	Stage int
	Text  string
	// TooMuch says that a limit was reached; else the stage makes no sense.
	TooMuch bool
	Reason  string
}

func (e *Error) Error() string { return e.Text + ": " + e.Reason }

// Run searches and applies the stages of s; its From and To count. An error
// of a stage is an *Error.
func Run(ctx context.Context, store Store, s query.Search, o Options) (Result, error) {
	if o.Memory <= 0 {
		o.Memory = 256 << 20
	}
	if o.Rows <= 0 {
		o.Rows = 1000
	}
	p, err := newPlan(s)
	if err != nil {
		return Result{}, err
	}
	r := &run{plan: p, store: store, o: o, budget: &budget{limit: o.Memory, stopped: ctx.Err}}
	t, err := r.gather(ctx)
	if err != nil {
		return Result{}, err
	}
	for i, stage := range p.rest {
		if t, err = r.apply(t, stage, i == len(p.rest)-1); err != nil {
			return Result{}, err
		}
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
	}
	if err := r.finish(ctx, t); err != nil {
		return Result{}, err
	}
	r.result.Table = t.Table
	return r.result, nil
}

// run is one run of a plan.
type run struct {
	*plan
	store  Store
	o      Options
	budget *budget
	result Result
}

func (r *run) account(s stageName, what string) account {
	return account{budget: r.budget, stage: s, what: what}
}

// scan shows the entries to visitors, and to those of Also.
func (r *run) scan(ctx context.Context, visitor func(index.Extent) index.Visitor) error {
	v := index.Visit{Query: r.where, From: r.from, To: r.to, Progress: r.o.Progress}
	res, err := r.store.Scan(ctx, v, func(e index.Extent) index.Visitor {
		one := visitor(e)
		if r.o.Also == nil {
			return one
		}
		return Both(one, r.o.Also(e))
	})
	if err != nil {
		return err
	}
	r.result.Total, r.result.Exact, r.result.Scanned = res.Total, res.Exact, res.Scanned
	return nil
}

// byteCount writes a number of bytes for people.
func byteCount(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			return strconv.FormatFloat(float64(n)/float64(u.size), 'g', 3, 64) + " " + u.name
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}

// one of the names of a list, for an error.
func names(list []string) string { return strings.Join(list, ", ") }
