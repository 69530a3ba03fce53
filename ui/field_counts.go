package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"spoor/index"
)

const (
	// maxListed is how long a value is that is listed, in bytes. Longer ones
	// count, and are not listed.
	maxListed = 1 << 10
	// maxCounted is how many different values of a field are counted, and
	// countedBytes what values of all fields take, roughly, at the most.
	maxCounted   = 50_000
	countedBytes = 64 << 20
	// maxNames is how many fields are told apart, and answered.
	maxNames = 1000
)

// valueJSON is a value with how many entries have it.
type valueJSON struct {
	Value string  `json:"value"`
	Count uint64  `json:"count"`
	Query *string `json:"query,omitempty"`
}

type fieldJSON struct {
	Name          string      `json:"name"`
	Entry         bool        `json:"entry,omitempty"`
	Count         uint64      `json:"count"`
	Distinct      uint64      `json:"distinct"`
	DistinctExact bool        `json:"distinct_exact"`
	List          bool        `json:"list"`
	Type          string      `json:"type"`
	Top           []valueJSON `json:"top"`
	TopExact      bool        `json:"top_exact"`
}

// fieldCounts counts the fields of entries. One goroutine uses it.
type fieldCounts struct {
	readers *readers
	fields  map[string]*fieldCount
	bytes   int
	more    bool // fields were left out
	err     error
}

type fieldCount struct {
	name   string
	entry  bool
	n      uint64 // entries
	values map[string]uint64
	some   bool // values are missing, so that counts are lower bounds
	long   bool // values are too long to be listed
	list   bool
	text   bool // some value is no number
}

func newFieldCounts(r *readers) *fieldCounts {
	return &fieldCounts{readers: r, fields: map[string]*fieldCount{}}
}

// add counts the fields of an entry.
func (c *fieldCounts) add(e *index.Entry) {
	reader, err := c.readers.of(e.Stream.Format)
	if err != nil {
		c.err = err
		return
	}
	fields := reader.Fields(e.Raw, e.OrigLen)
	said := false
	for _, f := range fields {
		said = said || f.Name == "sensor" || f.Name == "job"
		if of := c.field(f.Name, false); of != nil {
			of.n++
			of.list = of.list || f.List || len(f.Values) > 1
			c.values(of, f.Values)
		}
	}
	for _, name := range entryOwn {
		v := entryField(e.Stream, name)
		if v == "" || said && (name == "sensor" || name == "job") {
			continue // the line's own field is the one that is asked for
		}
		if of := c.field(name, true); of != nil {
			of.n++
			c.values(of, []string{v})
		}
	}
}

// field returns the count of a field, or nil where there are too many.
func (c *fieldCounts) field(name string, entry bool) *fieldCount {
	key := name
	if entry {
		key = "\x00" + name // a line may have a field called tag
	} else if rest, ok := strings.CutPrefix(name, "id_"); ok {
		key = "id." + rest // one field in two spellings, which are asked for as one
	}
	f := c.fields[key]
	if f == nil {
		if len(c.fields) >= maxNames || c.bytes >= countedBytes {
			c.more = true
			return nil
		}
		// A name that is part of a line must not keep all of the line.
		f = &fieldCount{name: strings.Clone(name), entry: entry, values: map[string]uint64{}}
		c.fields[strings.Clone(key)] = f
		c.bytes += 2*len(name) + 200
	}
	return f
}

// values counts an entry once for each different value.
func (c *fieldCounts) values(f *fieldCount, values []string) {
	for _, v := range different(values) {
		f.text = f.text || !isNumber(v)
		if len(v) > maxListed {
			f.long = true
			v = v[:maxListed] + "…" // it is counted, and never listed
		}
		if _, ok := f.values[v]; !ok {
			if len(f.values) >= maxCounted || c.bytes >= countedBytes {
				f.some = true
				continue
			}
			c.bytes += len(v) + 48
			v = strings.Clone(v) // as above
		}
		f.values[v]++
	}
}

// different returns each of the values once. A line may have a list of a
// hundred thousand, so they are not compared with each other.
func different(values []string) []string {
	if len(values) < 2 {
		return values
	}
	seen := make(map[string]struct{}, len(values))
	list := make([]string, 0, len(values))
	for _, v := range values {
		if _, ok := seen[v]; !ok {
			seen[v] = struct{}{}
			list = append(list, v)
		}
	}
	return list
}

func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || len(s) > 64 {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// merge adds what another one has counted.
func (c *fieldCounts) merge(o *fieldCounts) {
	c.more = c.more || o.more
	if c.err == nil {
		c.err = o.err
	}
	for _, f := range o.fields {
		to := c.field(f.name, f.entry)
		if to == nil {
			continue
		}
		to.n += f.n
		to.some, to.long, to.list, to.text = to.some || f.some, to.long || f.long, to.list || f.list, to.text || f.text
		for v, n := range f.values {
			if _, ok := to.values[v]; !ok && len(to.values) >= maxCounted {
				to.some = true
				continue
			}
			to.values[v] += n
		}
	}
}

// list returns the fields, those of entries first, then those that most lines
// have; cut says that there are others.
func (c *fieldCounts) list(top int) (list []fieldJSON, cut bool) {
	all := make([]*fieldCount, 0, len(c.fields))
	for _, f := range c.fields {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *fieldCount) int {
		if a.entry != b.entry {
			if a.entry {
				return -1
			}
			return 1
		}
		if a.entry {
			return cmp.Compare(slices.Index(entryOwn, a.name), slices.Index(entryOwn, b.name))
		}
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name))
	})
	list = make([]fieldJSON, 0, len(all))
	for _, f := range all {
		list = append(list, f.json(top))
	}
	return list, c.more
}

func (f *fieldCount) json(top int) fieldJSON {
	j := fieldJSON{Name: f.name, Entry: f.entry, Count: f.n, Distinct: uint64(len(f.values)), List: f.list, Type: "number",
		DistinctExact: !f.some && !f.long, TopExact: !f.some, Top: ranked(f.values, top)}
	if f.text {
		j.Type = "text"
	}
	return j
}

// ranked lists the values that most entries have.
func ranked(count map[string]uint64, limit int) []valueJSON {
	all := make([]valueJSON, 0, len(count))
	for v, n := range count {
		if len(v) <= maxListed {
			all = append(all, valueJSON{Value: v, Count: n})
		}
	}
	slices.SortFunc(all, func(a, b valueJSON) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return slices.Clip(all[:min(limit, len(all))])
}

// entryOwn are the fields that entries have from their stream.
var entryOwn = []string{"tag", "src", "sensor", "job"}

func isEntryField(name string) bool { return slices.Contains(entryOwn, name) }

// entryField is such a field of a stream, or nothing.
func entryField(s *index.Stream, name string) string {
	switch name {
	case "tag":
		return s.Tag
	case "src":
		if s.Source != 0 {
			return strconv.FormatUint(uint64(s.Source), 10)
		}
	case "sensor":
		return s.Origin.Sensor
	case "job":
		if s.Origin.Job != 0 {
			return strconv.FormatUint(s.Origin.Job, 10)
		}
	}
	return ""
}
