package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"spoor/index"

	"golang.org/x/sync/errgroup"
)

const (
	// dayBytes is how much raw text of one day of a seal gets a segment of
	// its own; what is less shares one.
	dayBytes = 16 << 20
	// maxBlockRows bounds what reading a block of tiny lines takes.
	maxBlockRows = 1 << 14
	dayNanos     = 24 * 60 * 60 * 1e9
)

// piece is rows of one stream in the order of time.
type piece struct {
	stream *stream
	rows   []row
}

// pieces returns the entries of a table by tag, format, stream and time, so
// that blocks hold what compresses well together.
func pieces(t *table, known *streams) []piece {
	all := make([]piece, 0, len(t.order))
	for _, s := range t.order {
		// Searches still read the table's own rows.
		rows := slices.Clone(s.rows)
		slices.SortFunc(rows, func(a, b row) int {
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.seq, b.seq))
		})
		all = append(all, piece{stream: known.get(s.stream), rows: rows})
	}
	slices.SortFunc(all, func(a, b piece) int { return compareStreams(a.stream, b.stream) })
	return all
}

// compareStreams is the order of streams in a segment.
func compareStreams(a, b *stream) int {
	return cmp.Or(
		cmp.Compare(a.def.Tag, b.def.Tag),
		cmp.Compare(a.def.Format.Name, b.def.Format.Name),
		cmp.Compare(a.id, b.id),
	)
}

// floorDay is the day of a time, in days since 1970.
func floorDay(nanos int64) int64 {
	day := nanos / dayNanos
	if nanos%dayNanos < 0 {
		day--
	}
	return day
}

// partition splits the pieces by day of event time: a day with many bytes
// becomes a part of its own, everything else the last part.
func partition(all []piece, minBytes int) [][]piece {
	perDay := map[int64]int{}
	eachDay(all, func(day int64, p piece) {
		for i := range p.rows {
			perDay[day] += int(p.rows[i].size)
		}
	})
	if len(perDay) == 1 {
		return [][]piece{all}
	}
	parts := map[int64][]piece{}
	var mixed []piece
	eachDay(all, func(day int64, p piece) {
		switch last := len(mixed) - 1; {
		case perDay[day] >= minBytes:
			parts[day] = append(parts[day], p)
		case last >= 0 && mixed[last].stream == p.stream:
			mixed[last].rows = append(mixed[last].rows[:len(mixed[last].rows):len(mixed[last].rows)], p.rows...)
		default:
			mixed = append(mixed, p)
		}
	})
	var out [][]piece
	for _, part := range parts {
		out = append(out, part)
	}
	if len(mixed) > 0 {
		out = append(out, mixed)
	}
	return out
}

// eachDay calls fn for the part of every piece that lies in one day.
func eachDay(all []piece, fn func(day int64, p piece)) {
	for _, p := range all {
		for from := 0; from < len(p.rows); {
			day := floorDay(p.rows[from].time)
			to := from + 1
			for to < len(p.rows) && floorDay(p.rows[to].time) == day {
				to++
			}
			fn(day, piece{stream: p.stream, rows: p.rows[from:to:to]})
			from = to
		}
	}
}

// cut divides pieces into blocks of about that many bytes. A block holds
// streams of one tag and format only.
func cut(all []piece, blockBytes int) [][]piece {
	var blocks [][]piece
	var now []piece
	bytes, rows := 0, 0
	flush := func() {
		if len(now) > 0 {
			blocks = append(blocks, now)
		}
		now, bytes, rows = nil, 0, 0
	}
	for _, p := range all {
		if n := len(now); n > 0 && !akin(now[n-1].stream, p.stream) {
			flush()
		}
		from := 0
		for i := range p.rows {
			size := int(p.rows[i].size)
			if rows > 0 && (bytes+size > blockBytes || rows == maxBlockRows) {
				if i > from {
					now = append(now, piece{p.stream, p.rows[from:i]})
				}
				flush()
				from = i
			}
			bytes += size
			rows++
		}
		now = append(now, piece{p.stream, p.rows[from:]})
	}
	flush()
	return blocks
}

func akin(a, b *stream) bool {
	return a.def.Tag == b.def.Tag && a.def.Format.Name == b.def.Format.Name
}

// writer makes segments out of tables.
type writer struct {
	codec      *codec
	blockBytes int
	workers    int
	root       *indexRoot // nil: without an index
	hurry      bool       // it is a seal, for which a Put may wait
}

// packAtOnce is how many blocks are packed side by side before they are
// written: what bounds the memory for them.
const packAtOnce = 32

// write makes a segment of the pieces, whose texts lie in texts, in the folder
// temp, and fsyncs all of it. It returns its until.
func (w *writer) write(ctx context.Context, temp string, all []piece, texts [][]byte) (until int64, err error) {
	blocks := cut(all, w.blockBytes)
	out, err := w.begin(temp)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(blocks, packAtOnce) {
		if err := w.pack(ctx, out, part, texts); err != nil {
			return 0, errors.Join(err, out.abandon())
		}
	}
	return out.until, out.finish()
}

// pack packs blocks side by side and adds them in their order.
func (w *writer) pack(ctx context.Context, out *segmentWriter, blocks [][]piece, texts [][]byte) error {
	packs := make([]packed, len(blocks))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(w.workers)
	for i, b := range blocks {
		work.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			packs[i] = w.block(b, texts)
			runtime.Gosched() // a search that waits goes first
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i := range packs {
		if err := out.add(&packs[i]); err != nil {
			return err
		}
	}
	return nil
}

// packBuf is the memory for packing one block after another.
type packBuf struct {
	rows    []row
	text    []byte
	columns []byte
}

var packBufs = sync.Pool{New: func() any { return new(packBuf) }}

// block packs the entries of one block and collects its terms.
func (w *writer) block(pieces []piece, texts [][]byte) packed {
	size, rows := 0, 0
	for _, p := range pieces {
		rows += len(p.rows)
		for i := range p.rows {
			size += int(p.rows[i].size)
		}
	}
	buf := packBufs.Get().(*packBuf)
	defer packBufs.Put(buf)
	// The runs stay with the block, the rest is used again.
	v := view{runs: make([]run, 0, len(pieces)), rows: slices.Grow(buf.rows[:0], rows)}
	text := slices.Grow(buf.text[:0], size)
	for _, p := range pieces {
		v.runs = append(v.runs, run{stream: p.stream.id, rows: uint32(len(p.rows))})
		for _, r := range p.rows {
			from := len(text)
			text = append(text, texts[r.chunk][r.off:r.off+r.size]...)
			r.chunk, r.off = 0, uint32(from)
			v.rows = append(v.rows, r)
		}
	}
	v.texts = [][]byte{text}
	buf.rows, buf.text = v.rows, text
	enc := w.codec.block
	if w.hurry && pieces[0].stream.def.Format.Name == index.Packet {
		enc = w.codec.quick
	}
	p := pack(&v, buf, w.codec, enc)
	for _, of := range pieces {
		p.parts = append(p.parts, partOf(of))
	}
	if w.root != nil {
		p.terms = terms(pieces, &v)
	}
	return p
}

// segmentWriter writes a segment block by block.
type segmentWriter struct {
	s      *segment
	file   *os.File
	index  *indexBuilder // nil: without
	parts  map[uint32]*streamPart
	offset int64
	// until is the later of event and arrival time of the entry that is kept
	// longest.
	until int64
}

// begin makes the folder temp for a segment.
func (w *writer) begin(temp string) (*segmentWriter, error) {
	if err := os.Mkdir(temp, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(temp, blocksName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	out := &segmentWriter{s: &segment{dir: temp}, file: f, parts: map[uint32]*streamPart{}, until: math.MinInt64}
	if w.root != nil {
		out.index = newIndexBuilder(filepath.Join(temp, indexName), temp, w.root)
	}
	return out, nil
}

// add writes a block, whose data and terms are not needed afterwards.
func (o *segmentWriter) add(p *packed) error {
	m := p.meta
	m.offset, m.firstRun = o.offset, uint32(len(o.s.runs))
	o.offset += int64(len(p.data))
	o.until = max(o.until, p.until)
	o.s.runs = append(o.s.runs, p.runs...)
	o.s.blocks = append(o.s.blocks, m)
	for _, part := range p.parts {
		if o.parts[part.stream] == nil {
			o.parts[part.stream] = &streamPart{}
		}
		o.parts[part.stream].join(part)
	}
	if _, err := o.file.Write(p.data); err != nil {
		return err
	}
	p.data = nil
	if o.index == nil {
		return nil
	}
	err := o.index.add(p.terms)
	p.terms.release()
	p.terms = nil
	return err
}

// abandon closes the files; the folder stays.
func (o *segmentWriter) abandon() error { return o.file.Close() }

// finish writes what describes the blocks, at least one, and fsyncs all.
func (o *segmentWriter) finish() error {
	if err := o.file.Close(); err != nil {
		return err
	}
	s := o.s
	for _, p := range o.parts {
		s.streams = append(s.streams, *p)
	}
	slices.SortFunc(s.streams, func(a, b streamPart) int { return cmp.Compare(a.stream, b.stream) })
	s.sumUp()
	if o.index != nil {
		if err := o.index.close(); err != nil {
			return err
		}
		if err := s.sumIndex(); err != nil {
			return err
		}
	}
	if err := writeFile(filepath.Join(s.dir, metaName), s.encodeMeta()); err != nil {
		return err
	}
	return syncTree(s.dir)
}

// partOf says what a piece adds to its stream.
func partOf(p piece) streamPart {
	part := streamPart{
		stream: p.stream.id, rows: uint64(len(p.rows)),
		minTime: p.rows[0].time, maxTime: p.rows[len(p.rows)-1].time,
	}
	for i := range p.rows {
		part.maxSeq = max(part.maxSeq, p.rows[i].seq)
	}
	return part
}

// join adds what another piece of the same stream holds.
func (p *streamPart) join(o streamPart) {
	if p.rows == 0 {
		*p = o
		return
	}
	p.rows += o.rows
	p.minTime, p.maxTime = min(p.minTime, o.minTime), max(p.maxTime, o.maxTime)
	p.maxSeq = max(p.maxSeq, o.maxSeq)
}

// sumIndex notes the checksums of the files of the index.
func (s *segment) sumIndex() error {
	dir := filepath.Join(s.dir, indexName)
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		size, sum, err := sumFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return fmt.Errorf("checksum of the index: %w", err)
		}
		s.files = append(s.files, indexFile{name: f.Name(), size: size, sum: sum})
	}
	return nil
}
