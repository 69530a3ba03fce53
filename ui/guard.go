package ui

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// guard keeps other pages in the analyst's browser, and everybody without
// the token, away from the interface: any page can reach 127.0.0.1.
type guard struct {
	tokenText string
	names     map[string]bool
}

func newGuard(c Config) guard {
	g := guard{tokenText: c.Token, names: map[string]bool{}}
	for _, name := range c.Hosts {
		g.names[strings.ToLower(name)] = true
	}
	if c.Certificate != nil {
		for _, name := range c.Certificate.DNSNames {
			g.names[strings.ToLower(name)] = true
		}
		for _, ip := range c.Certificate.IPAddresses {
			g.names[ip.String()] = true
		}
	}
	return g
}

// policy lets the page load its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (g guard) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if answers(c.Request().URL.Path) {
			h.Set("Cache-Control", "no-store")
		}
		return next(c)
	}
}

// host refuses names that we do not listen on: without it a page of another
// site whose name is made to point to this machine would be same-origin.
func (g guard) host(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !g.listensOn(c.Request()) {
			return echo.NewHTTPError(http.StatusMisdirectedRequest,
				"this server is not known by the name in the Host header; add it with --host")
		}
		return next(c)
	}
}

func (g guard) listensOn(r *http.Request) bool {
	name := strings.ToLower(hostOnly(r.Host))
	if g.names[name] {
		return true
	}
	local, ok := localAddr(r)
	if !ok {
		return false
	}
	if name == "localhost" {
		return local.IsLoopback()
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap() == local
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

func localAddr(r *http.Request) (netip.Addr, bool) {
	a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}, false
	}
	ap, err := netip.ParseAddrPort(a.String())
	return ap.Addr().Unmap(), err == nil
}

// sameOrigin refuses changes that another site's page asks for, and what such
// a page would load without seeing it: a search costs us more than it costs
// the page to ask. Links to the page, and to a download, work.
func (g guard) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		site := r.Header.Get("Sec-Fetch-Site")
		foreign := site != "" && site != "same-origin" && site != "none"
		if safe(r.Method) {
			if foreign && answers(r.URL.Path) && !followsLink(r.Header) {
				return echo.NewHTTPError(http.StatusForbidden, "refused: the request comes from another site")
			}
			return next(c)
		}
		if foreign {
			return echo.NewHTTPError(http.StatusForbidden, "refused: the request comes from another site")
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			u, err := url.Parse(origin)
			if err != nil || !strings.EqualFold(u.Host, r.Host) {
				return echo.NewHTTPError(http.StatusForbidden, "refused: the Origin header names another site")
			}
		}
		return next(c)
	}
}

// answers says whether a path is one of the interface's, not of the page's.
func answers(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/packetfleet/") && path != "/packetfleet/" || path == "/metrics"
}

// followsLink says whether a person sees where the request leads: a frame of
// another site's page shows nothing of us, but would make us work.
func followsLink(h http.Header) bool {
	where := h.Get("Sec-Fetch-Dest")
	return h.Get("Sec-Fetch-Mode") == "navigate" && (where == "" || where == "document")
}

// json refuses changes without a JSON body: a form of another site can't
// send one.
func (g guard) json(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if safe(r.Method) || r.Method == http.MethodDelete {
			return next(c)
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType, "the body must be application/json")
		}
		return next(c)
	}
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// token asks for the bearer token, or for the cookie that signing in set.
func (g guard) token(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !g.signedIn(c.Request(), time.Now()) {
			c.Response().Header().Set("WWW-Authenticate", "Bearer")
			return echo.NewHTTPError(http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN")
		}
		return next(c)
	}
}

func (g guard) signedIn(r *http.Request, now time.Time) bool {
	if g.tokenText == "" {
		return true
	}
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return g.tokenIs(given)
	}
	cookie, err := r.Cookie(cookieName)
	return err == nil && g.cookieIs(cookie.Value, now)
}

func (g guard) tokenIs(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(g.tokenText))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

const (
	cookieName = "spoor_session"
	cookieLife = 12 * time.Hour
)

// cookie is good until it expires or the token changes; the server keeps
// nothing, so it outlives a restart.
func (g guard) cookie(now time.Time) *http.Cookie {
	expires := now.Add(cookieLife)
	value := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	return &http.Cookie{
		Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(g.sign(value)),
		Path: "/", Expires: expires, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	}
}

func (g guard) cookieIs(value string, now time.Time) bool {
	b, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(b) != 8+sha256.Size || !hmac.Equal(b, g.sign(b[:8:8])) {
		return false
	}
	return now.Before(time.Unix(int64(binary.BigEndian.Uint64(b)), 0))
}

func (g guard) sign(message []byte) []byte {
	mac := hmac.New(sha256.New, []byte(g.tokenText))
	mac.Write(message)
	return mac.Sum(message)
}
