package meta

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Snapshot writes one consistent state of the file to path, which must not
// exist, and fsyncs it, while all else goes on.
func (d *DB) Snapshot(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = d.bolt.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("copy %s to %s: %w", d.bolt.Path(), path, err)
	}
	return nil
}

// Check reads a file that no process has open, without changing it, and calls
// found for everything that is wrong with it. The error says that it could not
// be read at all; it is ErrLocked when another process holds it.
func Check(path string, found func(reason string)) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err // bbolt would make the file
	}
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("check %s: %w", path, ErrLocked)
	case err != nil:
		return fmt.Errorf("check %s: %w", path, err)
	}
	defer func() {
		// bbolt trusts what its pages say.
		if p := recover(); p != nil {
			found(fmt.Sprint(p))
		}
		err = errors.Join(err, b.Close())
	}()
	return b.View(func(tx *bbolt.Tx) error {
		for bad := range tx.Check() {
			found(bad.Error())
		}
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if !json.Valid(v) {
					found(fmt.Sprintf("bucket %s: record %q is no JSON", name, k))
				}
				return nil
			})
		})
	})
}
