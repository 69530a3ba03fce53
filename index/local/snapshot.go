package local

import "log/slog"

// unit is the least that a search reads at once: a block, or a part of a
// stream in memory.
type unit struct {
	seg   *segment
	block int
	mem   *view // of a unit in memory; seg is nil then

	minTime, maxTime int64
	maxSeq           uint64
}

func (u *unit) runs() []run {
	if u.seg != nil {
		return u.seg.blockRuns(u.block)
	}
	return u.mem.runs
}

// snapshot is what a search sees: everything that was acknowledged when it
// began, and it stays readable until release.
type snapshot struct {
	segments []*segment
	memory   []unit
	seq      uint64 // of the newest entry in it
	lost     bool   // it lacks what a damaged segment held
	tombs    *tombs
	log      *slog.Logger
}

func (s *Store) snapshot() *snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.snapshotLocked()
}

// snapshotLocked is called with mu held.
func (s *Store) snapshotLocked() *snapshot {
	v := &snapshot{segments: s.segments, seq: s.seq, lost: s.lost, tombs: s.tombs, log: s.log}
	for _, seg := range v.segments {
		seg.hold()
	}
	for _, t := range s.frozen {
		v.memory = t.snapshot(v.memory, s.o.BlockBytes)
	}
	v.memory = s.active.snapshot(v.memory, s.o.BlockBytes)
	return v
}

func (v *snapshot) release() {
	for _, seg := range v.segments {
		if err := seg.release(); err != nil {
			v.log.Warn("close a segment that nobody needs any more", "segment", seg.dir, "err", err)
		}
	}
}

// units are all blocks of a segment.
func (s *segment) unit(block int) unit {
	m := &s.blocks[block]
	return unit{seg: s, block: block, minTime: m.minTime, maxTime: m.maxTime, maxSeq: m.maxSeq}
}

// bounds returns the times of the oldest and newest entry that are seen.
func (s *Store) bounds(v *snapshot) (minTime, maxTime int64, ok bool) {
	widen := func(from, to int64) {
		if !ok {
			minTime, maxTime, ok = from, to, true
		}
		minTime, maxTime = min(minTime, from), max(maxTime, to)
	}
	if len(v.tombs.all) > 0 {
		for _, p := range s.parts(v) {
			widen(p.minTime, p.maxTime)
		}
		return minTime, maxTime, ok
	}
	for _, seg := range v.segments {
		widen(seg.minTime, seg.maxTime)
	}
	for i := range v.memory {
		widen(v.memory[i].minTime, v.memory[i].maxTime)
	}
	return minTime, maxTime, ok
}
