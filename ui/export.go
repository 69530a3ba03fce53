package ui

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/internal/packet"
)

// An export asks the store for so many entries at a time, and for fewer where
// they are long: a page is held in memory.
const (
	exportStart = 50
	exportPage  = 1000
)

// exporter writes entries in one format.
type exporter interface {
	write(index.Hit) error
	// flush hands on what is buffered; nothing follows after the last one.
	flush() error
}

var exportKinds = map[string]string{
	"ndjson": "application/x-ndjson",
	"csv":    "text/csv; charset=utf-8",
	"raw":    "application/octet-stream",
	"pcap":   "application/vnd.tcpdump.pcap",
}

func (s *Server) export(c echo.Context) error {
	p := readParams(c, "q", "from", "to", "order", "format")
	r := index.Request{Query: p.query(), Order: p.order(index.Oldest)}
	r.From, r.To = p.between()
	kind := p.oneOf("format", "ndjson", "csv", "raw", "pcap")
	if p.err != nil {
		return p.err
	}
	ctx := c.Request().Context()
	var capture captureHead
	if kind == "pcap" {
		var err error
		if capture, err = s.captureHead(ctx, r); err != nil {
			return err
		}
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, exportKinds[kind])
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="spoor-%s.%s"`,
		time.Now().UTC().Format("20060102T150405Z"), map[bool]string{true: "txt", false: kind}[kind == "raw"]))
	// A writer's head must not commit the answer before the first page is
	// read: until then an error still has its status.
	var w exporter
	return s.everyHit(ctx, r, func(hits []index.Hit) (err error) {
		if w == nil {
			c.Response().WriteHeader(http.StatusOK)
			if w, err = s.exporter(kind, c.Response(), capture, s.view(r.Query)); err != nil {
				return err
			}
		}
		for _, hit := range hits {
			if err := w.write(hit); err != nil {
				return err
			}
		}
		return w.flush()
	})
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
				return echo.NewHTTPError(http.StatusUnprocessableEntity, fmt.Sprintf(
					"a pcap holds packets only, and entries of %s match too; add tag:packet or src: to the query", h.Stream.Tag))
			case found && f.LinkType != head.link:
				return echo.NewHTTPError(http.StatusUnprocessableEntity, fmt.Sprintf(
					"a pcap has one link type, and packets of link types %d and %d match; narrow the query to one sensor", head.link, f.LinkType))
			}
			head.link, found = f.LinkType, true
			head.nano = head.nano || h.Time.Nanosecond()%1000 != 0
		}
		return nil
	})
	return head, err
}

func (s *Server) exporter(kind string, w io.Writer, head captureHead, v view) (exporter, error) {
	switch kind {
	case "csv":
		e := csvExporter{csv.NewWriter(w), v}
		return e, e.Write([]string{"time", "tag", "source", "origin", "raw"})
	case "raw":
		return rawExporter{w}, nil
	case "pcap":
		start := packet.NewWriter
		if head.nano { // not for all: some tools read microseconds only
			start = packet.NewWriterNano
		}
		p, err := start(w, head.link)
		return pcapExporter{p}, err
	}
	return jsonExporter{json.NewEncoder(w), v}, nil
}

type jsonExporter struct {
	*json.Encoder
	view
}

func (e jsonExporter) write(h index.Hit) error {
	shown, err := e.entry(h)
	if err != nil {
		return err
	}
	return e.Encode(exportedEntry{entryJSON: shown})
}
func (jsonExporter) flush() error { return nil }

// exportedEntry is an entry without what only the page needs.
type exportedEntry struct {
	entryJSON
	Segments *struct{} `json:"segments,omitempty"` // hides the entry's
}

type csvExporter struct {
	*csv.Writer
	view
}

func (e csvExporter) write(h index.Hit) error {
	shown, err := e.entry(h)
	if err != nil {
		return err
	}
	o := shown.Origin
	from := o.Host
	for _, part := range []string{o.File, o.Sensor} {
		if from == "" {
			from = part
		}
	}
	return e.Write([]string{shown.Time.Format(time.RFC3339Nano), shown.Tag, strconv.FormatUint(uint64(shown.Source), 10), from, shown.Raw})
}

func (e csvExporter) flush() error {
	e.Flush()
	return e.Error()
}

type rawExporter struct{ w io.Writer }

func (e rawExporter) write(h index.Hit) error {
	_, err := e.w.Write(append(h.Raw[:len(h.Raw):len(h.Raw)], '\n'))
	return err
}
func (rawExporter) flush() error { return nil }

type pcapExporter struct{ *packet.Writer }

func (e pcapExporter) write(h index.Hit) error {
	return e.Write(packet.Packet{Time: h.Time, Data: h.Raw, OrigLen: h.OrigLen, LinkType: h.Stream.Format.LinkType})
}
func (pcapExporter) flush() error { return nil }
