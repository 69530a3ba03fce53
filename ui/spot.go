package ui

import (
	"slices"
	"strings"
)

// spot is a place in a query that is being written: what could stand there,
// and what of it is there already.
type spot struct {
	kind spotKind
	// from and to are the bytes of the query that a completion replaces.
	from, to int
	// typed is what stands between from and the cursor, without quotes.
	typed string
	// field is the field whose value is asked for.
	field string
	// stage is the name of the pipe; before are the names of the pipes
	// before it with their arguments.
	stage  string
	before []string
}

type spotKind int

const (
	spotNothing  spotKind = iota // inside a regular expression, or where anything may stand
	spotTerm                     // a word: a field, a keyword, a tag
	spotValue                    // behind field:
	spotStage                    // the name of a pipe
	spotFunction                 // in stats and timechart: what is worked out
	spotField                    // a field's name in a pipe
)

// spotAt reads a query up to the cursor. It is no parser: what is being
// written is seldom a query yet.
func spotAt(q string, at int) spot {
	s := spotReader{q: q, at: at}
	for s.i < at {
		s.step()
	}
	return s.spot()
}

// spotReader walks over a query, as far as what is written has a meaning.
type spotReader struct {
	q     string
	at, i int

	start  int      // where the word under way begins
	quote  int      // where the quotes under way begin; -1: none
	regex  bool     // inside a regular expression
	groups []string // fields before the parentheses that are open
	pipe   int      // where the pipe under way begins, behind its |; 0: none
	pipes  []string // those before
	begun  bool
}

func (s *spotReader) step() {
	if !s.begun {
		s.quote, s.begun = -1, true
	}
	b := s.q[s.i]
	s.i++
	switch {
	case s.quote >= 0:
		if b == '\\' && s.i < s.at {
			s.i++
		} else if b == '"' {
			s.quote = -1
		}
	case s.regex:
		if b == '\\' && s.i < s.at {
			s.i++
		} else if b == '/' {
			s.regex = false
		}
	case b == '"':
		s.quote = s.i - 1
	case b == '/' && s.opensRegex():
		s.regex = true
	case b == '|':
		s.endPipe()
	case b == '(':
		s.groups = append(s.groups, fieldOf(s.q[s.start:s.i-1]))
		s.start = s.i
	case b == ')':
		s.groups = s.groups[:max(0, len(s.groups)-1)]
		s.start = s.i
	case b <= ' ' || b == ',' && s.pipe > 0:
		s.start = s.i
	}
}

// opensRegex says whether the / that was just read begins a regular
// expression: at the beginning of a word or of a value, with an end in sight.
func (s *spotReader) opensRegex() bool {
	word := s.q[s.start : s.i-1]
	return (word == "" || strings.HasSuffix(word, ":") || word == "-") && strings.IndexByte(s.q[s.i:], '/') >= 0
}

func (s *spotReader) endPipe() {
	s.pipes = append(s.pipes, strings.TrimSpace(s.q[s.pipe:s.i-1]))
	s.pipe, s.start, s.groups = s.i, s.i, nil
}

// spot says what stands where the walk ended.
func (s *spotReader) spot() spot {
	if !s.begun {
		s.quote = -1
	}
	if s.regex {
		return spot{}
	}
	word := s.q[s.start:s.at]
	at := spot{kind: spotTerm, from: s.start, to: s.end(), typed: word}
	if s.pipe > 0 {
		at.before = s.pipes[1:]
		name, rest, whole := strings.Cut(strings.TrimLeft(s.q[s.pipe:s.at], " \t\n"), " ")
		if !whole {
			at.kind = spotStage
			return at
		}
		at.stage = name
		if name != "where" {
			return s.argument(at, rest)
		}
	}
	at.skip(len(word) - len(strings.TrimLeft(word, "-")))
	if field := fieldOf(at.typed); field != "" {
		value := strings.TrimPrefix(at.typed[len(cutValue(at.typed)):], "=")
		at.skip(len(at.typed) - len(value))
		at.kind, at.field = spotValue, field
	} else if n := len(s.groups); n > 0 && s.groups[n-1] != "" {
		at.kind, at.field = spotValue, s.groups[n-1]
	}
	// Ranges, and words with a colon that is no field's.
	if at.typed != "" && strings.ContainsRune("<>[", rune(at.typed[0])) || at.kind == spotTerm && strings.ContainsRune(at.typed, ':') && at.typed[0] != '"' {
		return spot{}
	}
	if strings.HasPrefix(at.typed, `"`) {
		at.typed = unquoted(at.typed)
	}
	return at
}

// argument is a place in a pipe behind its name.
func (s *spotReader) argument(at spot, rest string) spot {
	at.typed = strings.TrimPrefix(at.typed, "-") // sort -x
	at.from = s.at - len(at.typed)
	at.kind = spotField
	switch at.stage {
	case "stats", "timechart":
		if len(s.groups) == 0 && !slices.Contains(strings.Fields(strings.ToLower(rest[:len(rest)-len(at.typed)])), "by") {
			at.kind = spotFunction
		}
	case "top", "fields", "sort", "dedup":
	case "rex":
		if !slices.Contains(strings.Fields(rest), "from") {
			at.kind = spotNothing
		}
	default:
		at.kind = spotNothing
	}
	return at
}

// skip leaves the first bytes of what is typed as they are.
func (s *spot) skip(n int) {
	s.from += n
	s.typed = s.typed[n:]
}

// end is where the word under the cursor ends.
func (s *spotReader) end() int {
	if s.quote >= 0 {
		// An open quote ends at the next one, or else where the words do.
		if n := strings.IndexByte(s.q[s.at:], '"'); n >= 0 {
			return s.at + n + 1
		}
	}
	end := s.at
	for end < len(s.q) && s.q[end] > ' ' && !strings.ContainsRune("()|,", rune(s.q[end])) {
		end++
	}
	return end
}

// fieldOf is the field whose value a word asks for: what stands before its
// colon; empty when there is none.
func fieldOf(word string) string {
	name := cutValue(strings.TrimLeft(word, "-"))
	if name == "" {
		return ""
	}
	return unquoted(strings.TrimSuffix(name, ":"))
}

// cutValue is the part of a word up to its first colon outside of quotes;
// empty when there is none, or when the colon is a double one.
func cutValue(word string) string {
	quoted := false
	for i := 0; i < len(word); i++ {
		switch b := word[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case b == ':' && !quoted:
			if i == 0 || strings.HasPrefix(word[i:], "::") {
				return ""
			}
			return word[:i+1]
		}
	}
	return ""
}

// unquoted is a text without the quotes round it, as far as they are there.
func unquoted(text string) string {
	if !strings.HasPrefix(text, `"`) {
		return text
	}
	text = strings.TrimSuffix(text[1:], `"`)
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text)
}
