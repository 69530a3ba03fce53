package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
)

// formOf is a form that makes a sensor of a fake recorder.
func formOf(t *testing.T, f *fleettest.Fake, name string) fleet.SensorForm {
	t.Helper()
	c := f.Config(name)
	files := make(map[string]string)
	for _, n := range []string{"ca", "cert", "key"} {
		b, err := os.ReadFile(*c.File(n))
		if err != nil {
			t.Fatal(err)
		}
		files[n] = string(b)
	}
	return fleet.SensorForm{SensorConfig: c, Files: files}
}

// Ensure a sensor that was made outlives a restart with its files, which
// nobody else may read, and is forgotten with them.
func TestMadeSensorsOutliveARestart(t *testing.T) {
	fake := fleettest.NewFake(t, fleettest.Capture(fleettest.File(t, fleettest.Packets(3))))
	secrets := filepath.Join(t.TempDir(), "sensors")
	r := newRig(t, "", &store{}, fleet.Options{Secrets: secrets})
	if _, err := r.AddSensor(formOf(t, fake, "Region 1")); err != nil {
		t.Fatal(err)
	}
	if j := r.ended(r.submit(fleet.Request{}).ID); j.State != fleet.Done || j.Packets != 3 {
		t.Errorf("made while it runs: got %+v", j)
	}
	r.close()
	again := newRig(t, r.path, &store{}, fleet.Options{Secrets: secrets})
	info, err := again.Sensor("region-1")
	if err != nil || info.Version != 1 || !info.Editable {
		t.Fatalf("after a restart: got %+v, %v", info, err)
	}
	if j := again.ended(again.submit(fleet.Request{}).ID); j.State != fleet.Done {
		t.Errorf("after a restart: got %+v", j)
	}
	err = filepath.Walk(secrets, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: got mode %s, want it for the owner only", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.RemoveSensor("region-1", 1); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(secrets, "*")); len(left) != 0 {
		t.Errorf("removed: got files %v left", left)
	}
}

// Ensure what waits for a sensor that is removed fails with the reason, and
// what runs is stopped, while jobs go on elsewhere.
func TestRemovedSensorFailsItsJobs(t *testing.T) {
	gone := make(chan struct{})
	file := fleettest.File(t, fleettest.Packets(50))
	fake := fleettest.NewFake(t, fleettest.Hang(file, len(file)/2, gone))
	r := newRig(t, "", &store{}, fleet.Options{Secrets: t.TempDir()}, sends("fine", file))
	if _, err := r.AddSensor(formOf(t, fake, "Region 1")); err != nil {
		t.Fatal(err)
	}
	first := r.submit(fleet.Request{})
	second := r.submit(fleet.Request{Sensors: []string{"region-1"}})
	r.until(first.ID, func(j fleet.Job) bool { return j.Sensors[1].State == fleet.Streaming })
	if j, _ := r.Job(second.ID); j.Sensors[0].Behind != first.ID {
		t.Errorf("waits: got behind job %d, want %d", j.Sensors[0].Behind, first.ID)
	}
	if err := r.RemoveSensor("region-1", 1); err != nil {
		t.Fatal(err)
	}
	<-gone
	if j := r.ended(first.ID); j.State != fleet.Done || j.Sensors[1].Error != "the sensor was removed" || j.Sensors[0].Packets != 50 {
		t.Errorf("that ran: got %+v", j)
	}
	if j := r.ended(second.ID); j.State != fleet.Failed || j.Sensors[0].Error != "the sensor was removed" {
		t.Errorf("that waited: got %+v", j)
	}
}

// Ensure jobs wait for the changed sensor when one is changed.
func TestChangedSensorKeepsItsQueue(t *testing.T) {
	old := fleettest.NewFake(t, fleettest.Status(500, "old"))
	hold := make(chan struct{})
	old.Answer(fleettest.Drip(fleettest.File(t, fleettest.Packets(3)), 40, hold))
	fresh := fleettest.NewFake(t, fleettest.Capture(fleettest.File(t, fleettest.Packets(5))))
	r := newRig(t, "", &store{}, fleet.Options{Secrets: t.TempDir()})
	if _, err := r.AddSensor(formOf(t, old, "Region 1")); err != nil {
		t.Fatal(err)
	}
	first, second := r.submit(fleet.Request{}), r.submit(fleet.Request{})
	r.until(first.ID, func(j fleet.Job) bool { return j.Sensors[0].State == fleet.Streaming })
	f := formOf(t, fresh, "Region 1")
	f.Version = 1
	if _, err := r.PutSensor("region-1", f); err != nil {
		t.Fatal(err)
	}
	if j := r.ended(second.ID); j.State != fleet.Done || j.Packets != 5 {
		t.Errorf("that waited: got %+v, want 5 packets of the changed one", j)
	}
	close(hold)
	if j := r.ended(first.ID); j.State != fleet.Done || j.Packets != 3 {
		t.Errorf("that ran: got %+v, want 3 packets of the old one", j)
	}
	if _, err := r.PutSensor("region-1", f); !errors.Is(err, fleet.ErrSensorVersion) {
		t.Errorf("changed from an old version: got %v", err)
	}
}

// Ensure a form can't make the server read its files.
func TestFormNamesNoFiles(t *testing.T) {
	fake := fleettest.NewFake(t, fleettest.Capture(nil))
	f := formOf(t, fake, "Region 1")
	delete(f.Files, "ca") // CA still names the file
	r := newRig(t, "", &store{}, fleet.Options{Secrets: t.TempDir()})
	var bad *fleet.SensorError
	if _, err := r.AddSensor(f); !errors.As(err, &bad) || bad.Field != "ca" || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v, want that the ca is missing", err)
	}
	none := newRig(t, "", &store{}, fleet.Options{})
	if _, err := none.AddSensor(formOf(t, fake, "Region 1")); !errors.As(err, &bad) || bad.Field != "files" {
		t.Errorf("without a folder: got %v", err)
	}
}

// Ensure a sensor is asked as many things at once as it is allowed.
func TestSensorIsAskedAsManyAtOnceAsItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy, most := 0, 0
		a := &sensor{id: "a", queries: 3, answer: func(context.Context, fleet.Filter, fleet.Limits) (io.ReadCloser, error) {
			mu.Lock()
			busy++
			most = max(most, busy)
			mu.Unlock()
			time.Sleep(time.Minute)
			mu.Lock()
			busy--
			mu.Unlock()
			return io.NopCloser(bytes.NewReader(fleettest.File(t, nil))), nil
		}}
		r := newRig(t, "", &store{}, fleet.Options{}, a)
		var last fleet.Job
		for range 10 {
			last = r.submit(fleet.Request{})
		}
		r.ended(last.ID)
		if most != 3 {
			t.Errorf("got %d at once, want 3", most)
		}
	})
}

// Ensure somebody's many jobs do not keep off another's only one.
func TestTurnsAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asked []string
		a := &sensor{id: "a", answer: func(_ context.Context, f fleet.Filter, _ fleet.Limits) (io.ReadCloser, error) {
			mu.Lock()
			asked = append(asked, f.String())
			mu.Unlock()
			time.Sleep(time.Minute)
			return io.NopCloser(bytes.NewReader(fleettest.File(t, nil))), nil
		}}
		r := newRig(t, "", &store{}, fleet.Options{}, a)
		for _, q := range []string{"port 1", "port 2", "port 3", "port 4"} {
			r.submit(fleet.Request{Query: q, Who: "dwight"})
		}
		time.Sleep(time.Second)
		r.submit(fleet.Request{Query: "port 5", Who: "jim"})
		r.submit(fleet.Request{Query: "port 6", Who: "jim"})
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"port 1", "port 5", "port 2", "port 6", "port 3", "port 4"}; !slices.Equal(asked, want) {
			t.Errorf("got %v, want %v", asked, want)
		}
	})
}
