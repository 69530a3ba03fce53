package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

func (s *Server) hit(c echo.Context) (index.Hit, error) {
	id, err := index.ParseID(c.Param("id"))
	if err != nil {
		return index.Hit{}, badRequest{err.Error()}
	}
	return s.Store.Get(c.Request().Context(), id)
}

func (s *Server) entry(c echo.Context) error {
	p := readParams(c, "q")
	q := s.parseSearch(p, p.text("q")).Where
	if p.err != nil {
		return p.err
	}
	h, err := s.hit(c)
	if err != nil {
		return err
	}
	whole, err := s.view(q).whole(h)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, whole)
}

func (s *Server) raw(c echo.Context) error {
	h, err := s.hit(c)
	if err != nil {
		return err
	}
	// The bytes are somebody else's: never shown, only downloaded or read
	// by the page's own script.
	c.Response().Header().Set("Content-Disposition", `attachment; filename="entry.bin"`)
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, h.Raw)
}
