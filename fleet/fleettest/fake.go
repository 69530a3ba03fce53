// Package fleettest has packet recorders for tests: Fake, which does what a
// test tells it, and Real, which is Google's Stenographer.
package fleettest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/internal/pki"
)

// Query is what a Fake was asked.
type Query struct {
	Method, Path string
	Filter       string // the body
	Packets      string // the header Steno-Limit-Packets
	Bytes        string // the header Steno-Limit-Bytes
}

// Answer writes what a Fake answers. It is called by many requests at once.
type Answer func(w http.ResponseWriter, r *http.Request)

// Fake is a recorder on a port of 127.0.0.1, over real mutual TLS. What it is
// asked at /debug/stats is answered by Stats, and is no Query.
type Fake struct {
	Files  pki.Files // its certificates and its client's
	server *httptest.Server

	mu      sync.Mutex // guards what follows
	answer  Answer
	stats   string
	queries []Query
}

// Stats changes what f answers at /debug/stats from now on: lines of a name, a
// tab and a number. It is nothing at first.
func (f *Fake) Stats(lines string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats = lines
}

// NewFake starts a recorder whose certificates have names. It stops when the
// test ends.
func NewFake(t testing.TB, a Answer) *Fake { return NewFakeWith(t, pki.Options{}, a) }

// NewFakeWith is NewFake with certificates of another kind.
func NewFakeWith(t testing.TB, o pki.Options, a Answer) *Fake {
	t.Helper()
	f := &Fake{answer: a}
	var err error
	if f.Files, err = pki.WriteRegion(filepath.Join(t.TempDir(), "certs"), o); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(f.Files.Server, f.Files.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(f.Files.CA)
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(ca)
	f.server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what some tests want
	f.server.TLS = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
	}
	f.server.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// Close ends the requests that are running and waits for them.
func (f *Fake) Close() {
	f.server.CloseClientConnections()
	f.server.Close()
}

// Config returns how to reach f, under a name of the caller's choice.
func (f *Fake) Config(name string) fleet.SensorConfig {
	return fleet.SensorConfig{
		Name: name, URL: f.server.URL,
		CA: f.Files.CA, Cert: f.Files.Client, Key: f.Files.ClientKey,
	}
}

// Sensor returns a client of f.
func (f *Fake) Sensor(t testing.TB, name string) *fleet.Stenographer {
	t.Helper()
	s, err := fleet.NewStenographer(f.Config(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Answer changes what f answers from now on.
func (f *Fake) Answer(a Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = a
}

// Queries returns what f was asked so far, in order.
func (f *Fake) Queries() []Query {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Query(nil), f.queries...)
}

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/debug/stats" {
		f.mu.Lock()
		defer f.mu.Unlock()
		io.WriteString(w, f.stats)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	a := f.answer
	f.queries = append(f.queries, Query{
		Method: r.Method, Path: r.URL.Path, Filter: string(body),
		Packets: r.Header.Get("Steno-Limit-Packets"), Bytes: r.Header.Get("Steno-Limit-Bytes"),
	})
	f.mu.Unlock()
	a(w, r)
}

// Capture answers 200 and a capture file.
func Capture(file []byte) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(file) // a client that is gone is that test's purpose
	}
}

// Status answers an error.
func Status(code int, text string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, code) }
}

// Delay waits before it lets a answer.
func Delay(d time.Duration, a Answer) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			a(w, r)
		case <-r.Context().Done():
		}
	}
}

// Drip answers a capture file in pieces of n bytes, each when next has a
// value, and the rest at once when next is closed.
func Drip(file []byte, n int, next <-chan struct{}) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		for rest := file; len(rest) > 0; {
			piece := rest[:min(n, len(rest))]
			rest = rest[len(piece):]
			w.Write(piece)
			w.(http.Flusher).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// CutOff answers the first n bytes of a capture file and closes the
// connection in the middle of the body.
func CutOff(file []byte, n int) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Write(file[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Short answers the first n bytes of a capture file as if they were all.
func Short(file []byte, n int) Answer { return Capture(file[:n]) }

// Hang answers the beginning of a capture file and then nothing, until the
// client goes. It closes gone then.
func Hang(file []byte, n int, gone chan<- struct{}) Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Write(file[:n])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	}
}
