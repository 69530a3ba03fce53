package ui

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
	"spoor/fleet"
	"spoor/index"
)

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
	p := readParams(c, "version")
	version, err := strconv.ParseUint(p.text("version"), 10, 64)
	if p.err == nil && err != nil {
		p.fail(bad("parameter version: %q is not a version number", p.text("version")))
	}
	if p.err != nil {
		return p.err
	}
	if err := s.Book.Delete(c.Param("id"), version); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) testActionable(c echo.Context) error {
	var body struct {
		Triggers []actionables.Trigger `json:"triggers"`
		Text     string                `json:"text"`
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	m, err := actionables.NewMatcher([]actionables.Actionable{{ID: "test", Triggers: body.Triggers}})
	if err != nil {
		return err
	}
	text := []byte(body.Text)
	matches := m.Scan(text)
	segments := actionables.Cut(text, nil, matches)
	return c.JSON(http.StatusOK, map[string]any{"segments": segments, "hits": len(matches)})
}

// expansionJSON says what an action does with a value.
type expansionJSON struct {
	Kind   string     `json:"kind"`
	Query  string     `json:"query,omitempty"`
	URL    string     `json:"url,omitempty"`
	Filter string     `json:"filter,omitempty"`
	Host   string     `json:"host,omitempty"`
	From   *time.Time `json:"from,omitempty"`
	To     *time.Time `json:"to,omitempty"`
}

func (s *Server) expandActionable(c echo.Context) error {
	var body struct {
		Action int    `json:"action"`
		Value  string `json:"value"`
		Entry  string `json:"entry"`
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	a, err := s.Book.Get(c.Param("id"))
	if err != nil {
		return err
	}
	if body.Action < 0 || body.Action >= len(a.Actions) {
		return bad("body: actionable %q has no action %d", a.ID, body.Action)
	}
	around, err := s.around(c, body.Entry)
	if err != nil {
		return err
	}
	x, err := actionables.Expand(a.Actions[body.Action], body.Value, around)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, expansion(x))
}

// around is what the placeholders of an action may take from the line.
func (s *Server) around(c echo.Context, entry string) (actionables.Context, error) {
	if entry == "" {
		return actionables.Context{}, nil
	}
	id, err := index.ParseID(entry)
	if err != nil {
		return actionables.Context{}, badRequest{err.Error()}
	}
	h, err := s.Store.Get(c.Request().Context(), id)
	if err != nil {
		return actionables.Context{}, err
	}
	r, err := s.readers.of(h.Stream.Format)
	if err != nil {
		return actionables.Context{}, err
	}
	return actionables.Context{
		Field: func(name string) []string { return r.Field(h.Raw, h.OrigLen, name) },
		Time:  h.Time, Tag: h.Stream.Tag, Source: h.Stream.Source, Entry: entry,
	}, nil
}

func expansion(x actionables.Expansion) expansionJSON {
	shown := expansionJSON{Kind: string(x.Kind), Query: x.Query, URL: x.URL}
	if x.Kind != actionables.KindPackets {
		return shown
	}
	var hosts, ports, parts []fleet.Filter
	for _, h := range x.Packets.Hosts {
		hosts = append(hosts, fleet.Host(h))
	}
	for _, p := range x.Packets.Ports {
		ports = append(ports, fleet.Port(p))
	}
	// Several values of one placeholder are alternatives.
	for _, alternatives := range [][]fleet.Filter{hosts, ports} {
		if len(alternatives) > 0 {
			parts = append(parts, fleet.Any(alternatives...))
		}
	}
	shown.Host = x.Packets.Hosts[0].String()
	if !x.From.IsZero() {
		parts, shown.From = append(parts, fleet.After(x.From)), &x.From
	}
	if !x.To.IsZero() {
		parts, shown.To = append(parts, fleet.Before(x.To)), &x.To
	}
	shown.Filter = fleet.All(parts...).String()
	return shown
}
