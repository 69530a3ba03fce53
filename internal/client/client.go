// Package client speaks Spoor's HTTP interface (docs/api.md) for programs
// outside of the server, such as the command line.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"
)

// Options say how a server is reached. The zero value of each works.
type Options struct {
	// Token is the bearer token; empty sends none.
	Token string
	// CA is a PEM file with the certificates that the server's is signed
	// by; empty means those of the system.
	CA string
	// MaxWait bounds how long a server that is behind is waited for, each
	// time; 0 means a minute.
	MaxWait time.Duration
}

// Client talks to one server. It may be used by many goroutines at once.
type Client struct {
	base    *url.URL
	token   string
	maxWait time.Duration
	http    *http.Client
	sleep   func(ctx context.Context, d time.Duration) error
}

// New returns a client of the server at an address like
// http://127.0.0.1:8080. Nothing is sent yet.
func New(server string, o Options) (*Client, error) {
	base, err := url.Parse(server)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("server %q: want http://HOST:PORT or https://HOST:PORT", server)
	}
	if o.Token != "" && base.Scheme == "http" && !loopback(base.Hostname()) {
		return nil, fmt.Errorf("server %q: a token is sent over https only, except to this machine", server)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	// An answer before the body saves sending what would be refused, and
	// what comes from a pipe can't be sent twice.
	t.ExpectContinueTimeout = 5 * time.Second
	if o.CA != "" {
		if t.TLSClientConfig, err = trust(o.CA); err != nil {
			return nil, err
		}
	}
	c := &Client{base: base, token: o.Token, maxWait: o.MaxWait, sleep: sleep}
	if c.maxWait == 0 {
		c.maxWait = time.Minute
	}
	c.http = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // nor would the token be for another server
	}}
	return c, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func trust(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read CA certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read CA certificates: %s: no certificate in it", file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Error is an answer of the server that says what is wrong.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Message is what the server says.
	Message string
	// Query is the query that was sent, Column the place in it that Message
	// is about, from 1 in characters; 0 means none.
	Query  string
	Column int
}

// Error is the message, under it the query with a caret at its column.
func (e *Error) Error() string {
	if e.Column < 1 || e.Query == "" {
		return e.Message
	}
	line := func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}
	return e.Message + "\n  " + strings.Map(line, e.Query) + "\n  " + strings.Repeat(" ", e.Column-1) + "^"
}

// ErrUnreachable says that there was no whole answer.
var ErrUnreachable = errors.New("no answer from")

// request makes a request. Values that are empty are left out of the query.
func (c *Client) request(ctx context.Context, method, path string, values map[string]string, body io.Reader) (*http.Request, error) {
	u := c.base.JoinPath("/api/v1", path)
	q := url.Values{}
	for name, v := range values {
		if v != "" {
			q.Set(name, v)
		}
	}
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

// send returns the answer, whatever its status. The caller closes its body.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err == nil {
		return resp, nil
	}
	if ctx := req.Context(); ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var bad *url.Error
	if errors.As(err, &bad) {
		err = bad.Err // the address with its whole query helps nobody
	}
	return nil, fmt.Errorf("%w %s: %w", ErrUnreachable, c.base.Redacted(), err)
}

// get asks for path and returns the body of a 200, which the caller closes.
func (c *Client) get(ctx context.Context, path string, values map[string]string) (io.ReadCloser, error) {
	req, err := c.request(ctx, http.MethodGet, path, values, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.send(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp, values["q"], readFailure(resp))
}

// failure is the JSON of an error.
type failure struct {
	Error  string `json:"error"`
	Column int    `json:"column"`
	answer
}

// maxError bounds what is read of an error.
const maxError = 1 << 20

// readFailure reads an answer that is no success. What is no JSON of ours
// comes from something in between and leaves it empty.
func readFailure(resp *http.Response) failure {
	var f failure
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	if err != nil || json.Unmarshal(raw, &f) != nil {
		return failure{}
	}
	return f
}

func refusal(resp *http.Response, query string, f failure) *Error {
	e := &Error{Status: resp.StatusCode, Message: f.Error, Query: query, Column: f.Column}
	switch {
	case e.Message != "":
	case resp.StatusCode == http.StatusUnauthorized:
		e.Message = "the server wants a token"
	default:
		e.Message = fmt.Sprintf("%s answers %s", resp.Request.URL.Host, resp.Status)
	}
	return e
}
