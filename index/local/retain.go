package local

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
)

// cutoff is the time before which entries are too old, as far as their later
// of event and arrival time goes.
func (s *Store) cutoff() int64 {
	if s.o.RetainAge <= 0 {
		return math.MinInt64
	}
	return clampNano(time.Now().Add(-s.o.RetainAge))
}

// expire removes the segments all of whose entries are too old, and then the
// oldest until the rest takes no more room than it may.
func (s *Store) expire() (did bool, err error) {
	cutoff := s.cutoff()
	s.mu.RLock()
	all := slices.Clone(s.segments)
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(a.until, b.until), cmp.Compare(a.id, b.id))
	})
	disk := int64(0)
	for _, seg := range all {
		disk += seg.disk
	}
	gone := 0
	for _, seg := range all {
		tooMuch := s.o.RetainBytes > 0 && disk > s.o.RetainBytes
		if !tooMuch && seg.until >= cutoff {
			break
		}
		disk -= seg.disk
		gone++
	}
	if gone == 0 {
		return false, nil
	}
	if err := s.replace(all[:gone], nil, nil); err != nil {
		return false, err
	}
	for _, seg := range all[:gone] {
		s.log.Info("removed what was kept long enough", "segment", seg.dir, "entries", seg.rows,
			"last", time.Unix(0, seg.until).UTC())
	}
	return true, nil
}

// buryAge is how long deleted entries take room at least, so that many
// deletions take one rewriting.
const buryAge = time.Hour

// pickEmptied returns a segment that is worth rewriting because of what it
// would lose.
func (s *Store) pickEmptied(ctx context.Context, forced bool) ([]*segment, error) {
	s.mu.RLock()
	deleted := s.tombs
	s.mu.RUnlock()
	ripe := forced
	for i := range deleted.all {
		ripe = ripe || time.Since(deleted.all[i].At) > buryAge
	}
	for _, seg := range s.mergeable() {
		if len(deleted.all) > 0 {
			shown := uint64(0)
			for _, p := range s.visible(seg, deleted) {
				shown += p.rows
			}
			if hidden := seg.rows - shown; hidden > seg.rows/2 || ripe && hidden > 0 {
				return []*segment{seg}, nil
			}
		}
		if most, err := s.mostlyExpired(ctx, seg); err != nil || most {
			return []*segment{seg}, err
		}
	}
	return nil, nil
}

// mostlyExpired says whether more than half of the entries of a segment are
// too old while others in it are not, as when one of them has a time far
// ahead. To write the rest takes less than the segment has taken.
func (s *Store) mostlyExpired(ctx context.Context, seg *segment) (bool, error) {
	cutoff, now := s.cutoff(), time.Now()
	if s.o.RetainAge <= 0 || seg.minTime >= cutoff || now.Sub(seg.inspected) < s.o.RetainAge/16 {
		return false, nil
	}
	seg.inspected = now
	expired := uint64(0)
	err := s.eachRow(ctx, seg, func(r *row) {
		if r.until() < cutoff {
			expired++
		}
	})
	return expired > seg.rows/2, err
}
