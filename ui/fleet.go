package ui

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
)

type sensorJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	URL  string `json:"url"`
	Tag  string `json:"tag"`
}

// sensors leaves out where certificates and keys lie: the page has no use
// for it.
func (s *Server) sensors(c echo.Context) error {
	shown := []sensorJSON{}
	for _, f := range s.Fleet.Sensors() {
		shown = append(shown, sensorJSON{ID: f.ID, Name: f.Name, Kind: f.Kind, URL: f.URL, Tag: f.Tag})
	}
	return c.JSON(http.StatusOK, map[string]any{"sensors": shown})
}

func (s *Server) filter(c echo.Context) error {
	p := readParams(c, "q")
	if p.err != nil {
		return p.err
	}
	f, err := fleet.ParseFilter(p.text("q"), time.Now())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"canonical": f.String()})
}

func (s *Server) jobs(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"jobs": append([]fleet.Job{}, s.Fleet.Jobs()...)})
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
