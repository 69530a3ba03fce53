package ui

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
	"spoor/index"
	"spoor/index/query"
)

const (
	// estimateLines is how many connection lines an estimate reads, and
	// estimateTime how long it may take: a form waits for it.
	estimateLines = 1000
	estimateTime  = 2 * time.Second
)

// previewJob says what a job would ask, who has it, and what it may cost.
func (s *Server) previewJob(c echo.Context) error {
	params := readParams(c, "cost")
	costs := params.oneOf("cost", "", "0", "1") != "0"
	if params.err != nil {
		return params.err
	}
	var r fleet.Request
	if err := readJSON(c, &r); err != nil {
		return err
	}
	p, err := s.Fleet.Preview(r)
	if err != nil {
		return err
	}
	if !costs {
		return c.JSON(http.StatusOK, p)
	}
	// Lines about just these connections say more than earlier jobs do.
	if cost, n, ok := s.estimate(c.Request().Context(), p); ok {
		seconds := p.Seconds
		p.Cost, p.Basis = cost, fmt.Sprintf("estimated from %d connection lines", n)
		p.Seconds = seconds
	}
	return c.JSON(http.StatusOK, p)
}

// estimate counts the packets that Zeek's connection log tells of. It is no
// more than a help: without lines, or in time, there is none.
func (s *Server) estimate(ctx context.Context, p fleet.Preview) (cost fleet.Cost, lines int, ok bool) {
	f, err := fleet.ParseFilter(p.Query, time.Now())
	hosts := f.Hosts()
	if err != nil || len(hosts) == 0 || p.From.IsZero() || p.To.IsZero() {
		return cost, 0, false
	}
	words := []string{"tag:zeek.conn"}
	for _, h := range hosts {
		words = append(words, h.String())
	}
	for _, port := range f.MustPorts() {
		words = append(words, "port:"+strconv.Itoa(int(port)))
	}
	q, err := query.Parse(strings.Join(words, " "))
	if err != nil {
		s.Log.Warn("estimate of a job", "err", err)
		return cost, 0, false
	}
	ctx, cancel := context.WithTimeout(ctx, estimateTime)
	defer cancel()
	found, err := s.Store.Search(ctx, index.Request{Query: q, From: p.From, To: p.To, Limit: estimateLines, Exact: true})
	if err != nil || len(found.Hits) == 0 {
		return cost, 0, false // it took too long, or the log is not here
	}
	var packets, bytes float64
	for _, h := range found.Hits {
		r, err := s.readers.of(h.Stream.Format)
		if err != nil {
			return cost, 0, false
		}
		number := func(name string) float64 {
			n, err := strconv.ParseFloat(first(r.Field(h.Raw, h.OrigLen, name)), 64)
			if err != nil || n < 0 {
				return 0
			}
			return n
		}
		n := number("orig_pkts") + number("resp_pkts")
		packets += n
		bytes += number("orig_ip_bytes") + number("resp_ip_bytes") + 14*n // and their Ethernet headers
	}
	scale := float64(found.Total) / float64(len(found.Hits))
	cost.Packets, cost.Bytes = int64(packets*scale+0.5), int64(bytes*scale+0.5)
	return cost, int(found.Total), cost.Packets > 0
}
