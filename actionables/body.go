package actionables

import (
	"encoding/json"
	"strconv"
)

// bodyTemplate is a template of a request's body. A value stands in it as
// the body's type wants it.
type bodyTemplate struct {
	template
	kind BodyType
	// quoted says of each part whether it stands inside a string of JSON.
	quoted []bool
}

// parseBody parses a body. A brace is a brace unless a letter follows: JSON
// is full of them.
func parseBody(text string, kind BodyType) (bodyTemplate, *fault) {
	t, f := parseBraces(text, bracesPlain)
	b := bodyTemplate{template: t, kind: kind}
	if f != nil || len(t) == 0 || kind != BodyJSON {
		return b, f
	}
	inside, escaped := false, false
	for _, p := range t {
		b.quoted = append(b.quoted, inside)
		if p.source != sourceNone && escaped {
			return b, &fault{column(text, p.offset), `a placeholder can't stand behind a backslash`}
		}
		for i := range len(p.literal) {
			switch c := p.literal[i]; {
			case escaped:
				escaped = false
			case inside && c == '\\':
				escaped = true
			case c == '"':
				inside = !inside
			}
		}
	}
	return b, b.checkJSON(text)
}

// checkJSON sees whether the template is JSON once it is filled in. Which
// values fill it makes no difference: each is one string or one number.
func (b bodyTemplate) checkJSON(text string) *fault {
	var filled []byte
	starts := make([]int, len(b.template))
	for i, p := range b.template {
		starts[i] = len(filled)
		switch {
		case p.source == sourceNone:
			filled = append(filled, p.literal...)
		case b.quoted[i]:
			filled = append(filled, 'x')
		default:
			filled = append(filled, '0')
		}
	}
	var v any
	err := json.Unmarshal(filled, &v)
	if err == nil {
		return nil
	}
	at, isSyntax := err.(*json.SyntaxError)
	if !isSyntax {
		return &fault{0, "no JSON: " + err.Error()}
	}
	offset := max(0, int(at.Offset)-1)
	for i := len(starts) - 1; i >= 0; i-- {
		if starts[i] <= offset {
			return &fault{column(text, b.template[i].offset+offset-starts[i]), "no JSON: " + at.Error()}
		}
	}
	return &fault{0, "no JSON: " + at.Error()}
}

func (b bodyTemplate) mime() string {
	if len(b.template) == 0 {
		return ""
	}
	switch b.kind {
	case BodyForm:
		return "application/x-www-form-urlencoded"
	case BodyText:
		return "text/plain; charset=utf-8"
	}
	return "application/json"
}

func (b bodyTemplate) expand(f filler) (string, *ExpandError) {
	return b.fill(f, b.place)
}

// place writes a value as it stands in part i.
func (b bodyTemplate) place(i int, v string) (text, reason string) {
	p := b.template[i]
	switch {
	case b.kind == BodyText:
		shown, _ := Show([]byte(v))
		return shown, ""
	case b.kind == BodyForm && p.last() == encodeURL:
		return v, ""
	case b.kind == BodyForm:
		return escapeComponent(v), ""
	case b.quoted[i]:
		s := jsonString(v)
		return s[1 : len(s)-1], ""
	case p.last() == encodeJSON:
		return v, "" // it is a string of JSON already
	case p.last() == encodeUnix || p.last() == encodeMillis || p.source == sourceSource && len(p.encoders) == 0:
		if _, err := strconv.ParseInt(v, 10, 64); err == nil {
			return v, ""
		}
	}
	return jsonString(v), ""
}
