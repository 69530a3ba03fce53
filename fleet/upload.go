package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"spoor/internal/captures"
	"spoor/internal/meta"
)

// UploadSensor stands for a person in the sensors of a job whose packets were
// uploaded. No sensor has this id.
const UploadSensor = "upload"

// Upload is a capture file that a person has. Only File is needed.
type Upload struct {
	File   string // its name
	Name   string // of the job; "" is File
	Who    string
	Reason string
	Tag    string // of its packets; "" is packet
	Source uint32 // 0: one is handed out
	Reuse  bool   // add to a source that is in use
}

var (
	errUploadGone = errors.New("the upload broke off")
	// errUploadAgain is of uploads that ended with the process.
	errUploadAgain = errors.New("interrupted by a restart; upload it again")
)

// Upload keeps a job for the packets of a capture file (pcap or pcapng, packed
// by gzip, zstd or lz4 or not), and brings them to the sink as they are read.
// It returns when all are stored, or with the job failed and its packets so
// far kept. Errors, after which there is no job: *RequestError,
// *SourceInUseError, ErrNoSource, ErrBusy, those of ctx.
func (m *Manager) Upload(ctx context.Context, u Upload, body io.Reader) (Job, error) {
	capture, stop, err := captures.Unpack(body)
	if err != nil {
		return Job{}, errors.Join(ctx.Err(), &RequestError{"file", err.Error()})
	}
	defer stop()
	turn, end := context.WithCancelCause(ctx)
	defer end(nil)
	j, t, err := m.newUpload(u, end)
	if err != nil {
		return Job{}, err
	}
	s := &stream{m: m, task: t, config: SensorConfig{ID: UploadSensor, Name: "Upload", Kind: UploadSensor, Tag: u.Tag}}
	if s.config.Tag == "" {
		s.config.Tag = DefaultTag
	}
	if err = s.prepare(); err == nil {
		err = s.copy(turn, io.NopCloser(capture))
	}
	if err != nil && turn.Err() != nil {
		err = context.Cause(turn)
	}
	return m.endUpload(j, s, err), nil
}

// newUpload keeps the job.
func (m *Manager) newUpload(u Upload, end context.CancelCauseFunc) (*job, *task, error) {
	if u.Name == "" {
		u.Name = u.File
	}
	r := Request{Name: u.Name, Who: u.Who, Reason: u.Reason, Entry: u.File, Source: u.Source, Reuse: u.Reuse}
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	if len(u.Tag) > maxSensorText {
		return nil, nil, &RequestError{"tag", fmt.Sprintf("it has %d bytes, at most %d are allowed", len(u.Tag), maxSensorText)}
	}
	if strings.ContainsFunc(u.Tag, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, nil, &RequestError{"tag", "it holds blanks or control characters"}
	}
	now := time.Now().UTC().Round(0)
	j := &job{cancel: map[string]context.CancelCauseFunc{UploadSensor: end}}
	j.record = record{
		Job: Job{
			Name: u.Name, Upload: u.File, Who: u.Who, Reason: u.Reason, State: Running, Created: now,
			MaxPackets: m.o.Most.Packets, MaxBytes: m.o.Most.Bytes,
			Sensors: []SensorState{{Sensor: UploadSensor, State: Streaming, Started: now, Answered: now}},
		},
		Limits: Limits{Packets: m.o.Most.Packets, Bytes: m.o.Most.Bytes},
		Chunks: make(map[string]int),
	}
	m.choose.Lock()
	defer m.choose.Unlock()
	var err error
	if j.Source, err = m.source(r); err != nil {
		return nil, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.room(); err != nil {
		return nil, nil, err
	}
	err = m.jobs.Update(func(tx meta.Tx[record]) (err error) {
		if j.ID, err = tx.Next(); err != nil {
			return err
		}
		return tx.Put(meta.Number(j.ID), j.record)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("keep a new job: %w", err)
	}
	m.known[j.ID] = j
	m.jobSubs.changed(j.ID)
	return j, &task{job: j.ID, source: j.Source, sensor: UploadSensor, limits: j.Limits, started: now}, nil
}

// endUpload writes down how an upload ended, and returns its job.
func (m *Manager) endUpload(j *job, st *stream, err error) Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(j.cancel, UploadSensor)
	s := j.part(UploadSensor)
	now := time.Now()
	switch {
	case err == nil:
		s.State, s.Ended, s.Verdict, s.Limit = Done, now.UTC().Round(0), Complete, st.limit
		if st.limit != "" {
			s.Verdict, s.Doubt = PossiblyCut, fmt.Sprintf("the file has more than %s, which is all that is taken", st.limitText())
		}
	case errors.Is(err, errCancelled):
		s.State, s.Ended = Cancelled, now.UTC().Round(0)
	case errors.Is(err, context.Canceled):
		s.fail(errUploadGone, now)
	default:
		s.fail(err, now)
	}
	s.Rate = rate(st.seen.bytes, s.Answered, now)
	s.Note = st.notes(s)
	m.keepOrLog(j)
	// Nobody tells a file's packets apart by the journal: no retry reads it.
	if err := m.clear(j, UploadSensor); err != nil {
		m.log.Error("journal is not cleared", "job", j.ID, "err", err)
	}
	m.prune()
	return m.shown(j)
}
