package fleet

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"spoor/internal/meta"
)

// Removed says which packets were deleted from the store: those that meet
// every condition. Zero values are no condition.
type Removed struct {
	Tag      string
	Source   uint32
	Job      uint64
	From, To time.Time // From is in, To is out
}

// Forget makes a retry store packets again that were deleted: it takes them
// out of the journal. Where times are a condition, a batch of which only a
// part was deleted stays in the journal, so that nothing is stored twice.
func (m *Manager) Forget(r Removed) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, j := range m.known {
		if (r.Source != 0 && r.Source != j.Source) || (r.Job != 0 && r.Job != j.ID) {
			continue
		}
		if err := m.forget(j, r); err != nil {
			errs = append(errs, fmt.Errorf("forget packets of job %d: %w", j.ID, err))
		}
	}
	return errors.Join(errs...)
}

// forget is called with m.mu held.
func (m *Manager) forget(j *job, r Removed) error {
	changed := false
	for sensor, n := range j.Chunks {
		q := m.queue(sensor)
		if r.Tag != "" && (q == nil || q.config.Tag != r.Tag) {
			continue
		}
		s := j.part(sensor)
		err := m.stored.Update(func(tx meta.Tx[chunk]) error {
			for i := range n {
				c, err := tx.Get(chunkKey(j.ID, sensor, i))
				if err != nil {
					return err
				}
				if c.Packets == 0 || !r.has(c) {
					continue
				}
				// Chunks are counted, so an empty one stays in its place.
				if err := tx.Put(chunkKey(j.ID, sensor, i), chunk{}); err != nil {
					return err
				}
				s.Packets -= c.Packets
				s.Bytes -= c.Bytes
				changed = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	// An equal job is not offered in its place any more.
	if changed || r.Tag == "" && !j.Forgotten && r.mayHave(j) {
		j.Forgotten, changed = true, true
	}
	if !changed {
		return nil
	}
	return m.keep(j)
}

// mayHave tells whether packets of a job may be among those removed.
func (r Removed) mayHave(j *job) bool {
	return slices.ContainsFunc(j.Sensors, func(s SensorState) bool {
		return s.Packets > 0 && (r.From.IsZero() || !s.Last.Before(r.From)) && (r.To.IsZero() || s.First.Before(r.To))
	})
}

func (r Removed) has(c chunk) bool {
	return (r.From.IsZero() || !c.First.Before(r.From)) && (r.To.IsZero() || c.Last.Before(r.To))
}
