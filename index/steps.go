package index

import "time"

const day = 24 * time.Hour

// roundWidths are widths of steps in time that a person reads at once.
var roundWidths = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day, 365 * day, 1825 * day, 3650 * day, 36500 * day,
}

// Steps are equal steps in time. The zero value has none.
type Steps struct {
	From  time.Time
	Width time.Duration
	N     int
}

// RoundSteps returns steps of a round width, finest at the least, at round
// times that cover the time from from, in, to to, out. There are most of them
// at the most, which is 2 or more.
func RoundSteps(from, to time.Time, most int, finest time.Duration) Steps {
	widest := roundWidths[len(roundWidths)-1]
	for _, w := range roundWidths {
		if w < finest {
			continue
		}
		if s := StepsOf(w, from, to); w == widest || s.N <= most {
			return s
		}
	}
	return StepsOf(max(finest, widest), from, to)
}

// StepsOf returns the steps of a width, at multiples of it, that cover the
// time from from, in, to to, out.
func StepsOf(width time.Duration, from, to time.Time) Steps {
	s := Steps{From: StepAt(width, from), Width: width}
	if !to.After(from) {
		return s
	}
	// Two times can be further apart than a Duration can tell.
	first, last := uint64(clampUnix(s.From)), uint64(clampUnix(to))
	s.N = int((last-first-1)/uint64(width)) + 1
	return s
}

// monday is where weeks begin; the clock of the computers begins on a Thursday.
var monday = time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC).UnixNano()

// StepAt returns the beginning of the step of that width in which a time lies:
// a multiple of it since 1970, of weeks since a Monday.
func StepAt(width time.Duration, t time.Time) time.Time {
	return time.Unix(0, stepAt(int64(width), clampUnix(t))).UTC()
}

func stepAt(width, at int64) int64 {
	base := int64(0)
	if width%int64(7*day) == 0 {
		base = monday
	}
	off := (at - base) % width
	if off < 0 {
		off += width
	}
	if at < minUnix+off {
		return minUnix // the step begins before the first time that can be told
	}
	return at - off
}

// To is the end of the last step, or the last time that can be told.
func (s Steps) To() time.Time { return s.At(s.N) }

// At is the beginning of step i.
func (s Steps) At(i int) time.Time {
	at := clampUnix(s.From)
	if uint64(i) > uint64(maxUnix-at)/uint64(max(1, s.Width)) {
		return time.Unix(0, maxUnix).UTC()
	}
	return time.Unix(0, at+int64(i)*int64(s.Width)).UTC()
}

// Of returns in which step a time lies; false if it is in none.
func (s Steps) Of(t time.Time) (int, bool) {
	at, from := clampUnix(t), clampUnix(s.From)
	if at < from || s.N == 0 {
		return 0, false
	}
	i := (uint64(at) - uint64(from)) / uint64(s.Width)
	return int(i), i < uint64(s.N)
}

// The times whose nanoseconds since 1970 an int64 holds.
const (
	minUnix = -1 << 63
	maxUnix = 1<<63 - 1
)

func clampUnix(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, minUnix)):
		return minUnix
	case t.After(time.Unix(0, maxUnix)):
		return maxUnix
	}
	return t.UnixNano()
}
