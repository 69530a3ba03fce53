package ui

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
)

func (s *Server) filter(c echo.Context) error {
	p := readParams(c, "q")
	if p.err != nil {
		return p.err
	}
	f, err := fleet.ParseFilter(p.text("q"), time.Now())
	if err != nil {
		return err
	}
	from, to := f.Window()
	return c.JSON(http.StatusOK, struct {
		Canonical string    `json:"canonical"`
		Base      string    `json:"base"`
		From      time.Time `json:"from,omitzero"`
		To        time.Time `json:"to,omitzero"`
	}{f.String(), f.Base().String(), from, to})
}

func (s *Server) jobs(c echo.Context) error {
	p := readParams(c, "q", "state", "before", "limit")
	find := fleet.Find{
		Words: p.text("q"), State: p.oneOf("state", append([]string{""}, fleet.States()...)...),
		Limit: p.number("limit", defaultLimit, 1, maxLimit),
	}
	if text := p.text("before"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n == 0 {
			p.fail(bad("parameter before: %q is no number of a job", text))
		}
		find.Before = n
	}
	if p.err != nil {
		return p.err
	}
	f := s.Fleet.Find(find)
	answer := map[string]any{
		"jobs":   f.Jobs,
		"counts": map[string]int{"all": f.All, "active": f.Active, "look": f.Look},
	}
	if f.Next > 0 {
		answer["next"] = f.Next
	}
	return c.JSON(http.StatusOK, answer)
}

func (s *Server) submitJob(c echo.Context) error {
	var r fleet.Request
	if err := readJSON(c, &r); err != nil {
		return err
	}
	j, err := s.Fleet.Submit(c.Request().Context(), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, j)
}

func (s *Server) job(c echo.Context) error       { return s.withJob(c, s.Fleet.Job) }
func (s *Server) cancelJob(c echo.Context) error { return s.withJob(c, s.Fleet.Cancel) }
func (s *Server) retryJob(c echo.Context) error  { return s.withJob(c, s.Fleet.Retry) }

func (s *Server) withJob(c echo.Context, do func(id uint64) (fleet.Job, error)) error {
	id, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return bad("job %q: want a number", c.Param("id"))
	}
	j, err := do(id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, j)
}
