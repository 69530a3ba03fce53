package ingest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"spoor/index"
)

// fakeStore keeps entries in memory, as an index.Store would.
type fakeStore struct {
	mu      sync.Mutex // guards what follows
	entries []index.Entry
	puts    []int         // entries of each Put
	fail    map[int]error // by the number of the Put, from 0
	before  func() error  // says whether a Put fails; may be nil
	entered chan struct{} // Put says that it was called, and
	hold    chan struct{} // waits for this, if there is one
	infos   []index.StreamInfo
	asked   int // calls of Streams
}

func (s *fakeStore) Put(_ context.Context, entries []index.Entry) error {
	if s.hold != nil {
		s.entered <- struct{}{}
		<-s.hold
	}
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail[len(s.puts)]; err != nil {
		return err
	}
	s.puts = append(s.puts, len(entries))
	for _, e := range entries {
		e.Raw = bytes.Clone(e.Raw)
		e.Seq = uint64(len(s.entries) + 1)
		s.entries = append(s.entries, e)
		s.note(e)
	}
	return nil
}

func (s *fakeStore) note(e index.Entry) {
	for i := range s.infos {
		if s.infos[i].Stream == *e.Stream {
			s.infos[i].LastSeq = e.Seq
			return
		}
	}
	s.infos = append(s.infos, index.StreamInfo{Stream: *e.Stream, LastSeq: e.Seq})
}

func (s *fakeStore) Streams(context.Context) ([]index.StreamInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return slices.Clone(s.infos), nil
}

// raws returns what is stored.
func (s *fakeStore) raws() []string {
	var out []string
	for _, e := range s.entries {
		out = append(out, string(e.Raw))
	}
	return out
}

var arrival = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

func newTest(o Options) (*fakeStore, *Pipeline) {
	s := &fakeStore{}
	if o.Now == nil {
		o.Now = func() time.Time { return arrival }
	}
	return s, NewPipeline(s, o)
}
