package ui

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/index/query"
	"spoor/internal/format"
)

// maxItems is how many completions are offered at a time.
const maxItems = 50

// offerJSON is something that could stand where the cursor is.
type offerJSON struct {
	Text  string `json:"text"`
	Kind  string `json:"kind"`
	Label string `json:"label"`
	Note  string `json:"note,omitempty"`
}

type completion struct {
	From  int         `json:"from"`
	To    int         `json:"to"`
	Kind  string      `json:"kind,omitempty"`
	Items []offerJSON `json:"items"`
	More  bool        `json:"more"`
}

// complete answers what could stand in a query at the cursor.
func (s *Server) complete(c echo.Context) error {
	p := readParams(c, "q", "at", "from", "to")
	q := p.text("q")
	if len(q) > 64<<10 {
		p.fail(bad("parameter q: %d bytes are no query", len(q)))
	}
	at := p.number("at", utf8.RuneCountInString(q), 0, utf8.RuneCountInString(q))
	from, to := p.between()
	if p.err != nil {
		return p.err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), completeTime)
	defer cancel()
	spot := spotAt(q, len(string([]rune(q)[:at])))
	items, kind, err := s.items(ctx, spot, from, to)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // nobody waits that long for a suggestion
	}
	if err != nil {
		return err
	}
	a := completion{
		From: utf8.RuneCountInString(q[:spot.from]), To: utf8.RuneCountInString(q[:spot.to]),
		Kind: kind, Items: append([]offerJSON{}, items[:min(len(items), maxItems)]...), More: len(items) > maxItems,
	}
	return c.JSON(http.StatusOK, a)
}

// completeTime is how long somebody who writes waits for a completion.
const completeTime = 2 * time.Second

// items lists what could stand at a spot, what fits best first.
func (s *Server) items(ctx context.Context, at spot, from, to time.Time) (items []offerJSON, kind string, err error) {
	switch at.kind {
	case spotTerm:
		kind = "field"
		items, err = s.terms(ctx, at)
	case spotValue:
		kind = "value"
		items, err = s.valueItems(ctx, at, from, to)
	case spotStage:
		items, kind = stageItems, "stage"
	case spotFunction:
		items, kind = functionItems, "function"
		if at.typed == "" {
			items = slices.Concat(items, byItem)
		}
	case spotField:
		kind = "field"
		items, err = s.columnItems(ctx, at)
	}
	if kind != "value" { // values were looked for by what is typed
		items = fitting(items, at.typed)
	}
	return items, kind, err
}

// fitting returns the items that begin with what is typed, then those that
// have it inside; upper and lower case aside. What is typed in full already is
// left out.
func fitting(items []offerJSON, typed string) []offerJSON {
	var begin, inside []offerJSON
	low := strings.ToLower(typed)
	for _, i := range items {
		label := strings.ToLower(i.Label)
		switch {
		case i.Text == typed:
		case strings.HasPrefix(label, low), strings.HasPrefix(strings.ToLower(i.Text), low):
			begin = append(begin, i)
		case len(low) > 1 && (strings.Contains(label, low) || strings.Contains(strings.ToLower(i.Note), low)):
			inside = append(inside, i)
		}
	}
	return append(begin, inside...)
}

// terms are what a query is built of: fields and tags that are there, and the
// language's own words.
func (s *Server) terms(ctx context.Context, at spot) ([]offerJSON, error) {
	if at.stage == "where" {
		return s.columnTerms(ctx, at)
	}
	known, err := s.lexicon.of(ctx, s.Store, s.readers)
	if err != nil {
		return nil, err
	}
	var items []offerJSON
	if at.typed == "" {
		items = slices.Concat(ownItems, fieldItems(known.fields, ":"))
	} else {
		items = slices.Concat(fieldItems(known.fields, ":"), ownItems)
	}
	for _, t := range known.tags {
		items = append(items, offerJSON{Text: query.NewTag(t).String(), Kind: "tag", Label: t, Note: "tag"})
	}
	return append(items, operatorItems...), nil
}

// columnTerms are the columns that the pipes before have made, as fields.
func (s *Server) columnTerms(ctx context.Context, at spot) ([]offerJSON, error) {
	items, err := s.columnItems(ctx, at)
	out := make([]offerJSON, len(items))
	for i, item := range items {
		item.Text += ":"
		out[i] = item
	}
	return append(out, operatorItems...), err
}

// columnItems are the names that a pipe can use.
func (s *Server) columnItems(ctx context.Context, at spot) ([]offerJSON, error) {
	if made := columnsOf(at.before); len(made) > 0 {
		var items []offerJSON
		for _, name := range made {
			items = append(items, offerJSON{Text: name, Kind: "field", Label: name, Note: "column"})
		}
		return items, nil
	}
	known, err := s.lexicon.of(ctx, s.Store, s.readers)
	if err != nil {
		return nil, err
	}
	return fieldItems(known.fields, ""), nil
}

// columnsOf are the columns of the last pipe that makes columns of its own, as
// far as a look at its text tells.
func columnsOf(pipes []string) []string {
	for _, pipe := range slices.Backward(pipes) {
		if found, err := query.ParseSearch("* | "+pipe, query.ParseOptions{}); err == nil && len(found.Stages) == 1 {
			switch stage := found.Stages[0].(type) {
			case *query.Stats:
				return append(slices.Clone(stage.By), aggNames(stage.Aggs)...)
			case *query.Timechart:
				return append([]string{"time"}, aggNames(stage.Aggs)...)
			case *query.Top:
				return []string{stage.Field, "count", "percent"}
			case *query.Fields:
				return stage.Names
			}
		}
	}
	return nil
}

func aggNames(aggs []query.Agg) (list []string) {
	for _, a := range aggs {
		list = append(list, a.Name())
	}
	return list
}

// fieldItems makes items of fields, with the other names of each.
func fieldItems(fields []string, end string) []offerJSON {
	items := make([]offerJSON, 0, len(fields))
	for _, f := range fields {
		note := ""
		if also := slices.DeleteFunc(slices.Clone(format.Canonical(f)), func(n string) bool { return n == f }); len(also) > 0 {
			note = "also " + strings.Join(also, ", ")
		}
		items = append(items, offerJSON{Text: bareField(f) + end, Kind: "field", Label: f, Note: note})
	}
	return items
}

// lexicon is what the completion of names stands on: it is read from the newest
// lines of every tag, and kept for a while.
type lexicon struct {
	mu sync.Mutex // guards by
	by map[index.Store]names
}

// names are those of the fields and tags in a store at a time.
type names struct {
	at     time.Time
	seq    uint64
	fields []string
	tags   []string
}

const (
	knownFor   = 30 * time.Second
	knownTags  = 64 // tags whose lines are looked at
	knownLines = 50 // of each
	// knownBytes is how much text of these is looked at, and knownNames how
	// many names of fields are kept: a line may have thousands.
	knownBytes = 1 << 20
	knownNames = 20_000
	maxKnown   = 16 // stores
)

// of returns the names in a store: of fields those that most tags have first.
func (k *lexicon) of(ctx context.Context, store index.Store, r *readers) (names, error) {
	streams, err := store.Streams(ctx)
	if err != nil {
		return names{}, err
	}
	var seq uint64
	for _, i := range streams {
		seq = max(seq, i.LastSeq)
	}
	k.mu.Lock()
	have, ok := k.by[store]
	k.mu.Unlock()
	if ok && (have.seq == seq || time.Since(have.at) < knownFor) {
		return have, nil
	}
	have = names{at: time.Now(), seq: seq}
	have.tags = tagsOf(streams)
	count := map[string]int{}
	for _, tag := range have.tags[:min(len(have.tags), knownTags)] {
		if err := fieldsOf(ctx, store, r, tag, count); err != nil {
			return names{}, err
		}
	}
	for name := range count {
		have.fields = append(have.fields, name)
	}
	slices.SortFunc(have.fields, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil || len(k.by) >= maxKnown {
		k.by = map[index.Store]names{}
	}
	k.by[store] = have
	return have, nil
}

// tagsOf lists the tags, the one with an entry last first.
func tagsOf(streams []index.StreamInfo) (tags []string) {
	for _, i := range slices.Backward(streams) {
		if !slices.Contains(tags, i.Stream.Tag) {
			tags = append(tags, i.Stream.Tag)
		}
	}
	return tags
}

// fieldsOf counts the fields of the newest lines of a tag.
func fieldsOf(ctx context.Context, store index.Store, r *readers, tag string, count map[string]int) error {
	found, err := store.Search(ctx, index.Request{Query: query.NewTag(tag), Limit: knownLines})
	if err != nil {
		return err
	}
	size := 0
	for _, h := range found.Hits {
		reader, err := r.of(h.Stream.Format)
		if err != nil {
			return err
		}
		for _, f := range reader.Fields(h.Raw, h.OrigLen) {
			if _, ok := count[f.Name]; ok || len(count) < knownNames {
				count[strings.Clone(f.Name)]++ // not the line with it
			}
		}
		if size += len(h.Raw); size > knownBytes {
			break
		}
	}
	return ctx.Err()
}

// bareField writes a field's name as a query has it.
func bareField(name string) string {
	return strings.TrimSuffix(query.NewField(name, query.NewPhrase("x")).String(), ":x")
}

// bareValue writes a value as a query has it behind a colon.
func bareValue(value string) string {
	return strings.TrimPrefix(query.NewField("x", query.NewPhrase(value)).String(), "x:")
}

// parseSearch reads a query with all that it may have.
func (s *Server) parseSearch(p *params, text string) query.Search {
	found, err := query.ParseSearch(text, query.ParseOptions{Now: time.Now(), Source: s.sourceNumbers})
	if err != nil {
		p.fail(err)
	}
	return found
}

// sourceNumbers are the numbers of a source by its name, which is that of its
// job.
func (s *Server) sourceNumbers(name string) (numbers []uint32) {
	for _, j := range s.Fleet.Jobs() {
		if strings.EqualFold(j.Name, name) && !slices.Contains(numbers, j.Source) {
			numbers = append(numbers, j.Source)
		}
	}
	return numbers
}

// explain answers how a query is understood.
func (s *Server) explain(c echo.Context) error {
	p := readParams(c, "q")
	found := s.parseSearch(p, p.text("q"))
	if p.err != nil {
		return p.err
	}
	a := struct {
		Read   string    `json:"read"`
		Fixed  string    `json:"fixed"`
		From   time.Time `json:"from,omitzero"`
		To     time.Time `json:"to,omitzero"`
		Stages []string  `json:"stages"`
		Dedup  bool      `json:"dedup"`
	}{Read: query.Explain(found), Fixed: found.String(), From: found.From, To: found.To, Dedup: found.Dedup, Stages: []string{}}
	for _, stage := range found.Stages {
		a.Stages = append(a.Stages, stage.String())
	}
	return c.JSON(http.StatusOK, a)
}
