package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
)

var errStopped = errors.New("stopped")

// task is one sensor's turn at a job.
type task struct {
	job     uint64
	source  uint32
	sensor  string
	filter  Filter
	limits  Limits
	chunks  int // in the journal
	started time.Time
}

// Run asks the sensors, all of them at once, until ctx ends. Then it stops
// what is running, writes down how far it came, waits for all of it and
// returns nil. Jobs that were running are failed then and can be retried;
// jobs that waited wait for the next Run, of this process or a later one.
func (m *Manager) Run(ctx context.Context) error {
	m.mu.Lock()
	already := m.running
	m.running = true
	m.mu.Unlock()
	if already {
		return errors.New("the fleet's manager runs already")
	}
	var workers sync.WaitGroup
	for _, q := range m.queues {
		workers.Go(func() { m.serve(ctx, q) })
	}
	<-ctx.Done() // without sensors nobody else waits for it
	workers.Wait()
	m.mu.Lock()
	m.running = false
	m.mu.Unlock()
	return nil
}

// serve answers the jobs of one sensor, one at a time.
func (m *Manager) serve(ctx context.Context, q *queue) {
	for ctx.Err() == nil {
		// Cancel ends turn with its reason, the end of ctx without one.
		turn, end := context.WithCancelCause(ctx)
		if t, ok := m.next(turn, end, q); ok {
			m.turn(turn, q, t)
			end(nil)
			continue
		}
		end(nil)
		select {
		case <-q.wake:
		case <-ctx.Done():
		}
	}
}

// next takes the first job of a queue and marks it as running.
func (m *Manager) next(ctx context.Context, end context.CancelCauseFunc, q *queue) (*task, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(q.waiting) == 0 || ctx.Err() != nil {
		return nil, false
	}
	id := q.waiting[0]
	q.waiting = q.waiting[1:]
	j := m.known[id]
	t := &task{
		job: id, source: j.Source, sensor: q.config.ID, filter: j.filter, limits: j.Limits,
		chunks: j.Chunks[q.config.ID], started: time.Now(),
	}
	s := j.part(t.sensor)
	s.State, s.Started = Running, t.started.UTC().Round(0)
	j.cancel[t.sensor] = end
	m.keepOrLog(j)
	return t, true
}

// turn asks a sensor and writes down how that ended.
func (m *Manager) turn(ctx context.Context, q *queue, t *task) {
	late := fmt.Errorf("the answer took longer than %s", m.o.Deadline)
	timed, end := context.WithTimeoutCause(ctx, m.o.Deadline, late)
	defer end()
	s := &stream{m: m, task: t, config: q.config}
	err := s.run(timed, q.sensor)
	if err != nil && timed.Err() != nil {
		// The errors of a connection that was closed from here say nothing.
		switch cause := context.Cause(timed); {
		case errors.Is(cause, errCancelled), errors.Is(cause, late):
			err = cause
		default:
			err = errStopped
		}
	}
	m.finish(t, s, err)
}

// finish writes down how a turn ended.
func (m *Manager) finish(t *task, st *stream, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.known[t.job]
	delete(j.cancel, t.sensor)
	s := j.part(t.sensor)
	now := time.Now()
	switch {
	case err == nil:
		s.State, s.Ended = Done, now.UTC().Round(0)
		s.Limit = st.limit
	case errors.Is(err, errCancelled):
		s.State, s.Ended = Cancelled, now.UTC().Round(0)
	case errors.Is(err, errStopped):
		s.fail(errInterrupted, now)
	default:
		s.fail(err, now)
		m.log.Warn("sensor failed", "job", t.job, "sensor", t.sensor, "err", err)
	}
	s.Rejected = st.rejected
	s.Note = st.notes(s, now.Sub(t.started))
	m.keepOrLog(j)
	if s.State != Done {
		return
	}
	if err := m.clear(j, t.sensor); err != nil {
		m.log.Error("journal is not cleared", "job", t.job, "err", err)
	}
}

// stenographerDeadline is when a Stenographer gives up, ending its answer as
// if it were whole.
const stenographerDeadline = 15 * time.Minute

// notes says in words what one should know of an answer beyond its state.
func (st *stream) notes(s *SensorState, took time.Duration) string {
	var notes []string
	if s.State == Done && st.limit != "" {
		notes = append(notes, fmt.Sprintf("the limit of %s was reached: the sensor may have more", st.limitText()))
	}
	if s.State == Done && took > stenographerDeadline-10*time.Second {
		notes = append(notes, "the answer took as long as a Stenographer works on one: it may be cut short")
	}
	if s.State != Done && s.Packets > 0 {
		notes = append(notes, fmt.Sprintf("the %d packets that arrived are kept", s.Packets))
	}
	if st.skipped > 0 {
		notes = append(notes, fmt.Sprintf("%d packets came again and were not stored twice", st.skipped))
	}
	if st.rejected > 0 {
		notes = append(notes, fmt.Sprintf("%d packets outside the asked time were left out", st.rejected))
	}
	return strings.Join(notes, "; ")
}

// Active returns how many jobs have not ended, by state.
func (m *Manager) Active() map[State]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	count := make(map[State]int)
	for _, j := range m.known {
		count[j.State]++
	}
	maps.DeleteFunc(count, func(s State, _ int) bool { return s.Ended() })
	return count
}
