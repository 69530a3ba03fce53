package actionables

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// arkimeLine is a value action: NAME=url:...;name:...;category:ip.
// https://arkime.com/settings#value-actions
var arkimeLine = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*=\s*(.*\burl:.*)$`)

func (d *Drafts) readArkime(text []byte) error {
	section := ""
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case section != "" && !strings.HasPrefix(section, "value-actions") && !strings.HasPrefix(section, "right-click"):
		default:
			m := arkimeLine.FindStringSubmatch(line)
			if m == nil {
				d.note(fmt.Sprintf("line %d is no value action, and left out: %s", n+1, quote(line)))
				continue
			}
			d.item(func() Draft { return arkimeDraft(line, m[1], arkimeMembers(m[2])) })
		}
	}
	return nil
}

// arkimeMembers are the members of an action. A URL may hold semicolons: what
// follows one is a member only if it has the name of one.
func arkimeMembers(text string) map[string]string {
	all := map[string]string{}
	last := ""
	for _, piece := range strings.Split(text, ";") {
		name, value, found := strings.Cut(piece, ":")
		switch key := strings.TrimSpace(name); {
		case found && arkimeKnown[key]:
			all[key], last = value, key
		case last != "":
			all[last] += ";" + piece
		}
	}
	return all
}

var arkimeKnown = map[string]bool{
	"url": true, "name": true, "category": true, "fields": true, "all": true, "regex": true, "users": true, "notUsers": true,
	"actionType": true, "func": true, "disabled": true,
}

func arkimeDraft(line, id string, m map[string]string) Draft {
	d := Draft{Actions: 1, Triggers: 1}
	if raw, err := json.Marshal(line); err == nil {
		d.Actionable.Original = &Original{FormatArkime, raw}
	}
	name := orName(m["name"], id)
	name = strings.NewReplacer("%TEXT%", "value", "%FIELD%", "field").Replace(name)
	d.Actionable.Name, d.Actionable.MenuLabel = name, "Arkime"
	if m["users"] != "" || m["notUsers"] != "" {
		d.note(LevelWarning, -1, -1, "users and notUsers are left out: everybody sees it", "")
	}
	d.Actionable.Disabled = m["disabled"] == "true"
	fields := arkimeFields(m["fields"])
	if len(fields) > 0 {
		d.Actionable.When = &Condition{Fields: fields}
	}
	value := d.arkimeTriggers(m, fields)
	d.arkimeAction(name, value, m, fields)
	return d
}

// arkimeNames are Arkime's fields for what Zeek names otherwise.
var arkimeNames = map[string]string{
	"ip.src": "id.orig_h", "ip.dst": "id.resp_h", "port.src": "id.orig_p", "port.dst": "id.resp_p", "communityId": "community_id",
	"host.http": "host", "http.user-agent": "user_agent", "host.dns": "query", "srcIp": "id.orig_h", "dstIp": "id.resp_h", "srcPort": "id.orig_p", "dstPort": "id.resp_p",
}

func arkimeFields(text string) (fields []string) {
	for _, f := range strings.Split(text, ",") {
		if f = strings.TrimSpace(f); f == "" || len(fields) == MaxList {
			continue
		}
		if known, ok := arkimeNames[f]; ok {
			f = known
		}
		fields = append(fields, f)
	}
	return fields
}

// arkimeTriggers adds what finds the values, and returns the placeholder of
// what %REGEX% means.
func (d *Draft) arkimeTriggers(m map[string]string, fields []string) (value string) {
	if re := m["regex"]; re != "" {
		pattern, notes := fromJavaScript(re)
		for _, text := range notes {
			d.note(LevelInfo, 0, -1, text, "")
		}
		d.trigger(0, Trigger{Pattern: nameFirstGroup(pattern), On: OnClick})
		return "{value}"
	}
	switch category := m["category"]; {
	case category == "ip":
		d.trigger(0, Trigger{Pattern: patternIPv4, As: AsAddress, On: OnClick})
		d.trigger(0, Trigger{Pattern: patternIPv6, As: AsAddress, On: OnClick})
	case category == "host":
		d.trigger(0, Trigger{Pattern: patternDomain, As: AsDomain, On: OnClick})
	case category == "url":
		d.trigger(0, Trigger{Pattern: patternURL, On: OnClick})
	case category == "port":
		d.trigger(0, Trigger{Pattern: `\b[0-9]{1,5}\b`, On: OnSelection})
	case category == "md5":
		d.trigger(0, Trigger{Pattern: patternMD5, On: OnClick})
	case category == "sha256":
		d.trigger(0, Trigger{Pattern: patternSHA256, On: OnClick})
	case category != "" && len(fields) == 0:
		d.note(LevelInfo, 0, -1, fmt.Sprintf("category %s: offered on text that is selected", quote(category)), "give it a trigger")
		d.trigger(0, Trigger{Pattern: patternAny, On: OnSelection})
	default:
		d.anyValue()
	}
	return ""
}

// nameFirstGroup makes the first group of a pattern the value.
func nameFirstGroup(pattern string) string {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			i += classEnd(pattern[i:])
		case '(':
			if i+1 < len(pattern) && pattern[i+1] == '?' {
				continue
			}
			return pattern[:i] + "(?P<value>" + pattern[i+1:]
		}
	}
	return pattern
}

func (d *Draft) arkimeAction(name, regex string, m map[string]string, fields []string) {
	field := ""
	if len(fields) == 1 {
		field = fields[0]
	}
	link := m["url"]
	marks := []replacement{
		{"%URIEncodedText%", "{value}"}, {"%TEXT%", "{value}"}, {"%UCTEXT%", "{value|upper}"}, {"%HOST%", "{value|host}"}, {"%URL%", "{value}"},
		{"%DATE%", "startTime={from|unix}&stopTime={to|unix}"}, {"%ISOSTART%", "{from}"}, {"%ISOSTOP%", "{to}"}, {"%ISOEND%", "{to}"},
	}
	if regex != "" {
		marks = append(marks, replacement{"%REGEX%", regex})
	}
	if field != "" {
		marks = append(marks, replacement{"%FIELD%", escapeBraces(field)}, replacement{"%DBFIELD%", escapeBraces(field)})
	}
	text := replaceMarks(link, marks)
	if left := arkimeMark.FindString(text); left != "" {
		d.keep(0, name, "", fmt.Sprintf("%s: no placeholder here is like it", left), "write the address with Spoor's placeholders")
		return
	}
	a := Action{Name: name, Kind: KindURL, URL: text}
	switch kind := m["actionType"]; kind {
	case "":
	case "fetch":
		a.Kind = KindWebhook
		d.note(LevelInfo, -1, 0, "fetch: the request is sent by the server, and its answer shown", "")
	default:
		d.note(LevelWarning, -1, 0, fmt.Sprintf("actionType %s: opened as a page", quote(kind)), "")
	}
	d.add(0, a)
}

var arkimeMark = regexp.MustCompile(`%(?:FIELD|DBFIELD|NODE|ID|EXPRESSION|REGEX)%`)
