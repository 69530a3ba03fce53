package indextest

import (
	"context"
	"errors"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// delete removes what is selected and returns how many entries that were.
func (r *reference) delete(s index.Selector) uint64 {
	before := r.hits
	r.hits = nil
	equals := map[index.ID]uint32{}
	for _, h := range before {
		if s.HasStream(h.Stream) && (s.From.IsZero() || !h.Time.Before(s.From)) && (s.To.IsZero() || h.Time.Before(s.To)) {
			continue
		}
		h.ID.Ordinal = 0
		id := h.ID
		h.ID.Ordinal = equals[id]
		equals[id]++
		r.hits = append(r.hits, h)
	}
	return uint64(len(before) - len(r.hits))
}

// deleter is the store as one that can delete, or skips the test.
func deleter(t *testing.T, s index.Store) index.Deleter {
	t.Helper()
	d, ok := s.(index.Deleter)
	if !ok {
		t.Skip("this store can't delete")
	}
	return d
}

func remove(t *testing.T, s index.Store, sel index.Selector, dry bool) uint64 {
	t.Helper()
	got, err := deleter(t, s).Delete(t.Context(), sel, dry)
	if err != nil || !got.Exact {
		t.Fatalf("delete %+v: got %+v, %v", sel, got, err)
	}
	return got.Entries
}

// testDelete deletes at random, puts more, reopens, and compares all answers.
func testDelete(t *testing.T, open Open) {
	g := newGenerator(11)
	dir := t.TempDir()
	s := open(t, dir)
	ref := &reference{}
	for round := range 8 {
		batch := g.entries(60)
		for len(batch) > 0 {
			n := min(1+g.IntN(20), len(batch))
			ref.put(batch[:n])
			put(t, s, batch[:n]...)
			batch = batch[n:]
		}
		var sel index.Selector
		for sel.IsZero() {
			sel = g.selector()
		}
		if round%4 == 3 { // the same again hides what came since
			sel = index.Selector{Source: 100}
		}
		dry := remove(t, s, sel, true)
		want := ref.delete(sel)
		if got := remove(t, s, sel, false); got != want || dry != want {
			t.Fatalf("delete %+v: got %d, dry %d, want %d", sel, got, dry, want)
		}
		if got := remove(t, s, sel, true); got != 0 {
			t.Fatalf("%d entries of %+v are left", got, sel)
		}
		check(t, s, ref, index.Request{}, 50)
		check(t, s, ref, index.Request{Order: index.Oldest, From: start.Add(5 * time.Second)}, 7)
		check(t, s, ref, index.Request{Query: query.NewTag("app")}, 20)
		check(t, s, ref, index.Request{Query: query.NewWord("alpha")}, 20)
		checkStreams(t, s, ref)
		if round%3 == 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
		}
	}
	for _, h := range ref.hits {
		if got, err := s.Get(t.Context(), h.ID); err != nil || !equal(t, got, h) {
			t.Fatalf("get %s: got %v, %v", show(h), got, err)
		}
	}
}

// selector selects by one condition or more.
func (g generator) selector() index.Selector {
	var s index.Selector
	if g.IntN(3) == 0 {
		s.Tag = pick(g, []string{"app", "json", "zeek.dns", "zeek.conn", "syslog", "nothing"})
	}
	if g.IntN(3) == 0 {
		s.Source = pick(g, []uint32{100, 101, 102})
	}
	if g.IntN(4) == 0 {
		s.Job = uint64(g.IntN(3))
	}
	if g.IntN(2) == 0 {
		s.From = start.Add(time.Duration(g.IntN(20)) * time.Second)
		s.To = s.From.Add(time.Duration(g.IntN(4000)) * time.Millisecond)
	}
	return s
}

func checkStreams(t *testing.T, s index.Store, ref *reference) {
	t.Helper()
	want := map[index.Stream]index.StreamInfo{}
	for _, h := range ref.hits {
		i, ok := want[*h.Stream]
		if !ok {
			i = index.StreamInfo{Stream: *h.Stream, First: h.Time, Last: h.Time}
		}
		i.Entries++
		i.LastSeq = max(i.LastSeq, h.Seq)
		if h.Time.Before(i.First) {
			i.First = h.Time
		}
		if h.Time.After(i.Last) {
			i.Last = h.Time
		}
		want[*h.Stream] = i
	}
	all, err := s.Streams(t.Context())
	if err != nil || len(all) != len(want) {
		t.Fatalf("got %d streams, %v, want %d", len(all), err, len(want))
	}
	for _, got := range all {
		if w := want[got.Stream]; got.Entries != w.Entries || got.LastSeq != w.LastSeq || !got.First.Equal(w.First) || !got.Last.Equal(w.Last) {
			t.Fatalf("stream: got %+v, want %+v", got, w)
		}
	}
}

// testDeleteDetails checks what a deletion leaves alone.
func testDeleteDetails(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	d := deleter(t, s)
	if _, err := d.Delete(t.Context(), index.Selector{}, false); !errors.Is(err, index.ErrNoSelector) {
		t.Errorf("no condition: got %v, want ErrNoSelector", err)
	}
	of := &index.Stream{Tag: "packet", Source: 100, Format: index.Format{Name: "text"}, Origin: index.Origin{Job: 7}}
	put(t, s, line(of, 0, "before"), line(text("app"), 0, "of another stream"))
	id := search(t, s, index.Request{Query: query.NewWord("before"), Limit: 1}).Hits[0].ID
	sel := index.Selector{Source: 100}
	if n := remove(t, s, sel, true); n != 1 {
		t.Errorf("dry: got %d, want 1", n)
	}
	if _, err := s.Get(t.Context(), id); err != nil {
		t.Errorf("dry has hidden an entry: %v", err)
	}
	remove(t, s, sel, false)
	if _, err := s.Get(t.Context(), id); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("get of a deleted entry: got %v, want ErrNotFound", err)
	}
	put(t, s, line(of, 0, "before"))
	if h, err := s.Get(t.Context(), id); err != nil || string(h.Raw) != "before" {
		t.Errorf("what came again later: got %q, %v", h.Raw, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Delete(gone, sel, true); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled count: got %v", err)
	}
}
