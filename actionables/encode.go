package actionables

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"spoor/index/query"
)

// encoder is what a placeholder asks to be done to its value. After all of
// them the value is still encoded for the place where it stands.
type encoder string

const (
	encodeURL     encoder = "url"
	encodeBase64  encoder = "base64"
	encodeDefang  encoder = "defang"
	encodeJSON    encoder = "json"
	encodeQuery   encoder = "query"
	encodeUpper   encoder = "upper"
	encodeLower   encoder = "lower"
	encodeHost    encoder = "host"
	encodeAddress encoder = "address"
	encodeUnix    encoder = "unix"
	encodeMillis  encoder = "ms"
)

// encoders say what each does, or why it can't: a reason.
var encoders = map[encoder]func(string) (text, reason string){
	encodeURL:     func(v string) (string, string) { return escapeComponent(v), "" },
	encodeBase64:  func(v string) (string, string) { return base64.StdEncoding.EncodeToString([]byte(v)), "" },
	encodeDefang:  func(v string) (string, string) { return defang(v), "" },
	encodeJSON:    func(v string) (string, string) { return jsonString(v), "" },
	encodeQuery:   func(v string) (string, string) { return query.Literal(v).String(), "" },
	encodeUpper:   func(v string) (string, string) { return strings.ToUpper(v), "" },
	encodeLower:   func(v string) (string, string) { return strings.ToLower(v), "" },
	encodeHost:    hostOf,
	encodeAddress: canonicalAddress,
	encodeUnix:    func(v string) (string, string) { return sinceEpoch(v, time.Second) },
	encodeMillis:  func(v string) (string, string) { return sinceEpoch(v, time.Millisecond) },
}

func isEncoder(name string) bool { return encoders[encoder(name)] != nil }

// encoderNames lists the encoders for a message.
func encoderNames() string {
	var names []string
	for e := range encoders {
		names = append(names, string(e))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// last is the last encoder of a placeholder, or none.
func (p part) last() encoder {
	if len(p.encoders) == 0 {
		return ""
	}
	return p.encoders[len(p.encoders)-1]
}

// encode runs the encoders of a placeholder over its value.
func (p part) encode(v string) (text, reason string) {
	for _, e := range p.encoders {
		if v, reason = encoders[e](v); reason != "" {
			return "", reason
		}
	}
	return v, ""
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

// defang writes addresses, names and URLs so that nothing makes a link of
// them: hxxps://www[.]example[.]com, fe80[:]:1, user[@]example[.]com.
func defang(v string) string {
	if scheme, rest, found := strings.Cut(v, "://"); found {
		switch scheme = strings.ToLower(scheme); scheme {
		case "http", "https":
			scheme = "hxxp" + scheme[len("http"):]
		case "ftp":
			scheme = "fxp"
		}
		host, path := rest, ""
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		return scheme + "://" + defangHost(host) + path
	}
	return defangHost(v)
}

func defangHost(v string) string {
	if a, err := netip.ParseAddr(v); err == nil && a.Is6() {
		return strings.Replace(v, ":", "[:]", 1)
	}
	return strings.NewReplacer(".", "[.]", "@", "[@]").Replace(v)
}

// jsonString writes a string of JSON in its quotes. Bytes that are not UTF-8
// stand as U+FFFD in it: JSON has no way to write them.
func jsonString(v string) string {
	shown, _ := Show([]byte(v))
	b, err := json.Marshal(shown) // escapes <, > and & as well
	if err != nil {
		return `""` // strings always marshal
	}
	return string(b)
}

// hostOf is the host of a URL, of an e-mail address or of host:port.
func hostOf(v string) (host, reason string) {
	host = v
	if u, err := url.Parse(v); err == nil && u.Host != "" {
		return u.Hostname(), ""
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if a, err := netip.ParseAddrPort(host); err == nil {
		return a.Addr().String(), ""
	}
	if i := strings.IndexAny(host, ":/?#"); i >= 0 && !isAddress(host) {
		host = host[:i]
	}
	if host == "" || strings.ContainsAny(host, " \t\r\n\"<>\\") || !utf8.ValidString(host) {
		return "", fmt.Sprintf("%s names no host", quote(v))
	}
	return host, ""
}

func isAddress(v string) bool {
	_, err := netip.ParseAddr(v)
	return err == nil
}

func canonicalAddress(v string) (text, reason string) {
	a, reason := readAddr(v)
	if reason != "" {
		return "", reason
	}
	return a.String(), ""
}

// sinceEpoch writes a time as a number of units since 1970.
func sinceEpoch(v string, unit time.Duration) (text, reason string) {
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		return "", fmt.Sprintf("%s is no time", quote(v))
	}
	if unit == time.Second {
		return strconv.FormatInt(t.Unix(), 10), ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10), ""
}
