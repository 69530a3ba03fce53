package query

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Stage is one pipe of a Search: *Stats, *Top, *Timechart, *Fields, *Sort,
// *Head, *Dedup, *Rex or *Where. It is immutable. String prints it in the
// language, without the |.
type Stage interface {
	String() string
	stage()
}

// Agg is a number that is worked out of many entries.
type Agg struct {
	// Func is count, dc (distinct values), sum, avg, min, max, or p1 to p99
	// (percentiles).
	Func string
	// Field is what it is worked out of. It is empty for count() only;
	// count(x) counts the entries that have the field.
	Field string
	// As is the name that the query gives the column; empty: Name says it.
	As string
}

// Stats is `stats count(), sum(x) as total by a, b`: a row for each
// combination of values of By, or one row if By is empty. There is one Agg at
// least.
type Stats struct {
	Aggs []Agg
	By   []string
}

// Top is `top 10 x`: the values of a field that most entries have.
type Top struct {
	N     int // from 1
	Field string
}

// Timechart is `timechart 5m count() by x`: numbers over steps of time.
type Timechart struct {
	Span time.Duration // of a step; 0: chosen by who runs it
	Aggs []Agg         // one at least
	By   string        // empty: not split
}

// Fields is `fields a, b`: the columns that are shown.
type Fields struct{ Names []string }

// Sort is `sort -x, y`: the rows by the first key, then by the next.
type Sort struct{ Keys []SortKey }

// SortKey is one column to sort by.
type SortKey struct {
	Field string
	Desc  bool // -x
}

// Head is `head 20`: the first rows.
type Head struct{ N int } // from 1

// Dedup is `dedup x, y`: of the rows with equal values the first.
type Dedup struct{ Fields []string }

// Rex is `rex /(?<name>...)/ from field`: every named group of the first
// match becomes a field of the row.
type Rex struct {
	Pattern *regexp.Regexp // has one named group at least
	Field   string         // what it is looked for in; empty: the raw text
}

// Where is `where count:>10`: the rows that the query matches. The columns of
// a row are its fields, the values of all of them, one a line, are its text.
type Where struct{ Query Node }

func (*Stats) stage()     {}
func (*Top) stage()       {}
func (*Timechart) stage() {}
func (*Fields) stage()    {}
func (*Sort) stage()      {}
func (*Head) stage()      {}
func (*Dedup) stage()     {}
func (*Rex) stage()       {}
func (*Where) stage()     {}

// Name is the name of the column: As, or count, or the call as it is written,
// sum(orig_bytes).
func (a Agg) Name() string {
	switch {
	case a.As != "":
		return a.As
	case a.Field == "":
		return a.Func
	}
	return a.Func + "(" + a.Field + ")"
}

// String prints the call with its name.
func (a Agg) String() string {
	field := ""
	if a.Field != "" {
		field = stageName(a.Field)
	}
	text := a.Func + "(" + field + ")"
	if a.As != "" {
		text += " as " + stageName(a.As)
	}
	return text
}

func (s *Stats) String() string { return "stats " + printAggs(s.Aggs) + printBy(s.By) }
func (t *Top) String() string   { return "top " + strconv.Itoa(t.N) + " " + stageName(t.Field) }
func (f *Fields) String() string {
	return "fields " + printNames(f.Names)
}
func (h *Head) String() string  { return "head " + strconv.Itoa(h.N) }
func (d *Dedup) String() string { return "dedup " + printNames(d.Fields) }

func (t *Timechart) String() string {
	text := "timechart "
	if t.Span > 0 {
		text += printDuration(t.Span) + " "
	}
	text += printAggs(t.Aggs)
	if t.By != "" {
		text += printBy([]string{t.By})
	}
	return text
}

func (s *Sort) String() string {
	keys := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		if k.Desc {
			keys[i] = "-"
		}
		keys[i] += stageName(k.Field)
	}
	return "sort " + strings.Join(keys, ", ")
}

// String writes /re/i as /(?i)re/.
func (r *Rex) String() string {
	text := "rex " + (&pattern{source: r.Pattern.String()}).String()
	if r.Field != "" {
		text += " from " + stageName(r.Field)
	}
	return text
}

func (w *Where) String() string {
	if w.Query == nil {
		return "where *"
	}
	return "where " + w.Query.String()
}

func printAggs(aggs []Agg) string {
	texts := make([]string, len(aggs))
	for i, a := range aggs {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

func printBy(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " by " + printNames(names)
}

func printNames(names []string) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = stageName(n)
	}
	return strings.Join(texts, ", ")
}

// stageName prints the name of a field as pipes have it.
func stageName(name string) string {
	plain := name != "" && name != "by" && name != "as" && name != "from" && !digit(name[0]) && name[0] != '-'
	for i := range len(name) {
		plain = plain && (asciiWord(name[i]) || strings.IndexByte(".@-", name[i]) >= 0)
	}
	if plain {
		return name
	}
	return quote([]string{name})
}

// printDuration prints a whole number of the largest unit that fits.
func printDuration(d time.Duration) string {
	for _, u := range durationUnits {
		if d%u.size == 0 {
			return strconv.FormatInt(int64(d/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(d), 10) + "ns"
}

// durationUnits are the units of a duration, the largest first.
var durationUnits = []struct {
	name string
	size time.Duration
}{
	{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second},
	{"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", time.Nanosecond},
}
