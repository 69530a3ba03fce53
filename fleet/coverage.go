package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"spoor/internal/meta"
)

const (
	lookTimeout = 5 * time.Second  // for what a question waits for
	pollMost    = 5 * time.Minute  // between looks at a sensor that does not answer
	keepEvery   = 5 * time.Minute  // between writings of what was seen
	sampleEvery = time.Minute      // between samples of the oldest packet
	maxSamples  = 120              // two hours of them
	paceOver    = 30 * time.Minute // how long the oldest packets are watched to tell how fast they go
	maxOutages  = 50               // that are remembered a sensor
	certSoon    = 14 * 24 * time.Hour
)

// watch is what is known of a sensor by looking at it. Manager.mu guards it.
type watch struct {
	last    look      // the newest that was answered
	err     string    // of the newest look; "" it was answered
	since   time.Time // from when on err, or none, holds
	checked time.Time // when it was last looked at; zero never
	kept    time.Time
	watchRecord
}

// watchRecord is what of a watch outlives the process.
type watchRecord struct {
	Samples []sample `json:"samples"` // oldest first
	Outages []outage `json:"outages"` // oldest first
}

// sample is where coverage began at a moment.
type sample struct {
	At     time.Time `json:"at"`
	Oldest time.Time `json:"oldest"`
}

// outage is a time in which a sensor did not answer.
type outage struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"` // zero: it goes on
}

// watch looks at a sensor until ctx ends: every half minute or so, not at the
// same moment as others, and less often while it does not answer.
func (m *Manager) watch(ctx context.Context, q *queue) {
	pause := time.Duration(0)
	for {
		select {
		case <-time.After(jitter(pause)):
		case <-ctx.Done():
			return
		}
		if m.look(ctx, q).ok {
			pause = m.o.Poll
		} else {
			pause = min(max(2*pause, m.o.Poll), max(pollMost, m.o.Poll))
		}
	}
}

// jitter spreads d by a fifth to both sides.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d - d/5 + rand.N(2*d/5+1)
}

// look asks a sensor what it has, and remembers the answer.
func (m *Manager) look(ctx context.Context, q *queue) look {
	short, end := context.WithTimeout(ctx, lookTimeout)
	defer end()
	h, err := q.sensor.Health(short)
	if ctx.Err() != nil {
		return look{}
	}
	now := time.Now()
	l := look{Health: h, at: now, ok: err == nil}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noteLook(q, l, err)
	return l
}

// noteLook remembers what a look brought. m.mu is held.
func (m *Manager) noteLook(q *queue, l look, err error) {
	w := &q.watch
	before := w.err
	first := w.checked.IsZero()
	w.checked = l.at
	if w.err = ""; err != nil {
		w.err = shortened(err.Error())
		if errors.Is(err, context.DeadlineExceeded) {
			w.err = fmt.Sprintf("no answer in %s", lookTimeout)
		}
	}
	turned := first || (before == "") != (w.err == "")
	if turned {
		w.since = l.at
	}
	w.outage(l.at, err != nil)
	if err == nil {
		w.last = l
		w.sample(l)
	}
	if turned || w.err != before || l.at.Sub(w.kept) >= keepEvery {
		w.kept = l.at
		if err := m.watched.Put(q.config.ID, w.watchRecord); err != nil {
			m.log.Error("coverage is not on disk", "sensor", q.config.ID, "err", err)
		}
	}
	m.senSubs.changed(q.config.ID)
}

// outage begins or ends a time without answers.
func (w *watch) outage(at time.Time, out bool) {
	n := len(w.Outages)
	going := n > 0 && w.Outages[n-1].To.IsZero()
	switch {
	case out && !going:
		w.Outages = append(w.Outages, outage{From: at})
		w.Outages = w.Outages[max(0, len(w.Outages)-maxOutages):]
	case !out && going:
		w.Outages[n-1].To = at
	}
}

// sample remembers where coverage begins, once a minute.
func (w *watch) sample(l look) {
	n := len(w.Samples)
	if l.Oldest.IsZero() || n > 0 && l.at.Sub(w.Samples[n-1].At) < sampleEvery {
		return
	}
	if n > 0 && l.Oldest.Before(w.Samples[n-1].Oldest) {
		w.Samples = w.Samples[:0] // it was given old packets: what was before says nothing
	}
	w.Samples = append(w.Samples, sample{l.at, l.Oldest})
	w.Samples = w.Samples[max(0, len(w.Samples)-maxSamples):]
}

// pace is how fast the oldest packets go: seconds of them a second. It is 0
// when none were seen to go.
func (w *watch) pace() float64 {
	n := len(w.Samples)
	if n < 2 {
		return 0
	}
	last := w.Samples[n-1]
	first := w.Samples[0]
	for _, s := range w.Samples[:n-1] { // as of late, not as on average
		if last.At.Sub(s.At) >= paceOver {
			first = s
		}
	}
	took := last.At.Sub(first.At)
	if took < sampleEvery || !last.Oldest.After(first.Oldest) {
		return 0
	}
	return last.Oldest.Sub(first.Oldest).Seconds() / took.Seconds()
}

// expires is when a packet of time t is gone at the present pace; zero when
// nothing goes, or it is gone already.
func (w *watch) expires(t, now time.Time) time.Time {
	pace := w.pace()
	if pace <= 0 || !w.last.ok || t.Before(w.last.Oldest) {
		return time.Time{}
	}
	left := t.Sub(w.last.Oldest).Seconds()/pace - now.Sub(w.last.at).Seconds()
	const most = 10 * 365 * 24 * 3600.
	if left > most {
		return time.Time{}
	}
	return now.Add(time.Duration(max(0, left) * float64(time.Second))).UTC().Truncate(time.Second)
}

// loadWatch reads what earlier processes saw of a sensor.
func (m *Manager) loadWatch(q *queue) error {
	r, err := m.watched.Get(q.config.ID)
	if err != nil && !errors.Is(err, meta.ErrNotFound) {
		return err
	}
	q.watch.watchRecord = r
	return nil
}

// SensorInfo is a sensor as others see it.
type SensorInfo struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind"`
	URL      string     `json:"url"`
	Tag      string     `json:"tag"`
	Editable bool       `json:"editable"`          // was made by AddSensor
	Version  uint64     `json:"version,omitempty"` // of an editable one
	Queries  int        `json:"queries"`           // at once
	Running  int        `json:"running"`
	Waiting  int        `json:"waiting"`
	Health   HealthInfo `json:"health"`
	Coverage *Coverage  `json:"coverage,omitempty"` // nil: nothing is known
}

// HealthInfo says how a sensor is.
type HealthInfo struct {
	State           string    `json:"state"` // good, warn, bad, unknown
	Text            string    `json:"text"`
	Checked         time.Time `json:"checked,omitzero"`
	Since           time.Time `json:"since,omitzero"` // from when on it is good or bad
	Error           string    `json:"error"`
	CertificateEnds time.Time `json:"certificate_ends,omitzero"`
}

// Coverage says which packets a sensor has.
type Coverage struct {
	Oldest  time.Time `json:"oldest,omitzero"`
	Newest  time.Time `json:"newest,omitzero"`
	LagMS   int64     `json:"lag_ms"`
	KeepsMS int64     `json:"keeps_ms"`
	Live    bool      `json:"live"`
	Rolling bool      `json:"rolling"`
	Empty   bool      `json:"empty"`
	Spans   []Span    `json:"spans"`
}

// Span is a time of which a sensor has packets: state is has, late (captured,
// not answered yet) or doubtful.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	State string    `json:"state"`
	Why   string    `json:"why"`
}

// Sensor returns a sensor with what is known of it, or ErrUnknownSensor.
func (m *Manager) Sensor(id string) (SensorInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queue(id)
	if q == nil {
		return SensorInfo{}, fmt.Errorf("%w %q", ErrUnknownSensor, id)
	}
	return q.info(time.Now()), nil
}

// SensorInfos returns all sensors in their order.
func (m *Manager) SensorInfos() []SensorInfo {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]SensorInfo, len(m.queues))
	for i, q := range m.queues {
		all[i] = q.info(time.Now())
	}
	return all
}

// info is called with Manager.mu held.
func (q *queue) info(now time.Time) SensorInfo {
	c := q.config
	return SensorInfo{
		ID: c.ID, Name: c.Name, Kind: c.Kind, URL: c.URL, Tag: c.Tag,
		Editable: q.version > 0, Version: q.version, Queries: q.slots(),
		Running: len(q.asked), Waiting: len(q.waiting),
		Health: q.watch.health(now), Coverage: q.watch.coverage(now, q.traits.Live),
	}
}

func (w *watch) health(now time.Time) HealthInfo {
	h := HealthInfo{State: "good", Text: "good", Checked: w.checked.UTC(), Since: w.since.UTC(), Error: w.err}
	if w.last.ok && !w.last.Expires.IsZero() {
		h.CertificateEnds = w.last.Expires.UTC()
	}
	left := h.CertificateEnds.Sub(now)
	switch {
	case w.checked.IsZero():
		return HealthInfo{State: "unknown", Text: "not asked yet"}
	case w.err != "":
		h.State, h.Text = "bad", "no answer"
	case w.last.Warning != "":
		h.State, h.Text = "warn", w.last.Warning
	case !h.CertificateEnds.IsZero() && left <= 0:
		h.State, h.Text = "bad", "certificate has ended"
	case !h.CertificateEnds.IsZero() && left < certSoon:
		h.State, h.Text = "warn", "certificate ends in "+daysText(left)
	case w.last.Empty:
		h.State, h.Text = "warn", "has no packets"
	}
	return h
}

func daysText(d time.Duration) string {
	days := int(d / (24 * time.Hour))
	if days == 1 {
		return "1 day"
	}
	if days == 0 {
		return fmt.Sprintf("%d hours", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days", days)
}

func (w *watch) coverage(now time.Time, live bool) *Coverage {
	c := &Coverage{Live: live, Spans: []Span{}}
	switch {
	case live:
		return c
	case !w.last.ok:
		return nil
	case w.last.Empty:
		c.Empty = true
		return c
	}
	l := w.last
	c.Oldest, c.Newest, c.LagMS = l.Oldest.UTC(), l.newest().UTC(), l.Lag.Milliseconds()
	c.Rolling = w.pace() > 0
	if l.Oldest.IsZero() {
		return c
	}
	c.KeepsMS = max(0, now.Sub(l.Oldest).Milliseconds())
	c.Spans = w.spans(now)
	return c
}

// spans cuts the time from the oldest packet to now into what is there, what
// is not answered yet, and what nobody watched.
func (w *watch) spans(now time.Time) []Span {
	spans := []Span{}
	at, end := w.last.Oldest.UTC(), w.last.newest().UTC()
	add := func(to time.Time, state, why string) {
		if to = to.UTC(); to.After(at) {
			spans = append(spans, Span{at, to, state, why})
			at = to
		}
	}
	for _, o := range w.Outages {
		to := o.To
		if to.IsZero() {
			to = now
		}
		if !to.After(at) || o.From.After(end) {
			continue
		}
		add(o.From, "has", "")
		add(to, "doubtful", fmt.Sprintf("no answer from %s to %s", clock(o.From, to), clock(to, o.From)))
	}
	add(end, "has", "")
	if w.err == "" {
		add(now, "late", "captured, not answered yet")
	} else {
		add(now, "doubtful", "no answer since "+clock(w.since, now))
	}
	return spans
}
