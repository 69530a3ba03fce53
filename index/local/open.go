package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	catalogName  = "catalog.db"
	logDir       = "log"
	segmentsDir  = "segments"
	tempPrefix   = "tmp-"
	segmentNames = "%016x"
)

// Open opens the data folder dir, or makes it. The error is ErrInUse when
// another process has it open. Damage in it is no error: it is logged, listed
// by Damage, and the rest is served. Open starts no goroutine of ours.
func Open(dir string, o Options) (*Store, error) {
	s, err := open(dir, o.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (*Store, error) {
	for _, d := range []string{dir, filepath.Join(dir, logDir), filepath.Join(dir, segmentsDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	c, all, err := openCatalog(filepath.Join(dir, catalogName))
	if err != nil {
		return nil, err
	}
	// The catalog's file and the folders are names in dir.
	if err := syncDir(dir); err != nil {
		return nil, errors.Join(err, c.close())
	}
	s := &Store{
		dir: dir, o: o, log: o.Logger, catalog: c, gate: newScanGate(o.MaxScans, o.Workers),
		streams: newStreams(o.StreamsPerDay),
		wal:     &wal{dir: filepath.Join(dir, logDir), open: openLogFile},
		active:  newTable(), changed: make(chan struct{}), closing: make(chan struct{}),
		seq: all.covered, nextSegment: 1, marks: newMarks(),
		tombs: newTombs(all.tombs),
	}
	if s.codec, err = newCodec(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := s.load(all); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// load brings up what the catalog names, and then the log behind it.
func (s *Store) load(all contents) error {
	for _, d := range all.streams {
		s.streams.add(d.id, d.stream, d.born)
		s.streams.saved = max(s.streams.saved, d.id)
	}
	for _, m := range all.marks {
		s.marks.add(m, time.Now())
	}
	if err := s.loadSegments(all.segments); err != nil {
		return err
	}
	if err := s.removeUnknown(all.segments); err != nil {
		return err
	}
	if err := s.replay(all.covered); err != nil {
		return err
	}
	for _, t := range all.tombs {
		// Where a damaged log has lost entries, their numbers must not be
		// given out again: the tomb would hide what comes.
		s.seq = max(s.seq, t.Seq)
	}
	s.dropHidden()
	if err := s.wal.drop(all.covered, s.seq); err != nil {
		s.log.Warn("remove old log files", "err", err)
	}
	return nil
}

func (s *Store) segmentDir(id uint64) string {
	return filepath.Join(s.dir, segmentsDir, fmt.Sprintf(segmentNames, id))
}

func (s *Store) loadSegments(records []segmentRecord) error {
	found := make([]*segment, len(records))
	damage := make([][]Damage, len(records))
	var work errgroup.Group
	work.SetLimit(s.o.Workers)
	for i, r := range records {
		s.nextSegment = max(s.nextSegment, r.ID+1)
		work.Go(func() error {
			seg, bad, err := openSegment(s.segmentDir(r.ID), !s.o.NoIndex)
			if err != nil {
				bad = []Damage{{File: s.segmentDir(r.ID),
					Reason: fmt.Sprintf("%d entries can't be read: %v", r.Rows, err)}}
			}
			if seg != nil {
				seg.describe(&r)
			}
			found[i], damage[i] = seg, bad
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i, seg := range found {
		for _, d := range damage[i] {
			s.report(d)
		}
		if seg == nil {
			s.lost = true
			continue
		}
		s.segments = append(s.segments, seg)
		for _, p := range seg.streams {
			if s.streams.get(p.stream) == nil {
				s.lost = true
				s.report(Damage{File: seg.dir, Reason: fmt.Sprintf("%d entries can't be read: nothing defines stream %d", p.rows, p.stream)})
			}
		}
	}
	return nil
}

// removeUnknown removes what a seal left behind that was not committed.
func (s *Store) removeUnknown(records []segmentRecord) error {
	known := map[string]bool{}
	for _, r := range records {
		known[fmt.Sprintf(segmentNames, r.ID)] = true
	}
	dir := filepath.Join(s.dir, segmentsDir)
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range found {
		if !f.IsDir() || known[f.Name()] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
		if !strings.HasPrefix(f.Name(), tempPrefix) {
			s.log.Info("removed a segment that was not committed", "segment", f.Name())
		}
	}
	return nil
}

// replay fills the tables with what the log holds behind covered.
func (s *Store) replay(covered uint64) error {
	names, err := logNames(s.wal.dir)
	if err != nil {
		return err
	}
	for i, name := range names {
		end := ^uint64(0) // records from here on stand in the next file
		if i+1 < len(names) {
			end, _ = logFirst(names[i+1])
		}
		if err := s.replayFile(filepath.Join(s.wal.dir, name), covered, end); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) replayFile(path string, covered, end uint64) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// What is cut off at the end of a file was never acknowledged, unless
	// the numbers of what follows say otherwise.
	scanLog(b, func(r record) {
		switch {
		case r.lastSeq() <= covered, r.firstSeq >= end:
			return
		case r.firstSeq <= s.seq:
			s.report(Damage{path, r.offset, fmt.Sprintf("entries %d to %d stand in the log twice", r.firstSeq, r.lastSeq())})
			return
		case r.firstSeq != s.seq+1:
			s.report(Damage{path, r.offset, fmt.Sprintf("entries %d to %d are missing before it", s.seq+1, r.firstSeq-1)})
		}
		// Whatever becomes of the record, its numbers are used.
		s.seq = r.lastSeq()
		if err := s.replayRecord(&r); err != nil {
			s.report(Damage{path, r.offset, err.Error()})
		}
	}, func(offset int64, reason string, torn bool) {
		if torn {
			s.log.Info("dropped the torn end of a log file", "file", path, "offset", offset, "reason", reason)
			return
		}
		s.report(Damage{path, offset, reason})
	})
	return nil
}

func (s *Store) replayRecord(r *record) error {
	defs, v, m, err := r.decode(s.codec)
	if err != nil {
		return err
	}
	for _, d := range defs {
		s.streams.add(d.id, d.stream, d.born)
	}
	for _, of := range v.runs {
		if s.streams.get(of.stream) == nil {
			return fmt.Errorf("nothing defines stream %d", of.stream)
		}
	}
	s.active.add(v)
	s.note(m, time.Now())
	if s.active.bytes >= s.o.SealBytes {
		s.freeze()
	}
	return nil
}
