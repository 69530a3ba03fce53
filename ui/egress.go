package ui

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"spoor/internal/egress"
)

// withEgress refuses what needs a gate where there is none.
func (s *Server) withEgress() error {
	if s.Egress == nil {
		return echo.NewHTTPError(http.StatusNotImplemented, "nothing may leave: this server has no allow list")
	}
	return nil
}

func (s *Server) getEgress(c echo.Context) error {
	if err := s.withEgress(); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.Egress.Settings())
}

func (s *Server) putEgress(c echo.Context) error {
	if err := s.withEgress(); err != nil {
		return err
	}
	var body egress.Settings
	if err := readJSON(c, &body); err != nil {
		return err
	}
	kept, err := s.Egress.Put(body)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, kept)
}

func (s *Server) audit(c echo.Context) error {
	p := readParams(c, "limit", "before")
	limit, before := p.number("limit", defaultLimit, 1, maxLimit), p.numbered("before")
	if p.err != nil {
		return p.err
	}
	if err := s.withEgress(); err != nil {
		return err
	}
	list, next, err := s.Egress.Audit(before, limit)
	if err != nil {
		return err
	}
	answer := map[string]any{"audit": append([]egress.Event{}, list...)}
	if next > 0 {
		answer["next"] = next
	}
	return c.JSON(http.StatusOK, answer)
}

// numbered reads the number of something that is counted from 1; absent is 0.
func (p *params) numbered(name string) uint64 {
	text := p.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		p.fail(bad("parameter %s: %q is no number from 1", name, text))
	}
	return n
}

// framed adds to the policy of a page the hosts that it may show in a frame.
func (s *Server) framed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Egress != nil {
			if sources := s.Egress.Sources(); len(sources) > 0 {
				c.Response().Header().Set("Content-Security-Policy", policy+"; frame-src "+strings.Join(sources, " "))
			}
		}
		return next(c)
	}
}
