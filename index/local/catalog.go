package local

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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
}

// contents is all that a catalog holds.
type contents struct {
	covered  uint64
	streams  []streamDef
	segments []segmentRecord
	marks    []mark // in the order in which they were put
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
		for _, name := range [][]byte{metaBucket, streamBucket, segmentBucket, markBucket} {
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
		all.covered = parseNumber(meta.Get(coveredKey))
		return errors.Join(
			tx.Bucket(streamBucket).ForEach(all.addStream),
			tx.Bucket(segmentBucket).ForEach(all.addSegment),
			tx.Bucket(markBucket).ForEach(all.addMark),
		)
	})
	slices.SortStableFunc(all.marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	return all, err
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
		for _, s := range segments {
			raw, err := json.Marshal(s)
			if err != nil {
				return err
			}
			if err := tx.Bucket(segmentBucket).Put(number(s.ID), raw); err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Put(coveredKey, number(covered))
	})
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
