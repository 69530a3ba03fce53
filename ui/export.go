package ui

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/index/query"
)

// An export asks the store for so many entries at a time, and for fewer where
// they are long: a page is held in memory.
const (
	exportStart = 50
	exportPage  = 1000
)

var exportKinds = map[string]string{
	"ndjson": "application/x-ndjson",
	"csv":    "text/csv; charset=utf-8",
	"raw":    "application/octet-stream",
	"pcap":   "application/vnd.tcpdump.pcap",
	"pcapng": "application/x-pcapng",
}

// exported is an export that was asked for.
type exported struct {
	kind  string
	text  string // the query as it was written
	exact bool   // cells of a CSV as they are
	index.Request
	head captureHead
}

func (s *Server) export(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "order", "format", "cells")
	found := s.parseSearch(p, p.text("q"))
	x := exported{
		kind: p.oneOf("format", "ndjson", "csv", "raw", "pcap", "pcapng"), text: p.text("q"),
		exact: p.oneOf("cells", "safe", "exact") == "exact", Request: index.Request{Query: found.Where, Order: p.order(index.Oldest)},
	}
	from, to := p.between()
	x.From, x.To = narrow(from, to, found)
	if p.err != nil {
		return p.err
	}
	if found.Dedup {
		folded := *s
		folded.Store = s.deduped()
		s = &folded
	}
	if len(found.Stages) > 0 {
		return s.exportTable(c, x, found)
	}
	ctx := c.Request().Context()
	var err error
	switch x.kind {
	case "pcap":
		x.head, err = s.captureHead(ctx, x.Request)
	case "pcapng":
		err = s.onlyPackets(ctx, x.Request)
	}
	if err != nil {
		return err
	}
	// A writer's head must not commit the answer before the first page is
	// read: until then an error still has its status.
	var w exporter
	out := bufio.NewWriterSize(c.Response(), 64<<10)
	return s.everyHit(ctx, x.Request, func(hits []index.Hit) (err error) {
		if w == nil {
			download(c, x.kind)
			if w, err = x.exporter(out, s.view(x.Query)); err != nil {
				return err
			}
		}
		for _, hit := range hits {
			if err := w.write(hit); err != nil {
				return err
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
		return out.Flush()
	})
}

// download begins an answer that the browser stores as a file.
func download(c echo.Context, kind string) {
	name := kind
	if kind == "raw" {
		name = "txt"
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, exportKinds[kind])
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="spoor-%s.%s"`, time.Now().UTC().Format("20060102T150405Z"), name))
	c.Response().WriteHeader(http.StatusOK)
}

// everyHit calls fn with every matching entry, page by page, at least once.
func (s *Server) everyHit(ctx context.Context, r index.Request, fn func([]index.Hit) error) error {
	for r.Limit = exportStart; ; {
		result, err := s.Store.Search(ctx, r)
		if err != nil {
			return err
		}
		if err := fn(result.Hits); err != nil {
			return err
		}
		if result.Next == nil {
			return nil
		}
		size := 0
		for _, h := range result.Hits {
			size += len(h.Raw)
		}
		r.After, r.Limit = result.Next, nextLimit(r.Limit, size)
	}
}

// nextLimit returns how many entries the next page has, after one of limit
// entries and size bytes.
func nextLimit(limit, size int) int {
	return max(1, min(exportPage, 4*limit, limit*pageBytes/max(size, 1)))
}

// captureHead is what the head of a capture file says of all its packets.
type captureHead struct {
	link uint16
	nano bool // times are nanoseconds, else microseconds
}

// captureHead looks through all that match: a capture file has one link type
// and one unit of time, which must be known before the first byte is sent.
func (s *Server) captureHead(ctx context.Context, r index.Request) (captureHead, error) {
	const ethernet = 1
	head, found := captureHead{link: ethernet}, false
	err := s.everyHit(ctx, r, func(hits []index.Hit) error {
		for _, h := range hits {
			f := h.Stream.Format
			switch {
			case f.Name != index.Packet:
				return noPacket(h)
			case found && f.LinkType != head.link:
				return echo.NewHTTPError(http.StatusUnprocessableEntity, fmt.Sprintf(
					"a pcap has one link type, and packets of link types %d and %d match; take pcapng, or narrow the query to one sensor", head.link, f.LinkType))
			}
			head.link, found = f.LinkType, true
			head.nano = head.nano || h.Time.Nanosecond()%1000 != 0
		}
		return nil
	})
	return head, err
}

func noPacket(h index.Hit) error {
	return echo.NewHTTPError(http.StatusUnprocessableEntity, fmt.Sprintf(
		"a capture file holds packets only, and entries of %s match too; add tag:packet or src: to the query", h.Stream.Tag))
}

// onlyPackets refuses a request that finds entries which are no packets. It
// looks at those tags only that have such entries at all.
func (s *Server) onlyPackets(ctx context.Context, r index.Request) error {
	streams, err := s.Store.Streams(ctx)
	if err != nil {
		return err
	}
	var tags []string
	for _, i := range streams {
		if i.Stream.Format.Name != index.Packet && !slices.Contains(tags, i.Stream.Tag) {
			tags = append(tags, i.Stream.Tag)
		}
	}
	if len(tags) == 0 {
		return nil
	}
	others := make([]query.Node, len(tags))
	for i, t := range tags {
		others[i] = query.NewTag(t)
	}
	if r.Query == nil {
		r.Query = query.Or(others...)
	} else {
		r.Query = query.And(r.Query, query.Or(others...))
	}
	return s.everyHit(ctx, r, func(hits []index.Hit) error {
		for _, h := range hits {
			if h.Stream.Format.Name != index.Packet {
				return noPacket(h)
			}
		}
		return nil
	})
}
