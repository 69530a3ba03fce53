package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // tz= works on machines that have no zones of their own

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/labstack/echo/v4"

	"spoor/index"
)

// HTTPOptions of the endpoint. The zero value works.
type HTTPOptions struct {
	// MaxBytes is how long a body may be once decompressed; 0 means 2 GiB.
	MaxBytes int64
	// MaxBodies is how many bodies are read at once; 0 means 16.
	MaxBodies int
	// Wait is how long a further body waits for its turn before it is told
	// to come again; 0 means 5 s.
	Wait time.Duration
	// Idle is how long a sender may be silent in the middle of a body; 0
	// means a minute.
	Idle time.Duration
	// Log takes what a sender is not told; nil discards it.
	Log *slog.Logger
}

// Register adds POST /ingest to the group.
func Register(g *echo.Group, p *Pipeline, o HTTPOptions) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 2 << 30
	}
	if o.MaxBodies == 0 {
		o.MaxBodies = 16
	}
	if o.Wait == 0 {
		o.Wait = 5 * time.Second
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &endpoint{p: p, o: o, turns: make(chan struct{}, o.MaxBodies)}
	g.POST("/ingest", e.post)
}

type endpoint struct {
	p     *Pipeline
	o     HTTPOptions
	turns chan struct{} // holds one for each body that is being read
}

var (
	errTooLarge = errors.New("the body is too large")
	errEncoding = errors.New("unknown Content-Encoding")
	errStalled  = errors.New("the body has stalled")
	errBusy     = errors.New("too many bodies at once, try again in a moment")
)

// failure is the answer of a body that was not taken whole.
type failure struct {
	Error string `json:"error"`
	Answer
}

func (e *endpoint) post(c echo.Context) error {
	answer, err := e.take(c.Request(), c.Response())
	if err == nil {
		return c.JSON(http.StatusOK, answer)
	}
	status, retry := statusOf(err)
	if status == http.StatusInternalServerError {
		e.o.Log.Error("ingest", "accepted", answer.Accepted, "err", err)
	}
	if retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(retry))
	}
	if answer.Errors == nil {
		answer.Errors = []LineError{}
	}
	return c.JSON(status, failure{Error: err.Error(), Answer: answer})
}

// statusOf returns the status of an error and after how many seconds the
// sender may come again, 0 where that would not help.
func statusOf(err error) (status, retry int) {
	var param *ParamError
	var body *BodyError
	switch {
	case errors.Is(err, errTooLarge):
		return http.StatusRequestEntityTooLarge, 0
	case errors.Is(err, errEncoding):
		return http.StatusUnsupportedMediaType, 0
	case errors.Is(err, errStalled):
		return http.StatusRequestTimeout, 0
	case errors.Is(err, errBusy), errors.Is(err, index.ErrBehind):
		return http.StatusTooManyRequests, 1
	case errors.Is(err, ErrKeyBusy):
		return http.StatusConflict, 1
	case errors.Is(err, ErrKeyReused):
		return http.StatusConflict, 0
	case errors.Is(err, errNoMarks):
		return http.StatusNotImplemented, 0
	case errors.Is(err, index.ErrNoSpace):
		return http.StatusInsufficientStorage, 0
	case errors.Is(err, index.ErrClosed):
		return http.StatusServiceUnavailable, 1
	case errors.As(err, &param), errors.As(err, &body), errors.Is(err, index.ErrTooManyStreams), errors.Is(err, context.Canceled):
		return http.StatusBadRequest, 0
	}
	return http.StatusInternalServerError, 0
}

// take reads a request's body into the pipeline.
func (e *endpoint) take(r *http.Request, w http.ResponseWriter) (Answer, error) {
	params, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return Answer{}, err
	}
	if r.ContentLength > e.o.MaxBytes {
		return Answer{}, fmt.Errorf("%w: %d bytes; at most %d", errTooLarge, r.ContentLength, e.o.MaxBytes)
	}
	if params.Key, err = keyOf(r.Header); err != nil {
		return Answer{}, err
	}
	forget, err := e.alone(r.Context(), params.Key)
	if err != nil {
		return Answer{}, err
	}
	defer forget()
	leave, err := e.enter(r.Context())
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	in := &steady{r: http.MaxBytesReader(w, r.Body, e.o.MaxBytes), control: http.NewResponseController(w), idle: e.o.Idle}
	body, done, err := decompress(r.Header.Get(echo.HeaderContentEncoding), in)
	if err != nil {
		return Answer{}, err
	}
	defer done()
	return e.p.Lines(r.Context(), &limited{r: body, left: e.o.MaxBytes, max: e.o.MaxBytes}, params)
}

// steady is a body whose sender must not be silent for longer than idle. A
// stalled one would otherwise hold its turn for good.
type steady struct {
	r       io.Reader
	control *http.ResponseController
	idle    time.Duration
}

func (s *steady) Read(b []byte) (int, error) {
	// Where deadlines are not to be had, as in a test's recorder, a body
	// can't stall either.
	_ = s.control.SetReadDeadline(time.Now().Add(s.idle))
	n, err := s.r.Read(b)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		// The deadline stays, so that the server does not wait for the rest.
		return n, fmt.Errorf("%w: nothing came for %v", errStalled, s.idle)
	case err != nil:
		// The server goes on reading to notice when the sender goes away,
		// and would take the deadline for that.
		_ = s.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

const keyHeader = "Idempotency-Key"

// keyOf reads the key of a body; a request without one has none.
func keyOf(h http.Header) (string, error) {
	switch given := h.Values(keyHeader); {
	case len(given) == 0:
		return "", nil
	case len(given) > 1:
		return "", &ParamError{keyHeader, "given more than once"}
	case given[0] == "":
		return "", &ParamError{keyHeader, "it is empty"}
	default:
		return given[0], checkKey(given[0])
	}
}

// alone waits until no other body of the key is being read.
func (e *endpoint) alone(ctx context.Context, key string) (leave func(), err error) {
	wait, stop := context.WithTimeout(ctx, e.o.Wait)
	defer stop()
	return e.p.keys.enter(wait, key)
}

// enter waits for a turn.
func (e *endpoint) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-e.turns }
	select {
	case e.turns <- struct{}{}:
		return leave, nil
	default:
	}
	wait := time.NewTimer(e.o.Wait)
	defer wait.Stop()
	select {
	case e.turns <- struct{}{}:
		return leave, nil
	case <-wait.C:
		return nil, fmt.Errorf("%w: %d are being read", errBusy, e.o.MaxBodies)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// parseQuery reads the parameters strictly: what is not known may be a typing
// error, and data under a wrong tag is hard to get rid of.
func parseQuery(query string) (p Params, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return p, &ParamError{"query", err.Error()}
	}
	for name, v := range values {
		if len(v) > 1 {
			return p, &ParamError{name, "given more than once"}
		}
		switch text := v[0]; name {
		case "tag":
			p.Tag = text
		case "format":
			p.Format = text
		case "origin":
			p.Origin.Host = text
		case "file":
			p.Origin.File = text
		case "source":
			n, err := strconv.ParseUint(text, 10, 32)
			if err != nil && text != "" {
				return p, &ParamError{name, fmt.Sprintf("%q is no number from 0 to 4294967295", text)}
			}
			p.Source = uint32(n)
		case "tz":
			if p.Zone, err = time.LoadLocation(text); err != nil || text == "Local" {
				return p, &ParamError{name, fmt.Sprintf("%q is no time zone such as Europe/Berlin", text)}
			}
		default:
			return p, &ParamError{name, "unknown; known are tag, source, format, origin, file, tz"}
		}
	}
	return p, p.Validate()
}

// maxWindow is the memory that a sender of zstd may ask for in bytes; zstd
// itself needs 8 MiB up to level 19.
const maxWindow = 32 << 20

// decompress returns the body that an encoding hides. done releases it.
func decompress(encoding string, r io.Reader) (body io.Reader, done func(), err error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, func() {}, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, &BodyError{1, "line", noEOF(err)}
		}
		return z, func() { z.Close() }, nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, &BodyError{1, "line", noEOF(err)}
		}
		return z, z.Close, nil
	}
	return nil, nil, fmt.Errorf("%w %q; known are gzip and zstd", errEncoding, encoding)
}

// noEOF keeps the end of a body that should not end from being read as one
// that may.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// limited is a body that must not be longer than max bytes, whatever it was
// compressed to.
type limited struct {
	r         io.Reader
	left, max int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left < 0 {
		return 0, l.tooLarge()
	}
	// One byte more than there may be tells a body of just that length from
	// a longer one.
	n, err := l.r.Read(b[:min(int64(len(b)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		return n - 1, l.tooLarge()
	}
	var raw *http.MaxBytesError
	if errors.As(err, &raw) {
		return n, l.tooLarge()
	}
	return n, err
}

func (l *limited) tooLarge() error { return fmt.Errorf("%w: more than %d bytes", errTooLarge, l.max) }
