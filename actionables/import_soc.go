package actionables

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// socAction is an action of Security Onion's SOC.
// https://docs.securityonion.net/en/2.4/soc-customization.html#action-menu
type socAction struct {
	Name                  string         `yaml:"name"`
	Description           string         `yaml:"description"`
	Icon                  string         `yaml:"icon"`
	Target                string         `yaml:"target"`
	Link                  string         `yaml:"link"`
	Links                 []string       `yaml:"links"`
	Fields                []string       `yaml:"fields"`
	Categories            []string       `yaml:"categories"`
	Background            bool           `yaml:"background"`
	BackgroundSuccessLink string         `yaml:"backgroundSuccessLink"`
	BackgroundFailureLink string         `yaml:"backgroundFailureLink"`
	Method                string         `yaml:"method"`
	Body                  string         `yaml:"body"`
	EncodeBody            bool           `yaml:"encodeBody"`
	Options               map[string]any `yaml:"options"`
	JSCall                string         `yaml:"jsCall"`
}

// socDepth bounds how deep in a file the list of actions may be.
const socDepth = 12

func (d *Drafts) readSecurityOnion(text []byte) error {
	root, err := readYAML(text)
	if err != nil {
		return err
	}
	lists := socLists(root, socDepth, nil)
	if len(lists) == 0 {
		return fmt.Errorf("no list of actions, each with a name and links")
	}
	for _, list := range lists {
		for _, one := range list {
			d.item(func() Draft { return socDraft(one) })
		}
	}
	return nil
}

// socLists finds the lists of actions in a file: the file itself, or what
// stands as actions anywhere in it.
func socLists(v any, depth int, all [][]any) [][]any {
	if depth == 0 {
		return all
	}
	switch v := v.(type) {
	case []any:
		if len(v) > 0 && isSOC(v[0]) {
			return append(all, v)
		}
	case map[string]any:
		if isSOC(v) {
			return append(all, []any{v})
		}
		for _, inner := range v {
			all = socLists(inner, depth-1, all)
		}
	}
	return all
}

func isSOC(v any) bool {
	m, ok := v.(map[string]any)
	return ok && m["name"] != nil && (m["links"] != nil || m["link"] != nil || m["jsCall"] != nil)
}

func socDraft(one any) Draft {
	d := Draft{Actions: 1, Triggers: 1}
	raw, err := json.Marshal(one)
	var s socAction
	if err == nil {
		d.Actionable.Original = &Original{FormatSecurityOnion, raw}
		err = yaml.Unmarshal(raw, &s)
	}
	if err != nil {
		d.note(LevelError, -1, -1, err.Error(), "")
		d.Failed = true
		return d
	}
	d.Actionable.Name, d.Actionable.Description = orName(s.Name, "Action"), s.Description
	d.Actionable.MenuLabel = "Security Onion"
	for _, f := range s.Fields[:min(len(s.Fields), MaxList)] {
		d.Actionable.When = appendField(d.Actionable.When, socField(f))
	}
	d.anyValue()
	if len(s.Categories) > 0 {
		d.note(LevelInfo, -1, -1, fmt.Sprintf("categories %s: offered everywhere", strings.Join(s.Categories, ", ")), "say in its condition which tags it is for")
	}
	if s.BackgroundSuccessLink != "" || s.BackgroundFailureLink != "" {
		d.note(LevelWarning, -1, 0, "the links that open after the request are left out: the answer is shown", "")
	}
	d.socAction(&s)
	return d
}

func appendField(c *Condition, field string) *Condition {
	if c == nil {
		c = &Condition{}
	}
	c.Fields = append(c.Fields, field)
	return c
}

// word finds the words of a line, anyText whatever was selected.
const (
	patternWord = `[^\s"',;=()\[\]{}<>|]+`
	patternAny  = `(?s).+`
)

// anyValue adds the trigger of what is offered on every value: where it is
// for some fields, their words are underlined, else only selected text has it.
func (d *Draft) anyValue() {
	if d.Actionable.When != nil && len(d.Actionable.When.Fields) > 0 {
		d.trigger(0, Trigger{Pattern: patternWord, On: OnClick})
		return
	}
	d.trigger(0, Trigger{Pattern: patternAny, On: OnSelection})
	d.note(LevelInfo, 0, -1, "it is offered on every value there; here on text that is selected", "give it a trigger, so that its values are underlined")
}

func (d *Draft) socAction(s *socAction) {
	links := s.Links
	if s.Link != "" {
		links = append([]string{s.Link}, links...)
	}
	switch {
	case s.JSCall != "":
		d.keep(0, s.Name, s.Description, fmt.Sprintf("calls %s in Security Onion's page", quote(s.JSCall)), "")
		return
	case len(links) == 0:
		d.keep(0, s.Name, s.Description, "has no link", "")
		return
	}
	if own := socOwn(links); own.Kind != "" {
		own.Name, own.Description = s.Name, s.Description
		d.note(LevelInfo, -1, 0, fmt.Sprintf("%s: a page of Security Onion; Spoor does the same by itself", quote(links[0])), "")
		d.add(0, own)
		return
	}
	a := Action{Name: s.Name, Description: s.Description, Kind: KindURL}
	for i, link := range links {
		text, reason := socTemplate(link, bracesTwice)
		if reason != "" {
			d.keep(0, s.Name, s.Description, reason, "")
			return
		}
		if i == 0 {
			a.URL = text
		} else if len(a.Fallbacks) < MaxList {
			a.Fallbacks = append(a.Fallbacks, text)
		}
	}
	if s.Background {
		if reason := s.webhook(&a); reason != "" {
			d.keep(0, s.Name, s.Description, reason, "")
			return
		}
	}
	d.add(0, a)
}

func (s *socAction) webhook(a *Action) (reason string) {
	a.Kind, a.Method = KindWebhook, strings.ToUpper(s.Method)
	if a.Method != "GET" && s.Body != "" {
		if a.Body, reason = socTemplate(s.Body, bracesPlain); reason != "" {
			return reason
		}
		a.BodyType = BodyJSON
		if _, f := parseBody(a.Body, BodyJSON); f != nil {
			a.BodyType = BodyText
		}
	}
	headers, _ := s.Options["headers"].(map[string]any)
	for name, value := range headers {
		text, reason := socTemplate(fmt.Sprint(value), bracesTwice)
		if reason != "" {
			return reason
		}
		a.Headers = append(a.Headers, Header{name, text})
	}
	return ""
}

// socOwn is what Spoor has for the pages of Security Onion itself.
func socOwn(links []string) Action {
	for _, link := range links {
		if !own(link) {
			return Action{}
		}
	}
	switch {
	case strings.HasPrefix(links[0], "/joblookup"), strings.Contains(links[0], "/#/jobs"):
		return Action{
			Kind: KindPackets, Host: "{field:id.orig_h}", Port: "{field:id.orig_p}", Peer: "{field:id.resp_h}", PeerPort: "{field:id.resp_p}",
			When: &Condition{Has: []string{"id.orig_h", "id.resp_h", "id.orig_p", "id.resp_p"}},
		}
	case strings.HasPrefix(links[0], "/#/hunt"), strings.HasPrefix(links[0], "/#/dashboards"), strings.HasPrefix(links[0], "/#/alerts"):
		query := "{value}"
		for _, link := range links {
			if m := socVariable.FindStringSubmatch(unescaped(link)); m != nil && strings.HasPrefix(m[1], ":") {
				query = "{field:" + socField(m[1][1:]) + "}"
				break
			} else if m != nil && m[1] == "value" {
				query = "{value}"
				break
			}
		}
		return Action{Kind: KindSearch, Query: query}
	}
	return Action{}
}

func unescaped(link string) string {
	if text, err := url.PathUnescape(link); err == nil {
		return text
	}
	return link
}

// socVariable is {value}, {:field|base64} and the like.
var socVariable = regexp.MustCompile(`\{(:?[A-Za-z@_][A-Za-z0-9@_.:-]*)(?:\|([A-Za-z0-9]+))?\}`)

// socTemplate writes a link or a body with Spoor's placeholders. how says how
// braces are written there. A reason says what has no counterpart.
func socTemplate(text string, how braces) (out, reason string) {
	var b strings.Builder
	literal := func(s string) {
		if how == bracesTwice {
			s = escapeBraces(s)
		}
		b.WriteString(s)
	}
	at := 0
	for _, m := range socVariable.FindAllStringSubmatchIndex(text, -1) {
		literal(text[at:m[0]])
		at = m[1]
		name, encoder := text[m[2]:m[3]], ""
		if m[4] >= 0 {
			encoder = text[m[4]:m[5]]
		}
		p, reason := socPlaceholder(name, encoder)
		if reason != "" {
			return "", reason
		}
		b.WriteString(p)
	}
	literal(text[at:])
	return b.String(), ""
}

func socPlaceholder(name, encoder string) (placeholder, reason string) {
	switch encoder {
	case "", "escape": // a value is always encoded for its place
	case "base64":
		encoder = "|base64"
	case "escape64":
		encoder = "|json|base64"
	default:
		return "", fmt.Sprintf("{%s|%s}: no encoder here is like %s", name, encoder, encoder)
	}
	if encoder == "escape" {
		encoder = ""
	}
	switch name {
	case "value":
		return "{value" + encoder + "}", ""
	case "eventJson":
		return "{raw" + encoder + "}", ""
	case "eventId", ":soc_id":
		return "{id" + encoder + "}", ""
	case ":@timestamp", ":soc_timestamp":
		return "{time" + encoder + "}", ""
	}
	if field, found := strings.CutPrefix(name, ":"); found {
		return "{field:" + socField(field) + encoder + "}", ""
	}
	return "", fmt.Sprintf("{%s}: no placeholder here is like it", name)
}

// socFields are names of Security Onion for what Zeek names otherwise, as far
// as the search does not know them for the same anyway.
var socFields = map[string]string{"log.id.uid": "uid", "network.community_id": "community_id", "hash.md5": "md5", "hash.sha1": "sha1", "hash.sha256": "sha256"}

func socField(name string) string {
	if known, ok := socFields[name]; ok {
		return known
	}
	return name
}
