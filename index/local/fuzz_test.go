package local

import (
	"os"
	"path/filepath"
	"testing"

	"spoor/index"

	"github.com/cespare/xxhash/v2"
)

// Ensure that reading a log never panics and never takes more memory than the
// file's own size explains, whatever the bytes are.
func FuzzLog(f *testing.F) {
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	for n := range 3 {
		f.Add(sampleLog(f, c, n), uint16(n*37))
	}
	f.Fuzz(func(t *testing.T, b []byte, patch uint16) {
		read := func(b []byte) {
			scanLog(b, func(r record) {
				if _, v, _, err := r.decode(c); err == nil && len(v.rows) != r.rows {
					t.Errorf("record of %d rows has %d", r.rows, len(v.rows))
				}
			}, func(offset int64, reason string, torn bool) {
				if offset < 0 || offset > int64(len(b)) || reason == "" {
					t.Errorf("damage %q at %d of %d", reason, offset, len(b))
				}
			})
		}
		read(b)
		// Good checksums let the bytes through to the decoder.
		mend(b)
		read(b)
	})
}

// mend gives the record at the beginning of a log good checksums.
func mend(b []byte) {
	if len(b) < len(logMagic)+recHead {
		return
	}
	copy(b, logMagic)
	r := b[len(logMagic):]
	putUint32(r[recMagic:], recordMagic)
	putUint32(r[recPayload:], uint32(len(r)-recHead))
	putUint64(r[recSum:], xxhash.Sum64(r[recHead:]))
	putUint32(r[recHeadSum:], uint32(xxhash.Sum64(r[:recHeadSum])))
}

func putUint32(b []byte, v uint32) {
	for i := range 4 {
		b[i] = byte(v >> (8 * i))
	}
}

func putUint64(b []byte, v uint64) {
	putUint32(b, uint32(v))
	putUint32(b[4:], uint32(v>>32))
}

func sampleLog(tb testing.TB, c *codec, n int) []byte {
	tb.Helper()
	dir := tb.TempDir()
	w := &wal{dir: dir, open: openLogFile}
	s := &Store{streams: newStreams(10), codec: c}
	b, err := s.batch(lines(0, 1+5*n), &mark{index.Mark{Key: "k"}, int64(n)}, someTime)
	if err != nil {
		tb.Fatal(err)
	}
	b.number(1)
	if err := w.append([]*batch{b}, 1); err != nil {
		tb.Fatal(err)
	}
	content, err := os.ReadFile(w.path)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

var someTime = index.ID{Time: 1e18}.When()

// Ensure that the columns of a block never bring a panic or a row outside of
// its text.
func FuzzColumns(f *testing.F) {
	v := view{runs: []run{{1, 2}}, rows: []row{{time: 1, seq: 1, size: 3}, {time: 2, seq: 2, size: 4}}}
	f.Add(appendColumns(nil, v.runs, v.rows, 0), 2, 7)
	f.Fuzz(func(t *testing.T, b []byte, count, textLen int) {
		if textLen < 0 || textLen > maxText {
			return
		}
		var v view
		if _, err := v.read(b, count, 0, textLen); err != nil {
			return
		}
		for i := range v.rows {
			if r := &v.rows[i]; int(r.off)+int(r.size) > textLen {
				t.Fatalf("row %d ends at %d of %d", i, int(r.off)+int(r.size), textLen)
			}
		}
	})
}

// Ensure that meta.dat never brings a panic, and that blocks lie in the file.
func FuzzSegmentMeta(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(dir, Options{BlockBytes: 20})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Put(f.Context(), lines(0, 10)); err != nil {
		f.Fatal(err)
	}
	if err := s.SealAll(f.Context()); err != nil {
		f.Fatal(err)
	}
	size := s.segments[0].blocks
	meta, err := os.ReadFile(filepath.Join(s.segments[0].dir, metaName))
	if err != nil {
		f.Fatal(err)
	}
	last := size[len(size)-1]
	f.Add(meta, last.offset+int64(last.columnSize)+int64(last.textSize))
	s.Close()
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		if len(b) > 8 {
			putUint64(b[len(b)-8:], xxhash.Sum64(b[:len(b)-8]))
		}
		var s segment
		if s.decodeMeta(b, size) != nil {
			return
		}
		for i, m := range s.blocks {
			if m.offset < 0 || m.offset+int64(m.columnSize)+int64(m.textSize) > size {
				t.Fatalf("block %d lies outside", i)
			}
			s.blockRuns(i)
		}
	})
}
