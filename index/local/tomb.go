package local

import (
	"sync"
	"time"

	"spoor/index"
)

// tomb hides what a deletion has selected, until nothing of it is left.
type tomb struct {
	ID uint64 `json:"id"`
	index.Selector
	// Seq is that of the last entry that is hidden.
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
}

// burial is what a tomb hides of a stream: the times from from to before to (or
// all behind from, where to is noEnd) of entries that arrived up to seq.
type burial struct {
	from, to int64
	seq      uint64
}

func (p burial) hides(time int64, seq uint64) bool {
	return seq <= p.seq && time >= p.from && (time < p.to || p.to == noEnd)
}

// tombs are the deletions of one state of the store, and never change.
type tombs struct {
	all []tomb

	mu    sync.RWMutex // guards spans
	spans map[uint32][]burial
}

func newTombs(all []tomb) *tombs { return &tombs{all: all, spans: map[uint32][]burial{}} }

// of returns what is hidden of a stream.
func (t *tombs) of(s *stream) []burial {
	if len(t.all) == 0 || s == nil {
		return nil
	}
	t.mu.RLock()
	found, ok := t.spans[s.id]
	t.mu.RUnlock()
	if ok {
		return found
	}
	for i := range t.all {
		if t.all[i].HasStream(s.def) {
			found = append(found, t.all[i].burial())
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spans[s.id] = found
	return found
}

func (t *tomb) burial() burial {
	p := burial{from: -noEnd - 1, to: noEnd, seq: t.Seq}
	if !t.From.IsZero() {
		p.from = clampNano(t.From)
	}
	if !t.To.IsZero() {
		p.to = clampNano(t.To)
	}
	return p
}

// cover says how much of something is hidden.
type cover int

const (
	coverNone cover = iota
	coverSome       // or all or nothing: its entries have to be asked
	coverAll
)

// coverOf says how much is hidden of entries of one stream whose times and
// newest Seq are these.
func coverOf(spans []burial, minTime, maxTime int64, maxSeq uint64) cover {
	c := coverNone
	for _, p := range spans {
		switch {
		case maxTime < p.from || (minTime >= p.to && p.to != noEnd):
		case p.hides(minTime, maxSeq) && p.hides(maxTime, maxSeq):
			return coverAll
		default:
			c = coverSome
		}
	}
	return c
}

func hides(spans []burial, r *row) bool {
	for _, p := range spans {
		if p.hides(r.time, r.seq) {
			return true
		}
	}
	return false
}

// cover says how much is hidden of one run of a unit.
func (q *scan) cover(stream uint32, u *unit) cover {
	if len(q.snapshot.tombs.all) == 0 {
		return coverNone
	}
	return coverOf(q.snapshot.tombs.of(q.plan.streams.get(stream)), u.minTime, u.maxTime, u.maxSeq)
}

// visible is what a segment shows of every stream while certain tombs hide
// the rest.
type visible struct {
	tombs *tombs
	parts []streamPart
}

// visible returns what a segment shows of every stream. What is damaged is
// reported and not counted.
func (s *Store) visible(seg *segment, t *tombs) []streamPart {
	if v := seg.visible.Load(); v != nil && v.tombs == t {
		return v.parts
	}
	parts := make([]streamPart, 0, len(seg.streams))
	some := map[uint32][]burial{}
	for _, p := range seg.streams {
		spans := t.of(s.streams.get(p.stream))
		switch coverOf(spans, p.minTime, p.maxTime, p.maxSeq) {
		case coverNone:
			parts = append(parts, p)
		case coverSome:
			some[p.stream] = spans
		}
	}
	if len(some) > 0 {
		parts = append(parts, s.shown(seg, some)...)
	}
	seg.visible.Store(&visible{t, parts})
	return parts
}

// shown counts what spans leave of some streams of a segment.
func (s *Store) shown(seg *segment, some map[uint32][]burial) []streamPart {
	left := map[uint32]*streamPart{}
	for block := range seg.blocks {
		touched := false
		for _, r := range seg.blockRuns(block) {
			touched = touched || some[r.stream] != nil
		}
		if !touched {
			continue
		}
		u := seg.unit(block)
		r, err := u.open(s.codec)
		if err != nil {
			s.reportBlock(err)
			continue
		}
		first := 0
		for _, of := range r.view.runs {
			rows := r.view.rows[first : first+int(of.rows)]
			first += int(of.rows)
			if spans := some[of.stream]; spans != nil {
				addShown(left, of.stream, rows, spans)
			}
		}
		r.close()
	}
	parts := make([]streamPart, 0, len(left))
	for _, p := range left {
		parts = append(parts, *p)
	}
	return parts
}

// addShown adds the rows of a stream that spans do not hide.
func addShown(left map[uint32]*streamPart, stream uint32, rows []row, spans []burial) {
	for i := range rows {
		r := &rows[i]
		if hides(spans, r) {
			continue
		}
		if left[stream] == nil {
			left[stream] = &streamPart{}
		}
		left[stream].join(streamPart{stream: stream, rows: 1, minTime: r.time, maxTime: r.time, maxSeq: r.seq})
	}
}

// parts returns what a snapshot shows of every stream.
func (s *Store) parts(v *snapshot) map[uint32]*streamPart {
	all := map[uint32]*streamPart{}
	join := func(p streamPart) {
		if all[p.stream] == nil {
			all[p.stream] = &streamPart{}
		}
		all[p.stream].join(p)
	}
	for _, seg := range v.segments {
		for _, p := range s.visible(seg, v.tombs) {
			join(p)
		}
	}
	for i := range v.memory {
		u := &v.memory[i]
		id := u.mem.runs[0].stream
		spans := v.tombs.of(s.streams.get(id))
		switch coverOf(spans, u.minTime, u.maxTime, u.maxSeq) {
		case coverNone:
			join(streamPart{stream: id, rows: uint64(len(u.mem.rows)), minTime: u.minTime, maxTime: u.maxTime, maxSeq: u.maxSeq})
		case coverSome:
			addShown(all, id, u.mem.rows, spans)
		}
	}
	return all
}
