package indextest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"spoor/index"
)

// start is the time of the first entries; it lies shortly before midnight so
// that entries fall on two days.
var start = time.Date(2026, 3, 4, 23, 59, 50, 0, time.UTC)

const tsvHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n" +
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\thistory\n" +
	"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tset[string]"

func text(tag string) *index.Stream {
	return &index.Stream{Tag: tag, Format: index.Format{Name: "text"}}
}

// line is an entry of stream s at start plus d.
func line(s *index.Stream, d time.Duration, raw string) index.Entry {
	return index.Entry{Stream: s, Time: start.Add(d), Arrived: start.Add(d), Raw: []byte(raw)}
}

// generator makes entries that hold few different words, so that random
// queries find some of them.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 7))} }

var (
	words = []string{"alpha", "Beta", "gamma_ray", "delta4", "example", "com", "www", "error", "err", "Errors",
		"SSL", "Invalid_Server_Cert", "übermut", "C3x9vK1abcdef", "C3x9vK1abcdeg", "admin", "administrator", "true", "a", "x1"}
	addrs = []string{"10.0.0.1", "10.0.0.10", "110.0.0.1", "192.168.0.4", "8.8.8.8", "fe80::1527:0:0:1",
		"fe80:0:0:0:1527::1", "2001:db8::a", "::ffff:10.0.0.1", "aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF"}
	numbers = []string{"1", "22", "443", "8080", "123456", "1583366390.5", "-7", "0x1f"}
	glue    = []string{" ", " ", " ", ".", ":", "=", "::", "/", "\"", ",", "-", "@"}
)

func pick[T any](g generator, from []T) T { return from[g.IntN(len(from))] }

func (g generator) token() string {
	switch g.IntN(8) {
	case 0, 1:
		return pick(g, addrs)
	case 2:
		return pick(g, numbers)
	}
	return pick(g, words)
}

func (g generator) text() string {
	var b strings.Builder
	for i := range 1 + g.IntN(9) {
		if i > 0 {
			b.WriteString(pick(g, glue))
		}
		b.WriteString(g.token())
	}
	return b.String()
}

// escaped writes text as a JSON string with escapes of many kinds.
func (g generator) escaped(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"':
			b.WriteString(`\"`)
		case r == ' ' && g.IntN(3) == 0:
			b.WriteString(pick(g, []string{`\n`, `\t`, `\u0026`, `\/`, `\\`}))
		case r < 0x80 && g.IntN(40) == 0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// entry makes one of many kinds of entries.
func (g generator) entry() index.Entry {
	s := &index.Stream{Source: []uint32{0, 0, 0, 100, 101}[g.IntN(5)]}
	if g.IntN(3) == 0 {
		s.Origin = index.Origin{Host: pick(g, []string{"", "alpha", "web-1"}), File: pick(g, []string{"", "conn.log"}),
			Sensor: pick(g, []string{"", "region-1"}), Job: uint64(g.IntN(3))}
	}
	raw := ""
	switch g.IntN(5) {
	case 0:
		s.Tag, s.Format = "app", index.Format{Name: "text"}
		raw = g.text()
	case 1:
		s.Tag, s.Format = pick(g, []string{"json", "zeek.dns"}), index.Format{Name: "json"}
		raw = fmt.Sprintf(`{"msg":%s,"host":%s,"n":%s,"sub":{"list":[%s,%s],"nul":null}}`, g.escaped(g.text()),
			g.escaped(g.token()), pick(g, []string{"1", "443", "4.43e2", "-7"}), g.escaped(g.token()), g.escaped(g.text()))
	case 2:
		s.Tag, s.Format = "zeek.conn", index.Format{Name: "zeek-tsv", Header: tsvHeader}
		raw = strings.Join([]string{"1583366390.5", pick(g, words), pick(g, addrs), pick(g, numbers), pick(g, addrs), "443",
			"tcp", pick(g, []string{"-", "ssl", "dns"}), pick(g, []string{"(empty)", "alpha,Beta", `a\x09b\x20alpha`})}, "\t")
	case 3:
		s.Tag, s.Format = "syslog", index.Format{Name: "syslog"}
		raw = fmt.Sprintf("<%d>Mar  4 23:59:59 %s %s[%d]: %s", g.IntN(192), pick(g, words), pick(g, words), g.IntN(5000), g.text())
	case 4:
		s.Tag, s.Format = "access", index.Format{Name: "access"}
		raw = fmt.Sprintf(`%s - %s [04/Mar/2026:23:59:59 +0000] "GET /%s HTTP/1.1" %d %d "-" "%s"`,
			pick(g, addrs), pick(g, []string{"-", "admin"}), g.token(), 200+g.IntN(4), g.IntN(1000), pick(g, words))
	}
	// Few times, so that many entries share one.
	at := start.Add(time.Duration(g.IntN(40)) * 500 * time.Millisecond)
	if g.IntN(50) == 0 {
		at = at.AddDate(-g.IntN(30), 0, g.IntN(400)) // stragglers
	}
	return index.Entry{Stream: s, Time: at, TimeGuessed: g.IntN(10) == 0, Arrived: start, Raw: []byte(raw)}
}

// entries makes n entries, some of them twice.
func (g generator) entries(n int) []index.Entry {
	all := make([]index.Entry, 0, n)
	for len(all) < n {
		if len(all) > 0 && g.IntN(6) == 0 {
			again := pick(g, all)
			again.Arrived = again.Arrived.Add(time.Second)
			all = append(all, again)
			continue
		}
		all = append(all, g.entry())
	}
	return all
}
