package local_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/indextest"
	"spoor/index/local"
	"spoor/index/query"
)

func opener(o local.Options) func(t *testing.T, dir string) index.Store {
	return func(t *testing.T, dir string) index.Store {
		t.Helper()
		s, err := local.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if d := s.Damage(); len(d) > 0 {
				t.Errorf("damage: %v", d)
			}
		})
		return s
	}
}

// running is a store whose Run runs until it is closed.
type running struct {
	*local.Store
	stop context.CancelFunc
	done chan error
	once sync.Once
	err  error
}

// Pause ends Run.
func (r *running) Pause() error {
	r.stop()
	r.once.Do(func() { r.err = <-r.done })
	return r.err
}

func (r *running) Close() error { return errors.Join(r.Pause(), r.Store.Close()) }

func openRunning(o local.Options) func(t *testing.T, dir string) index.Store {
	return func(t *testing.T, dir string) index.Store {
		t.Helper()
		s, err := local.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		r := &running{Store: s, stop: stop, done: make(chan error, 1)}
		go func() { r.done <- s.Run(ctx) }()
		closed := false
		t.Cleanup(func() {
			if !closed {
				stop()
				s.Close()
			}
		})
		return r
	}
}

func TestStore(t *testing.T) {
	// Each store here has some ten segments of some ten blocks.
	small := local.Options{SealBytes: 12_000, BlockBytes: 1500}
	for name, open := range map[string]func(t *testing.T, dir string) index.Store{
		"in memory":                opener(local.Options{}),
		"in memory without index":  opener(local.Options{NoIndex: true}),
		"in segments":              opener(small),
		"in segments not indexed":  opener(local.Options{SealBytes: 12_000, BlockBytes: 1500, NoIndex: true}),
		"in one block a segment":   opener(local.Options{SealBytes: 6000}),
		"with one worker":          opener(local.Options{SealBytes: 12_000, BlockBytes: 1500, Workers: 1}),
		"sealed in the background": openRunning(local.Options{SealBytes: 12_000, BlockBytes: 1500, SealAge: 20 * time.Millisecond}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			indextest.Run(t, open)
		})
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := opener(local.Options{})(t, dir)
	begin := time.Now()
	_, err := local.Open(dir, local.Options{})
	if !errors.Is(err, local.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrInUse and the folder's name", err)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("refused after %s, want within a second", took)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatalf("open after close: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// Ensure that segments written without an index are found with one and the
// other way round.
func TestIndexCanComeAndGo(t *testing.T) {
	dir := t.TempDir()
	for i, o := range []local.Options{{NoIndex: true}, {}, {NoIndex: true}, {}} {
		s, err := local.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(t.Context(), numbered(i*100, i*100+100)); err != nil {
			t.Fatal(err)
		}
		if err := s.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		n, err := query.Parse("host-3.example.com OR n5")
		if err != nil {
			t.Fatal(err)
		}
		want := uint64(0)
		for k := range i*100 + 100 {
			if k%7 == 3 || k == 5 {
				want++
			}
		}
		if res, err := s.Search(t.Context(), index.Request{Query: n}); err != nil || res.Total != want || len(s.Damage()) > 0 {
			t.Errorf("round %d: got %d, %v, damage %v, want %d", i, res.Total, err, s.Damage(), want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
