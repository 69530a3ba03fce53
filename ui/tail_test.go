package ui

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"spoor/index"
)

// liveTail is the events of a tail.
type liveTail struct {
	t  *testing.T
	in *bufio.Scanner
}

func (s site) tail(params string) liveTail {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/v1/tail?"+params, nil)
	must(s.t, err)
	answer, err := s.Client().Do(r)
	must(s.t, err)
	s.t.Cleanup(func() { answer.Body.Close() })
	in := bufio.NewScanner(answer.Body)
	in.Buffer(nil, 16<<20)
	return liveTail{s.t, in}
}

// next returns the next event; its name is empty at the end.
func (l liveTail) next() (name string, data map[string]any) {
	l.t.Helper()
	for l.in.Scan() {
		if n, ok := strings.CutPrefix(l.in.Text(), "event: "); ok {
			name = n
		}
		if d, ok := strings.CutPrefix(l.in.Text(), "data: "); ok {
			must(l.t, json.Unmarshal([]byte(d), &data))
			return name, data
		}
	}
	return "", nil
}

// Ensure that a live tail shows what arrives and matches, with links that
// work, and goes on from a seq.
func TestTailShowsNewMatches(t *testing.T) {
	s := newSite(t, nil)
	s.ingest("tag=app", "alpha before\n")
	live := s.tail("q=alpha")
	name, data := live.next()
	if name != "open" || data["seq"] != 1.0 {
		t.Fatalf("got %s %v, want open at 1", name, data)
	}
	s.ingest("tag=app", "alpha one\nbeta\nalpha two\n")
	name, data = live.next()
	entries, _ := data["entries"].([]any)
	if name != "entries" || len(entries) != 2 || data["left_out"] != 0.0 || data["seq"] != 4.0 {
		t.Fatalf("got %s %v, want the two that match", name, data)
	}
	for i, want := range []string{"alpha one", "alpha two"} {
		e := entries[i].(map[string]any)
		if code, got := s.ask("GET", "/api/v1/entries/"+e["id"].(string), nil); code != 200 || got["raw"] != want || e["raw"] != want {
			t.Errorf("entry %d: got %v, and %d %v by its id; want %q", i, e["raw"], code, got["raw"], want)
		}
	}
	again := s.tail("q=alpha&after=1")
	again.next()
	if name, data = again.next(); name != "entries" || len(data["entries"].([]any)) != 2 {
		t.Errorf("from seq 1 on: got %s %v", name, data)
	}
	s.Config.Handler.(*Server).Close()
	if name, data = live.next(); name != "" {
		t.Errorf("after the end of the server: got %s %v", name, data)
	}
}

func TestTailOfAPlaceThatIsNotThereIsAnError(t *testing.T) {
	s := newSite(t, nil)
	live := s.tail("after=1000")
	if name, data := live.next(); name != "error" || !strings.Contains(fmt.Sprint(data["error"]), "not come so far") {
		t.Errorf("got %s %v", name, data)
	}
}

// Ensure that no more than the rate is sent, and that every other match is
// counted once.
func TestTailLeavesOutWhatIsOverTheRate(t *testing.T) {
	h := newHeld(10)
	now := time.Unix(1600000000, 0)
	seq, sent, left := uint64(0), 0, uint64(0)
	take := func() tailBatch {
		now = now.Add(tailEvery)
		b, ok := h.take(now)
		if !ok {
			t.Fatal("nothing was said")
		}
		sent, left = sent+len(b.entries), left+b.leftOut
		return b
	}
	add := func(n int) {
		var fresh []index.Entry
		for range n {
			seq++
			fresh = append(fresh, index.Entry{Seq: seq})
		}
		h.add(fresh, seq)
	}
	for range 40 { // ten seconds at a hundred a second
		add(25)
		b := take()
		if n := len(b.entries); n > 0 && b.entries[n-1].Seq > b.seq {
			t.Errorf("an event with entry %d says that it is at %d", b.entries[n-1].Seq, b.seq)
		}
	}
	for range 8 {
		take()
	}
	if sent > 10*(1+10+2) || sent < 10*10 || uint64(sent)+left != seq {
		t.Errorf("sent %d and left out %d of %d, want about 100 and all others", sent, left, seq)
	}
	add(3)
	if b := take(); len(b.entries) != 3 || b.leftOut != 0 || b.seq != seq {
		t.Errorf("a few after a rest: got %+v", b)
	}
}

// Ensure that live tails have a bound, that it is said, and that one that ends
// makes room.
func TestTailsAreBounded(t *testing.T) {
	s := newSite(t, nil)
	server := s.Config.Handler.(*Server)
	for range maxTails {
		server.tails <- struct{}{}
	}
	if code, answer := s.ask("GET", "/api/v1/tail", nil); code != 429 || !strings.Contains(answer["error"].(string), "64 live tails") {
		t.Errorf("got %d %v", code, answer)
	}
	<-server.tails
	if name, _ := s.tail("").next(); name != "open" {
		t.Errorf("got %q, want that there is room again", name)
	}
}
