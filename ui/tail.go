package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

const (
	defaultRate = 20
	maxRate     = 200
	// tailEvery is how often new matches are sent.
	tailEvery = 250 * time.Millisecond
	// maxTails is how many live tails there are at once: each reads what
	// comes in, and one from an old place all that is there.
	maxTails = 64
	// tailHold bounds the text of matches that wait to be sent.
	tailHold = 4 << 20
)

// tail streams new matches until the page goes away.
func (s *Server) tail(c echo.Context) error {
	p := readParams(c, "q", "rate", "after")
	q := s.entriesAsked(p)
	if q.Dedup {
		p.fail(bad("parameter q: dedup:on compares all that matches, which live tail has not seen"))
	}
	rate := p.number("rate", defaultRate, 1, maxRate)
	after := p.seq("after")
	if p.err != nil {
		return p.err
	}
	select {
	case s.tails <- struct{}{}:
		defer func() { <-s.tails }()
	default:
		return echo.NewHTTPError(http.StatusTooManyRequests, fmt.Sprintf("%d live tails are open, which is all that there may be: close one", maxTails))
	}
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()

	w := c.Response()
	w.Header().Set(echo.HeaderContentType, "text/event-stream")
	w.Header().Set(echo.HeaderCacheControl, "no-store")
	w.WriteHeader(http.StatusOK)
	t := &tailing{s: s, q: q, w: w, held: newHeld(rate)}
	ended := make(chan error, 1)
	go func() {
		ended <- s.Store.Tail(ctx, index.Tail{Query: q.Where, After: after}, t.arrived)
	}()
	err := t.run(ctx, ended)
	if cancel(); err == nil {
		err = <-ended // whoever waits for new entries holds nothing else up
	}
	if errors.Is(err, context.Canceled) || ctx.Err() == nil && err == nil {
		return nil
	}
	_, body := s.answer(err)
	_ = t.send("error", body) // the page may be gone; there is nobody else to tell
	return nil
}

// seq reads a place in the order of arrival; absent is the end.
func (p *params) seq(name string) uint64 {
	text := p.text(name)
	if text == "" {
		return index.TailNow
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == math.MaxUint64 {
		p.fail(bad("parameter %s: %q is no seq", name, text))
	}
	return n
}

// tailing is one live tail.
type tailing struct {
	s    *Server
	q    question
	w    http.ResponseWriter
	held *held
}

// arrived keeps new matches for the next event. It never waits for the page.
func (t *tailing) arrived(b index.TailBatch) error {
	var fresh []index.Entry
	for _, e := range b.Entries {
		if (t.q.From.IsZero() || !e.Time.Before(t.q.From)) && (t.q.To.IsZero() || e.Time.Before(t.q.To)) {
			fresh = append(fresh, e)
		}
	}
	t.held.add(fresh, b.Seq)
	return nil
}

// run sends events until the page is gone or the store ends.
func (t *tailing) run(ctx context.Context, ended <-chan error) error {
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	opened, last := false, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			return err
		case now := <-tick.C:
			batch, ok := t.held.take(now)
			var err error
			switch {
			case !ok: // the store has not said yet where it begins
				continue
			case !opened:
				opened = true
				err = t.send("open", map[string]any{"seq": batch.began})
			}
			if err == nil && (len(batch.entries) > 0 || batch.leftOut > 0) {
				err = t.entries(ctx, batch)
			} else if err == nil && now.Sub(last) >= pingEvery {
				err = t.send("ping", map[string]any{"seq": batch.seq})
			} else {
				continue
			}
			if last = now; err != nil {
				return err
			}
		}
	}
}

// entries sends a batch.
func (t *tailing) entries(ctx context.Context, b tailBatch) error {
	ids, err := t.s.Store.Identify(ctx, b.entries)
	if err != nil {
		return err
	}
	hits := make([]index.Hit, len(ids))
	for i := range ids {
		hits[i] = index.Hit{ID: ids[i], Entry: b.entries[i]}
	}
	shown, err := t.s.view(t.q.Where).entries(hits)
	if err != nil {
		return err
	}
	return t.send("entries", map[string]any{"entries": shown, "left_out": b.leftOut, "seq": b.seq})
}

func (t *tailing) send(event string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.w, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	return http.NewResponseController(t.w).Flush()
}

// held are matches that wait to be sent, the newest of a second at the most:
// what does not fit is left out and counted.
type held struct {
	rate int

	mu      sync.Mutex // guards the rest
	entries []index.Entry
	size    int // bytes of text
	leftOut uint64
	began   uint64 // seq
	seq     uint64
	some    bool      // there was a batch
	tokens  float64   // entries that may be sent now
	at      time.Time // when tokens were counted
}

// tailBatch is what is sent at once.
type tailBatch struct {
	entries    []index.Entry
	leftOut    uint64
	began, seq uint64
}

func newHeld(rate int) *held { return &held{rate: rate, tokens: float64(rate)} }

// add takes new matches.
func (h *held) add(fresh []index.Entry, seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.some {
		h.some, h.began = true, seq
		if len(fresh) > 0 {
			h.began = fresh[0].Seq - 1
		}
	}
	h.seq = seq
	for _, e := range fresh {
		h.entries = append(h.entries, e)
		h.size += len(e.Raw)
	}
	for len(h.entries) > h.rate || h.size > tailHold && len(h.entries) > 1 {
		h.size -= len(h.entries[0].Raw)
		h.entries = h.entries[1:]
		h.leftOut++
	}
}

// take returns what may be sent now; false before there was anything to say.
func (h *held) take(now time.Time) (tailBatch, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.at.IsZero() {
		h.tokens = min(float64(h.rate), h.tokens+now.Sub(h.at).Seconds()*float64(h.rate))
	}
	h.at = now
	n := min(len(h.entries), int(h.tokens))
	b := tailBatch{entries: h.entries[:n:n], began: h.began, seq: h.seq}
	if n > 0 || len(h.entries) == 0 {
		b.leftOut, h.leftOut = h.leftOut, 0
	}
	if n < len(h.entries) {
		b.seq = h.entries[n].Seq - 1
	}
	h.tokens -= float64(n)
	h.entries = h.entries[n:]
	for _, e := range b.entries {
		h.size -= len(e.Raw)
	}
	return b, h.some
}
