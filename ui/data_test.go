package ui

import (
	"testing"

	"spoor/index"
)

// Ensure a deletion is counted first, hides what it selects and nothing else.
func TestDeleteHidesWhatItSelects(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Delete = c.Store.(index.Deleter).Delete })
	s.ingest("tag=app&source=5", "2026-01-01T00:00:00Z one\n2026-01-02T00:00:00Z two\n")
	s.ingest("tag=app&source=6", "three\n")
	left := func() float64 {
		t.Helper()
		_, a := s.ask("GET", search(""), nil)
		return a["total"].(float64)
	}
	for _, c := range []struct {
		query               string
		want, entries, left float64
	}{
		{"dry=1&source=5", 200, 2, 3},
		{"source=7", 200, 0, 3},
		{"tag=other&source=5", 200, 0, 3},
		{"dry=0&source=5&tag=app", 200, 2, 1},
		{"source=5", 200, 0, 1},
		{"from=2020-01-01T00:00:00Z", 200, 1, 0},
	} {
		code, a := s.ask("DELETE", "/api/v1/data?"+c.query, nil)
		if code != 200 || a["entries"] != c.entries || a["exact"] != true || left() != c.left {
			t.Errorf("%s: got %d %v with %v left, want %v deleted and %v left", c.query, code, a, left(), c.entries, c.left)
		}
	}
}

// Ensure a deletion without a condition, or with one that is not understood,
// deletes nothing.
func TestDeleteRefusesWhatItDoesNotUnderstand(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Delete = c.Store.(index.Deleter).Delete })
	s.ingest("tag=app", "one\n")
	for _, query := range []string{"", "dry=1", "tag=", "tag=app&source=", "source=0", "job=x", "source=4294967296",
		"tag=app&tag=app", "tags=app", "dry=yes&tag=app", "from=5&to=4", "from=never"} {
		if code, a := s.ask("DELETE", "/api/v1/data?"+query, nil); code != 400 {
			t.Errorf("%q: got %d %v, want 400", query, code, a)
		}
	}
	if code, a := s.ask("DELETE", "/api/v1/data?tag=app", nil, header("Sec-Fetch-Site", "cross-site")); code != 403 {
		t.Errorf("another site: got %d %v, want 403", code, a)
	}
	if _, a := s.ask("GET", search(""), nil); a["total"] != 1.0 {
		t.Errorf("got %v entries, want 1", a["total"])
	}
	without := newSite(t, nil)
	if code, _ := without.ask("DELETE", "/api/v1/data?tag=app", nil); code != 501 {
		t.Errorf("a store that can't delete: got %d, want 501", code)
	}
}
