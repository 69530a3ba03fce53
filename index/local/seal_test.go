package local

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"spoor/index"
)

func TestRunSealsWhatIsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.TempDir(), Options{SealAge: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		segments := func() int {
			synctest.Wait()
			s.mu.RLock()
			defer s.mu.RUnlock()
			return len(s.segments)
		}
		time.Sleep(time.Minute)
		if got := segments(); got != 0 {
			t.Errorf("an idle minute made %d segments", got)
		}
		if err := s.Put(t.Context(), lines(0, 10)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(29 * time.Second)
		if got := segments(); got != 0 {
			t.Errorf("%d segments before SealAge", got)
		}
		time.Sleep(30 * time.Second)
		if got := segments(); got != 1 {
			t.Errorf("%d segments after SealAge, want 1", got)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestDaysAreKeptApart(t *testing.T) {
	known := newStreams(10)
	e := []index.Entry{{Stream: &index.Stream{Tag: "a"}}, {Stream: &index.Stream{Tag: "b"}}}
	if _, err := known.number(e, someTime); err != nil {
		t.Fatal(err)
	}
	day := func(d int, size uint32) row { return row{time: int64(d)*dayNanos + 5, size: size} }
	all := []piece{
		{known.get(1), []row{day(-1, 1), day(0, 60), day(1, 2), day(2, 3)}},
		{known.get(2), []row{day(0, 50), day(3, 4)}},
	}
	parts := partition(all, 100)
	if len(parts) != 2 {
		t.Fatalf("got %d parts, want the large day and the rest", len(parts))
	}
	if got := parts[0]; len(got) != 2 || len(got[0].rows) != 1 || got[0].rows[0].size != 60 || got[1].rows[0].size != 50 {
		t.Errorf("large day: got %+v", got)
	}
	rest := parts[1]
	if len(rest) != 2 || len(rest[0].rows) != 3 || rest[0].rows[1].size != 2 || len(rest[1].rows) != 1 {
		t.Errorf("rest: got %+v", rest)
	}
	if got := partition(all[1:], 1000); len(got) != 1 || len(got[0]) != 1 || len(got[0][0].rows) != 2 {
		t.Errorf("small days: got %+v, want them in one part", got)
	}
}
