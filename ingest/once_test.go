package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"spoor/index"
	"spoor/internal/packet"
)

// markingStore keeps marks as an index.Marker does.
type markingStore struct {
	*fakeStore
	mu    sync.Mutex // guards marks
	marks map[string]index.Mark
}

func (s *markingStore) PutMarked(ctx context.Context, entries []index.Entry, m index.Mark) error {
	if err := s.Put(ctx, entries); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks[m.Key] = m
	return nil
}

func (s *markingStore) Mark(_ context.Context, key string) (index.Mark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks[key], nil
}

func newMarking(o Options) (*markingStore, *Pipeline) {
	f, _ := newTest(o)
	s := &markingStore{fakeStore: f, marks: map[string]index.Mark{}}
	o.Now = func() time.Time { return arrival }
	return s, NewPipeline(s, o)
}

// send posts a body under a key.
func send(t *testing.T, url, key, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(keyHeader, key)
	return answerTo(t, req)
}

func numbers(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "{\"n\":%d}\n", i)
	}
	return b.String()
}

// Ensure a body that is sent again is stored once and gets the same answer,
// one with rejected, blank and too long lines as well.
func TestABodySentAgainIsStoredOnce(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, body := range map[string]string{
		"lines":            numbers(0, 25),
		"no end of line":   strings.TrimSpace(numbers(0, 25)),
		"a whole batch":    numbers(0, 20),
		"rejects":          numbers(0, 7) + long + "\n\n" + numbers(7, 12) + long + "\n",
		"a small capture":  captureOf(t, 3),
		"a larger capture": captureOf(t, 35),
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newMarking(Options{BatchEntries: 10, MaxLine: 200})
			url := newServer(t, p, HTTPOptions{})
			first := send(t, url, "k", body)
			stored := len(s.entries)
			if first.status != 200 || first.Accepted != stored || stored == 0 {
				t.Fatalf("got %+v with %d stored", first, stored)
			}
			again := send(t, url, "k", body)
			if again.status != 200 || again.Accepted != first.Accepted || again.Rejected != first.Rejected || len(s.entries) != stored {
				t.Errorf("again: got %+v with %d stored, want %+v", again, len(s.entries), first)
			}
			if other := send(t, url, "k2", body); other.Accepted != stored || len(s.entries) != 2*stored {
				t.Errorf("another key: got %+v with %d stored, want twice %d", other, len(s.entries), stored)
			}
		})
	}
}

// captureOf is a capture file of n packets.
func captureOf(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	w, err := packet.NewWriter(&b, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		data := bytes.Repeat([]byte{byte(i)}, 60)
		if err := w.Write(packet.Packet{Time: arrival.Add(time.Duration(i) * time.Second), Data: data, OrigLen: 60, LinkType: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Ensure a body whose try broke off in the middle goes on there.
func TestABodySentAgainGoesOn(t *testing.T) {
	for name, body := range map[string]string{"lines": numbers(0, 35), "capture": captureOf(t, 35)} {
		s, p := newMarking(Options{BatchEntries: 10})
		s.fail = map[int]error{2: index.ErrNoSpace}
		url := newServer(t, p, HTTPOptions{})
		if r := send(t, url, "k", body); r.status != 507 || r.Accepted != 20 {
			t.Fatalf("%s: got %+v, want 507 after 20", name, r)
		}
		s.fail = nil
		if r := send(t, url, "k", body); r.status != 200 || r.Accepted != 35 || len(s.entries) != 35 {
			t.Errorf("%s: got %+v with %d stored, want 35", name, r, len(s.entries))
		}
		seen := map[string]bool{}
		for _, raw := range s.raws() {
			if seen[raw] {
				t.Errorf("%s: %q is stored twice", name, raw)
			}
			seen[raw] = true
		}
	}
}

// Ensure another body under a key that was used is refused and not stored.
func TestAnotherBodyUnderAKeyIsRefused(t *testing.T) {
	s, p := newMarking(Options{BatchEntries: 10})
	url := newServer(t, p, HTTPOptions{})
	if r := send(t, url, "k", numbers(0, 25)); r.status != 200 {
		t.Fatalf("got %+v", r)
	}
	for name, c := range map[string]struct{ query, body string }{
		"shorter":       {"", numbers(0, 24)},
		"empty":         {"", ""},
		"longer":        {"", numbers(0, 26)},
		"another line":  {"", numbers(0, 12) + "{\"n\":0}\n" + numbers(13, 25)},
		"another tag":   {"?tag=other", numbers(0, 25)},
		"another place": {"?source=7", numbers(0, 25)},
		"a capture":     {"", captureOf(t, 25)},
	} {
		r := send(t, url+c.query, "k", c.body)
		if r.status != 409 || !strings.Contains(r.failure.Error, "belongs to another body") {
			t.Errorf("%s: got %+v, want 409", name, r)
		}
	}
	if len(s.entries) != 25 {
		t.Errorf("got %d entries, want 25", len(s.entries))
	}
}

// Ensure two bodies of one key are never read side by side: the second waits,
// and is told to come again when that takes too long.
func TestBodiesOfOneKeyWaitForEachOther(t *testing.T) {
	s, p := newMarking(Options{})
	s.entered, s.hold = make(chan struct{}), make(chan struct{})
	url := newServer(t, p, HTTPOptions{Wait: time.Millisecond})
	patient := newServer(t, p, HTTPOptions{})
	first, second := make(chan reply), make(chan reply)
	go func() { first <- send(t, url, "k", "one\n") }()
	<-s.entered
	if r := send(t, url, "k", "one\n"); r.status != 409 || r.retryAfter == "" || !strings.Contains(r.failure.Error, "is being read") {
		t.Errorf("got %+v, want 409 and when to come again", r)
	}
	go func() { second <- send(t, patient, "k", "one\n") }()
	close(s.hold)
	if a, b := <-first, <-second; a.status != 200 || b.status != 200 || b.Accepted != 1 || len(s.entries) != 1 {
		t.Errorf("got %+v and %+v with %d stored, want 1 stored", a, b, len(s.entries))
	}
}

// Ensure a key that can't be used is refused before anything is read.
func TestBadKeysAreRefused(t *testing.T) {
	s, p := newMarking(Options{})
	url := newServer(t, p, HTTPOptions{})
	for _, key := range []string{"", strings.Repeat("k", 129), "schl\u00fcssel"} {
		if r := send(t, url, key, "one\n"); r.status != 400 || !strings.Contains(r.failure.Error, keyHeader) {
			t.Errorf("%q: got %+v, want 400", key, r)
		}
	}
	if r := send(t, url, strings.Repeat("~", 128), "one\n"); r.status != 200 || len(s.entries) != 1 {
		t.Errorf("got %+v, want the longest key taken", r)
	}
	_, plain := newTest(Options{})
	if r := send(t, newServer(t, plain, HTTPOptions{}), "k", "one\n"); r.status != 501 {
		t.Errorf("a store that can't remember keys: got %+v, want 501", r)
	}
	if _, err := plain.newOnce(t.Context(), &Params{Key: "k"}); !errors.Is(err, errNoMarks) {
		t.Errorf("got %v", err)
	}
}
