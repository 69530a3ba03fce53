package actionables

import (
	"fmt"
	"strings"
	"time"
)

// template is a text with placeholders, as parsed: {value}, {field:uid},
// {time-5m}, each with an encoder or without ({value|url}). A brace that is
// no placeholder is written twice.
type template []part

// part is a literal text, or a placeholder.
type part struct {
	literal string
	source  source // sourceNone: a literal
	field   string // of sourceField
	shift   time.Duration
	encoder encoder
	offset  int // of the part in the template, in bytes
	text    string
}

// source is where the value of a placeholder comes from.
type source string

const (
	sourceNone   source = ""
	sourceValue  source = "value"
	sourceField  source = "field"
	sourceTime   source = "time"
	sourceTag    source = "tag"
	sourceSource source = "src"
	sourceEntry  source = "entry"
)

// encoder is what a placeholder asks to be done to its value. Without one
// the value is encoded for the place where it stands.
type encoder string

const (
	encodeFit encoder = ""
	encodeURL encoder = "url"
)

const known = "{value}, {field:NAME}, {time}, {time-5m}, {time+5m}, {tag}, {src} and {entry}"

// parseTemplate parses what an author wrote. Nothing of it is looked at
// again as text after that, so no value can become a placeholder.
func parseTemplate(text string) (template, *fault) {
	if f := checkText(text, MaxText); f != nil {
		return nil, f
	}
	var t template
	var lit strings.Builder
	start := 0
	flush := func(next int) {
		if lit.Len() > 0 {
			t = append(t, part{literal: lit.String(), offset: start, text: text[start:next]})
		}
		lit.Reset()
	}
	for i := 0; i < len(text); {
		two := text[i:min(i+2, len(text))]
		switch {
		case two == "{{" || two == "}}":
			lit.WriteByte(text[i])
			i += 2
		case text[i] == '{':
			n := strings.IndexByte(text[i:], '}')
			if n < 0 {
				return nil, &fault{column(text, i), "{ is never closed; write {{ for a brace"}
			}
			flush(i)
			p, reason := parsePlaceholder(text[i+1 : i+n])
			if reason != "" {
				return nil, &fault{column(text, i), reason}
			}
			p.offset, p.text = i, text[i:i+n+1]
			t = append(t, p)
			i += n + 1
			start = i
		default:
			lit.WriteByte(text[i])
			i++
		}
	}
	flush(len(text))
	return t, nil
}

// parsePlaceholder parses what stands between braces, or says what is wrong.
func parsePlaceholder(body string) (p part, reason string) {
	name, enc, found := strings.Cut(body, "|")
	if found && encoder(enc) != encodeURL {
		return p, fmt.Sprintf("{%s}: unknown encoder %q: there is url", body, enc)
	}
	p.encoder = encoder(enc)
	name, arg, colon := strings.Cut(name, ":")
	switch src := source(name); {
	case src == sourceField && colon:
		if strings.TrimSpace(arg) != arg || arg == "" {
			return p, fmt.Sprintf("{%s}: missing name of the field", body)
		}
		p.source, p.field = src, arg
	case colon:
		return p, fmt.Sprintf("{%s}: unknown: there are %s", body, known)
	case src == sourceValue || src == sourceTag || src == sourceSource || src == sourceEntry || src == sourceTime:
		p.source = src
	case strings.HasPrefix(name, "time-") || strings.HasPrefix(name, "time+"):
		d, err := time.ParseDuration(name[len("time"):])
		if err != nil {
			return p, fmt.Sprintf("{%s}: %q: want a duration like 90s, 5m or 1h30m", body, name[len("time"):])
		}
		p.source, p.shift = sourceTime, d
	default:
		return p, fmt.Sprintf("{%s}: unknown: there are %s", body, known)
	}
	return p, ""
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
