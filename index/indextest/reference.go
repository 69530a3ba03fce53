package indextest

import (
	"cmp"
	"slices"
	"strconv"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
	"spoor/internal/format"
)

// reference is the naive store: a slice of all entries.
type reference struct {
	hits []index.Hit
	seq  uint64 // of the newest
}

// put adds entries that were put one batch after the other.
func (r *reference) put(entries []index.Entry) {
	for _, e := range entries {
		r.seq++
		e.Seq = r.seq
		id := index.ID{Time: e.Time.UnixNano(), Hash: index.Hash(e.Stream, e.Raw)}
		for _, other := range r.hits {
			if other.ID.Time == id.Time && other.ID.Hash == id.Hash {
				id.Ordinal++
			}
		}
		r.hits = append(r.hits, index.Hit{ID: id, Entry: e})
	}
}

// search returns all matches in the order asked for; Limit and After of q are
// ignored.
func (r *reference) search(t testing.TB, q index.Request) []index.Hit {
	var found []index.Hit
	for _, h := range r.hits {
		if !q.From.IsZero() && h.Time.Before(q.From) || !q.To.IsZero() && !h.Time.Before(q.To) {
			continue
		}
		if query.Match(q.Query, newRecord(t, h.Entry)) {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b index.Hit) int {
		c := cmp.Or(cmp.Compare(a.ID.Time, b.ID.Time), cmp.Compare(a.Seq, b.Seq))
		if q.Order == index.Newest {
			return -c
		}
		return c
	})
	return found
}

// record is an entry as a query sees it.
type record struct {
	e index.Entry
	r format.Reader
}

func newRecord(t testing.TB, e index.Entry) *record {
	r, err := format.Open(format.Spec(e.Stream.Format))
	if err != nil {
		t.Fatalf("format of %+v: %v", e.Stream, err)
	}
	return &record{e, r}
}

func (r *record) Raw() []byte            { return r.r.Text(r.e.Raw, r.e.OrigLen) }
func (r *record) Escapes() query.Escapes { return r.r.Escapes() }
func (r *record) Time() time.Time        { return r.e.Time }
func (r *record) Tag() string            { return r.e.Stream.Tag }
func (r *record) Source() uint32         { return r.e.Stream.Source }
func (r *record) Field(name string) []string {
	if v := r.r.Field(r.e.Raw, r.e.OrigLen, name); len(v) > 0 {
		return v
	}
	o := r.e.Stream.Origin
	value := ""
	switch name {
	case "time_guessed":
		if r.e.TimeGuessed {
			value = "true"
		}
	case "origin.host":
		value = o.Host
	case "origin.file":
		value = o.File
	case "sensor":
		value = o.Sensor
	case "job":
		if o.Job != 0 {
			value = strconv.FormatUint(o.Job, 10)
		}
	}
	if value == "" {
		return nil
	}
	return []string{value}
}
