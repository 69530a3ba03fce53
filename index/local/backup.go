package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes everything that was acknowledged before the call into the
// folder dir, which must be empty or not there, while all else goes on. Files
// that never change are linked where both folders are on one file system: such
// a backup takes hardly any space, and is to be copied to another disk to be
// safe from the loss of this one. Open works on the folder as it is. On an
// error what was written stays.
func (s *Store) Backup(ctx context.Context, dir string) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := s.backup(ctx, dir); err != nil {
		return noSpace(fmt.Errorf("back up %s to %s: %w", s.dir, dir, err))
	}
	return nil
}

func (s *Store) backup(ctx context.Context, dir string) error {
	if err := emptyDir(dir); err != nil {
		return err
	}
	for _, d := range []string{logDir, segmentsDir} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	p, err := s.pin(filepath.Join(dir, logDir))
	if err != nil {
		return err
	}
	defer p.release()
	for _, f := range p.logs {
		if err := copyFrom(ctx, f, filepath.Join(dir, logDir, filepath.Base(f.Name()))); err != nil {
			return err
		}
	}
	all, err := p.catalog.contents()
	if err != nil {
		return err
	}
	for _, r := range all.segments {
		name := fmt.Sprintf(segmentNames, r.ID)
		if err := linkTree(ctx, s.segmentDir(r.ID), filepath.Join(dir, segmentsDir, name)); err != nil {
			return err
		}
	}
	if err := p.catalog.copyTo(filepath.Join(dir, catalogName)); err != nil {
		return err
	}
	return syncTree(dir)
}

// emptyDir makes a folder, or makes sure that it is empty.
func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	found, err := os.ReadDir(dir)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("the folder is not empty: %s", found[0].Name())
	}
	return err
}

// pinned is one moment of a store: nothing of it goes until release.
type pinned struct {
	catalog *catalogCopy
	view    *snapshot
	logs    []*os.File // that could not be linked
}

// pin takes hold of what the catalog says now and of the log behind it, and
// links the log's files into the folder to.
func (s *Store) pin(to string) (p *pinned, err error) {
	s.commit.Lock() // no batch is half written, and no log file goes
	defer s.commit.Unlock()
	// What comes now goes into a new file, so none of these grows any more.
	if err := s.wal.rotate(); err != nil {
		return nil, err
	}
	p = &pinned{}
	names, err := logNames(s.wal.dir)
	for _, name := range names {
		from := filepath.Join(s.wal.dir, name)
		if os.Link(from, filepath.Join(to, name)) == nil {
			continue
		}
		var f *os.File
		if f, err = os.Open(from); err != nil {
			break
		}
		p.logs = append(p.logs, f)
	}
	// A segment leaves the catalog first and the store after that: whoever
	// holds what the store has, holds all that the catalog names.
	if err == nil {
		s.mu.RLock()
		p.view = s.snapshotLocked()
		p.catalog, err = s.catalog.begin()
		s.mu.RUnlock()
	}
	if err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

func (p *pinned) release() {
	for _, f := range p.logs {
		f.Close() // it was only read
	}
	if p.view != nil {
		p.view.release()
	}
	if p.catalog != nil {
		p.catalog.close()
	}
}

// linkTree links or copies a folder of files that never change.
func linkTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.Mkdir(target, 0o700)
		}
		if os.Link(path, target) == nil {
			return ctx.Err()
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(copyFrom(ctx, f, target), f.Close())
	})
}

// copyFrom copies an open file.
func copyFrom(ctx context.Context, from *os.File, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(f, from, 16<<20)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
