package fleet

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"spoor/internal/meta"
	"spoor/internal/packet"
)

const (
	// CopyWithin is how far apart two recordings of one packet may lie, the
	// clocks' difference left out.
	CopyWithin = time.Second
	// copyClocks is how far the clocks of two sensors may differ.
	copyClocks = 10 * time.Minute
	// maxSketch is how many packets of a sensor are remembered for comparing;
	// of more, a sample is.
	maxSketch = 1 << 16
	sketchRow = 16 // bytes: key, time in nanoseconds
	// maxShift is how thin a sample gets. Whoever sends a packet whose key is
	// 0 again and again, which can be made, is in every sample.
	maxShift = 32
)

// Copies says how many packets two sensors of a job both saw.
type Copies struct {
	A       string `json:"a"` // SensorConfig.ID
	B       string `json:"b"`
	Packets int64  `json:"packets"`
	Exact   bool   `json:"exact"` // else it is estimated from a sample
	// Clock is how far b's clock was ahead of a's: the median of the pairs'
	// differences. Within is how far half of them lie from it.
	Clock  time.Duration `json:"clock_ns"`
	Within time.Duration `json:"within_ns"`
}

// sketch remembers packets of one sensor's answer by their WireKey: all of
// them, or those whose keys end in so many zero bits, which are the same
// packets at every sensor.
type sketch struct {
	Shift int    `json:"shift"`
	Data  []byte `json:"data"` // rows
}

// add remembers a packet.
func (s *sketch) add(p packet.Packet) {
	if key, ok := packet.WireKey(p.LinkType, p.Data, p.OrigLen); ok {
		s.put(key, p.Time.UnixNano())
	}
}

func (s *sketch) put(key uint64, at int64) {
	if !s.samples(key) {
		return
	}
	s.Data = binary.BigEndian.AppendUint64(s.Data, key)
	s.Data = binary.BigEndian.AppendUint64(s.Data, uint64(at))
	for len(s.Data) >= maxSketch*sketchRow {
		if s.Shift == maxShift {
			s.Data = s.Data[:len(s.Data)-sketchRow]
			return
		}
		s.thin(s.Shift + 1)
	}
}

func (s *sketch) samples(key uint64) bool { return key&(1<<s.Shift-1) == 0 }

// thin keeps only the keys that a larger shift samples.
func (s *sketch) thin(shift int) {
	s.Shift = shift
	kept := s.Data[:0]
	for row := range slices.Chunk(s.Data, sketchRow) {
		if s.samples(binary.BigEndian.Uint64(row)) {
			kept = append(kept, row...)
		}
	}
	s.Data = kept
}

// merge adds what another sketch remembers.
func (s *sketch) merge(o sketch) {
	if o.Shift > s.Shift {
		s.thin(o.Shift)
	}
	for row := range slices.Chunk(o.Data, sketchRow) {
		s.put(binary.BigEndian.Uint64(row), int64(binary.BigEndian.Uint64(row[8:])))
	}
}

// seenPacket is a row of a sketch.
type seenPacket struct {
	key  uint64
	at   int64
	copy bool // a sensor before has it too
}

// rows returns what a shift samples of s, by key and time.
func (s *sketch) rows(shift int) []seenPacket {
	rows := make([]seenPacket, 0, len(s.Data)/sketchRow)
	sample := sketch{Shift: shift}
	for row := range slices.Chunk(s.Data, sketchRow) {
		if key := binary.BigEndian.Uint64(row); sample.samples(key) {
			rows = append(rows, seenPacket{key: key, at: int64(binary.BigEndian.Uint64(row[8:]))})
		}
	}
	slices.SortFunc(rows, func(a, b seenPacket) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at, b.at))
	})
	return rows
}

// comparison is what several sensors of a job have in common.
type comparison struct {
	pairs  []Copies
	copies map[string]int64 // by sensor: packets that one before it has too
}

// compare looks for packets that several sensors saw. The sketches are in the
// order of ids.
func compareSketches(ids []string, sketches []sketch) comparison {
	shift := 0
	for _, s := range sketches {
		shift = max(shift, s.Shift)
	}
	rows := make([][]seenPacket, len(sketches))
	for i := range sketches {
		rows[i] = sketches[i].rows(shift)
	}
	c := comparison{copies: make(map[string]int64)}
	for b := range rows {
		for a := range b {
			if pair, ok := pairUp(rows[a], rows[b]); ok {
				pair.A, pair.B, pair.Exact = ids[a], ids[b], shift == 0
				pair.Packets <<= shift
				c.pairs = append(c.pairs, pair)
			}
		}
		for _, r := range rows[b] {
			if r.copy {
				c.copies[ids[b]] += 1 << shift
			}
		}
	}
	return c
}

// pairUp finds the packets that stand in both, the first of a key with the
// first, the second with the second, and marks those of b.
func pairUp(a, b []seenPacket) (Copies, bool) {
	type match struct {
		at   int // in b
		diff int64
	}
	var matches []match
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch cmp.Compare(a[i].key, b[k].key) {
		case -1:
			i++
		case 1:
			k++
		default:
			if diff := b[k].at - a[i].at; time.Duration(max(diff, -diff)) <= copyClocks {
				matches = append(matches, match{k, diff})
			}
			i++
			k++
		}
	}
	if len(matches) == 0 {
		return Copies{}, false
	}
	diffs := make([]int64, len(matches))
	for i, m := range matches {
		diffs[i] = m.diff
	}
	clock := median(diffs)
	away := diffs[:0]
	for _, m := range matches {
		if off := m.diff - clock; time.Duration(max(off, -off)) <= CopyWithin {
			away = append(away, max(off, -off))
			b[m.at].copy = true
		}
	}
	if len(away) == 0 {
		return Copies{}, false
	}
	return Copies{Packets: int64(len(away)), Clock: time.Duration(clock), Within: time.Duration(median(away))}, true
}

// median sorts numbers, of which there is one at least.
func median(numbers []int64) int64 {
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}

func sketchKey(job uint64, sensor string) string { return meta.Number(job) + sensor }

// keepSketch keeps what is remembered of a sensor's answer until the job's
// sensors have been compared for good: a retry adds to it.
func (m *Manager) keepSketch(job uint64, sensor string, s sketch) error {
	if len(s.Data) == 0 {
		return nil
	}
	old, err := m.seen.Get(sketchKey(job, sensor))
	if err != nil && !errors.Is(err, meta.ErrNotFound) {
		return err
	}
	s.merge(old)
	return m.seen.Put(sketchKey(job, sensor), s)
}

// compare compares the sensors of a job, all of which have ended.
func (m *Manager) compare(job uint64, sensors []string) (comparison, error) {
	var ids []string
	var sketches []sketch
	for _, id := range sensors {
		s, err := m.seen.Get(sketchKey(job, id))
		switch {
		case errors.Is(err, meta.ErrNotFound):
			continue
		case err != nil:
			return comparison{}, fmt.Errorf("read what sensor %s sent: %w", id, err)
		}
		ids, sketches = append(ids, id), append(sketches, s)
	}
	return compareSketches(ids, sketches), nil
}

// dropSketches forgets what is remembered of a job's answers. m.mu is held.
func (m *Manager) dropSketches(j *job) error {
	return m.seen.Update(func(tx meta.Tx[sketch]) error {
		for _, s := range j.Sensors {
			if err := tx.Delete(sketchKey(j.ID, s.Sensor)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Clock returns how far a sensor's clock was ahead of that of a sensor before
// it in a job, by the packets that both saw; 0 when that is not known.
func (m *Manager) Clock(job uint64, sensor string) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.known[job]
	if j == nil {
		return 0
	}
	var ahead time.Duration
	for hops := 0; hops < len(j.Sensors); hops++ { // a's clock may itself be told by another's
		i := slices.IndexFunc(j.Copies, func(c Copies) bool { return c.B == sensor })
		if i < 0 {
			break
		}
		ahead += j.Copies[i].Clock
		sensor = j.Copies[i].A
	}
	return ahead
}
