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
	Entries []entryJSON   `json:"entries"`
	Next    string        `json:"next,omitempty"`
}

func (s *Server) search(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "limit", "cursor", "order", "count")
	r := index.Request{
		Query: p.query(), Limit: p.number("limit", defaultLimit, 0, maxLimit),
		Order: p.order(index.Newest), After: p.cursor(), Exact: p.oneOf("count", "bound", "exact") == "exact",
	}
	r.From, r.To = p.between()
	if p.err != nil {
		return p.err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.SearchTimeout)
	defer cancel()
	start := time.Now()
	result, err := s.Store.Search(ctx, r)
	if err != nil {
		return err
	}
	shorten(&result, r.After, pageBytes)
	a := searchAnswer{
		Total: result.Total, Exact: result.Exact, Scanned: result.Scanned,
		Entries: make([]entryJSON, 0, len(result.Hits)),
	}
	v := s.view(r.Query)
	for _, h := range result.Hits {
		e, err := v.entry(h)
		if err != nil {
			return err
		}
		a.Entries = append(a.Entries, e)
	}
	if result.Next != nil {
		a.Next = result.Next.String()
	}
	a.TookMS = float64(time.Since(start).Microseconds()) / 1000
	return c.JSON(http.StatusOK, a)
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
	p := readParams(c, "q", "from", "to", "buckets")
	r := index.Request{Query: p.query()}
	r.From, r.To = p.between()
	buckets := p.number("buckets", 60, 1, 1000)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.SearchTimeout)
	defer cancel()
	h, err := s.Store.Histogram(ctx, r, buckets)
	if err != nil {
		return err
	}
	to := h.From
	for range h.Counts {
		to = to.Add(h.Width) // all of them at once may be more than a Duration holds
	}
	return c.JSON(http.StatusOK, map[string]any{
		"from": h.From, "to": to,
		"width_ns": int64(h.Width), "counts": append([]uint64{}, h.Counts...), "total": h.Total,
	})
}
