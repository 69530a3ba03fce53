package local

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

const (
	logMagic = "spoorlog1\n"
	// recordMagic begins every record, so that a reader finds the next one
	// behind damage.
	recordMagic = 0x5d1e9a37

	// Offsets in the header of a record, little endian.
	recMagic    = 0
	recPayload  = 4  // bytes of payload that follow the header
	recColumns  = 8  // bytes of streams and columns behind the text, unpacked
	recText     = 12 // bytes of text in the payload, unpacked
	recRows     = 16
	recFirstSeq = 20
	recSum      = 28 // xxhash64 of the payload
	recHeadSum  = 36 // low half of xxhash64 of the header before it
	recHead     = 40
)

// batch is what one Put wants to keep. It is made to be used again, once
// keep has returned.
type batch struct {
	view   view   // rows numbered from 0 until the batch is committed
	plain  []byte // the record's payload before compression
	record []byte // header and payload
	mark   *mark  // nil: none

	done bool // the outcome is known
	err  error
}

// maxPooled is how large the memory of a batch may be to be used again.
const maxPooled = 8 << 20

var batches = sync.Pool{New: func() any { return new(batch) }}

func newBatch() *batch {
	b := batches.Get().(*batch)
	b.done, b.err, b.mark = false, nil, nil
	return b
}

func (b *batch) release() {
	if cap(b.plain) <= maxPooled && cap(b.record) <= maxPooled {
		batches.Put(b)
	}
}

// encode makes the record of the batch, whose text stands in plain. It defines
// every stream that the catalog does not hold yet, so that each record can be
// read without the ones before.
func (b *batch) encode(fresh []*stream, c *codec) {
	text := len(b.plain)
	plain := binary.AppendUvarint(b.plain, uint64(len(fresh)))
	for _, s := range fresh {
		plain = appendStream(plain, streamDef{s.id, s.born, *s.def})
	}
	plain = appendColumns(plain, b.view.runs, b.view.rows, 0)
	if b.mark != nil {
		plain = appendMark(plain, *b.mark)
	}
	b.plain = plain
	b.view.texts = append(b.view.texts[:0], plain[:text])

	b.record = slices.Grow(b.record[:0], recHead)[:recHead]
	b.record = c.appendLog(b.record, plain)
	r, le := b.record, binary.LittleEndian
	le.PutUint32(r[recMagic:], recordMagic)
	le.PutUint32(r[recPayload:], uint32(len(r)-recHead))
	le.PutUint32(r[recColumns:], uint32(len(plain)-text))
	le.PutUint32(r[recText:], uint32(text))
	le.PutUint32(r[recRows:], uint32(len(b.view.rows)))
	le.PutUint64(r[recSum:], xxhash.Sum64(r[recHead:]))
}

// number gives the entries their Seq.
func (b *batch) number(first uint64) {
	for i := range b.view.rows {
		b.view.rows[i].seq = first + uint64(i)
	}
	binary.LittleEndian.PutUint64(b.record[recFirstSeq:], first)
	binary.LittleEndian.PutUint32(b.record[recHeadSum:], uint32(xxhash.Sum64(b.record[:recHeadSum])))
}

// logFile is what the log needs of a file; tests give it a failing one.
type logFile interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

// wal is the log. Its user makes sure that only one goroutine is in it.
type wal struct {
	dir  string
	file logFile // nil: the next append makes one
	path string
	size int64 // bytes of path that are written and fsynced

	// open makes a file that must not exist yet.
	open func(path string) (logFile, error)
}

func openLogFile(path string) (logFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// append writes the batches, whose first Seq is first, and fsyncs them. On an
// error none of them is in the log, and the file is never written again: after
// a failed fsync nobody knows what the disk holds.
func (w *wal) append(batches []*batch, first uint64) error {
	if w.file == nil {
		if err := w.create(first); err != nil {
			return noSpace(fmt.Errorf("make log file: %w", err))
		}
	}
	size := w.size
	for _, b := range batches {
		n, err := w.file.Write(b.record)
		size += int64(n)
		if err != nil {
			w.abandon()
			return noSpace(fmt.Errorf("append to log: %w", err))
		}
	}
	if err := w.file.Sync(); err != nil {
		w.abandon()
		return noSpace(fmt.Errorf("fsync log: %w", err))
	}
	w.size = size
	return nil
}

// create makes the file whose first record has that Seq. A file of that name
// is there when an abandoned one could not be removed; then another ending is
// taken that sorts behind it.
func (w *wal) create(first uint64) error {
	for try := 0; ; try++ {
		path := filepath.Join(w.dir, logName(first, try))
		f, err := w.open(path)
		if errors.Is(err, fs.ErrExist) && try < 1000 {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write([]byte(logMagic))
		if err == nil {
			err = syncDir(w.dir)
		}
		if err != nil {
			return errors.Join(err, f.Close(), os.Remove(path))
		}
		w.file, w.path, w.size = f, path, int64(len(logMagic))
		return nil
	}
}

// abandon gives the file up after a failed write. What was not acknowledged
// is cut off; should that fail as well, replay still leaves it out, because
// the next file begins with the same Seq.
func (w *wal) abandon() {
	if w.file == nil {
		return
	}
	// The errors say nothing new: the file is already known to be bad.
	w.file.Truncate(w.size)
	w.file.Sync()
	w.file.Close()
	if w.size <= int64(len(logMagic)) {
		os.Remove(w.path)
	}
	w.file = nil
}

// rotate closes the file; the next append makes another.
func (w *wal) rotate() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

const logExt = ".log"

func logName(first uint64, try int) string { return fmt.Sprintf("%016x-%03x%s", first, try, logExt) }

// logFirst reads the Seq in the name of a log file.
func logFirst(name string) (first uint64, ok bool) {
	base, isLog := strings.CutSuffix(name, logExt)
	if !isLog {
		return 0, false
	}
	var try int
	n, err := fmt.Sscanf(base, "%016x-%03x", &first, &try)
	return first, err == nil && n == 2 && logName(first, try) == name
}

// drop removes the log files all of whose records have a Seq up to covered;
// last is the newest Seq that was ever written.
func (w *wal) drop(covered, last uint64) error {
	names, err := logNames(w.dir)
	if err != nil {
		return err
	}
	var errs []error
	for i, name := range names {
		path := filepath.Join(w.dir, name)
		if w.file != nil && path == w.path {
			break
		}
		// What a file holds ends where the next one begins.
		end := last
		if i+1 < len(names) {
			next, _ := logFirst(names[i+1])
			end = next - 1
		}
		if end > covered {
			break
		}
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// logNames lists the log files in the order of their records.
func logNames(dir string) ([]string, error) {
	found, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range found {
		if _, ok := logFirst(f.Name()); ok {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// unixNano is t in nanoseconds since 1970, and whether it can be told so.
func unixNano(t time.Time) (int64, bool) {
	n := t.UnixNano()
	return n, time.Unix(0, n).Equal(t)
}
