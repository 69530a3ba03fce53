package local

import (
	"context"

	"spoor/index/query"
)

// reading is one unit while it is read.
type reading struct {
	view   *view
	buf    *blockBuf // of a block; nil for a unit in memory
	unit   *unit
	codec  *codec
	hasTxt bool
	bytes  int64
	// maybe are the rows that the sieve lets through; nil: all.
	maybe bitset
}

// text returns the text of a row, reading that of the block when it is asked
// for the first time.
func (r *reading) text(of *row) ([]byte, error) {
	if err := r.readText(); err != nil {
		return nil, err
	}
	if r.buf == nil {
		r.bytes += int64(of.size)
	}
	return r.view.raw(of), nil
}

// readText reads the text of a block, once.
func (r *reading) readText() error {
	if r.buf == nil || r.hasTxt {
		return nil
	}
	m := &r.unit.seg.blocks[r.unit.block]
	if err := r.buf.readText(r.unit.seg.file, m, r.codec); err != nil {
		return err
	}
	r.hasTxt = true
	r.bytes = int64(m.textPlain)
	return nil
}

// begin begins to read a unit; of a block nothing is read yet.
func (u *unit) begin(c *codec) *reading {
	r := &reading{unit: u, view: u.mem, codec: c}
	if u.seg != nil {
		r.buf = blockBufs.Get().(*blockBuf)
	}
	return r
}

// open reads all of a unit but its text.
func (u *unit) open(c *codec) (*reading, error) {
	r := u.begin(c)
	if err := r.readColumns(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// readColumns reads all of a block but its text.
func (r *reading) readColumns() error {
	if r.buf == nil {
		return nil
	}
	v, err := r.buf.readColumns(r.unit.seg.file, &r.unit.seg.blocks[r.unit.block], r.codec)
	if err != nil {
		return err
	}
	r.view = v
	if r.hasTxt {
		v.texts[0] = r.buf.text
	}
	return nil
}

func (r *reading) close() {
	if r.buf != nil {
		blockBufs.Put(r.buf)
		r.buf, r.view = nil, nil
	}
}

// checkEvery is after how many entries a scan looks whether it is cancelled.
const checkEvery = 256

// admit waits until the unit may be read.
func (q *scan) admit(ctx context.Context, u *unit) (done func(), err error) {
	switch {
	case u.seg == nil:
		return func() {}, nil
	case q.plan.query == nil && !q.texts:
		return q.store.gate.admit(ctx, &q.pass, lightColumns)
	}
	return q.store.gate.admit(ctx, &q.pass, lightBlocks)
}

// evaluate reads a unit and gives its matches to the sink.
func (q *scan) evaluate(ctx context.Context, u *unit) error {
	done, err := q.admit(ctx, u)
	if err != nil {
		return err
	}
	defer done()
	r := u.begin(q.store.codec)
	defer r.close()
	q.stats.blocks.Add(1)
	defer func() { q.stats.bytes.Add(r.bytes) }()
	if some, err := q.sift(r); err != nil || !some {
		return err
	}
	t := q.sink.begin()
	defer t.end()
	first := 0
	for _, of := range r.view.runs {
		from := first
		first += int(of.rows)
		s := q.plan.streams.get(of.stream)
		verdict := q.plan.verdict(of.stream)
		if s == nil || verdict == query.No {
			continue
		}
		if err := q.evaluateRun(ctx, r, t, s, verdict, from, first); err != nil {
			return err
		}
	}
	return nil
}

// evaluateRun goes through the rows of one stream, those first that the order
// asks for first, so that the others are soon not wanted any more.
func (q *scan) evaluateRun(ctx context.Context, r *reading, t taker, s *stream, v query.Verdict, from, to int) error {
	e := entry{stream: s, reader: s.reader()}
	deleted := q.snapshot.tombs.of(s)
	for n := range to - from {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		i := from + n
		if q.newest {
			i = to - 1 - n
		}
		if r.maybe != nil && v == query.Maybe && !r.maybe.has(i) {
			continue
		}
		row := &r.view.rows[i]
		if row.seq > q.seq || row.time < q.from || (row.time >= q.to && q.to != noEnd) ||
			(deleted != nil && hides(deleted, row)) {
			continue
		}
		wanted := t.wants(row)
		if v == query.Maybe {
			if !wanted && !q.exact {
				q.skipped.Store(true)
				continue
			}
			raw, err := r.text(row)
			if err != nil {
				return err
			}
			e.row, e.raw, e.text = row, raw, nil
			if !query.Match(q.plan.query, &e) {
				continue
			}
		}
		if !wanted {
			t.count(row.time, 1)
			continue
		}
		if err := t.take(s, row, r.text); err != nil {
			return err
		}
	}
	return nil
}
