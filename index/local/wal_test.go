package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"spoor/index"
)

// failing is a log file whose writes or fsyncs fail while told to.
type failing struct {
	logFile
	fault *fault
}

type fault struct{ write, sync, truncate error }

func (f *failing) Write(b []byte) (int, error) {
	if f.fault.write != nil {
		n, _ := f.logFile.Write(b[:len(b)/2]) // as a full disk does
		return n, f.fault.write
	}
	return f.logFile.Write(b)
}

func (f *failing) Sync() error { return errors.Join(f.logFile.Sync(), f.fault.sync) }

func (f *failing) Truncate(size int64) error {
	if f.fault.truncate != nil {
		return f.fault.truncate
	}
	return f.logFile.Truncate(size)
}

func openFailing(t *testing.T, dir string, o Options) (*Store, *fault) {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f := &fault{}
	s.wal.open = func(path string) (logFile, error) {
		file, err := openLogFile(path)
		return &failing{file, f}, err
	}
	return s, f
}

func lines(from, to int) []index.Entry {
	stream := &index.Stream{Tag: "app", Format: index.Format{Name: "text"}}
	var all []index.Entry
	for i := from; i < to; i++ {
		all = append(all, index.Entry{Stream: stream, Time: time.Unix(int64(i), 0), Raw: fmt.Appendf(nil, "line %d", i)})
	}
	return all
}

func count(t *testing.T, s *Store) int {
	t.Helper()
	res, err := s.Search(t.Context(), index.Request{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, h := range res.Hits {
		if seen[string(h.Raw)] {
			t.Fatalf("%q is there twice", h.Raw)
		}
		seen[string(h.Raw)] = true
	}
	return len(res.Hits)
}

func TestFailedPutKeepsNothing(t *testing.T) {
	for name, set := range map[string]fault{
		"full disk":             {write: syscall.ENOSPC},
		"full disk at fsync":    {sync: syscall.ENOSPC},
		"quota":                 {write: syscall.EDQUOT},
		"fsync fails":           {sync: syscall.EIO},
		"nothing can be undone": {sync: syscall.EIO, truncate: syscall.EIO},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, fault := openFailing(t, dir, Options{})
			// The fault hits a new file as well as one with good records.
			for from := 0; from < 100; from += 20 {
				*fault = set
				err := s.Put(t.Context(), lines(from, from+10))
				full := errors.Is(set.write, syscall.ENOSPC) || errors.Is(set.sync, syscall.ENOSPC) || errors.Is(set.write, syscall.EDQUOT)
				if err == nil || errors.Is(err, index.ErrNoSpace) != full {
					t.Fatalf("put: got %v", err)
				}
				*fault = failing{}.none()
				if err := s.Put(t.Context(), lines(from+10, from+20)); err != nil {
					t.Fatalf("put after the fault: %v", err)
				}
			}
			if got := count(t, s); got != 50 {
				t.Errorf("got %d lines, want 50", got)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			if got := count(t, again); got != 50 || len(again.Damage()) > 0 {
				t.Errorf("after reopening: got %d lines and damage %v, want 50 and none", got, again.Damage())
			}
		})
	}
}

func (failing) none() fault { return fault{} }

func TestFileIsNeverWrittenAfterFailedSync(t *testing.T) {
	s, f := openFailing(t, t.TempDir(), Options{})
	if err := s.Put(t.Context(), lines(0, 1)); err != nil {
		t.Fatal(err)
	}
	first := s.wal.path
	before, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	f.sync = syscall.EIO
	if err := s.Put(t.Context(), lines(1, 2)); err == nil {
		t.Fatal("put: got no error")
	}
	f.sync = nil
	if err := s.Put(t.Context(), lines(2, 3)); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(first)
	if err != nil || string(after) != string(before) || s.wal.path == first {
		t.Errorf("the file grew from %d to %d bytes (%v), next file %s", len(before), len(after), err, s.wal.path)
	}
}

func TestTooManyStreamsNamesTheLabelThatGrew(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the count is kept over a restart
		s, err := Open(dir, Options{StreamsPerDay: 50})
		if err != nil {
			t.Fatal(err)
		}
		var stored, refused int
		for i := range 100 {
			e := lines(i, i+1)
			e[0].Stream.Origin.File = fmt.Sprintf("file-%d", i)
			switch err := s.Put(t.Context(), e); {
			case err == nil:
				stored++
			case errors.Is(err, index.ErrTooManyStreams) && strings.Contains(err.Error(), `"origin file"`):
				refused++
			default:
				t.Fatalf("put: got %v, want ErrTooManyStreams naming the origin's file", err)
			}
		}
		if stored != 50 || refused != 50 {
			t.Errorf("got %d stored and %d refused, want 50 each", stored, refused)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPutIsRefusedWhenSealsFail(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{SealBytes: 1000, PutWait: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// A file where the folder should be lets every seal fail.
	segments := filepath.Join(dir, segmentsDir)
	if err := errors.Join(os.Remove(segments), os.WriteFile(segments, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	stored := 0
	for stored = 0; stored < 5000; stored += 10 {
		if err = s.Put(t.Context(), lines(stored, stored+10)); err != nil {
			break
		}
	}
	if !errors.Is(err, index.ErrBehind) {
		t.Fatalf("after %d lines: got %v, want ErrBehind", stored, err)
	}
	if got, err := s.Search(t.Context(), index.Request{}); err != nil || got.Total != uint64(stored) {
		t.Errorf("search meanwhile: got %d, %v, want %d", got.Total, err, stored)
	}
	if err := errors.Join(os.Remove(segments), os.Mkdir(segments, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), lines(stored, stored+10)); err != nil {
		t.Errorf("put when there is room again: %v", err)
	}
	if got := count(t, s); got != stored+10 {
		t.Errorf("got %d lines, want %d", got, stored+10)
	}
}
