package fleet

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"spoor/internal/packet"
)

// State is how far a job, or one sensor of it, has come.
type State string

// The states. A job is Running while any of its sensors is not ended and one
// has begun.
const (
	Queued    State = "queued"    // waits for its turn
	Running   State = "running"   // is being asked
	Done      State = "done"      // answered, whole as far as the sensor says
	Failed    State = "failed"    // see Error
	Cancelled State = "cancelled" // by a person
)

// Ended tells whether nothing more will come without a retry.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Job is one question to several sensors, and how far it has come. A Job is
// a copy: it never changes in the hands of who got it.
type Job struct {
	ID      uint64        `json:"id"`
	Source  uint32        `json:"source"` // the source tag of its packets
	Name    string        `json:"name"`
	Query   string        `json:"query"` // canonical text, as sent
	Reason  string        `json:"reason"`
	Entry   string        `json:"entry"` // id of the entry that it was started from, or ""
	State   State         `json:"state"`
	Created time.Time     `json:"created"`
	Ended   time.Time     `json:"ended,omitzero"` // when the last sensor ended
	Packets int64         `json:"packets"`
	Bytes   int64         `json:"bytes"`
	Sensors []SensorState `json:"sensors"`
}

// SensorState is one sensor's part of a job.
type SensorState struct {
	Sensor   string    `json:"sensor"` // SensorConfig.ID
	State    State     `json:"state"`
	Error    string    `json:"error"`          // why it failed
	Packets  int64     `json:"packets"`        // handed to the sink and taken
	Bytes    int64     `json:"bytes"`          // captured bytes of them
	Rejected int64     `json:"rejected"`       // packets outside the asked time, left out
	First    time.Time `json:"first,omitzero"` // the earliest packet
	Last     time.Time `json:"last,omitzero"`  // the latest packet
	Started  time.Time `json:"started,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Limit    string    `json:"limit"` // "packets" or "bytes" when the answer reached it
	Note     string    `json:"note"`  // what else one should know of the answer
}

// Request asks for a job. Only Query is needed.
type Request struct {
	Query      string   `json:"query"`
	Source     uint32   `json:"source"`  // 0: one is handed out
	Sensors    []string `json:"sensors"` // ids; none means all
	Name       string   `json:"name"`
	Reason     string   `json:"reason"`
	Entry      string   `json:"entry"`
	MaxPackets int64    `json:"max_packets"` // a sensor; 0: Options.Limits
	MaxBytes   int64    `json:"max_bytes"`   // a sensor; 0: Options.Limits
	Reuse      bool     `json:"reuse"`       // add to a source that is in use
}

// Batch is a bounded number of packets of one stream, in its order.
type Batch struct {
	Job     uint64
	Source  uint32
	Sensor  SensorConfig
	Packets []packet.Packet
}

var (
	// ErrNoJob says that no job has that number.
	ErrNoJob = errors.New("no such job")
	// ErrUnknownSensor says that no sensor has that id.
	ErrUnknownSensor = errors.New("unknown sensor")
	// ErrBusy says that too many jobs wait already.
	ErrBusy = errors.New("too many jobs are waiting")
	// ErrNoSource says that every source number is in use.
	ErrNoSource = errors.New("no source number is free")
)

// RequestError says which member of a Request is wrong, and how.
type RequestError struct{ Field, Reason string }

func (e *RequestError) Error() string { return e.Field + ": " + e.Reason }

// SourceInUseError says that packets of somebody else would get mixed with
// those of the job.
type SourceInUseError struct {
	Source uint32
	Job    uint64 // that has it; 0 when it is no job's but has entries
}

func (e *SourceInUseError) Error() string {
	if e.Job == 0 {
		return fmt.Sprintf("source %d is in use: entries are stored under it", e.Source)
	}
	return fmt.Sprintf("source %d is in use by job %d", e.Source, e.Job)
}

func (j Job) clone() Job {
	j.Sensors = slices.Clone(j.Sensors)
	return j
}

// sum brings the job's own state and counts in line with its sensors'.
func (j *Job) sum() {
	count := make(map[State]int)
	j.Packets, j.Bytes, j.Ended = 0, 0, time.Time{}
	for _, s := range j.Sensors {
		count[s.State]++
		j.Packets += s.Packets
		j.Bytes += s.Bytes
		if s.Ended.After(j.Ended) {
			j.Ended = s.Ended
		}
	}
	switch n := len(j.Sensors); {
	case count[Queued] == n:
		j.State = Queued
	case count[Queued]+count[Running] > 0:
		j.State = Running
	case count[Done] > 0:
		j.State = Done
	case count[Failed] > 0:
		j.State = Failed
	default:
		j.State = Cancelled
	}
	if !j.State.Ended() {
		j.Ended = time.Time{}
	}
}
