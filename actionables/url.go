package actionables

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// urlTemplate is a template of an http or https address whose scheme and host
// are literal. places says where in the address each part stands.
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

// head is what must be literal: a value that decides where a request goes
// could send it anywhere.
var head = regexp.MustCompile(`^(?i:https?)://([^/?#]+)[/?#]`)

func parseURL(text string) (urlTemplate, *fault) {
	if text == "" {
		return urlTemplate{}, &fault{0, "missing"}
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
	if _, err := u.expand(probe("x")); err != nil {
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
	m := head.FindStringSubmatch(first)
	switch {
	case m == nil && t.hasPlaceholder() && headless(t[0].literal):
		return &fault{column(text, t.first().offset), "a placeholder can't stand in the scheme or the host: write out http://HOST/ or https://HOST/"}
	case m == nil:
		return &fault{1, "want http://HOST/... or https://HOST/..., written out"}
	case strings.Contains(m[1], "@"):
		return &fault{1, "user and password have no place in an address"}
	}
	return nil
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
		if u.places[i] == inPath && u.template[i].encoder == encodeFit {
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
	case p.Scheme != "http" && p.Scheme != "https" || p.Hostname() == "":
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

// escapeComponent escapes every byte that is not unreserved by RFC 3986, so
// the result means the same in a path, a query and a fragment. A space is
// %20, not +, which only forms read as a space.
func escapeComponent(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
