package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/meta"
)

func newGate(t *testing.T, hosts ...Host) *Gate {
	t.Helper()
	db, err := meta.Open(filepath.Join(t.TempDir(), "meta.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	g, err := New(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := g.Settings()
	s.Hosts = hosts
	if _, err := g.Put(s); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestNothingLeavesBeforeItIsAllowed(t *testing.T) {
	g := newGate(t)
	u, _ := url.Parse("https://www.example.com/")
	var refused *RefusedError
	if _, err := g.Check(u); !errors.As(err, &refused) || refused.Host != "www.example.com" {
		t.Errorf("got %v", err)
	}
	if !g.Settings().NeverPrivate || len(g.Sources()) != 0 {
		t.Errorf("got %+v", g.Settings())
	}
}

func TestListSaysWhichHosts(t *testing.T) {
	g := newGate(t, Host{Host: "WWW.Example.com."}, Host{Host: "*.example.org"}, Host{Host: "soar.corp:8443", Internal: true}, Host{Host: "10.0.0.7"}, Host{Host: "fe80::7:8"}, Host{Host: "bücher.example"})
	tests := []struct {
		url  string
		want bool
	}{
		{"https://www.example.com/x", true},
		{"http://www.example.com:80/", true},
		{"https://WWW.EXAMPLE.COM./", true},
		{"https://www.example.com:8443/", false},
		{"https://example.com/", false},
		{"https://evil-www.example.com/", false},
		{"https://www.example.com.evil.example/", false},
		{"https://a.b.example.org/", true},
		{"https://example.org/", false},
		{"https://soar.corp:8443/", true},
		{"https://soar.corp/", false},
		{"http://10.0.0.7/", true},
		{"http://[::ffff:10.0.0.7]/", true},
		{"http://10.0.0.8/", false},
		{"http://0x0a000007/", false},
		{"http://167772167/", false},
		{"http://[fe80::7:8]/", true},
		{"https://xn--bcher-kva.example/", true},
		{"ftp://www.example.com/", false},
		{"https://user@www.example.com/", true},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Check(u); (err == nil) != tt.want {
			t.Errorf("%s: got %v", tt.url, err)
		}
	}
	sources := strings.Join(g.Sources(), " ")
	for _, want := range []string{"https://www.example.com", "https://*.example.org", "https://soar.corp:8443", "http://10.0.0.7", "https://xn--bcher-kva.example"} {
		if !strings.Contains(" "+sources+" ", " "+want+" ") {
			t.Errorf("got %s, want %s in it", sources, want)
		}
	}
	if strings.ContainsAny(sources, ";,'\"[") {
		t.Errorf("got %s, which says more to a browser", sources)
	}
}

func TestListRefusesWhatIsNoHost(t *testing.T) {
	g := newGate(t)
	for _, host := range []string{strings.Repeat("a.", 126) + "example", "", " ", "https://x.example", "x.example/", "x y", "*", "*.10.0.0.1", "x.example:", "x.example:0", "x.example:99999", "a;b", "x.example:080", "1.2.3"} {
		var bad *InvalidError
		s := g.Settings()
		s.Hosts = append(s.Hosts, Host{Host: host})
		if _, err := g.Put(s); !errors.As(err, &bad) {
			t.Errorf("%q: got %v", host, err)
		}
	}
	s := g.Settings()
	s.Version--
	if _, err := g.Put(s); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

// echo answers what it was asked, and how.
func echo(t *testing.T) (server *httptest.Server, host string) {
	t.Helper()
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		case "/long":
			io.WriteString(w, strings.Repeat("x", 100_000))
		case "/slow":
			<-r.Context().Done()
		case "/deny":
			w.Header().Set("X-Frame-Options", "deny")
		case "/same":
			w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		case "/none":
			w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
		case "/us":
			w.Header().Set("X-Frame-Options", "DENY")
			w.Header().Set("Content-Security-Policy", "frame-ancestors 'self' http://spoor.example:8080")
		case "/file":
			w.Header().Set("Content-Disposition", "attachment; filename=x")
		case "/nohead":
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			w.Header().Set("X-Frame-Options", "DENY")
		default:
			fmt.Fprintf(w, "%s %s %s referer=%q cookie=%q agent=%q", r.Method, r.URL, body, r.Referer(), r.Header.Get("Cookie"), r.UserAgent())
		}
	}))
	t.Cleanup(server.Close)
	u, _ := url.Parse(server.URL)
	return server, u.Host
}

func TestSendSendsAndSaysWhatCameBack(t *testing.T) {
	server, host := echo(t)
	g := newGate(t, Host{Host: host})
	a, err := g.Send(t.Context(), Request{Method: "POST", URL: server.URL + "/x?a=b", Body: "hello", Headers: http.Header{"Referer": {"https://spoor.example/"}}})
	if got, want := string(a.Body), `POST /x?a=b hello referer="" cookie="" agent="Spoor"`; err != nil || a.Status != 200 || got != want || a.Cut {
		t.Errorf("got %d %s, %v, want %s", a.Status, got, err, want)
	}
	if a, err = g.Send(t.Context(), Request{Method: "GET", URL: server.URL + "/away"}); err != nil || a.Status != 302 || a.Location != "http://192.0.2.1/" {
		t.Errorf("a redirection: got %+v, %v, want it unfollowed", a, err)
	}
	if a, err = g.Send(t.Context(), Request{Method: "GET", URL: server.URL + "/long", MaxAnswer: 1000}); err != nil || len(a.Body) != 1000 || !a.Cut {
		t.Errorf("a long answer: got %d bytes, %v", len(a.Body), err)
	}
	var failed *SendError
	if _, err = g.Send(t.Context(), Request{Method: "GET", URL: server.URL + "/slow", Timeout: 50 * time.Millisecond}); !errors.As(err, &failed) || !failed.Timeout {
		t.Errorf("a slow answer: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = g.Send(ctx, Request{Method: "GET", URL: server.URL + "/slow"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	server.Close()
	if _, err = g.Send(t.Context(), Request{Method: "GET", URL: server.URL}); !errors.As(err, &failed) || failed.Timeout {
		t.Errorf("nobody there: got %v", err)
	}
}

// Ensure that a name reaches an address of this network only if its entry says
// so, whatever it resolves to, and never one that keeps secrets.
func TestSendChecksTheAddressThatIsDialled(t *testing.T) {
	server, host := echo(t)
	_, port, _ := net.SplitHostPort(host)
	there := "http://localhost:" + port + "/"
	var refused *RefusedError
	g := newGate(t, Host{Host: "localhost:" + port})
	if _, err := g.Send(t.Context(), Request{Method: "GET", URL: there}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "not marked internal") {
		t.Errorf("got %v, want a refusal", err)
	}
	g = newGate(t, Host{Host: "localhost:" + port, Internal: true})
	if a, err := g.Send(t.Context(), Request{Method: "GET", URL: there}); err != nil || a.Status != 200 {
		t.Errorf("internal: got %+v, %v", a, err)
	}
	for _, secret := range []string{"169.254.169.254", "fd00:ec2::254", "0.0.0.0"} {
		g = newGate(t, Host{Host: secret, Internal: true})
		u := url.URL{Scheme: "http", Host: secret, Path: "/"}
		if strings.Contains(secret, ":") {
			u.Host = "[" + secret + "]"
		}
		if _, err := g.Send(t.Context(), Request{Method: "GET", URL: u.String()}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "never reached") {
			t.Errorf("%s: got %v", secret, err)
		}
	}
	if _, err := g.Send(t.Context(), Request{Method: "GET", URL: server.URL}); !errors.As(err, &refused) {
		t.Errorf("not on the list: got %v", err)
	}
}

func TestFrameSaysWhyNot(t *testing.T) {
	server, host := echo(t)
	g := newGate(t, Host{Host: host})
	tests := []struct{ path, ours, want string }{
		{"/", "http://spoor.example:8080", ""},
		{"/deny", "http://spoor.example:8080", "X-Frame-Options: DENY"},
		{"/same", "http://spoor.example:8080", "X-Frame-Options: SAMEORIGIN"},
		{"/none", "http://spoor.example:8080", "frame-ancestors 'none'"},
		{"/us", "http://spoor.example:8080", ""},
		{"/us", "http://other.example:8080", "frame-ancestors 'self' http://spoor.example:8080"},
		{"/file", "http://spoor.example:8080", "a file to be saved"},
		{"/nohead", "http://spoor.example:8080", "X-Frame-Options: DENY"},
		{"/away", "http://spoor.example:8080", "192.0.2.1 is not on the allow list"},
		{"/", "https://spoor.example:8080", "speaks http"},
	}
	for range 2 { // the second time from memory
		for _, tt := range tests {
			got := g.Frame(t.Context(), server.URL+tt.path, tt.ours)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%s in %s: got %q, want %q in it", tt.path, tt.ours, got, tt.want)
			}
		}
	}
	server.Close()
	if got := g.Frame(t.Context(), server.URL+"/deny", "http://spoor.example:8080"); !strings.Contains(got, "DENY") {
		t.Errorf("from memory: got %q", got)
	}
	if got := g.Frame(t.Context(), server.URL+"/new", "http://spoor.example:8080"); got == "" {
		t.Error("nobody there: got a frame")
	}
}

func TestAuditIsKeptNewestFirstAndBounded(t *testing.T) {
	g := newGate(t)
	for i := range 25 {
		e, err := g.Record(Event{Action: fmt.Sprint(i), URL: strings.Repeat("ü", 3000), Outcome: Sending})
		if err != nil || e.N != uint64(i+1) || e.Time.IsZero() {
			t.Fatalf("got %+v, %v", e, err)
		}
		e.Outcome, e.Status = Sent, 200
		if _, err := g.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	list, next, err := g.Audit(0, 10)
	if err != nil || len(list) != 10 || list[0].N != 25 || list[0].Status != 200 || next != 16 || len(list[0].URL) > maxEventURL+3 {
		t.Errorf("got %d from %d, next %d, %v", len(list), list[0].N, next, err)
	}
	if list, next, err = g.Audit(16, 100); err != nil || len(list) != 15 || list[0].N != 15 || next != 0 {
		t.Errorf("got %d, next %d, %v", len(list), next, err)
	}
	err = g.audit.Update(func(tx meta.Tx[Event]) error { return tx.Advance(MaxAudit + 24) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Record(Event{}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.audit.Get(meta.Number(25)); !errors.Is(err, meta.ErrNotFound) {
		t.Errorf("got %v, want the oldest gone", err)
	}
}

func TestSettingsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	for i := range 3 {
		db, err := meta.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		g, err := New(db, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := g.Settings()
		if len(s.Hosts) != i || s.NeverPrivate != (i == 0) {
			t.Errorf("start %d: got %+v", i, s)
		}
		s.Hosts, s.NeverPrivate = append(s.Hosts, Host{Host: fmt.Sprintf("h%d.example", i), Note: "n"}), false
		if _, err := g.Put(s); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzFrameAncestors: no header is taken for leave that it does not give.
func FuzzFrameAncestors(f *testing.F) {
	f.Add("frame-ancestors 'none'")
	f.Add("default-src *; FRAME-ANCESTORS https://*.example:*")
	f.Fuzz(func(t *testing.T, policy string) {
		sources, found := ancestors(policy)
		if found && len(sources) == 0 && admits(sources, "https://spoor.example") {
			t.Errorf("%q: got leave from nothing", policy)
		}
	})
}
