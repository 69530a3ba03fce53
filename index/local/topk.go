package local

import (
	"cmp"
	"slices"

	"spoor/index"
)

// key orders entries: by time, and those of one time by arrival.
type key struct {
	time int64
	seq  uint64
}

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.time, o.time), cmp.Compare(k.seq, o.seq))
}

// hit is an entry of a page in the making.
type hit struct {
	key
	stream  *stream
	arrived int64
	mark    uint32
	raw     []byte
}

func (h *hit) hash() uint64 { return index.RawHash(h.stream.hash, h.raw) }

// topK keeps the first k hits of an order out of all that it is offered.
type topK struct {
	k      int
	newest bool
	hits   []hit // a heap whose root is the last in the order
}

// before says whether a stands before b in the order.
func (t *topK) before(a, b key) bool {
	if t.newest {
		return a.compare(b) > 0
	}
	return a.compare(b) < 0
}

func (t *topK) full() bool { return len(t.hits) >= t.k }

// takes says whether add would keep a hit of that key.
func (t *topK) takes(k key) bool {
	return t.k > 0 && (!t.full() || t.before(k, t.hits[0].key))
}

// add keeps a hit that takes has said yes to.
func (t *topK) add(h hit) {
	if !t.full() {
		t.hits = append(t.hits, h)
		t.up(len(t.hits) - 1)
		return
	}
	t.hits[0] = h
	t.down(0)
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
