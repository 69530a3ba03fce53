package ui

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

func (s *Server) session(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{
		"needs_token": s.Token != "",
		"signed_in":   s.guard.signedIn(c.Request(), time.Now()),
		"version":     s.Version,
	})
}

func (s *Server) signIn(c echo.Context) error {
	var body struct {
		Token string `json:"token"`
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	if s.Token != "" && !s.guard.tokenIs(body.Token) {
		return echo.NewHTTPError(http.StatusUnauthorized, "that is not the token of this server")
	}
	c.SetCookie(s.guard.cookie(time.Now()))
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (s *Server) readyz(c echo.Context) error {
	if s.Ready != nil {
		if err := s.Ready(c.Request().Context()); err != nil {
			return c.String(http.StatusServiceUnavailable, err.Error()+"\n")
		}
	}
	return c.String(http.StatusOK, "ready\n")
}
