package fleet

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// FilterError says where a filter's text is wrong, and what was expected.
type FilterError struct {
	// Text is the whole filter as it was given.
	Text string
	// Offset is where it went wrong, in bytes from 0 to len(Text).
	Offset int
	// Reason says what is wrong there, and what to write instead.
	Reason string
}

// Column returns the place of the error in characters, counted from 1.
func (e *FilterError) Column() int {
	return utf8.RuneCountInString(e.Text[:e.Offset]) + 1
}

// Error gives the text only where it is short enough to be read.
func (e *FilterError) Error() string {
	if len(e.Text) > 200 {
		return fmt.Sprintf("filter: column %d: %s", e.Column(), e.Reason)
	}
	return fmt.Sprintf("filter %q: column %d: %s", e.Text, e.Column(), e.Reason)
}

// filterHints say what to write in place of words that other tools know, and
// that a Stenographer refuses or, worse, cuts off silently.
var filterHints = map[string]string{
	"flags":   "say `tcp flags syn`",
	"proto":   "say `ip proto 6`",
	"icmp6":   "say `ip proto 58`",
	"icmpv6":  "say `ip proto 58`",
	"sctp":    "say `ip proto 132`",
	"ip6":     "say `ip proto 6`, which means IPv6 too, or `net ::/0`",
	"arp":     "packet recorders find packets by IP headers only",
	"ether":   "packet recorders find packets by IP headers only",
	"less":    "lengths are unknown to packet recorders",
	"greater": "lengths are unknown to packet recorders",
	"ago":     "say `after 5m ago` or `before 2h ago`",
	"mask":    "say `net 10.0.0.0 mask 255.0.0.0`",
}

// shorten quotes a piece of input for a message.
func shorten(s string) string {
	const most = 40 // bytes
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return "`" + s + "`"
}
