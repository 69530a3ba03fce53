package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/actionables"
	"spoor/fleet"
	"spoor/index"
	"spoor/internal/egress"
	"spoor/internal/saved"
)

// aroundJSON is what a body says about where a value stands.
type aroundJSON struct {
	Entry string     `json:"entry"`
	From  *time.Time `json:"from"`
	To    *time.Time `json:"to"`
}

// expansionJSON is EXPANSION and RUN of docs/api.md.
type expansionJSON struct {
	Kind string `json:"kind"`

	Query      string   `json:"query,omitempty"`
	Filter     string   `json:"filter,omitempty"`
	From       string   `json:"from,omitempty"`
	To         string   `json:"to,omitempty"`
	Sensors    []string `json:"sensors,omitempty"`
	MaxPackets int64    `json:"max_packets,omitempty"`
	MaxBytes   int64    `json:"max_bytes,omitempty"`

	Method  string               `json:"method,omitempty"`
	URL     string               `json:"url,omitempty"`
	Headers []actionables.Header `json:"headers,omitempty"`
	Body    string               `json:"body,omitempty"`

	Host    string           `json:"host,omitempty"`
	Leaves  *bool            `json:"leaves,omitempty"`
	Allowed *bool            `json:"allowed,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Open    actionables.Open `json:"open,omitempty"`
	Width   int              `json:"width,omitempty"`
	Height  int              `json:"height,omitempty"`

	Text   string      `json:"text,omitempty"`
	Answer *answerJSON `json:"answer,omitempty"`
	// Offered is false for a draft that no menu would offer here.
	Offered *bool `json:"offered,omitempty"`
}

type answerJSON struct {
	Status   int     `json:"status"`
	Type     string  `json:"type"`
	Location string  `json:"location,omitempty"`
	Body     string  `json:"body"`
	Bytes    int     `json:"bytes"`
	Cut      bool    `json:"cut"`
	Lossy    bool    `json:"lossy"`
	TookMS   float64 `json:"took_ms"`
}

// click is a value that somebody clicked, with all that is around it.
type click struct {
	s      *Server
	c      echo.Context
	value  string
	around actionables.Context
	saved  map[string]saved.Search
	all    []saved.Search // read when it is asked for first
}

// click reads what is around a value.
func (s *Server) click(c echo.Context, value string, a aroundJSON) (*click, error) {
	k := &click{s: s, c: c, value: value, saved: map[string]saved.Search{}}
	if a.Entry != "" {
		around, err := s.around(c, a.Entry)
		if err != nil {
			return nil, err
		}
		k.around = around
	}
	if a.From != nil {
		k.around.From = *a.From
	}
	if a.To != nil {
		k.around.To = *a.To
	}
	k.around.Saved = k.search
	return k, nil
}

// search finds a saved search by its name or its ID.
func (k *click) search(name string) (string, bool) {
	if k.all == nil {
		all, err := k.s.Saved.List()
		if err != nil {
			k.s.Log.Warn("saved searches not read", "err", err)
			return "", false
		}
		k.all = append([]saved.Search{}, all...)
	}
	for _, f := range k.all {
		if f.ID == name || strings.EqualFold(f.Name, name) {
			k.saved[name] = f
			return f.Q, true
		}
	}
	return "", false
}

// around is what the placeholders of an action may take from the line.
func (s *Server) around(c echo.Context, entry string) (actionables.Context, error) {
	id, err := index.ParseID(entry)
	if err != nil {
		return actionables.Context{}, badRequest{err.Error()}
	}
	h, err := s.Store.Get(c.Request().Context(), id)
	if err != nil {
		return actionables.Context{}, err
	}
	e, err := s.view(nil).entry(h)
	if err != nil {
		return actionables.Context{}, err
	}
	return actionables.Context{
		Field: e.field, Raw: []byte(e.Raw), Time: h.Time, Tag: h.Stream.Tag, Source: h.Stream.Source,
		Entry: entry, Link: origin(c) + "/?entry=" + url.QueryEscape(entry),
	}, nil
}

// origin is that of the page that asks.
func origin(c echo.Context) string {
	scheme := "http"
	if c.Request().TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.Request().Host
}

// expand fills an action in.
func (k *click) expand(a actionables.Action) (expansionJSON, actionables.Expansion, error) {
	x, err := actionables.Expand(a, k.value, k.around)
	if err != nil {
		return expansionJSON{}, x, err
	}
	shown := expansionJSON{
		Kind: string(x.Kind), Query: x.Query, From: shownTime(x.From), To: shownTime(x.To), URL: x.URL,
		Method: x.Request.Method, Headers: x.Request.Headers, Body: x.Request.Body, Text: x.Text,
	}
	switch x.Kind {
	case actionables.KindPackets:
		shown.packets(x)
	case actionables.KindSearch:
		if f, found := k.saved[a.Saved]; found && a.From == "" && a.To == "" {
			shown.From, shown.To = f.From, f.To // as the page wrote them
		}
	case actionables.KindURL, actionables.KindWebhook:
		shown.Open, shown.Width, shown.Height = x.Open, x.Width, x.Height
		k.gate(&shown, x)
	}
	return shown, x, nil
}

func shownTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (e *expansionJSON) packets(x actionables.Expansion) {
	p := x.Packets
	e.Sensors, e.MaxPackets, e.MaxBytes = p.Sensors, p.MaxPackets, p.MaxBytes
	e.Host = p.Hosts[0].String()
	var parts []fleet.Filter
	// Several values of one placeholder are alternatives.
	for _, hosts := range [][]fleet.Filter{each(p.Hosts, fleet.Host), each(p.Peers, fleet.Host), each(p.Ports, fleet.Port), each(p.PeerPorts, fleet.Port)} {
		if len(hosts) > 0 {
			parts = append(parts, fleet.Any(hosts...))
		}
	}
	if !p.AnyProtocol {
		parts = append(parts, fleet.Proto(p.Protocol))
	}
	e.Filter = fleet.All(append(parts, fleet.After(x.From), fleet.Before(x.To))...).String()
}

func each[T any](values []T, filter func(T) fleet.Filter) (all []fleet.Filter) {
	for _, v := range values {
		all = append(all, filter(v))
	}
	return all
}

// gate says whether what was filled in leaves for another host, and may.
func (k *click) gate(e *expansionJSON, x actionables.Expansion) {
	leaves, allowed := false, true
	defer func() { e.Leaves, e.Allowed = &leaves, &allowed }()
	u, err := url.Parse(x.URL)
	if err != nil || u.Host == "" {
		return
	}
	if u.Scheme+"://"+strings.ToLower(u.Host) == strings.ToLower(origin(k.c)) && x.Kind == actionables.KindURL {
		u.Scheme, u.Host = "", ""
		e.URL = u.String()
		return
	}
	leaves, e.Host = true, egress.Name(u)
	host, err := k.s.check(u)
	if err != nil {
		allowed, e.Reason = false, err.Error()
		return
	}
	if a, found := actionables.Private(x.Sent); found && !host.Internal && k.s.Egress.Settings().NeverPrivate {
		allowed, e.Reason = false, "private addresses never leave, and "+a.String()+" is one"
	}
}

// check asks the gate; without one nothing may leave.
func (s *Server) check(u *url.URL) (egress.Host, error) {
	if s.Egress == nil {
		return egress.Host{}, &egress.RefusedError{Host: egress.Name(u), Reason: "nothing may leave: this server has no allow list"}
	}
	return s.Egress.Check(u)
}

func (s *Server) allowed(host string) bool {
	_, err := s.check(&url.URL{Scheme: "https", Host: host})
	return err == nil
}

// expandDraft answers POST /actionables/expand.
func (s *Server) expandDraft(c echo.Context) error {
	var body struct {
		Action actionables.Action `json:"action"`
		Value  string             `json:"value"`
		aroundJSON
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	k, err := s.click(c, body.Value, body.aroundJSON)
	if err != nil {
		return err
	}
	if !body.Action.When.Holds(k.value, k.place()) {
		offered := false
		return c.JSON(http.StatusOK, expansionJSON{Kind: string(body.Action.Kind), Offered: &offered})
	}
	shown, _, err := k.expand(body.Action)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, shown)
}

// clicked reads the body of expand and run.
func (s *Server) clicked(c echo.Context) (*click, actionables.Actionable, actionables.Action, error) {
	var body struct {
		Action int    `json:"action"`
		Value  string `json:"value"`
		aroundJSON
	}
	if err := readJSON(c, &body); err != nil {
		return nil, actionables.Actionable{}, actionables.Action{}, err
	}
	a, err := s.Book.Get(c.Param("id"))
	if err != nil {
		return nil, a, actionables.Action{}, err
	}
	if body.Action < 0 || body.Action >= len(a.Actions) {
		return nil, a, actionables.Action{}, bad("body: actionable %q has no action %d", a.ID, body.Action)
	}
	k, err := s.click(c, body.Value, body.aroundJSON)
	return k, a, a.Actions[body.Action], err
}

func (s *Server) expandActionable(c echo.Context) error {
	k, _, act, err := s.clicked(c)
	if err != nil {
		return err
	}
	shown, _, err := k.expand(act)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, shown)
}

// place is where the value stands, for conditions.
func (k *click) place() actionables.Place {
	return actionables.Place{Tag: k.around.Tag, Field: k.around.Field}
}

// runActionable answers POST /actionables/:id/run.
func (s *Server) runActionable(c echo.Context) error {
	k, a, act, err := s.clicked(c)
	switch {
	case err != nil:
		return err
	case act.Disabled:
		return &actionables.ExpandError{Action: act.Name, Reason: "is disabled"}
	case !a.When.Holds(k.value, k.place()) || !act.When.Holds(k.value, k.place()):
		return &actionables.ExpandError{Action: act.Name, Reason: "is not meant for this line or value: its condition does not hold"}
	}
	shown, x, err := k.expand(act)
	if err != nil {
		return err
	}
	if shown.Leaves != nil && *shown.Leaves {
		if err := k.leave(a, act, x, &shown); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, shown)
}

// leave lets an action go to another host, or refuses it; both are written
// into the audit log.
func (k *click) leave(a actionables.Actionable, act actionables.Action, x actionables.Expansion, e *expansionJSON) error {
	event := egress.Event{
		Actionable: a.ID, Action: act.Name, Kind: string(x.Kind), Host: e.Host, URL: x.URL, Value: k.value, Entry: k.around.Entry, Outcome: egress.Opened,
	}
	if !*e.Allowed {
		refused := &egress.RefusedError{Host: e.Host, Reason: e.Reason}
		if k.s.Egress == nil {
			return refused
		}
		event.Outcome, event.Reason = egress.Refused, e.Reason
		_, err := k.s.Egress.Record(event)
		return errors.Join(err, refused)
	}
	if x.Kind == actionables.KindWebhook {
		return k.send(event, x, e)
	}
	if _, err := k.s.Egress.Record(event); err != nil || e.Open != actionables.OpenModal {
		return err
	}
	// Looking whether the page may be framed asks its host already.
	if reason := k.s.Egress.Frame(k.c.Request().Context(), x.URL, origin(k.c)); reason != "" {
		e.Open, e.Reason = actionables.OpenTab, reason
	}
	return nil
}

// send sends a request, whose end is in the log as well as its beginning.
func (k *click) send(event egress.Event, x actionables.Expansion, e *expansionJSON) error {
	event.Outcome = egress.Sending
	event, err := k.s.Egress.Record(event)
	if err != nil {
		return err
	}
	r := egress.Request{
		Method: x.Request.Method, URL: x.URL, Headers: http.Header{}, Body: x.Request.Body,
		Timeout: x.Request.Timeout, MaxAnswer: x.Request.MaxAnswer,
	}
	for _, h := range x.Request.Headers {
		r.Headers.Add(h.Name, h.Value)
	}
	answer, err := k.s.Egress.Send(k.c.Request().Context(), r)
	var refused *egress.RefusedError
	switch {
	case err == nil:
		event.Outcome, event.Status, event.TookMS = egress.Sent, answer.Status, milliseconds(answer.Took)
	case errors.As(err, &refused):
		event.Outcome, event.Reason = egress.Refused, err.Error()
	default:
		event.Outcome, event.Reason = egress.Failed, err.Error()
	}
	_, unwritten := k.s.Egress.Record(event)
	if err := errors.Join(err, unwritten); err != nil {
		return err
	}
	text, lossy := actionables.Show(answer.Body)
	e.Answer = &answerJSON{
		Status: answer.Status, Type: answer.Type, Location: answer.Location, Body: text, Bytes: len(answer.Body),
		Cut: answer.Cut, Lossy: lossy, TookMS: milliseconds(answer.Took),
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
