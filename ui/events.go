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

	jobs, sensors := newLatest[uint64, fleet.Job](), newLatest[string, fleet.SensorInfo]()
	defer s.Fleet.Subscribe(func(j fleet.Job) { jobs.put(j.ID, j) })()
	defer s.Fleet.SubscribeSensors(func(i fleet.SensorInfo) { sensors.put(i.ID, i) })()
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
		case <-jobs.more:
			err = sendAll(jobs, func(j fleet.Job) error { return send("job", j) })
		case <-sensors.more:
			err = sendAll(sensors, func(i fleet.SensorInfo) error { return send("sensor", i) })
		}
		if err != nil {
			// The page is gone; there is nobody to tell.
			return nil
		}
	}
}

// sendAll sends what has changed.
func sendAll[K comparable, V any](l *latest[K, V], send func(V) error) error {
	for _, v := range l.take() {
		if err := send(v); err != nil {
			return err
		}
	}
	return nil
}

// latest holds the newest state of each thing that a slow page has not read
// yet: it may lose steps, never the last one.
type latest[K comparable, V any] struct {
	more chan struct{}
	mu   sync.Mutex // guards all
	all  map[K]V
}

func newLatest[K comparable, V any]() *latest[K, V] {
	return &latest[K, V]{more: make(chan struct{}, 1), all: map[K]V{}}
}

func (l *latest[K, V]) put(key K, v V) {
	l.mu.Lock()
	l.all[key] = v
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default: // a wake-up is waiting already
	}
}

func (l *latest[K, V]) take() map[K]V {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = map[K]V{}
	return all
}
