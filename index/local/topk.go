package local

import (
	"cmp"
	"slices"
)

// key orders entries: by time, hash, and among equals by arrival. That is the
// order of their IDs, because an ID's ordinal counts arrivals.
type key struct {
	time int64
	hash uint64
	seq  uint64
}

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.time, o.time), cmp.Compare(k.hash, o.hash), cmp.Compare(k.seq, o.seq))
}

// twin says whether both have the same ID but for the ordinal.
func (k key) twin(o key) bool { return k.time == o.time && k.hash == o.hash }

// hit is an entry of a page in the making.
type hit struct {
	key
	stream  *stream
	arrived int64
	mark    uint32
	raw     []byte
}

// topK keeps the first k hits of an order out of all that it is offered.
type topK struct {
	k      int
	newest bool
	hits   []hit // a heap whose root is the last in the order
	// dropped counts the hits that were offered and are twins of the root
	// and arrived before it. In Newest order they are the lower ordinals of
	// the last hit. For any other hit there are none: whatever was dropped
	// stands behind the root.
	dropped uint64
}

// before says whether a stands before b in the order.
func (t *topK) before(a, b key) bool {
	if t.newest {
		return a.compare(b) > 0
	}
	return a.compare(b) < 0
}

func (t *topK) full() bool { return len(t.hits) >= t.k }

// takes says whether offer would keep a hit of that key, and counts it as
// dropped if not.
func (t *topK) takes(k key) bool {
	if t.k == 0 {
		return false
	}
	if !t.full() || t.before(k, t.hits[0].key) {
		return true
	}
	if t.newest && k.twin(t.hits[0].key) {
		t.dropped++
	}
	return false
}

// add keeps a hit that takes has said yes to.
func (t *topK) add(h hit) {
	if !t.full() {
		t.hits = append(t.hits, h)
		t.up(len(t.hits) - 1)
		return
	}
	old := t.hits[0].key
	t.hits[0] = h
	t.down(0)
	switch {
	case !t.newest || !old.twin(t.hits[0].key):
		t.dropped = 0
	default:
		t.dropped++
	}
}

// merge offers all hits of o, which must not be used afterwards. keep is
// called for every hit that is taken, to copy what does not last.
func (t *topK) merge(o *topK, keep func(*hit)) {
	for i := range o.hits {
		if h := &o.hits[i]; t.takes(h.key) {
			keep(h)
			t.add(*h)
		}
	}
	// What o dropped stands behind o's root. It matters only where that
	// is among the twins of our own root.
	if o.dropped > 0 && len(t.hits) > 0 && o.hits[0].twin(t.hits[0].key) {
		t.dropped += o.dropped
	}
}

func (t *topK) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.before(t.hits[parent].key, t.hits[i].key) {
			return
		}
		t.hits[parent], t.hits[i] = t.hits[i], t.hits[parent]
		i = parent
	}
}

func (t *topK) down(i int) {
	for {
		last := i
		for kid := 2*i + 1; kid <= 2*i+2 && kid < len(t.hits); kid++ {
			if t.before(t.hits[last].key, t.hits[kid].key) {
				last = kid
			}
		}
		if last == i {
			return
		}
		t.hits[last], t.hits[i] = t.hits[i], t.hits[last]
		i = last
	}
}

// sorted returns the hits in order. The heap is no heap any more.
func (t *topK) sorted() []hit {
	slices.SortFunc(t.hits, func(a, b hit) int {
		if t.newest {
			return b.compare(a.key)
		}
		return a.compare(b.key)
	})
	return t.hits
}
