package actionables

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	// maxTrialValues bounds the different values that a Trial counts, and
	// shownValues how many it shows.
	maxTrialValues = 10_000
	shownValues    = 20
)

// Trial runs triggers that are not stored yet over real lines, with the same
// engine as at run time, and counts. It is for one goroutine.
type Trial struct {
	all    *Matcher
	each   []*Matcher // of each trigger alone, nil for a disabled one
	now    func() time.Time
	values map[string]int
	found  Trialled
	marked int // bytes inside matches
}

// Trialled is what a Trial has seen.
type Trialled struct {
	Entries int           `json:"entries"`
	Bytes   int           `json:"bytes"`
	Hits    int           `json:"hits"`
	Lines   int           `json:"lines"`
	Values  []CountedWord `json:"values"`
	// SlowestUS is the longest that all triggers took on a line, in
	// microseconds, and Slowest that line's ID.
	SlowestUS float64 `json:"slowest_us"`
	Slowest   string  `json:"slowest"`
	// Noisy says why these triggers would bother people; empty: they don't.
	Noisy    string           `json:"noisy,omitempty"`
	Triggers []TriggerTrialed `json:"triggers"`
}

// CountedWord is a value and how often it was found.
type CountedWord struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// TriggerTrialed is what one trigger did.
type TriggerTrialed struct {
	Hits      int     `json:"hits"`
	Lines     int     `json:"lines"`
	USPerLine float64 `json:"us_per_line"`
	took      time.Duration
}

// NewTrial compiles triggers; those for selections are run as well. The error
// is an *InvalidError.
func NewTrial(triggers []Trigger, when *Condition) (*Trial, error) {
	t := &Trial{now: time.Now, values: map[string]int{}}
	if f := when.check(); f != nil {
		return nil, invalid("when", f)
	}
	if n := len(triggers); n > MaxTriggers {
		return nil, invalid("triggers", &fault{0, fmt.Sprintf("%d triggers, at most %d", n, MaxTriggers)})
	}
	triggers = slices.Clone(triggers)
	for i := range triggers {
		if _, f := triggers[i].compile(); f != nil {
			f.Trigger = i
			return nil, f
		}
		triggers[i].On = OnClick
	}
	var err error
	if t.all, err = NewMatcher([]Actionable{{ID: "test", When: when, Triggers: triggers}}); err != nil {
		return nil, err
	}
	for i := range triggers {
		m, err := NewMatcher([]Actionable{{ID: "test", When: when, Triggers: triggers[i : i+1]}})
		if err != nil {
			return nil, err
		}
		t.each = append(t.each, m)
	}
	t.found.Triggers = make([]TriggerTrialed, len(triggers))
	return t, nil
}

// Line runs the triggers over a line and returns what they match.
func (t *Trial) Line(id string, text []byte, at Place) []Match {
	start := t.now()
	matches := t.all.ScanAt(text, at)
	if us := micros(t.now().Sub(start)); us > t.found.SlowestUS {
		t.found.SlowestUS, t.found.Slowest = us, id
	}
	t.found.Entries++
	t.found.Bytes += len(text)
	t.found.Hits += len(matches)
	if len(matches) > 0 {
		t.found.Lines++
	}
	for _, m := range matches {
		t.marked += m.End - m.Start
		if _, known := t.values[m.Value]; known || len(t.values) < maxTrialValues {
			t.values[m.Value]++
		}
	}
	for i, m := range t.each {
		one := &t.found.Triggers[i]
		start := t.now()
		hits := len(m.ScanAt(text, at))
		one.took += t.now().Sub(start)
		one.Hits += hits
		if hits > 0 {
			one.Lines++
		}
	}
	return matches
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()/10) / 100 }

// Result is what was seen so far.
func (t *Trial) Result() Trialled {
	r := t.found
	r.Values = []CountedWord{}
	for v, n := range maps.All(t.values) {
		r.Values = append(r.Values, CountedWord{v, n})
	}
	slices.SortFunc(r.Values, func(a, b CountedWord) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	r.Values = r.Values[:min(len(r.Values), shownValues)]
	r.Triggers = slices.Clone(r.Triggers)
	for i := range r.Triggers {
		if r.Entries > 0 {
			r.Triggers[i].USPerLine = micros(r.Triggers[i].took / time.Duration(r.Entries))
		}
	}
	r.Noisy = t.noisy()
	return r
}

// Beyond these a trigger bothers people: where all is underlined, nothing is.
const (
	noisyPerLine  = 10  // matches in a line that has one
	noisyShare    = 0.4 // of the text
	slowPerLine   = 500 * time.Microsecond
	fewestEntries = 10
)

func (t *Trial) noisy() string {
	f := &t.found
	if f.Entries < fewestEntries || f.Lines == 0 {
		return ""
	}
	if share := float64(t.marked) / float64(f.Bytes); share > noisyShare {
		return fmt.Sprintf("underlines %.0f %% of all text", 100*share)
	}
	if per := float64(f.Hits) / float64(f.Lines); per >= noisyPerLine {
		return fmt.Sprintf("matches %.0f times in a line", per)
	}
	for i, one := range f.Triggers {
		if per := one.took / time.Duration(f.Entries); per > slowPerLine {
			return fmt.Sprintf("trigger %d takes %v a line", i+1, per.Round(10*time.Microsecond))
		}
	}
	return ""
}
