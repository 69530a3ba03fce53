package local

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"spoor/index"
)

// stream is an index.Stream with its number in this store.
type stream struct {
	id  uint32
	def *index.Stream
	// born is when the store first saw it, in seconds since 1970.
	born int64
	// hash is index.StreamHash of it.
	hash uint64
	// twins is shared by the streams that differ in nothing but their
	// format. Entries of theirs can have equal IDs but for the ordinal.
	twins *int

	once sync.Once
	read reader
}

// reader returns what reads the entries of the stream.
func (s *stream) reader() reader {
	s.once.Do(func() { s.read = openReader(s.def.Format) })
	return s.read
}

// streams numbers streams. It may be used by many goroutines at once.
type streams struct {
	limit int // new ones a day

	mu     sync.RWMutex // guards the rest
	byDef  map[index.Stream]*stream
	byID   map[uint32]*stream
	byHash map[uint64]*int
	next   uint32
	day    int64     // days since 1970
	today  []*stream // born on day
	saved  uint32    // every stream up to this number is in the catalog
}

func newStreams(limit int) *streams {
	return &streams{
		limit:  limit,
		byDef:  map[index.Stream]*stream{},
		byID:   map[uint32]*stream{},
		byHash: map[uint64]*int{},
		next:   1,
	}
}

const daySeconds = 24 * 60 * 60

// add enters a stream that was numbered before. The first number wins where
// a damaged log gave a second one, so both stay readable.
func (t *streams) add(id uint32, def index.Stream, born int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID[id] != nil {
		return
	}
	t.enter(&stream{id: id, def: &def, born: born, hash: index.StreamHash(&def)})
}

// enter is called with mu held.
func (t *streams) enter(s *stream) {
	n := t.byHash[s.hash]
	if n == nil {
		n = new(int)
		t.byHash[s.hash] = n
	}
	*n++
	s.twins = n
	t.byID[s.id] = s
	if t.byDef[*s.def] == nil {
		t.byDef[*s.def] = s
	}
	t.next = max(t.next, s.id+1)
	if day := s.born / daySeconds; day > t.day {
		t.day, t.today = day, nil
	}
	if s.born/daySeconds == t.day {
		t.today = append(t.today, s)
	}
}

// number returns the stream of every entry, in order. On an error no stream
// was made.
func (t *streams) number(entries []index.Entry, now time.Time) ([]*stream, error) {
	all := make([]*stream, len(entries))
	if t.known(entries, all) {
		return all, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := map[index.Stream]*stream{}
	for i := range entries {
		def := *entries[i].Stream
		if all[i] = t.byDef[def]; all[i] != nil {
			continue
		}
		if all[i] = fresh[def]; all[i] == nil {
			all[i] = &stream{def: &def, born: now.Unix(), hash: index.StreamHash(&def)}
			fresh[def] = all[i]
		}
	}
	if err := t.allow(fresh, now.Unix()/daySeconds); err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.id == 0 {
			s.id = t.next
			t.enter(s)
		}
	}
	return all, nil
}

// known fills in the streams that have a number and says whether all have.
func (t *streams) known(entries []index.Entry, all []*stream) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var last *index.Stream
	for i := range entries {
		def := entries[i].Stream
		if def == last {
			all[i] = all[i-1]
			continue
		}
		if all[i] = t.byDef[*def]; all[i] == nil {
			return false
		}
		last = def
	}
	return true
}

// allow is called with mu held.
func (t *streams) allow(fresh map[index.Stream]*stream, day int64) error {
	before := 0
	if day == t.day {
		before = len(t.today)
	}
	if before+len(fresh) <= t.limit {
		return nil
	}
	all := make([]*index.Stream, 0, before+len(fresh))
	for _, s := range t.today[:before] {
		all = append(all, s.def)
	}
	for _, s := range fresh {
		all = append(all, s.def)
	}
	label, values := grown(all)
	return fmt.Errorf("%w: more than %d in a day, %q has %d values", index.ErrTooManyStreams, t.limit, label, values)
}

// grown returns the label with the most values.
func grown(all []*index.Stream) (label string, values int) {
	labels := []struct {
		name  string
		value func(*index.Stream) string
	}{
		{"tag", func(s *index.Stream) string { return s.Tag }},
		{"source", func(s *index.Stream) string { return strconv.FormatUint(uint64(s.Source), 10) }},
		{"format", func(s *index.Stream) string { return s.Format.Name }},
		{"format header", func(s *index.Stream) string { return s.Format.Header }},
		{"origin host", func(s *index.Stream) string { return s.Origin.Host }},
		{"origin file", func(s *index.Stream) string { return s.Origin.File }},
		{"origin sensor", func(s *index.Stream) string { return s.Origin.Sensor }},
		{"origin job", func(s *index.Stream) string { return strconv.FormatUint(s.Origin.Job, 10) }},
	}
	for _, l := range labels {
		distinct := map[string]struct{}{}
		for _, s := range all {
			distinct[l.value(s)] = struct{}{}
		}
		if len(distinct) > values {
			label, values = l.name, len(distinct)
		}
	}
	return label, values
}

// get returns the stream of that number, or nil.
func (t *streams) get(id uint32) *stream {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byID[id]
}

// twinned says whether s has twins.
func (t *streams) twinned(s *stream) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return *s.twins > 1
}

// unsaved returns the streams that the catalog does not hold, by number.
func (t *streams) unsaved() []*stream {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var all []*stream
	for id := t.saved + 1; id < t.next; id++ {
		if s := t.byID[id]; s != nil {
			all = append(all, s)
		}
	}
	return all
}

// isSaved says whether the catalog holds the stream of that number.
func (t *streams) isSaved(id uint32) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return id <= t.saved
}

// markSaved notes that the catalog holds these streams and all before them.
func (t *streams) markSaved(all []*stream) {
	if len(all) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.saved = max(t.saved, slices.MaxFunc(all, func(a, b *stream) int { return int(a.id) - int(b.id) }).id)
}
