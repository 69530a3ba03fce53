// Package fleet asks packet recorders for packets: sensors, filters, and the
// jobs that carry a filter to many sensors at once.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"spoor/internal/meta"
)

// FirstSource is the lowest source number that is handed out. Numbers below
// are left to people who number their own logs.
const FirstSource = 100

// Sink takes the packets of a job. Data of the packets is the sink's only
// during the call. It is called by many streams at once, and by one stream
// in the order of its packets. While it works that stream waits. Its context
// outlives a cancelled job for Options.Grace, so that a batch is stored or
// not, but never in doubt.
type Sink func(ctx context.Context, b Batch) error

// Options of a Manager. The zero value works.
type Options struct {
	SourceUsed func(uint32) bool // tells whether the store has entries of a source; nil: it never has
	Limits     Limits            // of a sensor's answer where a request names none; 0 means 1,000,000 packets, 1 GiB
	Most       Limits            // that a request may ask for; 0 means 100,000,000 packets, 100 GiB, 2 h
	Deadline   time.Duration     // of one sensor's answer; 0 means 15 minutes
	Grace      time.Duration     // for a batch under way when its stream is stopped; 0 means 5 s
	MaxActive  int               // jobs that have not ended; 0 means 200
	MaxJobs    int               // jobs that are kept; the oldest ended ones go; 0 means 10,000
	MaxSensors int               // sensors made by AddSensor; 0 means 200
	Poll       time.Duration     // how often a sensor is asked for its coverage; 0 means 30 s
	Secrets    string            // folder for the files of sensors made by AddSensor; "" refuses such files
	Logger     *slog.Logger      // nil discards
}

// Manager carries jobs to sensors. It is safe for concurrent use.
//
// Every sensor has a queue of its own and answers one question at a time,
// unless its configuration allows more: a recorder has no limit of its own,
// and a heavy question takes it the time that it needs for recording.
type Manager struct {
	o       Options
	log     *slog.Logger
	sink    Sink
	jobs    meta.Bucket[record]
	stored  meta.Bucket[chunk]
	seen    meta.Bucket[sketch]
	made    meta.Bucket[madeSensor]
	watched meta.Bucket[watchRecord]

	choose sync.Mutex // makes choosing a source and keeping its job one step
	edit   sync.Mutex // makes changing a sensor and its files one step

	mu      sync.Mutex // guards what follows, and what queues hold
	queues  []*queue
	launch  func(*queue) // starts a queue's workers; nil while Run is not running
	known   map[uint64]*job
	jobSubs subscribers[uint64, Job]
	senSubs subscribers[string, SensorInfo]
}

// job is a Job while it is cared for.
type job struct {
	record
	filter Filter
	cancel map[string]context.CancelCauseFunc // of running sensors, by id

	settling sync.Mutex // makes the end of a sensor's turn one step
}

// record is a Job as it is kept.
type record struct {
	Job
	Limits Limits `json:"limits"`
	// Chunks counts what the journal holds of a sensor: see journal.go.
	Chunks map[string]int `json:"chunks,omitempty"`
	// Forgotten: packets of it were deleted from the store.
	Forgotten bool `json:"forgotten,omitempty"`
}

// NewManager returns a manager of the jobs in db. Sensors are asked by Run,
// and jobs wait until then. Sensors without an id, or with one that another
// has, are an error. Those made by AddSensor are in db.
func NewManager(db *meta.DB, sensors []Sensor, sink Sink, o Options) (*Manager, error) {
	m := &Manager{o: o.withDefaults(), log: o.Logger, sink: sink, known: make(map[uint64]*job)}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	for _, s := range sensors {
		c := s.Config()
		switch {
		case c.ID == "":
			return nil, fmt.Errorf("sensor %q has no id", c.Name)
		case m.queue(c.ID) != nil:
			return nil, fmt.Errorf("two sensors have the id %q: give one another name", c.ID)
		}
		m.queues = append(m.queues, newQueue(s, 0))
	}
	if err := m.open(db); err != nil {
		return nil, err
	}
	if err := m.loadSensors(); err != nil {
		return nil, fmt.Errorf("read sensors: %w", err)
	}
	return m, m.load()
}

// open opens the buckets.
func (m *Manager) open(db *meta.DB) (err error) {
	if m.jobs, err = meta.NewBucket[record](db, "fleet.jobs"); err != nil {
		return err
	}
	if m.stored, err = meta.NewBucket[chunk](db, "fleet.stored"); err != nil {
		return err
	}
	if m.seen, err = meta.NewBucket[sketch](db, "fleet.seen"); err != nil {
		return err
	}
	if m.made, err = meta.NewBucket[madeSensor](db, "fleet.sensors"); err != nil {
		return err
	}
	m.watched, err = meta.NewBucket[watchRecord](db, "fleet.coverage")
	return err
}

func (o Options) withDefaults() Options {
	if o.SourceUsed == nil {
		o.SourceUsed = func(uint32) bool { return false }
	}
	o.Deadline = cmp.Or(o.Deadline, 15*time.Minute)
	o.Limits.Packets = cmp.Or(o.Limits.Packets, 1_000_000)
	o.Limits.Bytes = cmp.Or(o.Limits.Bytes, 1<<30)
	o.Limits.Time = o.Deadline
	o.Most.Packets = cmp.Or(o.Most.Packets, 100_000_000)
	o.Most.Bytes = cmp.Or(o.Most.Bytes, 100<<30)
	o.Most.Time = cmp.Or(o.Most.Time, 2*time.Hour)
	o.Grace = cmp.Or(o.Grace, 5*time.Second)
	o.MaxActive = cmp.Or(o.MaxActive, 200)
	o.MaxJobs = cmp.Or(o.MaxJobs, 10_000)
	o.MaxSensors = cmp.Or(o.MaxSensors, 200)
	o.Poll = cmp.Or(o.Poll, 30*time.Second)
	return o
}

// Job returns a job, or ErrNoJob.
func (m *Manager) Job(id uint64) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.known[id]
	if j == nil {
		return Job{}, fmt.Errorf("job %d: %w", id, ErrNoJob)
	}
	return m.shown(j), nil
}

// shown is a copy of j as others see it. m.mu is held.
func (m *Manager) shown(j *job) Job {
	c := j.clone()
	for i := range c.Sensors {
		s := &c.Sensors[i]
		if q := m.queue(s.Sensor); s.State == Queued && q != nil {
			s.Behind = q.behind(j.ID)
		}
		if s.State == Streaming {
			s.Rate = rate(s.Bytes, s.Answered, time.Now())
		}
	}
	return c
}

// rate is bytes a second since a moment.
func rate(bytes int64, since, now time.Time) int64 {
	took := now.Sub(since)
	if since.IsZero() || took <= 0 {
		return 0
	}
	return int64(float64(bytes) / max(took.Seconds(), 0.001))
}

// Sensors returns the sensors in their order, without the names of files.
func (m *Manager) Sensors() []SensorConfig {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]SensorConfig, len(m.queues))
	for i, q := range m.queues {
		all[i] = q.config
	}
	return all
}

// NextSource returns the lowest number from FirstSource up that no job has
// and no entry is stored under. It is a suggestion: only a job that is
// submitted has it for sure.
func (m *Manager) NextSource() (uint32, error) {
	taken := m.sources()
	for n := uint64(FirstSource); n <= math.MaxUint32; n++ {
		if _, ok := taken[uint32(n)]; !ok && !m.o.SourceUsed(uint32(n)) {
			return uint32(n), nil
		}
	}
	return 0, ErrNoSource
}

// sources returns the numbers that jobs have, and the newest job of each.
func (m *Manager) sources() map[uint32]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := make(map[uint32]uint64, len(m.known))
	for id, j := range m.known {
		taken[j.Source] = max(taken[j.Source], id)
	}
	return taken
}

// part returns what j knows of a sensor; nil when it was not asked.
func (j *job) part(sensor string) *SensorState {
	for i := range j.Sensors {
		if j.Sensors[i].Sensor == sensor {
			return &j.Sensors[i]
		}
	}
	return nil
}

// keep writes j to the disk and tells the subscribers. m.mu is held.
func (m *Manager) keep(j *job) error {
	j.sum()
	m.jobSubs.changed(j.ID)
	if err := m.jobs.Put(meta.Number(j.ID), j.record); err != nil {
		return fmt.Errorf("keep job %d: %w", j.ID, err)
	}
	return nil
}

// keepOrLog is for changes that have happened whether or not they could be
// written down.
func (m *Manager) keepOrLog(j *job) {
	if err := m.keep(j); err != nil {
		m.log.Error("job state is not on disk", "job", j.ID, "err", err)
	}
}

// errInterrupted is the reason of sensors that were running when the process
// ended. They are not asked again by themselves: a question that brought the
// process down would do so at every start.
var errInterrupted = errors.New("interrupted by a restart; retry asks again")

// load reads the jobs of earlier processes. Queued ones wait again, in their
// order.
func (m *Manager) load() error {
	all, err := m.jobs.All()
	if err != nil {
		return fmt.Errorf("read jobs: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range all {
		j := &job{record: r, cancel: make(map[string]context.CancelCauseFunc)}
		m.known[j.ID] = j
		if err := m.revive(j); err != nil {
			return fmt.Errorf("job %d: %w", j.ID, err)
		}
	}
	m.prune()
	return nil
}

// revive brings a job that was read in line with the present: the journal,
// the sensors that there are, and that nothing is running.
func (m *Manager) revive(j *job) error {
	filter, bad := ParseFilter(j.Query, j.Created)
	j.filter = filter
	before := j.clone()
	for i := range j.Sensors {
		s := &j.Sensors[i]
		if err := m.recount(j, s); err != nil {
			return err
		}
		q := m.queue(s.Sensor)
		switch {
		case !s.State.Ended() && s.Sensor == UploadSensor:
			s.fail(errUploadAgain, time.Now())
		case s.State == Running, s.State == Connecting, s.State == Streaming:
			s.fail(errInterrupted, time.Now())
		case s.State != Queued:
		case bad != nil:
			s.fail(bad, time.Now())
		case q == nil:
			s.fail(errors.New("the sensor is configured no more"), time.Now())
		default:
			q.enqueue(j.ID)
		}
	}
	if slices.EqualFunc(before.Sensors, j.Sensors, func(a, b SensorState) bool {
		return a.State == b.State && a.Packets == b.Packets
	}) {
		return nil
	}
	return m.keep(j)
}

func (s *SensorState) fail(err error, now time.Time) {
	s.State, s.Error, s.Ended = Failed, shortened(err.Error()), now.UTC()
}
