package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"spoor/internal/meta"
)

// Find says which jobs are wanted. The zero value wants all.
type Find struct {
	// Words must each stand somewhere in the job: its number, filter, source
	// ("src:100"), name, reason, person, state, verdict, sensors.
	Words string
	// State is a job's state, or "active" (not ended) or "look" (failed
	// sensors, or a verdict in doubt); "" is any.
	State string
	// Before finds jobs with a lower id; 0 is any.
	Before uint64
	// Limit is the most that are returned; 0 is all.
	Limit int
}

// Found is a page of jobs, newest first.
type Found struct {
	Jobs []Job
	// Next is Find.Before of the next page; 0 there is none.
	Next uint64
	// All, Active and Look count the jobs that Find.Words finds.
	All, Active, Look int
}

// States are what Find.State may be.
func States() []string {
	return []string{"active", "look", string(Queued), string(Running), string(Done), string(Failed), string(Cancelled)}
}

// Jobs returns all jobs, newest first.
func (m *Manager) Jobs() []Job { return m.Find(Find{}).Jobs }

// Find returns the jobs that are wanted, newest first.
func (m *Manager) Find(f Find) Found {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*job, 0, len(m.known))
	for _, j := range m.known {
		all = append(all, j)
	}
	slices.SortFunc(all, func(a, b *job) int { return cmp.Compare(b.ID, a.ID) })
	words := strings.Fields(strings.ToLower(f.Words))
	found := Found{Jobs: []Job{}}
	for _, j := range all {
		if !j.has(words) {
			continue
		}
		look := j.needsLook()
		found.All++
		if !j.State.Ended() {
			found.Active++
		}
		if look {
			found.Look++
		}
		if f.Before > 0 && j.ID >= f.Before || !j.in(f.State, look) {
			continue
		}
		if f.Limit > 0 && len(found.Jobs) == f.Limit {
			if found.Next == 0 {
				found.Next = found.Jobs[f.Limit-1].ID
			}
			continue
		}
		found.Jobs = append(found.Jobs, m.shown(j))
	}
	return found
}

func (j *job) in(state string, look bool) bool {
	switch state {
	case "":
		return true
	case "active":
		return !j.State.Ended()
	case "look":
		return look
	}
	return string(j.State) == state
}

// needsLook tells whether a person should look at a job: something failed, or
// the answer is in doubt.
func (j *Job) needsLook() bool {
	return j.State == Failed || j.State == Done && j.Verdict != Complete
}

// has tells whether every word, in lower case, stands somewhere in the job.
func (j *job) has(words []string) bool {
	if len(words) == 0 {
		return true
	}
	texts := []string{
		fmt.Sprintf("%d src:%d", j.ID, j.Source), j.Query, j.Name, j.Reason, j.Who, string(j.State), string(j.Verdict),
	}
	for _, s := range j.Sensors {
		texts = append(texts, s.Sensor, s.Error)
	}
	text := strings.ToLower(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// prune forgets the oldest jobs that have ended when there are too many.
// Their packets stay. m.mu is held.
func (m *Manager) prune() {
	over := len(m.known) - m.o.MaxJobs
	if over <= 0 {
		return
	}
	var ended []uint64
	for id, j := range m.known {
		if j.State.Ended() {
			ended = append(ended, id)
		}
	}
	slices.Sort(ended)
	for _, id := range ended[:min(over, len(ended))] {
		if err := m.drop(m.known[id]); err != nil {
			m.log.Error("old job is not forgotten", "job", id, "err", err)
			return
		}
	}
}

// drop forgets a job. m.mu is held.
func (m *Manager) drop(j *job) error {
	for sensor := range j.Chunks {
		if err := m.clear(j, sensor); err != nil {
			return err
		}
	}
	if err := m.dropSketches(j); err != nil {
		return err
	}
	err := m.jobs.Update(func(tx meta.Tx[record]) error { return tx.Delete(meta.Number(j.ID)) })
	if err != nil {
		return err
	}
	delete(m.known, j.ID)
	return nil
}
