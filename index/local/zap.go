package local

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"runtime"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	"github.com/blevesearch/vellum"
	zap "github.com/blevesearch/zapx/v17"
)

// zapWriter writes the file of an immutable Bleve index whose documents are
// blocks, named by their number, with one field. The layout is that of
// zapx v17; see zap.md, new.go and section_inverted_text_index.go there.
//
// Bleve's own builder goes through maps of strings, once for each of several
// parts and once more to merge them, which was 40 % of what a line cost. Here
// terms come sorted. And most terms stand in one block, so all terms of the
// same few blocks share one list of them: a dictionary of small, equal numbers
// is a third smaller.
type zapWriter struct {
	w   *bufio.Writer
	n   uint64
	crc uint32
	err error // of the first write that went wrong

	docs    uint64
	few     map[uint64]uint64 // where the list of up to three blocks lies
	freqs   map[int]uint64    // where the frequencies for so many blocks lie
	list    *roaring.Bitmap
	scratch []byte
	dict    bytes.Buffer
	terms   *vellum.Builder
}

func newZapWriter() (*zapWriter, error) {
	z := &zapWriter{w: bufio.NewWriterSize(nil, 64<<10), few: map[uint64]uint64{}, freqs: map[int]uint64{}, list: roaring.New()}
	var err error
	z.terms, err = vellum.New(&z.dict, nil)
	return z, err
}

// yieldEvery is after how many terms, about half a millisecond, a search that
// waits for a processor goes first. The runtime would let it wait for ten.
const yieldEvery = 2000

// zapField is a field of the file.
type zapField struct {
	name    string
	options bleve.FieldIndexingOptions
	address uint64
}

// write makes the file, whose documents are numbered from 0, one at least. each
// calls found for every term in their order.
func (z *zapWriter) write(path string, docs int, each func(found func(term []byte, blocks []uint32) error) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z.w.Reset(f)
	z.n, z.crc, z.err, z.docs = 0, 0, nil, uint64(docs)
	clear(z.few)
	clear(z.freqs)

	stored := z.writeStored()
	fields := []zapField{
		{name: "_id", options: bleve.IndexField | bleve.StoreField},
		{name: termField, options: bleve.IndexField | bleve.SkipFreqNorm},
	}
	ids := func(found func(term []byte, blocks []uint32) error) error {
		for doc := range uint32(docs) {
			if err := found(binary.BigEndian.AppendUint32(nil, doc), []uint32{doc}); err != nil {
				return err
			}
		}
		return nil
	}
	if fields[0].address, err = z.writeField(ids); err != nil {
		return err
	}
	if fields[1].address, err = z.writeField(each); err != nil {
		return err
	}
	z.writeFooter(stored, z.writeFields(fields))
	return errors.Join(z.err, z.w.Flush())
}

func (z *zapWriter) bytes(b []byte) {
	if z.err == nil {
		_, z.err = z.w.Write(b)
	}
	z.crc = crc32.Update(z.crc, crc32.IEEETable, b)
	z.n += uint64(len(b))
}

func (z *zapWriter) uvarints(v ...uint64) {
	z.scratch = z.scratch[:0]
	for _, n := range v {
		z.scratch = binary.AppendUvarint(z.scratch, n)
	}
	z.bytes(z.scratch)
}

func (z *zapWriter) uint64(n uint64) { z.bytes(binary.BigEndian.AppendUint64(z.scratch[:0], n)) }
func (z *zapWriter) uint32(n uint32) { z.bytes(binary.BigEndian.AppendUint32(z.scratch[:0], n)) }

// writeStored writes the stored fields, of which there is the name only, and
// returns where their places are told.
func (z *zapWriter) writeStored() (at uint64) {
	var places []uint64
	for doc := range uint32(z.docs) {
		places = append(places, z.n)
		// One byte of metadata, the length of the name; then the name, and
		// no other values, as snappy packs nothing.
		b := append(z.scratch[:0], 1, 5, 4)
		z.bytes(append(binary.BigEndian.AppendUint32(b, doc), 0))
	}
	at = z.n
	for _, p := range places {
		z.uint64(p)
	}
	z.uvarints(0) // no document lies inside another
	return at
}

// writeField writes the lists and the dictionary of a field and returns its
// address.
func (z *zapWriter) writeField(each func(found func(term []byte, blocks []uint32) error) error) (address uint64, err error) {
	z.dict.Reset()
	if err := z.terms.Reset(&z.dict); err != nil {
		return 0, err
	}
	n := 0
	if err := each(func(term []byte, blocks []uint32) error {
		if n++; n%yieldEvery == 0 {
			runtime.Gosched()
		}
		at, err := z.listOf(blocks)
		if err == nil {
			err = z.terms.Insert(term, at)
		}
		return errors.Join(err, z.err)
	}); err != nil {
		return 0, err
	}
	if err := z.terms.Close(); err != nil {
		return 0, err
	}
	dict := z.n
	z.uvarints(uint64(z.dict.Len()))
	z.bytes(z.dict.Bytes())
	address = z.n
	z.uvarints(math.MaxUint64, math.MaxUint64, dict) // no values by document
	return address, nil
}

// listOf returns where the list of these blocks lies.
func (z *zapWriter) listOf(blocks []uint32) (at uint64, err error) {
	if len(blocks) > 3 {
		return z.writeList(blocks)
	}
	key := uint64(0)
	for _, b := range blocks {
		// Block 0 must count: 21 bits for each, and there are not that many.
		if b >= 1<<21-1 {
			return z.writeList(blocks)
		}
		key = key<<21 | uint64(b+1)
	}
	if at, ok := z.few[key]; ok {
		return at, nil
	}
	at, err = z.writeList(blocks)
	z.few[key] = at
	return at, err
}

func (z *zapWriter) writeList(blocks []uint32) (at uint64, err error) {
	freqs := z.freqsOf(blocks)
	z.list.Clear()
	z.list.AddMany(blocks)
	packed, err := z.list.ToBytes()
	if err != nil {
		return 0, fmt.Errorf("pack the list of a term: %w", err)
	}
	at = z.n
	z.uvarints(freqs, 0, uint64(len(packed)))
	z.bytes(packed)
	return at, nil
}

// freqsOf returns where the frequencies for a list of blocks lie. All are 0,
// which stands for none, in chunks of a size that follows from the length of
// the list. Lists of one length share those of a single chunk.
func (z *zapWriter) freqsOf(blocks []uint32) (at uint64) {
	const perChunk = 1024 // see getChunkSize, mode 1026
	if at, ok := z.freqs[len(blocks)]; ok {
		return at
	}
	at = z.n
	if len(blocks) < perChunk {
		z.freqs[len(blocks)] = at
		z.uvarints(1, uint64(len(blocks)))
		z.bytes(make([]byte, len(blocks)))
		return at
	}
	size := z.docs / uint64(len(blocks)/perChunk+1)
	ends := make([]uint64, (z.docs-1)/size+1)
	for _, b := range blocks {
		ends[uint64(b)/size]++
	}
	z.uvarints(uint64(len(ends)))
	sum := uint64(0)
	for _, n := range ends {
		sum += n
		z.uvarints(sum)
	}
	z.bytes(make([]byte, len(blocks)))
	return at
}

// writeFields writes what the fields are and returns where that lies.
func (z *zapWriter) writeFields(fields []zapField) (at uint64) {
	var places []uint64
	for _, f := range fields {
		places = append(places, z.n)
		z.uvarints(uint64(len(f.name)))
		z.bytes([]byte(f.name))
		z.uvarints(uint64(f.options), 1)
		z.bytes(binary.BigEndian.AppendUint16(z.scratch[:0], zap.SectionInvertedTextIndex))
		z.uint64(f.address)
	}
	at = z.n
	z.uvarints(uint64(len(fields)))
	for _, p := range places {
		z.uint64(p)
	}
	return at
}

func (z *zapWriter) writeFooter(stored, fields uint64) {
	z.uint32(0) // length of the name of what has encrypted the file: nothing
	z.uint64(z.docs)
	z.uint64(stored)
	z.uint64(fields)
	z.uint32(zap.DefaultChunkMode)
	z.uint32(zap.Version)
	z.uint32(z.crc)
}
