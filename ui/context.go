package ui

import (
	"context"
	"math"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

const (
	defaultAround = 5
	maxAround     = 200
)

type aroundAnswer struct {
	Before     []entryJSON `json:"before"`
	Entry      entryJSON   `json:"entry"`
	After      []entryJSON `json:"after"`
	MoreBefore bool        `json:"more_before"`
	MoreAfter  bool        `json:"more_after"`
}

// entryContext answers the neighbours of an entry in its stream.
func (s *Server) entryContext(c echo.Context) error {
	p := readParams(c, "q", "before", "after")
	marks := s.parseSearch(p, p.text("q")).Where
	before := p.number("before", defaultAround, 0, maxAround)
	after := p.number("after", defaultAround, 0, maxAround)
	if p.err != nil {
		return p.err
	}
	ctx, cancel := s.deadline(c)
	defer cancel()
	h, err := s.hit(c)
	if err != nil {
		return err
	}
	older, moreBefore, err := s.neighbours(ctx, h, index.Newest, before)
	if err != nil {
		return err
	}
	newer, moreAfter, err := s.neighbours(ctx, h, index.Oldest, after)
	if err != nil {
		return err
	}
	slices.Reverse(older)
	v := s.view(marks)
	a := aroundAnswer{MoreBefore: moreBefore, MoreAfter: moreAfter}
	if a.Before, err = v.entries(older); err != nil {
		return err
	}
	if a.After, err = v.entries(newer); err != nil {
		return err
	}
	if a.Entry, err = v.entry(h); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

// neighbours returns the n entries that follow one in an order, in its stream,
// and whether there are more. How a line is to be read, a header of Zeek's
// say, may change within it.
func (s *Server) neighbours(ctx context.Context, h index.Hit, order index.Order, n int) ([]index.Hit, bool, error) {
	same := func(o *index.Stream) bool {
		return o.Tag == h.Stream.Tag && o.Source == h.Stream.Source && o.Origin == h.Stream.Origin
	}
	// One more tells whether there are others.
	r := index.Request{Streams: same, Order: order, Limit: n + 1,
		After: &index.Cursor{Time: h.Time.UnixNano(), Last: h.Seq, Seq: math.MaxUint64}}
	found, err := s.Store.Search(ctx, r)
	if err != nil {
		return nil, false, err
	}
	hits := found.Hits
	size := 0
	for i := range hits[:min(n, len(hits))] {
		if size += len(hits[i].Raw); size > pageBytes && i > 0 {
			return hits[:i], true, nil
		}
	}
	return hits[:min(n, len(hits))], len(hits) > n, nil
}
