// Package meta keeps small records (actionables, jobs, names) in typed bbolt
// buckets, as JSON so that a person can read them with any bbolt tool.
package meta

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrNotFound says that a bucket has no record under a key.
	ErrNotFound = errors.New("no such record")
	// ErrLocked says that another process has the file open.
	ErrLocked = errors.New("in use by another process")
)

// DB is a file of buckets. It may be used by many goroutines at once.
type DB struct{ bolt *bbolt.DB }

// Open opens the file at path, or makes it. It returns ErrLocked within a
// second when another process holds it.
func Open(path string) (*DB, error) {
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("open %s: %w", path, ErrLocked)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &DB{bolt: b}, nil
}

// Close waits for open transactions and releases the file.
func (d *DB) Close() error { return d.bolt.Close() }

// Bucket is a named set of records of type T, ordered by key.
type Bucket[T any] struct {
	db   *DB
	name []byte
}

// NewBucket returns the bucket of that name, making it if it is not there.
func NewBucket[T any](db *DB, name string) (Bucket[T], error) {
	err := db.bolt.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists([]byte(name))
		return err
	})
	if err != nil {
		return Bucket[T]{}, fmt.Errorf("make bucket %s: %w", name, err)
	}
	return Bucket[T]{db: db, name: []byte(name)}, nil
}

// Number is the key of a record that is counted, in the order of counting.
func Number(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// Update runs fn in one transaction: all its changes are kept, or on an
// error none.
func (b Bucket[T]) Update(fn func(tx Tx[T]) error) error {
	return b.db.bolt.Update(func(tx *bbolt.Tx) error {
		return fn(Tx[T]{bucket: tx.Bucket(b.name)})
	})
}

// View runs fn on one consistent state.
func (b Bucket[T]) View(fn func(tx Tx[T]) error) error {
	return b.db.bolt.View(func(tx *bbolt.Tx) error {
		return fn(Tx[T]{bucket: tx.Bucket(b.name)})
	})
}

// Get returns the record under key, or ErrNotFound.
func (b Bucket[T]) Get(key string) (T, error) {
	var v T
	err := b.View(func(tx Tx[T]) (err error) {
		v, err = tx.Get(key)
		return err
	})
	return v, err
}

// Put keeps a record under key.
func (b Bucket[T]) Put(key string, v T) error {
	return b.Update(func(tx Tx[T]) error { return tx.Put(key, v) })
}

// All returns every record in the order of the keys.
func (b Bucket[T]) All() ([]T, error) {
	var all []T
	err := b.View(func(tx Tx[T]) error {
		return tx.Each(func(_ string, v T) error {
			all = append(all, v)
			return nil
		})
	})
	return all, err
}

// Newest lists the records of a bucket whose keys are Numbers, the newest
// first: those before number before (0: all) that fit (nil: all do), at most
// limit of them. next is the number to go on before, or 0.
func (b Bucket[T]) Newest(before uint64, limit int, fits func(*T) bool) (list []T, next uint64, err error) {
	from, last := "", uint64(0)
	if before > 0 {
		from = Number(before)
	}
	err = b.View(func(tx Tx[T]) error {
		return tx.Back(from, func(key string, v T) (more bool, err error) {
			if fits != nil && !fits(&v) {
				return true, nil
			}
			if len(list) == limit {
				next = last
				return false, nil
			}
			list, last = append(list, v), binary.BigEndian.Uint64([]byte(key))
			return true, nil
		})
	})
	if err != nil {
		return nil, 0, err
	}
	return list, next, nil
}

// Tx is a bucket inside a transaction.
type Tx[T any] struct{ bucket *bbolt.Bucket }

// In returns the bucket inside the transaction of another one of the same
// file, so that both change or neither.
func In[T, U any](b Bucket[T], other Tx[U]) Tx[T] {
	return Tx[T]{bucket: other.bucket.Tx().Bucket(b.name)}
}

// Get returns the record under key, or ErrNotFound.
func (t Tx[T]) Get(key string) (T, error) {
	var v T
	raw := t.bucket.Get([]byte(key))
	if raw == nil {
		return v, ErrNotFound
	}
	return v, decode(key, raw, &v)
}

// Put keeps a record under key.
func (t Tx[T]) Put(key string, v T) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode record %q: %w", key, err)
	}
	return t.bucket.Put([]byte(key), raw)
}

// Delete removes the record under key, if there is one.
func (t Tx[T]) Delete(key string) error { return t.bucket.Delete([]byte(key)) }

// Next returns a number that this bucket never handed out before, from 1.
func (t Tx[T]) Next() (uint64, error) { return t.bucket.NextSequence() }

// Advance sees to it that Next hands out numbers above n.
func (t Tx[T]) Advance(n uint64) error {
	if t.bucket.Sequence() >= n {
		return nil
	}
	return t.bucket.SetSequence(n)
}

// Each calls fn for every record in the order of the keys until it returns
// an error.
func (t Tx[T]) Each(fn func(key string, v T) error) error {
	return t.bucket.ForEach(func(k, raw []byte) error {
		var v T
		if err := decode(string(k), raw, &v); err != nil {
			return err
		}
		return fn(string(k), v)
	})
}

// Back calls fn for the records before a key (empty: all), the last key first,
// until it wants no more.
func (t Tx[T]) Back(before string, fn func(key string, v T) (more bool, err error)) error {
	c := t.bucket.Cursor()
	k, raw := c.Last()
	if before != "" {
		if k, raw = c.Seek([]byte(before)); k == nil {
			k, raw = c.Last()
		}
	}
	for ; k != nil; k, raw = c.Prev() {
		if before != "" && string(k) >= before {
			continue
		}
		var v T
		if err := decode(string(k), raw, &v); err != nil {
			return err
		}
		if more, err := fn(string(k), v); err != nil || !more {
			return err
		}
	}
	return nil
}

func decode(key string, raw []byte, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("decode record %q: %w", key, err)
	}
	return nil
}
