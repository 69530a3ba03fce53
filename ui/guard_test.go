package ui

import (
	"net/http"
	"testing"
	"time"
)

// Any page in the analyst's browser can send requests to 127.0.0.1. Ensure
// that another site's page can neither read nor change anything.
func TestOtherSitesAreRefused(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Hosts = []string{"Spoor.example"} })
	cases := []struct {
		name   string
		method string
		path   string
		body   any
		change []func(*http.Request)
		want   int
	}{
		{"own address", "GET", "/api/v1/streams", nil, nil, 200},
		{"localhost", "GET", "/api/v1/streams", nil, with("Host", "localhost:9000"), 200},
		{"configured name", "GET", "/api/v1/streams", nil, with("Host", "spoor.example"), 200},
		{"rebound name", "GET", "/api/v1/streams", nil, with("Host", "evil.example"), 421},
		{"rebound name, page", "GET", "/", nil, with("Host", "evil.example"), 421},
		{"another address", "GET", "/api/v1/streams", nil, with("Host", "127.0.0.2"), 421},
		{"no origin", "POST", "/api/v1/ingest", "a line", nil, 200},
		{"own origin", "POST", "/api/v1/ingest", "a line", with("Origin", s.URL), 200},
		{"other origin", "POST", "/api/v1/ingest", "a line", with("Origin", "https://evil.example"), 403},
		{"null origin", "POST", "/api/v1/ingest", "a line", with("Origin", "null"), 403},
		{"other port", "POST", "/api/v1/ingest", "a line", with("Origin", "http://127.0.0.1:1"), 403},
		{"cross-site", "POST", "/api/v1/ingest", "a line", with("Sec-Fetch-Site", "cross-site"), 403},
		{"same-site is not same-origin", "POST", "/api/v1/ingest", "a line", with("Sec-Fetch-Site", "same-site"), 403},
		{"same-origin", "POST", "/api/v1/ingest", "a line", with("Sec-Fetch-Site", "same-origin"), 200},
		{"cross-site delete", "DELETE", "/api/v1/actionables/address?version=1", nil, with("Origin", "https://evil.example"), 403},
		{"a form's body", "POST", "/api/v1/actionables/test", `{"text":"x"}`, with("Content-Type", "text/plain"), 415},
		{"JSON body", "POST", "/api/v1/actionables/test", `{"text":"x"}`, nil, 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, answer := s.ask(c.method, c.path, c.body, c.change...); got != c.want {
				t.Errorf("got %d %v, want %d", got, answer, c.want)
			}
		})
	}
}

func with(name, value string) []func(*http.Request) {
	return []func(*http.Request){header(name, value)}
}

// Ensure that another site's page can't make the server search, but can link
// to it.
func TestOtherSitesCantLoadAnswers(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		path, site, mode, where string
		want                    int
	}{
		{"/api/v1/search", "cross-site", "no-cors", "image", 403},
		{"/api/v1/search", "same-site", "cors", "empty", 403},
		{"/api/v1/search", "same-origin", "cors", "empty", 200},
		{"/api/v1/search", "none", "navigate", "document", 200},
		{"/api/v1/export", "cross-site", "navigate", "document", 200},
		{"/api/v1/export", "cross-site", "navigate", "iframe", 403},
		{"/api/v1/search", "same-site", "navigate", "object", 403},
		{"/packetfleet/status", "cross-site", "no-cors", "script", 403},
		{"/fleet?q=port+1", "cross-site", "navigate", "document", 200},
		{"/metrics", "cross-site", "no-cors", "image", 403},
		{"/", "cross-site", "navigate", "document", 200},
		{"/api/v1/search", "", "", "", 200},
	} {
		code, _ := s.ask("GET", c.path, nil, header("Sec-Fetch-Site", c.site), header("Sec-Fetch-Mode", c.mode), header("Sec-Fetch-Dest", c.where))
		if code != c.want {
			t.Errorf("%+v: got %d", c, code)
		}
	}
}

// Ensure that with a token nothing but health, the page's files and signing
// in answers without it.
func TestTokenGuardsEverything(t *testing.T) {
	const token = "0123456789abcdef"
	s := newSite(t, func(c *Config) { c.Token = token })
	for _, path := range []string{"/api/v1/search", "/api/v1/jobs", "/api/v1/events", "/api/v1/streams", "/metrics", "/api/v1/export"} {
		if got, _ := s.ask("GET", path, nil); got != 401 {
			t.Errorf("%s without a token: got %d, want 401", path, got)
		}
	}
	if got, _ := s.ask("POST", "/api/v1/ingest", "a line"); got != 401 {
		t.Errorf("ingest without a token: got %d, want 401", got)
	}
	for _, path := range []string{"/", "/healthz", "/readyz"} {
		if got, _ := s.ask("GET", path, nil); got != 200 {
			t.Errorf("%s: got %d, want 200", path, got)
		}
	}
	if got, _ := s.ask("GET", "/api/v1/streams", nil, header("Authorization", "Bearer "+token)); got != 200 {
		t.Errorf("with the token: got %d, want 200", got)
	}
	if got, _ := s.ask("GET", "/api/v1/streams", nil, header("Authorization", "Bearer wrong")); got != 401 {
		t.Errorf("with a wrong token: got %d, want 401", got)
	}
	if got, _ := s.ask("POST", "/api/v1/session", map[string]string{"token": "wrong"}); got != 401 {
		t.Errorf("signing in with a wrong token: got %d, want 401", got)
	}
	if got, _ := s.ask("POST", "/api/v1/session", map[string]string{"token": token}); got != 204 {
		t.Errorf("signing in: got %d, want 204", got)
	}
}

// Ensure that the cookie of signing in is good until it expires, and only as
// it was handed out.
func TestCookieExpiresAndCantBeForged(t *testing.T) {
	g := newGuard(Config{Token: "0123456789abcdef"})
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	cookie := g.cookie(now)
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %v is open to scripts or other sites", cookie)
	}
	request := func(value string) *http.Request {
		r, err := http.NewRequest("GET", "/", nil)
		must(t, err)
		r.AddCookie(&http.Cookie{Name: cookieName, Value: value})
		return r
	}
	forged := []byte(cookie.Value)
	forged[0] ^= 1
	other := newGuard(Config{Token: "another token of it"}).cookie(now)
	cases := []struct {
		name  string
		value string
		at    time.Time
		want  bool
	}{
		{"fresh", cookie.Value, now, true},
		{"just before its end", cookie.Value, now.Add(cookieLife - time.Second), true},
		{"expired", cookie.Value, now.Add(cookieLife), false},
		{"forged", string(forged), now, false},
		{"of another token", other.Value, now, false},
		{"empty", "", now, false},
		{"no base64", "%%%", now, false},
	}
	for _, c := range cases {
		if got := g.signedIn(request(c.value), c.at); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Ensure that every answer carries the policy that keeps scripts of lines
// from running.
func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/api/v1/streams", "/nothing", "/api/v1/search?q=%28"} {
		answer, err := s.Client().Get(s.URL + path)
		must(t, err)
		answer.Body.Close()
		if got := answer.Header.Get("Content-Security-Policy"); got != policy {
			t.Errorf("%s: got policy %q", path, got)
		}
		if got := answer.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: got X-Content-Type-Options %q", path, got)
		}
	}
}
