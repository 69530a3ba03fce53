package ui

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index/query"
	"spoor/internal/saved"
)

func (s *Server) listFrozen(c echo.Context) error {
	all, bytes, err := s.Frozen.List()
	if err != nil {
		return err
	}
	bounds := s.Frozen.Bounds()
	return c.JSON(http.StatusOK, map[string]any{
		"sets": append([]saved.Frozen{}, all...), "bytes": bytes, "max_bytes": bounds.AllBytes,
		"max_entries_a_set": bounds.Entries, "max_bytes_a_set": bounds.Bytes,
	})
}

// freeze keeps the entries of a search. It may take as long as a search may,
// and ends with the request.
func (s *Server) freeze(c echo.Context) error {
	var asked struct {
		Q    string    `json:"q"`
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
		Name string    `json:"name"`
		Note string    `json:"note"`
		By   string    `json:"by"`
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	p := readParams(c)
	found := s.parseSearch(p, asked.Q)
	if p.err != nil {
		return p.err
	}
	if len(found.Stages) > 0 {
		return bad("a table is not frozen but the entries of a search: leave out what follows the first |")
	}
	f := saved.Frozen{Name: asked.Name, Note: asked.Note, By: asked.By, Q: asked.Q}
	f.From, f.To = narrow(asked.From, asked.To, found)
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return bad("from is not before to")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.SearchTimeout)
	defer cancel()
	kept, err := s.Frozen.Freeze(ctx, s.Store, found.Where, f)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, kept)
}

// narrow is the range that lies in both: what was asked and what the query
// says.
func narrow(from, to time.Time, q query.Search) (time.Time, time.Time) {
	if !q.From.IsZero() && (from.IsZero() || q.From.After(from)) {
		from = q.From
	}
	if !q.To.IsZero() && (to.IsZero() || q.To.Before(to)) {
		to = q.To
	}
	return from, to
}

func (s *Server) getFrozen(c echo.Context) error {
	id, err := frozenID(c.Param("id"))
	if err != nil {
		return err
	}
	f, err := s.Frozen.Get(id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, f)
}

func (s *Server) putFrozen(c echo.Context) error {
	id, err := frozenID(c.Param("id"))
	if err != nil {
		return err
	}
	var change struct {
		Name    string `json:"name"`
		Note    string `json:"note"`
		Version uint64 `json:"version"`
	}
	if err := readJSON(c, &change); err != nil {
		return err
	}
	f, err := s.Frozen.Put(saved.Frozen{ID: id, Name: change.Name, Note: change.Note, Version: change.Version})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, f)
}

func (s *Server) deleteFrozen(c echo.Context) error {
	id, err := frozenID(c.Param("id"))
	if err != nil {
		return err
	}
	version, err := readVersion(c)
	if err != nil {
		return err
	}
	if err := s.Frozen.Delete(id, version); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func frozenID(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || id == 0 {
		return 0, bad("frozen set %q: want its number", text)
	}
	return id, nil
}

// within lets a handler answer from a frozen set instead of the store, where
// the request names one with frozen=.
func (s *Server) within(handle func(*Server, echo.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		given := r.URL.Query()
		if !given.Has("frozen") {
			return handle(s, c)
		}
		id, err := frozenID(given.Get("frozen"))
		if err != nil {
			return err
		}
		set, release, err := s.Frozen.Use(id)
		if err != nil {
			return err
		}
		defer release()
		// The handler knows nothing of it.
		given.Del("frozen")
		r.URL.RawQuery = given.Encode()
		inside := *s
		inside.Store = set
		return handle(&inside, c)
	}
}
