package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"spoor/internal/ipkind"
)

// Request is a request to another host.
type Request struct {
	Method  string
	URL     string
	Headers http.Header
	Body    string
	// Timeout bounds all of it; 0 means 10 s.
	Timeout time.Duration
	// MaxAnswer bounds what is read of the answer's body; 0 means 64 KiB.
	MaxAnswer int
}

// Answer is what came back.
type Answer struct {
	Status int
	// Type is the answer's Content-Type, Location where it sends elsewhere.
	Type, Location string
	Body           []byte
	// Cut says that Body is the beginning only.
	Cut  bool
	Took time.Duration
}

// SendError says why there is no answer.
type SendError struct {
	Host string
	// Timeout says that it took too long.
	Timeout bool
	// Reason says why.
	Reason string
}

func (e *SendError) Error() string { return fmt.Sprintf("%s: %s", e.Host, e.Reason) }

const (
	defaultTimeout = 10 * time.Second
	defaultAnswer  = 64 << 10
	maxHeader      = 64 << 10
	dialTimeout    = 5 * time.Second
	agent          = "Spoor"
)

// Send sends a request to a host of the list. A redirection is an answer, and
// is not followed; no cookies, no referrer and no credentials of ours go with
// it, and no proxy is used: the address that is connected to is the one that
// is checked. The error is a *RefusedError or a *SendError, or that of ctx.
func (g *Gate) Send(ctx context.Context, r Request) (Answer, error) {
	start := g.now()
	if r.Timeout == 0 {
		r.Timeout = defaultTimeout
	}
	if r.MaxAnswer == 0 {
		r.MaxAnswer = defaultAnswer
	}
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	res, err := g.do(limited, r)
	if err != nil {
		return Answer{}, explain(ctx, r, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(r.MaxAnswer)+1))
	if err != nil {
		return Answer{}, explain(ctx, r, err)
	}
	a := Answer{Status: res.StatusCode, Type: res.Header.Get("Content-Type"), Location: res.Header.Get("Location"), Body: body}
	if len(body) > r.MaxAnswer {
		a.Body, a.Cut = body[:r.MaxAnswer], true
	}
	a.Took = g.now().Sub(start)
	return a, nil
}

// do sends one request. The caller closes the body of the answer.
func (g *Gate) do(ctx context.Context, r Request) (*http.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, &RefusedError{"", fmt.Sprintf("%q is no address", r.URL)}
	}
	host, err := g.allows(u)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return nil, &RefusedError{host.Host.Host, err.Error()}
	}
	for name, values := range r.Headers {
		req.Header[name] = values
	}
	req.Header.Del("Referer")
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", agent)
	}
	// A connection belongs to one check: none is used again.
	transport := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialTimeout, ControlContext: host.control}).DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client.Do(req)
}

// control looks at the address that is about to be connected to, after the
// name was resolved: a name that points elsewhere the second time gains
// nothing.
func (r rule) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedError{r.Host.Host, fmt.Sprintf("%s: %s is no address", r.Host.Host, address)}
	}
	a := to.Addr().Unmap().WithZone("")
	switch {
	case ipkind.Never(a):
		return &RefusedError{r.Host.Host, fmt.Sprintf("%s is at %s, which is never reached", r.Host.Host, a)}
	case !ipkind.Public(a) && !r.Internal && r.addr != a:
		return &RefusedError{r.Host.Host, fmt.Sprintf("%s is at %s, an address of this network, and is not marked internal", r.Host.Host, a)}
	}
	return nil
}

// explain puts an error into words for whoever sees the answer.
func explain(ctx context.Context, r Request, err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	host := r.URL
	if u, bad := url.Parse(r.URL); bad == nil {
		host = Name(u)
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return &SendError{Host: host, Timeout: true, Reason: fmt.Sprintf("no answer after %v", r.Timeout)}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the address, which holds the value
	}
	return &SendError{Host: host, Reason: err.Error()}
}
