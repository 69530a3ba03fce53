package ui

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
)

// What Gravwell's Packet Fleet answers, so that an actionable that opens its
// page, or a script that posts to it, works with Spoor's address.
// https://github.com/gravwell/gravwell/blob/main/ingesters/PacketFleet/main.go

// packetFleetJob is a job as Packet Fleet's /status lists it.
type packetFleetJob struct {
	ID     uint64
	Bytes  int64
	Query  string
	Source uint32
	Conns  []string
}

// packetFleetPage leads to the form, filled in.
func (s *Server) packetFleetPage(c echo.Context) error {
	p := readParams(c, "q", "s")
	if p.err != nil {
		return p.err
	}
	to := url.Values{"ask": {strings.TrimSpace(p.text("q"))}}
	if source := strings.TrimSpace(p.text("s")); source != "" {
		to.Set("src", source)
	}
	return c.Redirect(http.StatusSeeOther, "/fleet?"+to.Encode())
}

// packetFleetSubmit answers the job's number as text.
func (s *Server) packetFleetSubmit(c echo.Context) error {
	var asked struct {
		Q string
		S string
		C []string
	}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	r := fleet.Request{Query: asked.Q, Reason: "asked over Packet Fleet's interface", Reuse: true, Again: true}
	if text := strings.TrimSpace(asked.S); text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return bad("S: %q is no source number", asked.S)
		}
		r.Source = uint32(n)
	}
	if len(asked.C) == 0 {
		return bad("C: no connection is named; /packetfleet/conns lists them")
	}
	for _, name := range asked.C {
		id, ok := s.sensorNamed(name)
		if !ok {
			return bad("C: there is no connection %q; /packetfleet/conns lists them", name)
		}
		r.Sensors = append(r.Sensors, id)
	}
	j, err := s.Fleet.Submit(c.Request().Context(), r)
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, strconv.FormatUint(j.ID, 10))
}

// sensorNamed finds a sensor by its name or id.
func (s *Server) sensorNamed(name string) (id string, ok bool) {
	for _, f := range s.Fleet.Sensors() {
		if f.Name == name || f.ID == name {
			return f.ID, true
		}
	}
	return "", false
}

func (s *Server) packetFleetConns(c echo.Context) error {
	names := []string{}
	for _, f := range s.Fleet.Sensors() {
		names = append(names, f.Name)
	}
	return c.JSON(http.StatusOK, names)
}

// packetFleetStatus lists the jobs that have not ended.
func (s *Server) packetFleetStatus(c echo.Context) error {
	names := make(map[string]string)
	for _, f := range s.Fleet.Sensors() {
		names[f.ID] = f.Name
	}
	jobs := []packetFleetJob{}
	for _, j := range s.Fleet.Find(fleet.Find{State: "active"}).Jobs {
		shown := packetFleetJob{ID: j.ID, Bytes: j.Bytes, Query: j.Query, Source: j.Source, Conns: []string{}}
		for _, p := range j.Sensors {
			shown.Conns = append(shown.Conns, names[p.Sensor])
		}
		jobs = append(jobs, shown)
	}
	return c.JSON(http.StatusOK, jobs)
}
