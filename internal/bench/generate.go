package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// span is the time that the lines cover.
const span = 720 * time.Hour

// generator writes the smaller corpus: four streams of an office, the same
// bytes whenever it is asked for the same number of lines.
type generator struct {
	r    *rand.Rand
	now  time.Time
	peer string // the address outside that the next line names
}

const zeekHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n" +
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\n" +
	"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\n"

var generated = []struct {
	name, header string
	share        int // in 100
	line         func(g *generator) string
}{
	{"zeek-conn-tsv", zeekHeader, 30, (*generator).conn},
	{"zeek-json-dns", "", 35, (*generator).dns},
	{"apache", "", 15, (*generator).access},
	{"syslog", "", 20, (*generator).syslog},
}

// generate writes a corpus of that many lines into dir, and its truth beside.
func generate(dir string, lines int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	t := truth{Lines: 0, Needle: needle}
	for i, s := range generated {
		n := lines * int64(s.share) / 100
		planted, err := writeLog(filepath.Join(dir, s.name+".log"), i, n)
		if err != nil {
			return err
		}
		t.Lines += n
		t.NeedleLines += planted
	}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(dir+".json", b, 0o644)
}

// writeLog writes the file of stream i and returns how many lines of it name
// the needle: eight, about evenly spread, in files of eight lines or more.
func writeLog(path string, i int, lines int64) (planted int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() // a second time after a good end, which does no harm
	w := bufio.NewWriter(f)
	w.WriteString(generated[i].header)
	g := &generator{r: rand.New(rand.NewPCG(42, uint64(i)))}
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	every := max(lines/8, 1)
	for n := range lines {
		g.now = start.Add(time.Duration(float64(span) * float64(n) / float64(lines)))
		g.peer = g.outside()
		if n%every == every/2 && planted < 8 {
			g.peer = needle
			planted++
		}
		w.WriteString(generated[i].line(g))
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil { // of all writes above
		return 0, err
	}
	return planted, f.Close()
}

func (g *generator) inside() string {
	// The square makes low numbers the busy hosts.
	h := int(g.r.Float64() * g.r.Float64() * 4000)
	return fmt.Sprintf("10.20.%d.%d", h/250, h%250+1)
}

func (g *generator) outside() string {
	if g.r.IntN(3) > 0 {
		return fmt.Sprintf("198.51.100.%d", 1+g.r.IntN(250))
	}
	return fmt.Sprintf("%d.%d.%d.%d", 11+g.r.IntN(150), g.r.IntN(256), g.r.IntN(256), g.r.IntN(256))
}

func (g *generator) pick(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) letters(n int, of string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = of[g.r.IntN(len(of))]
	}
	return string(b)
}

const (
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	alphabet  = lowerCase + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

func (g *generator) uid() string { return "C" + g.letters(17, alphabet) }

func (g *generator) conn() string {
	return fmt.Sprintf("%.6f\t%s\t%s\t%d\t%s\t%s\ttcp\t%s\t%.6f\t%d\t%d\t%s",
		float64(g.now.UnixMicro())/1e6, g.uid(), g.inside(), 1024+g.r.IntN(60000), g.peer, g.pick("80", "443", "22", "4711"),
		g.pick("http", "ssl", "ssl", "ssh", "-"), g.r.ExpFloat64(), g.r.IntN(5000), g.r.IntN(90000), g.pick("SF", "SF", "S0", "RSTO"))
}

func (g *generator) dns() string {
	name := g.pick("www", "mail", "cdn", "api") + "." + g.pick("example", "office", "partner") + ".com"
	if g.r.IntN(20) == 0 {
		name = g.letters(12, lowerCase) + ".example.net"
	}
	return fmt.Sprintf(`{"_path":"dns","ts":%q,"uid":%q,"id.orig_h":%q,"id.orig_p":%d,"id.resp_h":%q,"id.resp_p":53,"proto":"udp","query":%q,"rcode_name":%q,"answers":[%q]}`,
		g.now.Format("2006-01-02T15:04:05.000000Z"), g.uid(), g.inside(), 1024+g.r.IntN(60000), "10.20.0.2", name,
		g.pick("NOERROR", "NOERROR", "NXDOMAIN"), g.peer)
}

func (g *generator) access() string {
	return fmt.Sprintf(`%s - - [%s] "GET /%s/%s.html HTTP/1.1" %s %d "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 %s"`,
		g.peer, g.now.Format("02/Jan/2006:15:04:05 -0700"), g.pick("blog", "docs", "shop"), g.letters(6, lowerCase),
		g.pick("200", "200", "304", "404"), g.r.IntN(50000), g.pick("Firefox/128.0", "Chrome/126.0", "Lynx/2.9"))
}

func (g *generator) syslog() string {
	head := fmt.Sprintf("%s %s sshd[%d]: ", g.now.Format(time.Stamp), g.pick("web1", "web2", "db1"), 1000+g.r.IntN(30000))
	switch g.r.IntN(8) {
	case 0:
		return head + fmt.Sprintf("Invalid user %s from %s", g.pick("admin", "oracle", "test1", "xyzzy2"), g.peer)
	case 1:
		return head + "pam_unix(sshd:auth): authentication failure for backup; rhost=" + g.peer
	}
	return head + fmt.Sprintf("Disconnected from %s port %d", g.peer, 1024+g.r.IntN(60000))
}
