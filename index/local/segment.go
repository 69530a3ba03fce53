package local

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
)

// segmentVersion is the version of the files of a segment and of the token
// policy that its index follows.
const segmentVersion = 1

const (
	metaMagic  = "spoorseg\n"
	metaName   = "meta.dat"
	blocksName = "blocks.dat"
	indexName  = "index"
)

// segment is an immutable folder of blocks with their index.
type segment struct {
	dir     string
	blocks  []blockMeta
	runs    []run
	streams []streamPart
	files   []indexFile

	rows             uint64
	bytes            uint64 // of raw text
	minTime, maxTime int64
	maxSeq           uint64

	id          uint64
	made, until int64 // see segmentRecord
	disk        int64 // bytes of its files

	file  *os.File   // of the blocks
	index *termIndex // nil: every block is evaluated
	// visible remembers what is left of it by the newest deletions.
	visible atomic.Pointer[visible]
	// firstSeqs are asked for by those who read in the order of arrival.
	firstSeqs firstSeqs

	// refs counts the searches that read it, and one for the store.
	refs atomic.Int32
	// doomed says that the catalog does not name it any more: the last
	// reader removes its folder.
	doomed atomic.Bool
	// worse says that its index could not be read.
	worse atomic.Bool

	// What follows belongs to whoever holds Store.tidying.
	spoiled   bool      // it can't be rewritten
	inspected time.Time // when the expired entries in it were counted
}

// describe fills in what the catalog knows of the segment.
func (s *segment) describe(r *segmentRecord) {
	s.id = r.ID
	s.made, s.until = clampNano(r.Made), clampNano(r.Until)
	if r.Until.IsZero() { // a record of the first days
		s.until = max(s.maxTime, time.Now().UnixNano())
	}
}

// streamPart is what a segment holds of a stream.
type streamPart struct {
	stream           uint32
	rows             uint64
	minTime, maxTime int64
	maxSeq           uint64
}

// indexFile is a file of the Bleve index with our own checksum: Bleve never
// checks its own.
type indexFile struct {
	name string
	size int64
	sum  uint64
}

// blockRuns returns the runs of a block.
func (s *segment) blockRuns(block int) []run {
	end := uint32(len(s.runs))
	if block+1 < len(s.blocks) {
		end = s.blocks[block+1].firstRun
	}
	return s.runs[s.blocks[block].firstRun:end]
}

func (s *segment) hold() { s.refs.Add(1) }

// release gives up one reference; the last one closes the files,
// and removes those of a doomed segment.
func (s *segment) release() error {
	if s.refs.Add(-1) > 0 {
		return nil
	}
	err := s.file.Close()
	if s.index != nil {
		err = errors.Join(err, s.index.close())
	}
	if s.doomed.Load() {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// encodeMeta writes what meta.dat holds.
func (s *segment) encodeMeta() []byte {
	b := []byte(metaMagic)
	u := func(v uint64) { b = binary.AppendUvarint(b, v) }
	i := func(v int64) { b = binary.AppendVarint(b, v) }
	u(segmentVersion)
	u(uint64(len(s.blocks)))
	for n := range s.blocks {
		m := &s.blocks[n]
		u(uint64(m.columnSize))
		u(uint64(m.textSize))
		u(uint64(m.columnPlain))
		u(uint64(m.textPlain))
		b = binary.LittleEndian.AppendUint64(b, m.columnSum)
		b = binary.LittleEndian.AppendUint64(b, m.textSum)
		u(uint64(m.rows))
		i(m.minTime)
		i(m.maxTime)
		u(m.maxSeq)
		runs := s.blockRuns(n)
		u(uint64(len(runs)))
		for _, r := range runs {
			u(uint64(r.stream))
			u(uint64(r.rows))
		}
	}
	u(uint64(len(s.streams)))
	for _, p := range s.streams {
		u(uint64(p.stream))
		u(p.rows)
		i(p.minTime)
		i(p.maxTime)
		u(p.maxSeq)
	}
	u(uint64(len(s.files)))
	for _, f := range s.files {
		u(uint64(len(f.name)))
		b = append(b, f.name...)
		i(f.size)
		b = binary.LittleEndian.AppendUint64(b, f.sum)
	}
	return binary.LittleEndian.AppendUint64(b, xxhash.Sum64(b))
}

// decodeMeta reads what encodeMeta wrote; blocksSize is the size of the file
// of blocks, inside of which every block must lie.
func (s *segment) decodeMeta(b []byte, blocksSize int64) error {
	if len(b) < len(metaMagic)+8 || string(b[:len(metaMagic)]) != metaMagic {
		return errors.New("this is no segment")
	}
	end := len(b) - 8
	if binary.LittleEndian.Uint64(b[end:]) != xxhash.Sum64(b[:end]) {
		return errors.New("the checksum is wrong")
	}
	c := &columns{b: b[len(metaMagic):end]}
	if v := c.uvarint(); v != segmentVersion {
		return fmt.Errorf("version %d, this program knows %d", v, segmentVersion)
	}
	// Each of these takes at least so many bytes, which bounds the loops.
	if err := s.decodeBlocks(c, c.count(27)); err != nil {
		return err
	}
	for range c.count(5) {
		s.streams = append(s.streams, streamPart{
			stream: uint32(c.uvarint()), rows: c.uvarint(),
			minTime: c.varint(), maxTime: c.varint(), maxSeq: c.uvarint(),
		})
	}
	for range c.count(10) {
		s.files = append(s.files, indexFile{name: string(c.bytes(c.uvarint())), size: c.varint(), sum: c.fixed()})
	}
	switch last := len(s.blocks) - 1; {
	case c.bad || len(c.b) > 0:
		return errors.New("it does not end where it should")
	case last < 0:
		return errors.New("it has no blocks")
	case s.blocks[last].offset+int64(s.blocks[last].columnSize)+int64(s.blocks[last].textSize) != blocksSize:
		return fmt.Errorf("%s has %d bytes, and that is not where the last block ends", blocksName, blocksSize)
	}
	s.sumUp()
	return nil
}

func (s *segment) decodeBlocks(c *columns, n uint64) error {
	s.blocks = make([]blockMeta, 0, n)
	offset := int64(0)
	for range n {
		m := blockMeta{
			offset:     offset,
			columnSize: uint32(c.uvarint()), textSize: uint32(c.uvarint()),
			columnPlain: uint32(c.uvarint()), textPlain: uint32(c.uvarint()),
			columnSum: c.fixed(), textSum: c.fixed(),
			rows: uint32(c.uvarint()), minTime: c.varint(), maxTime: c.varint(), maxSeq: c.uvarint(),
			firstRun: uint32(len(s.runs)),
		}
		sum := uint64(0)
		for range c.count(2) {
			r := run{stream: uint32(c.uvarint()), rows: uint32(c.uvarint())}
			sum += uint64(r.rows)
			s.runs = append(s.runs, r)
		}
		if c.bad || sum != uint64(m.rows) {
			return fmt.Errorf("block %d is not described as it should be", len(s.blocks))
		}
		offset += int64(m.columnSize) + int64(m.textSize)
		s.blocks = append(s.blocks, m)
	}
	return nil
}

// sumUp fills in what follows from the blocks.
func (s *segment) sumUp() {
	s.minTime, s.maxTime = s.blocks[0].minTime, s.blocks[0].maxTime
	for i := range s.blocks {
		m := &s.blocks[i]
		s.rows += uint64(m.rows)
		s.bytes += uint64(m.textPlain)
		s.minTime, s.maxTime = min(s.minTime, m.minTime), max(s.maxTime, m.maxTime)
		s.maxSeq = max(s.maxSeq, m.maxSeq)
	}
}

// count reads how many things of at least that many bytes follow.
func (c *columns) count(least int) uint64 {
	n := c.uvarint()
	if n > uint64(len(c.b)/least) {
		c.bad = true
		return 0
	}
	return n
}

func (c *columns) bytes(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.bad = true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *columns) fixed() uint64 {
	b := c.bytes(8)
	if len(b) < 8 {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

// openSegment opens the folder of a segment, which the caller releases. Its
// index is opened when withIndex says so; what is wrong with that is returned
// as damage, and the segment works without.
func openSegment(dir string, withIndex bool) (s *segment, damage []Damage, err error) {
	path := filepath.Join(dir, metaName)
	meta, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(filepath.Join(dir, blocksName))
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		s = &segment{dir: dir, file: f}
		err = s.decodeMeta(meta, info.Size())
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	s.refs.Store(1)
	s.disk = int64(len(meta)) + info.Size()
	for _, f := range s.files {
		s.disk += f.size
	}
	if withIndex && len(s.files) > 0 { // it may have been written without
		damage = s.openIndex()
	}
	return s, damage, nil
}

// openIndex opens the index after checking each of its files.
func (s *segment) openIndex() []Damage {
	dir := filepath.Join(s.dir, indexName)
	for _, want := range s.files {
		path := filepath.Join(dir, want.name)
		size, sum, err := sumFile(path)
		switch {
		case err != nil:
			return []Damage{{File: path, Reason: err.Error()}}
		case size != want.size || sum != want.sum:
			return []Damage{{File: path, Reason: "the checksum of the index file is wrong; its blocks are evaluated instead"}}
		}
	}
	x, err := openIndex(dir, len(s.blocks))
	if err != nil {
		return []Damage{{File: dir, Reason: err.Error()}}
	}
	s.index = x
	return nil
}
