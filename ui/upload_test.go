package ui

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"spoor/fleet/fleettest"
)

// Ensure that a capture file that is posted becomes a job with a source, and
// that what is none is refused with the reason.
func TestUploadOfACapture(t *testing.T) {
	s := newSite(t, nil)
	file := string(fleettest.File(t, fleettest.Packets(30)))
	plain := header("Content-Type", "application/octet-stream")
	code, job := s.ask("POST", "/api/v1/captures?name=dump.pcap&title=The+laptop&who=mscott&source=500", file, plain)
	if code != http.StatusCreated || job["packets"] != 30.0 || job["source"] != 500.0 || job["name"] != "The laptop" || job["upload"] != "dump.pcap" || job["state"] != "done" {
		t.Errorf("got %d %v", code, job)
	}
	for _, tt := range []struct {
		params, body string
		code         int
		field, text  string
	}{
		{"name=x", "GIF89a is none", 400, "file", "no capture file"},
		{"name=x", "", 400, "file", "empty"},
		{"title=x", file, 400, "", "parameter name"},
		{"name=x&tag=a+b", file, 400, "tag", "blanks"},
		{"name=x&source=500", file, 409, "", "in use by job"},
		{"name=x&source=0", file, 400, "", "no number from 1"},
		{"name=x&nonsense=1", file, 400, "", "not known"},
	} {
		code, got := s.ask("POST", "/api/v1/captures?"+tt.params, tt.body, plain)
		text, _ := got["error"].(string)
		if field, _ := got["field"].(string); code != tt.code || field != tt.field || !strings.Contains(text, tt.text) {
			t.Errorf("%s: got %d %v, want %d %s %s", tt.params, code, got, tt.code, tt.field, tt.text)
		}
	}
	if code, _ := s.ask("POST", "/api/v1/captures?name=x&source=500&reuse=1", file, plain); code != http.StatusCreated {
		t.Errorf("reuse: got %d", code)
	}
	if code, _ := s.ask("POST", "/api/v1/captures?name=x", file, plain, header("Origin", "https://elsewhere.example")); code != http.StatusForbidden {
		t.Errorf("from another site: got %d", code)
	}
	locked := newSite(t, func(c *Config) { c.Token = "a-long-enough-token" })
	r, err := http.Post(locked.URL+"/api/v1/captures?name=x", "application/octet-stream", bytes.NewReader([]byte(file)))
	must(t, err)
	r.Body.Close()
	if r.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the token: got %s", r.Status)
	}
}

// Ensure that only so many uploads are read at once, and that it is said.
func TestUploadsAtOnceAreBounded(t *testing.T) {
	s := newSite(t, nil)
	turns := s.Config.Handler.(*Server).uploads
	for range maxUploads {
		turns <- struct{}{}
	}
	file := string(fleettest.File(t, fleettest.Packets(3)))
	plain := header("Content-Type", "application/octet-stream")
	if code, got := s.ask("POST", "/api/v1/captures?name=x", file, plain); code != http.StatusTooManyRequests || !strings.Contains(got["error"].(string), "16 uploads") {
		t.Errorf("got %d %v", code, got)
	}
	<-turns
	if code, got := s.ask("POST", "/api/v1/captures?name=x", file, plain); code != http.StatusCreated {
		t.Errorf("with room: got %d %v", code, got)
	}
}
