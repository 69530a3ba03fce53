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
// has begun; a sensor is Connecting, then Streaming.
const (
	Queued     State = "queued"     // waits for its turn
	Running    State = "running"    // is being asked
	Connecting State = "connecting" // was asked, has not answered yet
	Streaming  State = "streaming"  // answers
	Done       State = "done"       // answered, whole as far as the sensor says
	Failed     State = "failed"     // see Error
	Cancelled  State = "cancelled"  // by a person
)

// Ended tells whether nothing more will come without a retry.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Job is one question to several sensors, and how far it has come. A Job is
// a copy: it never changes in the hands of who got it.
type Job struct {
	ID         uint64        `json:"id"`
	Source     uint32        `json:"source"` // the source tag of its packets
	Name       string        `json:"name"`
	Upload     string        `json:"upload,omitempty"` // name of the file that was uploaded; "" it asked sensors
	Query      string        `json:"query"`            // canonical text of what was asked for
	From       time.Time     `json:"from,omitzero"`    // its window: From is in
	To         time.Time     `json:"to,omitzero"`      // To is out
	Who        string        `json:"who"`
	Reason     string        `json:"reason"`
	Entry      string        `json:"entry"` // id of the entry that it was started from, or ""
	State      State         `json:"state"`
	Verdict    Verdict       `json:"verdict"` // the weakest of its sensors'
	Doubt      string        `json:"doubt"`   // why
	MaxPackets int64         `json:"max_packets"`
	MaxBytes   int64         `json:"max_bytes"`
	MaxSeconds int64         `json:"max_seconds"`
	Snap       int           `json:"snap"`
	Created    time.Time     `json:"created"`
	Ended      time.Time     `json:"ended,omitzero"` // when the last sensor ended
	Packets    int64         `json:"packets"`
	Bytes      int64         `json:"bytes"`
	Sensors    []SensorState `json:"sensors"`
	Copies     []Copies      `json:"copies,omitempty"`
}

// SensorState is one sensor's part of a job.
type SensorState struct {
	Sensor   string    `json:"sensor"` // SensorConfig.ID
	State    State     `json:"state"`
	Error    string    `json:"error"`              // why it failed
	Sent     string    `json:"sent"`               // canonical text of what it was asked
	CutHere  []string  `json:"cut_here,omitempty"` // what its answer is therefore narrowed by here
	Packets  int64     `json:"packets"`            // handed to the sink and taken
	Bytes    int64     `json:"bytes"`              // captured bytes of them
	Rate     int64     `json:"rate"`               // bytes a second: now, or over all when it has ended
	Rejected int64     `json:"rejected"`           // packets outside the asked window, left out
	Cut      int64     `json:"cut"`                // packets that the rest of CutHere left out
	Again    int64     `json:"again"`              // packets that an earlier turn has stored
	Behind   uint64    `json:"behind"`             // of a queued one: the job before it
	First    time.Time `json:"first,omitzero"`     // the earliest packet
	Last     time.Time `json:"last,omitzero"`      // the latest packet
	Started  time.Time `json:"started,omitzero"`
	Answered time.Time `json:"answered,omitzero"` // when the answer began
	Ended    time.Time `json:"ended,omitzero"`
	Limit    string    `json:"limit"` // "packets" or "bytes" when the answer reached it
	Verdict  Verdict   `json:"verdict"`
	Doubt    string    `json:"doubt"`           // why the verdict is no better
	Note     string    `json:"note"`            // what else one should know of the answer
	Oldest   time.Time `json:"oldest,omitzero"` // its coverage when it was asked
	Newest   time.Time `json:"newest,omitzero"`
	Copies   int64     `json:"copies"` // packets that a sensor before it has too
}

// Request asks for a job. Only Query is needed, or From and To.
type Request struct {
	Query      string    `json:"query"`
	From       time.Time `json:"from"` // joined to Query; zero is no bound
	To         time.Time `json:"to"`
	Source     uint32    `json:"source"`  // 0: one is handed out
	Sensors    []string  `json:"sensors"` // ids; none means all
	Name       string    `json:"name"`
	Who        string    `json:"who"`
	Reason     string    `json:"reason"`
	Entry      string    `json:"entry"`
	MaxPackets int64     `json:"max_packets"` // a sensor; 0: Options.Limits
	MaxBytes   int64     `json:"max_bytes"`   // a sensor; 0: Options.Limits
	MaxSeconds int64     `json:"max_seconds"` // a sensor; 0: Options.Deadline
	Snap       int       `json:"snap"`        // bytes of a packet that live sensors capture; 0: all
	Reuse      bool      `json:"reuse"`       // add to a source that is in use
	Again      bool      `json:"again"`       // though an equal job was just run
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
	j.Copies = slices.Clone(j.Copies)
	return j
}

// sum brings the job's own state, counts and verdict in line with its
// sensors'.
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
	ended := count[Done] + count[Failed] + count[Cancelled]
	switch n := len(j.Sensors); {
	case count[Queued] == n:
		j.State = Queued
	case ended < n:
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
	j.judge()
}
