package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
)

// Checked counts what Check has read.
type Checked struct {
	Segments int
	Blocks   int
	// Entries are those of segments and of the log behind them, deleted ones
	// included.
	Entries uint64
	// Bytes is the raw text of the segments.
	Bytes uint64
}

// Check reads all of a data folder that no process has open, changes nothing,
// and calls found for every damage: every checksum, that blocks hold what the
// segment says of them, and that the index of a segment has just the terms of
// its blocks. The error says that it could not be checked, as ErrInUse does.
// The torn end of a log that a kill leaves behind is no damage.
func Check(ctx context.Context, dir string, found func(Damage)) (Checked, error) {
	c := &checker{ctx: ctx, found: found}
	err := c.run(dir)
	if err != nil {
		err = fmt.Errorf("check data folder %s: %w", dir, err)
	}
	return c.sum, err
}

// checker is a Check under way.
type checker struct {
	ctx   context.Context // of one call of Check
	found func(Damage)
	sum   Checked
	store *Store // only what reading needs
}

func (c *checker) run(dir string) error {
	path := filepath.Join(dir, catalogName)
	cat, all, err := readCatalog(path, func(reason string) { c.found(Damage{File: path, Reason: reason}) })
	if err != nil {
		return err
	}
	defer cat.close()
	codec, err := newCodec()
	if err != nil {
		return err
	}
	defer codec.close()
	o := Options{}.withDefaults()
	s := &Store{
		dir: dir, o: o, log: o.Logger, codec: codec, streams: newStreams(o.StreamsPerDay),
		wal:    &wal{dir: filepath.Join(dir, logDir), open: openLogFile},
		active: newTable(), changed: make(chan struct{}), seq: all.covered,
		marks: newMarks(), tombs: newTombs(nil),
	}
	c.store = s
	for _, d := range all.streams {
		s.streams.add(d.id, d.stream, d.born)
	}
	for _, r := range all.segments {
		if err := c.segment(r); err != nil {
			return err
		}
	}
	before := s.seq
	if err := s.replay(all.covered); err != nil {
		return err
	}
	c.sum.Entries += s.seq - before
	for _, d := range s.damage {
		c.found(d)
	}
	return nil
}

// segment checks one segment. The error is that of ctx.
func (c *checker) segment(r segmentRecord) error {
	dir := c.store.segmentDir(r.ID)
	seg, damage, err := openSegment(dir, true)
	if err != nil {
		c.found(Damage{File: dir, Reason: fmt.Sprintf("%d entries can't be read: %v", r.Rows, err)})
		return c.ctx.Err()
	}
	defer seg.release()
	for _, d := range damage {
		c.found(d)
	}
	c.sum.Segments++
	c.sum.Entries += seg.rows
	c.sum.Bytes += seg.bytes
	if seg.rows != r.Rows {
		c.found(Damage{File: dir, Reason: fmt.Sprintf("it has %d entries, the catalog says %d", seg.rows, r.Rows)})
	}
	of := make([]digest, len(seg.blocks))
	parts := map[uint32]*streamPart{}
	for block := range seg.blocks {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if err := c.block(seg, block, &of[block], parts); err != nil {
			of[block].unknown = true
			if !c.store.reportBlock(err) {
				c.found(Damage{seg.file.Name(), seg.blocks[block].offset, err.Error()})
			}
		}
	}
	c.streams(seg, of, parts)
	return c.index(seg, of)
}

// digest sums up the terms of a block without keeping them.
type digest struct {
	terms   uint64
	sum     uint64 // of their hashes
	unknown bool
}

func (d *digest) add(term string) {
	d.terms++
	d.sum += xxhash.Sum64String(term)
}

// block reads a block and compares it with what the segment says of it.
func (c *checker) block(seg *segment, block int, of *digest, parts map[uint32]*streamPart) error {
	u := seg.unit(block)
	r, err := u.open(c.store.codec)
	if err != nil {
		return err
	}
	defer r.close()
	m := &seg.blocks[block]
	if err := r.buf.readText(seg.file, m, c.store.codec); err != nil {
		return err
	}
	c.sum.Blocks++
	var pieces []piece
	first := 0
	for i, run := range r.view.runs {
		rows := r.view.rows[first : first+int(run.rows)]
		first += int(run.rows)
		s := c.store.streams.get(run.stream)
		if s == nil {
			return fmt.Errorf("nothing defines stream %d", run.stream)
		}
		if said := seg.blockRuns(block); i >= len(said) || said[i] != run {
			return errors.New("the block's streams are not those that the segment names")
		}
		pieces = append(pieces, piece{stream: s, rows: rows})
		addShown(parts, run.stream, rows, nil)
	}
	sum := streamPart{}
	for _, p := range pieces {
		all := map[uint32]*streamPart{}
		addShown(all, 0, p.rows, nil)
		sum.join(*all[0])
	}
	if sum.minTime != m.minTime || sum.maxTime != m.maxTime || sum.maxSeq != m.maxSeq {
		return errors.New("the block's times and numbers are not those that the segment names")
	}
	if seg.index != nil {
		all := terms(pieces, r.view)
		all.each(of.add)
		all.release()
	}
	return nil
}

// streams compares what a segment says of its streams with what its blocks
// hold, if all of them could be read.
func (c *checker) streams(seg *segment, of []digest, parts map[uint32]*streamPart) {
	for i := range of {
		if of[i].unknown {
			return
		}
	}
	for _, p := range seg.streams {
		if q := parts[p.stream]; q == nil || *q != p {
			c.found(Damage{File: filepath.Join(seg.dir, metaName), Reason: fmt.Sprintf("what it says of stream %d is not what the blocks hold", p.stream)})
		}
	}
	if len(parts) != len(seg.streams) {
		c.found(Damage{File: filepath.Join(seg.dir, metaName), Reason: fmt.Sprintf("it names %d streams, the blocks hold %d", len(seg.streams), len(parts))})
	}
}

// index compares the terms of the index with those of the blocks. The error is
// that of ctx.
func (c *checker) index(seg *segment, of []digest) error {
	if seg.index == nil {
		return nil // there is none, or it is reported already
	}
	has := make([]digest, len(of))
	if err := seg.index.each(c.ctx, func(term string, block int) { has[block].add(term) }); err != nil {
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		c.found(Damage{File: filepath.Join(seg.dir, indexName), Reason: err.Error()})
		return nil
	}
	for block := range of {
		if !of[block].unknown && of[block] != has[block] {
			c.found(Damage{File: filepath.Join(seg.dir, indexName), Offset: seg.blocks[block].offset,
				Reason: fmt.Sprintf("block %d has %d terms, its index %d or others", block, of[block].terms, has[block].terms)})
		}
	}
	return nil
}
