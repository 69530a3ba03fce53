package ui

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"spoor/internal/realdata"
)

// Ensure that of the exchange between UTICA-A and the domain controller
// NEWYORK, which both recorded, 951 TCP packets are folded, in pages, counts
// and exports alike.
func TestDataDedupFoldsWhatTwoHostsRecorded(t *testing.T) {
	s := newSite(t, nil)
	for _, host := range []string{"UTICA-A", "NEWYORK"} {
		file, err := os.ReadFile(filepath.Join(realdata.Dir(t), "pairs/apt29-day2", host, host+".cap"))
		must(t, err)
		answer, err := s.Client().Post(s.URL+"/api/v1/ingest?origin="+host, "application/octet-stream", bytes.NewReader(file))
		must(t, err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("ingest %s: got %d", host, answer.StatusCode)
		}
	}
	const exchange = "ip:10.0.1.5 ip:10.0.0.4 ip.proto:6"
	count := func(q string) float64 {
		code, answer := s.ask("GET", "/api/v1/search?limit=0&q="+url.QueryEscape(q), nil)
		if code != 200 || answer["exact"] != true {
			t.Fatalf("%s: got %d %v", q, code, answer)
		}
		return answer["total"].(float64)
	}
	all, folded := count(exchange), count(exchange+" dedup:on")
	if all-folded != 951 {
		t.Errorf("got %v of %v left, want 951 fewer", folded, all)
	}
	lines := bytes.Count([]byte(s.text("/api/v1/export?format=ndjson&q="+url.QueryEscape(exchange+" dedup:on"))), []byte("\n")) + 1
	if float64(lines) != folded {
		t.Errorf("export: got %d lines, want %v", lines, folded)
	}
	_, h := s.ask("GET", "/api/v1/histogram?q="+url.QueryEscape(exchange+" dedup:on"), nil)
	if h["total"] != folded {
		t.Errorf("histogram: got %v, want %v", h["total"], folded)
	}
}
