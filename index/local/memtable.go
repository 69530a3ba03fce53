package local

import (
	"slices"
	"time"
)

const (
	firstChunk = 64 << 10
	laterChunk = 1 << 20
)

// table holds the entries that no segment holds yet. Its owner guards it: one
// goroutine adds while nobody reads its fields. What snapshot returns may be
// read at any time, because what is added later lies behind it.
type table struct {
	series map[uint32]*series
	order  []*series
	texts  [][]byte
	used   int // bytes of the last text
	bytes  int // of raw text in all

	rows             uint64
	firstSeq         uint64
	lastSeq          uint64
	minTime, maxTime int64
	since            time.Time // when the first entry was added
	taken            bool      // somebody is sealing it
	marks            []mark    // put with its entries
}

// series is one stream's entries in a table, in the order of arrival.
type series struct {
	stream           uint32
	rows             []row
	bytes            int
	minTime, maxTime int64
}

func newTable() *table { return &table{series: map[uint32]*series{}} }

// add copies the rows of v and their texts; their Seq is set already.
func (t *table) add(v *view) {
	next := 0
	for _, r := range v.runs {
		s := t.series[r.stream]
		if s == nil {
			s = &series{stream: r.stream}
			t.series[r.stream] = s
			t.order = append(t.order, s)
		}
		s.rows = slices.Grow(s.rows, int(r.rows))
		for range r.rows {
			from := v.rows[next]
			next++
			to := from
			to.chunk, to.off = t.keep(v.raw(&from))
			s.add(to)
			t.note(to)
		}
	}
}

func (s *series) add(r row) {
	if len(s.rows) == 0 {
		s.minTime, s.maxTime = r.time, r.time
	}
	s.minTime, s.maxTime = min(s.minTime, r.time), max(s.maxTime, r.time)
	s.rows = append(s.rows, r)
	s.bytes += int(r.size)
}

func (t *table) note(r row) {
	if t.rows == 0 {
		t.firstSeq, t.since = r.seq, time.Now()
		t.minTime, t.maxTime = r.time, r.time
	}
	t.rows++
	t.lastSeq = r.seq
	t.minTime, t.maxTime = min(t.minTime, r.time), max(t.maxTime, r.time)
}

// keep copies raw and returns where it lies. A text is never moved once
// something lies in it.
func (t *table) keep(raw []byte) (chunk, off uint32) {
	n := len(t.texts)
	if n == 0 || t.used+len(raw) > len(t.texts[n-1]) {
		size := laterChunk
		if n == 0 {
			size = firstChunk
		}
		t.texts = append(t.texts, make([]byte, max(size, len(raw))))
		t.used = 0
		n++
	}
	copy(t.texts[n-1][t.used:], raw)
	off = uint32(t.used)
	t.used += len(raw)
	t.bytes += len(raw)
	return uint32(n - 1), off
}

// snapshot returns units of work over what the table holds now, each of about
// that many bytes of text.
func (t *table) snapshot(units []unit, blockBytes int) []unit {
	texts := t.texts[:len(t.texts):len(t.texts)]
	for _, s := range t.order {
		pieces := max(1, s.bytes/blockBytes)
		step := max(1, (len(s.rows)+pieces-1)/pieces)
		for from := 0; from < len(s.rows); from += step {
			to := min(from+step, len(s.rows))
			units = append(units, unit{
				mem: &view{
					runs:  []run{{stream: s.stream, rows: uint32(to - from)}},
					rows:  s.rows[from:to:to],
					texts: texts,
				},
				minTime: s.minTime, maxTime: s.maxTime, maxSeq: s.rows[to-1].seq,
			})
		}
	}
	return units
}
