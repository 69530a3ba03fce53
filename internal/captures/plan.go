package captures

import (
	"os"
	"time"
)

// run is a stretch of a file's unpacked bytes that is read in one go.
type run struct {
	offset int64
	length int64  // 0: to the end of the file
	header []byte // that is put before it; nil at the file's beginning
	before int64  // packets of the file before it
}

// plan says what of a file a query reads.
type plan struct {
	file *file
	runs []run
	// first is the time that the file's first wanted packet has at the
	// earliest, as far as the file is in order.
	first time.Time
	// known is what the builder goes on from; learn is that the last run has
	// no index yet.
	known *fileIndex
	learn bool
	part  int64 // bytes
	// skipped counts the unpacked bytes that are not read.
	skipped int64
}

// plan returns what of f must be read to find every match of filter; false
// means nothing.
func (c *catalog) plan(root *os.Root, f *file, filter Filter) (plan, bool) {
	x := c.known(root, f)
	p := plan{file: f, first: f.first, part: c.partSize(f.id.size)}
	if x == nil {
		p.learn = true
		p.runs = []run{{}}
		return p, true
	}
	rest := x.rest || !x.done
	if !x.done {
		x = x.without(c.partSize(f.id.size))
		p.learn, p.known = true, x
	}
	before := int64(0)
	for i := range x.parts {
		if t := &x.parts[i]; filter.May(t) {
			p.add(t, x.headers[t.header], before)
		} else {
			p.skipped += t.length
		}
		before += x.parts[i].packets
	}
	if rest {
		p.runs = append(p.runs, run{offset: x.end(), header: x.headers[x.next], before: before})
		if len(p.runs) == 1 && len(x.parts) > 0 {
			p.first = x.parts[len(x.parts)-1].to
		}
		if x.end() == 0 {
			p.runs[len(p.runs)-1].header = nil
		}
	}
	return p, len(p.runs) > 0
}

// add appends a part to the runs, to the last of them if nothing is between.
func (p *plan) add(t *part, header []byte, before int64) {
	if n := len(p.runs); n > 0 {
		last := &p.runs[n-1]
		if last.offset+last.length == t.offset {
			last.length += t.length
			return
		}
	} else {
		p.first = t.from
	}
	p.runs = append(p.runs, run{offset: t.offset, length: t.length, header: header, before: before})
}

// known returns what the index has of f as it is now: all of it, or its
// beginning if it has grown since. nil means nothing.
func (c *catalog) known(root *os.Root, f *file) *fileIndex {
	x := c.indexes.get(f.name)
	switch {
	case x == nil || x.id == f.id:
		return x
	case f.packed || f.id.inode != x.id.inode || f.id.size <= x.id.size || x.end() == 0:
		return nil
	}
	in, err := root.Open(f.name)
	if err != nil {
		return nil // said by whoever reads it
	}
	defer in.Close()
	if sum, err := checksum(in, x.end()); err != nil || sum != x.sum {
		return nil
	}
	grown := *x
	grown.done = false
	return &grown
}
