package indextest

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"spoor/index"
)

func testEqual(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	for batch := range 20 {
		var entries []index.Entry
		for i := range 25 {
			e := line(text("app"), 0, "the very same line")
			e.Arrived = start.Add(time.Duration(batch*25 + i))
			entries = append(entries, e)
		}
		ref.put(entries)
		put(t, s, entries...)
	}
	for _, limit := range []int{1, 7, 499, 500, 501} {
		check(t, s, ref, index.Request{}, limit)
		check(t, s, ref, index.Request{Order: index.Oldest}, limit)
	}
}

func testPages(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	g := newGenerator(2)
	for range 30 {
		var entries []index.Entry
		for range 30 {
			// Three times and five texts: every page ends among equals.
			e := line(text("app"), time.Duration(g.IntN(3)), fmt.Sprintf("line %d", g.IntN(5)))
			entries = append(entries, e)
		}
		ref.put(entries)
		put(t, s, entries...)
	}
	word, _ := parse(t, "line -4")
	for _, limit := range []int{3, 10, 64, 1000} {
		for _, order := range []index.Order{index.Newest, index.Oldest} {
			check(t, s, ref, index.Request{Order: order}, limit)
			check(t, s, ref, index.Request{Order: order, Query: word}, limit)
		}
	}
}

func testStablePages(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	entries := newGenerator(3).entries(600)
	ref.put(entries)
	put(t, s, entries...)
	for _, order := range []index.Order{index.Newest, index.Oldest} {
		want := ref.search(t, index.Request{Order: order})
		r := index.Request{Order: order, Limit: 41, Exact: true}
		first := search(t, s, r)
		total := first.Total
		got := first.Hits
		done := make(chan error)
		go func() {
			var err error
			for range 20 {
				err = errors.Join(err, s.Put(t.Context(), entries[:100]))
			}
			done <- err
		}()
		for next := first.Next; next != nil; {
			r.After = next
			res := search(t, s, r)
			if res.Total != total {
				t.Errorf("total of a later page: got %d, want %d", res.Total, total)
			}
			got = append(got, res.Hits...)
			next = res.Next
		}
		if err := <-done; err != nil {
			t.Fatalf("put meanwhile: %v", err)
		}
		same(t, "pages while data arrives", got, want)
		for range 20 {
			ref.put(entries[:100])
		}
	}
}

func testGet(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	entries := newGenerator(4).entries(300)
	ref.put(entries)
	put(t, s, entries[:150]...)
	put(t, s, entries[150:]...)
	for _, want := range ref.hits {
		got, err := s.Get(t.Context(), want.ID)
		if err != nil {
			t.Fatalf("get %s: %v", show(want), err)
		}
		same(t, "get", []index.Hit{got}, []index.Hit{want})
	}
	findByID(t, s, ref)
	id := ref.hits[0].ID
	for _, wrong := range []index.ID{{Time: id.Time + 1, Hash: id.Hash}, {Time: id.Time, Hash: id.Hash + 1}, {Time: id.Time, Hash: id.Hash, Ordinal: 1 << 31}} {
		if _, err := s.Get(t.Context(), wrong); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("get of an unknown id: got %v, want ErrNotFound", err)
		}
	}
}

// findByID makes sure that id: finds the entry of that ID and its equals.
func findByID(t *testing.T, s index.Store, ref *reference) {
	t.Helper()
	for i, h := range ref.hits {
		if i%10 != 0 {
			continue
		}
		var want []index.Hit
		for _, other := range ref.hits {
			if other.ID.Time == h.ID.Time && other.ID.Hash == h.ID.Hash {
				want = append(want, other)
			}
		}
		slices.SortFunc(want, func(a, b index.Hit) int { return cmp.Compare(b.Seq, a.Seq) })
		n, ok := parse(t, "id:"+h.ID.String())
		if !ok {
			t.Fatal("an id can't be searched for")
		}
		got, err := s.Search(t.Context(), index.Request{Query: n, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "search by id", got.Hits, want)
	}
}

func testHistogram(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	entries := newGenerator(5).entries(400)
	ref.put(entries)
	put(t, s, entries...)
	r := index.Request{From: start, To: start.Add(10 * time.Second)}
	checkHistogram(t, s, r, ref.search(t, r))
	h, err := s.Histogram(t.Context(), r, 10)
	if err != nil || len(h.Counts) != 10 || h.Width != time.Second || !h.From.Equal(start) {
		t.Errorf("ten buckets of ten seconds: got %d of %s from %s, %v", len(h.Counts), h.Width, h.From, err)
	}
	if _, err := s.Histogram(t.Context(), r, 0); err == nil {
		t.Errorf("no buckets: got no error")
	}
}

// testTwinFormats puts entries whose IDs differ in nothing but the ordinal
// and of which a query finds only some: the ordinals must not depend on it.
func testTwinFormats(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	plain := &index.Stream{Tag: "t", Format: index.Format{Name: "text"}}
	json := &index.Stream{Tag: "t", Format: index.Format{Name: "json"}}
	for i := range 60 {
		of := plain
		if i%3 == 1 {
			of = json
		}
		e := line(of, 0, `{"level":"error"}`)
		e.TimeGuessed = i%5 == 0
		ref.put([]index.Entry{e})
		put(t, s, e)
	}
	for _, text := range []string{"level:error", "NOT level:error", "time_guessed:true", "error"} {
		n, ok := parse(t, text)
		if !ok {
			t.Fatalf("query %s does not parse", text)
		}
		for _, order := range []index.Order{index.Newest, index.Oldest} {
			check(t, s, ref, index.Request{Query: n, Order: order}, 7)
		}
	}
}

func testConcurrent(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	const writers, batches, size = 8, 10, 20
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for b := range batches {
				var entries []index.Entry
				for i := range size {
					entries = append(entries, line(text(fmt.Sprintf("w%d", w)), time.Duration(i), fmt.Sprintf("writer %d batch %d line %d", w, b, i)))
				}
				if err := s.Put(t.Context(), entries); err != nil {
					t.Errorf("put: %v", err)
				}
				if res, err := s.Search(t.Context(), index.Request{Limit: 5}); err != nil || len(res.Hits) == 0 {
					t.Errorf("search meanwhile: %d entries, %v", len(res.Hits), err)
				}
			}
		})
	}
	all.Wait()
	lines, seqs := map[string]bool{}, map[uint64]bool{}
	for _, h := range pages(t, s, index.Request{Limit: 100}) {
		if lines[string(h.Raw)] || seqs[h.Seq] || h.Seq < 1 || h.Seq > writers*batches*size {
			t.Fatalf("%s, seq %d, comes twice or from nowhere", show(h), h.Seq)
		}
		lines[string(h.Raw)], seqs[h.Seq] = true, true
	}
	if len(lines) != writers*batches*size {
		t.Errorf("got %d lines, want %d", len(lines), writers*batches*size)
	}
}

func testReopen(t *testing.T, open Open) {
	dir := t.TempDir()
	ref := &reference{}
	g := newGenerator(6)
	for range 5 {
		s := open(t, dir)
		for range 3 {
			entries := g.entries(70)
			ref.put(entries)
			put(t, s, entries...)
		}
		check(t, s, ref, index.Request{}, 100)
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	s := open(t, dir)
	check(t, s, ref, index.Request{}, 33)
	n, _ := parse(t, "alpha")
	check(t, s, ref, index.Request{Query: n, Order: index.Oldest}, 33)
}

// seedsEnv says how many random tests are made of each store; unset means one.
const seedsEnv = "SPOOR_TEST_SEEDS"

// testRandom is the main test: whatever a store does to save work, it finds
// what evaluation of everything finds. Every store gets other entries and
// queries, and the same ones each time.
func testRandom(t *testing.T, open Open) {
	seeds, err := strconv.Atoi(os.Getenv(seedsEnv))
	if err != nil {
		seeds = 1
	}
	for seed := range uint64(seeds) {
		dir := t.TempDir()
		s := open(t, dir)
		g := nameGenerator(t, seed)
		ref := &reference{}
		for round := range 4 {
			entries := g.entries(250)
			ref.put(entries)
			put(t, s, entries[:100]...)
			put(t, s, entries[100:]...)
			if round == 2 {
				if err := s.Close(); err != nil {
					t.Fatalf("close: %v", err)
				}
				s = open(t, dir)
			}
			for range 15 {
				randomQuery(t, s, g, ref)
			}
		}
	}
}

// nameGenerator returns the generator of a test, another for every store.
func nameGenerator(t *testing.T, seed uint64) generator {
	name := fnv.New64()
	name.Write([]byte(t.Name()))
	return newGenerator(name.Sum64() + seed)
}

func randomQuery(t *testing.T, s index.Store, g generator, ref *reference) {
	t.Helper()
	n, ok := parse(t, g.query(g.IntN(4)))
	if !ok {
		return
	}
	r := index.Request{Query: n, Order: index.Order(g.IntN(2))}
	if g.IntN(3) == 0 {
		r.From = start.Add(time.Duration(g.IntN(10)) * time.Second)
	}
	if g.IntN(3) == 0 {
		r.To = start.Add(time.Duration(10+g.IntN(10)) * time.Second)
	}
	limit := []int{7, 50, 1000}[g.IntN(3)]
	if len(ref.search(t, r)) > 200 {
		limit = max(limit, 50) // many small pages only take long
	}
	check(t, s, ref, r, limit)
}
