package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"
)

// Kind names of sensors.
const (
	KindStenographer = "stenographer" // also what `spoor sensor` speaks
)

// DefaultTag is the tag of packets whose sensor names none.
const DefaultTag = "packet"

// Sensor is a packet recorder that can be asked.
type Sensor interface {
	// Config returns what the sensor was made of, defaults filled in.
	Config() SensorConfig
	// Packets asks for the packets that match f, as a capture file. The
	// caller reads it to its end and closes it; a reading error other than
	// io.EOF means that the answer broke off.
	Packets(ctx context.Context, f Filter, l Limits) (io.ReadCloser, error)
}

// Limits bound one sensor's answer. A limit of 0 is none. The packet that
// reaches a limit is the last one.
type Limits struct {
	Packets int64 `json:"packets"`
	// Bytes is counted as a Stenographer does it [measured on 1.0.1]: 16, and
	// for every packet what was captured of it and 16.
	Bytes int64 `json:"bytes"`
}

// reached says which limit an answer of so many packets with so many captured
// bytes has reached: "packets", "bytes" or "".
func (l Limits) reached(packets, bytes int64) string {
	const header = 16
	switch {
	case l.Packets > 0 && packets >= l.Packets:
		return "packets"
	case l.Bytes > 0 && header+packets*header+bytes >= l.Bytes:
		return "bytes"
	}
	return ""
}

// SensorConfig says what a sensor is and how to reach it. Public leaves out
// what is nobody's business on a page.
type SensorConfig struct {
	ID         string `yaml:"id" json:"id"`                           // "" is made of Name
	Name       string `yaml:"name" json:"name"`                       // "" is ID
	Kind       string `yaml:"kind" json:"kind"`                       // "" is stenographer
	URL        string `yaml:"url" json:"url"`                         // https://host:port
	Tag        string `yaml:"tag" json:"tag"`                         // of its packets; "" is packet
	CA         string `yaml:"ca" json:"ca,omitempty"`                 // file of the CA that signed both certificates
	Cert       string `yaml:"cert" json:"cert,omitempty"`             // file of our client certificate
	Key        string `yaml:"key" json:"key,omitempty"`               // file of its key
	Pin        string `yaml:"pin" json:"pin,omitempty"`               // SHA-256 of the server's certificate in hex; "" pins none
	ServerName string `yaml:"servername" json:"servername,omitempty"` // expected of the server's certificate; "" is the URL's host
}

// Normal returns c with its defaults filled in, or says which of its members
// is wrong. Files are not read here.
func (c SensorConfig) Normal() (SensorConfig, error) {
	if c.ID == "" {
		c.ID = Slug(c.Name)
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	if c.Kind == "" {
		c.Kind = KindStenographer
	}
	if c.Tag == "" {
		c.Tag = DefaultTag
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("sensor %q: %w", c.label(), err)
	}
	return c, nil
}

// Public returns c without the names of files: what a page may show.
func (c SensorConfig) Public() SensorConfig {
	return SensorConfig{ID: c.ID, Name: c.Name, Kind: c.Kind, URL: c.URL, Tag: c.Tag}
}

func (c SensorConfig) label() string {
	if c.ID != "" {
		return c.ID
	}
	return c.URL
}

func (c SensorConfig) check() error {
	switch {
	case c.ID == "":
		return errors.New("it needs a name (or an id)")
	case Slug(c.ID) != c.ID:
		return fmt.Errorf("its id may hold a-z, 0-9 and - only, like %q", Slug(c.ID))
	case strings.ContainsFunc(c.Name, unicode.IsControl):
		return fmt.Errorf("its name %q holds control characters", c.Name)
	case strings.ContainsFunc(c.Tag, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return fmt.Errorf("its tag %q holds blanks or control characters", c.Tag)
	case c.Kind != KindStenographer:
		return fmt.Errorf("its kind %q is none of: %s", c.Kind, KindStenographer)
	}
	if err := checkURL(c.URL); err != nil {
		return err
	}
	if _, err := parsePin(c.Pin); err != nil {
		return err
	}
	for _, f := range []struct{ name, file string }{{"ca", c.CA}, {"cert", c.Cert}, {"key", c.Key}} {
		if f.file == "" {
			return fmt.Errorf("%s is missing: it names a PEM file", f.name)
		}
	}
	return nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return errors.New("url is missing: it looks like https://10.0.0.1:1234")
	case err != nil:
		return fmt.Errorf("its url can't be read: %w", err)
	case u.Scheme != "https":
		return fmt.Errorf("its url %q must begin with https://", u.Redacted())
	case u.Hostname() == "":
		return fmt.Errorf("its url %q names no host", u.Redacted())
	case u.User != nil:
		return errors.New("its url holds a user: sensors are reached by certificate")
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("its url %q must end after the port: /query is added to it", u.Redacted())
	}
	return nil
}

// Slug makes an id of a name: "Region 1" is region-1. It is empty when the
// name has no letter or digit of ASCII.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if !(r >= 'a' && r <= 'z') && !(r >= '0' && r <= '9') {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
