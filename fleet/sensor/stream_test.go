package sensor

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spoor/internal/packet"
)

// slowClient calls onWrite before each piece that it takes.
type slowClient struct {
	*httptest.ResponseRecorder
	onWrite func()
}

func (c *slowClient) Write(b []byte) (int, error) {
	c.onWrite()
	return c.ResponseRecorder.Write(b)
}

// manyPackets fills a folder with more than one buffer of an answer.
func manyPackets(t *testing.T) (dir string, total int) {
	t.Helper()
	packets := make([]packet.Packet, 3000)
	for i := range packets {
		packets[i] = at(time.Duration(i)*time.Millisecond, 1)
		packets[i].Data = udp(1, 1000)
	}
	dir = t.TempDir()
	save(t, dir, "x.pcap", pcap(t, packets...))
	return dir, len(packets)
}

func post(ctx context.Context, query string) *http.Request {
	return httptest.NewRequestWithContext(ctx, "POST", "/query", strings.NewReader(query))
}

// Ensure that a client that goes away ends its query within a few packets.
func TestCancelEndsAnAnswer(t *testing.T) {
	dir, total := manyPackets(t)
	s := New(Options{Dir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	w := &slowClient{httptest.NewRecorder(), cancel}
	s.Handler().ServeHTTP(w, post(ctx, "udp"))
	got := readReply(t, w.Result())
	if len(got.packets) == 0 || len(got.packets) > total/2 {
		t.Errorf("got %d of %d packets after cancel", len(got.packets), total)
	}
	if !strings.Contains(got.err(), "client went away") {
		t.Errorf("got trailer %q", got.err())
	}
}

// Ensure that a query that finds nothing ends as well.
func TestCancelEndsASearch(t *testing.T) {
	dir, _ := manyPackets(t)
	s := New(Options{Dir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	list, err := s.folder.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	w := httptest.NewRecorder()
	q, _, err := s.read(w, post(ctx, "tcp"))
	if err != nil {
		t.Fatal(err)
	}
	s.answer(ctx, w, q, list)
	if got := readReply(t, w.Result()).err(); !strings.Contains(got, "client went away") {
		t.Errorf("got trailer %q", got)
	}
}

func TestDeadlineEndsAnAnswerAndSaysSo(t *testing.T) {
	dir, total := manyPackets(t)
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Dir: dir, Deadline: time.Minute})
		w := &slowClient{httptest.NewRecorder(), func() { time.Sleep(40 * time.Second) }}
		s.Handler().ServeHTTP(w, post(t.Context(), "udp"))
		got := readReply(t, w.Result())
		if len(got.packets) == 0 || len(got.packets) == total || got.err() != "the deadline of 1m0s passed" {
			t.Errorf("got %d of %d packets and %q", len(got.packets), total, got.err())
		}
	})
}

// Ensure that MaxQueries run at once, that the next one waits for a turn, and
// that the line is bounded.
func TestQueriesWaitInLine(t *testing.T) {
	dir, total := manyPackets(t)
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Dir: dir, MaxQueries: 1, Deadline: time.Hour})
		release := make(chan struct{})
		first := &slowClient{httptest.NewRecorder(), func() { <-release }}
		second := httptest.NewRecorder()
		go s.Handler().ServeHTTP(first, post(t.Context(), "udp"))
		synctest.Wait()
		go s.Handler().ServeHTTP(second, post(t.Context(), "udp"))
		synctest.Wait()
		if got := s.waiting.Load(); got != 1 {
			t.Errorf("got %d waiting, want 1", got)
		}
		if second.Body.Len() != 0 {
			t.Error("the second did not wait")
		}
		s.waiting.Add(maxWaiting - 1)
		third := httptest.NewRecorder()
		s.Handler().ServeHTTP(third, post(t.Context(), "udp"))
		if third.Code != http.StatusServiceUnavailable || third.Header().Get("Retry-After") == "" {
			t.Errorf("full line: got %d", third.Code)
		}
		s.waiting.Add(1 - maxWaiting)
		close(release)
		synctest.Wait()
		for _, res := range []*http.Response{first.Result(), second.Result()} {
			if got := readReply(t, res); len(got.packets) != total || got.err() != "" {
				t.Errorf("got %d packets (%s), want %d", len(got.packets), got.err(), total)
			}
		}
	})
}

// Ensure that waiting ends at the deadline.
func TestNoTurnBeforeTheDeadlineIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Dir: t.TempDir(), MaxQueries: 1, Deadline: time.Minute})
		s.slots <- struct{}{}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, post(t.Context(), "udp"))
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "no turn came in 1m0s") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}
