package fleet

import (
	"fmt"
	"slices"
	"time"
)

// sameWithin is how long an equal job is offered instead of a new one.
const sameWithin = 24 * time.Hour

// SameJobError says that an equal job has brought the packets, or is about
// to.
type SameJobError struct{ Job Job }

func (e *SameJobError) Error() string {
	if !e.Job.State.Ended() {
		return fmt.Sprintf("job %d asks for just these packets now: source %d", e.Job.ID, e.Job.Source)
	}
	return fmt.Sprintf("job %d has just these packets: source %d", e.Job.ID, e.Job.Source)
}

// same returns the newest job that is equal to j and as good as asking again:
// it goes on, or has brought a complete answer a while ago that is stored
// still.
func (m *Manager) same(j *job, now time.Time) (Job, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var best *job
	for _, o := range m.known {
		if o.Query != j.Query || o.Limits != j.Limits || !sameSensors(o.Sensors, j.Sensors) || best != nil && o.ID < best.ID {
			continue
		}
		if !o.State.Ended() || o.Verdict == Complete && !o.Forgotten && now.Sub(o.Ended) < sameWithin {
			best = o
		}
	}
	if best == nil {
		return Job{}, false
	}
	return m.shown(best), true
}

func sameSensors(a, b []SensorState) bool {
	return slices.EqualFunc(a, b, func(a, b SensorState) bool { return a.Sensor == b.Sensor })
}
