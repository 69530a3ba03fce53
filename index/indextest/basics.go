package indextest

import (
	"context"
	"errors"
	"testing"
	"time"

	"spoor/index"
)

func testEmpty(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	check(t, s, &reference{}, index.Request{}, 10)
	if all, err := s.Streams(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("streams of an empty store: got %v, %v, want none", all, err)
	}
	if _, err := s.Get(t.Context(), index.ID{}); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("get from an empty store: got %v, want ErrNotFound", err)
	}
	put(t, s)
}

func testEntry(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	packet := &index.Stream{Tag: "packet", Source: 100, Format: index.Format{Name: "packet", LinkType: 1},
		Origin: index.Origin{Host: "h\xff", File: "a/b.pcap", Sensor: "region-1", Job: 1 << 60}}
	entries := []index.Entry{
		{Stream: packet, Time: start.Add(1), Arrived: start.Add(time.Hour), Raw: []byte{0, 1, 2, 0xff}, OrigLen: 1500},
		{Stream: text("app"), Time: start, TimeGuessed: true, Arrived: start.Add(2 * time.Hour), Raw: []byte("")},
		{Stream: text("app"), Time: time.Date(1700, 1, 1, 0, 0, 0, 1, time.UTC), Arrived: start, Raw: []byte("long ago")},
		{Stream: text("app"), Time: time.Date(2261, 1, 1, 0, 0, 0, 1, time.UTC), Arrived: start, Raw: []byte("far ahead")},
	}
	ref := &reference{}
	ref.put(entries)
	put(t, s, entries...)
	check(t, s, ref, index.Request{}, 10)
	check(t, s, ref, index.Request{Order: index.Oldest}, 1)

	before := time.Now()
	put(t, s, index.Entry{Stream: text("app"), Time: start, Raw: []byte("arrives now")})
	got := search(t, s, index.Request{Limit: 10, From: start, To: start.Add(1)})
	for _, h := range got.Hits {
		if string(h.Raw) == "arrives now" && (h.Arrived.Before(before) || h.Arrived.After(time.Now())) {
			t.Errorf("an entry without a time of arrival: got %s, want now", h.Arrived)
		}
	}
}

func testCopies(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	raw := []byte("as it was")
	put(t, s, index.Entry{Stream: text("app"), Time: start, Arrived: start, Raw: raw})
	copy(raw, "overwrite")
	if got := search(t, s, index.Request{Limit: 1}); string(got.Hits[0].Raw) != "as it was" {
		t.Errorf("got %q, want what was put", got.Hits[0].Raw)
	}
}

func testBadEntry(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	for name, bad := range map[string]index.Entry{
		"no stream":         {Time: start, Raw: []byte("x")},
		"time too far away": {Stream: text("app"), Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
		"no time":           {Stream: text("app"), Raw: []byte("x")},
	} {
		if err := s.Put(t.Context(), []index.Entry{line(text("app"), 0, "good"), bad}); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	check(t, s, &reference{}, index.Request{}, 10)
}

func testRanges(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	for i := range 50 {
		e := line(text("app"), time.Duration(i/5)*time.Second, "tick")
		ref.put([]index.Entry{e})
		put(t, s, e)
	}
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	for _, r := range []index.Request{
		{From: at(3)}, {To: at(3)}, {From: at(3), To: at(4)}, {From: at(3), To: at(3)}, {From: at(4), To: at(3)},
		{From: at(3).Add(1)}, {To: at(3).Add(1)}, {From: at(-100), To: at(100)}, {From: at(9)}, {From: at(10)}, {To: at(0)},
		{From: time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), To: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		check(t, s, ref, r, 4)
	}
}

func testStreams(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	put(t, s, line(text("b"), 2*time.Second, "1"), line(text("a"), time.Second, "2"))
	put(t, s, line(text("a"), 5*time.Second, "3"))
	put(t, s, line(text("b"), time.Second, "4"), line(text("c"), 0, "5"), line(text("a"), 3*time.Second, "6"))
	want := []index.StreamInfo{
		{Stream: *text("b"), Entries: 2, First: start.Add(time.Second), Last: start.Add(2 * time.Second), LastSeq: 4},
		{Stream: *text("c"), Entries: 1, First: start, Last: start, LastSeq: 5},
		{Stream: *text("a"), Entries: 3, First: start.Add(time.Second), Last: start.Add(5 * time.Second), LastSeq: 6},
	}
	got, err := s.Streams(t.Context())
	if err != nil || len(got) != len(want) {
		t.Fatalf("streams: got %v, %v, want %v", got, err, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("stream %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func testOrigin(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	ref := &reference{}
	from := func(o index.Origin) *index.Stream {
		return &index.Stream{Tag: "app", Format: index.Format{Name: "text"}, Origin: o}
	}
	entries := []index.Entry{
		line(from(index.Origin{Host: "Web-1.example.com"}), 0, "nothing"),
		line(from(index.Origin{File: "/var/log/conn.log"}), 1, "nothing"),
		line(from(index.Origin{Sensor: "region-1", Job: 77}), 2, "nothing"),
		line(from(index.Origin{Host: "10.0.0.1"}), 3, "nothing"),
		line(text("app"), 4, "web-1 conn region-1 77 true"),
	}
	entries[3].TimeGuessed = true
	ref.put(entries)
	put(t, s, entries...)
	for _, q := range []string{"origin.host:web", "origin.host:example.com", "origin.file:conn", "sensor:region-1", `sensor:="region-1"`,
		"job:77", "origin.host:10.0.0.1", "time_guessed:true", "sensor:*", "NOT sensor:region", "web", "origin.host:exam*"} {
		n, ok := parse(t, q)
		if !ok {
			t.Fatalf("query %s does not parse", q)
		}
		check(t, s, ref, index.Request{Query: n}, 2)
	}
}

func testCancel(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	put(t, s, newGenerator(1).entries(500)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Search(ctx, index.Request{Limit: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("search: got %v, want context.Canceled", err)
	}
	if err := s.Put(ctx, []index.Entry{line(text("app"), 0, "never")}); !errors.Is(err, context.Canceled) {
		t.Errorf("put: got %v, want context.Canceled", err)
	}
}

func testClosed(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	_, search := s.Search(t.Context(), index.Request{Limit: 1})
	_, get := s.Get(t.Context(), index.ID{})
	_, streams := s.Streams(t.Context())
	_, histogram := s.Histogram(t.Context(), index.Request{}, 1)
	for what, err := range map[string]error{"search": search, "get": get, "streams": streams, "histogram": histogram,
		"put": s.Put(t.Context(), []index.Entry{line(text("app"), 0, "late")})} {
		if !errors.Is(err, index.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", what, err)
		}
	}
}
