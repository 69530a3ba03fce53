package fleet

import (
	"fmt"
	"strings"
	"time"
)

// Verdict says how far an answer can be trusted to be whole.
type Verdict string

// The verdicts. There is none before a sensor is done.
const (
	Complete    Verdict = "complete"         // as far as the sensor says: more can't be claimed
	PossiblyCut Verdict = "possibly cut"     // there are signs that packets are missing
	Outside     Verdict = "outside coverage" // the sensor has nothing of the window
)

// stenographerDeadline is when a Stenographer gives up, ending its answer as
// if it were whole.
const stenographerDeadline = 15 * time.Minute

// signs is what is known about an answer that ended as a whole one ends.
type signs struct {
	traits        Traits
	from, to      time.Time // the window; zero is unbounded
	before, after look      // at the sensor
	took          time.Duration
	asked         time.Time
	seen, wanted  int64  // packets that arrived, and those of them that were stored, by an earlier turn too
	limit         string // that was reached, in words
	end           End
}

// look is what a sensor said of itself at a moment; ok is false when it said
// nothing.
type look struct {
	Health
	at time.Time
	ok bool
}

// newest is up to where packets were answered at that moment.
func (l look) newest() time.Time {
	if !l.Newest.IsZero() {
		return l.Newest
	}
	return l.at.Add(-l.Lag)
}

// verdict weighs the signs. The reason is empty for Complete.
func (g signs) verdict() (Verdict, string) {
	var doubts []string
	if text := g.outside(); text != "" && g.wanted == 0 && g.unsent() == 0 {
		return Outside, text
	} else if text != "" {
		doubts = append(doubts, text)
	}
	doubt := func(format string, args ...any) { doubts = append(doubts, fmt.Sprintf(format, args...)) }
	if g.limit != "" {
		doubt("the limit of %s was reached: the sensor may have more", g.limit)
	}
	if g.end.Doubt != "" {
		doubt("the sensor says: %s", g.end.Doubt)
	}
	if g.end.Packets >= 0 && g.end.Packets != g.seen {
		doubt("the sensor says that it sent %d packets, %d arrived", g.end.Packets, g.seen)
	}
	if g.traits.Silent && g.took > stenographerDeadline-10*time.Second {
		doubt("the answer took as long as a Stenographer works on one: it may be cut short")
	}
	if n := g.unsent(); n > 0 {
		doubt("the sensor read %d packets more than it sent: a file of it may be damaged or gone", n)
	}
	doubts = append(doubts, g.edges()...)
	if len(doubts) == 0 {
		return Complete, ""
	}
	return PossiblyCut, strings.Join(doubts, "; ")
}

// outside says why nothing of the window can have been answered; "" when
// something can.
func (g signs) outside() string {
	switch {
	case g.traits.Live:
		if !g.to.IsZero() && g.to.Before(g.asked) {
			return fmt.Sprintf("it captures from now on, the window ended at %s", clock(g.to, g.asked))
		}
	case !g.before.ok:
	case g.before.Empty:
		return "the sensor has no packets at all"
	case !g.to.IsZero() && !g.before.Oldest.IsZero() && !g.to.After(g.before.Oldest):
		return fmt.Sprintf("oldest packet is %s, window ends %s", clock(g.before.Oldest, g.to), clock(g.to, g.before.Oldest))
	case !g.from.IsZero() && !g.from.Before(g.before.newest()):
		return fmt.Sprintf("newest answered packet is %s, window starts %s", clock(g.before.newest(), g.from), clock(g.from, g.before.newest()))
	}
	return ""
}

// edges says which ends of the window the sensor did not have.
func (g signs) edges() []string {
	var doubts []string
	if g.traits.Live {
		if !g.from.IsZero() && g.from.Before(g.asked) {
			doubts = append(doubts, fmt.Sprintf("it captures from now on, the window starts %s", clock(g.from, g.asked)))
		}
		return doubts
	}
	oldest, rolled := g.before.Oldest, false
	if g.after.ok && g.after.Oldest.After(oldest) && g.before.ok && !oldest.IsZero() {
		oldest, rolled = g.after.Oldest, true
	}
	if g.before.ok && !oldest.IsZero() && g.from.Before(oldest) {
		start := "has no start"
		if !g.from.IsZero() {
			start = "starts " + clock(g.from, oldest)
		}
		text := fmt.Sprintf("coverage begins %s, the window %s", clock(oldest, g.from), start)
		if rolled && !g.from.Before(g.before.Oldest) {
			text = fmt.Sprintf("old packets went while it answered: oldest is %s now, the window %s", clock(oldest, g.from), start)
		}
		doubts = append(doubts, text)
	}
	if newest := g.before.newest(); g.before.ok && (g.to.IsZero() && g.before.Lag > 0 || g.to.After(newest)) {
		doubts = append(doubts, fmt.Sprintf("packets after %s were not answered yet", clock(newest, g.to)))
	}
	return doubts
}

// unsent is how many packets the sensor read for the answer and did not send;
// 0 when that can't be told, because it was asked by others meanwhile or a
// limit let it read ahead.
func (g signs) unsent() int64 {
	if !g.traits.Silent || !g.before.ok || !g.after.ok || g.limit != "" || g.after.Asked-g.before.Asked != 1 {
		return 0
	}
	return max(0, g.after.Read-g.before.Read-g.seen)
}

// clock writes a time as shortly as a reader who knows the other can take it.
func clock(t, other time.Time) string {
	t, other = t.UTC(), other.UTC()
	if y, m, d := t.Date(); !other.IsZero() {
		if oy, om, od := other.Date(); y == oy && m == om && d == od {
			return t.Format("15:04:05")
		}
	}
	return t.Format("2006-01-02 15:04:05")
}

// judge sets the job's verdict: the weakest of its sensors'.
func (j *Job) judge() {
	j.Verdict, j.Doubt = "", ""
	if j.State != Done {
		return
	}
	var doubts []string
	outside := 0
	for _, s := range j.Sensors {
		switch {
		case s.State != Done:
			doubts = append(doubts, fmt.Sprintf("%s %s", s.Sensor, s.State))
		case s.Verdict == Outside:
			outside++
			doubts = append(doubts, fmt.Sprintf("%s: %s", s.Sensor, s.Doubt))
		case s.Verdict == PossiblyCut:
			doubts = append(doubts, fmt.Sprintf("%s: %s", s.Sensor, s.Doubt))
		}
	}
	switch {
	case len(doubts) == 0:
		j.Verdict = Complete
	case outside == len(j.Sensors):
		j.Verdict = Outside
	default:
		j.Verdict = PossiblyCut
	}
	j.Doubt = shortened(strings.Join(doubts, "; "))
}
