package actionables

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// MaxImport bounds the text of an import, in bytes.
	MaxImport = 8 << 20
	// maxDrafts bounds the actionables of one import.
	maxDrafts = MaxActionables
	// maxNotes bounds what is said of one actionable, and of a file.
	maxNotes = 200
)

// Level says how much a note matters.
type Level string

const (
	// LevelInfo: it was written in another way, and means the same.
	LevelInfo Level = "info"
	// LevelWarning: it does not do all that it did.
	LevelWarning Level = "warning"
	// LevelError: it was left out.
	LevelError Level = "error"
)

// Note says what became of something that was imported or exported.
type Note struct {
	Level Level `json:"level"`
	// Trigger and Action are the numbers of what it is about in the other
	// program's object, from 0; nil: it is about all of it.
	Trigger *int `json:"trigger,omitempty"`
	Action  *int `json:"action,omitempty"`
	// Text says what happened, Todo what to do about it.
	Text string `json:"text"`
	Todo string `json:"todo,omitempty"`
}

// Draft is an actionable as read from another program's file.
type Draft struct {
	Actionable Actionable
	// Triggers and Actions are how many the file has for it, whatever became
	// of them.
	Triggers, Actions int
	Notes             []Note
	// Failed says that nothing of it can be used; the notes say why.
	Failed bool
}

// note adds a note about a trigger (from 0, -1: none) or an action.
func (d *Draft) note(level Level, trigger, action int, text, todo string) {
	if len(d.Notes) >= maxNotes {
		return
	}
	n := Note{Level: level, Text: text, Todo: todo}
	if trigger >= 0 {
		n.Trigger = &trigger
	}
	if action >= 0 {
		n.Action = &action
	}
	d.Notes = append(d.Notes, n)
}

// Drafts is a file as read.
type Drafts struct {
	Format Format
	Items  []Draft
	// Notes are about the file as a whole.
	Notes []Note
}

// item adds a draft, but for those that are too many in any case.
func (d *Drafts) item(make func() Draft) {
	if len(d.Items) <= maxDrafts {
		d.Items = append(d.Items, make())
	}
}

// note adds a note about the file.
func (d *Drafts) note(text string) {
	switch n := len(d.Notes); {
	case n < maxNotes:
		d.Notes = append(d.Notes, Note{Level: LevelWarning, Text: text})
	case n == maxNotes:
		d.Notes = append(d.Notes, Note{Level: LevelWarning, Text: "there is more of this kind, which is not listed"})
	}
}

// ImportError says why a file can't be read at all.
type ImportError struct {
	// Format is what it was taken for; empty: it was not recognised.
	Format Format
	// Reason says what is wrong, and in which line where that is known.
	Reason string
}

func (e *ImportError) Error() string {
	if e.Format == "" {
		return "import: " + e.Reason
	}
	return fmt.Sprintf("import as %s: %s", e.Format, e.Reason)
}

// Read reads a file of actionables, of any format that there is. An empty
// format is recognised by what the text looks like. What can't be used as it
// is becomes a note, never an error: that is an *ImportError, and means that
// the text is no file of that format.
func Read(text []byte, format Format) (Drafts, error) {
	switch {
	case len(text) > MaxImport:
		return Drafts{}, &ImportError{format, fmt.Sprintf("%d bytes, at most %d", len(text), MaxImport)}
	case !utf8.Valid(text):
		return Drafts{}, &ImportError{format, "not UTF-8"}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if format == "" {
		if format = recognise(text); format == "" {
			return Drafts{}, &ImportError{"", "this looks like none of Spoor's, Gravwell's, Security Onion's, Arkime's and Elastic's files"}
		}
	}
	d := Drafts{Format: format}
	var err error
	switch format {
	case FormatSpoor:
		err = d.readSpoor(text)
	case FormatGravwell:
		err = d.readGravwell(text)
	case FormatSecurityOnion:
		err = d.readSecurityOnion(text)
	case FormatArkime:
		err = d.readArkime(text)
	case FormatElastic:
		err = d.readElastic(text)
	default:
		return Drafts{}, &ImportError{"", fmt.Sprintf("unknown format %q: want spoor, gravwell, security-onion, arkime or elastic", format)}
	}
	if err != nil {
		return Drafts{}, &ImportError{format, err.Error()}
	}
	if len(d.Items) > maxDrafts {
		return Drafts{}, &ImportError{format, fmt.Sprintf("more than %d actionables", maxDrafts)}
	}
	if len(d.Items) == 0 {
		return Drafts{}, &ImportError{format, "no actionables in it"}
	}
	for i := range d.Items {
		d.Items[i].finish()
	}
	return d, nil
}

// finish sees to it that a draft can be stored: what is not valid is left out
// with a note, and what can do nothing is disabled.
func (d *Draft) finish() {
	a := &d.Actionable
	a.Name = cutText(strings.TrimSpace(a.Name), MaxName)
	if a.Name == "" {
		a.Name = "Imported"
	}
	a.MenuLabel = cutText(a.MenuLabel, MaxName)
	a.Description = cutText(a.Description, MaxText)
	if a.Original != nil && len(a.Original.Object) > maxOriginal {
		a.Original = nil
		d.note(LevelWarning, -1, -1, "the original is too large to be kept for export", "")
	}
	if len(a.Triggers) > MaxTriggers {
		d.note(LevelError, -1, -1, fmt.Sprintf("%d triggers, the first %d are kept", len(a.Triggers), MaxTriggers), "")
		a.Triggers = a.Triggers[:MaxTriggers]
	}
	if len(a.Actions) > MaxActions {
		d.note(LevelError, -1, -1, fmt.Sprintf("%d actions, the first %d are kept", len(a.Actions), MaxActions), "")
		a.Actions = a.Actions[:MaxActions]
	}
	var bad *InvalidError
	if err := a.Validate(); errors.As(err, &bad) {
		d.note(LevelError, bad.Trigger, bad.Action, bad.Error(), "")
		d.Failed = true
		return
	}
	if !d.Failed && (!a.runs() || len(a.Triggers) == 0) && !a.Disabled {
		a.Disabled = true
		d.note(LevelWarning, -1, -1, "imported disabled: nothing in it can be run here yet", "edit it, then enable it")
	}
}

// runs says whether any of the actions does something.
func (a *Actionable) runs() bool {
	for _, act := range a.Actions {
		if act.Kind != KindKept && !act.Disabled {
			return true
		}
	}
	return false
}

// cutText cuts a text to a number of bytes, between characters.
func cutText(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// escapeBraces writes a text as it stands in a template.
func escapeBraces(text string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
}

// keep adds an action that only its program can run.
func (d *Draft) keep(n int, name, description, why, todo string) {
	d.Actionable.Actions = append(d.Actionable.Actions, Action{
		Name: orName(name, "Action"), Description: cutText(description, MaxText), Kind: KindKept, Disabled: true,
	})
	d.note(LevelWarning, -1, n, fmt.Sprintf("%s: %s", quote(name), why), todo)
}

func orName(name, other string) string {
	name = cutText(strings.TrimSpace(name), MaxName)
	if name == "" {
		return other
	}
	return name
}

// add adds an action if it is valid, else keeps it with the reason.
func (d *Draft) add(n int, a Action) {
	a.Name = orName(a.Name, "Action")
	a.Description = cutText(a.Description, MaxText)
	if _, bad := a.compile(); bad != nil {
		d.keep(n, a.Name, a.Description, "can't be written here: "+bad.Error(), "make an action of your own that does what it did")
		return
	}
	d.Actionable.Actions = append(d.Actionable.Actions, a)
}

// trigger adds a trigger if its pattern compiles, else says why not.
func (d *Draft) trigger(n int, t Trigger) bool {
	if _, bad := t.compile(); bad != nil {
		where := ""
		if bad.Column > 0 {
			where = fmt.Sprintf("column %d: ", bad.Column)
		}
		d.note(LevelError, n, -1, fmt.Sprintf("pattern %s: %s%s", quote(t.Pattern), where, bad.Reason), "write a pattern of RE2 for it")
		return false
	}
	d.Actionable.Triggers = append(d.Actionable.Triggers, t)
	return true
}

// eachJSON calls fn with every JSON value of a text, one behind another, the
// elements of lists one by one.
func eachJSON(text []byte, fn func(raw json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err == io.EOF {
			return nil
		} else if err != nil {
			return jsonFault(text, err)
		}
		if len(raw) == 0 || raw[0] != '[' {
			if err := fn(raw); err != nil {
				return err
			}
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		for _, one := range list {
			if err := fn(one); err != nil {
				return err
			}
		}
	}
}

// jsonFault says in which line JSON is broken.
func jsonFault(text []byte, err error) error {
	var at *json.SyntaxError
	if errors.As(err, &at) {
		n := min(int(at.Offset), len(text))
		return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:n], []byte("\n")), err)
	}
	return err
}

// spoorFile is what Export writes.
type spoorFile struct {
	// Spoor says what is in it.
	Spoor       string       `json:"spoor"`
	Version     int          `json:"version"`
	Actionables []Actionable `json:"actionables"`
}

const spoorKind = "actionables"

func (d *Drafts) readSpoor(text []byte) error {
	return eachJSON(text, func(raw json.RawMessage) error {
		var file struct {
			Version     int               `json:"version"`
			Spoor       *string           `json:"spoor"`
			Actionables []json.RawMessage `json:"actionables"`
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			return err
		}
		list := file.Actionables
		switch {
		case list == nil && file.Spoor == nil:
			list = []json.RawMessage{raw}
		case file.Spoor != nil && *file.Spoor == spoorKind && file.Version > 1:
			return fmt.Errorf("version %d: this Spoor knows version 1", file.Version)
		}
		for _, one := range list {
			d.item(func() Draft { return spoorDraft(one) })
		}
		return nil
	})
}

func spoorDraft(raw json.RawMessage) (item Draft) {
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&item.Actionable); err != nil {
		item.Actionable = Actionable{}
		if err := json.Unmarshal(raw, &item.Actionable); err != nil {
			item.note(LevelError, -1, -1, err.Error(), "")
			item.Failed = true
		} else {
			item.note(LevelWarning, -1, -1, err.Error()+": left out", "")
		}
	}
	item.Triggers, item.Actions = len(item.Actionable.Triggers), len(item.Actionable.Actions)
	return item
}
