package ui

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"spoor/internal/saved"
)

func (s *Server) listSaved(c echo.Context) error {
	all, err := s.Saved.List()
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"searches": append([]saved.Search{}, all...)})
}

func (s *Server) getSaved(c echo.Context) error {
	one, err := s.Saved.Get(c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, one)
}

func (s *Server) createSaved(c echo.Context) error {
	var one saved.Search
	if err := readJSON(c, &one); err != nil {
		return err
	}
	made, err := s.Saved.Create(one)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (s *Server) putSaved(c echo.Context) error {
	var one saved.Search
	if err := readJSON(c, &one); err != nil {
		return err
	}
	if one.ID != "" && one.ID != c.Param("id") {
		return bad("body: id is %q, the address says %q", one.ID, c.Param("id"))
	}
	one.ID = c.Param("id")
	kept, err := s.Saved.Put(one)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, kept)
}

func (s *Server) deleteSaved(c echo.Context) error {
	version, err := readVersion(c)
	if err != nil {
		return err
	}
	if err := s.Saved.Delete(c.Param("id"), version); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// readVersion reads the parameter version, which is the only one.
func readVersion(c echo.Context) (uint64, error) {
	p := readParams(c, "version")
	version, err := strconv.ParseUint(p.text("version"), 10, 64)
	if p.err == nil && err != nil {
		p.fail(bad("parameter version: %q is not a version number", p.text("version")))
	}
	return version, p.err
}
