package ui

import (
	"bufio"
	"strings"
	"testing"

	"spoor/fleet"
)

// Ensure that a page which reads slowly loses steps of a job, but never its
// last state, and never holds up who tells.
func TestSlowPageGetsTheLastState(t *testing.T) {
	l := newLatest[uint64, fleet.Job]()
	for n := range 1000 {
		l.put(1, fleet.Job{ID: 1, Packets: int64(n)})
		l.put(2, fleet.Job{ID: 2, Packets: int64(n)})
	}
	<-l.more
	jobs := l.take()
	if len(jobs) != 2 || jobs[1].Packets != 999 || jobs[2].Packets != 999 {
		t.Errorf("got %v, want the last state of both", jobs)
	}
	select {
	case <-l.more:
		t.Error("woken again with nothing to read")
	default:
	}
}

// Ensure that an event stream begins at once and ends when the server closes.
func TestEventStreamEndsWithTheServer(t *testing.T) {
	var server *Server
	s := newSite(t, nil)
	server = s.Config.Handler.(*Server)
	answer, err := s.Client().Get(s.URL + "/api/v1/events")
	must(t, err)
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("got Content-Type %q", got)
	}
	lines := bufio.NewScanner(answer.Body)
	if !lines.Scan() || lines.Text() != "event: ping" {
		t.Errorf("first line: got %q", lines.Text())
	}
	server.Close()
	for lines.Scan() {
		if text := lines.Text(); text != "" && !strings.HasPrefix(text, "data:") {
			t.Errorf("after the close: got %q", text)
		}
	}
}
