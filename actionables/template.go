package actionables

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// template is a text with placeholders, as parsed: {value}, {field:uid},
// {time-5m}, each with encoders or without ({value|url}).
type template []part

// part is a literal text, or a placeholder.
type part struct {
	literal  string
	source   source // sourceNone: a literal
	field    string // of sourceField
	shift    time.Duration
	lasted   int // how often the line's duration is added to the time
	encoders []encoder
	offset   int // of the part in the template, in bytes
	text     string
}

// source is where the value of a placeholder comes from.
type source string

const (
	sourceNone   source = ""
	sourceValue  source = "value"
	sourceField  source = "field"
	sourceTime   source = "time"
	sourceFrom   source = "from"
	sourceTo     source = "to"
	sourceTag    source = "tag"
	sourceSource source = "src"
	sourceEntry  source = "entry"
	sourceID     source = "id"
	sourceRaw    source = "raw"
)

const known = "{value}, {field:NAME}, {time}, {time-5m}, {time+duration}, {from}, {to}, {tag}, {src}, {entry}, {id} and {raw}"

// braces says how an author writes a brace that begins no placeholder.
type braces int

const (
	// bracesTwice: {{ is a brace, and so is }}.
	bracesTwice braces = iota
	// bracesPlain: a brace without a letter behind it is one, as in JSON.
	bracesPlain
	// bracesAny: what is no known placeholder is text. For texts that were
	// written without placeholders in mind.
	bracesAny
)

// parseTemplate parses what an author wrote. Nothing of it is looked at
// again as text after that, so no value can become a placeholder.
func parseTemplate(text string) (template, *fault) { return parseBraces(text, bracesTwice) }

func parseBraces(text string, how braces) (template, *fault) {
	if f := checkText(text, MaxText); f != nil {
		return nil, f
	}
	r := templateReader{text: text, how: how}
	for r.at < len(text) {
		if f := r.next(); f != nil {
			return nil, f
		}
	}
	r.flush()
	return r.parts, nil
}

// templateReader reads a template from left to right.
type templateReader struct {
	text  string
	how   braces
	at    int
	start int // of the literal
	lit   strings.Builder
	parts template
}

func (r *templateReader) next() *fault {
	rest := r.text[r.at:]
	doubled := r.how == bracesTwice && (strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}"))
	switch {
	case doubled:
		r.lit.WriteByte(rest[0])
		r.at += 2
	case rest[0] != '{' || r.how != bracesTwice && (len(rest) < 2 || rest[1] < 'a' || rest[1] > 'z'):
		r.lit.WriteByte(rest[0])
		r.at++
	default:
		return r.placeholder(rest)
	}
	return nil
}

func (r *templateReader) placeholder(rest string) *fault {
	end := strings.IndexByte(rest, '}')
	p, reason := part{}, "{ is never closed; write {{ for a brace"
	if end >= 0 {
		p, reason = parsePlaceholder(rest[1:end])
	}
	switch {
	case reason != "" && r.how == bracesAny:
		r.lit.WriteByte('{')
		r.at++
		return nil
	case reason != "":
		return &fault{column(r.text, r.at), reason}
	}
	r.flush()
	p.offset, p.text = r.at, rest[:end+1]
	r.parts = append(r.parts, p)
	r.at += end + 1
	r.start = r.at
	return nil
}

// flush ends the literal, if there is one.
func (r *templateReader) flush() {
	if r.lit.Len() > 0 {
		r.parts = append(r.parts, part{literal: r.lit.String(), offset: r.start, text: r.text[r.start:r.at]})
	}
	r.lit.Reset()
}

// parsePlaceholder parses what stands between braces, or says what is wrong.
func parsePlaceholder(body string) (p part, reason string) {
	// The name of a field may hold a |, its encoders never do.
	names := strings.Split(body, "|")
	for len(names) > 1 && isEncoder(names[len(names)-1]) {
		p.encoders = append(p.encoders, encoder(names[len(names)-1]))
		names = names[:len(names)-1]
	}
	slices.Reverse(p.encoders)
	name := strings.Join(names, "|")
	if field, found := strings.CutPrefix(name, "field:"); found {
		if strings.TrimSpace(field) != field || field == "" {
			return p, fmt.Sprintf("{%s}: missing name of the field", body)
		}
		p.source, p.field = sourceField, field
		return p, ""
	}
	if len(names) > 1 {
		return p, fmt.Sprintf("{%s}: unknown encoder %q: there are %s", body, names[len(names)-1], encoderNames())
	}
	switch src := source(name); src {
	case sourceValue, sourceTag, sourceSource, sourceEntry, sourceID, sourceRaw, sourceTime, sourceFrom, sourceTo:
		p.source = src
		return p, ""
	}
	for _, src := range []source{sourceTime, sourceFrom, sourceTo} {
		if shift, found := strings.CutPrefix(name, string(src)); found && (shift[0] == '+' || shift[0] == '-') {
			p.source = src
			return p, p.shiftBy(body, shift)
		}
	}
	return p, fmt.Sprintf("{%s}: unknown: there are %s", body, known)
}

// shiftBy reads how far a time is moved: -5m, +duration, +duration+5m.
func (p *part) shiftBy(body, shifts string) (reason string) {
	for rest := shifts; rest != ""; {
		end := len(rest)
		if i := strings.IndexAny(rest[1:], "+-"); i >= 0 {
			end = i + 1
		}
		shift := rest[:end]
		rest = rest[end:]
		if shift == "+duration" && p.source == sourceTime {
			p.lasted++
			continue
		}
		d, err := time.ParseDuration(shift)
		if err != nil {
			return fmt.Sprintf("{%s}: %q: want a duration like 90s, 5m or 1h30m", body, shift)
		}
		p.shift += d
	}
	return ""
}

// first is the first placeholder; the zero part when there is none.
func (t template) first() part {
	for _, p := range t {
		if p.source != sourceNone {
			return p
		}
	}
	return part{}
}

func (t template) hasPlaceholder() bool { return t.first().source != sourceNone }

// lone says whether the template is one placeholder and nothing else.
func (t template) lone() bool { return len(t) == 1 && t[0].source != sourceNone }
