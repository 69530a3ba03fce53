package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Kind names of sensors. A kind is opened by Open.
const (
	KindStenographer = "stenographer" // also what `spoor sensor` speaks, but for its exactness
	KindSpoor        = "spoor"        // `spoor sensor`: knows all filters, has exact times
	KindSSH          = "ssh"          // tcpdump on a host, from now on
	KindFolder       = "folder"       // capture files in a folder of this machine
)

// DefaultTag is the tag of packets whose sensor names none.
const DefaultTag = "packet"

// Sensor is a packet recorder that can be asked. It is used by many goroutines
// at once.
type Sensor interface {
	// Config returns what the sensor was made of, defaults filled in.
	Config() SensorConfig
	// Traits say what it can be asked for. They never change.
	Traits() Traits
	// Packets asks for the packets that match f, as a capture file. It
	// returns when the answer begins. The caller reads it to its end and
	// closes it, which ends the question at once; a reading error other than
	// io.EOF means that the answer broke off. f is what Filter.For made of
	// the asked filter by the sensor's Traits; what is sent too much is cut by
	// the caller. A stream that knows more at its end is an Ender.
	Packets(ctx context.Context, f Filter, l Limits) (io.ReadCloser, error)
	// Health asks what the sensor has and how it is. It is called every
	// minute or so and before and after each question, so it must be cheap;
	// an error says in words why there is no answer.
	Health(ctx context.Context) (Health, error)
}

// Traits say what a kind of sensor understands. The zero value is a sensor
// that knows every filter and the time of every packet.
type Traits struct {
	// Plain: it knows Stenographer's words only (host, net, port, vlan,
	// mpls, protocols, times, and, or), not those that Spoor adds.
	Plain bool
	// Early and Late are how much more than the window must be asked for, so
	// that nothing in it is missing.
	Early, Late time.Duration
	// Live: it has no packets of the past, it captures from the question on.
	// It is sent no times.
	Live bool
	// Silent: an answer that broke off on its side looks like a whole one,
	// so the caller looks for signs.
	Silent bool
}

// Health is what a sensor says of itself. Zero members are not known.
type Health struct {
	// Oldest is where complete coverage begins.
	Oldest time.Time
	// Newest is up to where packets are answered; zero: up to now - Lag.
	Newest time.Time
	// Lag is how long a captured packet takes to be answered.
	Lag time.Duration
	// Empty: it has no packet at all.
	Empty bool
	// Expires is when the first of the certificates in use ends.
	Expires time.Time
	// Warning says in a few words what a person should look after; "" all
	// is well.
	Warning string
	// Read and Asked count, since the sensor started, the packets that it
	// read from its files for answers, and the questions that it answered.
	// What it read for an answer and did not send is a sign that the answer
	// broke off.
	Read, Asked int64
}

// Ender is an answer that says more when it has been read to its end.
type Ender interface {
	// End is called after Read returned io.EOF.
	End() End
}

// End is what an answer says of itself at its end.
type End struct {
	// Packets is how many were sent; -1 means that it is not said.
	Packets int64
	// Limit is "packets" or "bytes" when that limit ended the answer.
	Limit string
	// Doubt says in words why the answer may not be whole; "" it is, as far
	// as the sensor says. An answer that surely is not whole ends in an error
	// instead.
	Doubt string
}

// Limits bound one sensor's answer. A limit of 0 is none. The packet that
// reaches a limit is the last one.
type Limits struct {
	Packets int64 `json:"packets"`
	// Bytes is counted as a Stenographer does it [measured on 1.0.1]: 16, and
	// for every packet what was captured of it and 16.
	Bytes int64 `json:"bytes"`
	// Time is the most that an answer may take, and how long a live sensor
	// captures; whole seconds.
	Time time.Duration `json:"time,omitempty"`
	// Snap is how many bytes of each packet a live sensor captures.
	Snap int `json:"snap,omitempty"`
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
	FileAge    string `yaml:"fileage" json:"fileage,omitempty"`       // how long a Stenographer's files live, as 60s; "" is 60s
	Queries    int    `yaml:"queries" json:"queries,omitempty"`       // answered at once; 0 is 1
	KnownHosts string `yaml:"knownhosts" json:"knownhosts,omitempty"` // ssh: file of the keys of hosts
	Interface  string `yaml:"interface" json:"interface,omitempty"`   // ssh: to capture on; "" is any
	Dir        string `yaml:"dir" json:"dir,omitempty"`               // folder: of the captures
	State      string `yaml:"state" json:"state,omitempty"`           // folder: that keeps its index; "" keeps it in memory
}

// File returns the member that names a file of that name ("ca", "cert", "key", "knownhosts"),
// or nil when there is none: what a page may upload.
func (c *SensorConfig) File(name string) *string {
	switch name {
	case "ca":
		return &c.CA
	case "cert":
		return &c.Cert
	case "key":
		return &c.Key
	case "knownhosts":
		return &c.KnownHosts
	}
	return nil
}

// FileNames are the names that File knows.
func FileNames() []string { return []string{"ca", "cert", "key", "knownhosts"} }

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
	for _, name := range FileNames() {
		*c.File(name) = ""
	}
	c.Pin, c.ServerName, c.FileAge, c.Dir, c.State = "", "", "", "", ""
	return c
}

func (c SensorConfig) label() string {
	text := c.URL
	if c.ID != "" {
		text = c.ID
	}
	return text[:min(len(text), maxSensorID)]
}

func (c SensorConfig) check() error {
	if len(c.ID) > maxSensorID {
		return fmt.Errorf("its id has %d bytes, at most %d are allowed", len(c.ID), maxSensorID)
	}
	for _, f := range []struct{ name, text string }{
		{"name", c.Name}, {"tag", c.Tag}, {"url", c.URL}, {"servername", c.ServerName}, {"pin", c.Pin}, {"interface", c.Interface},
	} {
		if len(f.text) > maxSensorText {
			return fmt.Errorf("its %s has %d bytes, at most %d are allowed", f.name, len(f.text), maxSensorText)
		}
	}
	switch {
	case c.ID == "":
		return errors.New("it needs a name (or an id)")
	case Slug(c.ID) != c.ID:
		return fmt.Errorf("its id may hold a-z, 0-9 and - only, like %q", Slug(c.ID))
	case c.ID == UploadSensor:
		return fmt.Errorf("its id %q is that of uploads", c.ID)
	case strings.ContainsFunc(c.Name, unicode.IsControl):
		return fmt.Errorf("its name %q holds control characters", c.Name)
	case strings.ContainsFunc(c.Tag, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return fmt.Errorf("its tag %q holds blanks or control characters", c.Tag)
	case c.Queries < 0 || c.Queries > maxQueries:
		return fmt.Errorf("its queries, %d, are not 1 to %d", c.Queries, maxQueries)
	}
	return c.checkKind()
}

// maxSensorID bounds the id of a sensor, which names a folder, and
// maxSensorText its other texts, which stand with every packet, job and
// state of it; in bytes.
const (
	maxSensorID   = 64
	maxSensorText = 512
)

// maxQueries bounds how many questions a sensor is asked at once.
const maxQueries = 16

// checkRecorder checks what a sensor over HTTPS needs.
func (c SensorConfig) checkRecorder() error {
	if err := checkURL(c.URL); err != nil {
		return err
	}
	if _, err := parsePin(c.Pin); err != nil {
		return err
	}
	if age, err := c.fileAge(); err != nil || age < time.Second || age > 24*time.Hour {
		return fmt.Errorf("its fileage %q is no duration such as 60s, from 1s to 24h", c.FileAge)
	}
	for _, f := range []struct{ name, file string }{{"ca", c.CA}, {"cert", c.Cert}, {"key", c.Key}} {
		if f.file == "" {
			return fmt.Errorf("%s is missing: it names a PEM file", f.name)
		}
	}
	return nil
}

// fileAge is how long a file of a Stenographer is written to: it starts a new
// one after 60 s unless it is told otherwise (stenotype's --fileage_sec).
func (c SensorConfig) fileAge() (time.Duration, error) {
	if c.FileAge == "" {
		return time.Minute, nil
	}
	return time.ParseDuration(c.FileAge)
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
