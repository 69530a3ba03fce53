package local

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// catalogVersion is the version of the data folder.
const catalogVersion = 1

var (
	metaBucket    = []byte("meta")
	streamBucket  = []byte("streams")
	segmentBucket = []byte("segments")
	markBucket    = []byte("marks")
	tombBucket    = []byte("deletions")

	versionKey = []byte("version")
	coveredKey = []byte("covered")
)

// catalog says which segments and streams exist and which part of the log
// the segments cover. Nothing exists that it does not name. Its lock is the
// lock of the data folder.
type catalog struct{ bolt *bbolt.DB }

// segmentRecord is a segment in the catalog.
type segmentRecord struct {
	ID    uint64    `json:"id"`
	Rows  uint64    `json:"rows"`
	Bytes uint64    `json:"bytes"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Until is the latest of all event and arrival times: from then on the
	// age of the segment counts.
	Until time.Time `json:"until"`
	Made  time.Time `json:"made"`
}

// contents is all that a catalog holds.
type contents struct {
	covered  uint64
	streams  []streamDef
	segments []segmentRecord
	marks    []mark // in the order in which they were put
	tombs    []tomb
}

// openCatalog opens the file or makes it. It returns ErrInUse within a second
// when another process holds it.
func openCatalog(path string) (*catalog, contents, error) {
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 500 * time.Millisecond, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, contents{}, ErrInUse
	}
	if err != nil {
		return nil, contents{}, err
	}
	c := &catalog{bolt: b}
	all, err := c.load()
	if err != nil {
		return nil, contents{}, errors.Join(err, b.Close())
	}
	return c, all, nil
}

func (c *catalog) close() error { return c.bolt.Close() }

func (c *catalog) load() (contents, error) {
	var all contents
	err := c.bolt.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{metaBucket, streamBucket, segmentBucket, markBucket, tombBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		switch v := meta.Get(versionKey); {
		case v == nil:
			if err := meta.Put(versionKey, number(catalogVersion)); err != nil {
				return err
			}
		case parseNumber(v) != catalogVersion:
			return fmt.Errorf("data of version %d, this program knows %d", parseNumber(v), catalogVersion)
		}
		return all.read(tx)
	})
	return all, err
}

// read fills in what a transaction sees. Buckets that are not there are empty.
func (all *contents) read(tx *bbolt.Tx) error {
	each := func(bucket []byte, add func(key, value []byte) error) error {
		if b := tx.Bucket(bucket); b != nil {
			return b.ForEach(add)
		}
		return nil
	}
	if meta := tx.Bucket(metaBucket); meta != nil {
		all.covered = parseNumber(meta.Get(coveredKey))
	}
	err := errors.Join(
		each(streamBucket, all.addStream), each(segmentBucket, all.addSegment),
		each(markBucket, all.addMark), each(tombBucket, all.addTomb),
	)
	slices.SortStableFunc(all.marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	return err
}

// catalogCopy is one state of a catalog while it changes. It is closed soon:
// the file grows meanwhile.
type catalogCopy struct{ tx *bbolt.Tx }

func (c *catalog) begin() (*catalogCopy, error) {
	tx, err := c.bolt.Begin(false)
	if err != nil {
		return nil, err
	}
	return &catalogCopy{tx}, nil
}

func (c *catalogCopy) contents() (contents, error) {
	var all contents
	return all, all.read(c.tx)
}

func (c *catalogCopy) copyTo(path string) error { return c.tx.CopyFile(path, 0o600) }

// close may be called once; a read transaction has nothing to lose.
func (c *catalogCopy) close() { _ = c.tx.Rollback() }

// readCatalog opens the file to read it only, and calls damaged for what is
// wrong with its pages. It returns ErrInUse when another process holds it.
func readCatalog(path string, damaged func(reason string)) (c *catalog, all contents, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, all, err // bbolt would make the file
	}
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 500 * time.Millisecond, ReadOnly: true})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, all, ErrInUse
	case err != nil:
		return nil, all, err
	}
	defer func() {
		// bbolt trusts what its pages say.
		if p := recover(); p != nil {
			err = fmt.Errorf("read %s: %v", path, p)
		}
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	err = b.View(func(tx *bbolt.Tx) error {
		for bad := range tx.Check() {
			damaged(bad.Error())
		}
		if v := tx.Bucket(metaBucket); v != nil && parseNumber(v.Get(versionKey)) != catalogVersion {
			return fmt.Errorf("data of version %d, this program knows %d", parseNumber(v.Get(versionKey)), catalogVersion)
		}
		return all.read(tx)
	})
	return &catalog{bolt: b}, all, err
}

func (all *contents) addStream(key, value []byte) error {
	c := columns{b: value}
	def := c.stream()
	if c.bad || len(c.b) > 0 {
		return fmt.Errorf("stream %x can't be read", key)
	}
	all.streams = append(all.streams, def)
	return nil
}

func (all *contents) addSegment(key, value []byte) error {
	var s segmentRecord
	if err := json.Unmarshal(value, &s); err != nil {
		return fmt.Errorf("segment %x: %w", key, err)
	}
	all.segments = append(all.segments, s)
	return nil
}

func (all *contents) addMark(key, value []byte) error {
	c := columns{b: value}
	m := c.mark()
	if c.bad || len(c.b) > 0 || m.Key != string(key) {
		return fmt.Errorf("mark %q can't be read", key)
	}
	all.marks = append(all.marks, m)
	return nil
}

func (all *contents) addTomb(key, value []byte) error {
	var t tomb
	if err := json.Unmarshal(value, &t); err != nil {
		return fmt.Errorf("deletion %x: %w", key, err)
	}
	all.tombs = append(all.tombs, t)
	return nil
}

// setTombs adds deletions and removes others, in one transaction.
func (c *catalog) setTombs(add []tomb, gone []uint64) error {
	return c.bolt.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(tombBucket)
		for _, id := range gone {
			if err := b.Delete(number(id)); err != nil {
				return err
			}
		}
		for _, t := range add {
			raw, err := json.Marshal(t)
			if err != nil {
				return err
			}
			if err := b.Put(number(t.ID), raw); err != nil {
				return err
			}
		}
		return nil
	})
}

// commit adds what a seal has made, in one transaction: segments, the streams
// that are not saved yet, the marks of its log records, and the Seq up to
// which the log is covered. Marks of the keys in gone are removed.
func (c *catalog) commit(segments []segmentRecord, fresh []*stream, marks []mark, gone []string, covered uint64) error {
	return c.bolt.Update(func(tx *bbolt.Tx) error {
		if err := putMarks(tx.Bucket(markBucket), marks, gone); err != nil {
			return err
		}
		for _, s := range fresh {
			def := appendStream(nil, streamDef{s.id, s.born, *s.def})
			if err := tx.Bucket(streamBucket).Put(number(uint64(s.id)), def); err != nil {
				return err
			}
		}
		if err := putSegments(tx.Bucket(segmentBucket), segments); err != nil {
			return err
		}
		return tx.Bucket(metaBucket).Put(coveredKey, number(covered))
	})
}

// replace puts segments in the place of others, in one transaction.
func (c *catalog) replace(gone []uint64, segments []segmentRecord) error {
	return c.bolt.Update(func(tx *bbolt.Tx) error {
		for _, id := range gone {
			if err := tx.Bucket(segmentBucket).Delete(number(id)); err != nil {
				return err
			}
		}
		return putSegments(tx.Bucket(segmentBucket), segments)
	})
}

func putSegments(b *bbolt.Bucket, segments []segmentRecord) error {
	for _, s := range segments {
		raw, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := b.Put(number(s.ID), raw); err != nil {
			return err
		}
	}
	return nil
}

func putMarks(b *bbolt.Bucket, marks []mark, gone []string) error {
	for _, key := range gone {
		if err := b.Delete([]byte(key)); err != nil {
			return err
		}
	}
	for _, m := range marks {
		if err := b.Put([]byte(m.Key), appendMark(nil, m)); err != nil {
			return err
		}
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func parseNumber(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}
