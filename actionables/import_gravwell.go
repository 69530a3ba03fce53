package actionables

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// gravwellObject is an actionable of Gravwell: of its API (Contents), of its
// kits and their .meta files (Data).
// https://docs.gravwell.io/gui/actionables/actionables.html
type gravwellObject struct {
	Name, Description string
	Labels            []string
	Disabled          bool
	Global            *bool
	UID               *int
	GIDs              []int
	Contents, Data    *gravwellContents
}

type gravwellContents struct {
	MenuLabel *string           `json:"menuLabel"`
	Triggers  []gravwellTrigger `json:"triggers"`
	Actions   []gravwellAction  `json:"actions"`
}

type gravwellTrigger struct {
	Pattern   string `json:"pattern"`
	Hyperlink *bool  `json:"hyperlink,omitempty"`
	Disabled  bool   `json:"disabled"`
}

// UnmarshalJSON reads a trigger, which may be its pattern alone.
func (t *gravwellTrigger) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &t.Pattern)
	}
	type plain gravwellTrigger
	return json.Unmarshal(raw, (*plain)(t))
}

type gravwellAction struct {
	Name             string          `json:"name"`
	Description      *string         `json:"description"`
	Placeholder      *string         `json:"placeholder"`
	NoValueURLEncode bool            `json:"noValueUrlEncode"`
	Start            *gravwellTime   `json:"start,omitempty"`
	End              *gravwellTime   `json:"end,omitempty"`
	Command          gravwellCommand `json:"command"`
}

type gravwellTime struct {
	Type        string  `json:"type"`
	Format      *string `json:"format"`
	Placeholder *string `json:"placeholder"`
}

type gravwellCommand struct {
	Type      string          `json:"type"`
	Reference json.RawMessage `json:"reference"`
	Options   gravwellOptions `json:"options"`
}

type gravwellOptions struct {
	Modal            bool    `json:"modal,omitempty"`
	ModalWidth       float64 `json:"modalWidth,omitempty"`
	NoValueURLEncode bool    `json:"noValueUrlEncode,omitempty"`
	Variable         string  `json:"variable,omitempty"`
}

// text is the reference where it is one.
func (c gravwellCommand) text() string {
	var s string
	if json.Unmarshal(c.Reference, &s) != nil {
		return ""
	}
	return s
}

func (d *Drafts) readGravwell(text []byte) error {
	return eachJSON(text, func(raw json.RawMessage) error {
		var object struct{ Data, Contents json.RawMessage }
		if err := json.Unmarshal(raw, &object); err != nil {
			return err
		}
		if object.Data == nil && object.Contents == nil {
			return fmt.Errorf("an object without Contents and without Data: %s", quote(string(raw)))
		}
		d.item(func() Draft { return gravwellDraft(raw) })
		return nil
	})
}

func gravwellDraft(raw json.RawMessage) Draft {
	var d Draft
	d.Actionable.Original = &Original{Format: FormatGravwell, Object: raw}
	var o gravwellObject
	if err := json.Unmarshal(raw, &o); err != nil {
		d.Actionable.Name = o.Name
		d.note(LevelError, -1, -1, err.Error(), "")
		d.Failed = true
		return d
	}
	contents := o.Contents
	if contents == nil {
		contents = o.Data
	}
	if contents == nil {
		contents = &gravwellContents{}
	}
	o.head(&d.Actionable)
	if contents.MenuLabel != nil {
		d.Actionable.MenuLabel = *contents.MenuLabel
	}
	d.Triggers, d.Actions = len(contents.Triggers), len(contents.Actions)
	for i, t := range contents.Triggers {
		d.gravwellTrigger(i, t)
	}
	for i, a := range contents.Actions {
		d.gravwellAction(i, a)
	}
	return d
}

func (o *gravwellObject) head(a *Actionable) {
	a.Name, a.Description, a.Disabled = o.Name, o.Description, o.Disabled
	for _, l := range o.Labels {
		if l = cutText(strings.TrimSpace(l), MaxName); l != "" && len(a.Labels) < MaxList {
			a.Labels = append(a.Labels, l)
		}
	}
	if o.UID != nil {
		a.Owner = fmt.Sprintf("gravwell user %d", *o.UID)
		a.Sharing = ShareOwner
	}
	for _, g := range o.GIDs[:min(len(o.GIDs), MaxList)] {
		a.Groups = append(a.Groups, fmt.Sprintf("gravwell group %d", g))
		a.Sharing = ShareGroups
	}
	if o.Global != nil && *o.Global {
		a.Sharing = ShareAll
	}
}

func (d *Draft) gravwellTrigger(n int, t gravwellTrigger) {
	pattern, notes := fromJavaScript(t.Pattern)
	for _, text := range notes {
		d.note(LevelInfo, n, -1, text, "")
	}
	on := OnClick
	if t.Hyperlink != nil && !*t.Hyperlink {
		on = OnSelection
	}
	d.trigger(n, Trigger{Pattern: pattern, On: on, Disabled: t.Disabled})
}

func (d *Draft) gravwellAction(n int, a gravwellAction) {
	description := ""
	if a.Description != nil {
		description = *a.Description
	}
	reference := a.Command.text()
	switch a.Command.Type {
	case "query":
		d.gravwellQuery(n, a, description, reference)
	case "url":
		d.gravwellURL(n, a, description, reference)
	case "template":
		d.keep(n, a.Name, description, fmt.Sprintf("runs template %s of Gravwell%s", reference, a.variable()),
			"write the template's query as a search of Spoor, and make an action of it")
	case "dashboard":
		d.keep(n, a.Name, description, fmt.Sprintf("opens dashboard %s of Gravwell%s", reference, a.variable()),
			"save the searches of the dashboard in Spoor, and make an action for each")
	case "savedQuery":
		d.keep(n, a.Name, description, fmt.Sprintf("runs saved query %s of Gravwell", reference),
			"save its query in Spoor, and make an action of the kind saved")
	default:
		d.keep(n, a.Name, description, fmt.Sprintf("is of the kind %s, which nothing here is like", quote(a.Command.Type)), "")
	}
}

func (a *gravwellAction) variable() string {
	if a.Command.Options.Variable == "" {
		return ""
	}
	return " with the value as " + a.Command.Options.Variable
}

var gravwellTag = regexp.MustCompile(`^\s*tag=([A-Za-z0-9_.,*-]+)`)

// gravwellQuery makes a search for the value: the language of the query is
// another one.
func (d *Draft) gravwellQuery(n int, a gravwellAction, description, query string) {
	search := Action{Name: a.Name, Kind: KindSearch, Query: "{value}"}
	search.Description = strings.TrimSpace(description + "\nGravwell: " + query)
	if a.Start != nil && a.Start.Placeholder != nil && *a.Start.Placeholder != "" {
		search.From = "{from}"
	}
	if a.End != nil && a.End.Placeholder != nil && *a.End.Placeholder != "" {
		search.To = "{to}"
	}
	todo := "write what it counts with Spoor's stages: | stats, | top, | timechart"
	if tag := gravwellTag.FindStringSubmatch(query); tag != nil {
		todo = fmt.Sprintf("put tag:%s before it if your data has that tag, and %s", strings.Split(tag[1], ",")[0], todo)
	}
	d.note(LevelWarning, -1, n, fmt.Sprintf("%s: its query is in Gravwell's language; this searches for the value", quote(a.Name)), todo)
	d.add(n, search)
}

func (d *Draft) gravwellURL(n int, a gravwellAction, description, reference string) {
	marks := []replacement{}
	for _, mark := range a.marks() {
		marks = append(marks, replacement{mark, "{value}"})
	}
	for _, edge := range []struct {
		at   *gravwellTime
		name string
	}{{a.Start, "from"}, {a.End, "to"}} {
		if edge.at == nil || edge.at.Placeholder == nil || *edge.at.Placeholder == "" {
			continue
		}
		with := "{" + edge.name + "}"
		if edge.at.Type == "timestamp" {
			with = "{" + edge.name + "|ms}"
		}
		marks = append(marks, replacement{*edge.at.Placeholder, with})
		if edge.at.Format != nil && *edge.at.Format != "" {
			d.note(LevelWarning, -1, n, fmt.Sprintf("%s: the time was written as %s, and is written by RFC 3339 now", quote(a.Name), quote(*edge.at.Format)), "see whether the other page reads it")
		}
	}
	open, width := OpenTab, 0
	if a.Command.Options.Modal {
		open = OpenModal
		if w := int(a.Command.Options.ModalWidth); w > 0 {
			width = min(max(w, 20), 100)
		}
	}
	if a.NoValueURLEncode || a.Command.Options.NoValueURLEncode {
		d.note(LevelInfo, -1, n, fmt.Sprintf("%s: the value was put in as it is, and is encoded for its place now", quote(a.Name)), "")
	}
	d.add(n, Action{Name: a.Name, Description: description, Kind: KindURL, URL: replaceMarks(reference, marks), Open: open, Width: width})
}

// marks are the texts that stand for the value.
func (a *gravwellAction) marks() []string {
	if a.Placeholder != nil && *a.Placeholder != "" {
		return []string{*a.Placeholder}
	}
	return []string{"_VALUE_", "_ENTRY_"}
}

// replacement is a mark of another program and the placeholder for it.
type replacement struct{ mark, with string }

// replaceMarks makes a template of a text, whose own braces are text. Of marks
// that stand at one place the first counts.
func replaceMarks(text string, marks []replacement) string {
	var b strings.Builder
	for text != "" {
		at, mark := len(text), replacement{}
		for _, m := range marks {
			if i := strings.Index(text, m.mark); m.mark != "" && i >= 0 && i < at {
				at, mark = i, m
			}
		}
		b.WriteString(escapeBraces(text[:at]))
		b.WriteString(mark.with)
		text = text[at+len(mark.mark):]
	}
	return b.String()
}
