package query

import "strings"

// Explain prints a search as it is understood: every AND is written, and
// parentheses stand around whatever holds together. ParseSearch reads an equal
// search of it.
func Explain(s Search) string {
	where := s.Where
	s.Where = nil
	rest := s.String()
	e, ok := where.(expr)
	switch {
	case !ok:
		return rest
	case rest == "":
		return explain(e)
	case strings.HasPrefix(rest, "|"):
		return explain(e) + " " + rest
	}
	options, pipes, found := strings.Cut(rest, " | ")
	if options += " " + explain(e); found {
		options += " | " + pipes
	}
	return options
}

func explain(e expr) string {
	switch n := e.(type) {
	case *and:
		return explainKids(n.kids, " AND ")
	case *or:
		return explainKids(n.kids, " OR ")
	case *not:
		return "(NOT " + explain(n.kid) + ")"
	}
	return e.String()
}

func explainKids(kids []expr, between string) string {
	texts := make([]string, len(kids))
	for i, k := range kids {
		texts[i] = explain(k)
	}
	return "(" + strings.Join(texts, between) + ")"
}
