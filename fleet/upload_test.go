package fleet_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/meta"
)

// uploads is a manager without sensors, whose packets are kept.
type uploads struct {
	*fleet.Manager
	mu      sync.Mutex
	batches []fleet.Batch
	store   func(context.Context, fleet.Batch) error
}

func newUploads(t *testing.T, db *meta.DB) *uploads {
	t.Helper()
	u := &uploads{store: func(context.Context, fleet.Batch) error { return nil }}
	m, err := fleet.NewManager(db, nil, func(ctx context.Context, b fleet.Batch) error {
		u.mu.Lock()
		defer u.mu.Unlock()
		if err := u.store(ctx, b); err != nil {
			return err
		}
		u.batches = append(u.batches, b)
		return nil
	}, fleet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u.Manager = m
	return u
}

func newDB(t *testing.T) *meta.DB {
	t.Helper()
	db, err := meta.Open(filepath.Join(t.TempDir(), "meta.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// capture is a file of n packets.
func capture(t *testing.T, n int) []byte {
	t.Helper()
	return fleettest.File(t, fleettest.Packets(n))
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Ensure that an uploaded file becomes a job with a source of its own, whose
// packets are stored under it.
func TestUploadBecomesASource(t *testing.T) {
	u := newUploads(t, newDB(t))
	data := capture(t, 50)
	for i, body := range [][]byte{data, zipped(t, data)} {
		j, err := u.Upload(t.Context(), fleet.Upload{File: "dump.pcap", Who: "mscott", Tag: "packet.dump"}, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		s := j.Sensors[0]
		if j.State != fleet.Done || j.Packets != 50 || j.Source != uint32(100+i) || j.Name != "dump.pcap" || j.Upload != "dump.pcap" || j.Who != "mscott" ||
			j.Verdict != fleet.Complete || s.Sensor != fleet.UploadSensor || s.First.IsZero() {
			t.Errorf("got %+v", j)
		}
		b := u.batches[len(u.batches)-1]
		if b.Source != j.Source || b.Job != j.ID || b.Sensor.Tag != "packet.dump" || b.Sensor.ID != "upload" {
			t.Errorf("got batch of %d for source %d: %+v", len(b.Packets), b.Source, b.Sensor)
		}
	}
	if again, err := u.Retry(1); err != nil || again.State != fleet.Done {
		t.Errorf("retry: got %+v, %v", again, err)
	}
}

// Ensure that what is no capture makes no job, and that one which is damaged
// makes a failed one that keeps what could be read.
func TestUploadSaysWhatIsWrong(t *testing.T) {
	u := newUploads(t, newDB(t))
	var bad *fleet.RequestError
	for name, body := range map[string]string{"it is empty": "", "begins with 47 45 54": "GET / HTTP/1.1", "begins with 68 69": string(zipped(t, []byte("hi"))), "unpack": "\x1f\x8b\x08\x00"} {
		if _, err := u.Upload(t.Context(), fleet.Upload{File: "x"}, strings.NewReader(body)); !errors.As(err, &bad) || bad.Field != "file" || !strings.Contains(bad.Reason, name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	if _, err := u.Upload(t.Context(), fleet.Upload{File: strings.Repeat("x", 3000)}, bytes.NewReader(capture(t, 1))); !errors.As(err, &bad) {
		t.Errorf("a long name: got %v", err)
	}
	if _, err := u.Upload(t.Context(), fleet.Upload{File: "x", Tag: "a b"}, bytes.NewReader(capture(t, 1))); !errors.As(err, &bad) || bad.Field != "tag" {
		t.Errorf("a tag with a blank: got %v", err)
	}
	if _, err := u.Upload(t.Context(), fleet.Upload{File: "x", Tag: strings.Repeat("x", 600)}, bytes.NewReader(capture(t, 1))); !errors.As(err, &bad) || bad.Field != "tag" {
		t.Errorf("a long tag: got %v", err)
	}
	if jobs := u.Jobs(); len(jobs) != 0 {
		t.Fatalf("got jobs %+v", jobs)
	}
	data := capture(t, 20)
	j, err := u.Upload(t.Context(), fleet.Upload{File: "torn"}, bytes.NewReader(data[:len(data)-5]))
	if err != nil || j.State != fleet.Failed || j.Packets != 19 || !strings.Contains(j.Sensors[0].Error, "cut short") || !strings.Contains(j.Sensors[0].Note, "19 packets that arrived are kept") {
		t.Errorf("torn: got %+v, %v", j, err)
	}
	var used *fleet.SourceInUseError
	if _, err := u.Upload(t.Context(), fleet.Upload{Source: j.Source}, bytes.NewReader(data)); !errors.As(err, &used) {
		t.Errorf("source in use: got %v", err)
	}
	u.store = func(context.Context, fleet.Batch) error { return errors.New("disk full") }
	if j, err := u.Upload(t.Context(), fleet.Upload{}, bytes.NewReader(data)); err != nil || j.State != fleet.Failed || !strings.Contains(j.Sensors[0].Error, "disk full") {
		t.Errorf("no room: got %+v, %v", j, err)
	}
}

// Ensure that an upload ends when a person cancels it, when the sender goes
// away, and when the process does.
func TestUploadCanBeCancelled(t *testing.T) {
	db := newDB(t)
	u := newUploads(t, db)
	data := capture(t, 30)
	begin := func(ctx context.Context) (id uint64, ended chan fleet.Job) {
		t.Helper()
		in, out := io.Pipe()
		context.AfterFunc(ctx, func() { out.CloseWithError(ctx.Err()) })
		ended, got := make(chan fleet.Job, 1), make(chan uint64, 100)
		stop := u.Subscribe(func(j fleet.Job) { got <- j.ID })
		defer stop()
		go func() {
			j, err := u.Upload(ctx, fleet.Upload{File: "x"}, in)
			if err != nil {
				t.Error(err)
			}
			ended <- j
		}()
		go out.Write(data)
		return <-got, ended
	}
	ctx, gone := context.WithCancel(t.Context())
	id, ended := begin(ctx)
	if _, err := u.Cancel(id); err != nil {
		t.Fatal(err)
	}
	gone() // a body of a request ends with it
	if j := <-ended; j.State != fleet.Cancelled {
		t.Errorf("cancelled: got %+v", j)
	}
	ctx, gone = context.WithCancel(t.Context())
	id, ended = begin(ctx)
	// Another process finds it as this one left it.
	again := newUploads(t, db)
	if j, err := again.Job(id); err != nil || j.State != fleet.Failed || !strings.Contains(j.Sensors[0].Error, "upload it again") {
		t.Errorf("after a restart: got %+v, %v", j, err)
	}
	gone()
	if j := <-ended; j.State != fleet.Failed || !strings.Contains(j.Sensors[0].Error, "broke off") {
		t.Errorf("gone: got %+v", j)
	}
}
