package ui

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
)

func (s *Server) exportActionables(c echo.Context) error {
	p := readParams(c, "ids", "format", "report")
	format := actionables.Format(p.oneOf("format", string(actionables.FormatSpoor), string(actionables.FormatGravwell)))
	report := p.oneOf("report", "0", "1") == "1"
	if p.err != nil {
		return p.err
	}
	list, err := s.Book.List()
	if err != nil {
		return err
	}
	if ids := p.text("ids"); ids != "" {
		if list, err = chosen(list, strings.Split(ids, ",")); err != nil {
			return err
		}
	}
	file, notes, err := actionables.Export(list, format)
	if err != nil {
		return err
	}
	if report {
		return c.JSON(http.StatusOK, map[string]any{"actionables": len(list), "notes": append([]actionables.Note{}, notes...)})
	}
	c.Response().Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="actionables-%s.json"`, format))
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, file)
}

// chosen are the actionables of some IDs, in the order of the list.
func chosen(list []actionables.Actionable, ids []string) (some []actionables.Actionable, err error) {
	for _, a := range list {
		if slices.Contains(ids, a.ID) {
			some = append(some, a)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(some, func(a actionables.Actionable) bool { return a.ID == id }) {
			return nil, fmt.Errorf("%q: %w", id, actionables.ErrNotFound)
		}
	}
	return some, nil
}

func (s *Server) importActionables(c echo.Context) error {
	var body struct {
		Text     string               `json:"text"`
		Name     string               `json:"name"`
		Format   actionables.Format   `json:"format"`
		Dry      bool                 `json:"dry"`
		Existing actionables.Existing `json:"existing"`
	}
	if err := readLargeJSON(c, &body, 2*actionables.MaxImport); err != nil {
		return err
	}
	switch body.Existing {
	case "", actionables.ExistingSkip, actionables.ExistingReplace, actionables.ExistingCopy:
	default:
		return bad("body: existing is %q: want skip, replace or copy", body.Existing)
	}
	drafts, err := actionables.Read([]byte(body.Text), body.Format)
	if err != nil {
		return err
	}
	report, err := s.Book.Import(drafts, body.Existing, body.Dry)
	if err != nil {
		return err
	}
	type host struct {
		Host    string `json:"host"`
		Allowed bool   `json:"allowed"`
	}
	hosts := []host{}
	for _, h := range report.Hosts {
		hosts = append(hosts, host{h, s.allowed(h)})
	}
	return c.JSON(http.StatusOK, struct {
		actionables.Report
		Hosts []host `json:"hosts"`
	}{report, hosts})
}

func (s *Server) actionableHistory(c echo.Context) error {
	p := readParams(c, "id", "before", "limit")
	limit, before := p.number("limit", defaultLimit, 1, maxLimit), p.numbered("before")
	if p.err != nil {
		return p.err
	}
	list, next, err := s.Book.History(p.text("id"), before, limit)
	if err != nil {
		return err
	}
	answer := map[string]any{"history": append([]actionables.Change{}, list...)}
	if next > 0 {
		answer["next"] = next
	}
	return c.JSON(http.StatusOK, answer)
}

func (s *Server) actionableChange(c echo.Context) error {
	return s.withChange(c, s.Book.Change)
}

func (s *Server) undoActionables(c echo.Context) error {
	return s.withChange(c, s.Book.Undo)
}

func (s *Server) withChange(c echo.Context, do func(n uint64) (actionables.Change, error)) error {
	n, err := strconv.ParseUint(c.Param("n"), 10, 64)
	if err != nil || n == 0 {
		return bad("change %q: want a number from 1", c.Param("n"))
	}
	made, err := do(n)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, made)
}
