package ui

import (
	"io"
	"strings"
	"testing"
)

// Ensure the metrics say how much text waits for a segment.
func TestMetricsTellWhatIsUnsealed(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "hello\nworld\n")
	answer, err := s.Client().Get(s.URL + "/metrics")
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	if want := "\nspoor_store_unsealed_bytes 10\n"; !strings.Contains(string(text), want) {
		t.Errorf("want %q in\n%s", want, text)
	}
}
