package indextest

import (
	"bytes"
	"testing"

	"spoor/index"
)

func put(t testing.TB, s index.Store, entries ...index.Entry) {
	t.Helper()
	if err := s.Put(t.Context(), entries); err != nil {
		t.Fatalf("put: %v", err)
	}
}

func search(t testing.TB, s index.Store, r index.Request) index.Result {
	t.Helper()
	res, err := s.Search(t.Context(), r)
	if err != nil {
		t.Fatalf("search: %v", err)
	}
	return res
}

// pages reads all pages of a search.
func pages(t testing.TB, s index.Store, r index.Request) []index.Hit {
	t.Helper()
	var all []index.Hit
	for n := 0; ; n++ {
		res := search(t, s, r)
		if len(res.Hits) > r.Limit {
			t.Fatalf("page of %d entries, want at most %d", len(res.Hits), r.Limit)
		}
		all = append(all, res.Hits...)
		if res.Next == nil {
			return all
		}
		if len(res.Hits) < r.Limit {
			t.Fatalf("page %d has %d entries of %d and is not the last", n, len(res.Hits), r.Limit)
		}
		r.After = res.Next
	}
}

// same fails unless both are the same entries in the same order.
func same(t testing.TB, what string, got, want []index.Hit) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !equal(t, got[i], want[i]) {
			t.Fatalf("%s: entry %d of %d: got %s, want %s", what, i, len(want), show(got[i]), show(want[i]))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: got %d entries, want %d", what, len(got), len(want))
	}
}

func equal(t testing.TB, a, b index.Hit) bool {
	if a.Stream == nil {
		t.Fatalf("entry %s has no stream", a.ID)
	}
	return a.ID == b.ID && a.Seq == b.Seq && *a.Stream == *b.Stream && a.Time.Equal(b.Time) &&
		a.TimeGuessed == b.TimeGuessed && a.Arrived.Equal(b.Arrived) && a.OrigLen == b.OrigLen && bytes.Equal(a.Raw, b.Raw)
}

func show(h index.Hit) string {
	text := h.Time.Format("2006-01-02T15:04:05.999999999Z") + " " + h.ID.String() + " " + h.Stream.Tag + " " + string(h.Raw)
	if len(text) > 300 {
		text = text[:300] + "..."
	}
	return text
}

// check compares a search with the reference: all of it, its pages, its count
// and its histogram.
func check(t testing.TB, s index.Store, ref *reference, r index.Request, limit int) {
	t.Helper()
	want := ref.search(t, r)
	what := "everything"
	if r.Query != nil {
		what = r.Query.String()
	}
	r.Limit = limit
	same(t, what, pages(t, s, r), want)

	first := search(t, s, r)
	if first.Exact && first.Total != uint64(len(want)) || first.Total > uint64(len(want)) {
		t.Fatalf("%s: total of a page %d (exact %v), want %d", what, first.Total, first.Exact, len(want))
	}
	r.Exact = true
	if res := search(t, s, r); !res.Exact || res.Total != uint64(len(want)) {
		t.Fatalf("%s: exact total %d (exact %v), want %d", what, res.Total, res.Exact, len(want))
	}
	r.Exact, r.Limit = false, 0
	if res := search(t, s, r); !res.Exact || res.Total != uint64(len(want)) || len(res.Hits) > 0 || res.Next != nil {
		t.Fatalf("%s: count %d (exact %v, %d hits), want %d", what, res.Total, res.Exact, len(res.Hits), len(want))
	}
	checkHistogram(t, s, r, want)
}

func checkHistogram(t testing.TB, s index.Store, r index.Request, want []index.Hit) {
	t.Helper()
	const buckets = 7
	h, err := s.Histogram(t.Context(), r, buckets)
	if err != nil {
		t.Fatalf("histogram: %v", err)
	}
	if len(h.Counts) > buckets {
		t.Fatalf("histogram has %d buckets, want at most %d", len(h.Counts), buckets)
	}
	if h.Total != uint64(len(want)) {
		t.Fatalf("histogram of %v counts %d, want %d", r.Query, h.Total, len(want))
	}
	counts := make([]uint64, len(h.Counts))
	for _, w := range want {
		// Two times can be further apart than a Duration can tell.
		b := (uint64(w.Time.UnixNano()) - uint64(h.From.UnixNano())) / uint64(h.Width)
		if b >= uint64(len(counts)) {
			t.Fatalf("histogram from %s by %s has no bucket for %s", h.From, h.Width, w.Time)
		}
		counts[b]++
	}
	for i := range counts {
		if counts[i] != h.Counts[i] {
			t.Fatalf("histogram of %v, bucket %d: got %d, want %d", r.Query, i, h.Counts[i], counts[i])
		}
	}
}
