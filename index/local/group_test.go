package local

import (
	"sync"
	"sync/atomic"
	"testing"

	"spoor/index"
	"spoor/index/query"
)

// gate is a log file whose first fsync waits until it is opened.
type gate struct {
	logFile
	open  chan struct{}
	syncs *atomic.Int32
}

func (g *gate) Sync() error {
	if g.syncs.Add(1) == 1 {
		<-g.open
	}
	return g.logFile.Sync()
}

func TestWaitingPutsShareOneFsync(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := &gate{open: make(chan struct{}), syncs: &atomic.Int32{}}
	s.wal.open = func(path string) (logFile, error) {
		f, err := openLogFile(path)
		g.logFile = f
		return g, err
	}
	const callers = 20
	var all sync.WaitGroup
	put := func(n int) {
		all.Go(func() {
			if err := s.Put(t.Context(), lines(n, n+1)); err != nil {
				t.Errorf("put: %v", err)
			}
		})
	}
	put(0)
	for g.syncs.Load() == 0 { // the first caller is inside its fsync
	}
	for n := range callers {
		put(n + 1)
	}
	for waiting := 0; waiting < callers; {
		s.queueMu.Lock()
		waiting = len(s.queue)
		s.queueMu.Unlock()
	}
	close(g.open)
	all.Wait()
	if got := g.syncs.Load(); got != 2 {
		t.Errorf("%d callers behind the first took %d fsyncs, want 1", callers, got-1)
	}
	if got := count(t, s); got != callers+1 {
		t.Errorf("got %d lines, want %d", got, callers+1)
	}
}

func TestNeedlesReadFewBlocks(t *testing.T) {
	s, err := Open(t.TempDir(), Options{BlockBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := lines(0, 2000)
	all[700].Raw = []byte("from 203.0.113.77 and fe80:0::7 with 02-00-00-00-00-07 as CneedleUid17")
	if err := s.Put(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if err := s.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	blocks := len(s.segments[0].blocks)
	for text, most := range map[string]int{
		"203.0.113.77": 1, "fe80::7": 1, "02:00:00:00:00:07": 1, "CneedleUid17": 1, "cneed*": 1, "CneedleUid17 line": 1,
		"absent": 0, "203.0.113.7": 0, "CneedleUid17 absent": 0, "CneedleUid17 OR absent": 1, "NOT line": blocks, "77": blocks,
		"tag:app CneedleUid17": 1, "tag:other line": 0, "src:5": 0, "tag:app": 0,
	} {
		n, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Search(t.Context(), index.Request{Query: n})
		if err != nil || res.Scanned.Blocks > most {
			t.Errorf("%s: read %d of %d blocks (%v), want at most %d", text, res.Scanned.Blocks, blocks, err, most)
		}
	}
}
