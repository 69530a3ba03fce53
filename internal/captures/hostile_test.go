package captures_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/internal/captures"
)

// Ensure that what else may lie in a folder is passed over or named, and takes
// neither memory nor time beyond the question's own.
func TestHostileFolders(t *testing.T) {
	w := newWorld(2)
	dir := t.TempDir()
	file := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	good := pcap(t, w.packets(5, start))
	save(t, file("good.pcap"), good)
	save(t, file("a", "b", "good.pcap"), good)
	save(t, file("1", "2", "3", "4", "5", "6", "7", "8", "9", "deep.pcap"), good)
	save(t, file("odd \xff\n name.pcap"), append(bytes.Clone(good), good...))
	for _, err := range []error{
		syscall.Mkfifo(file("fifo.pcap"), 0o600),
		os.Symlink(dir, file("loop")),
		os.Symlink("/proc/self/mem", file("mem.pcap")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, a := ask(t, open(dir, ""), fleet.Filter{})
	if len(got) != 16 || !strings.Contains(a.Faults, "odd ?? name.pcap: capture file, packet 7 at byte") {
		t.Errorf("got %d packets (%s), want 16", len(got), a.Faults)
	}

	// A file of a terabyte that holds nothing ends with the question.
	save(t, file("sparse.pcap"), good)
	if err := os.Truncate(file("sparse.pcap"), 1<<40); err != nil {
		t.Fatal(err)
	}
	f := open(dir, "")
	list, err := f.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("its time is over"))
	defer cancel()
	var b bytes.Buffer
	if a := list.Answer(ctx, &b, captures.Query{Filter: fleet.Host(w.hosts[1])}); !strings.Contains(a.Faults, "its time is over") {
		t.Errorf("got %+v", a)
	}
}

// slowWriter is a client that does something amid the answer.
type slowWriter struct {
	bytes.Buffer
	amid func()
}

func (w *slowWriter) Write(b []byte) (int, error) {
	if w.amid != nil {
		w.amid()
		w.amid = nil
	}
	return w.Buffer.Write(b)
}

// Ensure that a file which a ring begins anew, or that is cut, while it is
// read is named, with an index and without.
func TestFilesWrittenOverMeanwhileAreNamed(t *testing.T) {
	w := newWorld(8)
	for _, indexed := range []bool{false, true} {
		dir := t.TempDir()
		name := filepath.Join(dir, "ring.pcap")
		save(t, name, pcap(t, w.packets(6000, start)))
		f := open(dir, "")
		if indexed {
			ask(t, f, fleet.Filter{})
		}
		list, err := f.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := &slowWriter{amid: func() { save(t, name, pcap(t, w.packets(10, start.Add(time.Hour)))) }}
		a := list.Answer(t.Context(), out, captures.Query{Filter: fleet.Filter{}})
		if a.Faults != "ring.pcap: was written over while the query ran" || a.Packets == 0 || a.Packets >= 6000 {
			t.Errorf("indexed %v: got %d packets (%s)", indexed, a.Packets, a.Faults)
		}
		if got, a := ask(t, f, fleet.Filter{}); len(got) != 10 || a.Faults != "" {
			t.Errorf("indexed %v: then got %d packets (%s), want 10", indexed, len(got), a.Faults)
		}
	}
}
