package ui

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

// Delete hides the selected entries, or with dry only counts them.
type Delete func(ctx context.Context, s index.Selector, dry bool) (index.Deleted, error)

// deleteData answers DELETE /data.
func (s *Server) deleteData(c echo.Context) error {
	p := readParams(c, "source", "tag", "job", "from", "to", "dry")
	for name := range c.QueryParams() {
		if p.text(name) == "" { // a script's empty variable must not delete more
			p.fail(bad("parameter %s: it is empty", name))
		}
	}
	sel := index.Selector{Tag: p.text("tag")}
	sel.Source = uint32(p.positive("source", 32))
	sel.Job = p.positive("job", 64)
	sel.From, sel.To = p.between()
	dry := p.oneOf("dry", "0", "1") == "1"
	switch {
	case p.err != nil:
		return p.err
	case s.Delete == nil:
		return echo.NewHTTPError(http.StatusNotImplemented, "this store can't delete")
	case sel.IsZero():
		return bad("give one of source, tag, job, from and to at least")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.SearchTimeout)
	defer cancel()
	d, err := s.Delete(ctx, sel, dry)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"entries": d.Entries, "exact": d.Exact, "dry": dry})
}

// positive reads a number above 0 of that many bits; absent is 0.
func (p *params) positive(name string, bits int) uint64 {
	if _, given := p.c.QueryParams()[name]; !given {
		return 0
	}
	text := p.text(name)
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil || n == 0 {
		p.fail(bad("parameter %s: %q is no number from 1 on", name, text))
	}
	return n
}
