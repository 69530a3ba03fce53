package pipe_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/index/pipe"
	"spoor/index/query"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// line is an entry as the tests know it: what its fields are.
type line struct {
	at     time.Time
	tag    string
	fields map[string][]string
}

// generate makes lines of few different values, so that groups have many. A
// field may be absent, be a list, or hold what is no number.
func generate(r *rand.Rand, n int) []line {
	lines := make([]line, n)
	for i := range lines {
		l := line{at: start.Add(time.Duration(r.IntN(3600*4)) * 250 * time.Millisecond), tag: []string{"a", "b.c", "zeek.conn"}[r.IntN(3)], fields: map[string][]string{}}
		if r.IntN(10) > 0 {
			l.fields["host"] = []string{[]string{"10.0.0.1", "10.0.0.2", "web-1", "Web-2", `a"b\c`, "ümlaut", ""}[r.IntN(7)]}
		}
		if r.IntN(4) > 0 {
			l.fields["n"] = []string{[]string{"1", "2", "-7", "4.5", "1e3", "none", "12345678901234567"}[r.IntN(7)]}
		}
		if r.IntN(3) == 0 {
			for range 1 + r.IntN(3) {
				l.fields["list"] = append(l.fields["list"], fmt.Sprint(r.IntN(4)))
			}
		}
		lines[i] = l
	}
	return lines
}

// entry writes the line as JSON.
func (l line) entry() index.Entry {
	object := map[string]any{}
	for name, values := range l.fields {
		if object[name] = values; name != "list" {
			object[name] = values[0]
		}
	}
	raw, _ := json.Marshal(object)
	return index.Entry{Stream: &index.Stream{Tag: l.tag, Source: 7, Format: index.Format{Name: "json"}}, Time: l.at, Raw: raw}
}

func open(t testing.TB, lines []line) *local.Store {
	t.Helper()
	s, err := local.Open(t.TempDir(), local.Options{SealBytes: 20_000, BlockBytes: 2000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for batch := range slices.Chunk(lines, 100) {
		var entries []index.Entry
		for _, l := range batch {
			entries = append(entries, l.entry())
		}
		if err := s.Put(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func parse(t testing.TB, text string) query.Search {
	t.Helper()
	s, err := query.ParseSearch(text, query.ParseOptions{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func run(t testing.TB, s pipe.Store, text string) pipe.Result {
	t.Helper()
	r, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{Rows: 10_000})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

// naive works a number out of the values of some lines.
func naive(agg string, lines []line) string {
	name, field, _ := strings.Cut(strings.TrimSuffix(agg, ")"), "(")
	var numbers []float64
	distinct := map[string]bool{}
	have := 0
	for _, l := range lines {
		values := l.fields[field]
		if len(values) > 0 {
			have++
		}
		for _, v := range values {
			distinct[v] = true
			var f float64
			if json.Unmarshal([]byte(v), &f) == nil {
				numbers = append(numbers, f)
			}
		}
	}
	slices.Sort(numbers)
	sum := 0.0
	for _, f := range numbers {
		sum += f
	}
	switch {
	case name == "count" && field == "":
		return fmt.Sprint(len(lines))
	case name == "count":
		return fmt.Sprint(have)
	case name == "dc":
		return fmt.Sprint(len(distinct))
	case len(numbers) == 0 && len(distinct) > 0 && name == "min":
		return slices.Min(slices.Collect(maps.Keys(distinct)))
	case len(numbers) == 0 && len(distinct) > 0 && name == "max":
		return slices.Max(slices.Collect(maps.Keys(distinct)))
	case len(numbers) == 0:
		return "<none>"
	case name == "sum":
		return short(sum)
	case name == "avg":
		return short(sum / float64(len(numbers)))
	case name == "min":
		return short(numbers[0])
	case name == "max":
		return short(numbers[len(numbers)-1])
	}
	var p float64
	fmt.Sscanf(name, "p%f", &p)
	return short(numbers[int(math.Ceil(p/100*float64(len(numbers))))-1])
}

func short(f float64) string { return fmt.Sprintf("%.10g", f) }

// shown is a cell as naive writes it.
func shown(c pipe.Cell) string {
	if f, ok := c.Number(); ok {
		if f == math.Trunc(f) && math.Abs(f) < 1e9 {
			return fmt.Sprintf("%.0f", f)
		}
		return short(f)
	}
	if c.Empty() {
		return "<none>"
	}
	return c.String()
}

// groups puts lines into groups of every combination of values.
func groups(lines []line, by []string) (map[string][]line, uint64) {
	all, without := map[string][]line{}, uint64(0)
	for _, l := range lines {
		keys := []string{""}
		for _, name := range by {
			values := l.fields[name]
			if name == "tag" {
				values = []string{l.tag}
			}
			var next []string
			for _, k := range keys {
				for i, v := range values {
					if !slices.Contains(values[:i], v) {
						next = append(next, k+v+"\x00")
					}
				}
			}
			keys = next
		}
		if len(keys) == 0 {
			without++
		}
		for _, k := range keys {
			all[k] = append(all[k], l)
		}
	}
	return all, without
}

// Ensure that stats over a scan's workers give what evaluating every line
// gives.
func TestStatsEqualNaiveEvaluation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lines := generate(r, 3000)
	s := open(t, lines)
	aggs := []string{"count()", "count(n)", "dc(host)", "dc(list)", "sum(n)", "avg(n)", "min(n)", "max(list)", "p50(n)", "p95(list)", "p1(n)"}
	bys := [][]string{nil, {"host"}, {"tag"}, {"list"}, {"host", "list"}, {"tag", "host", "n"}}
	wheres := map[string]func(line) bool{
		"*":       func(line) bool { return true },
		"tag:b.c": func(l line) bool { return l.tag == "b.c" },
		"n:2":     func(l line) bool { return slices.Contains(l.fields["n"], "2") },
		"host:web*": func(l line) bool {
			return len(l.fields["host"]) > 0 && strings.HasPrefix(strings.ToLower(l.fields["host"][0]), "web")
		},
	}
	for where, match := range wheres {
		kept := slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return !match(l) })
		for _, by := range bys {
			want, without := groups(kept, by)
			text := where + " | stats " + strings.Join(aggs, ", ")
			if len(by) > 0 {
				text += " by " + strings.Join(by, ", ")
			}
			got := run(t, s, text)
			if got.Total != uint64(len(kept)) || got.Table.Without != without || len(got.Table.Rows) != len(want) {
				t.Fatalf("%s: got %d entries, %d without, %d rows; want %d, %d, %d", text,
					got.Total, got.Table.Without, len(got.Table.Rows), len(kept), without, len(want))
			}
			for _, row := range got.Table.Rows {
				key := ""
				for i := range by {
					key += row.Cells[i].String() + "\x00"
				}
				for i, agg := range aggs {
					if g, w := shown(row.Cells[len(by)+i]), naive(agg, want[key]); g != w {
						t.Errorf("%s: %s of %q: got %s, want %s", text, agg, key, g, w)
					}
				}
			}
		}
	}
}

// Ensure that the query of a row finds the entries that it counts: as many,
// or those of all rows that differ in case only.
func TestRowsPivotToTheirEntries(t *testing.T) {
	s := open(t, generate(rand.New(rand.NewPCG(3, 4)), 2000))
	for _, text := range []string{
		"* | top 100 host", "n:2 | stats count() by host, tag", "tag:a OR tag:b.c | stats count() by list", "NOT host:web* | top 9 tag",
		"* | stats count() by src", "host:* | where n:>1 | stats count() by n", "* | stats count()", "* | timechart 10m count()",
		"* | timechart 10m count() by tag", "* | stats count() by host | sort count | head 3",
	} {
		table := run(t, s, text).Table
		checked := 0
		for _, row := range table.Rows {
			for i, c := range table.Columns {
				ask := row.Query
				if c.Role == "series" {
					ask = c.Query
				} else if c.Func != "count" {
					continue
				}
				if ask == nil {
					t.Fatalf("%s: row %v has no query", text, row.Cells)
				}
				found, err := s.Search(t.Context(), index.Request{Query: parse(t, *ask).Where, From: row.From, To: row.To})
				if err != nil {
					t.Fatal(err)
				}
				checked++
				if n, _ := row.Cells[i].Number(); uint64(n) != found.Total {
					t.Errorf("%s: %s counts %v, its query %s finds %d", text, row.Cells[0], n, *ask, found.Total)
				}
			}
		}
		if checked == 0 {
			t.Errorf("%s: no row was checked", text)
		}
	}
}

// Ensure that rows are the entries that sorting, cutting and folding all
// lines gives, and know their IDs.
func TestRowsEqualNaiveEvaluation(t *testing.T) {
	lines := generate(rand.New(rand.NewPCG(5, 6)), 1500)
	s := open(t, lines)
	all, err := s.Search(t.Context(), index.Request{Limit: 5000})
	if err != nil {
		t.Fatal(err)
	}
	host := func(h index.Hit) string {
		var o struct{ Host *string }
		if json.Unmarshal(h.Raw, &o); o.Host == nil {
			return "<none>"
		}
		return *o.Host
	}
	seen := map[string]bool{"<none>": true}
	var first, sorted []index.Hit
	for _, h := range all.Hits {
		if !seen[host(h)] {
			first = append(first, h)
		}
		seen[host(h)] = true
		if host(h) == "web-1" || host(h) == "Web-2" {
			sorted = append(sorted, h)
		}
	}
	slices.SortStableFunc(sorted, func(a, b index.Hit) int { return cmp.Compare(host(a), host(b)) })
	for text, want := range map[string][]index.Hit{
		"* | head 250":                          all.Hits[:250],
		"* | head 1200 | fields time, host, id": all.Hits[:1200],
		"* | dedup host":                        first,
		"* | dedup host | head 2":               first[:2],
		"host:web* | sort host":                 sorted,
		"host:web* | sort host | head 40":       sorted[:40],
		"* | sort -time | head 30":              all.Hits[:30],
	} {
		got := run(t, s, text).Table
		if len(got.Rows) != len(want) || got.TotalRows != uint64(len(want)) {
			t.Errorf("%s: got %d rows of %d, want %d", text, len(got.Rows), got.TotalRows, len(want))
			continue
		}
		for i, row := range got.Rows {
			if row.ID == nil || *row.ID != want[i].ID {
				t.Errorf("%s: row %d is %v, want %s", text, i, row.ID, want[i].ID)
				break
			}
		}
	}
}

// Ensure that a percentile of more numbers than are kept is as near as is
// said, and says so.
func TestSketchedPercentilesAreWithinTheirError(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var lines []line
	var numbers []float64
	for range 70_000 {
		f := math.Exp(r.NormFloat64() * 3)
		numbers = append(numbers, f)
		lines = append(lines, line{at: start, tag: "a", fields: map[string][]string{"n": {fmt.Sprint(f)}}})
	}
	s, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	entries := make([]index.Entry, len(lines))
	for i, l := range lines {
		entries[i] = l.entry()
	}
	if err := s.Put(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	slices.Sort(numbers)
	table := run(t, s, "* | stats p1(n), p50(n), p99(n)").Table
	for i, p := range []float64{0.01, 0.5, 0.99} {
		got, _ := table.Rows[0].Cells[i].Number()
		want := numbers[int(math.Ceil(p*float64(len(numbers))))-1]
		if math.Abs(got-want) > 0.005*want {
			t.Errorf("p%v: got %v, want %v within 0.5 %%", 100*p, got, want)
		}
	}
	if len(table.Notes) != 3 || !strings.Contains(table.Notes[0], "within 0.5 %") {
		t.Errorf("notes: %q", table.Notes)
	}
}

// Ensure that what does not fit ends with an error that says what to do.
func TestMemoryLimitIsAnError(t *testing.T) {
	var lines []line
	for i := range 20_000 {
		lines = append(lines, line{at: start, tag: "a", fields: map[string][]string{"host": {fmt.Sprintf("host-%d", i)}, "n": {fmt.Sprint(i)}}})
	}
	s := open(t, lines)
	for _, text := range []string{
		"* | stats count() by host", "* | top 3 host", "* | stats dc(host)", "* | timechart 1m count() by host", "* | sort host | stats count() by n",
		"* | dedup host | stats count()", "* | head 20000 | stats count() by n", "* | stats p50(n), p60(n), p70(n), p80(n), p90(n)",
	} {
		_, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{Memory: 600 << 10})
		var much *pipe.Error
		if !errors.As(err, &much) || !much.TooMuch || much.Stage < 1 || !strings.Contains(much.Reason, "600 KiB") || !strings.Contains(much.Reason, "narrow") {
			t.Errorf("%s in 600 KiB: got %v", text, err)
		}
		if _, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{Memory: 64 << 20}); err != nil {
			t.Errorf("%s in 64 MiB: %v", text, err)
		}
	}
}

func TestCancelledRunEnds(t *testing.T) {
	s := open(t, generate(rand.New(rand.NewPCG(9, 1)), 2000))
	for _, text := range []string{"* | stats count() by host", "* | sort n", "* | head 1500 | stats count() by n", "* | timechart 1s count()"} {
		ctx, cancel := context.WithCancel(t.Context())
		stopping := func(index.Extent) index.Visitor { cancel(); return ignore{} }
		_, err := pipe.Run(ctx, s, parse(t, text), pipe.Options{Also: stopping})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", text, err)
		}
		cancel()
	}
}

type ignore struct{}

func (ignore) NeedsText(*index.Stream) bool                      { return false }
func (ignore) Whole(_, _ time.Time) bool                         { return true }
func (ignore) Count(*index.Stream, time.Time, time.Time, uint64) {}
func (ignore) Visit(*index.Entry) error                          { return nil }

func TestStagesThatMakeNoSenseAreRefused(t *testing.T) {
	s := open(t, nil)
	for text, want := range map[string]string{
		"* | stats count() by a | sort b":                      `no column "b" here; there are a, count`,
		"* | stats count() by a | head 3 | fields a, x":        `no column "x" here`,
		"* | stats count() by a | timechart count()":           "no column time",
		"* | fields a, b | stats count() by c":                 `no column "c" here; there are a, b`,
		"* | timechart 1h count() by a | sort nosuchseries":    `no column "nosuchseries"`,
		"from:2020-01-01 to:2021-01-01 | timechart 1s count()": "at most 10000",
	} {
		_, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{})
		var refused *pipe.Error
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{
		"* | stats count(), sum(x) by a | sort -sum", `* | stats sum(x) by a | sort -"sum(x)"`, "* | stats sum(x) by a | sort sum", "* | timechart 1h count() by a | head 3",
		"* | rex /(?<who>x)/ | stats count() by who | where who:x", "* | fields time, a | timechart count()",
	} {
		if _, err := pipe.Run(t.Context(), s, parse(t, text), pipe.Options{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
