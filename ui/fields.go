package ui

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/index/pipe"
	"spoor/index/query"
)

const (
	defaultSample = 5000
	maxSample     = 20_000
	minSample     = 100
	// sampleBytes is the raw text of a sample at the most.
	sampleBytes = 16 << 20
	samplePage  = 500
	// valuesTime is how long values are looked for.
	valuesTime = 2 * time.Second
)

// lookJSON says what a look at some entries has looked at.
type lookJSON struct {
	Entries    uint64 `json:"entries"`
	Total      uint64 `json:"total"`
	TotalExact bool   `json:"total_exact"`
	Order      string `json:"order"`
	Exact      bool   `json:"exact"`
}

// sample shows the newest entries that match, n or sampleBytes of them.
func (q *question) sample(ctx context.Context, n int, show func(*index.Hit)) (lookJSON, error) {
	s := lookJSON{Order: "newest"}
	r := q.request()
	size := 0
	more := false // hits of a page that was too much text
	for {
		r.Limit = min(samplePage, n-int(s.Entries))
		res, err := q.store.Search(ctx, r)
		if err != nil {
			return s, err
		}
		if r.After == nil {
			s.Total, s.TotalExact = res.Total, res.Exact
		}
		for i := range res.Hits {
			show(&res.Hits[i])
			s.Entries++
			if size += len(res.Hits[i].Raw); size >= sampleBytes {
				more = i+1 < len(res.Hits)
				break
			}
		}
		if r.After = res.Next; r.After == nil || int(s.Entries) >= n || size >= sampleBytes {
			s.Total = max(s.Total, s.Entries)
			// Whoever has read to the end has counted, whatever the first page knew.
			if r.After == nil && !more {
				s.Total, s.TotalExact, s.Exact = s.Entries, true, true
			}
			return s, nil
		}
	}
}

type fieldsAnswer struct {
	Fields []fieldJSON `json:"fields"`
	Cut    bool        `json:"cut,omitempty"`
	Sample lookJSON    `json:"sample"`
	TookMS float64     `json:"took_ms"`
}

// fields answers which fields the results have.
func (s *Server) fields(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "sample", "exact", "top")
	q := s.entriesAsked(p)
	n := p.number("sample", defaultSample, minSample, maxSample)
	exact := p.oneOf("exact", "0", "1") == "1"
	top := p.number("top", 5, 0, 100)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	start := time.Now()
	var a fieldsAnswer
	var all *fieldCounts
	var err error
	if exact {
		all, a.Sample, err = s.allFields(ctx, q)
	} else {
		all = newFieldCounts(s.readers)
		a.Sample, err = q.sample(ctx, n, func(h *index.Hit) { all.add(&h.Entry) })
	}
	if err == nil {
		err = all.err
	}
	if err != nil {
		return err
	}
	a.Fields, a.Cut = all.list(top)
	a.TookMS = since(start)
	return c.JSON(http.StatusOK, a)
}

// allFields counts the fields of all results.
func (s *Server) allFields(ctx context.Context, q question) (*fieldCounts, lookJSON, error) {
	var each []*fieldCounts
	seen, err := q.store.Scan(ctx, index.Visit{Query: q.Where, From: q.From, To: q.To}, func(index.Extent) index.Visitor {
		v := newFieldCounts(s.readers)
		each = append(each, v)
		return fieldVisitor{v}
	})
	if err != nil {
		return nil, lookJSON{}, err
	}
	for _, o := range each[1:] {
		each[0].merge(o)
	}
	return each[0], lookJSON{Entries: seen.Total, Total: seen.Total, TotalExact: seen.Exact, Order: "newest", Exact: seen.Exact}, nil
}

type fieldVisitor struct{ *fieldCounts }

var _ index.Visitor = fieldVisitor{}

func (v fieldVisitor) NeedsText(*index.Stream) bool                      { return true }
func (v fieldVisitor) Whole(_, _ time.Time) bool                         { return false }
func (v fieldVisitor) Count(*index.Stream, time.Time, time.Time, uint64) {}

func (v fieldVisitor) Visit(e *index.Entry) error {
	v.add(e)
	return v.err
}

type topAnswer struct {
	Field         string      `json:"field"`
	Values        []valueJSON `json:"values"`
	Distinct      uint64      `json:"distinct"`
	DistinctExact bool        `json:"distinct_exact"`
	With          uint64      `json:"with"`
	Without       uint64      `json:"without"`
	Total         uint64      `json:"total"`
	Exact         bool        `json:"exact"`
	Sample        *lookJSON   `json:"sample,omitempty"`
	TookMS        float64     `json:"took_ms"`
}

// top answers the values of one field that most results have.
func (s *Server) top(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "field", "limit", "sample")
	q := s.entriesAsked(p)
	field := p.text("field")
	if field == "" {
		p.fail(bad("parameter field: missing"))
	}
	limit := p.number("limit", 10, 1, 1000)
	sample := p.number("sample", 0, 0, maxSample)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	start := time.Now()
	run := q.Search
	run.Stages = []query.Stage{&query.Top{N: limit, Field: field}}
	if sample > 0 {
		run.Stages = slices.Insert(run.Stages, 0, query.Stage(&query.Head{N: sample}))
	}
	r, err := pipe.Run(ctx, q.store, run, s.pipeOptions(limit))
	if err != nil {
		return err
	}
	a := topAnswer{Field: field, Values: make([]valueJSON, 0, len(r.Table.Rows)), Distinct: r.Table.Distinct, DistinctExact: r.Exact,
		Without: r.Table.Without, Total: r.Total, Exact: r.Exact}
	for _, row := range r.Table.Rows {
		value := row.Cells[0].String()
		n, _ := row.Cells[1].Number()
		a.Values = append(a.Values, valueJSON{Value: value, Count: uint64(n), Query: pipe.Pivot(q.Where, field, value)})
	}
	a.With = r.Total - min(r.Total, a.Without)
	if sample > 0 {
		looked := min(r.Total, uint64(sample))
		all := r.Exact && looked == r.Total
		a.With, a.DistinctExact, a.Exact = looked-min(looked, a.Without), all, all
		a.Sample = &lookJSON{Entries: looked, Total: r.Total, TotalExact: r.Exact, Order: "newest", Exact: all}
	}
	a.TookMS = since(start)
	return c.JSON(http.StatusOK, a)
}

type valuesAnswer struct {
	Values []valueJSON `json:"values"`
	Sample *lookJSON   `json:"sample,omitempty"`
}

// values answers the values of a field that begin with something.
func (s *Server) values(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "field", "prefix", "limit")
	q := s.entriesAsked(p)
	field, prefix := p.text("field"), p.text("prefix")
	if field == "" {
		p.fail(bad("parameter field: missing"))
	}
	limit := p.number("limit", 20, 1, 1000)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), valuesTime)
	defer cancel()
	count := map[string]uint64{}
	var a valuesAnswer
	var err error
	if isEntryField(field) {
		err = s.streamValues(ctx, field, prefix, count)
	} else {
		a.Sample, err = s.seenValues(ctx, q, field, prefix, count)
	}
	if err != nil {
		return err
	}
	a.Values = ranked(count, limit)
	return c.JSON(http.StatusOK, a)
}

// streamValues counts the values of what all entries of a stream share.
func (s *Server) streamValues(ctx context.Context, field, prefix string, count map[string]uint64) error {
	all, err := s.Store.Streams(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if v := entryField(&i.Stream, field); v != "" && hasPrefixFold(v, prefix) {
			count[v] += i.Entries
		}
	}
	return nil
}

// seenValues counts the values in the newest entries that have one. It ends
// with what it has when the time is over.
func (s *Server) seenValues(ctx context.Context, q question, field, prefix string, count map[string]uint64) (*lookJSON, error) {
	begins := query.Any()
	if prefix != "" && !strings.ContainsAny(prefix, "* \t") {
		begins = query.NewWord(prefix + "*")
	}
	q.Where = query.And(q.Where, query.NewFieldEqual(field, begins))
	sample, err := s.countValues(ctx, q, defaultSample, field, func(v string) {
		if len(v) <= maxListed && hasPrefixFold(v, prefix) {
			count[v]++
		}
	})
	return &sample, err
}

// countValues shows every value of a field of the newest n entries, once an
// entry. When the time is over it ends with those it has.
func (s *Server) countValues(ctx context.Context, q question, n int, field string, show func(string)) (lookJSON, error) {
	var failed error
	seen := uint64(0)
	sample, err := q.sample(ctx, n, func(h *index.Hit) {
		reader, err := s.readers.of(h.Stream.Format)
		if err != nil {
			failed = err
			return
		}
		seen++
		values := reader.Field(h.Raw, h.OrigLen, field)
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			show(v)
		}
	})
	if errors.Is(err, context.DeadlineExceeded) {
		sample, err = lookJSON{Entries: seen, Total: max(seen, sample.Total), Order: "newest"}, nil
	}
	return sample, errors.Join(err, failed)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
