package format

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/realdata"
)

type fact struct {
	Kind, Dest, Format string
	Lines, Records     int
	First, Last        time.Time
}

func readFacts(t *testing.T, dir string) []fact {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files []fact }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	logs := all.Files[:0]
	for _, f := range all.Files {
		if f.Kind == "log" {
			logs = append(logs, f)
		}
	}
	return logs
}

// eachLine reads a log of the set, unpacked, line by line.
func eachLine(t *testing.T, path string, do func(line []byte)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		do(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

// seen is what the parser made of a log.
type seen struct {
	records, guessed, rejected int
	first, last                time.Time
	formats, tags              map[string]int
}

func readLog(t *testing.T, path string, o Options, each func(Line, []byte)) seen {
	t.Helper()
	s := seen{formats: map[string]int{}, tags: map[string]int{}}
	p := NewParser(o)
	eachLine(t, path, func(raw []byte) {
		l, err := p.Parse(raw)
		switch {
		case err != nil:
			s.rejected++
			t.Logf("%s: %v: %.200s", path, err, raw)
			return
		case l.Skip:
			return
		}
		s.records++
		s.formats[l.Spec.Name]++
		s.tags[l.Tag]++
		if l.Guessed {
			s.guessed++
		} else {
			if s.first.IsZero() || l.Time.Before(s.first) {
				s.first = l.Time
			}
			if l.Time.After(s.last) {
				s.last = l.Time
			}
		}
		if each != nil {
			each(l, raw)
		}
	})
	return s
}

// Ensure every log of the set is recognised with its records, its tag, and
// the times of its first and last record.
func TestDataEveryLogIsRecognised(t *testing.T) {
	dir := realdata.Dir(t)
	now := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	for _, f := range readFacts(t, dir) {
		t.Run(f.Dest, func(t *testing.T) {
			s := readLog(t, filepath.Join(dir, f.Dest), Options{Now: now}, nil)
			if s.records != f.Records || s.rejected != 0 {
				t.Errorf("got %d records and %d rejected, want %d and 0", s.records, s.rejected, f.Records)
			}
			format, tag := wantFormat(f)
			if s.formats[format] != f.Records || s.tags[tag] != f.Records {
				t.Errorf("got formats %v tags %v, want %s and %s for all", s.formats, s.tags, format, tag)
			}
			if f.First.IsZero() {
				t.Logf("%d records from %v to %v, %d without time", s.records, s.first, s.last, s.guessed)
				return
			}
			// The facts were taken through floats, to the microsecond.
			if got := s.first.Round(time.Microsecond); !got.Equal(f.First) || s.guessed > 0 {
				t.Errorf("got first %v (%d guessed), want %v", got, s.guessed, f.First)
			}
			if got := s.last.Round(time.Microsecond); !got.Equal(f.Last) {
				t.Errorf("got last %v, want %v", got, f.Last)
			}
		})
	}
}

func wantFormat(f fact) (format, tag string) {
	name, _, _ := strings.Cut(filepath.Base(f.Dest), ".")
	switch {
	case f.Format == "Zeek TSV":
		return ZeekTSV, "zeek." + name
	case strings.Contains(f.Dest, "zeek"):
		return ZeekJSON, "zeek." + name
	case f.Format == "JSON lines":
		return JSON, JSON
	case strings.Contains(f.Dest, "auth.log"), strings.Contains(f.Dest, "haproxy"), strings.Contains(f.Dest, "logfile_syslog"):
		return Syslog, Syslog
	case strings.Contains(f.Dest, "access"):
		return Access, Access
	}
	return Text, Text
}

// Ensure fields and words of real lines agree, and no value holds what the
// format's escapes stand for.
func TestDataFieldsAgree(t *testing.T) {
	dir := realdata.Dir(t)
	for _, f := range readFacts(t, dir) {
		t.Run(f.Dest, func(t *testing.T) {
			n := 0
			readLog(t, filepath.Join(dir, f.Dest), Options{}, func(l Line, raw []byte) {
				if n++; n%max(1, f.Records/500) == 0 {
					checkEntry(t, l.Spec, raw)
				}
			})
		})
	}
}

// Ensure fields have the values that other tools counted in the same logs.
func TestDataFieldsHaveKnownAnswers(t *testing.T) {
	dir := realdata.Dir(t)
	for _, c := range []struct {
		file, field, value string
		want               int
	}{
		{"pairs/apt29-day2/UTICA-A/zeek/conn.log", "id.orig_h", "10.0.1.5", 353},
		{"pairs/apt29-day2/UTICA-A/zeek/conn.log", "destination.ip", "192.168.0.4", 284},
		{"logs/zeek-tsv-wrccdc/dns.log.gz", "rcode_name", "NXDOMAIN", 2097},
		{"logs/zeek-json-wrccdc/dns.json.gz", "rcode_name", "NXDOMAIN", 2097},
		{"logs/zeek-tsv-wrccdc/dns.log.gz", "query", "ise.wrccdc.org", 22160},
		{"logs/zeek-json-wrccdc/dns.json.gz", "id_orig_h", "10.47.2.100", 9346},
		{"logs/zeek-tsv-wrccdc/syslog.log", "severity", "NOTICE", 1242},
		{"logs/zeek-json-wrccdc/syslog.json.gz", "severity", "NOTICE", 1242},
		{"logs/windows-json/lsass05.json.gz", "EventID", "10", 30619},
		{"logs/syslog/auth.log", "app", "sshd", 4095},
		{"logs/syslog/auth.log", "app", "systemd", 238},
		{"logs/web/apache_access.log.gz", "status", "404", 213},
		{"logs/web/apache_access.log.gz", "client", "66.249.73.135", 482},
	} {
		got := 0
		var spec Spec
		var r Reader
		readLog(t, filepath.Join(dir, c.file), Options{}, func(l Line, raw []byte) {
			if l.Spec != spec {
				spec = l.Spec
				var err error
				if r, err = Open(spec); err != nil {
					t.Fatal(err)
				}
			}
			if v := r.Field(raw, 0, c.field); len(v) == 1 && v[0] == c.value {
				got++
			}
		})
		if got != c.want {
			t.Errorf("%s: %s=%s: got %d, want %d", c.file, c.field, c.value, got, c.want)
		}
	}
}

// Ensure TSV and JSON of the same log have the same fields.
func TestDataTSVAndJSONAgree(t *testing.T) {
	dir := realdata.Dir(t)
	for _, name := range []string{"notice", "smtp", "ntlm", "software", "smb_mapping"} {
		var tsv, js [][]Field
		read := func(path string, into *[][]Field) {
			readLog(t, filepath.Join(dir, "logs", path), Options{}, func(l Line, raw []byte) {
				r, err := Open(l.Spec)
				if err != nil {
					t.Fatal(err)
				}
				*into = append(*into, r.Fields(raw, 0))
			})
		}
		read("zeek-tsv-wrccdc/"+name+".log", &tsv)
		read("zeek-json-wrccdc/"+name+".json", &js)
		if len(tsv) != len(js) {
			t.Errorf("%s: got %d lines of TSV and %d of JSON", name, len(tsv), len(js))
			continue
		}
		for i := range tsv {
			if got, want := comparable(tsv[i]), comparable(js[i]); got != want {
				t.Fatalf("%s, record %d:\ngot  %s\nwant %s", name, i+1, got, want)
			}
		}
	}
}

// comparable leaves out what the two spell differently: times, intervals,
// booleans, and the members that only JSON has.
func comparable(fields []Field) string {
	var out strings.Builder
	for _, f := range fields {
		switch f.Name {
		case "_path", "_write_ts", "ts", "suppress_for", "date", "first_received", "second_received":
			continue
		}
		if len(f.Values) == 1 && len(f.Values[0]) <= 5 && strings.Contains("true false T F", f.Values[0]) {
			continue
		}
		fmt.Fprintf(&out, "%s=%q ", f.Name, f.Values)
	}
	return out.String()
}
