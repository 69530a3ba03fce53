package fleet

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// progressEvery is how often a subscriber hears of the same thing at most.
const progressEvery = 250 * time.Millisecond

// subscribers are those who want to hear of things of one kind, which have a
// key each. The zero value has none.
type subscribers[K cmp.Ordered, V any] struct {
	mu  sync.Mutex // guards all
	all map[*subscriber[K]]struct{}
}

// subscriber is somebody who wants to hear of them.
type subscriber[K cmp.Ordered] struct {
	mu    sync.Mutex // guards dirty
	dirty map[K]struct{}
	wake  chan struct{} // has one element when dirty is not empty
}

// Subscribe calls fn with every job that changes from now on, at most four
// times a second a job, and always with its last state. Calls come one after
// the other from a goroutine of the subscription's own: a slow fn misses
// states in between, and holds up nobody else. After stop has returned fn is
// not called again; stop must not be called by fn.
func (m *Manager) Subscribe(fn func(Job)) (stop func()) {
	return m.jobSubs.subscribe(m.Job, fn)
}

// SubscribeSensors is Subscribe for sensors whose health or coverage changes.
func (m *Manager) SubscribeSensors(fn func(SensorInfo)) (stop func()) {
	return m.senSubs.subscribe(m.Sensor, fn)
}

// subscribe calls fn with what get returns of a key that changed.
func (l *subscribers[K, V]) subscribe(get func(K) (V, error), fn func(V)) (stop func()) {
	s := &subscriber[K]{dirty: make(map[K]struct{}), wake: make(chan struct{}, 1)}
	l.mu.Lock()
	if l.all == nil {
		l.all = make(map[*subscriber[K]]struct{})
	}
	l.all[s] = struct{}{}
	l.mu.Unlock()

	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for s.wait(quit) {
			for _, key := range s.take() {
				if v, err := get(key); err == nil {
					fn(v)
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
		l.mu.Lock()
		delete(l.all, s)
		l.mu.Unlock()
		close(quit)
		<-ended
	})
}

// changed tells the subscribers that something has a new state.
func (l *subscribers[K, V]) changed(key K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.all {
		s.mu.Lock()
		s.dirty[key] = struct{}{}
		s.mu.Unlock()
		select {
		case s.wake <- struct{}{}:
		default: // it is awake already and will find it
		}
	}
}

// wait returns false when the subscription has ended.
func (s *subscriber[K]) wait(quit <-chan struct{}) bool {
	select {
	case <-quit:
		return false
	case <-s.wake:
		return true
	}
}

// take returns what changed since it was called last, in order.
func (s *subscriber[K]) take() []K {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := slices.Sorted(maps.Keys(s.dirty))
	clear(s.dirty)
	return keys
}
