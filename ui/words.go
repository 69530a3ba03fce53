package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"spoor/index/query"
)

// The language's own words, as docs/query.md explains them.
var (
	ownItems = []offerJSON{
		{"tag:", "keyword", "tag:", "what kind of entry"},
		{"src:", "keyword", "src:", "source number or name"},
		{"last:", "keyword", "last:", "the time up to now: last:1h"},
		{"from:", "keyword", "from:", "from this time on"},
		{"to:", "keyword", "to:", "before this time"},
		{"ip:", "keyword", "ip:", "address of either side"},
		{"port:", "keyword", "port:", "port of either side"},
		{"mac:", "keyword", "mac:", "hardware address of either side"},
		{"sensor:", "keyword", "sensor:", "recorder of a packet"},
		{"job:", "keyword", "job:", "fleet job of a packet"},
		{"id:", "keyword", "id:", "one entry"},
	}
	operatorItems = []offerJSON{
		{"AND ", "keyword", "AND", "both; side by side means the same"},
		{"OR ", "keyword", "OR", "one at least"},
		{"NOT ", "keyword", "NOT", "not what follows"},
	}
	stageItems = []offerJSON{
		{"stats ", "stage", "stats", "stats count(), sum(x) by a"},
		{"top 10 ", "stage", "top", "the values of a field that most have"},
		{"timechart ", "stage", "timechart", "timechart 5m count() by a"},
		{"fields ", "stage", "fields", "choose columns"},
		{"sort -", "stage", "sort", "sort -x: the largest first"},
		{"head ", "stage", "head", "the first rows"},
		{"dedup ", "stage", "dedup", "one row for each value"},
		{"rex /", "stage", "rex", "fields out of text: rex /user (?<user>\\w+)/"},
		{"where ", "stage", "where", "rows that match: where count:>10"},
	}
	functionItems = []offerJSON{
		{"count()", "function", "count()", "how many"},
		{"dc(", "function", "dc(x)", "how many different values"},
		{"sum(", "function", "sum(x)", ""},
		{"avg(", "function", "avg(x)", ""},
		{"min(", "function", "min(x)", ""},
		{"max(", "function", "max(x)", ""},
		{"p50(", "function", "p50(x)", "the median"},
		{"p95(", "function", "p95(x)", "95 % are below it"},
		{"p99(", "function", "p99(x)", ""},
	}
	byItem   = []offerJSON{{"by ", "keyword", "by", "a row for each value"}}
	timeHint = []string{"15m", "1h", "4h", "1d", "7d", "30d"}
)

// valueItems are values that a field has.
func (s *Server) valueItems(ctx context.Context, at spot, from, to time.Time) ([]offerJSON, error) {
	switch at.field {
	case "tag":
		known, err := s.lexicon.of(ctx, s.Store, s.readers)
		if err != nil {
			return nil, err
		}
		var items []offerJSON
		for _, t := range known.tags {
			items = append(items, offerJSON{Text: strings.TrimPrefix(query.NewTag(t).String(), "tag:"), Kind: "tag", Label: t})
		}
		return fitting(items, at.typed), nil
	case "src":
		return s.sourceItems(ctx, at.typed)
	case "last":
		var items []offerJSON
		for _, t := range timeHint {
			items = append(items, offerJSON{Text: t, Kind: "value", Label: t})
		}
		return fitting(items, at.typed), nil
	case "from", "to", "id", "dedup":
		return nil, nil
	}
	return s.seenItems(ctx, at, from, to)
}

// sourceItems are the sources in use, by number and name.
func (s *Server) sourceItems(ctx context.Context, typed string) ([]offerJSON, error) {
	streams, err := s.Store.Streams(ctx)
	if err != nil {
		return nil, err
	}
	entries := map[uint32]uint64{}
	for _, i := range streams {
		if i.Stream.Source != 0 {
			entries[i.Stream.Source] += i.Entries
		}
	}
	named := map[uint32]string{}
	for _, j := range s.Fleet.Jobs() {
		if named[j.Source] == "" {
			named[j.Source] = j.Name
		}
	}
	numbers := make([]uint32, 0, len(entries))
	for n := range entries {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, func(a, b uint32) int { return int(int64(b) - int64(a)) })
	var items []offerJSON
	for _, n := range numbers {
		note := fmt.Sprintf("%d entries", entries[n])
		if named[n] != "" {
			note = named[n] + ", " + note
		}
		items = append(items, offerJSON{Text: fmt.Sprint(n), Kind: "source", Label: fmt.Sprint(n), Note: note})
	}
	return fitting(items, typed), nil
}

// seenLines is how many of the newest entries with a field are looked at for
// values to offer.
const seenLines = 1000

// seenItems are values that the newest entries with the field have, and with
// what is typed in it, those that come most often first.
func (s *Server) seenItems(ctx context.Context, at spot, from, to time.Time) ([]offerJSON, error) {
	like := query.Any()
	if at.typed != "" && !strings.Contains(at.typed, "*") {
		like = query.NewWord(at.typed + "*")
	}
	q := question{Search: query.Search{Where: query.NewField(at.field, like), From: from, To: to}, store: s.Store}
	count := map[string]int{}
	sample, err := s.countValues(ctx, q, seenLines, at.field, func(v string) {
		if len(v) <= 200 {
			count[v]++
		}
	})
	if err != nil {
		return nil, err
	}
	items := make([]offerJSON, 0, len(count))
	for v, n := range count {
		items = append(items, offerJSON{Text: bareValue(v), Kind: "value", Label: v, Note: fmt.Sprintf("%d of the newest %d", n, sample.Entries)})
	}
	slices.SortFunc(items, func(a, b offerJSON) int {
		if count[a.Label] != count[b.Label] {
			return count[b.Label] - count[a.Label]
		}
		return strings.Compare(a.Label, b.Label)
	})
	return fitting(items, at.typed), nil
}
