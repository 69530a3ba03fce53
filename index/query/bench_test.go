package query

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// benchTexts are typical lines, a megabyte of each.
func benchTexts() map[string]benchText {
	var tsv, json, win strings.Builder
	for i := 0; tsv.Len() < 1<<20; i++ {
		fmt.Fprintf(&tsv, "15219%05d.%06d\tC%dbqc84K9Tq%dzE9Yd\t10.47.%d.%d\t%d\t10.0.0.%d\t53\tudp\tdns\t0.%06d\t%d\t%d\tSF\t-\t-\t0\tDd\t1\t60\t1\t76\t(empty)\n",
			i, i*7%1000000, i, i*13, i%256, i*3%256, 1024+i%60000, i%255, i*31%1000000, i%5000, i*5%9000)
	}
	for i := 0; json.Len() < 1<<20; i++ {
		fmt.Fprintf(&json, `{"_path":"conn","ts":"2018-03-24T17:15:%02d.%06dZ","uid":"C%dbqc84K9Tq","id.orig_h":"10.47.%d.%d","id.orig_p":%d,"id.resp_h":"10.0.0.%d","id.resp_p":53,"proto":"udp","duration":0.%06d,"conn_state":"SF"}`+"\n",
			i%60, i*7%1000000, i, i%256, i*3%256, 1024+i%60000, i%255, i*31%1000000)
	}
	for i := 0; win.Len() < 1<<20; i++ {
		fmt.Fprintf(&win, `{"EventID":%d,"Hostname":"MKT%02d.pandalab.com","@timestamp":"2023-09-05T09:52:%02d.082Z","Message":"An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tMKT%02d$","Image":"C:\\Windows\\system32\\svchost.exe"}`+"\n",
			4000+i%900, i%100, i%60, i%100)
	}
	return map[string]benchText{"tsv": {tsv.String(), HexEscapes}, "json": {json.String(), JSONEscapes}, "windows": {win.String(), JSONEscapes}}
}

type benchText struct {
	text string
	e    Escapes
}

func BenchmarkScan(b *testing.B) {
	for name, in := range benchTexts() {
		lines := strings.Split(in.text, "\n")
		raw := make([][]byte, len(lines))
		for i, l := range lines {
			raw[i] = []byte(l)
		}
		words, addrs, macs := 0, 0, 0
		scans := map[string]func([]byte){
			"words": func(l []byte) { ScanWords(l, in.e, func(w []byte) { words += len(w) }) },
			"addrs": func(l []byte) { ScanAddrs(l, func(_, _ int, _ netip.Addr) { addrs++ }) },
			"macs":  func(l []byte) { ScanMACs(l, func(_, _ int, _ [6]byte) { macs++ }) },
		}
		scans["all"] = func(l []byte) { scans["words"](l); scans["addrs"](l); scans["macs"](l) }
		found := Found{
			Word: func(w []byte) { words += len(w) },
			Addr: func(_, _ int, _ netip.Addr) { addrs++ },
			MAC:  func(_, _ int, _ [6]byte) { macs++ },
		}
		scans["tokens"] = func(l []byte) { ScanTokens(l, in.e, &found) }
		for _, what := range []string{"words", "addrs", "macs", "all", "tokens"} {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.SetBytes(int64(len(in.text)))
				b.ReportAllocs()
				for b.Loop() {
					for _, l := range raw {
						scans[what](l)
					}
				}
			})
		}
	}
}

// bytesLine is an entry that costs nothing to read.
type bytesLine struct {
	line
	bytes []byte
}

func (l *bytesLine) Raw() []byte { return l.bytes }

func BenchmarkMatch(b *testing.B) {
	queries := []string{"mimikatz", "Subject", "9Yd", "/mimi[kK]atz/", "10.0.0.254", "8.8.8.8", "fe80::1", "aa:bb:cc:dd:ee:ff", `C:\Temp`, "eee", "mimi*tz"}
	for name, in := range benchTexts() {
		for _, q := range queries {
			n, err := Parse(q)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(name+"/whole/"+q, func(b *testing.B) {
				r := &bytesLine{line{e: in.e}, []byte(in.text)}
				b.SetBytes(int64(len(in.text)))
				b.ReportAllocs()
				for b.Loop() {
					Match(n, r)
				}
			})
			b.Run(name+"/lines/"+q, func(b *testing.B) {
				var records []*bytesLine
				for l := range strings.SplitSeq(in.text, "\n") {
					records = append(records, &bytesLine{line{e: in.e}, []byte(l)})
				}
				b.SetBytes(int64(len(in.text)))
				b.ReportAllocs()
				for b.Loop() {
					for _, r := range records {
						Match(n, r)
					}
				}
			})
		}
	}
}
