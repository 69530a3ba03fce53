package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"spoor/index"
)

const (
	// mergeWidth is how many segments of a size are merged into one.
	mergeWidth = 16
	// forcedWidth is how many Compact merges at once; each takes a block of
	// memory.
	forcedWidth = 64
	// tidyEvery is how often it is looked for entries that have become too
	// old, and how long Run waits after a merge that went wrong.
	tidyEvery = time.Minute
	// yield is the most that a merge waits before each block while tables
	// wait to be sealed: it goes on slowly even then.
	yield = 100 * time.Millisecond
)

// Compact merges all segments that are not full, and removes what Options say
// is too old or too much. Run does the same little by little; Compact is for
// tests and tools, and takes all the time of a processor.
func (s *Store) Compact(ctx context.Context) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	for {
		did, err := s.tidy(ctx, true)
		s.dropHidden()
		if err != nil {
			return err
		}
		if !did {
			break
		}
	}
	s.mu.RLock()
	deletions := len(s.tombs.all)
	s.mu.RUnlock()
	for range deletions {
		if err := s.nextSpent(ctx); err != nil {
			return err
		}
	}
	return nil
}

// runTidy merges and removes segments until ctx ends.
func (s *Store) runTidy(ctx context.Context) error {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		s.mu.RLock()
		changed := s.changed
		s.mu.RUnlock()
		did, err := s.tidyPaced(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, index.ErrClosed):
			return nil
		case err != nil:
			s.log.Error("compact, will try again", "err", err)
			changed = nil
		case did:
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-tick.C:
			if err := s.dropSpent(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("look for deletions that hide nothing", "err", err)
			}
		}
	}
}

func (s *Store) tidyPaced(ctx context.Context) (did bool, err error) {
	leave, err := s.enter()
	if err != nil {
		return false, err
	}
	defer leave()
	did, err = s.tidy(ctx, false)
	s.dropHidden()
	return did, err
}

// check ends a merge when ctx or the store does.
func (s *Store) check(ctx context.Context, _ int) error {
	select {
	case <-s.closing:
		return index.ErrClosed
	default:
		return ctx.Err()
	}
}

// pace makes a merge take its time, and more of it while sealing has to
// catch up.
func (s *Store) pace(ctx context.Context, bytes int) error {
	rest := time.NewTimer(time.Duration(float64(bytes) / float64(s.o.MergeRate) * float64(time.Second)))
	defer rest.Stop()
	wait := func(until <-chan time.Time, or <-chan struct{}) (woken bool, err error) {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-s.closing:
			return false, index.ErrClosed
		case <-until:
			return false, nil
		case <-or:
			return true, nil
		}
	}
	if _, err := wait(rest.C, nil); err != nil {
		return err
	}
	most := time.NewTimer(yield)
	defer most.Stop()
	for {
		s.mu.RLock()
		busy, changed := len(s.frozen) > 0, s.changed
		s.mu.RUnlock()
		if !busy {
			return nil
		}
		if woken, err := wait(most.C, changed); err != nil || !woken {
			return err
		}
	}
}

// tidy does the next thing there is to do; false means nothing. When forced it
// waits neither for more to come nor for others.
func (s *Store) tidy(ctx context.Context, forced bool) (did bool, err error) {
	pick, pace := s.pick, s.pace
	if forced {
		pick, pace = s.pickAll, s.check
	}
	s.tidying.Lock()
	defer s.tidying.Unlock()
	if did, err := s.expire(); err != nil || did {
		return did, err
	}
	inputs := s.damagedIndex()
	if inputs == nil {
		inputs = pick()
	}
	if inputs == nil {
		inputs, err = s.pickEmptied(ctx, forced)
	}
	if err == nil && inputs == nil {
		return false, nil
	}
	if err == nil {
		err = s.rewrite(ctx, inputs, pace)
	}
	var bad *errUnmergeable
	if errors.As(err, &bad) {
		bad.seg.spoiled = true
		s.log.Warn("a segment stays as it is", "err", err)
		return true, nil
	}
	return err == nil, err
}

// mergeable returns the segments that may be rewritten.
func (s *Store) mergeable() []*segment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*segment, 0, len(s.segments))
	for _, seg := range s.segments {
		if !seg.spoiled {
			all = append(all, seg)
		}
	}
	return all
}

// damagedIndex returns a segment whose index has to be built again.
func (s *Store) damagedIndex() []*segment {
	if s.o.NoIndex {
		return nil
	}
	for _, seg := range s.mergeable() {
		if seg.index == nil || seg.worse.Load() {
			return []*segment{seg}
		}
	}
	return nil
}

// fullBytes is from which size on segments are left alone.
func (s *Store) fullBytes() uint64 { return uint64(s.o.MergeBytes) / 2 }

// dayBytes is from which size on a day has segments of its own.
func (s *Store) dayBytes() uint64 { return uint64(s.o.MergeBytes) / mergeWidth }

// level is the order of magnitude of a segment: those of one level are merged
// into one of the next. A full one has none.
func (s *Store) level(bytes uint64) (level int, full bool) {
	if bytes >= s.fullBytes() {
		return 0, true
	}
	level = levels - 1
	for least := s.fullBytes() / mergeWidth; level > 0 && bytes < least; least /= mergeWidth {
		level--
	}
	return level, false
}

const levels = 4

// class says what a segment may be merged with: a day that has segments of
// its own with that day only.
type class struct {
	day  int64
	pure bool
}

func (s *Store) class(seg *segment) class {
	day := floorDay(seg.minTime)
	if seg.bytes < s.dayBytes() || floorDay(seg.maxTime) != day {
		return class{}
	}
	return class{day, true}
}

// pick returns the segments to merge next, or nil: the smallest first, and
// large ones only when no more of them come in.
func (s *Store) pick() []*segment {
	type group struct {
		level int
		class class
	}
	groups := map[group][]*segment{}
	cold := time.Now().Add(-s.o.MergeAge).UnixNano()
	for _, seg := range s.mergeable() {
		level, full := s.level(seg.bytes)
		if full || level == levels-1 && seg.made > cold {
			continue
		}
		g := group{level, s.class(seg)}
		groups[g] = append(groups[g], seg)
	}
	var best []*segment
	lowest := levels
	for g, all := range groups {
		if len(all) < mergeWidth || g.level >= lowest {
			continue
		}
		w := s.window(all, mergeWidth)
		// Neighbours in time are waited for, but not for ever.
		if len(all) >= 2*mergeWidth || reach(w) <= dayNanos {
			best, lowest = w, g.level
		}
	}
	return best
}

// pickAll returns segments to merge as long as any two can be.
func (s *Store) pickAll() []*segment {
	groups := map[class][]*segment{}
	for _, seg := range s.mergeable() {
		if _, full := s.level(seg.bytes); !full {
			groups[s.class(seg)] = append(groups[s.class(seg)], seg)
		}
	}
	for _, all := range groups {
		if w := s.window(all, forcedWidth); len(w) > 1 {
			return w
		}
	}
	return nil
}

// window returns up to width neighbours in time that fit into one segment: as
// many as there can be, and of those that lie closest together. Any two that
// are not full fit.
func (s *Store) window(all []*segment, width int) []*segment {
	slices.SortFunc(all, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(a.minTime, b.minTime), cmp.Compare(a.id, b.id))
	})
	var best []*segment
	for from := range all {
		to, bytes := from, uint64(0)
		for to < len(all) && to-from < width && bytes+all[to].bytes <= uint64(s.o.MergeBytes) {
			bytes += all[to].bytes
			to++
		}
		w := all[from:to]
		if len(w) > len(best) || len(w) == len(best) && reach(w) < reach(best) {
			best = w
		}
	}
	return best
}

// reach is how much time segments reach over, in nanoseconds.
func reach(all []*segment) uint64 {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, seg := range all {
		first, last = min(first, seg.minTime), max(last, seg.maxTime)
	}
	return uint64(last) - uint64(first) // two times can be further apart than an int64 tells
}

// rewrite puts new segments with the same entries, but for those that are too
// old or deleted, in the place of the inputs.
func (s *Store) rewrite(ctx context.Context, inputs []*segment, pace func(context.Context, int) error) error {
	s.mu.RLock()
	for _, seg := range inputs {
		seg.hold()
	}
	s.mu.RUnlock()
	defer func() {
		for _, seg := range inputs {
			s.drop(seg)
		}
	}()
	all, err := s.merged(ctx, inputs, pace)
	var segments []*segment
	var records []segmentRecord
	if err == nil {
		segments, records, err = s.place(all)
	}
	if err != nil {
		for _, m := range all {
			os.RemoveAll(m.path) // what stays is removed at the next start
		}
		return noSpace(err)
	}
	if err := s.replace(inputs, segments, records); err != nil {
		// As in commitSeal: both states must be whole.
		for _, seg := range segments {
			err = errors.Join(err, seg.release())
		}
		return noSpace(err)
	}
	s.log.Debug("compacted", "segments", len(inputs), "into", len(segments))
	return nil
}

// merged writes what the inputs hold, in temporary folders: days with much
// apart, the rest together.
func (s *Store) merged(ctx context.Context, inputs []*segment, pace func(context.Context, int) error) ([]made, error) {
	days, err := s.largeDays(ctx, inputs)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	deleted := s.tombs
	s.mu.RUnlock()
	cutoff := s.cutoff()
	left, rows, kept := uint64(0), uint64(0), uint64(0)
	var all []made
	write := func(m *merge) error {
		m.store, m.inputs, m.pace = s, inputs, pace
		out := s.newMade()
		all = append(all, out)
		until, n, err := m.write(ctx, out.path)
		if n == 0 {
			all = all[:len(all)-1]
			return errors.Join(err, os.RemoveAll(out.path))
		}
		all[len(all)-1].until = until
		kept += n
		return err
	}
	wanted := func(stream uint32, r *row) bool {
		if r.until() < cutoff || hides(deleted.of(s.streams.get(stream)), r) {
			left++
			return false
		}
		return true
	}
	for day := range days {
		from, to := dayBounds(day)
		if err := write(&merge{from: from, to: to, keep: wanted}); err != nil {
			return all, err
		}
	}
	rest := func(stream uint32, r *row) bool { return !days[floorDay(r.time)] && wanted(stream, r) }
	if err := write(&merge{from: math.MinInt64, to: noEnd, keep: rest}); err != nil {
		return all, err
	}
	for _, seg := range inputs {
		rows += seg.rows
	}
	if rows != kept+left {
		return all, &errUnmergeable{inputs[0], fmt.Errorf("of %d entries %d were kept and %d left out", rows, kept, left)}
	}
	return all, nil
}

// dayBounds returns when a day begins and when the next one does.
func dayBounds(day int64) (from, to int64) {
	from, to = math.MinInt64, noEnd
	if day >= int64(math.MinInt64)/dayNanos {
		from = day * dayNanos
	}
	if day+1 <= int64(math.MaxInt64)/dayNanos {
		to = (day + 1) * dayNanos
	}
	return from, to
}

// largeDays returns the days that get a segment of their own. Where all lies
// in one day there are none: that is one segment in any case.
func (s *Store) largeDays(ctx context.Context, inputs []*segment) (map[int64]bool, error) {
	large := map[int64]bool{}
	first, last := inputs[0].minTime, inputs[0].maxTime
	for _, seg := range inputs {
		first, last = min(first, seg.minTime), max(last, seg.maxTime)
	}
	if floorDay(first) == floorDay(last) {
		return large, nil
	}
	bytes := map[int64]uint64{}
	for _, seg := range inputs {
		err := s.eachRow(ctx, seg, func(r *row) { bytes[floorDay(r.time)] += uint64(r.size) })
		if err != nil {
			return nil, err
		}
	}
	for day, n := range bytes {
		if n >= s.dayBytes() {
			large[day] = true
		}
	}
	return large, nil
}

// eachRow calls fn for every entry of a segment, without its text.
func (s *Store) eachRow(ctx context.Context, seg *segment, fn func(*row)) error {
	buf := blockBufs.Get().(*blockBuf)
	defer blockBufs.Put(buf)
	for i := range seg.blocks {
		if err := s.check(ctx, 0); err != nil {
			return err
		}
		v, err := buf.readColumns(seg.file, &seg.blocks[i], s.codec)
		if err != nil {
			return (&merge{store: s}).damaged(seg, err)
		}
		for n := range v.rows {
			fn(&v.rows[n])
		}
	}
	return nil
}

// replace makes segments exist in the place of others, which go when nobody
// reads them any more.
func (s *Store) replace(gone, segments []*segment, records []segmentRecord) error {
	ids := make([]uint64, len(gone))
	for i, seg := range gone {
		ids[i] = seg.id
	}
	if err := s.catalog.replace(ids, records); err != nil {
		return err
	}
	s.mu.Lock()
	left := make([]*segment, 0, len(s.segments)+len(segments))
	for _, seg := range s.segments {
		if !slices.Contains(gone, seg) {
			left = append(left, seg)
		}
	}
	s.segments = append(left, segments...)
	s.broadcast()
	s.mu.Unlock()
	for _, seg := range gone {
		seg.doomed.Store(true)
		s.drop(seg)
	}
	return nil
}

// drop gives up a reference to a segment.
func (s *Store) drop(seg *segment) {
	if err := seg.release(); err != nil {
		s.log.Warn("remove a segment, will be tried at the next start", "segment", seg.dir, "err", err)
	}
}
