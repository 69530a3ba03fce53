package indextest

import (
	"strings"
	"testing"

	"spoor/index/query"
)

// query makes the text of a query of at most that depth.
func (g generator) query(depth int) string {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return g.query(depth-1) + " " + g.query(depth-1)
		case 1:
			return "(" + g.query(depth-1) + " OR " + g.query(depth-1) + ")"
		case 2:
			return "NOT " + g.leaf()
		case 3:
			return "(" + g.query(depth-1) + ") AND NOT (" + g.query(depth-1) + ")"
		}
	}
	return g.leaf()
}

var fields = []string{"msg", "host", "n", "sub.list", "uid", "id.orig_h", "src_ip", "id.resp_p", "service", "history",
	"app", "pid", "severity", "facility", "message", "client", "user", "method", "path", "status", "agent",
	"time_guessed", "origin.host", "origin.file", "sensor", "job",
	"ip", "port", "mac", "status_code", "user.name", "destination.ip", "ts"}

func (g generator) leaf() string {
	switch g.IntN(14) {
	case 10:
		return pick(g, fields) + ":" + pick(g, comparisons)
	case 11:
		return pick(g, fields) + ":(" + g.value() + pick(g, []string{" OR ", " ", " -"}) + g.value() + ")"
	case 12:
		return "case:" + pick(g, []string{"", "", "msg:", "user:=", "host:"}) + pick(g, words)
	case 13:
		return pick(g, []string{"src:[1 TO 100]", "src:>100", "src:(7 OR 101)", "tag:(app OR zeek.*)", "10.0.0.0/8", "10.0.0.0/28", "fe80::/10",
			"ip:10.0.0.0/24", "source.ip:192.168.0.0/16", "ip:fe80::/64", "sub.list:0.0.0.0/1", "mac:aa:bb:cc:dd:ee:ff"})
	case 9:
		return pick(g, []string{"severity:err", "severity:debug", "facility:auth", "facility:local*", "NOT severity:info"})
	case 0:
		return pick(g, []string{"tag:app", "tag:zeek.conn", "tag:zeek.*", "tag:nothing", "tag:syslog"})
	case 1:
		return pick(g, []string{"src:100", "src:101", "src:7"})
	case 2, 3:
		return pick(g, fields) + ":" + g.value()
	case 4:
		return pick(g, fields) + ":=" + quote(g.token())
	case 5:
		return pick(g, fields) + ":*"
	}
	return g.value()
}

var comparisons = []string{">22", ">=443", "<443", "<=-7", "[1 TO 443]", "{1 TO 8080}", ">1e2", "<10s", ">=1kB", ">alpha", "[a TO c]",
	">10.0.0.1", "[10.0.0.0 TO 192.168.255.255]", ">fe80::", "<2020-05-01", ">2001-01-01T00:00:00Z"}

func (g generator) value() string {
	switch g.IntN(7) {
	case 0:
		return quote(g.text())
	case 1:
		w := strings.ToLower(pick(g, words))
		if len(w) < 2 || w[1] >= 0x80 {
			return w
		}
		return w[:1+g.IntN(len(w)-1)] + "*"
	case 2:
		return "*" + pick(g, []string{"pha", "ror", "4", "abcdef"})
	case 3:
		return pick(g, []string{"/al.ha/", "/BETA/i", "/[0-9]{3}/", "/^</", "/10[.]0/"})
	case 4:
		return pick(g, []string{"10.0.0.1", "fe80::1527:0:0:1", "8.8.8.8", "aa:bb:cc:dd:ee:ff", "192.168.*", "2001:db8::a"})
	}
	return quote(g.token())
}

// quote writes a value so that it needs no thought about the language.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// parse reads the text of a query. What the language refuses is nil, false:
// the generator needs no grammar of its own.
func parse(t testing.TB, text string) (query.Node, bool) {
	n, err := query.Parse(text)
	if err != nil {
		t.Logf("query %s: %v", text, err)
		return nil, false
	}
	return n, true
}
