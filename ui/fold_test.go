package ui

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
	"spoor/internal/packet"
)

// foldTime is when the first of the packets was sent.
var foldTime = time.Date(2020, 5, 1, 7, 0, 0, 0, time.UTC)

// wired is the packet of that number as a recorder sees it.
func wired(n int, sensor string, job uint64, at time.Time, hops byte) index.Entry {
	b := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 40, 0, 0, 0x40, 0, hops, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	binary.BigEndian.PutUint16(b[18:], uint16(n))
	b = append(b, make([]byte, 20)...)
	binary.BigEndian.PutUint32(b[38:], uint32(n))
	return index.Entry{
		Stream: &index.Stream{
			Tag: "packet", Format: index.Format{Name: index.Packet, LinkType: packet.LinkEthernet},
			Origin: index.Origin{Sensor: sensor, Job: job},
		},
		Time: at, Raw: b,
	}
}

// folded is a store of what two sensors saw, b with a clock that is 90 ms
// ahead: 1,000 packets each, the last 600 of a's being the first of b's.
func folded(t *testing.T) dedupStore {
	t.Helper()
	store, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	var all []index.Entry
	for n := range 1000 {
		at := foldTime.Add(time.Duration(n) * 10 * time.Millisecond)
		all = append(all, wired(n, "a", 1, at, 64))
		all = append(all, wired(n+400, "b", 1, at.Add(4*time.Second+90*time.Millisecond), 63))
	}
	all = append(all, index.Entry{Stream: &index.Stream{Tag: "syslog", Format: index.Format{Name: "text"}}, Time: foldTime, Raw: []byte("a line")})
	if err := store.Put(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	return dedupStore{Store: store, folds: &folds{}, clock: func(_ uint64, sensor string) time.Duration {
		return map[string]time.Duration{"b": 90 * time.Millisecond}[sensor]
	}}
}

// Ensure dedup:on shows one of each packet, in whatever order and pages, and
// that all counts agree.
func TestDedupShowsOneOfEachPacket(t *testing.T) {
	store, ctx := folded(t), context.Background()
	const want = 1000 + 400 + 1
	for _, order := range []index.Order{index.Newest, index.Oldest} {
		for _, limit := range []int{7, 100, 5000} {
			var seen []uint64
			r := index.Request{Limit: limit, Order: order, Exact: true}
			for {
				page, err := store.Search(ctx, r)
				if err != nil {
					t.Fatal(err)
				}
				if page.Total != want || !page.Exact || len(page.Hits) > limit {
					t.Fatalf("limit %d: got %d hits of %d, exact %v, want a total of %d", limit, len(page.Hits), page.Total, page.Exact, want)
				}
				for _, h := range page.Hits {
					seen = append(seen, h.Seq)
				}
				if page.Next == nil {
					break
				}
				r.After = page.Next
			}
			if len(seen) != want || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != want {
				t.Errorf("order %v, limit %d: got %d entries, want %d different ones", order, limit, len(seen), want)
			}
		}
	}
	count, err := store.Search(ctx, index.Request{})
	if err != nil || count.Total != want || !count.Exact {
		t.Errorf("count: got %d, %v, %v, want %d", count.Total, count.Exact, err, want)
	}
	h, err := store.Histogram(ctx, index.Request{}, 10)
	sum := uint64(0)
	for _, n := range h.Counts {
		sum += n
	}
	if err != nil || h.Total != want || sum != want {
		t.Errorf("histogram: got %d of %d, %v, want %d", sum, h.Total, err, want)
	}
}

// counter counts what a scan shows.
type counter struct{ n *uint64 }

func (counter) NeedsText(*index.Stream) bool                      { return false }
func (counter) Whole(_, _ time.Time) bool                         { return true }
func (c counter) Count(_ *index.Stream, _, _ time.Time, n uint64) { *c.n += n }
func (c counter) Visit(*index.Entry) error                        { *c.n++; return nil }
func scanned(t *testing.T, s index.Store) (shown uint64, v index.Visited) {
	t.Helper()
	var counts []*uint64
	v, err := s.Scan(context.Background(), index.Visit{}, func(index.Extent) index.Visitor {
		counts = append(counts, new(uint64))
		return counter{counts[len(counts)-1]}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range counts {
		shown += *n
	}
	return shown, v
}

func TestDedupHoldsForWhatCountsToo(t *testing.T) {
	if shown, v := scanned(t, folded(t)); shown != 1401 || v.Total != 1401 {
		t.Errorf("got %d shown, total %d, want 1401", shown, v.Total)
	}
}

// Ensure packets of one origin are never taken for copies of each other, nor
// such as lie further apart than a second, and that each has one copy an
// origin at the most.
func TestDedupFoldsOnlyCopies(t *testing.T) {
	type rec struct {
		sensor string
		after  time.Duration
	}
	for _, tt := range []struct {
		name string
		recs []rec
		gone int
	}{
		{"twice by one", []rec{{"a", 0}, {"a", time.Millisecond}}, 0},
		{"by two", []rec{{"a", 0}, {"b", time.Millisecond}}, 1},
		{"by three", []rec{{"a", 0}, {"b", time.Millisecond}, {"c", 2 * time.Millisecond}}, 2},
		{"sent twice, seen by two", []rec{{"a", 0}, {"b", 1}, {"a", time.Millisecond}, {"b", time.Millisecond + 1}}, 2},
		{"a second apart", []rec{{"a", 0}, {"b", time.Second}}, 1},
		{"more than a second apart", []rec{{"a", 0}, {"b", time.Second + 1}}, 0},
	} {
		var all []wirePacket
		for i, r := range tt.recs {
			e := wired(1, r.sensor, 1, foldTime.Add(r.after), 64)
			all = append(all, wirePacket{1, e.Time.UnixNano(), uint64(i), e.Time, e.Stream})
		}
		rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		f, err := foldPackets(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.gone) != tt.gone {
			t.Errorf("%s: got %d copies, want %d", tt.name, len(f.gone), tt.gone)
		} else if _, first := f.gone[0]; first || tt.gone == 1 && fmt.Sprint(f.also[0]) != "[b (job 1)]" {
			t.Errorf("%s: got %v also by %v, want the first shown", tt.name, f.gone, f.also)
		}
	}
}

// Ensure that a flood of one packet, which costs a sender nothing, is folded in
// the time of as many different ones.
func TestDedupOfAFloodOfOnePacket(t *testing.T) {
	stream := func(sensor string) *index.Stream { return &index.Stream{Origin: index.Origin{Sensor: sensor}} }
	a, b := stream("a"), stream("b")
	var all []wirePacket
	const n = 300_000 // in half a second
	for i := range int64(n) {
		all = append(all, wirePacket{1, 1500 * i, uint64(2 * i), time.Unix(0, 1500*i), a}, wirePacket{1, 1500*i + 700, uint64(2*i + 1), time.Unix(0, 1500*i+700), b})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	began := time.Now()
	f, err := foldPackets(ctx, all)
	if err != nil || len(f.gone) != n {
		t.Fatalf("got %v, want every second of %d folded", err, 2*n)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
}

// Ensure that the folds of large searches, each of which takes a hundred bytes
// a copy, are not remembered side by side.
func TestRememberedFoldsAreBounded(t *testing.T) {
	large := &fold{gone: make(map[uint64]time.Time)}
	for i := range uint64(maxRemembered/2 + 1) {
		large.gone[i] = foldTime
	}
	l := &folds{}
	for i := range 5 {
		l.put(foldKey{query: fmt.Sprint(i)}, large)
	}
	if l.of(foldKey{query: "4"}, foldStale) == nil || l.of(foldKey{query: "3"}, foldStale) != nil || len(l.all) != 1 {
		t.Errorf("got %d remembered, want the newest alone", len(l.all))
	}
}

// Ensure dedup:on holds for what is exported, entries and tables.
func TestDedupHoldsForExports(t *testing.T) {
	var store index.Store
	s := newSite(t, func(c *Config) { store = c.Store })
	var all []index.Entry
	for n := range 100 {
		at := foldTime.Add(time.Duration(n) * 10 * time.Millisecond)
		all = append(all, wired(n, "a", 1, at, 64), wired(n, "b", 1, at.Add(time.Millisecond), 63))
	}
	must(t, store.Put(t.Context(), all))
	for q, want := range map[string]string{
		"tag:packet | stats count() as n":          `{"n":200}`,
		"tag:packet dedup:on | stats count() as n": `{"n":100}`,
	} {
		code, body := s.download("/api/v1/export?format=ndjson&q=" + url.QueryEscape(q))
		if got := strings.TrimSpace(string(body)); code != 200 || got != want {
			t.Errorf("%s: got %d %s, want %s", q, code, got, want)
		}
	}
	for q, want := range map[string]int{"tag:packet": 200, "tag:packet dedup:on": 100} {
		if code, body := s.download("/api/v1/export?format=ndjson&q=" + url.QueryEscape(q)); code != 200 || bytes.Count(body, []byte("\n")) != want {
			t.Errorf("%s: got %d, %d lines, want %d", q, code, bytes.Count(body, []byte("\n")), want)
		}
	}
}
