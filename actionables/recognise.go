package actionables

import (
	"bytes"
	"encoding/json"
	"regexp"
)

var arkimeFile = regexp.MustCompile(`(?m)^\s*\[(?:value-actions|right-click)|^\s*[A-Za-z0-9_.-]+\s*=\s*.*\burl:https?://`)

// recognise says what a file looks like; empty if it is like none.
func recognise(text []byte) Format {
	t := bytes.TrimSpace(text)
	if len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		format := Format("")
		err := eachJSON(t, func(raw json.RawMessage) error {
			if format == "" {
				format = recogniseJSON(raw)
			}
			return nil
		})
		if format != "" || err == nil {
			return format
		}
	}
	if arkimeFile.Match(t) {
		return FormatArkime
	}
	if root, err := readYAML(t); err == nil && len(socLists(root, socDepth, nil)) > 0 {
		return FormatSecurityOnion
	}
	if bytes.HasPrefix(t, []byte("http")) && elasticVariable.Match(t) {
		return FormatElastic
	}
	return ""
}

func recogniseJSON(raw json.RawMessage) Format {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if m[n] == nil {
				return false
			}
		}
		return true
	}
	switch {
	case has("spoor"), has("actionables"), has("name", "actions") && !has("links"):
		return FormatSpoor
	case has("Contents"), has("Data"):
		return FormatGravwell
	case has("urlTemplate"), has("fieldFormatMap"), has("attributes"):
		return FormatElastic
	}
	var root any
	if json.Unmarshal(raw, &root) == nil && len(socLists(root, socDepth, nil)) > 0 {
		return FormatSecurityOnion
	}
	for _, v := range m {
		if bytes.Contains(v, []byte(`"urlTemplate"`)) {
			return FormatElastic
		}
	}
	return ""
}
