package format

import (
	"strings"
	"testing"
	"time"

	"spoor/index/query"
)

const (
	benchHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]"
	benchTSV    = "1693975906.500310\tCPgXGz4Ck2S7ZKzsu8\t192.168.56.30\t62431\t192.168.56.1\t53\tudp\tdns\t0.000687\t0\t24\tSHR\tT\tT\t0\t^d\t0\t0\t2\t80\t-"
	benchZeek   = `{"_path":"dns","_write_ts":"2018-03-24T17:15:20.866586Z","ts":"2018-03-24T17:15:20.865716Z","uid":"CqKst53mF3det3eDV9","id.orig_h":"10.47.1.100","id.orig_p":41772,"id.resp_h":"10.0.0.100","id.resp_p":53,"proto":"udp","trans_id":36329,"rtt":0.0008699893951416016,"query":"ise.wrccdc.org","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":["ise.wrccdc.cpp.edu","134.71.3.16"],"TTLs":[2230.0,41830.0],"rejected":false}`
	benchSyslog = "Mar 27 13:06:56 ip-10-77-20-248 sshd[1291]: Failed password for invalid user admin from 91.197.232.109 port 52814 ssh2"
	benchAccess = `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/presentations/logstash-monitorama-2013/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"`
	benchText   = "[2016-12-19 16:31:47,999] TRACE Controller 0 epoch 36 started leader election for partition [__consumer_offsets,19] (state.change.logger)"
)

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{ZeekTSV, benchTSV}, {ZeekJSON, benchZeek}, {Syslog, benchSyslog}, {Access, benchAccess}, {Text, benchText},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := NewParser(Options{Now: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)})
			for h := range strings.SplitSeq(benchHeader, "\n") {
				if c.name == ZeekTSV {
					p.Parse([]byte(h))
				}
			}
			line := []byte(c.line)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				l, err := p.Parse(line)
				if err != nil || l.Spec.Name != c.name {
					b.Fatal(l, err)
				}
			}
		})
	}
}

func BenchmarkField(b *testing.B) {
	for _, c := range []struct {
		name, line, field string
		spec              Spec
	}{
		{"tsv", benchTSV, "id.resp_h", Spec{Name: ZeekTSV, Header: benchHeader}},
		{"tsv alias", benchTSV, "dest_ip", Spec{Name: ZeekTSV, Header: benchHeader}},
		{"tsv last", benchTSV, "resp_ip_bytes", Spec{Name: ZeekTSV, Header: benchHeader}},
		{"tsv ip", benchTSV, "ip", Spec{Name: ZeekTSV, Header: benchHeader}},
		{"json", benchZeek, "query", Spec{Name: ZeekJSON}},
		{"json ip", benchZeek, "ip", Spec{Name: ZeekJSON}},
		{"json alias", benchZeek, "source.ip", Spec{Name: ZeekJSON}},
		{"syslog", benchSyslog, "app", Spec{Name: Syslog}},
		{"access", benchAccess, "status", Spec{Name: Access}},
	} {
		b.Run(c.name, func(b *testing.B) {
			r, err := Open(c.spec)
			if err != nil {
				b.Fatal(err)
			}
			line := []byte(c.line)
			a, s := r.Accessor(c.field), new(Scratch)
			b.ReportAllocs()
			for b.Loop() {
				if len(a.Values(s, line, 0)) == 0 {
					b.Fatal("absent")
				}
			}
		})
	}
}

// record is a line as the store shows it to a query.
type record struct {
	reader  Reader
	raw     []byte
	scratch Scratch
	fields  map[string]Accessor
}

func (r *record) Raw() []byte                { return r.raw }
func (r *record) Escapes() query.Escapes     { return r.reader.Escapes() }
func (r *record) Time() time.Time            { return time.Time{} }
func (r *record) Tag() string                { return "" }
func (r *record) Source() uint32             { return 0 }
func (r *record) Field(name string) []string { return r.reader.Field(r.raw, 0, name) }
func (r *record) Values(name string) [][]byte {
	return r.fields[name].Values(&r.scratch, r.raw, 0)
}

// BenchmarkFilter says how many lines a second a field filter evaluates, on
// one core: the bar is a million of typical lines, without the help of a
// sieve.
func BenchmarkFilter(b *testing.B) {
	for _, c := range []struct {
		name, line string
		spec       Spec
		filters    []string
	}{
		{"tsv", benchTSV, Spec{Name: ZeekTSV, Header: benchHeader},
			[]string{"service:dns", "id.resp_h:192.168.56.0/24", "resp_bytes:>=24", "resp_ip_bytes:[1 TO 100]", "source.ip:192.168.56.30", "ip:192.168.56.1", "uid:CPgXGz4Ck2S7ZKzsu8", "ts:>2020-01-01"}},
		{"json", benchZeek, Spec{Name: ZeekJSON},
			[]string{"query:wrccdc.org", "id.orig_h:10.47.0.0/16", "rtt:<1ms", "qtype:1", "source.ip:10.47.1.100", "ip:10.0.0.100", "answers:134.71.3.16", "ts:>2018-01-01"}},
	} {
		for _, text := range c.filters {
			b.Run(c.name+"/"+text, func(b *testing.B) {
				n, err := query.Parse(text)
				if err != nil {
					b.Fatal(err)
				}
				reader, err := Open(c.spec)
				if err != nil {
					b.Fatal(err)
				}
				name, _, _ := strings.Cut(text, ":")
				r := &record{reader: reader, raw: []byte(c.line), fields: map[string]Accessor{name: reader.Accessor(name)}}
				b.ReportAllocs()
				for b.Loop() {
					if !query.Match(n, r) {
						b.Fatal("no match")
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
			})
		}
	}
}
