package fleet

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"spoor/internal/packet"
)

const (
	connectTimeout = 10 * time.Second
	maxErrorBody   = 2 << 10 // bytes that are read of an error answer
	maxErrorShown  = 200     // bytes of it that are shown
	stenoQueryPath = "/query"
)

// Stenographer is a Sensor that speaks Google Stenographer's protocol: a
// Stenographer, or `spoor sensor`.
// https://github.com/google/stenographer#querying
type Stenographer struct {
	config SensorConfig
	url    string
	client *http.Client
	// expires is when the first of our certificates ends.
	expires time.Time
}

var _ Sensor = (*Stenographer)(nil)

// NewStenographer returns the sensor that c describes. It reads the
// certificates; an error names the file and its fault. Nothing is connected
// yet.
func NewStenographer(c SensorConfig) (*Stenographer, error) {
	c, err := c.Normal()
	if err != nil {
		return nil, err
	}
	files, err := loadCerts(c, time.Now())
	if err != nil {
		return nil, fmt.Errorf("sensor %q: %w", c.ID, err)
	}
	pin, err := parsePin(c.Pin)
	if err != nil {
		return nil, fmt.Errorf("sensor %q: %w", c.ID, err)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("sensor %q: %w", c.ID, err)
	}
	who := identity{ca: files.ca, name: c.ServerName, pin: pin, now: time.Now}
	if who.name == "" {
		who.name = u.Hostname()
	}
	return &Stenographer{
		config: c,
		url:    "https://" + u.Host + stenoQueryPath,
		client: newClient(files, who), expires: files.client.Leaf.NotAfter,
	}, nil
}

// newClient returns a client that waits as long as its context does for an
// answer: a Stenographer sends its headers with the first packet, and that
// may take minutes to find.
func newClient(files certs, who identity) *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               nil, // certificates of both ends leave no room for a proxy
			DialContext:         dialer.DialContext,
			TLSHandshakeTimeout: connectTimeout,
			TLSClientConfig: &tls.Config{
				MinVersion:         tls.VersionTLS12,
				Certificates:       []tls.Certificate{files.client},
				ServerName:         who.name,
				InsecureSkipVerify: true, // identity.verify does it, see there
				VerifyConnection:   who.verify,
			},
			// A question is rare and heavy: a connection of its own each
			// costs nothing and is never found dead.
			DisableKeepAlives:  true,
			DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Config returns what the sensor was made of, defaults filled in.
func (s *Stenographer) Config() SensorConfig { return s.config }

// Traits say that a Stenographer knows times by file, and that `spoor sensor`
// knows everything.
func (s *Stenographer) Traits() Traits {
	if s.config.Kind == KindSpoor {
		return Traits{}
	}
	age, _ := s.config.fileAge() // Normal has checked it
	return Traits{Plain: true, Early: age + stenoSlack, Late: stenoSlack, Silent: true}
}

// stenoSlack is by how much a Stenographer's file may be older than its age
// says [measured on 1.0.1: 61 s and more], and clocks may differ.
const stenoSlack = 15 * time.Second

// Packets posts the filter to /query. The caller closes the stream. An answer
// that is no pcap is an error that says what came instead.
func (s *Stenographer) Packets(ctx context.Context, f Filter, l Limits) (io.ReadCloser, error) {
	if f.IsZero() {
		return nil, errEmptyFilter(f.String())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(f.String()))
	if err != nil {
		return nil, fmt.Errorf("ask sensor %s: %w", s.config.ID, err)
	}
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("Steno-Limit-Packets", strconv.FormatInt(l.Packets, 10))
	req.Header.Set("Steno-Limit-Bytes", strconv.FormatInt(l.Bytes, 10))
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask sensor %s at %s: %w", s.config.ID, s.config.URL, explain(err))
	}
	body, err := openAnswer(resp)
	if err != nil {
		resp.Body.Close()
		return nil, fmt.Errorf("sensor %s %w", s.config.ID, err)
	}
	return body, nil
}

// openAnswer returns the body of resp when it is a capture file.
func openAnswer(resp *http.Response) (io.ReadCloser, error) {
	if resp.StatusCode != http.StatusOK {
		said := readSome(resp.Body)
		if resp.StatusCode == http.StatusBadRequest && said != "" {
			return nil, fmt.Errorf("refused the query: %s", said)
		}
		return nil, fmt.Errorf("answered %s: %s", statusText(resp), orNothing(said))
	}
	b := bufio.NewReaderSize(trailed{resp}, 64<<10)
	head, err := b.Peek(4)
	switch {
	case len(head) == 0 && (err == nil || errors.Is(err, io.EOF)):
		return nil, errors.New("answered 200 with nothing: a capture was expected, which has a header at least")
	case len(head) < 4 && err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("broke off before the first packet: %w", explain(err))
	case !packet.IsCapture(head):
		return nil, fmt.Errorf("answered no capture but %s: %s", orUnknown(resp.Header.Get("Content-Type")), orNothing(readSome(b)))
	}
	return &answer{b, resp}, nil
}

// answer is a body whose first bytes were looked at.
type answer struct {
	io.Reader
	resp *http.Response
}

var _ Ender = (*answer)(nil)

// Close ends the question.
func (a *answer) Close() error { return a.resp.Body.Close() }

// The trailers of `spoor sensor`. A Stenographer's answers end alike in any
// case.
const (
	// TrailerError says in words why the answer is not whole.
	TrailerError = "Spoor-Error"
	// TrailerPackets is how many packets were sent.
	TrailerPackets = "Spoor-Packets"
	// TrailerLimit is "packets" or "bytes" when that limit ended the answer.
	TrailerLimit = "Spoor-Limit"
)

// End says what the trailers say.
func (a *answer) End() End {
	e := End{Packets: -1}
	if n, err := strconv.ParseInt(a.resp.Trailer.Get(TrailerPackets), 10, 64); err == nil && n >= 0 {
		e.Packets = n
	}
	if limit := a.resp.Trailer.Get(TrailerLimit); limit == "packets" || limit == "bytes" {
		e.Limit = limit
	}
	return e
}

// trailed is a body that ends in an error when its trailer holds one.
type trailed struct{ resp *http.Response }

func (t trailed) Read(b []byte) (int, error) {
	n, err := t.resp.Body.Read(b)
	if err != io.EOF {
		return n, err
	}
	if said := readSome(strings.NewReader(t.resp.Trailer.Get(TrailerError))); said != "" {
		return n, fmt.Errorf("the sensor says %s", said)
	}
	return n, io.EOF
}

func statusText(resp *http.Response) string {
	return strings.TrimSpace(strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode))
}

// readSome returns the beginning of an answer in a form that can be shown:
// one line, printable.
func readSome(r io.Reader) string {
	some, _ := io.ReadAll(io.LimitReader(r, maxErrorBody)) // a torn error message is shown torn
	if len(some) > maxErrorShown {
		some = append(bytes.ToValidUTF8(some[:maxErrorShown], nil), "..."...)
	}
	text := strings.Join(strings.Fields(string(some)), " ")
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

func orNothing(said string) string {
	if said == "" {
		return "(nothing more)"
	}
	return said
}

func orUnknown(kind string) string {
	if kind == "" {
		return "something of no type"
	}
	return strconv.Quote(kind[:min(len(kind), maxErrorShown)])
}

// explain turns the errors of a connection into words that say what to do.
func explain(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	var host x509.HostnameError
	var op *net.OpError
	switch {
	case errors.As(err, &host):
		return fmt.Errorf("the server's certificate is not for this name: %w", err)
	case errors.As(err, &op) && op.Op == "remote error" && strings.Contains(err.Error(), "certificate"):
		return fmt.Errorf("the server refused our client certificate: %w", err)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("can't be reached: %w", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the connection was closed by the other side: %w", io.ErrUnexpectedEOF)
	}
	return err
}
