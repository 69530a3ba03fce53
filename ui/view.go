package ui

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"spoor/actionables"
	"spoor/index"
	"spoor/index/query"
	"spoor/internal/format"
	"spoor/internal/packet"
)

// entryJSON is ENTRY of docs/api.md.
type entryJSON struct {
	ID          string                `json:"id"`
	Time        time.Time             `json:"time"`
	TimeGuessed bool                  `json:"time_guessed,omitempty"`
	Arrived     time.Time             `json:"arrived"`
	Tag         string                `json:"tag"`
	Source      uint32                `json:"source,omitempty"`
	Origin      index.Origin          `json:"origin"`
	Format      string                `json:"format"`
	Raw         string                `json:"raw"`
	Lossy       bool                  `json:"lossy,omitempty"`
	Fields      fieldsJSON            `json:"fields"`
	Segments    []actionables.Segment `json:"segments"`
	Packet      *packetJSON           `json:"packet,omitempty"`

	// field returns the values of a field under any of its names.
	field func(name string) []string
}

type packetJSON struct {
	Source          string `json:"src"`
	Destination     string `json:"dst"`
	SourcePort      uint16 `json:"src_port,omitempty"`
	DestinationPort uint16 `json:"dst_port,omitempty"`
	Protocol        string `json:"protocol"`
	Length          int    `json:"length"`
	Captured        int    `json:"captured"`
	Info            string `json:"info"`
	Error           string `json:"error,omitempty"`
}

// fieldsJSON is written as one object in the order of the line.
type fieldsJSON []format.Field

func (f fieldsJSON) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	b.WriteByte('{')
	for i, field := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(field.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		var v any = field.Values
		if !field.List && len(field.Values) == 1 {
			v = field.Values[0]
		}
		if err := e.Encode(v); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// readers keeps the readers of the formats seen, because opening one parses
// its header.
type readers struct {
	mu   sync.Mutex // guards open
	open map[format.Spec]format.Reader
}

const maxReaders = 4096

func (r *readers) of(f index.Format) (format.Reader, error) {
	spec := format.Spec(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	if have, ok := r.open[spec]; ok {
		return have, nil
	}
	made, err := format.Open(spec)
	if err != nil {
		return nil, err
	}
	if r.open == nil || len(r.open) >= maxReaders {
		r.open = map[format.Spec]format.Reader{}
	}
	r.open[spec] = made
	return made, nil
}

// view turns hits of one query into what the page shows.
type view struct {
	readers *readers
	matcher *actionables.Matcher
	query   query.Node
}

func (s *Server) view(q query.Node) view {
	return view{readers: s.readers, matcher: s.Book.Matcher(), query: q}
}

// entries turns hits into ENTRY each.
func (v view) entries(hits []index.Hit) ([]entryJSON, error) {
	all := make([]entryJSON, 0, len(hits))
	for _, h := range hits {
		e, err := v.entry(h)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (v view) entry(h index.Hit) (entryJSON, error) {
	if h.Stream.Format.Name == index.Packet {
		e, _ := v.packet(h)
		return e, nil
	}
	r, err := v.readers.of(h.Stream.Format)
	if err != nil {
		return entryJSON{}, err
	}
	e := v.head(h)
	e.field = func(name string) []string { return r.Field(h.Raw, h.OrigLen, name) }
	e.Fields = append(e.Fields, r.Fields(h.Raw, h.OrigLen)...)
	v.text(&e, h.Raw, r.Escapes())
	return e, nil
}

func (v view) packet(h index.Hit) (entryJSON, *packet.Decoded) {
	d := packet.Decode(h.Stream.Format.LinkType, h.Raw, h.OrigLen)
	e := v.head(h)
	if r, err := v.readers.of(h.Stream.Format); err == nil { // there is always a reader of packets
		e.field = func(name string) []string { return r.Field(h.Raw, h.OrigLen, name) }
	}
	e.Packet = &packetJSON{
		Source: d.SourceText, Destination: d.DestinationText,
		SourcePort: d.SourcePort, DestinationPort: d.DestinationPort,
		Protocol: d.Protocol, Length: d.Length, Captured: len(h.Raw), Info: d.Info, Error: d.Error,
	}
	e.Fields = append(e.Fields, format.PacketFields(d)...)
	v.text(&e, []byte(d.Summary()), query.NoEscapes)
	return e, d
}

func (v view) head(h index.Hit) entryJSON {
	e := entryJSON{
		ID: h.ID.String(), Time: h.Time.UTC(), TimeGuessed: h.TimeGuessed, Arrived: h.Arrived.UTC(),
		Tag: h.Stream.Tag, Source: h.Stream.Source, Origin: h.Stream.Origin, Format: h.Stream.Format.Name,
	}
	if h.TimeGuessed {
		e.Fields = fieldsJSON{{Name: "time_guessed", Values: []string{"true"}}}
	}
	return e
}

func (v view) text(e *entryJSON, text []byte, escapes query.Escapes) {
	e.Segments = actionables.Cut(text, query.Marks(v.query, text, escapes), v.matcher.ScanAt(text, e.place()))
	e.Raw, e.Lossy = actionables.Show(text)
}

// place is where the entry's text stands, as the conditions of actionables ask.
func (e *entryJSON) place() actionables.Place {
	return actionables.Place{Tag: e.Tag, Field: e.field}
}

// value cuts the value of a field into segments.
func (v view) value(e *entryJSON, name, text string) []actionables.Segment {
	b, at := []byte(text), e.place()
	at.Names = append([]string{name}, format.Canonical(name)...)
	return actionables.Cut(b, query.Marks(v.query, b, query.NoEscapes), v.matcher.ScanAt(b, at))
}

// wholeJSON is an entry with all that it holds.
type wholeJSON struct {
	entryJSON
	Details []detailJSON `json:"details"`
	Layers  []layerJSON  `json:"layers,omitempty"`
	Bytes   int          `json:"bytes"`
}

type detailJSON struct {
	Name   string                  `json:"name"`
	Values [][]actionables.Segment `json:"values"`
	List   bool                    `json:"list,omitempty"`
}

type layerJSON struct {
	Name   string           `json:"name"`
	Label  string           `json:"label"`
	Offset int              `json:"offset"`
	Length int              `json:"length"`
	Fields []layerFieldJSON `json:"fields"`
}

type layerFieldJSON struct {
	Name     string                `json:"name"`
	Label    string                `json:"label"`
	Value    string                `json:"value"`
	Segments []actionables.Segment `json:"segments"`
	Offset   int                   `json:"offset"`
	Length   int                   `json:"length"`
}

func (v view) whole(h index.Hit) (wholeJSON, error) {
	w := wholeJSON{Bytes: len(h.Raw)}
	if h.Stream.Format.Name == index.Packet {
		e, d := v.packet(h)
		w.entryJSON, w.Layers = e, v.layers(&e, d)
	} else {
		e, err := v.entry(h)
		if err != nil {
			return wholeJSON{}, err
		}
		w.entryJSON = e
	}
	w.Details = make([]detailJSON, 0, len(w.Fields))
	for _, f := range w.Fields {
		d := detailJSON{Name: f.Name, List: f.List, Values: make([][]actionables.Segment, 0, len(f.Values))}
		for _, value := range f.Values {
			d.Values = append(d.Values, v.value(&w.entryJSON, f.Name, value))
		}
		w.Details = append(w.Details, d)
	}
	return w, nil
}

func (v view) layers(e *entryJSON, d *packet.Decoded) []layerJSON {
	layers := make([]layerJSON, 0, len(d.Layers))
	for _, l := range d.Layers {
		shown := layerJSON{Name: l.Name, Label: l.Label, Offset: l.Offset, Length: l.Length, Fields: []layerFieldJSON{}}
		for _, f := range l.Fields {
			shown.Fields = append(shown.Fields, layerFieldJSON{
				Name: f.Name, Label: f.Label, Value: f.Value, Segments: v.value(e, f.Name, f.Value), Offset: f.Offset, Length: f.Length,
			})
		}
		layers = append(layers, shown)
	}
	return layers
}
