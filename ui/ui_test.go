package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"

	"spoor/actionables"
	"spoor/fleet"
	"spoor/index/local"
	"spoor/ingest"
	"spoor/internal/egress"
	"spoor/internal/meta"
	"spoor/internal/saved"
)

// site is a server on real parts: store, pipeline, book, and a fleet without
// sensors.
type site struct {
	*httptest.Server
	t *testing.T
}

func newSite(t *testing.T, change func(*Config)) site {
	t.Helper()
	dir := t.TempDir()
	store, err := local.Open(dir, local.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	db, err := meta.Open(filepath.Join(dir, "meta.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	book, err := actionables.NewBook(db, actionables.Options{})
	must(t, err)
	pipeline := ingest.NewPipeline(store, ingest.Options{})
	manager, err := fleet.NewManager(db, nil, func(context.Context, fleet.Batch) error { return nil }, fleet.Options{})
	must(t, err)
	searches, err := saved.NewSearches(db)
	must(t, err)
	sets, err := saved.NewSets(db, filepath.Join(dir, "frozen"), func(dir string) (saved.Set, error) { return local.Open(dir, local.Options{}) }, saved.SetsOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, sets.Close()) })
	gate, err := egress.New(db, egress.Options{})
	must(t, err)
	c := Config{Store: store, Pipeline: pipeline, Book: book, Egress: gate, Fleet: manager, Saved: searches, Frozen: sets}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	must(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	return site{server, t}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask sends a request and returns status and decoded JSON.
func (s site) ask(method, path string, body any, change ...func(*http.Request)) (int, map[string]any) {
	s.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = bytes.NewReader([]byte(b))
	default:
		text, err := json.Marshal(b)
		must(s.t, err)
		r = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, s.URL+path, r)
	must(s.t, err)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, f := range change {
		f(request)
	}
	answer, err := s.Client().Do(request)
	must(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(s.t, err)
	var decoded map[string]any
	if len(text) > 0 && bytes.HasPrefix([]byte(answer.Header.Get("Content-Type")), []byte("application/json")) {
		must(s.t, json.Unmarshal(text, &decoded))
	}
	return answer.StatusCode, decoded
}

// ingest stores lines and fails the test when one is rejected.
func (s site) ingest(params, lines string) {
	s.t.Helper()
	code, answer := s.ask("POST", "/api/v1/ingest?"+params, lines)
	if code != 200 || answer["rejected"] != 0.0 {
		s.t.Fatalf("ingest: got %d %v", code, answer)
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if name == "Host" {
			r.Host = value
			return
		}
		r.Header.Set(name, value)
	}
}

func search(q string) string { return "/api/v1/search?count=exact&q=" + url.QueryEscape(q) }
