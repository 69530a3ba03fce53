package ui

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"spoor/index"
	"spoor/internal/packet"
)

// exporter writes entries in one format.
type exporter interface {
	write(index.Hit) error
	// flush hands on what is buffered; nothing follows after the last one.
	flush() error
}

// exporter begins a file on w.
func (x exported) exporter(w io.Writer, v view) (exporter, error) {
	switch x.kind {
	case "csv":
		e := csvExporter{newCells(w, x.exact), v}
		return e, e.row([]string{"time", "tag", "source", "origin", "raw"})
	case "raw":
		return rawExporter{w}, nil
	case "pcap":
		start := packet.NewWriter
		if x.head.nano { // not for all: some tools read microseconds only
			start = packet.NewWriterNano
		}
		p, err := start(w, x.head.link)
		return pcapExporter{p}, err
	case "pcapng":
		p, err := packet.NewNgWriter(w, packet.NgHead{Application: "Spoor", Comment: x.about(time.Now())})
		return ngExporter{p}, err
	}
	return jsonExporter{json.NewEncoder(w), v}, nil
}

// about says what an export answers.
func (x exported) about(now time.Time) string {
	text := "everything"
	if x.text != "" {
		text = "query " + x.text
	}
	if !x.From.IsZero() {
		text += "\nfrom " + x.From.UTC().Format(time.RFC3339Nano)
	}
	if !x.To.IsZero() {
		text += "\nto " + x.To.UTC().Format(time.RFC3339Nano)
	}
	return text + "\nexported " + now.UTC().Format(time.RFC3339)
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

// cells writes a table of texts as CSV.
type cells struct {
	*csv.Writer
	exact bool
}

func newCells(w io.Writer, exact bool) cells { return cells{csv.NewWriter(w), exact} }

// row writes a row; it changes the slice.
func (c cells) row(texts []string) error {
	if !c.exact {
		for i, t := range texts {
			texts[i] = disarmed(t)
		}
	}
	return c.Write(texts)
}

// disarmed is a cell that no program takes for a formula: what begins like one
// gets an apostrophe, unless it is a number.
// https://owasp.org/www-community/attacks/CSV_Injection
func disarmed(text string) string {
	if text == "" || strings.IndexByte("=+-@\t\r\n", text[0]) < 0 || plainNumber(text) {
		return text
	}
	return "'" + text
}

// plainNumber says whether text is a decimal number.
func plainNumber(text string) bool {
	if strings.Trim(text, "+-0123456789.eE") != "" {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

type csvExporter struct {
	cells
	view
}

func (e csvExporter) write(h index.Hit) error {
	shown, err := e.entry(h)
	if err != nil {
		return err
	}
	return e.row([]string{shown.Time.Format(time.RFC3339Nano), shown.Tag, strconv.FormatUint(uint64(shown.Source), 10), from(shown.Origin), shown.Raw})
}

// from is the first that is known of where an entry comes from.
func from(o index.Origin) string {
	for _, part := range []string{o.Host, o.File, o.Sensor} {
		if part != "" {
			return part
		}
	}
	return ""
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

func (e pcapExporter) write(h index.Hit) error { return e.Write(packetOf(h)) }
func (pcapExporter) flush() error              { return nil }

func packetOf(h index.Hit) packet.Packet {
	return packet.Packet{Time: h.Time, Data: h.Raw, OrigLen: h.OrigLen, LinkType: h.Stream.Format.LinkType}
}

type ngExporter struct{ *packet.NgWriter }

func (e ngExporter) write(h index.Hit) error {
	return e.Write(packetOf(h), interfaceOf(h.Stream), provenance(h))
}
func (ngExporter) flush() error { return nil }

// interfaceOf is where the packets of a stream were captured, as far as it is
// known: by a sensor, or in a file.
func interfaceOf(s *index.Stream) packet.Interface {
	i := packet.Interface{Name: s.Tag, LinkType: s.Format.LinkType}
	var parts []string
	for _, part := range []struct{ name, value string }{{"sensor", s.Origin.Sensor}, {"file", s.Origin.File}, {"host", s.Origin.Host}} {
		if part.value == "" {
			continue
		}
		if len(parts) == 0 {
			i.Name = part.value
		}
		parts = append(parts, part.name+" "+part.value)
	}
	i.Description = strings.Join(parts, ", ")
	return i
}

// provenance says in a packet's comment which entry it was.
func provenance(h index.Hit) string {
	text := "spoor id:" + h.ID.String()
	if h.Stream.Source != 0 {
		text += fmt.Sprintf(" src:%d", h.Stream.Source)
	}
	if h.Stream.Origin.Job != 0 {
		text += fmt.Sprintf(" job:%d", h.Stream.Origin.Job)
	}
	return text
}
