package ui

import (
	"context"
	"slices"

	"spoor/index/query"
	"spoor/internal/format"
)

// unknownField is a field that a query names and no line seems to have.
type unknownField struct {
	Name    string   `json:"name"`
	Suggest []string `json:"suggest"`
}

const (
	// maxSuggested is how many names are suggested for one.
	maxSuggested = 3
	// maxUnknown is how many names something is said of: each is compared
	// with all that there are.
	maxUnknown = 10
)

// entryFields are names that are asked of what is known of an entry besides
// its line.
var entryFields = []string{"tag", "src", "sensor", "job", "origin.host", "origin.file", "time_guessed", "ip", "port", "mac", "id"}

// asked are the fields that a search asks of entries: in its query, and in its
// pipes up to the first that makes rows of its own.
func asked(s query.Search) []string {
	names := query.FieldNames(s.Where)
	made := []string{"time", "raw"} // what is no field of a line
	for _, stage := range s.Stages {
		more, last := askedBy(stage)
		for _, name := range more {
			if name != "" && !slices.Contains(made, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if last {
			break
		}
		if r, ok := stage.(*query.Rex); ok {
			made = append(made, r.Pattern.SubexpNames()...)
		}
	}
	return names
}

// askedBy are the fields that a pipe names; last says that what it hands on
// has other ones.
func askedBy(stage query.Stage) (names []string, last bool) {
	switch s := stage.(type) {
	case *query.Stats:
		for _, a := range s.Aggs {
			names = append(names, a.Field)
		}
		return append(names, s.By...), true
	case *query.Timechart:
		for _, a := range s.Aggs {
			names = append(names, a.Field)
		}
		return append(names, s.By), true
	case *query.Top:
		return []string{s.Field}, true
	case *query.Fields:
		return s.Names, false
	case *query.Dedup:
		return s.Fields, false
	case *query.Rex:
		return []string{s.Field}, false
	case *query.Where:
		return query.FieldNames(s.Query), false
	case *query.Sort:
		for _, k := range s.Keys {
			names = append(names, k.Field)
		}
	}
	return names, false
}

// unknownFields returns the fields of a search that finds nothing, or of which
// no row comes, which the newest lines of no tag have, with the names that may
// have been meant.
func (s *Server) unknownFields(ctx context.Context, search query.Search) []unknownField {
	asked := asked(search)
	if len(asked) == 0 {
		return nil
	}
	known, err := s.lexicon.of(ctx, s.Store, s.readers)
	if err != nil || len(known.fields) == 0 {
		return nil // nothing can be said; the answer stands without it
	}
	names := slices.Concat(known.fields, entryFields)
	var list []unknownField
	for _, name := range asked {
		if slices.Contains(entryFields, name) || isKnown(name, known.fields) {
			continue
		}
		if len(list) == maxUnknown || ctx.Err() != nil {
			break
		}
		u := unknownField{Name: name, Suggest: []string{}}
		left := slices.Clone(names)
		for len(u.Suggest) < maxSuggested {
			near := query.Suggest(name, left)
			if near == "" {
				break
			}
			u.Suggest = append(u.Suggest, near)
			left = slices.DeleteFunc(left, func(n string) bool { return n == near })
		}
		list = append(list, u)
	}
	return list
}

// isKnown says whether lines have a name, or another one of the same field.
func isKnown(name string, names []string) bool {
	if slices.Contains(names, name) {
		return true
	}
	for _, other := range format.Canonical(name) {
		if slices.Contains(names, other) {
			return true
		}
	}
	for _, g := range format.Groups() {
		if slices.Contains(g.Names, name) {
			return slices.ContainsFunc(slices.Concat(g.Also, g.Packet), func(n string) bool { return slices.Contains(names, n) })
		}
	}
	return false
}
