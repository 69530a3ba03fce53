package indextest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// testOneTime puts many equal and different entries of one time, and some of
// the times around it: every page is cut inside it, and what Get finds by the
// IDs of a page must be what the page has.
func testOneTime(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	g := newGenerator(11)
	batch := func(n int) []index.Entry {
		var entries []index.Entry
		for range n {
			// Hash order is not the order of arrival, and the streams share
			// their texts.
			e := line(text(pick(g, []string{"app", "web"})), time.Second, fmt.Sprintf("line %d", g.IntN(40)))
			switch g.IntN(20) {
			case 0:
				e.Time = start
			case 1:
				e.Time = start.Add(2 * time.Second)
			}
			entries = append(entries, e)
		}
		return entries
	}
	for range 20 {
		entries := batch(30)
		ref.put(entries)
		put(t, s, entries...)
	}
	some, _ := parse(t, `"line 7" OR "line 8" OR "line 31"`)
	for _, order := range []index.Order{index.Newest, index.Oldest} {
		for _, limit := range []int{1, 2, 3, 17, 599, 600, 601} {
			check(t, s, ref, index.Request{Order: order, Query: some}, limit)
			if limit > 2 {
				same(t, "one time", pages(t, s, index.Request{Order: order, Limit: limit}), ref.search(t, index.Request{Order: order}))
			}
		}
	}
	late := batch(300)
	getWhileDataArrives(t, s, late, some)
	ref.put(late)
	for _, want := range ref.search(t, index.Request{}) {
		got, err := s.Get(t.Context(), want.ID)
		if err != nil {
			t.Fatalf("get %s: %v", show(want), err)
		}
		same(t, "get", []index.Hit{got}, []index.Hit{want})
	}
}

// getWhileDataArrives gets what pages show of a search while late is put.
func getWhileDataArrives(t *testing.T, s index.Store, late []index.Entry, q query.Node) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		var err error
		for from := 0; from < len(late); from += 10 {
			err = errors.Join(err, s.Put(t.Context(), late[from:from+10]))
		}
		done <- err
	}()
	for limit := 5; limit < 200; limit += 23 {
		for _, h := range pages(t, s, index.Request{Order: index.Order(limit % 2), Limit: limit, Query: q}) {
			got, err := s.Get(t.Context(), h.ID)
			if err != nil {
				t.Fatalf("get %s while data arrives: %v", show(h), err)
			}
			same(t, "get while data arrives", []index.Hit{got}, []index.Hit{h})
		}
	}
	if err := <-done; err != nil {
		t.Fatalf("put meanwhile: %v", err)
	}
}
