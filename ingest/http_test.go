package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/labstack/echo/v4"

	"spoor/index"
)

func newServer(t *testing.T, p *Pipeline, o HTTPOptions) string {
	t.Helper()
	e := echo.New()
	Register(e.Group("/api/v1"), p, o)
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s.URL + "/api/v1/ingest"
}

type reply struct {
	status     int
	retryAfter string
	failure
}

func post(t *testing.T, url, encoding string, body io.Reader) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	return answerTo(t, req)
}

func answerTo(t *testing.T, req *http.Request) reply {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r := reply{status: res.StatusCode, retryAfter: res.Header.Get("Retry-After")}
	if err := json.NewDecoder(res.Body).Decode(&r.failure); err != nil {
		t.Fatal(err)
	}
	return r
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

func zstandard(text string) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return z.EncodeAll([]byte(text), nil)
}

// Ensure parameters are read strictly, and the answer says which is wrong.
func TestIngestRefusesBadParameters(t *testing.T) {
	s, p := newTest(Options{})
	url := newServer(t, p, HTTPOptions{})
	for query, want := range map[string]string{
		"sorce=1":                           "parameter sorce: unknown; known are tag, source, format, origin, file, tz",
		"source=-1":                         `parameter source: "-1" is no number from 0 to 4294967295`,
		"source=4294967296":                 `parameter source: "4294967296" is no number from 0 to 4294967295`,
		"source=1&source=2":                 "parameter source: given more than once",
		"format=xml":                        `parameter format: "xml" is unknown; known are zeek-tsv, zeek-json, json, syslog, access, text, packet`,
		"tz=Mars/Base":                      `parameter tz: "Mars/Base" is no time zone such as Europe/Berlin`,
		"tz=../../etc/passwd":               `parameter tz: "../../etc/passwd" is no time zone such as Europe/Berlin`,
		"tag=a+b":                           `parameter tag: a blank at byte 2 of "a b"`,
		"tag=a%00":                          "parameter tag: U+0000 at byte 2 is not printable",
		"tag=%ff":                           "parameter tag: not UTF-8",
		"origin=%0a":                        "parameter origin: U+000A at byte 1 is not printable",
		"file=" + strings.Repeat("x", 1025): "parameter file: 1025 bytes; at most 1024",
		"tag=" + strings.Repeat("x", 129):   "parameter tag: 129 bytes; at most 128",
		"%zz":                               `parameter query: invalid URL escape "%zz"`,
	} {
		r := post(t, url+"?"+query, "", strings.NewReader("line\n"))
		if r.status != 400 || r.failure.Error != want {
			t.Errorf("%s: got %d %q, want 400 %q", query, r.status, r.failure.Error, want)
		}
	}
	if len(s.entries) != 0 {
		t.Errorf("got %d entries, want none", len(s.entries))
	}
}

// Ensure a body is taken as it is, gzipped, in several gzip members, or in
// zstd, and its parameters stand in the stream.
func TestIngestTakesCompressedBodies(t *testing.T) {
	const text = "Mar 27 13:06:56 web sshd[1291]: one\nMar 27 13:06:57 web sshd[1291]: two\n"
	for name, c := range map[string]struct {
		encoding string
		body     []byte
	}{
		"plain":        {"", []byte(text)},
		"identity":     {"identity", []byte(text)},
		"gzip":         {"gzip", gzipped(text)},
		"gzip members": {"GZIP", append(gzipped(text[:40]), gzipped(text[40:])...)},
		"zstd":         {"zstd", zstandard(text)},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newTest(Options{})
			url := newServer(t, p, HTTPOptions{})
			r := post(t, url+"?tag=auth&source=9&origin=web&file=auth.log&tz=Europe/Berlin", c.encoding, bytes.NewReader(c.body))
			if r.status != 200 || r.Accepted != 2 || r.failure.Error != "" {
				t.Fatalf("got %+v, want 2 accepted", r)
			}
			e := s.entries[0]
			want := index.Stream{Tag: "auth", Source: 9, Format: index.Format{Name: "syslog"}, Origin: index.Origin{Host: "web", File: "auth.log"}}
			if *e.Stream != want {
				t.Errorf("got %+v, want %+v", *e.Stream, want)
			}
			if at := time.Date(2025, 3, 27, 12, 6, 56, 0, time.UTC); !e.Time.Equal(at) {
				t.Errorf("got %v, want %v", e.Time, at)
			}
		})
	}
}

// Ensure a damaged compressed body keeps the whole lines before the damage
// and says how many.
func TestIngestOfADamagedBody(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "line %d %x\n", i, i*i*7919)
	}
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	flip := func(b []byte) []byte { b[len(b)-5] ^= 1; return b }
	for name, c := range map[string]struct {
		encoding string
		body     []byte
		all      bool // the damage shows only behind the last line
	}{
		"gzip cut":      {"gzip", cut(gzipped(text.String())), false},
		"gzip checksum": {"gzip", flip(gzipped(text.String())), true},
		"zstd cut":      {"zstd", cut(zstandard(text.String())), false},
		"no gzip":       {"gzip", []byte("line 1\n"), false},
		"empty gzip":    {"gzip", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newTest(Options{})
			r := post(t, newServer(t, p, HTTPOptions{}), c.encoding, bytes.NewReader(c.body))
			if r.status != 400 || r.failure.Error == "" || r.Accepted != len(s.entries) || (r.Accepted == 20_000) != c.all {
				t.Errorf("got %d %q with %d accepted of %d stored", r.status, r.failure.Error, r.Accepted, len(s.entries))
			}
			for i, e := range s.entries {
				if want := fmt.Sprintf("line %d %x", i, i*i*7919); string(e.Raw) != want {
					t.Fatalf("got %q, want %q", e.Raw, want)
				}
			}
		})
	}
}

// Ensure a body over the limit is refused whatever it is compressed to, and
// one of just the limit is not.
func TestIngestLimitsBodies(t *testing.T) {
	text := strings.Repeat("0123456789abcde\n", 4096) // 64 KiB
	for name, c := range map[string]struct {
		encoding string
		body     io.Reader
		max      int64
		want     int
	}{
		"just the limit":        {"", strings.NewReader(text), 64 << 10, 200},
		"just the limit, gzip":  {"gzip", bytes.NewReader(gzipped(text)), 64 << 10, 200},
		"said to be longer":     {"", strings.NewReader(text), 64<<10 - 1, 413},
		"longer":                {"", io.MultiReader(strings.NewReader(text)), 64<<10 - 1, 413},
		"longer in gzip":        {"gzip", bytes.NewReader(gzipped(text)), 64<<10 - 1, 413},
		"longer in zstd":        {"zstd", bytes.NewReader(zstandard(text)), 64<<10 - 1, 413},
		"a bomb":                {"gzip", bytes.NewReader(gzipped(strings.Repeat(text, 256))), 64 << 10, 413},
		"unknown encoding":      {"br", strings.NewReader(text), 64 << 10, 415},
		"two encodings at once": {"gzip, gzip", strings.NewReader(text), 64 << 10, 415},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newTest(Options{})
			r := post(t, newServer(t, p, HTTPOptions{MaxBytes: c.max}), c.encoding, c.body)
			if r.status != c.want || r.Accepted != len(s.entries) {
				t.Errorf("got %d %q with %d accepted of %d stored, want %d", r.status, r.failure.Error, r.Accepted, len(s.entries), c.want)
			}
		})
	}
}

// Ensure the store's troubles have the statuses that docs/api.md promises.
func TestIngestStatuses(t *testing.T) {
	for err, want := range map[error]struct {
		status int
		retry  string
	}{
		index.ErrBehind:         {429, "1"},
		index.ErrNoSpace:        {507, ""},
		index.ErrTooManyStreams: {400, ""},
		index.ErrClosed:         {503, "1"},
		io.ErrShortWrite:        {500, ""},
	} {
		s, p := newTest(Options{BatchEntries: 1, MaxWait: time.Nanosecond})
		s.fail = map[int]error{1: err}
		r := post(t, newServer(t, p, HTTPOptions{}), "", strings.NewReader("1\n2\n3\n"))
		if r.status != want.status || r.retryAfter != want.retry || r.Accepted != 1 {
			t.Errorf("%v: got %d, Retry-After %q, %d accepted, want %v and 1", err, r.status, r.retryAfter, r.Accepted, want)
		}
	}
}

// Ensure only so many bodies are read at once.
func TestIngestBoundsBodiesAtOnce(t *testing.T) {
	s, p := newTest(Options{})
	s.entered, s.hold = make(chan struct{}), make(chan struct{})
	url := newServer(t, p, HTTPOptions{MaxBodies: 1, Wait: time.Millisecond})
	first := make(chan reply)
	go func() { first <- post(t, url, "", strings.NewReader("one\n")) }()
	<-s.entered
	if r := post(t, url, "", strings.NewReader("two\n")); r.status != 429 || r.retryAfter == "" {
		t.Errorf("got %+v, want 429", r)
	}
	close(s.hold)
	if r := <-first; r.status != 200 || r.Accepted != 1 {
		t.Errorf("got %+v, want 1 accepted", r)
	}
}
