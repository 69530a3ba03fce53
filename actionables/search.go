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
	numbers []bool // which parts stand after src:
}

// hostile is a value that holds what could end a literal of the language, so
// a place that keeps it whole keeps any value whole.
const hostile = "a\"b\\\" 'c') OR (src:1 /d( *[{`|#é"

func parseSearch(text string) (searchTemplate, *fault) {
	if strings.TrimSpace(text) == "" {
		return searchTemplate{}, &fault{0, "missing: {value} finds the value"}
	}
	t, f := parseTemplate(text)
	if f != nil {
		return searchTemplate{}, f
	}
	s := searchTemplate{template: t, numbers: make([]bool, len(t))}
	for i := 1; i < len(t); i++ {
		s.numbers[i] = t[i].source != sourceNone && endsInSrc(t[i-1].literal)
	}
	if at, reason := s.try("word"); reason != "" {
		return s, &fault{column(text, at), reason}
	}
	if _, reason := s.try(hostile); reason != "" {
		return s, &fault{column(text, t.first().offset), "a placeholder stands for a whole word: it is quoted where it must be, and can't stand inside quotes, a /pattern/ or a word"}
	}
	return s, nil
}

func endsInSrc(text string) bool {
	head, found := strings.CutSuffix(text, "src:")
	return found && (head == "" || !query.IsWord(head[len(head)-1]) && !strings.HasSuffix(head, `"`))
}

// probe is what fills every placeholder that takes any text with one value.
func probe(value string) filler {
	return filler{value, Context{
		Field:  func(string) []string { return []string{value} },
		Time:   time.Unix(0, 0),
		Tag:    "tag",
		Source: 1,
		Entry:  "entry",
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
		case s.numbers[i]:
			b.WriteString("1")
		default:
			values, _ := probe(value).values(p)
			text, _ := s.place(i, values[0])
			b.WriteString(text)
		}
	}
	_, err := query.Parse(b.String())
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

// place writes a value as it stands in part i of the query.
func (s searchTemplate) place(i int, value string) (text, reason string) {
	if s.template[i].encoder == encodeURL {
		value = escapeComponent(value)
	}
	if !s.numbers[i] {
		return query.Literal(value).String(), ""
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return "", fmt.Sprintf("%s is no source number", quote(value))
	}
	return strconv.FormatUint(n, 10), ""
}

// expand fills the query in and reads it once more, so that nothing is
// offered that the search refuses.
func (s searchTemplate) expand(f filler) (string, *ExpandError) {
	text, err := s.fill(f, s.place)
	if err != nil {
		return "", err
	}
	if _, bad := query.Parse(text); bad != nil {
		return "", &ExpandError{Reason: bad.Error()}
	}
	return text, nil
}
