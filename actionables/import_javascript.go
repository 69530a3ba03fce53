package actionables

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var literalRegex = regexp.MustCompile(`(?s)^/(.*)/([a-z]*)$`)

// fromJavaScript writes a pattern of JavaScript, /.../flags or bare, as one
// of RE2. Notes say what was written in another way. What RE2 can't say stays
// as it is, and will not compile.
func fromJavaScript(text string) (pattern string, notes []string) {
	body, flags := text, ""
	if m := literalRegex.FindStringSubmatch(text); m != nil {
		body, flags = m[1], m[2]
	}
	r := jsReader{text: body, unicode: strings.ContainsAny(flags, "uv")}
	for r.at < len(body) {
		r.next()
	}
	pattern = r.out.String()
	own := ""
	for _, f := range flags {
		switch f {
		case 'i', 'm', 's':
			own += string(f)
		case 'y':
			notes = append(notes, "flag y: matches are looked for everywhere")
		}
	}
	if own != "" {
		pattern = "(?" + own + ")" + pattern
	}
	return pattern, append(notes, r.notes...)
}

// jsReader rewrites a pattern from left to right.
type jsReader struct {
	text    string
	at      int
	class   bool // inside [...]
	unicode bool
	out     strings.Builder
	notes   []string
}

func (r *jsReader) next() {
	rest := r.text[r.at:]
	switch {
	case rest[0] == '\\' && len(rest) > 1:
		r.escape(rest)
	case !r.class && strings.HasPrefix(rest, "[^]"):
		r.put(3, `(?s:.)`, true)
	case !r.class && strings.HasPrefix(rest, "[]"):
		r.put(2, `[^\x00-\x{10FFFF}]`, true)
	case r.class && rest[0] == '[': // a bracket is nothing special there, but RE2 reads [: as more
		r.put(1, `\[`, false)
	default:
		switch rest[0] {
		case '[':
			r.class = true
		case ']':
			r.class = false
		}
		_, size := utf8.DecodeRuneInString(rest)
		r.put(size, rest[:size], false)
	}
}

// put writes what stands for the next bytes of the pattern.
func (r *jsReader) put(size int, with string, say bool) {
	if say {
		note := fmt.Sprintf("%s is written %s", r.text[r.at:r.at+size], with)
		if len(r.notes) < 8 {
			r.notes = append(r.notes, note)
		}
	}
	r.out.WriteString(with)
	r.at += size
}

var (
	jsUnicode = regexp.MustCompile(`^\\u(?:([0-9A-Fa-f]{4})(?:\\u([dD][c-fC-F][0-9A-Fa-f]{2}))?|\{([0-9A-Fa-f]{1,6})\})`)
	jsControl = regexp.MustCompile(`^\\c([A-Za-z])`)
)

func (r *jsReader) escape(rest string) {
	if m := jsUnicode.FindStringSubmatch(rest); m != nil && (m[3] == "" || r.unicode) {
		r.character(m)
		return
	}
	c := rest[1]
	switch {
	case c == '/':
		r.put(2, "/", false)
	case jsControl.MatchString(rest):
		r.put(3, fmt.Sprintf(`\x%02x`, rest[2]&31), true)
	case c == '0' && (len(rest) < 3 || rest[2] < '0' || rest[2] > '9'):
		r.put(2, `\x00`, true)
	case c == 'b' && r.class:
		r.put(2, `\x08`, true)
	case strings.IndexByte("dDwWsSbBnrtfvx", c) >= 0, c == 'k', '1' <= c && c <= '9', r.unicode && (c == 'p' || c == 'P'):
		r.put(2, rest[:2], false)
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		r.put(2, string(c), true) // without the flag u any other letter is itself
	default:
		_, size := utf8.DecodeRuneInString(rest[1:])
		if size > 1 {
			r.put(1+size, rest[1:1+size], false)
			return
		}
		r.put(2, rest[:2], false)
	}
}

// character writes \u0026 and its like.
func (r *jsReader) character(m []string) {
	digits, size := m[1]+m[3], len(m[0])
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		r.put(2, `\u`, false)
		return
	}
	c := rune(n)
	if m[2] != "" {
		low, _ := strconv.ParseUint(m[2], 16, 32)
		if pair := utf16.DecodeRune(c, rune(low)); pair != utf8.RuneError {
			c = pair
		} else {
			size -= len(`\uXXXX`)
		}
	}
	r.put(size, fmt.Sprintf(`\x{%X}`, c), true)
}
