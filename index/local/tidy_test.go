package local

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/query"
)

// openTidy opens a store that is tidied by hand.
func openTidy(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// tidyUp does what Run would have done by now.
func tidyUp(t testing.TB, s *Store) {
	t.Helper()
	for {
		did, err := s.tidy(t.Context(), false)
		s.dropHidden()
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

// putSealed puts entries into a segment of their own.
func putSealed(t testing.TB, s *Store, entries ...index.Entry) {
	t.Helper()
	if err := s.Put(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	if err := s.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func entryAt(at time.Time, raw string) index.Entry {
	return index.Entry{Stream: &index.Stream{Tag: "app", Format: index.Format{Name: "text"}}, Time: at, Arrived: at, Raw: []byte(raw)}
}

// segments counts the segments of the store, which must be all folders that
// there are.
func segments(t testing.TB, s *Store) int {
	t.Helper()
	folders, err := os.ReadDir(filepath.Join(s.dir, segmentsDir))
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) != len(s.segments) {
		t.Errorf("%d folders of %d segments", len(folders), len(s.segments))
	}
	return len(s.segments)
}

// Ensure that the number of segments does not grow with the number of seals,
// whatever the times of the entries are.
func TestTricklesStayFewSegments(t *testing.T) {
	for name, at := range map[string]func(n int) time.Time{
		"one day":    func(n int) time.Time { return someTime.Add(time.Duration(n) * time.Second) },
		"many days":  func(n int) time.Time { return someTime.Add(time.Duration(n) * 5 * time.Hour) },
		"wild times": func(int) time.Time { return time.Unix(0, rand.Int64()-rand.Int64()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openTidy(t, t.TempDir(), Options{})
			most := 0
			const seals = 200
			for n := range seals {
				putSealed(t, s, entryAt(at(n), fmt.Sprintf("line n%d", n)))
				tidyUp(t, s)
				most = max(most, segments(t, s))
			}
			if most > 2*mergeWidth {
				t.Errorf("%d seals of a line: up to %d segments, want at most %d", seals, most, 2*mergeWidth)
			}
			if got := count(t, s); got != seals {
				t.Errorf("got %d lines, want %d", got, seals)
			}
		})
	}
}

// Ensure that needles are found where the index of a merged segment is made of
// several parts.
func TestMergedIndexOfManyBlocks(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{BlockBytes: 60})
	for seal := range 3 {
		var all []index.Entry
		for n := range 300 {
			all = append(all, entryAt(someTime.Add(time.Duration(n)), fmt.Sprintf("the needle Cx%04xyz of seal %d", n, seal)))
		}
		putSealed(t, s, all...)
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if blocks := len(s.segments[0].blocks); segments(t, s) != 1 || blocks < 64 {
		t.Fatalf("one segment of %d blocks, want more than two batches", blocks)
	}
	for n := range 300 {
		q, err := query.Parse(fmt.Sprintf("Cx%04xyz", n))
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Search(t.Context(), index.Request{Query: q})
		if err != nil || res.Total != 3 || res.Scanned.Blocks > 30 {
			t.Fatalf("needle %d: got %d lines from %d blocks, %v, want 3 from few", n, res.Total, res.Scanned.Blocks, err)
		}
	}
}

func TestLargeDaysGetSegmentsOfTheirOwn(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{BlockBytes: 2000, MergeBytes: 160_000})
	for seal := range 8 {
		var all []index.Entry
		for n := range 300 {
			day := n % 3 // two days with much, and others with little
			if day == 2 {
				day += rand.IntN(500)
			}
			all = append(all, entryAt(someTime.AddDate(0, 0, day).Add(time.Duration(rand.IntN(1000))), fmt.Sprintf("line n%d of seal %d", n, seal)))
		}
		putSealed(t, s, all...)
	}
	before := len(s.segments)
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	pure := map[int64]int{}
	for _, seg := range s.segments {
		if floorDay(seg.minTime) == floorDay(seg.maxTime) {
			pure[floorDay(seg.minTime)]++
		}
	}
	first := floorDay(someTime.UnixNano())
	if segments(t, s) != 3 || pure[first] != 1 || pure[first+1] != 1 {
		t.Errorf("%d segments became %d, of one day %v: want two days and a rest", before, len(s.segments), pure)
	}
	if res, err := s.Search(t.Context(), index.Request{}); err != nil || res.Total != 2400 || !res.Exact {
		t.Errorf("got %d lines, %v, want 2400", res.Total, err)
	}
}

func TestRetentionByAge(t *testing.T) {
	o := Options{RetainAge: 24 * time.Hour}
	dir := t.TempDir()
	s := openTidy(t, dir, o)
	now := time.Now()
	old := now.Add(-25 * time.Hour)
	imported := entryAt(old, "happened long ago, arrives now")
	imported.Arrived = now
	putSealed(t, s, entryAt(old, "old"), entryAt(old.Add(-time.Hour), "older"))
	putSealed(t, s, imported)
	putSealed(t, s, entryAt(old, "old with a wild one"), entryAt(old, "old with another"), entryAt(old, "and another"),
		entryAt(now.AddDate(80, 0, 0), "wild"))
	putSealed(t, s, entryAt(now, "young"))
	if got := count(t, s); got != 8 {
		t.Fatalf("before: got %d lines", got)
	}
	tidyUp(t, s)
	if got := segments(t, s); got != 3 {
		t.Errorf("got %d segments, want 3", got)
	}
	res, err := s.Search(t.Context(), index.Request{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, h := range res.Hits {
		left = append(left, string(h.Raw))
	}
	if got, want := fmt.Sprint(left), "[wild young happened long ago, arrives now]"; got != want {
		t.Errorf("left: got %s, want %s", got, want)
	}
}

func TestRetentionBySize(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{})
	for n := range 10 {
		putSealed(t, s, entryAt(someTime.Add(time.Duration(n)*time.Hour), fmt.Sprintf("line n%d", n)))
	}
	disk := int64(0)
	for _, seg := range s.segments[6:] {
		disk += seg.disk
	}
	s.o.RetainBytes = disk
	tidyUp(t, s)
	res, err := s.Search(t.Context(), index.Request{Limit: 10, Order: index.Oldest})
	if err != nil || len(res.Hits) != 4 || string(res.Hits[0].Raw) != "line n6" {
		t.Errorf("got %d lines, %v, want the newest 4", len(res.Hits), err)
	}
}

// Ensure that a search reads to its end what is removed meanwhile, and that
// the files go afterwards.
func TestDeletedEntriesAreFreed(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{})
	putSealed(t, s, append(lines(0, 100), entryAt(someTime, "in the same stream"))...)
	other := lines(0, 30)
	for i := range other {
		other[i].Stream = &index.Stream{Tag: "other", Format: index.Format{Name: "text"}}
	}
	putSealed(t, s, append(other, lines(200, 300)...)...)
	if _, err := s.Delete(t.Context(), index.Selector{Tag: "other"}, false); err != nil {
		t.Fatal(err)
	}
	tidyUp(t, s)
	if len(s.tombs.all) != 1 {
		t.Errorf("a fresh deletion of few entries was worth rewriting")
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.segments[0].rows; segments(t, s) != 1 || got != 201 || len(s.tombs.all) != 0 {
		t.Errorf("got %d entries and %d deletions, want 201 and none", got, len(s.tombs.all))
	}
}

func TestSearchesOutliveWhatTheyRead(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{})
	putSealed(t, s, lines(0, 50)...)
	putSealed(t, s, lines(50, 100)...)
	view := s.snapshot()
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.o.RetainBytes = 1
	tidyUp(t, s)
	if got := count(t, s); got != 0 {
		t.Errorf("got %d lines after all were removed", got)
	}
	q, _ := s.newScan(view, nil, time.Time{}, time.Time{})
	p := &page{}
	q.sink, q.exact = p, true
	if err := q.run(t.Context()); err != nil || p.total.Load() != 100 || q.damaged.Load() {
		t.Errorf("the search that began before: got %d lines, %v", p.total.Load(), err)
	}
	view.release()
	if got := segments(t, s); got != 0 {
		t.Errorf("%d segments are left", got)
	}
}

func TestDamagedIndexIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	s := openTidy(t, dir, Options{BlockBytes: 500})
	putSealed(t, s, append(lines(0, 300), entryAt(someTime, "needle"))...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, segmentsDir, "*", indexName, "*.zap"))
	if err != nil || len(found) != 1 {
		t.Fatalf("index files: %v, %v", found, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(found[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openTidy(t, dir, Options{BlockBytes: 500})
	if s.segments[0].index != nil || len(s.Damage()) != 1 {
		t.Fatalf("the damage was not found: %v", s.Damage())
	}
	tidyUp(t, s)
	n, err := query.Parse("needle")
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Search(t.Context(), index.Request{Query: n})
	if err != nil || res.Total != 1 || res.Scanned.Blocks > 3 || segments(t, s) != 1 {
		t.Errorf("got %d lines from %d blocks, %v, want 1 from few", res.Total, res.Scanned.Blocks, err)
	}
}

// Ensure that a segment whose blocks are damaged is left as it is.
func TestDamagedBlocksAreNotCompacted(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{BlockBytes: 500})
	putSealed(t, s, lines(0, 100)...)
	putSealed(t, s, lines(100, 200)...)
	putSealed(t, s, lines(200, 300)...)
	path := filepath.Join(s.segments[1].dir, blocksName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-3] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := segments(t, s); got != 2 || len(s.Damage()) != 1 {
		t.Errorf("got %d segments, damage %v, want the damaged one and the merged others", got, s.Damage())
	}
	if got := count(t, s); got >= 300 || got < 250 {
		t.Errorf("got %d lines, want all but those of a block", got)
	}
}

func TestCloseEndsACompaction(t *testing.T) {
	s := openTidy(t, t.TempDir(), Options{BlockBytes: 500, MergeRate: 1})
	putSealed(t, s, lines(0, 100)...)
	putSealed(t, s, lines(100, 200)...)
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		leave, err := s.enter()
		if err != nil {
			ended <- err
			return
		}
		defer leave()
		close(begun)
		err = s.rewrite(context.Background(), s.pickAll(), s.pace)
		ended <- err
	}()
	<-begun
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the compaction ended without an error")
	}
	s = openTidy(t, s.dir, Options{})
	if got := segments(t, s); got != 2 {
		t.Errorf("got %d segments, want 2", got)
	}
}

// BenchmarkTrickle puts 2,000 lines into a segment each, as a sender of a line
// every half minute does in 17 hours, with and without compaction.
func BenchmarkTrickle(b *testing.B) {
	const seals, searches = 2000, 200
	for _, compact := range []bool{false, true} {
		b.Run(fmt.Sprintf("compact=%v", compact), func(b *testing.B) {
			for b.Loop() {
				s := openTidy(b, b.TempDir(), Options{})
				before := openFiles(b)
				for n := range seals {
					putSealed(b, s, entryAt(someTime.Add(time.Duration(n)*30*time.Second), fmt.Sprintf("line n%d of a host with the needle Cx%08x", n, n)))
					if compact {
						tidyUp(b, s)
					}
				}
				b.ReportMetric(float64(len(s.segments)), "segments")
				b.ReportMetric(float64(openFiles(b)-before), "files")
				begin := time.Now()
				for n := range searches {
					q, err := query.Parse(fmt.Sprintf("Cx%08x", n*7))
					if err != nil {
						b.Fatal(err)
					}
					res, err := s.Search(b.Context(), index.Request{Query: q, Limit: 10, Exact: true})
					if err != nil || res.Total != 1 {
						b.Fatalf("needle %d: %d, %v", n*7, res.Total, err)
					}
				}
				b.ReportMetric(float64(time.Since(begin).Microseconds())/searches/1000, "ms/needle")
			}
		})
	}
}

func openFiles(t testing.TB) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("open files can't be counted: %v", err)
		}
		t.Skipf("open files can't be counted: %v", err)
	}
	return len(all)
}
