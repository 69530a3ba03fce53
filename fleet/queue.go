package fleet

import (
	"context"
	"slices"
)

// queue is a sensor and the jobs that wait for it. Manager.mu guards it, but
// for what never changes.
type queue struct {
	sensor  Sensor       // never changes: a changed sensor is a new queue
	config  SensorConfig // public
	traits  Traits
	version uint64 // of a sensor made by AddSensor, else 0

	waiting []uint64          // in the order of coming
	asked   []uint64          // jobs that it is being asked for
	wake    chan struct{}     // has elements when waiting may have changed
	turns   uint64            // that were given
	last    map[string]uint64 // by who: the number of the last turn

	watch watch
	stop  context.CancelFunc // ends its workers; nil before they run
	gone  bool               // was replaced or removed
}

func newQueue(s Sensor, version uint64) *queue {
	c := s.Config()
	return &queue{
		sensor: s, config: c.Public(), traits: s.Traits(), version: version,
		wake: make(chan struct{}, maxQueries), last: make(map[string]uint64),
	}
}

// queue returns the queue of a sensor, or nil. m.mu is held.
func (m *Manager) queue(id string) *queue {
	for _, q := range m.queues {
		if q.config.ID == id {
			return q
		}
	}
	return nil
}

// enqueue puts a job at the end of a sensor's queue. m.mu is held.
func (q *queue) enqueue(id uint64) {
	q.waiting = append(q.waiting, id)
	q.nudge()
}

func (q *queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default: // all its workers are to look already
	}
}

// drop takes a job out of the queue. m.mu is held.
func (q *queue) drop(id uint64) {
	q.waiting = slices.DeleteFunc(q.waiting, func(w uint64) bool { return w == id })
}

// behind returns the job before one that waits, or 0. m.mu is held.
func (q *queue) behind(id uint64) uint64 {
	i := slices.Index(q.waiting, id)
	switch {
	case i > 0:
		return q.waiting[i-1]
	case i == 0 && len(q.asked) > 0:
		return q.asked[0]
	}
	return 0
}

// maxNames bounds how many people a queue remembers the turns of.
const maxNames = 1000

// pick takes the job whose turn it is: of everybody's first, the one whose
// person waits longest for a turn, so that a hundred jobs of one do not keep
// off another's only one. m.mu is held.
func (q *queue) pick(who func(id uint64) string) (id uint64, ok bool) {
	best := -1
	for i, w := range q.waiting {
		if best < 0 || q.last[who(w)] < q.last[who(q.waiting[best])] {
			best = i
		}
	}
	if best < 0 {
		return 0, false
	}
	id = q.waiting[best]
	q.waiting = slices.Delete(q.waiting, best, best+1)
	q.asked = append(q.asked, id)
	q.turns++
	if len(q.last) >= maxNames {
		clear(q.last)
	}
	q.last[who(id)] = q.turns
	return id, true
}

// end takes note that a job's turn is over. m.mu is held.
func (q *queue) end(id uint64) {
	if i := slices.Index(q.asked, id); i >= 0 {
		q.asked = slices.Delete(q.asked, i, i+1)
	}
}

// slots is how many questions it is asked at once.
func (q *queue) slots() int { return max(1, q.config.Queries) }
