package actionables

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// InvalidError says what is wrong with an actionable, and where.
type InvalidError struct {
	// Trigger and Action say which one, from 0; -1 means that it is not
	// about a trigger, or not about an action.
	Trigger, Action int
	// Field is the JSON name of the member: "name", "pattern", "url".
	Field string
	// Column is the place in the member, from 1 in characters; 0 means all
	// of it.
	Column int
	// Reason says what is wrong.
	Reason string
}

// Error says where in words that count from 1: `trigger 2: pattern: column 5: ...`.
func (e *InvalidError) Error() string {
	var b strings.Builder
	if e.Trigger >= 0 {
		fmt.Fprintf(&b, "trigger %d: ", e.Trigger+1)
	}
	if e.Action >= 0 {
		fmt.Fprintf(&b, "action %d: ", e.Action+1)
	}
	b.WriteString(e.Field + ": ")
	if e.Column > 0 {
		fmt.Fprintf(&b, "column %d: ", e.Column)
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Validate returns nil, or the first fault as an *InvalidError. It looks at
// what a person writes; Book sees to ID and Version.
func (a *Actionable) Validate() error {
	if f := a.fault(); f != nil {
		return f
	}
	for i, t := range a.Triggers {
		if _, f := t.compile(); f != nil {
			f.Trigger = i
			return f
		}
	}
	for i, act := range a.Actions {
		if _, f := act.compile(); f != nil {
			f.Action = i
			return f
		}
	}
	return nil
}

// Faults are all faults, in the order of the members, for an editor.
func (a *Actionable) Faults() (all []*InvalidError) {
	if f := a.fault(); f != nil {
		all = append(all, f)
	}
	for i, t := range a.Triggers[:min(len(a.Triggers), MaxTriggers)] {
		if _, f := t.compile(); f != nil {
			f.Trigger = i
			all = append(all, f)
		}
	}
	for i, act := range a.Actions[:min(len(a.Actions), MaxActions)] {
		if _, f := act.compile(); f != nil {
			f.Action = i
			all = append(all, f)
		}
	}
	return all
}

// invalid makes the error of a member that is in no trigger and no action.
func invalid(field string, f *fault) *InvalidError {
	return &InvalidError{Trigger: -1, Action: -1, Field: field, Column: f.column, Reason: f.reason}
}

func (a *Actionable) fault() *InvalidError {
	if f := checkName(a.Name); f != nil {
		return invalid("name", f)
	}
	if f := checkText(a.MenuLabel, MaxName); f != nil {
		return invalid("menu_label", f)
	}
	if f := checkText(a.Description, MaxText); f != nil {
		return invalid("description", f)
	}
	if f := checkText(a.Owner, MaxName); f != nil {
		return invalid("owner", f)
	}
	if f := checkList(a.Labels); f != nil {
		return invalid("labels", f)
	}
	if f := checkList(a.Groups); f != nil {
		return invalid("groups", f)
	}
	switch a.Sharing {
	case "", ShareAll, ShareGroups, ShareOwner:
	default:
		return invalid("sharing", &fault{0, fmt.Sprintf("%q: want all, groups or owner", a.Sharing)})
	}
	if f := a.When.check(); f != nil {
		return invalid("when", f)
	}
	if a.Original != nil && len(a.Original.Object) > maxOriginal {
		return invalid("original", &fault{0, fmt.Sprintf("%d bytes, at most %d", len(a.Original.Object), maxOriginal)})
	}
	if n := len(a.Triggers); n > MaxTriggers {
		return invalid("triggers", &fault{0, fmt.Sprintf("%d triggers, at most %d", n, MaxTriggers)})
	}
	if n := len(a.Actions); n > MaxActions {
		return invalid("actions", &fault{0, fmt.Sprintf("%d actions, at most %d", n, MaxActions)})
	}
	return nil
}

// compile checks a trigger and compiles its pattern.
func (t *Trigger) compile() (*regexp.Regexp, *InvalidError) {
	if t.On != "" && t.On != OnClick && t.On != OnSelection {
		return nil, invalid("on", &fault{0, fmt.Sprintf("%q: want click or selection", t.On)})
	}
	if t.As != "" && t.As != AsAddress && t.As != AsDomain {
		return nil, invalid("as", &fault{0, fmt.Sprintf("%q: want address, domain or nothing", t.As)})
	}
	re, f := compile(t.Pattern)
	if f != nil {
		return nil, invalid("pattern", f)
	}
	return re, nil
}

func checkName(name string) *fault {
	if strings.TrimSpace(name) == "" {
		return &fault{0, "missing"}
	}
	return checkText(name, MaxName)
}

// maxOriginal bounds what is kept of another program's object, in bytes.
const maxOriginal = 64 << 10

// checkList checks words such as labels.
func checkList(words []string) *fault {
	if len(words) > MaxList {
		return &fault{0, fmt.Sprintf("%d of them, at most %d", len(words), MaxList)}
	}
	for _, w := range words {
		if f := checkName(w); f != nil {
			return f
		}
	}
	return nil
}

func checkText(text string, most int) *fault {
	if len(text) > most {
		return &fault{0, fmt.Sprintf("%d bytes, at most %d", len(text), most)}
	}
	if !utf8.ValidString(text) {
		return &fault{0, "not UTF-8"}
	}
	return nil
}

// checkWindow reads Before or After.
func checkWindow(text string) (time.Duration, *fault) {
	if text == "" {
		return DefaultWindow, nil
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, &fault{0, fmt.Sprintf("%q: want a duration like 90s, 5m or 1h30m", text)}
	case d < 0 || d > MaxWindow:
		return 0, &fault{0, fmt.Sprintf("%q: want 0s to %s", text, "744h")}
	}
	return d, nil
}
