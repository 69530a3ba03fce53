package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
)

func (s *Server) actionableRoutes(v1 *echo.Group) {
	v1.GET("/actionables", s.listActionables)
	v1.POST("/actionables", s.createActionable)
	v1.POST("/actionables/order", s.orderActionables)
	v1.POST("/actionables/check", s.checkActionable)
	v1.POST("/actionables/match", s.matchActionables)
	v1.POST("/actionables/menu", s.actionableMenu)
	v1.POST("/actionables/expand", s.expandDraft)
	v1.POST("/actionables/test", s.testActionable)
	v1.GET("/actionables/export", s.exportActionables)
	v1.POST("/actionables/import", s.importActionables)
	v1.GET("/actionables/history", s.actionableHistory)
	v1.GET("/actionables/history/:n", s.actionableChange)
	v1.POST("/actionables/history/:n/undo", s.undoActionables)
	v1.GET("/actionables/:id", s.getActionable)
	v1.PUT("/actionables/:id", s.putActionable)
	v1.DELETE("/actionables/:id", s.deleteActionable)
	v1.POST("/actionables/:id/expand", s.expandActionable)
	v1.POST("/actionables/:id/run", s.runActionable)

	v1.GET("/egress", s.getEgress)
	v1.PUT("/egress", s.putEgress)
	v1.GET("/audit", s.audit)
}

func (s *Server) listActionables(c echo.Context) error {
	all, err := s.Book.List()
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"actionables": append([]actionables.Actionable{}, all...)})
}

func (s *Server) getActionable(c echo.Context) error {
	a, err := s.Book.Get(c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

func (s *Server) createActionable(c echo.Context) error {
	var a actionables.Actionable
	if err := readJSON(c, &a); err != nil {
		return err
	}
	made, err := s.Book.Create(a)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (s *Server) putActionable(c echo.Context) error {
	var a actionables.Actionable
	if err := readJSON(c, &a); err != nil {
		return err
	}
	if a.ID != "" && a.ID != c.Param("id") {
		return bad("body: id is %q, the address says %q", a.ID, c.Param("id"))
	}
	a.ID = c.Param("id")
	kept, err := s.Book.Put(a)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, kept)
}

func (s *Server) deleteActionable(c echo.Context) error {
	version, err := readVersion(c)
	if err != nil {
		return err
	}
	if err := s.Book.Delete(c.Param("id"), version); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) orderActionables(c echo.Context) error {
	var body struct {
		IDs []string `json:"ids"`
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	if err := s.Book.Order(body.IDs); err != nil {
		return err
	}
	return s.listActionables(c)
}

// faultJSON is FAULT of docs/api.md.
type faultJSON struct {
	Error   string `json:"error"`
	Trigger *int   `json:"trigger,omitempty"`
	Action  *int   `json:"action,omitempty"`
	Field   string `json:"field"`
	Column  int    `json:"column,omitempty"`
}

func (s *Server) checkActionable(c echo.Context) error {
	var a actionables.Actionable
	if err := readJSON(c, &a); err != nil {
		return err
	}
	faults := []faultJSON{}
	for _, f := range a.Faults() {
		shown := faultJSON{Error: f.Error(), Field: f.Field, Column: f.Column}
		if f.Trigger >= 0 {
			shown.Trigger = &f.Trigger
		}
		if f.Action >= 0 {
			shown.Action = &f.Action
		}
		faults = append(faults, shown)
	}
	type leaving struct {
		Action  int    `json:"action"`
		Host    string `json:"host"`
		Allowed bool   `json:"allowed"`
	}
	leaves := []leaving{}
	for i, act := range a.Actions {
		for _, host := range act.Hosts() {
			leaves = append(leaves, leaving{i, host, s.allowed(host)})
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"errors": faults, "notes": []actionables.Note{}, "leaves": leaves})
}
