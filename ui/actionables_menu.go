package ui

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
)

// matchActionables answers POST /actionables/match.
func (s *Server) matchActionables(c echo.Context) error {
	var body struct {
		Text      string `json:"text"`
		Selection bool   `json:"selection"`
		Entry     string `json:"entry"`
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	if len(body.Text) > actionables.MaxScan {
		return bad("body: text has %d bytes, at most %d", len(body.Text), actionables.MaxScan)
	}
	k, err := s.click(c, "", aroundJSON{Entry: body.Entry})
	if err != nil {
		return err
	}
	text, m := []byte(body.Text), s.Book.Matcher()
	scan := m.ScanAt
	if body.Selection {
		scan = m.ScanSelection
	}
	matches := scan(text, k.place())
	refs := []actionables.Ref{}
	for _, hit := range matches {
		if r := (actionables.Ref{ID: hit.ID, Value: hit.Value}); !slices.Contains(refs, r) {
			refs = append(refs, r)
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"segments": actionables.Cut(text, nil, matches), "matches": refs, "total": len(matches)})
}

// menuItemJSON is ITEM of docs/api.md.
type menuItemJSON struct {
	ID          string           `json:"id"`
	Action      int              `json:"action"`
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Kind        actionables.Kind `json:"kind"`
	Host        string           `json:"host,omitempty"`
	Leaves      bool             `json:"leaves"`
	Allowed     bool             `json:"allowed"`
	Background  bool             `json:"background"`
	Modal       bool             `json:"modal"`
	Error       string           `json:"error,omitempty"`
}

type menuJSON struct {
	Label string         `json:"label"`
	Items []menuItemJSON `json:"items"`
}

type valueMenuJSON struct {
	Value string      `json:"value"`
	Menus []*menuJSON `json:"menus"`
}

// maxMenu bounds the matches of one menu.
const maxMenu = 256

// actionableMenu answers POST /actionables/menu.
func (s *Server) actionableMenu(c echo.Context) error {
	var body struct {
		Matches []actionables.Ref `json:"matches"`
		aroundJSON
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	if len(body.Matches) > maxMenu {
		return bad("body: %d matches, at most %d", len(body.Matches), maxMenu)
	}
	k, err := s.click(c, "", body.aroundJSON)
	if err != nil {
		return err
	}
	all, err := s.Book.List()
	if err != nil {
		return err
	}
	values := []*valueMenuJSON{}
	for _, ref := range body.Matches {
		i := slices.IndexFunc(all, func(a actionables.Actionable) bool { return a.ID == ref.ID && !a.Disabled })
		if i < 0 {
			continue // deleted since the page was drawn
		}
		k.value = ref.Value
		v := find(&values, func(v *valueMenuJSON) bool { return v.Value == ref.Value }, func() *valueMenuJSON { return &valueMenuJSON{Value: ref.Value} })
		label := all[i].MenuLabel
		if label == "" {
			label = all[i].Name
		}
		m := find(&v.Menus, func(m *menuJSON) bool { return m.Label == label }, func() *menuJSON { return &menuJSON{Label: label, Items: []menuItemJSON{}} })
		m.Items = append(m.Items, k.items(c.Request().Context(), all[i])...)
	}
	return c.JSON(http.StatusOK, map[string]any{"values": values})
}

// find returns the first of a list that fits, or adds one.
func find[T any](list *[]T, fits func(T) bool, add func() T) T {
	if i := slices.IndexFunc(*list, fits); i >= 0 {
		return (*list)[i]
	}
	*list = append(*list, add())
	return (*list)[len(*list)-1]
}

// items are the actions that are offered on the value.
func (k *click) items(ctx context.Context, a actionables.Actionable) (items []menuItemJSON) {
	if !a.When.Holds(k.value, k.place()) {
		return nil
	}
	for i, act := range a.Actions {
		if act.Disabled || act.Kind == actionables.KindKept || !act.When.Holds(k.value, k.place()) || ctx.Err() != nil {
			continue
		}
		item := menuItemJSON{
			ID: a.ID, Action: i, Name: act.Name, Description: act.Description, Kind: act.Kind, Allowed: true,
			Background: act.Kind == actionables.KindWebhook, Modal: act.Open == actionables.OpenModal,
		}
		x, _, err := k.expand(act)
		if err != nil {
			item.Error = err.Error()
			if hosts := act.Hosts(); len(hosts) > 0 {
				item.Leaves, item.Host, item.Allowed = true, hosts[0], k.s.allowed(hosts[0])
			}
		} else if x.Leaves != nil {
			item.Leaves, item.Allowed, item.Host = *x.Leaves, *x.Allowed, x.Host
			item.Error = x.Reason
		}
		items = append(items, item)
	}
	return items
}
