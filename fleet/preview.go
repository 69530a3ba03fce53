package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Preview says what a request would ask, who can answer it, and what that is
// likely to cost. Zero times and numbers are not known.
type Preview struct {
	Query       string          `json:"query"`
	From        time.Time       `json:"from,omitzero"`
	To          time.Time       `json:"to,omitzero"`
	SameJob     *Job            `json:"same_job,omitempty"`
	Sensors     []SensorPreview `json:"sensors"`
	Expires     time.Time       `json:"expires,omitzero"` // when the first of them loses wanted packets
	ExpiresOn   string          `json:"expires_on,omitempty"`
	ExpiresInMS int64           `json:"expires_in_ms,omitempty"`
	Cost
	Basis string `json:"basis,omitempty"`
}

// SensorPreview is one sensor's part of a Preview.
type SensorPreview struct {
	Sensor      string    `json:"sensor"`
	Sent        string    `json:"sent"`
	CutHere     []string  `json:"cut_here,omitempty"`
	Error       string    `json:"error,omitempty"` // why it can't be asked this
	Has         string    `json:"has"`             // all, part, none, unknown
	Text        string    `json:"text"`            // the same in words
	Oldest      time.Time `json:"oldest,omitzero"`
	Newest      time.Time `json:"newest,omitzero"`
	Expires     time.Time `json:"expires,omitzero"` // when it loses the oldest wanted packet
	ExpiresInMS int64     `json:"expires_in_ms,omitempty"`
	Waiting     int       `json:"waiting"`
	Cost
}

// Cost is what an answer is likely to be.
type Cost struct {
	Packets int64   `json:"packets,omitempty"`
	Bytes   int64   `json:"bytes,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

// Preview checks a request as Submit does and returns what would come of it.
// Nothing is kept, and no sensor is asked. Errors are Submit's, but for those
// of sources and equal jobs.
func (m *Manager) Preview(r Request) (Preview, error) {
	now := time.Now().UTC()
	j, err := m.newJob(r, now)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Query: j.Query, From: j.From, To: j.To}
	if same, ok := m.same(j, now); ok {
		p.SameJob = &same
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	costs := m.costs(j)
	for _, s := range j.Sensors {
		q := m.queue(s.Sensor)
		if q == nil {
			continue // removed a moment ago
		}
		sp := q.preview(j, now)
		if sp.Has != "none" {
			sp.Cost = costs[s.Sensor]
		}
		p.add(sp)
	}
	if p.Packets > 0 {
		p.Basis = "estimated from earlier jobs"
	}
	return p, nil
}

// add takes a sensor's part into the whole.
func (p *Preview) add(s SensorPreview) {
	p.Sensors = append(p.Sensors, s)
	p.Packets += s.Packets
	p.Bytes += s.Bytes
	p.Seconds = max(p.Seconds, s.Seconds)
	if !s.Expires.IsZero() && (p.Expires.IsZero() || s.Expires.Before(p.Expires)) {
		p.Expires, p.ExpiresOn, p.ExpiresInMS = s.Expires, s.Sensor, s.ExpiresInMS
	}
}

// preview is called with Manager.mu held.
func (q *queue) preview(j *job, now time.Time) SensorPreview {
	p := SensorPreview{Sensor: q.config.ID, Waiting: len(q.waiting) + len(q.asked)}
	sent, cut, err := j.filter.For(q.traits)
	p.Sent, p.CutHere = sent.String(), cut
	if err != nil {
		p.Error = err.Error()
	}
	if l := q.watch.last; l.ok && !q.traits.Live {
		p.Oldest, p.Newest = l.Oldest, l.newest()
	}
	p.Has, p.Text = q.has(j.From, j.To, now)
	if p.Has == "all" || p.Has == "part" {
		wanted := j.From
		if wanted.Before(p.Oldest) {
			wanted = p.Oldest
		}
		if at := q.watch.expires(wanted, now); !at.IsZero() {
			p.Expires, p.ExpiresInMS = at, at.Sub(now).Milliseconds()
		}
	}
	return p
}

// has says in a word and in words whether a sensor has a window.
func (q *queue) has(from, to, now time.Time) (word, text string) {
	w := &q.watch
	g := signs{traits: q.traits, from: from, to: to, before: w.last, asked: now}
	switch {
	case q.traits.Live:
		if g.outside() != "" {
			return "none", "captures from now on only"
		}
		return "part", "captures from now on"
	case !w.last.ok && w.err != "":
		return "unknown", fmt.Sprintf("no answer since %s", clock(w.since, now))
	case !w.last.ok:
		return "unknown", "not asked yet"
	}
	l := w.last
	suffix := ""
	if w.err != "" {
		suffix = fmt.Sprintf("; no answer since %s", clock(w.since, now))
	}
	switch {
	case l.Empty:
		return "none", "has no packets" + suffix
	case l.Oldest.IsZero():
		return "unknown", "does not say how old its packets are" + suffix
	case !to.IsZero() && !to.After(l.Oldest):
		return "none", "rolled over, oldest " + clock(l.Oldest, to) + suffix
	case !from.IsZero() && !from.Before(now):
		return "none", "has not been recorded yet" + suffix
	case !from.IsZero() && !from.Before(l.newest()):
		return "none", "not answered yet, newest " + clock(l.newest(), from) + suffix
	}
	if edges := g.edges(); len(edges) > 0 {
		text = "newest " + clock(l.newest(), to)
		if from.Before(l.Oldest) {
			text = "oldest " + clock(l.Oldest, from)
		}
		return "part", text + suffix
	}
	if suffix != "" {
		return "unknown", "had all of it" + suffix
	}
	return "all", "has all of it"
}

// maxPast is how many earlier answers of a sensor an estimate rests on.
const maxPast = 20

// costs estimates each sensor's answer from earlier ones: those to the same
// question at other times, else those to questions of the same shape, a
// packet a second of the window. m.mu is held.
func (m *Manager) costs(j *job) map[string]Cost {
	ids := make([]uint64, 0, len(m.known))
	for id := range m.known {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Compare(b, a) })
	base, form := j.filter.Base().String(), shape(j.filter.Base().root)
	same, like := make(map[string][]past), make(map[string][]past)
	for _, id := range ids {
		o := m.known[id]
		if o.From.IsZero() || o.To.IsZero() || o.filter.IsZero() {
			continue
		}
		is := o.filter.Base().String() == base
		if !is && shape(o.filter.Base().root) != form {
			continue
		}
		for _, s := range o.Sensors {
			if s.State != Done || s.Verdict == Outside {
				continue
			}
			if is && len(same[s.Sensor]) < maxPast {
				same[s.Sensor] = append(same[s.Sensor], past{o.To.Sub(o.From), s})
			} else if len(like[s.Sensor]) < maxPast {
				like[s.Sensor] = append(like[s.Sensor], past{o.To.Sub(o.From), s})
			}
		}
	}
	costs := make(map[string]Cost)
	for _, s := range j.Sensors {
		from := same[s.Sensor]
		if len(from) == 0 {
			from = like[s.Sensor]
		}
		if !j.From.IsZero() && !j.To.IsZero() && len(from) > 0 {
			costs[s.Sensor] = estimate(from, j.To.Sub(j.From))
		}
	}
	return costs
}

// past is an earlier answer to a window of that length.
type past struct {
	window time.Duration
	SensorState
}

// estimate scales earlier answers to a window.
func estimate(all []past, window time.Duration) Cost {
	var windows, took time.Duration
	var packets, bytes int64
	for _, p := range all {
		windows += p.window
		packets += p.Packets
		bytes += p.Bytes
		took += p.Ended.Sub(p.Started)
	}
	if windows <= 0 {
		return Cost{}
	}
	scale := window.Seconds() / windows.Seconds()
	return Cost{
		Packets: int64(float64(packets)*scale + 0.5), Bytes: int64(float64(bytes)*scale + 0.5),
		Seconds: took.Seconds() * scale,
	}
}

// shape is what kinds of conditions a filter has, whatever their values.
func shape(n filterNode) string {
	switch n := n.(type) {
	case nil:
		return ""
	case filterNot:
		return "not " + shape(n.kid)
	case *filterJoin:
		text := "("
		for i, k := range n.kids {
			if i > 0 {
				text += " " + n.op.String() + " "
			}
			text += shape(k)
		}
		return text + ")"
	case filterTime:
		return "time"
	}
	return fmt.Sprintf("%T", n)
}
