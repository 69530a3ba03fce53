package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"spoor/index/local"
	"spoor/internal/meta"
	"spoor/internal/saved"
	"spoor/ui"
)

const (
	metaName = "meta.db"
	// backupName is the file that says that a backup is whole: it is written
	// last.
	backupName = "backup.json"
	// partName ends the name of a backup in the making.
	partName = ".part"
)

// backupInfo is what backupName holds.
type backupInfo struct {
	Made    time.Time `json:"made"`
	Version string    `json:"version"`
}

// backUp writes a backup of an open data folder to the folder to, which must
// not be there. It is there only when it is whole.
func backUp(ctx context.Context, s *local.Store, records *meta.DB, frozen *saved.Sets, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s is there already", to)
	}
	part := to + partName
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	// What an earlier try has left is of no use.
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	err := os.Mkdir(part, 0o700)
	// The fleet's journal goes before the packets that it knows of: the other
	// way round a retry would leave out packets that the backup lacks.
	if err == nil {
		err = records.Snapshot(filepath.Join(part, metaName))
	}
	if err == nil {
		err = s.Backup(ctx, filepath.Join(part, "data"))
	}
	if err == nil {
		err = os.Rename(filepath.Join(part, metaName), filepath.Join(part, "data", metaName))
	}
	if err == nil {
		err = frozen.Backup(ctx, filepath.Join(part, "data", frozenName))
	}
	if err == nil {
		var text []byte
		if text, err = json.Marshal(backupInfo{time.Now().UTC(), version()}); err == nil {
			err = writeSynced(filepath.Join(part, backupName), append(text, '\n'))
		}
	}
	if err == nil {
		err = errors.Join(syncFolder(filepath.Join(part, "data")), syncFolder(part))
	}
	if err == nil {
		err = os.Rename(part, to)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return syncFolder(filepath.Dir(to))
}

// backupInto backs up to a new folder below dir, named after the time.
func backupInto(dir string, s *local.Store, records *meta.DB, frozen *saved.Sets) ui.Backup {
	if dir == "" {
		return nil
	}
	busy := make(chan struct{}, 1)
	return func(ctx context.Context) (string, error) {
		select {
		case busy <- struct{}{}:
			defer func() { <-busy }()
		default:
			return "", ui.ErrBackupRuns
		}
		name := "spoor-" + time.Now().UTC().Format("20060102T150405.000Z")
		return name, backUp(ctx, s, records, frozen, filepath.Join(dir, name))
	}
}

// BackupCmd backs up the data folder of a stopped server.
type BackupCmd struct {
	Data string `help:"Folder for everything that Spoor keeps." default:"spoor-data" placeholder:"DIR"`
	To   string `arg:"" help:"Folder of the backup, which must not be there."`
}

// Run backs up.
func (c *BackupCmd) Run(ctx context.Context, o output) (err error) {
	if _, err := os.Stat(filepath.Join(c.Data, metaName)); err != nil {
		return fmt.Errorf("no data to back up: %w", err)
	}
	s, err := local.Open(c.Data, local.Options{})
	if errors.Is(err, local.ErrInUse) {
		return fmt.Errorf("%w: ask its server for a backup with POST /api/v1/backup, which needs serve --backup-dir", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	records, err := meta.Open(filepath.Join(c.Data, metaName))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	frozen, err := frozenIn(c.Data, records, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, frozen.Close()) }()
	if err := backUp(ctx, s, records, frozen, c.To); err != nil {
		return err
	}
	fmt.Fprintf(o.err, "backed up to %s\n", c.To)
	return nil
}

// RestoreCmd makes a data folder of a backup.
type RestoreCmd struct {
	Data string `help:"Folder for everything that Spoor keeps; it must be empty or not there." default:"spoor-data" placeholder:"DIR"`
	From string `arg:"" help:"Folder of the backup."`
}

// Run restores. The data folder is there only when it is whole.
func (c *RestoreCmd) Run(ctx context.Context, o output) error {
	text, err := os.ReadFile(filepath.Join(c.From, backupName))
	if err != nil {
		return fmt.Errorf("this is no backup: %w", err)
	}
	var info backupInfo
	if err := json.Unmarshal(text, &info); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Join(c.From, backupName), err)
	}
	found, err := os.ReadDir(c.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("%s is not empty: it holds %s", c.Data, found[0].Name())
	}
	part := filepath.Clean(c.Data) + partName
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := copyTree(ctx, filepath.Join(c.From, "data"), part); err != nil {
		return errors.Join(fmt.Errorf("restore: %w", err), os.RemoveAll(part))
	}
	if err := os.Remove(c.Data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(part, c.Data); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(filepath.Clean(c.Data))); err != nil {
		return err
	}
	fmt.Fprintf(o.err, "restored what was backed up at %s\n", info.Made.Format(time.RFC3339))
	return nil
}

// copyTree copies a folder and fsyncs all of the copy.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := ctx.Err(); err != nil {
			return err
		}
		if !d.IsDir() {
			return copyFile(path, target)
		}
		if err := os.MkdirAll(target, 0o700); err != nil {
			return err
		}
		return syncFolder(filepath.Dir(target))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close(), syncFolder(filepath.Dir(to)))
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// CheckCmd verifies the data folder of a stopped server, or a backup.
type CheckCmd struct {
	Data string `help:"Folder for everything that Spoor keeps, or a backup of it." default:"spoor-data" placeholder:"DIR"`
}

// Run prints a line for every damage. The exit status is 1 if there is any.
func (c *CheckCmd) Run(ctx context.Context, o output) error {
	dir := c.Data
	if _, err := os.Stat(filepath.Join(dir, backupName)); err == nil {
		dir = filepath.Join(dir, "data")
	}
	damaged := 0
	sum, err := checkStores(ctx, dir, func(d local.Damage) {
		damaged++
		fmt.Fprintln(o.out, d)
	})
	if err != nil {
		return err
	}
	records := filepath.Join(dir, metaName)
	err = meta.Check(records, func(reason string) {
		damaged++
		fmt.Fprintf(o.out, "%s: %s\n", records, reason)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fmt.Fprintf(o.err, "checked %d entries in %d segments of %d blocks, %d bytes of text: %d damaged\n",
		sum.Entries, sum.Segments, sum.Blocks, sum.Bytes, damaged)
	if damaged > 0 {
		return exitCode(1)
	}
	return nil
}

// checkStores checks the store of a data folder and those of its frozen sets.
func checkStores(ctx context.Context, dir string, found func(local.Damage)) (local.Checked, error) {
	sum, err := local.Check(ctx, dir, found)
	if err != nil {
		return sum, err
	}
	sets, err := filepath.Glob(filepath.Join(dir, frozenName, "[0-9]*"))
	if err != nil {
		return sum, err
	}
	for _, set := range sets {
		one, err := local.Check(ctx, set, found)
		if err != nil {
			return sum, err
		}
		sum.Entries += one.Entries
		sum.Segments += one.Segments
		sum.Blocks += one.Blocks
		sum.Bytes += one.Bytes
	}
	return sum, nil
}
