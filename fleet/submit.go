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
// *RequestError, ErrUnknownSensor, *SourceInUseError, *SameJobError,
// ErrNoSource, ErrBusy. After an error there is no job.
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
	if same, ok := m.same(j, now); ok && !r.Again {
		return Job{}, &SameJobError{same}
	}
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
	m.jobSubs.changed(j.ID)
	for i := range j.Sensors {
		s := &j.Sensors[i]
		if q := m.queue(s.Sensor); q != nil {
			q.enqueue(j.ID)
			m.senSubs.changed(s.Sensor)
		} else {
			s.fail(errRemoved, now)
		}
	}
	return m.shown(j), nil
}

// newJob checks a request and returns the job that it asks for, without its
// numbers.
func (m *Manager) newJob(r Request, now time.Time) (*job, error) {
	filter, err := r.filter(now)
	if err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	sensors, err := m.wanted(r.Sensors)
	if err != nil {
		return nil, err
	}
	limits, err := m.limits(r)
	if err != nil {
		return nil, err
	}
	j := &job{filter: filter, cancel: make(map[string]context.CancelCauseFunc)}
	j.record = record{
		Job: Job{
			Name: r.Name, Query: filter.String(), Who: r.Who, Reason: r.Reason, Entry: r.Entry,
			State: Queued, Created: now, Sensors: sensors,
			MaxPackets: limits.Packets, MaxBytes: limits.Bytes, MaxSeconds: int64(limits.Time / time.Second), Snap: limits.Snap,
		},
		Limits: limits,
		Chunks: make(map[string]int),
	}
	j.From, j.To = filter.Window()
	return j, nil
}

// filter returns what a request asks for.
func (r Request) filter(now time.Time) (Filter, error) {
	switch {
	case !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To):
		return Filter{}, &RequestError{"to", "it is not after from"}
	case strings.TrimSpace(r.Query) == "" && r.From.IsZero() && r.To.IsZero():
		return Filter{}, errEmptyFilter(r.Query)
	}
	var asked Filter
	if strings.TrimSpace(r.Query) != "" {
		var err error
		if asked, err = ParseFilter(r.Query, now); err != nil {
			return Filter{}, err
		}
	}
	f := All(asked, After(r.From), Before(r.To))
	if from, to := f.Window(); !to.IsZero() && !from.Before(to) {
		return Filter{}, &FilterError{Text: r.Query, Reason: fmt.Sprintf("its window ends at %s, before it starts at %s", clock(to, from), clock(from, to))}
	}
	return f, nil
}

// limits are those of a request, within what is allowed.
func (m *Manager) limits(r Request) (Limits, error) {
	l := m.o.Limits
	for _, x := range []struct {
		field       string
		asked, most int64
		limit       *int64
	}{
		{"max_packets", r.MaxPackets, m.o.Most.Packets, &l.Packets},
		{"max_bytes", r.MaxBytes, m.o.Most.Bytes, &l.Bytes},
		{"max_seconds", r.MaxSeconds, int64(m.o.Most.Time / time.Second), nil},
		{"snap", int64(r.Snap), maxSnap, nil},
	} {
		switch {
		case x.asked < 0:
			return l, &RequestError{x.field, "it is negative"}
		case x.asked > x.most:
			return l, &RequestError{x.field, fmt.Sprintf("%d is too much, at most %d are allowed", x.asked, x.most)}
		case x.asked > 0 && x.limit != nil:
			*x.limit = x.asked
		}
	}
	if r.MaxSeconds > 0 {
		l.Time = time.Duration(r.MaxSeconds) * time.Second
	}
	l.Snap = r.Snap
	return l, nil
}

// maxSnap is what tcpdump takes for all of a packet.
const maxSnap = 262144

func (r Request) check() error {
	for _, f := range []struct{ name, text string }{{"name", r.Name}, {"reason", r.Reason}, {"entry", r.Entry}, {"who", r.Who}} {
		switch {
		case len(f.text) > maxLabel:
			return &RequestError{f.name, fmt.Sprintf("it has %d bytes, at most %d are allowed", len(f.text), maxLabel)}
		case !utf8.ValidString(f.text):
			return &RequestError{f.name, "it is not UTF-8"}
		}
	}
	return nil
}

// wanted returns the sensors that a request names, all for none, each once
// and in the manager's order.
func (m *Manager) wanted(ids []string) ([]SensorState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
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
				q.drop(id)
				m.senSubs.changed(s.Sensor)
			}
			s.State, s.Ended = Cancelled, now
		case Connecting, Streaming:
			j.cancel[s.Sensor](errCancelled)
		}
	}
	err := m.keep(j)
	return m.shown(j), err
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
	return m.shown(j), err
}
