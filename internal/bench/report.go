package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a run found out. Its JSON is what -json writes.
type report struct {
	Machine    string    `json:"machine"`
	Began      time.Time `json:"began"`
	Seconds    float64   `json:"seconds"`
	LoadBefore string    `json:"load_before"` // of the last 1, 5 and 15 minutes
	LoadAfter  string    `json:"load_after"`
	Corpus     string    `json:"corpus"`
	Flags      string    `json:"flags"`
	Rows       []row     `json:"rows"`
	Greps      []string  `json:"greps"` // the commands that were compared with
	Wrong      []string  `json:"wrong"` // answers that were not right
}

// row is a line of the table.
type row struct {
	What     string `json:"what"`
	Bar      string `json:"bar,omitempty"`
	Measured string `json:"measured"`
	// Ratio says to what the measured is compared; empty without a comparison.
	Ratio string `json:"ratio,omitempty"`
	// Met is yes or no; empty without a bar.
	Met string `json:"met,omitempty"`
	// Value is the measured in Unit.
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func newReport(o options) *report {
	return &report{
		Machine: ours(), Began: time.Now().UTC(), LoadBefore: load(), Wrong: []string{}, Greps: []string{},
		Flags: fmt.Sprintf("conns=%d runs=%d rest=%s seal-age=%s only=%s", o.conns, o.runs, o.rest, o.sealAge, o.only.String()),
	}
}

// load is the load average: other work on the machine makes figures worse.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	f := strings.Fields(string(b))
	return strings.Join(f[:min(3, len(f))], " ")
}

func (r *report) add(x row) {
	r.Rows = append(r.Rows, x)
	fmt.Fprintf(os.Stderr, "%8.1fs  %s: %s %s\n", time.Since(r.Began).Seconds(), x.What, x.Measured, x.Ratio)
}

// say tells whoever waits what goes on.
func (r *report) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%8.1fs  %s\n", time.Since(r.Began).Seconds(), fmt.Sprintf(format, args...))
}

// met says whether a bar is met.
func met(ok bool) string {
	if ok {
		return "yes"
	}
	return "no"
}

// check notes an answer that is not right.
func (r *report) check(ok bool, format string, args ...any) {
	if !ok {
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
	}
}

func (r *report) wrong() error {
	if len(r.Wrong) == 0 {
		return nil
	}
	return errors.New("wrong answers:\n  " + strings.Join(r.Wrong, "\n  "))
}

func (r *report) finish() {
	r.Seconds = time.Since(r.Began).Seconds()
	r.LoadAfter = load()
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "%s; load average %s before, %s after; %.0f s\ncorpus: %s\n%s\n\n",
		r.Machine, r.LoadBefore, r.LoadAfter, r.Seconds, r.Corpus, r.Flags)
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.Debug)
	fmt.Fprintln(t, "what\t bar\t measured\t ratio\t met?")
	for _, x := range r.Rows {
		fmt.Fprintf(t, "%s\t %s\t %s\t %s\t %s\n", x.What, x.Bar, x.Measured, x.Ratio, x.Met)
	}
	t.Flush()
	if len(r.Greps) > 0 {
		fmt.Fprintf(w, "\ngrep, all with LC_ALL=C:\n  %s\n", strings.Join(r.Greps, "\n  "))
	}
}

// save writes the report as JSON; an empty name writes none.
func (r *report) save(file string) error {
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// ms is a time in milliseconds.
func ms(d time.Duration) string {
	switch n := float64(d) / float64(time.Millisecond); {
	case n < 10:
		return fmt.Sprintf("%.1f ms", n)
	default:
		return fmt.Sprintf("%.0f ms", n)
	}
}

// count writes a number with commas.
func count[T int | int64 | uint64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
