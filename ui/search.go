package ui

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

type searchAnswer struct {
	Total   uint64        `json:"total"`
	Exact   bool          `json:"exact"`
	TookMS  float64       `json:"took_ms"`
	Scanned index.Scanned `json:"scanned"`
	timesJSON
	Entries []entryJSON    `json:"entries"`
	Next    string         `json:"next,omitempty"`
	Unknown []unknownField `json:"unknown_fields,omitempty"`
}

// timesJSON are the times that a query says itself.
type timesJSON struct {
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
}

func (s *Server) search(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "limit", "cursor", "order", "count")
	q := s.question(p)
	if len(q.Stages) > 0 {
		return s.table(c, p, q)
	}
	r := q.request()
	r.Limit = p.number("limit", defaultLimit, 0, maxLimit)
	r.Order, r.After, r.Exact = p.order(index.Newest), p.cursor(), p.oneOf("count", "bound", "exact") == "exact"
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	start := time.Now()
	a, _, err := s.searchPage(ctx, q, r)
	if err != nil {
		return err
	}
	if a.Total == 0 && a.Exact && r.After == nil {
		a.Unknown = s.unknownFields(ctx, q.Search)
	}
	a.TookMS = since(start)
	return c.JSON(http.StatusOK, a)
}

// since is the time that has passed, in milliseconds.
func since(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }

// searchPage answers one page of entries, and what the store has found for it.
func (s *Server) searchPage(ctx context.Context, q question, r index.Request) (searchAnswer, index.Result, error) {
	result, err := q.store.Search(ctx, r)
	if err != nil {
		return searchAnswer{}, result, err
	}
	shorten(&result, r.After, pageBytes)
	a := searchAnswer{Total: result.Total, Exact: result.Exact, Scanned: result.Scanned}
	q.times(&a.timesJSON)
	if a.Entries, err = s.view(q.Where).entries(result.Hits); err != nil {
		return a, result, err
	}
	if result.Next != nil {
		a.Next = result.Next.String()
	}
	return a, result, nil
}

// pageBytes is how much raw text a page holds before it ends early. What is
// made of a line, piece by piece, is a dozen times as long.
const pageBytes = 8 << 20

// shorten ends a page at limit bytes of raw text, but never before its first
// entry, and lets the next page go on from there.
func shorten(r *index.Result, after *index.Cursor, limit int) {
	size, seq := 0, uint64(0)
	switch {
	case r.Next != nil:
		seq = r.Next.Seq
	case after != nil:
		seq = after.Seq
	default: // the page has all that the search has seen
		for _, h := range r.Hits {
			seq = max(seq, h.Seq)
		}
	}
	for i, h := range r.Hits {
		if size += len(h.Raw); size > limit && i > 0 {
			last := r.Hits[i-1]
			r.Next = &index.Cursor{Time: last.Time.UnixNano(), Last: last.Seq, Seq: seq}
			r.Hits = r.Hits[:i]
			return
		}
	}
}

func (s *Server) histogram(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "buckets", "bars", "width")
	q := s.entriesAsked(p)
	l := layout{from: q.From, to: q.To, width: p.width("width"), most: p.number("bars", defaultBars, minBars, maxBars), now: time.Now()}
	buckets := p.number("buckets", 60, 1, 1000)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	if l.width > 0 || p.text("bars") != "" {
		h, err := q.countBars(ctx, l)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, h)
	}
	h, err := q.store.Histogram(ctx, q.request(), buckets)
	if err != nil {
		return err
	}
	to := h.From
	for range h.Counts {
		to = to.Add(h.Width) // all of them at once may be more than a Duration holds
	}
	return c.JSON(http.StatusOK, histogramJSON{
		From: h.From, To: to, Width: int64(h.Width), Counts: append([]uint64{}, h.Counts...), Total: h.Total,
	})
}
