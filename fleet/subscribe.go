package fleet

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// progressEvery is how often a subscriber hears of the same job at most.
const progressEvery = 250 * time.Millisecond

// subscriber is somebody who wants to hear of jobs.
type subscriber struct {
	mu    sync.Mutex // guards dirty
	dirty map[uint64]struct{}
	wake  chan struct{} // has one element when dirty is not empty
}

// Subscribe calls fn with every job that changes from now on, at most four
// times a second a job, and always with its last state. Calls come one after
// the other from a goroutine of the subscription's own: a slow fn misses
// states in between, and holds up nobody else. After stop has returned fn is
// not called again; stop must not be called by fn.
func (m *Manager) Subscribe(fn func(Job)) (stop func()) {
	s := &subscriber{dirty: make(map[uint64]struct{}), wake: make(chan struct{}, 1)}
	m.mu.Lock()
	m.subs[s] = struct{}{}
	m.mu.Unlock()

	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for s.wait(quit) {
			for _, id := range s.take() {
				if j, err := m.Job(id); err == nil {
					fn(j)
				}
			}
			select {
			case <-time.After(progressEvery):
			case <-quit:
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		m.mu.Lock()
		delete(m.subs, s)
		m.mu.Unlock()
		close(quit)
		<-ended
	})
}

// wait returns false when the subscription has ended.
func (s *subscriber) wait(quit <-chan struct{}) bool {
	select {
	case <-quit:
		return false
	case <-s.wake:
		return true
	}
}

// take returns the jobs that changed since it was called last, oldest first.
func (s *subscriber) take() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Sorted(maps.Keys(s.dirty))
	clear(s.dirty)
	return ids
}

// changed tells the subscribers that a job has a new state. m.mu is held.
func (m *Manager) changed(id uint64) {
	for s := range m.subs {
		s.mu.Lock()
		s.dirty[id] = struct{}{}
		s.mu.Unlock()
		select {
		case s.wake <- struct{}{}:
		default: // it is awake already and will find the job
		}
	}
}
