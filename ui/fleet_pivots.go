package ui

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
	"spoor/index"
)

const (
	defaultMargin = 60               // seconds
	maxMargin     = 7 * 24 * 60 * 60 // seconds
	maxPivotHosts = 8
	// maxLasted bounds what a line says of how long its event lasted.
	maxLasted = 24 * time.Hour
)

// margins are what a window is widened to, in seconds.
var margins = []int{60, 300, 1800}

// pivotsJSON is PIVOTS of docs/api.md.
type pivotsJSON struct {
	Entry   string      `json:"entry"`
	From    time.Time   `json:"from"`
	To      time.Time   `json:"to"`
	Hosts   []string    `json:"hosts"`
	Margins []int       `json:"margins"`
	Pivots  []pivotJSON `json:"pivots"`
}

type pivotJSON struct {
	ID     string    `json:"id"`
	Label  string    `json:"label"`
	Filter string    `json:"filter"` // without the window
	Query  string    `json:"query"`  // with it
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

// pivots answers which packets a line suggests to fetch.
func (s *Server) pivots(c echo.Context) error {
	p := readParams(c, "margin")
	margin := time.Duration(p.number("margin", defaultMargin, 0, maxMargin)) * time.Second
	if p.err != nil {
		return p.err
	}
	h, err := s.hit(c)
	if err != nil {
		return err
	}
	r, err := s.readers.of(h.Stream.Format)
	if err != nil {
		return err
	}
	e := readEvent(h, func(name string) []string { return r.Field(h.Raw, h.OrigLen, name) })
	answer := pivotsJSON{
		Entry: h.ID.String(), From: e.from, To: e.to, Hosts: []string{}, Margins: margins, Pivots: []pivotJSON{},
	}
	for _, a := range e.hosts {
		answer.Hosts = append(answer.Hosts, a.String())
	}
	// Whole seconds, outwards: what a person can read and change.
	from := e.from.Add(-margin).Truncate(time.Second)
	to := e.to.Add(margin + time.Second).Truncate(time.Second)
	add := func(id, label string, f fleet.Filter) {
		answer.Pivots = append(answer.Pivots, pivotJSON{
			ID: id, Label: label, Filter: f.String(), From: from, To: to,
			Query: fleet.All(f, fleet.After(from), fleet.Before(to)).String(),
		})
	}
	if f, ok := e.connection(); ok {
		add("connection", "This connection", f)
	}
	if len(e.ends) == 2 {
		add("hosts", "Both hosts", fleet.All(fleet.Host(e.ends[0]), fleet.Host(e.ends[1])))
	}
	for _, a := range e.hosts {
		add("host:"+a.String(), a.String()+" around then", fleet.Host(a))
	}
	return c.JSON(http.StatusOK, answer)
}

// event is what a line says of who talked to whom, and when.
type event struct {
	from, to time.Time    // both in
	hosts    []netip.Addr // all that it names, the ends first
	ends     []netip.Addr // who talked: two different ones, or none
	ports    [2]uint16    // of the ends
	hasPorts bool
	proto    uint8 // 0: not said
}

// protocols are the names of transports that a filter knows, as logs write
// them.
var protocols = map[string]uint8{"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58, "ipv6-icmp": 58, "sctp": 132, "6": 6, "17": 17, "1": 1, "58": 58}

// readEvent reads the fields of an entry.
func readEvent(h index.Hit, field func(name string) []string) event {
	e := event{from: h.Time.UTC(), to: h.Time.UTC()}
	if text := first(field("duration")); text != "" {
		if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds <= maxLasted.Seconds() {
			e.to = e.from.Add(time.Duration(seconds * float64(time.Second)))
		}
	}
	orig, err := netip.ParseAddr(first(field("id.orig_h")))
	resp, err2 := netip.ParseAddr(first(field("id.resp_h")))
	if err == nil && err2 == nil {
		orig, resp = plain(orig), plain(resp)
		if orig != resp {
			e.ends = []netip.Addr{orig, resp}
		}
		e.hosts = append(e.hosts, e.ends...)
		from, bad := strconv.ParseUint(first(field("id.orig_p")), 10, 16)
		to, bad2 := strconv.ParseUint(first(field("id.resp_p")), 10, 16)
		e.ports, e.hasPorts = [2]uint16{uint16(from), uint16(to)}, bad == nil && bad2 == nil
	}
	e.proto = protocols[lowerASCII(first(field("proto")))]
	if h.Stream.Format.Name == index.Packet && e.proto == 0 {
		e.proto = protocols[first(field("ip.proto"))]
	}
	for _, text := range field("ip") {
		a, err := netip.ParseAddr(text)
		if a = plain(a); err == nil && !slices.Contains(e.hosts, a) && len(e.hosts) < maxPivotHosts {
			e.hosts = append(e.hosts, a)
		}
	}
	return e
}

// connection is a filter of both ends with their ports and protocol.
func (e event) connection() (fleet.Filter, bool) {
	ported := e.proto == 0 || e.proto == 6 || e.proto == 17
	if len(e.ends) != 2 || ported && !e.hasPorts {
		return fleet.Filter{}, false
	}
	parts := []fleet.Filter{fleet.Host(e.ends[0]), fleet.Host(e.ends[1])}
	if ported {
		parts = append(parts, fleet.Port(e.ports[0]))
		if e.ports[0] != e.ports[1] {
			parts = append(parts, fleet.Port(e.ports[1]))
		}
	}
	if e.proto != 0 {
		parts = append(parts, fleet.Proto(e.proto))
	}
	return fleet.All(parts...), true
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// plain is an address as packets carry it.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func lowerASCII(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
