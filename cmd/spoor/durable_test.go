package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// postKey ingests a body under a key and returns the status and how many
// entries were accepted.
func postKey(t *testing.T, base, key, lines string) (status, accepted int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v1/ingest?tag=app", strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Idempotency-Key", key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct{ Accepted int }
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, a.Accepted
}

// Ensure a body whose answer was lost in a kill, or in a restart after a seal,
// is stored once when it is sent again.
func TestABodySentAgainAfterAKillIsStoredOnce(t *testing.T) {
	dir := t.TempDir()
	var body strings.Builder
	for i := range 12_000 { // more than one batch
		fmt.Fprintf(&body, "line %d of a body\n", i)
	}
	for _, end := range []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM} {
		p := serveIn(t, dir, "--seal-size", "200000")
		if status, n := postKey(t, p.url, "one body", body.String()); status != 200 || n != 12_000 {
			t.Errorf("got %d with %d accepted, want 12000", status, n)
		}
		if status, _ := postKey(t, p.url, "one body", "another\n"); status != 409 {
			t.Errorf("another body under the key: got %d, want 409", status)
		}
		if got := counted(t, p.url, "body"); got != 12_000 {
			t.Fatalf("got %d entries, want 12000", got)
		}
		p.Process.Signal(end)
		p.Wait()
	}
}

// Ensure what is deleted stays so after a kill.
func TestDeletedDataStaysDeleted(t *testing.T) {
	dir := t.TempDir()
	p := serveIn(t, dir)
	if _, err := post(p.url, "one\ntwo\n"); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, p.url+"/api/v1/data?tag=app", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	p.Process.Signal(syscall.SIGKILL)
	p.Wait()
	p = serveIn(t, dir)
	if n := counted(t, p.url, ""); answer.StatusCode != 200 || n != 0 {
		t.Errorf("got %s and %d entries after a restart, want none", answer.Status, n)
	}
}
