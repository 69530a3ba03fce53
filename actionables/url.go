package actionables

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// urlTemplate is a template of an http or https address whose scheme and host
// are literal, or of a path of Spoor's own. places says where in the address
// each part stands.
type urlTemplate struct {
	template
	places []place
}

// place is a part of a URL. A value is encoded so that it can't leave it.
type place int

const (
	inPath place = iota
	inQuery
	inFragment
)

// urlHead is what must be literal: a value that decides where a request goes
// could send it anywhere.
var urlHead = regexp.MustCompile(`^(?i:https?)://([^/?#]+)[/?#]`)

func parseURL(text string) (urlTemplate, *fault) {
	if text == "" {
		return urlTemplate{}, &fault{0, "missing: the address that is opened"}
	}
	t, f := parseTemplate(text)
	if f != nil {
		return urlTemplate{}, f
	}
	if f := checkHead(text, t); f != nil {
		return urlTemplate{}, f
	}
	u := urlTemplate{template: t}
	at := inPath
	for _, p := range t {
		u.places = append(u.places, at)
		if f := checkLiteral(text, p); f != nil {
			return u, f
		}
		// A placeholder never holds a bare ? or #, so the literals alone
		// say where the query and the fragment begin.
		for _, c := range p.literal {
			switch {
			case c == '?' && at == inPath:
				at = inQuery
			case c == '#':
				at = inFragment
			}
		}
	}
	for i, p := range t {
		if p.source == sourceNone {
			continue
		}
		// Any value will do: it can't leave its place.
		u.template = slices.Clone(u.template)
		u.template[i].source, u.template[i].encoders = sourceValue, nil
	}
	_, err := u.expand(probe("x"))
	u.template = t
	if err != nil {
		return u, &fault{0, err.Reason}
	}
	return u, nil
}

// checkHead sees to it that scheme and host are literal and are what they
// look like.
func checkHead(text string, t template) *fault {
	first := t[0].literal
	if len(t) == 1 {
		first += "/" // http://HOST alone
	}
	m := urlHead.FindStringSubmatch(first)
	switch {
	case own(t[0].literal):
		return nil
	case m == nil && t.hasPlaceholder() && headless(t[0].literal):
		return &fault{column(text, t.first().offset), "a placeholder can't stand in the scheme or the host: write out http://HOST/ or https://HOST/"}
	case m == nil:
		return &fault{1, "want http://HOST/... or https://HOST/..., written out, or /... for a page of Spoor's own"}
	case strings.Contains(m[1], "@"):
		return &fault{1, "user and password have no place in an address"}
	}
	return nil
}

// own says whether an address is a path of Spoor's own. Two slashes begin
// another host, and browsers take a backslash for one.
func own(text string) bool {
	return strings.HasPrefix(text, "/") && (len(text) == 1 || text[1] != '/' && text[1] != '\\')
}

// headless says whether the literal before the first placeholder is on its
// way to being a good head.
func headless(first string) bool {
	low := strings.ToLower(first)
	for _, scheme := range []string{"http://", "https://"} {
		if host, found := strings.CutPrefix(low, scheme); found && !strings.ContainsAny(host, "/?#") || strings.HasPrefix(scheme, low) {
			return true
		}
	}
	return false
}

// checkLiteral refuses what browsers read otherwise than it looks.
func checkLiteral(text string, p part) *fault {
	i := strings.IndexFunc(p.literal, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '\\' })
	if i < 0 {
		return nil
	}
	// The place in the template is that of the first such character there:
	// doubled braces make literals shorter than their text.
	at := p.offset + strings.IndexByte(p.text, p.literal[i])
	return &fault{column(text, at), fmt.Sprintf("%q can't stand in an address: write %%%02X", p.literal[i], p.literal[i])}
}

// expand fills the address in. Every value is encoded for its place.
func (u urlTemplate) expand(f filler) (string, *ExpandError) {
	text, err := u.fill(f, func(i int, v string) (string, string) {
		switch {
		case u.template[i].last() == encodeURL:
			return v, "" // no byte of it has a meaning anywhere
		case u.places[i] == inPath:
			return url.PathEscape(v), ""
		}
		return escapeComponent(v), ""
	})
	if err != nil {
		return "", err
	}
	if reason := checkURL(text); reason != "" {
		return "", &ExpandError{Placeholder: u.first().text, Reason: reason}
	}
	return text, nil
}

// checkURL looks at a finished address.
func checkURL(text string) string {
	p, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Sprintf("%s is no address that can be opened", quote(text))
	case own(text) && (p.Scheme != "" || p.Host != ""):
		return fmt.Sprintf("%s is no path", quote(text))
	case !own(text) && (p.Scheme != "http" && p.Scheme != "https" || p.Hostname() == ""):
		return "want an http or https address with a host"
	}
	// A segment of dots means the folder above, even percent-encoded, so
	// escaping can't keep it in its place.
	for _, segment := range strings.Split(p.EscapedPath(), "/") {
		s := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		if s == "." || s == ".." {
			return fmt.Sprintf("%s as a part of the path would lead elsewhere", quote(segment))
		}
	}
	return ""
}
