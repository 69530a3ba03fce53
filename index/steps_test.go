package index_test

import (
	"testing"
	"time"

	"spoor/index"
)

func TestStepsAreRoundAndCover(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		from, to string
		most     int
		finest   time.Duration
		begins   string
		width    time.Duration
		n        int
	}{
		{"2026-03-04T10:03:00Z", "2026-03-04T10:57:00Z", 60, time.Second, "2026-03-04T10:03:00Z", time.Minute, 54},
		{"2026-03-04T10:03:10Z", "2026-03-04T10:57:00Z", 54, time.Second, "2026-03-04T10:03:00Z", time.Minute, 54},
		{"2026-03-04T10:03:10Z", "2026-03-04T10:57:00Z", 53, time.Second, "2026-03-04T10:02:00Z", 2 * time.Minute, 28},
		{"2026-03-04T10:00:00Z", "2026-03-04T10:00:00.5Z", 100, time.Millisecond, "2026-03-04T10:00:00Z", 5 * time.Millisecond, 100},
		{"2026-03-04T10:00:00.2Z", "2026-03-04T10:00:00.5Z", 100, time.Second, "2026-03-04T10:00:00Z", time.Second, 1},
		// Weeks begin on a Monday.
		{"2026-03-04T10:00:00Z", "2026-06-04T10:00:00Z", 20, time.Second, "2026-03-02T00:00:00Z", 7 * 24 * time.Hour, 14},
		{"1900-01-01T00:00:00Z", "2200-01-01T00:00:00Z", 60, time.Second, "1890-01-20T00:00:00Z", 3650 * 24 * time.Hour, 32},
		{"1969-12-31T23:59:59Z", "1970-01-01T00:00:01Z", 10, time.Second, "1969-12-31T23:59:59Z", time.Second, 2},
	} {
		s := index.RoundSteps(at(c.from), at(c.to), c.most, c.finest)
		if !s.From.Equal(at(c.begins)) || s.Width != c.width || s.N != c.n {
			t.Errorf("%s to %s in %d: got %d of %s from %s, want %d of %s from %s", c.from, c.to, c.most, s.N, s.Width, s.From, c.n, c.width, c.begins)
		}
		first, ok := s.Of(at(c.from))
		last, ok2 := s.Of(at(c.to).Add(-1))
		if !ok || !ok2 || first != 0 || last != s.N-1 {
			t.Errorf("%s to %s: the ends are in steps %d and %d of %d", c.from, c.to, first, last, s.N)
		}
		if _, ok := s.Of(s.To()); ok {
			t.Errorf("%s to %s: what is behind the last step is in one", c.from, c.to)
		}
	}
	if s := index.StepsOf(time.Hour, at("2026-03-04T10:00:00Z"), at("2026-03-04T10:00:00Z")); s.N != 0 {
		t.Errorf("no time at all: got %d steps", s.N)
	}
	longest := index.StepsOf(time.Hour, time.Unix(0, -1<<63), time.Unix(0, 1<<63-1))
	if i, ok := longest.Of(time.Unix(0, 1<<63-2)); !ok || i != longest.N-1 {
		t.Errorf("the longest time there is: the last is in step %d of %d", i, longest.N)
	}
}
