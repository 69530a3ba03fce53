package actionables

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"spoor/index/query"
)

// searchTemplate is a template of a query. A value stands in it as a literal
// of the query language, quoted as far as it needs, except after src:, which
// takes a number.
type searchTemplate struct {
	template
	stands []stand // of each part
}

// stand is where in a query a placeholder stands.
type stand int

const (
	asWord   stand = iota // by itself
	asValue               // behind the name of a field
	asNumber              // behind src:
)

// probes fill a template to see whether it keeps values in their place. All
// but the first hold what could end a phrase, a /pattern/ or a group, so a
// place that keeps each of them whole keeps any value whole: a query is read
// from left to right, and what comes before a value does not depend on it.
var probes = []string{"word", "a\"b\\\" 'c') OR (src:1 /d( *[{`|#é", "x/ OR (b", "x/i OR (b"}

const misplaced = "a placeholder stands for a whole word or value: it is quoted where it must be, and can't stand inside quotes, a /pattern/ or a word, nor for the name of a field"

func parseSearch(text string) (searchTemplate, *fault) {
	if strings.TrimSpace(text) == "" {
		return searchTemplate{}, &fault{0, "missing: {value} finds the value"}
	}
	return parseQuery(text, bracesTwice)
}

// parseQuery parses a template of a query. The query itself may be empty.
func parseQuery(text string, how braces) (searchTemplate, *fault) {
	t, f := parseBraces(text, how)
	if f != nil {
		return searchTemplate{}, f
	}
	s := searchTemplate{template: t, stands: make([]stand, len(t))}
	for i, p := range t {
		if p.source == sourceNone {
			continue
		}
		if i+1 < len(t) && strings.HasPrefix(t[i+1].literal, ":") {
			return s, &fault{column(text, p.offset), misplaced}
		}
		if i > 0 {
			s.stands[i] = standBehind(t[i-1].literal)
		}
	}
	for i, value := range probes {
		at, reason := s.try(value)
		switch {
		case reason == "":
		case i == 0:
			return s, &fault{column(text, at), reason}
		default:
			return s, &fault{column(text, t.first().offset), misplaced}
		}
	}
	return s, nil
}

// standBehind says where what follows a literal stands.
func standBehind(literal string) stand {
	if head, found := strings.CutSuffix(literal, "src:"); found && (head == "" || strings.ContainsAny(head[len(head)-1:], " (-")) {
		return asNumber
	}
	if strings.HasSuffix(literal, ":") || strings.HasSuffix(literal, ":=") {
		return asValue
	}
	return asWord
}

// probe is what fills every placeholder that takes any text with one value.
func probe(value string) filler {
	at := time.Unix(0, 0)
	return filler{value: value, line: Context{
		Field: func(string) []string { return []string{value} },
		Raw:   []byte(value),
		Time:  at, From: at, To: at,
		Tag:    "zeek.conn",
		Source: 1,
		Entry:  "entry", Link: "https://spoor.example/?entry=entry",
	}}
}

// try reads the query that a value makes. What can't be read has a reason, and
// its place in the template in bytes.
func (s searchTemplate) try(value string) (at int, reason string) {
	var starts []int // of each part in the query
	var b strings.Builder
	for i, p := range s.template {
		starts = append(starts, b.Len())
		switch {
		case p.source == sourceNone:
			b.WriteString(p.literal)
		case s.stands[i] == asNumber:
			b.WriteString("1")
		default:
			// What an encoder refuses of a probe is no fault of the template.
			stands := value
			if p.last() == encodeQuery {
				stands = query.Literal(value).String()
			}
			if values, err := probe(value).values(p); err == nil {
				stands = values[0]
			}
			text, _ := s.place(i, stands)
			b.WriteString(text)
		}
	}
	err := readQuery(b.String())
	var bad *query.Error
	switch {
	case err == nil:
		return 0, ""
	case !errors.As(err, &bad):
		return 0, err.Error()
	}
	for i := len(starts) - 1; i >= 0; i-- {
		if p := s.template[i]; starts[i] <= bad.Offset {
			if p.source == sourceNone {
				return p.offset + bad.Offset - starts[i], bad.Reason
			}
			return p.offset, bad.Reason
		}
	}
	return 0, bad.Reason
}

// readQuery reads a query as the search does, whatever names its sources have.
func readQuery(text string) error {
	_, err := query.ParseSearch(text, query.ParseOptions{Source: func(string) []uint32 { return []uint32{1} }})
	return err
}

// place writes a value as it stands in part i of the query.
func (s searchTemplate) place(i int, value string) (text, reason string) {
	if s.template[i].last() == encodeQuery && s.stands[i] == asWord {
		return value, "" // it is a literal of the query already
	}
	switch s.stands[i] {
	case asWord:
		return query.Literal(value).String(), ""
	case asValue:
		return fieldValue(value), ""
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return "", fmt.Sprintf("%s is no source number", quote(value))
	}
	return strconv.FormatUint(n, 10), ""
}

// fieldValue prints a value as it can stand behind the name of any field. There
// more has a meaning than in a word (f:<3, f:[a, f:10.0.0.0/8), so all but
// plain words stand in quotes.
func fieldValue(value string) string {
	other := func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' && c != '.' && c != '-'
	}
	if value[0] != '-' && value[0] != '.' && !strings.ContainsFunc(value, other) {
		return value
	}
	// A literal with a blank is always in quotes.
	return strings.TrimSuffix(query.Literal(value+" ").String(), ` "`) + `"`
}

// expand fills the query in and reads it once more, so that nothing is
// offered that the search refuses.
func (s searchTemplate) expand(f filler) (string, *ExpandError) {
	text, err := s.fill(f, s.place)
	if err != nil {
		return "", err
	}
	if bad := readQuery(text); bad != nil {
		return "", &ExpandError{Reason: bad.Error()}
	}
	return text, nil
}
