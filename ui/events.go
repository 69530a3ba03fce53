package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
)

const pingEvery = 15 * time.Second

// events streams what happens to jobs until the page goes away.
func (s *Server) events(c echo.Context) error {
	w, ctx := c.Response(), c.Request().Context()
	control := http.NewResponseController(w)
	w.Header().Set(echo.HeaderContentType, "text/event-stream")
	w.WriteHeader(http.StatusOK)

	changed := newLatest()
	defer s.Fleet.Subscribe(changed.put)()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	send := func(event string, v any) error {
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data); err != nil {
			return err
		}
		return control.Flush()
	}
	if err := send("ping", struct{}{}); err != nil {
		return nil
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-s.closing.Done():
			return nil
		case <-ping.C:
			err = send("ping", struct{}{})
		case <-changed.more:
			for _, j := range changed.take() {
				if err = send("job", j); err != nil {
					break
				}
			}
		}
		if err != nil {
			// The page is gone; there is nobody to tell.
			return nil
		}
	}
}

// latest holds the newest state of each job that a slow page has not read
// yet: it may lose steps, never the last one.
type latest struct {
	more chan struct{}
	mu   sync.Mutex // guards jobs
	jobs map[uint64]fleet.Job
}

func newLatest() *latest {
	return &latest{more: make(chan struct{}, 1), jobs: map[uint64]fleet.Job{}}
}

func (l *latest) put(j fleet.Job) {
	l.mu.Lock()
	l.jobs[j.ID] = j
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default: // a wake-up is waiting already
	}
}

func (l *latest) take() map[uint64]fleet.Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	jobs := l.jobs
	l.jobs = map[uint64]fleet.Job{}
	return jobs
}
