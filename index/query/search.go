package query

import (
	"slices"
	"strings"
	"time"
)

// Search is a query as a user writes it: which entries are meant, of what
// time, and what is done with them. The zero value is every entry.
type Search struct {
	// Where says which entries match; nil means every entry.
	Where Node
	// From and To bound the time, from last:, from: and to: of the query:
	// From is in, To is out, zero means that the query does not say.
	From, To time.Time
	// Dedup is dedup:on, which folds packets that several sensors saw.
	Dedup bool
	// Stages are the pipes, in the order in which they are applied.
	Stages []Stage
}

// ParseOptions are what ParseSearch knows beyond the text. The zero value
// knows nothing: the time is that of the clock and sources have no names.
type ParseOptions struct {
	// Now is the time that last: counts back from; zero means the clock's.
	Now time.Time
	// Source returns the numbers of a source's name, none if there is no
	// source of that name; nil means that names are not known.
	Source func(name string) []uint32
}

// ParseSearch reads a query with all that it may have: pipes, times, names of
// sources. Blank text gives the zero Search. An error is always an *Error.
func ParseSearch(text string, o ParseOptions) (Search, error) {
	p := &parser{lexer: lexer{query: text}, search: &search{o: o}}
	n, err := p.query()
	if err != nil {
		return Search{}, err
	}
	s := &p.search.found
	if s.Where, err = p.without(n); err != nil {
		return Search{}, err
	}
	if s.Stages, err = p.stages(); err != nil {
		return Search{}, err
	}
	return *s, nil
}

// Equal says whether two searches are the same.
func (s Search) Equal(other Search) bool {
	same := func(a, b Stage) bool { return a.String() == b.String() }
	return Equal(s.Where, other.Where) && s.From.Equal(other.From) && s.To.Equal(other.To) && s.Dedup == other.Dedup &&
		slices.EqualFunc(s.Stages, other.Stages, same)
}

// String prints the search so that ParseSearch reads an equal one of it.
// Times are printed as points in time, sources as numbers.
func (s Search) String() string {
	var parts []string
	if !s.From.IsZero() {
		parts = append(parts, fromName+":"+s.From.UTC().Format(time.RFC3339Nano))
	}
	if !s.To.IsZero() {
		parts = append(parts, toName+":"+s.To.UTC().Format(time.RFC3339Nano))
	}
	if s.Dedup {
		parts = append(parts, dedupName+":on")
	}
	if e, ok := s.Where.(expr); ok {
		if len(parts) > 0 {
			parts = append(parts, parens(e, levelAnd))
		} else {
			parts = append(parts, e.String())
		}
	}
	for _, stage := range s.Stages {
		parts = append(parts, "| "+stage.String())
	}
	return strings.Join(parts, " ")
}

// Names that say something of the search as a whole.
const (
	lastName  = "last"
	fromName  = "from"
	toName    = "to"
	dedupName = "dedup"
)
