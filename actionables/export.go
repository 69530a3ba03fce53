package actionables

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Export writes actionables as a file of a format. Notes say what the format
// can't hold, the number of each actionable's trigger and action in it. The
// error says that there is no way to write that format.
func Export(list []Actionable, format Format) (file []byte, notes []Note, err error) {
	switch format {
	case "", FormatSpoor:
		file, err = encode(spoorFile{Spoor: spoorKind, Version: 1, Actionables: append([]Actionable{}, list...)})
		return file, nil, err
	case FormatGravwell:
		all := []json.RawMessage{}
		for _, a := range list {
			raw, n, err := toGravwell(a)
			if err != nil {
				return nil, nil, err
			}
			if notes = append(notes, n...); raw != nil {
				all = append(all, raw)
			}
		}
		file, err = encode(all)
		return file, notes, err
	}
	return nil, nil, fmt.Errorf("export: format %q: want spoor or gravwell", format)
}

// encode writes JSON for people: < and & stand as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return b.Bytes(), nil
}

// toGravwell writes an actionable in the form of Gravwell's kits, or word for
// word as it came from there if nothing of it was changed.
func toGravwell(a Actionable) (raw json.RawMessage, notes []Note, err error) {
	kept := map[string]json.RawMessage{}
	if a.Original != nil && a.Original.Format == FormatGravwell {
		d := gravwellDraft(a.Original.Object)
		d.finish()
		if d.Actionable.unchanged(a) {
			return a.Original.Object, nil, nil
		}
		kept = gravwellKept(a.Original.Object)
	}
	d := Draft{Actionable: Actionable{Name: a.Name}}
	triggers, actions := []gravwellTrigger{}, []json.RawMessage{}
	for i, t := range a.Triggers {
		if t.As != "" {
			d.note(LevelWarning, i, -1, fmt.Sprintf("%s: as %s can't be said there: the pattern alone finds more", quote(a.Name), t.As), "")
		}
		click := t.On != OnSelection
		triggers = append(triggers, gravwellTrigger{Pattern: toJavaScript(t.Pattern), Hyperlink: &click, Disabled: t.Disabled})
	}
	for i, act := range a.Actions {
		one, why := gravwellAct(act)
		if raw, found := kept[act.Name]; found && act.Kind == KindKept {
			actions = append(actions, raw)
			continue
		}
		if why != "" {
			d.note(LevelWarning, -1, i, fmt.Sprintf("%s: %s: %s: left out", quote(a.Name), quote(act.Name), why), "")
			continue
		}
		encoded, err := json.Marshal(one)
		if err != nil {
			return nil, nil, err
		}
		actions = append(actions, encoded)
	}
	if a.When != nil {
		d.note(LevelWarning, -1, -1, fmt.Sprintf("%s: its condition can't be said there", quote(a.Name)), "")
	}
	raw, err = json.Marshal(map[string]any{
		"UUID": gravwellID(a.ID), "Name": a.Name, "Description": a.Description, "Labels": a.Labels, "Disabled": a.Disabled,
		"Data": map[string]any{"menuLabel": a.MenuLabel, "triggers": triggers, "actions": actions},
	})
	return raw, d.Notes, err
}

// unchanged says whether what was imported is still what is stored.
func (a Actionable) unchanged(stored Actionable) bool {
	a.ID, a.Original, stored.Original = stored.ID, nil, nil
	// Disabled for want of anything to run, it is still what it was.
	return a.same(stored)
}

// gravwellID makes a UUID of an ID of ours, always the same (RFC 9562,
// version 8).
func gravwellID(id string) string {
	sum := sha256.Sum256([]byte("spoor actionable " + id))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// gravwellKept are the actions of an object by their names, word for word.
func gravwellKept(object json.RawMessage) map[string]json.RawMessage {
	var o struct {
		Contents, Data struct {
			Actions []json.RawMessage `json:"actions"`
		}
	}
	kept := map[string]json.RawMessage{}
	if json.Unmarshal(object, &o) != nil {
		return kept
	}
	for _, raw := range append(o.Contents.Actions, o.Data.Actions...) {
		var a struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(raw, &a) == nil {
			kept[orName(a.Name, "Action")] = raw
		}
	}
	return kept
}

// gravwellAct writes an action of ours, or says why it can't.
func gravwellAct(a Action) (out gravwellAction, why string) {
	switch {
	case a.Disabled:
		return out, "it is disabled, which actions can't be there"
	case a.Kind != KindURL:
		return out, fmt.Sprintf("there is no action of the kind %s there", a.Kind)
	case own(a.URL):
		return out, "it opens a page of Spoor's own"
	}
	u, f := parseURL(a.URL)
	if f != nil {
		return out, f.reason
	}
	out.Name, out.Description = a.Name, &a.Description
	var b strings.Builder
	for _, p := range u.template {
		mark := ""
		switch {
		case p.source == sourceNone:
			b.WriteString(p.literal)
			continue
		case len(p.encoders) > 0 && p.last() != encodeURL, p.shift != 0, p.lasted != 0:
		case p.source == sourceValue:
			mark = "_VALUE_"
		case p.source == sourceFrom:
			mark = "_START_"
			out.Start = &gravwellTime{Type: "string", Placeholder: &mark}
		case p.source == sourceTo:
			mark = "_END_"
			out.End = &gravwellTime{Type: "string", Placeholder: &mark}
		}
		if mark == "" {
			return out, p.text + " has no counterpart there"
		}
		b.WriteString(mark)
	}
	reference, err := json.Marshal(b.String())
	if err != nil {
		return out, err.Error()
	}
	out.Command = gravwellCommand{Type: "url", Reference: reference}
	out.Command.Options.Modal = a.Open == OpenModal
	out.Command.Options.ModalWidth = float64(a.Width)
	return out, ""
}

var (
	goName = regexp.MustCompile(`\(\?P<`)
	goRune = regexp.MustCompile(`\\x\{([0-9A-Fa-f]{1,6})\}`)
	goFlag = regexp.MustCompile(`^\(\?([ims]+)\)`)
)

// toJavaScript writes a pattern of RE2 as JavaScript's /.../flags.
func toJavaScript(pattern string) string {
	flags := "g"
	if m := goFlag.FindStringSubmatch(pattern); m != nil {
		flags += m[1]
		pattern = pattern[len(m[0]):]
	}
	pattern = goName.ReplaceAllString(pattern, "(?<")
	pattern = goRune.ReplaceAllStringFunc(pattern, func(x string) string {
		digits := x[3 : len(x)-1]
		if len(digits) <= 4 {
			return `\u` + strings.Repeat("0", 4-len(digits)) + digits
		}
		if !strings.Contains(flags, "u") {
			flags += "u"
		}
		return `\u{` + digits + "}"
	})
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			b.WriteString(pattern[i : i+2])
			i++
		case pattern[i] == '/':
			b.WriteString(`\/`)
		default:
			b.WriteByte(pattern[i])
		}
	}
	return "/" + b.String() + "/" + flags
}
