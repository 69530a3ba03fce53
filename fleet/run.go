package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
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
	filter  Filter // what is wanted
	sent    Filter // what the sensor is asked for
	traits  Traits
	cut     bool // the answer may hold what is not wanted
	limits  Limits
	chunks  int // in the journal
	started time.Time
}

// Run asks the sensors, all of them at once, until ctx ends. Then it stops
// what is running, writes down how far it came, waits for all of it and
// returns nil. Jobs that were running are failed then and can be retried;
// jobs that waited wait for the next Run, of this process or a later one.
func (m *Manager) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	m.mu.Lock()
	if m.launch != nil {
		m.mu.Unlock()
		return errors.New("the fleet's manager runs already")
	}
	m.launch = func(q *queue) {
		var life context.Context
		life, q.stop = context.WithCancel(ctx)
		for range q.slots() {
			workers.Go(func() { m.serve(ctx, life, q) })
		}
		workers.Go(func() { m.watch(life, q) })
	}
	for _, q := range m.queues {
		m.launch(q)
	}
	m.mu.Unlock()
	<-ctx.Done() // without sensors nobody else waits for it
	m.mu.Lock()
	m.launch = nil
	m.mu.Unlock()
	workers.Wait()
	return nil
}

// serve answers the jobs of one sensor, one at a time, while life goes on. A
// turn that has begun goes on after that, until ctx ends.
func (m *Manager) serve(ctx, life context.Context, q *queue) {
	for life.Err() == nil {
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
		case <-life.Done():
		}
	}
}

// next takes the job whose turn it is and marks it as running.
func (m *Manager) next(ctx context.Context, end context.CancelCauseFunc, q *queue) (*task, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil || q.gone {
		return nil, false
	}
	id, ok := q.pick(func(id uint64) string { return m.known[id].Who })
	if !ok {
		return nil, false
	}
	j := m.known[id]
	t := &task{
		job: id, source: j.Source, sensor: q.config.ID, filter: j.filter, traits: q.traits, limits: j.Limits,
		chunks: j.Chunks[q.config.ID], started: time.Now(),
	}
	s := j.part(t.sensor)
	s.State, s.Started = Connecting, t.started.UTC().Round(0)
	var err error
	if t.sent, s.CutHere, err = j.filter.For(q.traits); err != nil {
		s.fail(err, time.Now())
		q.end(id)
		m.keepOrLog(j)
		return nil, m.again(q)
	}
	// tcpdump, which is what captures live, sees less of a packet than a filter.
	t.cut = len(s.CutHere) > 0 || q.traits.Live
	s.Sent = t.sent.String()
	j.cancel[t.sensor] = end
	m.keepOrLog(j)
	m.senSubs.changed(t.sensor)
	return t, true
}

// again lets a worker look at the queue once more. It returns false.
func (m *Manager) again(q *queue) bool {
	q.nudge()
	return false
}

// turn asks a sensor and writes down how that ended.
func (m *Manager) turn(ctx context.Context, q *queue, t *task) {
	deadline := m.o.Deadline
	if t.limits.Time > 0 {
		deadline = t.limits.Time
	}
	late := fmt.Errorf("the answer took longer than %s", deadline)
	if t.traits.Live {
		deadline += liveGrace // it ends by itself then
	}
	timed, end := context.WithTimeoutCause(ctx, deadline, late)
	defer end()
	s := &stream{m: m, task: t, config: q.config}
	g := signs{traits: t.traits, asked: t.started}
	g.from, g.to = t.filter.Window()
	if !t.traits.Live {
		g.before = m.look(timed, q)
	}
	var err error
	if !t.traits.Live || g.outside() == "" { // a capture from now on would bring nothing
		err = m.ask(timed, q, s)
	}
	if err != nil && timed.Err() != nil {
		// The errors of a connection that was closed from here say nothing.
		switch cause := context.Cause(timed); {
		case errors.Is(cause, errCancelled), errors.Is(cause, errRemoved), errors.Is(cause, late):
			err = cause
		default:
			err = errStopped
		}
	}
	g.took, g.seen, g.end = time.Since(t.started), s.seen.packets, s.end
	g.wanted = s.seen.packets - s.rejected - s.cut
	if s.limit != "" {
		g.limit = s.limitText()
	}
	if err == nil && t.traits.Silent {
		g.after = m.look(timed, q)
	}
	m.settle(q, t, s, g, err)
}

// settle compares a job's sensors when the last of them has answered, and
// writes down how this one ended. Comparing takes its time, so it is done
// without m.mu; the sensors of a job settle one after the other.
func (m *Manager) settle(q *queue, t *task, s *stream, g signs, err error) {
	m.mu.Lock()
	j := m.known[t.job]
	m.mu.Unlock()
	j.settling.Lock()
	defer j.settling.Unlock()
	others, last := m.othersEnded(j, t.sensor)
	var found comparison
	if len(others) > 1 {
		bad := m.keepSketch(t.job, t.sensor, s.sketch)
		if bad == nil && last {
			found, bad = m.compare(t.job, others)
		}
		if bad != nil {
			m.log.Error("packets are not compared with other sensors'", "job", t.job, "sensor", t.sensor, "err", bad)
		}
	}
	m.finish(q, t, s, g, err, found)
}

// othersEnded returns a job's sensors, and whether all but one have ended.
func (m *Manager) othersEnded(j *job, but string) (sensors []string, ended bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ended = true
	for _, s := range j.Sensors {
		sensors = append(sensors, s.Sensor)
		ended = ended && (s.Sensor == but || s.State.Ended())
	}
	return sensors, ended
}

// liveGrace is how much longer than its capture a live sensor may take.
const liveGrace = 30 * time.Second

// connectTries are the pauses before a sensor that can't be reached is tried
// again: a link that comes back in a second is no reason to ask a person.
var connectTries = []time.Duration{500 * time.Millisecond, 2 * time.Second}

// ask brings a sensor's answer to the sink.
func (m *Manager) ask(ctx context.Context, q *queue, s *stream) error {
	if err := s.prepare(); err != nil {
		return err
	}
	for try := 0; ; try++ {
		body, err := q.sensor.Packets(ctx, s.task.sent, s.task.limits)
		if err == nil {
			m.answered(s.task)
			return s.copy(ctx, body)
		}
		if !unreachable(err) || try == len(connectTries) {
			if try > 0 {
				err = fmt.Errorf("%w (%d tries)", err, try+1)
			}
			return err
		}
		select {
		case <-time.After(connectTries[try]):
		case <-ctx.Done():
			return err
		}
	}
}

// unreachable tells whether nobody was there to be asked.
func unreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// answered notes that a sensor's answer has begun.
func (m *Manager) answered(t *task) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.known[t.job].part(t.sensor)
	s.State, s.Answered = Streaming, time.Now().UTC().Round(0)
	m.jobSubs.changed(t.job)
}

// finish writes down how a turn ended.
func (m *Manager) finish(q *queue, t *task, st *stream, g signs, err error, found comparison) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q.end(t.job)
	m.senSubs.changed(t.sensor)
	j := m.known[t.job]
	delete(j.cancel, t.sensor)
	s := j.part(t.sensor)
	now := time.Now()
	switch {
	case err == nil:
		s.State, s.Ended = Done, now.UTC().Round(0)
		s.Limit = st.limit
		s.Verdict, s.Doubt = g.verdict()
	case errors.Is(err, errCancelled):
		s.State, s.Ended = Cancelled, now.UTC().Round(0)
	case errors.Is(err, errStopped):
		s.fail(errInterrupted, now)
	default:
		s.fail(err, now)
		m.log.Warn("sensor failed", "job", t.job, "sensor", t.sensor, "err", err)
	}
	s.Doubt = shortened(s.Doubt)
	s.Rejected, s.Cut, s.Again = st.rejected, st.cut, st.skipped
	s.Rate = rate(st.seen.bytes, s.Answered, now)
	if g.before.ok && !g.before.Oldest.IsZero() {
		s.Oldest, s.Newest = g.before.Oldest.UTC(), g.before.newest().UTC().Round(0)
	}
	s.Note = st.notes(s)
	j.compared(found)
	m.keepOrLog(j)
	if s.State == Done {
		if err := m.clear(j, t.sensor); err != nil {
			m.log.Error("journal is not cleared", "job", t.job, "err", err)
		}
	}
	if j.State.Ended() {
		m.tidy(j)
	}
}

// compared notes what a job's sensors have in common, once that is known.
func (j *job) compared(found comparison) {
	if found.copies == nil {
		return
	}
	j.Copies = found.pairs
	for i := range j.Sensors {
		j.Sensors[i].Copies = found.copies[j.Sensors[i].Sensor]
	}
}

// tidy drops what no retry of a job that has ended will need, and old jobs.
// m.mu is held.
func (m *Manager) tidy(j *job) {
	if !slices.ContainsFunc(j.Sensors, func(s SensorState) bool { return s.State != Done }) && len(j.Sensors) > 1 {
		if err := m.dropSketches(j); err != nil {
			m.log.Error("what was compared is not cleared", "job", j.ID, "err", err)
		}
	}
	m.prune()
}

// notes says in words what one should know of an answer beyond its state and
// verdict.
func (st *stream) notes(s *SensorState) string {
	var notes []string
	if s.State != Done && s.Packets > 0 {
		notes = append(notes, fmt.Sprintf("the %s that arrived are kept", packetsText(s.Packets)))
	}
	for _, n := range []struct {
		count int64
		what  string
	}{
		{st.skipped, "came again, not stored twice"},
		{st.rejected, "outside the asked time left out"},
		{st.cut, "left out that the sensor has no words to tell"},
	} {
		if n.count > 0 {
			notes = append(notes, packetsText(n.count)+" "+n.what)
		}
	}
	return strings.Join(notes, "; ")
}

func packetsText(n int64) string {
	if n == 1 {
		return "1 packet"
	}
	return fmt.Sprintf("%d packets", n)
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
