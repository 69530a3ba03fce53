package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"spoor/internal/meta"
)

const maxLabel = 2000 // bytes of a job's name, reason and entry

func errEmptyFilter(text string) error {
	return &FilterError{Text: text, Reason: "a filter is needed: an empty one would fetch everything"}
}

// Submit keeps a new job and returns at once. Errors: *FilterError,
// *RequestError, ErrUnknownSensor, *SourceInUseError, ErrNoSource, ErrBusy.
// After an error there is no job.
func (m *Manager) Submit(ctx context.Context, r Request) (Job, error) {
	if err := ctx.Err(); err != nil {
		return Job{}, err
	}
	now := time.Now().UTC().Round(0)
	j, err := m.newJob(r, now)
	if err != nil {
		return Job{}, err
	}
	m.choose.Lock()
	defer m.choose.Unlock()
	if j.Source, err = m.source(r); err != nil {
		return Job{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.room(); err != nil {
		return Job{}, err
	}
	err = m.jobs.Update(func(tx meta.Tx[record]) (err error) {
		if j.ID, err = tx.Next(); err != nil {
			return err
		}
		return tx.Put(meta.Number(j.ID), j.record)
	})
	if err != nil {
		return Job{}, fmt.Errorf("keep a new job: %w", err)
	}
	m.known[j.ID] = j
	m.changed(j.ID)
	for _, s := range j.Sensors {
		m.queue(s.Sensor).enqueue(j.ID)
	}
	return j.clone(), nil
}

// newJob checks a request and returns the job that it asks for, without its
// numbers.
func (m *Manager) newJob(r Request, now time.Time) (*job, error) {
	if strings.TrimSpace(r.Query) == "" {
		return nil, errEmptyFilter(r.Query)
	}
	filter, err := ParseFilter(r.Query, now)
	if err != nil {
		return nil, err
	}
	if filter.IsZero() {
		return nil, errEmptyFilter(r.Query)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	sensors, err := m.wanted(r.Sensors)
	if err != nil {
		return nil, err
	}
	limits := m.o.Limits
	if r.MaxPackets > 0 {
		limits.Packets = r.MaxPackets
	}
	if r.MaxBytes > 0 {
		limits.Bytes = r.MaxBytes
	}
	j := &job{filter: filter, cancel: make(map[string]context.CancelCauseFunc)}
	j.record = record{
		Job: Job{
			Name: r.Name, Query: filter.String(), Reason: r.Reason, Entry: r.Entry,
			State: Queued, Created: now, Sensors: sensors,
		},
		Limits: limits,
		Chunks: make(map[string]int),
	}
	return j, nil
}

func (r Request) check() error {
	for _, f := range []struct{ name, text string }{{"name", r.Name}, {"reason", r.Reason}, {"entry", r.Entry}} {
		switch {
		case len(f.text) > maxLabel:
			return &RequestError{f.name, fmt.Sprintf("it has %d bytes, at most %d are allowed", len(f.text), maxLabel)}
		case !utf8.ValidString(f.text):
			return &RequestError{f.name, "it is not UTF-8"}
		}
	}
	switch {
	case r.MaxPackets < 0:
		return &RequestError{"max_packets", "it is negative"}
	case r.MaxBytes < 0:
		return &RequestError{"max_bytes", "it is negative"}
	}
	return nil
}

// wanted returns the sensors that a request names, all for none, each once
// and in the manager's order.
func (m *Manager) wanted(ids []string) ([]SensorState, error) {
	for _, id := range ids {
		if m.queue(id) == nil {
			return nil, fmt.Errorf("%w %q", ErrUnknownSensor, id)
		}
	}
	var all []SensorState
	for _, q := range m.queues {
		if len(ids) == 0 || slices.Contains(ids, q.config.ID) {
			all = append(all, SensorState{Sensor: q.config.ID, State: Queued})
		}
	}
	if len(all) == 0 {
		return nil, &RequestError{"sensors", "none is configured"}
	}
	return all, nil
}

// source returns the source number for a request. m.choose is held.
func (m *Manager) source(r Request) (uint32, error) {
	if r.Source == 0 {
		return m.NextSource()
	}
	if r.Reuse {
		return r.Source, nil
	}
	if owner, ok := m.sources()[r.Source]; ok || m.o.SourceUsed(r.Source) {
		return 0, &SourceInUseError{Source: r.Source, Job: owner}
	}
	return r.Source, nil
}

// room tells whether another job may wait. m.mu is held.
func (m *Manager) room() error {
	active := 0
	for _, j := range m.known {
		if !j.State.Ended() {
			active++
		}
	}
	if active >= m.o.MaxActive {
		return fmt.Errorf("%w: %d of %d", ErrBusy, active, m.o.MaxActive)
	}
	return nil
}

var errCancelled = errors.New("cancelled")

// Cancel stops what has not ended of a job; of a job that has ended it
// changes nothing. Sensors that wait are cancelled when it returns, those
// that are running end right after.
func (m *Manager) Cancel(id uint64) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.known[id]
	if j == nil {
		return Job{}, fmt.Errorf("job %d: %w", id, ErrNoJob)
	}
	now := time.Now().UTC()
	for i := range j.Sensors {
		s := &j.Sensors[i]
		switch s.State {
		case Queued:
			if q := m.queue(s.Sensor); q != nil {
				q.waiting = slices.DeleteFunc(q.waiting, func(w uint64) bool { return w == id })
			}
			s.State, s.Ended = Cancelled, now
		case Running:
			j.cancel[s.Sensor](errCancelled)
		}
	}
	err := m.keep(j)
	return j.clone(), err
}

// Retry asks the failed and cancelled sensors of a job again; the others are
// left alone. Packets that are stored already are not stored twice: what a
// sensor sends again is told by time, length and content.
func (m *Manager) Retry(id uint64) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.known[id]
	if j == nil {
		return Job{}, fmt.Errorf("job %d: %w", id, ErrNoJob)
	}
	if j.State.Ended() {
		if err := m.room(); err != nil {
			return Job{}, err
		}
	}
	for i := range j.Sensors {
		s := &j.Sensors[i]
		q := m.queue(s.Sensor)
		if (s.State != Failed && s.State != Cancelled) || q == nil || j.filter.IsZero() {
			continue
		}
		*s = SensorState{
			Sensor: s.Sensor, State: Queued,
			Packets: s.Packets, Bytes: s.Bytes, First: s.First, Last: s.Last,
		}
		q.enqueue(id)
	}
	err := m.keep(j)
	return j.clone(), err
}
