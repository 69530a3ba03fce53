package egress

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// frameTimeout bounds the look at a page before it is framed: a person
	// waits for it.
	frameTimeout = 4 * time.Second
	maxRedirects = 5
	// maxFrames bounds what is remembered, frameLife how long.
	maxFrames = 256
	frameLife = 10 * time.Minute
)

// frames remembers what pages said.
type frames struct {
	mu    sync.Mutex // guards known
	known map[string]framed
}

type framed struct {
	reason string
	until  time.Time
}

func (f *frames) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known = nil
}

// Frame says why the page at an address can't be shown in a frame of a page of
// origin ours (https://host:port); the empty text means that it can. It asks
// for the page's headers, on hosts of the list only.
func (g *Gate) Frame(ctx context.Context, address, ours string) (reason string) {
	key := ours + " " + address
	now := g.now()
	g.frames.mu.Lock()
	known, found := g.frames.known[key]
	g.frames.mu.Unlock()
	if found && now.Before(known.until) {
		return known.reason
	}
	reason = g.look(ctx, address, ours)
	if ctx.Err() != nil {
		return reason
	}
	g.frames.mu.Lock()
	defer g.frames.mu.Unlock()
	if g.frames.known == nil || len(g.frames.known) >= maxFrames {
		g.frames.known = map[string]framed{}
	}
	g.frames.known[key] = framed{reason, now.Add(frameLife)}
	return reason
}

// look asks for the headers, and those of where they send to.
func (g *Gate) look(ctx context.Context, address, ours string) string {
	ctx, cancel := context.WithTimeout(ctx, frameTimeout)
	defer cancel()
	for range maxRedirects + 1 {
		u, err := url.Parse(address)
		if err != nil {
			return fmt.Sprintf("%q is no address", address)
		}
		if u.Scheme == "http" && strings.HasPrefix(ours, "https:") {
			return fmt.Sprintf("%s speaks http, which browsers don't show inside a page of https", Name(u))
		}
		if r, err := g.allows(u); err != nil {
			return err.Error()
		} else if r.source == "" {
			return fmt.Sprintf("%s is an IPv6 address, which browsers can't be told to allow in a frame", Name(u))
		}
		status, headers, err := g.headers(ctx, address)
		if err != nil {
			return because(err)
		}
		if to := headers.Get("Location"); status >= 300 && status < 400 && to != "" {
			next, err := u.Parse(to)
			if err != nil {
				return fmt.Sprintf("%s sends to %q, which is no address", Name(u), to)
			}
			address = next.String()
			continue
		}
		return forbids(u, headers, ours)
	}
	return "it sends from one address to the next without an end"
}

func because(err error) string {
	var refused *RefusedError
	var failed *SendError
	switch {
	case errors.As(err, &refused), errors.As(err, &failed):
		return err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long to see whether it may be framed"
	}
	return "it could not be seen whether it may be framed"
}

// headers asks with HEAD, and with GET where that is not understood.
func (g *Gate) headers(ctx context.Context, address string) (status int, h http.Header, err error) {
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		r := Request{Method: method, URL: address, Timeout: frameTimeout}
		res, err := g.do(ctx, r)
		if err != nil {
			return 0, nil, explain(context.WithoutCancel(ctx), r, err)
		}
		res.Body.Close()
		if status, h = res.StatusCode, res.Header; status < 400 {
			break
		}
	}
	return status, h, nil
}

// forbids says which header of a page keeps it out of our frames. Where a
// policy names frame-ancestors, browsers leave X-Frame-Options aside.
// https://www.w3.org/TR/CSP3/#directive-frame-ancestors
func forbids(u *url.URL, h http.Header, ours string) string {
	host := Name(u)
	if kind, _, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && kind == "attachment" {
		return fmt.Sprintf("%s sends a file to be saved, not a page", host)
	}
	named := false
	for _, header := range h.Values("Content-Security-Policy") {
		for _, policy := range strings.Split(header, ",") {
			sources, found := ancestors(policy)
			if !found {
				continue
			}
			named = true
			if !admits(sources, ours) {
				return fmt.Sprintf("%s forbids frames (Content-Security-Policy: frame-ancestors %s)", host, cut(strings.Join(sources, " "), 100))
			}
		}
	}
	if named {
		return ""
	}
	for _, header := range h.Values("X-Frame-Options") {
		for _, word := range strings.Split(header, ",") {
			switch word = strings.ToUpper(strings.TrimSpace(word)); word {
			case "DENY", "SAMEORIGIN":
				return fmt.Sprintf("%s forbids frames (X-Frame-Options: %s)", host, word)
			}
		}
	}
	return ""
}

// ancestors are the sources of a policy's frame-ancestors.
func ancestors(policy string) (sources []string, found bool) {
	for _, directive := range strings.Split(policy, ";") {
		words := strings.Fields(directive)
		if len(words) > 0 && strings.EqualFold(words[0], "frame-ancestors") {
			return words[1:], true
		}
	}
	return nil, false
}

// admits says whether one of the sources is our origin.
func admits(sources []string, ours string) bool {
	us, err := url.Parse(ours)
	if err != nil {
		return false
	}
	for _, s := range sources {
		s = strings.ToLower(s)
		if s == "*" || s == us.Scheme+":" || s == "http:" && us.Scheme == "https" {
			return true
		}
		scheme, rest, found := strings.Cut(s, "://")
		if !found {
			scheme, rest = "", s
		}
		host, _, _ := strings.Cut(rest, "/")
		if (scheme == "" || scheme == us.Scheme || scheme == "http" && us.Scheme == "https") && fits(host, us) {
			return true
		}
	}
	return false
}

// fits says whether a host of a policy, *.example.org:* and the like, is that
// of an address.
func fits(pattern string, u *url.URL) bool {
	name, port := pattern, ""
	if i := strings.LastIndexByte(pattern, ':'); i > strings.LastIndexByte(pattern, ']') {
		name, port = pattern[:i], pattern[i+1:]
	}
	own := u.Port()
	if own == "" {
		own = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if port != "*" && port != own {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if below, found := strings.CutPrefix(name, "*."); found {
		return strings.HasSuffix(host, "."+below)
	}
	return name != "" && name == host
}
