package local_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/indextest"
	"spoor/index/local"
)

// compacting is a store that is compacted after every few puts, or all the
// time.
type compacting struct {
	*local.Store
	puts  atomic.Int32
	stop  context.CancelFunc
	ended sync.WaitGroup
	err   error
}

func (c *compacting) Put(ctx context.Context, entries []index.Entry) error {
	if err := c.Store.Put(ctx, entries); err != nil {
		return err
	}
	if c.stop != nil || c.puts.Add(1)%8 > 0 {
		return nil
	}
	return errors.Join(c.SealAll(ctx), c.Compact(ctx))
}

// Pause ends what goes on all the time.
func (c *compacting) Pause() error {
	if c.stop != nil {
		c.stop()
		c.ended.Wait()
	}
	return c.err
}

func (c *compacting) Close() error { return errors.Join(c.Pause(), c.Store.Close()) }

func openCompacting(o local.Options, always bool) func(t *testing.T, dir string) index.Store {
	return func(t *testing.T, dir string) index.Store {
		t.Helper()
		s, err := local.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		c := &compacting{Store: s}
		if always {
			ctx, stop := context.WithCancel(context.Background())
			c.stop = stop
			c.ended.Go(func() {
				for ctx.Err() == nil && c.err == nil {
					if err := errors.Join(s.SealAll(ctx), s.Compact(ctx)); ctx.Err() == nil {
						c.err = err
					}
				}
			})
		}
		t.Cleanup(func() {
			c.Close()
			if d := s.Damage(); len(d) > 0 {
				t.Errorf("damage: %v", d)
			}
		})
		return c
	}
}

func TestCompactedStore(t *testing.T) {
	o := local.Options{SealBytes: 6000, BlockBytes: 1500, MergeBytes: 40_000}
	for name, open := range map[string]func(t *testing.T, dir string) index.Store{
		"between":    openCompacting(o, false),
		"meanwhile":  openCompacting(o, true),
		"in running": openRunning(local.Options{SealBytes: 2000, BlockBytes: 1500, MergeBytes: 16_000, MergeRate: 1 << 30, MergeAge: time.Millisecond}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			indextest.Run(t, open)
		})
	}
}
