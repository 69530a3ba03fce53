package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// server starts a server whose handler a test writes by hand, and a client
// of it that notes how long it would sleep.
func server(t *testing.T, h http.HandlerFunc) (*Client, *[]time.Duration) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(s.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var slept []time.Duration
	c.sleep = func(ctx context.Context, d time.Duration) error {
		slept = append(slept, d)
		return ctx.Err()
	}
	return c, &slept
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func TestIngestSendsWhatItIsTold(t *testing.T) {
	path := file(t, "conn.log", "one\ntwo\n")
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := r.Method + " " + r.URL.Path + " " + r.URL.Query().Encode() + " " + string(body)
		want := "POST /api/v1/ingest file=" + strings.ReplaceAll(path, "/", "%2F") +
			"&format=zeek-tsv&origin=sensor+1&source=100&tag=zeek.conn&tz=Europe%2FBerlin one\ntwo\n"
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if e := r.Header.Get("Content-Encoding"); e != "" {
			t.Errorf("got encoding %q, want none", e)
		}
		fail(w, 200, `{"accepted":1,"rejected":1,"errors":[{"line":2,"error":"no time"}],"notes":["n"]}`)
	})
	var last Progress
	p := Params{Tag: "zeek.conn", Source: 100, Format: "zeek-tsv", Origin: "sensor 1", Zone: "Europe/Berlin"}
	got := c.Ingest(t.Context(), []string{path}, p, func(p Progress) { last = p })
	want := `[{"File":"` + path + `","Accepted":1,"Rejected":1,"Errors":[{"line":2,"error":"no time"}],"Notes":["n"],"Err":null}]`
	if b, _ := json.Marshal(got); string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	if want := (Progress{path, 8, 8}); last != want {
		t.Errorf("got progress %+v, want %+v", last, want)
	}
}

// Ensure compressed files are told by their bytes and sent as they are.
func TestIngestSendsCompressedFilesAsTheyAre(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "line\n")
	z.Close()
	tests := []struct{ name, text, encoding string }{
		{"a.log.gz", zipped.String(), "gzip"},
		{"a.log.1", zipped.String(), "gzip"},
		{"a.log.zst", "\x28\xb5\x2f\xfdrest", "zstd"},
		{"plain.gz", "line\n", ""},
		{"short", "l", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if got := r.Header.Get("Content-Encoding"); got != tt.encoding || string(body) != tt.text {
				t.Errorf("%s: got %q %q, want %q %q", tt.name, got, body, tt.encoding, tt.text)
			}
			fail(w, 200, `{"accepted":1}`)
		})
		if a := c.Ingest(t.Context(), []string{file(t, tt.name, tt.text)}, Params{}, nil); a[0].Err != nil || a[0].Accepted != 1 {
			t.Errorf("%s: got %+v", tt.name, a)
		}
	}
}

func TestIngestReadsStdin(t *testing.T) {
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got, want := r.URL.RawQuery+string(body), "line\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		fail(w, 200, `{"accepted":1}`)
	})
	var last Progress
	a := c.Ingest(t.Context(), []string{"-"}, Params{Stdin: strings.NewReader("line\n")}, func(p Progress) { last = p })
	if a[0].Err != nil || last != (Progress{"-", 5, -1}) {
		t.Errorf("got %+v, %+v", a, last)
	}
}

// Ensure a server that is behind is asked again after the time it names, with
// the whole file, and not for ever longer than MaxWait at a time.
func TestIngestComesAgainAfterRetryAfter(t *testing.T) {
	var mu sync.Mutex
	tries := 0
	c, slept := server(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		tries++
		waits := []string{"3", "", "999999"}
		if tries == 2 {
			io.ReadAll(r.Body) // it got behind after reading
		}
		if tries <= len(waits) {
			w.Header().Set("Retry-After", waits[tries-1])
			fail(w, 429, `{"error":"behind"}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fail(w, 200, fmt.Sprintf(`{"accepted":%d}`, len(body)))
	})
	a := c.Ingest(t.Context(), []string{file(t, "a", strings.Repeat("x", 1<<20))}, Params{}, nil)
	if a[0].Err != nil || a[0].Accepted != 1<<20 {
		t.Errorf("got %+v, want all bytes", a)
	}
	if want := []time.Duration{3 * time.Second, time.Second, time.Minute}; !slices.Equal(*slept, want) {
		t.Errorf("got %v, want %v", *slept, want)
	}
}

// Ensure a file of which a part was accepted is sent again under the key that
// lets the server store it once, and what can't be read again is not.
func TestIngestSendsAFileAgainUnderItsKey(t *testing.T) {
	keys := map[string][]string{}
	c, slept := server(t, func(w http.ResponseWriter, r *http.Request) {
		io.ReadAll(r.Body)
		name := filepath.Base(r.URL.Query().Get("file"))
		keys[name] = append(keys[name], r.Header.Get("Idempotency-Key"))
		if name == "." || len(keys[name]) == 1 {
			w.Header().Set("Retry-After", "1")
			fail(w, 429, `{"error":"behind","accepted":7}`)
			return
		}
		fail(w, 200, `{"accepted":9}`)
	})
	a := c.Ingest(t.Context(), []string{file(t, "a", "x\n"), file(t, "b", "x\n"), "-"}, Params{Stdin: strings.NewReader("y\n")}, nil)
	for i, name := range []string{"a", "b"} {
		if a[i].Err != nil || a[i].Accepted != 9 {
			t.Errorf("%s: got %+v, want 9 accepted", name, a[i])
		}
		if k := keys[name]; len(k) != 2 || k[0] == "" || k[0] != k[1] {
			t.Errorf("%s: got keys %q, want the same one twice", name, k)
		}
	}
	if keys["a"][0] == keys["b"][0] {
		t.Error("two files have the same key")
	}
	var bad *Error
	if !errors.As(a[2].Err, &bad) || bad.Status != 429 || a[2].Accepted != 7 || len(keys["."]) != 1 {
		t.Errorf("stdin: got %+v after %d tries", a[2], len(keys["."]))
	}
	if len(*slept) != 2 {
		t.Errorf("waited %d times, want 2", len(*slept))
	}
}

// Ensure stdin that nobody has read yet is kept for the next try.
func TestIngestKeepsStdinForTheNextTry(t *testing.T) {
	tries := 0
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			fail(w, 429, `{"error":"behind"}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fail(w, 200, `{"accepted":`+strconv.Itoa(len(body))+`}`)
	})
	a := c.Ingest(t.Context(), []string{"-"}, Params{Stdin: strings.NewReader("12345")}, nil)
	if a[0].Err != nil || a[0].Accepted != 5 {
		t.Errorf("got %+v, want 5 accepted at the second try", a[0])
	}
}

// Ensure one bad file does not stop the others, and says what the server said.
func TestIngestGoesOnAfterABadFile(t *testing.T) {
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) == "bad" {
			fail(w, 400, `{"error":"gzip body is damaged at byte 3","accepted":2}`)
			return
		}
		fail(w, 200, `{"accepted":1}`)
	})
	dir := t.TempDir()
	a := c.Ingest(t.Context(), []string{file(t, "a", "bad"), filepath.Join(dir, "none"), dir, file(t, "b", "ok")}, Params{}, nil)
	var bad *Error
	if len(a) != 4 || !errors.As(a[0].Err, &bad) || bad.Status != 400 || bad.Message != "gzip body is damaged at byte 3" || a[0].Accepted != 2 {
		t.Fatalf("got %+v", a)
	}
	if !errors.Is(a[1].Err, os.ErrNotExist) || a[2].Err == nil || a[3].Err != nil || a[3].Accepted != 1 {
		t.Errorf("got %+v", a[1:])
	}
}

func TestIngestStopsWhenNobodyAnswers(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	c, err := New(s.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := c.Ingest(t.Context(), []string{file(t, "a", "x"), file(t, "b", "x")}, Params{}, nil)
	if len(a) != 1 || !errors.Is(a[0].Err, ErrUnreachable) || !strings.Contains(a[0].Err.Error(), s.URL) {
		t.Errorf("got %+v, want one ErrUnreachable with %s", a, s.URL)
	}
}

// pages serves n entries in pages, oldest number last.
func pages(t *testing.T, n int, asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		*asked = append(*asked, r.URL.Path+"?"+q.Encode())
		at, _ := strconv.Atoi(q.Get("cursor"))
		limit, err := strconv.Atoi(q.Get("limit"))
		if err != nil {
			t.Errorf("got limit %q", q.Get("limit"))
		}
		limit = min(limit, 3) // a server may give less than was asked for
		var entries []string
		for ; at < n && limit > 0; at++ {
			entries = append(entries, fmt.Sprintf(`{"id":"%d","time":"2020-05-01T07:09:23.5Z","tag":"t","raw":"r%d","extra":1}`, at, at))
			limit--
		}
		next := ""
		if at < n && len(entries) > 0 {
			next = fmt.Sprintf(`,"next":"%d"`, at)
		}
		fail(w, 200, fmt.Sprintf(`{"total":%d,"exact":true,"entries":[%s]%s}`, n, strings.Join(entries, ","), next))
	}
}

func TestSearchPagesThrough(t *testing.T) {
	tests := []struct{ stored, limit, want int }{
		{8, 100, 8}, {8, 5, 5}, {8, 6, 6}, {8, 0, 0}, {0, 10, 0}, {3, 3, 3}, {8, 1, 1},
	}
	for _, tt := range tests {
		var asked []string
		c, _ := server(t, pages(t, tt.stored, &asked))
		var got []string
		f, err := c.Search(t.Context(), Request{Query: "a b", From: "1", To: "2", Limit: tt.limit, Oldest: true}, func(e Entry) error {
			got = append(got, e.ID)
			if e.Raw != "r"+e.ID || e.Time.Year() != 2020 || !bytes.Contains(e.JSON, []byte(`"extra":1`)) {
				t.Errorf("got %+v", e)
			}
			return nil
		})
		if err != nil || len(got) != tt.want || !reflect.DeepEqual(f, Found{Total: tt.stored, Exact: true, Given: tt.want}) {
			t.Errorf("%+v: got %v, %+v, %v", tt, got, f, err)
		}
		if want := "/api/v1/search?from=1&limit=" + strconv.Itoa(tt.limit) + "&order=oldest&q=a+b&to=2"; asked[0] != want {
			t.Errorf("got %s, want %s", asked[0], want)
		}
	}
}

func TestSearchStopsWithItsReader(t *testing.T) {
	var asked []string
	c, _ := server(t, pages(t, 8, &asked))
	boom := errors.New("boom")
	if _, err := c.Search(t.Context(), Request{Limit: 8}, func(Entry) error { return boom }); !errors.Is(err, boom) || len(asked) != 1 {
		t.Errorf("got %v after %d pages, want boom after 1", err, len(asked))
	}
}

func TestSearchRefusesToTurnInCircles(t *testing.T) {
	c, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		fail(w, 200, `{"entries":[],"next":"x"}`)
	})
	if _, err := c.Search(t.Context(), Request{Limit: 8}, func(Entry) error { return nil }); err == nil {
		t.Error("got no error")
	}
}

// Ensure a bad query shows where it is bad.
func TestBadQueryIsMarked(t *testing.T) {
	c, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		fail(w, 400, `{"error":"query \"ä\tsrc:\": column 7: missing value","column":7}`)
	})
	_, err := c.Search(t.Context(), Request{Query: "ä\tsrc:"}, nil)
	want := "query \"ä\tsrc:\": column 7: missing value\n  ä src:\n        ^"
	var bad *Error
	if !errors.As(err, &bad) || bad.Status != 400 || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAnswersThatAreNotOurs(t *testing.T) {
	tests := []struct {
		status int
		body   string
		want   string
	}{
		{502, "<html>proxy", "502 Bad Gateway"},
		{401, "", "token"},
		{302, "", "302 Found"},
		{200, "<html>", "read the answer"},
		{500, strings.Repeat("x", maxError+10), "500"},
	}
	for _, tt := range tests {
		c, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			fail(w, tt.status, tt.body)
		})
		if _, err := c.Search(t.Context(), Request{}, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d: got %v, want %q in it", tt.status, err, tt.want)
		}
	}
}

func TestExportStreams(t *testing.T) {
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.URL.Path+"?"+r.URL.RawQuery, "/api/v1/export?format=pcap&order=oldest&q=src%3A100"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		io.WriteString(w, "capture")
	})
	var b strings.Builder
	if n, err := c.Export(t.Context(), Request{Query: "src:100"}, "pcap", &b); n != 7 || err != nil || b.String() != "capture" {
		t.Errorf("got %d, %v, %q", n, err, b.String())
	}
}

// Ensure an export that breaks off is an error, not a short file.
func TestExportThatBreaksOffIsAnError(t *testing.T) {
	c, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	if n, err := c.Export(t.Context(), Request{}, "raw", io.Discard); err == nil || n != 4 {
		t.Errorf("got %d, %v, want an error after 4 bytes", n, err)
	}
}

func TestTokenAndCA(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Header.Get("Authorization"), "Bearer secret"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		fail(w, 200, `{"total":1}`)
	}))
	t.Cleanup(s.Close)
	ca := file(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	c, err := New(s.URL, Options{Token: "secret", CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := c.Search(t.Context(), Request{}, nil); err != nil || f.Total != 1 {
		t.Errorf("got %+v, %v", f, err)
	}
	stranger, err := New(s.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Search(t.Context(), Request{}, nil); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the certificate", err)
	}
}

func TestNewRefusesWhatCantWork(t *testing.T) {
	empty := file(t, "empty.pem", "no certificate")
	tests := []struct {
		server string
		o      Options
		want   string
	}{
		{"127.0.0.1:8080", Options{}, "want http://"},
		{"ftp://x", Options{}, "want http://"},
		{"http://", Options{}, "want http://"},
		{"http://logs.example:8080", Options{Token: "t"}, "https only"},
		{"https://x", Options{CA: empty}, "no certificate"},
		{"https://x", Options{CA: empty + "x"}, "no such file"},
	}
	for _, tt := range tests {
		if _, err := New(tt.server, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", tt.server, err, tt.want)
		}
	}
	for _, ok := range []string{"http://localhost:1", "http://[::1]:1", "https://logs.example"} {
		if _, err := New(ok, Options{Token: "t"}); err != nil {
			t.Errorf("%s: got %v", ok, err)
		}
	}
}

func TestCancelEndsASearch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := server(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := c.Search(ctx, Request{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}
