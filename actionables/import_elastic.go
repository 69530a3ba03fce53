package actionables

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Elastic's URL templates: of the fields of a data view (fieldFormatMap, as in
// an export of saved objects), or one a line.
// https://www.elastic.co/guide/en/kibana/7.4/field-formatters-string.html
// https://www.elastic.co/guide/en/kibana/8.0/url_templating-language.html
func (d *Drafts) readElastic(text []byte) error {
	if t := bytes.TrimSpace(text); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		return eachJSON(t, d.elasticObject)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			d.item(func() Draft { return elasticDraft("", line, "") })
		}
	}
	return nil
}

type elasticFormat struct {
	ID     string `json:"id"`
	Params struct {
		URLTemplate   string `json:"urlTemplate"`
		LabelTemplate string `json:"labelTemplate"`
	} `json:"params"`
}

func (d *Drafts) elasticObject(raw json.RawMessage) error {
	var o struct {
		URLTemplate    string          `json:"urlTemplate"`
		FieldFormatMap json.RawMessage `json:"fieldFormatMap"`
		Attributes     struct {
			FieldFormatMap json.RawMessage `json:"fieldFormatMap"`
		} `json:"attributes"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	if o.URLTemplate != "" {
		d.item(func() Draft { return elasticDraft("", o.URLTemplate, "") })
		return nil
	}
	formats := o.FieldFormatMap
	if formats == nil {
		formats = o.Attributes.FieldFormatMap
	}
	if formats == nil {
		formats = raw
	}
	var text string // Kibana keeps it as text
	if json.Unmarshal(formats, &text) == nil {
		formats = json.RawMessage(text)
	}
	var fields map[string]elasticFormat
	if err := json.Unmarshal(formats, &fields); err != nil {
		return fmt.Errorf("fieldFormatMap: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if f := fields[name]; f.Params.URLTemplate != "" {
			d.item(func() Draft { return elasticDraft(name, f.Params.URLTemplate, f.Params.LabelTemplate) })
		}
	}
	return nil
}

func elasticDraft(field, text, label string) Draft {
	d := Draft{Actions: 1, Triggers: 1}
	if raw, err := json.Marshal(map[string]string{"field": field, "urlTemplate": text, "labelTemplate": label}); err == nil {
		d.Actionable.Original = &Original{FormatElastic, raw}
	}
	name := text
	if u, err := url.Parse(elasticVariable.ReplaceAllString(text, "x")); err == nil && u.Host != "" {
		name = u.Host
	}
	if field != "" {
		name = field + " at " + name
		d.Actionable.When = &Condition{Fields: []string{socField(field)}}
	}
	d.Actionable.Name = orName(name, "Link")
	d.anyValue()
	out, reason := elasticTemplate(text, field)
	if reason != "" {
		d.keep(0, d.Actionable.Name, "", reason, "write the address with Spoor's placeholders")
		return d
	}
	d.add(0, Action{Name: d.Actionable.Name, Kind: KindURL, URL: out})
	return d
}

var elasticVariable = regexp.MustCompile(`\{\{\{?\s*(.*?)\s*\}?\}\}`)

func elasticTemplate(text, field string) (out, reason string) {
	var b strings.Builder
	at := 0
	for _, m := range elasticVariable.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(escapeBraces(text[at:m[0]]))
		p := elasticPlaceholder(text[m[2]:m[3]], field)
		if p == "" {
			return "", fmt.Sprintf("%s: no placeholder here is like it", text[m[0]:m[1]])
		}
		b.WriteString(p)
		at = m[1]
	}
	b.WriteString(escapeBraces(text[at:]))
	return b.String(), ""
}

// elasticPlaceholder is Spoor's word for an expression; empty if there is none.
func elasticPlaceholder(expression, field string) string {
	encoder := ""
	words := strings.Fields(expression)
	if len(words) == 2 {
		switch words[0] {
		case "encodeURIComponent", "encodeURIQuery":
		case "lowercase":
			encoder = "|lower"
		case "uppercase":
			encoder = "|upper"
		default:
			return ""
		}
		words = words[1:]
	}
	if len(words) != 1 {
		return ""
	}
	switch name := words[0]; name {
	case "value", "rawValue", "event.value":
		return "{value" + encoder + "}"
	case "event.key":
		return escapeBraces(field)
	case "event.from", "context.panel.timeRange.from":
		return "{from" + encoder + "}"
	case "event.to", "context.panel.timeRange.to":
		return "{to" + encoder + "}"
	}
	return ""
}
