package ingest

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"spoor/index"
	"spoor/internal/format"
)

// Params say what a body is, as far as the sender knows. The zero value
// leaves everything to recognition.
type Params struct {
	// Tag of all entries; empty means zeek.<path>, or the format's name. It
	// is printable, without blanks, and at most 128 bytes long.
	Tag string
	// Source is the numeric source tag; 0 means none.
	Source uint32
	// Format is a name of format.Names; empty means recognised.
	Format string
	// Origin is where the entries come from. Its texts are printable and at
	// most 1,024 bytes long.
	Origin index.Origin
	// Zone is that of times without one; nil means UTC.
	Zone *time.Location
	// Key names the body, which is stored once however often it is sent. It
	// is printable ASCII of at most 128 bytes; empty means that every body is
	// a new one. Only Lines looks at it.
	Key string
}

// ParamError says which parameter can't be used, and why.
type ParamError struct{ Name, Reason string }

func (e *ParamError) Error() string { return fmt.Sprintf("parameter %s: %s", e.Name, e.Reason) }

// Validate returns a *ParamError for the first parameter that can't be used.
func (p *Params) Validate() error {
	if err := checkText("tag", p.Tag, 128, false); err != nil {
		return err
	}
	if err := checkKey(p.Key); err != nil {
		return err
	}
	if p.Format != "" && !format.Known(p.Format) {
		return &ParamError{"format", fmt.Sprintf("%q is unknown; known are %s", p.Format, strings.Join(format.Names(), ", "))}
	}
	for _, o := range [...]struct{ name, text string }{
		{"origin", p.Origin.Host}, {"file", p.Origin.File}, {"sensor", p.Origin.Sensor},
	} {
		if err := checkText(o.name, o.text, 1024, true); err != nil {
			return err
		}
	}
	return nil
}

func checkText(name, text string, maxBytes int, blanks bool) error {
	if len(text) > maxBytes {
		return &ParamError{name, fmt.Sprintf("%d bytes; at most %d", len(text), maxBytes)}
	}
	if !utf8.ValidString(text) {
		return &ParamError{name, "not UTF-8"}
	}
	for i, r := range text {
		switch {
		case r == ' ' && !blanks:
			return &ParamError{name, fmt.Sprintf("a blank at byte %d of %q", i+1, text)}
		case !unicode.IsPrint(r):
			return &ParamError{name, fmt.Sprintf("%U at byte %d is not printable", r, i+1)}
		}
	}
	return nil
}
