package format

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// seeds are the logs of the golden files.
func seeds(t testing.TB) (logs [][]byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, part(a, "log"))
	}
	return logs
}

// Ensure fields and words of every golden line agree.
func TestFieldsAgree(t *testing.T) {
	for _, s := range seeds(t) {
		parseAll(t, Options{}, s)
	}
}

// Ensure a field is found under every spelling of its name, and under the
// one that the line writes before any other.
func TestFieldBySpellings(t *testing.T) {
	tsv := Spec{Name: ZeekTSV, Header: "#fields\tid.orig_h\tid.vlan\tsrc_ip\tx"}
	for _, c := range []struct {
		spec      Spec
		raw, name string
		want      []string
	}{
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "id.orig_h", []string{"10.0.0.1"}},
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "id_orig_h", []string{"10.0.0.1"}},
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "source.ip", []string{"10.0.0.1"}},
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "src_ip", []string{"10.0.0.9"}},
		{tsv, "-\t7\t10.0.0.9\tv", "id.orig_h", []string{"10.0.0.9"}},
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "id_vlan", []string{"7"}},
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "id.resp_h", nil},
		{tsv, "10.0.0.1\t7\t10.0.0.9\tv", "id.", nil},
		{Spec{Name: JSON}, `{"source":{"ip":"1.2.3.4"}}`, "id_orig_h", []string{"1.2.3.4"}},
		{Spec{Name: JSON}, `{"id_resp_p":53}`, "dest_port", []string{"53"}},
		{Spec{Name: JSON}, `{"id":{"resp_p":53},"id.resp_p":[54,null]}`, "destination.port", []string{"53", "54"}},
		{Spec{Name: JSON}, `{"a":[{"b":1},[{"b":2}],3]}`, "a.b", []string{"1", "2"}},
		{Spec{Name: JSON}, `{"a":[{"b":1},[{"b":2}],3]}`, "a", []string{"3"}},
		{Spec{Name: JSON}, `{"a":{"":{"b":1}}}`, "a..b", []string{"1"}},
		{Spec{Name: JSON}, `{"a.b":{"c":1},"a":{"b.c":2,"b":{"c":[3,{"c":9}]}}}`, "a.b.c", []string{"1", "2", "3"}},
		{Spec{Name: JSON}, `{"a":1,"\u0061":"\u0062","x":"\\\"","b":2}`, "a", []string{"1", "b"}},
		{Spec{Name: JSON}, `{"x":"\\\"","a":2}`, "a", []string{"2"}},
		{Spec{Name: JSON}, `{"x":"a\":1,\"b","a":2}`, "b", nil},
		{Spec{Name: JSON}, `{"client":"x"}`, "src_ip", []string{"x"}},
		{Spec{Name: JSON}, `{"client":"x","source":{"ip":"y"}}`, "src_ip", []string{"y"}},
		{Spec{Name: JSON}, `{"src_ip":"x"}`, "client", nil},
		{Spec{Name: JSON}, `{"ip":"1.1.1.1","source":{"ip":"2.2.2.2"},"src_ip":"9.9.9.9","dest_ip":"3.3.3.3","m":"4.4.4.4"}`, "ip", []string{"1.1.1.1", "2.2.2.2", "3.3.3.3"}},
		{Spec{Name: JSON}, `{"m":"4.4.4.4 and fe80::1","n":"10\u002e0.0.1"}`, "ip", []string{"4.4.4.4", "fe80::1", "10.0.0.1"}},
		{Spec{Name: JSON}, `{"m":"4.4.4.4","id.orig_p":1}`, "port", []string{"1"}},
		{Spec{Name: JSON}, `{"m":"port 22"}`, "port", nil},
		{tsv, "10.0.0.1\t7\t-\tv", "ip", []string{"10.0.0.1"}},
		{tsv, "-\t7\t-\tfrom 10.0.0.7", "ip", []string{"10.0.0.7"}},
		{Spec{Name: Syslog}, "Mar 27 13:06:56 h sshd[1]: from 91.197.232.109 port 1", "ip", []string{"91.197.232.109"}},
		{Spec{Name: Access}, `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /8.8.8.8 HTTP/1.1" 200 2`, "ip", []string{"83.149.9.216"}},
		{Spec{Name: Access}, `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 2`, "status_code", []string{"200"}},
		{Spec{Name: Text}, "a aa:bb:cc:dd:ee:ff", "mac", []string{"aa:bb:cc:dd:ee:ff"}},
		{Spec{Name: JSON}, `not json`, "a", nil},
		{Spec{Name: Text}, `a=b`, "a", nil},
	} {
		r, err := Open(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Field([]byte(c.raw), 0, c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s of %s: got %q, want %q", c.name, c.raw, got, c.want)
		}
	}
}

// Ensure all spellings of a field name one another.
func TestCanonical(t *testing.T) {
	for _, g := range Groups() {
		for _, name := range g.Names {
			if got := Canonical(name); !slices.Equal(got, g.Names) {
				t.Errorf("%s: got %q, want %q", name, got, g.Names)
			}
		}
		for _, name := range slices.Concat(g.Names, g.Also) {
			if Derived(name) && !isCommunity(name) { // the index is asked for neither of its names
				t.Errorf("%s is computed and can't have other names: the index would not find it", name)
			}
		}
	}
	for name, want := range map[string][]string{
		"id.vlan": {"id.vlan", "id_vlan"}, "id_vlan": {"id.vlan", "id_vlan"},
		"id": nil, "id.": nil, "id_": nil, "client": nil, "ip.src": nil, "": nil,
	} {
		if got := Canonical(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// Ensure equal headers are equal Specs whatever their order, defaults and
// times, and that reading a canonical header gives it back.
func TestEqualHeadersAreEqualSpecs(t *testing.T) {
	var specs []Spec
	for _, text := range []string{
		"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2023\n#fields\tts\tuid\n#types\ttime\tstring\n1.5\tC1",
		"#separator \\x09\n#unset_field\t-\n#set_separator\t,\n#open\t2024\n#fields\tts\tuid\n#types\ttime\tstring\n#path\tconn\n1.5\tC1",
		"#fields\tts\tuid\n#types\ttime\tstring\n#path\tconn\n1.5\tC1",
	} {
		p := NewParser(Options{Now: testNow})
		var last Line
		for line := range strings.SplitSeq(text, "\n") {
			l, err := p.Parse([]byte(line))
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			last = l
		}
		specs = append(specs, last.Spec)
	}
	for _, s := range specs {
		h, err := parseHeader(s.Header)
		if err != nil || s != specs[0] || h.canonical() != s.Header {
			t.Errorf("got %+v, %v, want %+v", s, err, specs[0])
		}
	}
}

// Ensure Open says what is wrong.
func TestOpenErrors(t *testing.T) {
	for spec, want := range map[Spec]string{
		{Name: "xml"}:   `unknown format "xml"`,
		{Name: ZeekTSV}: `format zeek-tsv: zeek header: "" is no part of it`,
		{Name: ZeekTSV, Header: "#separator \\x09"}:                  "format zeek-tsv: zeek header: no #fields",
		{Name: ZeekTSV, Header: "#fields\ta\t\tb"}:                   "format zeek-tsv: zeek header: column 2 of #fields has no name",
		{Name: ZeekTSV, Header: "#set_separator\t\\x09\n#fields\ta"}: `format zeek-tsv: zeek header: #separator and #set_separator are the same byte '\t'`,
	} {
		if _, err := Open(spec); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", spec, err, want)
		}
	}
}

// Ensure nesting is bounded, and what is deeper says where.
func TestJSONDepthIsBounded(t *testing.T) {
	nested := func(n int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", n) + "1" + strings.Repeat("]", n) + "}")
	}
	p := NewParser(Options{Now: testNow})
	if _, err := p.Parse(nested(maxDepth - 1)); err != nil {
		t.Errorf("got %v, want none", err)
	}
	_, err := p.Parse(nested(maxDepth))
	if want := "invalid JSON at offset 132: nested deeper than 128"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	checkEntry(t, Spec{Name: JSON}, nested(maxDepth-1))
	checkEntry(t, Spec{Name: JSON}, nested(500_000))
}

// Ensure a line that was made to be expensive stays cheap.
func TestJSONFieldsAreBounded(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(strings.Repeat(`{"`+strings.Repeat("k", 5000)+`":`, 100))
	b.WriteString(`{"x":1`)
	for i := range 50_000 {
		fmt.Fprintf(&b, `,"%d":%d`, i, i)
	}
	b.WriteString(strings.Repeat("}", 101))
	r, _ := Open(Spec{Name: JSON})
	if got := r.Fields(b.Bytes(), 0); len(got) != 0 {
		t.Errorf("got %d fields, want none with names that long", len(got))
	}
	b.Reset()
	b.WriteString(`{"x":1`)
	for i := range 50_000 {
		fmt.Fprintf(&b, `,"%d":%d`, i, i)
	}
	b.WriteString("}")
	if got := r.Fields(b.Bytes(), 0); len(got) != maxFields {
		t.Errorf("got %d fields, want %d", len(got), maxFields)
	}
}

// Ensure a tag made of a path is a tag, whatever the path.
func TestZeekTagIsPrintable(t *testing.T) {
	p := NewParser(Options{})
	for path, want := range map[string]string{
		"conn": "zeek.conn", "": "zeek-tsv", "a b\x00\xff": "zeek.a_b__", "\u202e": "zeek._",
		strings.Repeat("x", 200):                   "zeek." + strings.Repeat("x", 100),
		strings.Repeat("x", 99) + "é" + "and more": "zeek." + strings.Repeat("x", 99) + "_",
	} {
		if got := p.zeekTag([]byte(path), ZeekTSV); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

// Ensure seconds are read to the nanosecond without a float in between.
func TestParseSeconds(t *testing.T) {
	for text, want := range map[string]string{
		"1588316991.3176439":     "2020-05-01T07:09:51.3176439Z",
		"1588316991.31764391234": "2020-05-01T07:09:51.317643912Z",
		"1588316991":             "2020-05-01T07:09:51Z",
		"0.000000001":            "1970-01-01T00:00:00.000000001Z",
		"-0.25":                  "1969-12-31T23:59:59.75Z",
		"9223372035.5":           "2262-04-11T23:47:15.5Z",
		"9223372036854775807":    "",
		"99999999999999999999":   "",
		"1.":                     "", ".5": "", "": "", "-": "", "1e9": "", "1 ": "",
	} {
		got := ""
		if at, ok := parseSeconds([]byte(text)); ok {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Ensure numbers are read in the unit that their size says.
func TestParseNumber(t *testing.T) {
	const want = "2015-10-30T23:58:19.322Z"
	for _, text := range []string{"1446249499.322", "1446249499322", "1446249499322000", "1446249499322000000", "1.446249499322e9"} {
		at, ok := parseNumber([]byte(text))
		if got := at.Round(time.Millisecond).Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"1e300", "NaN", "Inf", "50000000000", "x"} {
		if at, ok := parseNumber([]byte(text)); ok {
			t.Errorf("%s: got %v, want no time", text, at)
		}
	}
}

// Ensure texts that hold a time and nothing else are read.
func TestParseText(t *testing.T) {
	for text, want := range map[string]string{
		"2023-09-06T04:51:46Z":                     "2023-09-06T04:51:46Z",
		"2023-09-06t04:51:46z":                     "2023-09-06T04:51:46Z",
		"2023-09-06 04:51:46,5 -0700":              "2023-09-06T11:51:46.5Z",
		"2023-09-06T04:51:60+05:30":                "2023-09-05T23:22:00Z",
		"2023-09-06T04:51:46+02":                   "2023-09-06T02:51:46Z",
		"2023-09-06T04:51:46+02:00[Europe/Berlin]": "2023-09-06T02:51:46Z",
		"06/Sep/2023:04:51:46 +0200":               "2023-09-06T02:51:46Z",
		"Sep  6 04:51:46":                          "2023-09-06T04:51:46Z",
		"/Date(1446249499322)/":                    "2015-10-30T23:58:19.322Z",
		"20230906T045146Z":                         "2023-09-06T04:51:46Z",
		"20230906045146":                           "2023-09-06T04:51:46Z",
		"Wed, 06 Sep 2023 04:51:46 +0200":          "2023-09-06T02:51:46Z",
		"9/6/2023 4:51:46 PM":                      "2023-09-06T16:51:46Z",
		"2023-09-06":                               "", "04:51:46": "", "12345678": "", "2023-09-06T04:51:46 trailing": "",
		"0000-00-00 00:00:00": "", "0001-01-01T00:00:00Z": "", "9999-12-31T23:59:59Z": "", "2023-09-06T24:00:00Z": "",
	} {
		got := ""
		if at, ok := parseText([]byte(text), testNow, time.UTC); ok {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Ensure the parser needs no memory for a line.
func TestParseAllocatesNothing(t *testing.T) {
	for _, line := range []string{benchTSV, benchZeek, benchSyslog, benchAccess, benchText} {
		p := NewParser(Options{Now: testNow})
		if line == benchTSV {
			for h := range strings.SplitSeq(benchHeader, "\n") {
				p.Parse([]byte(h))
			}
		}
		raw := []byte(line)
		p.Parse(raw) // the first of a path makes its tag
		if n := testing.AllocsPerRun(100, func() { p.Parse(raw) }); n != 0 {
			t.Errorf("%.40s: got %v allocations, want none", line, n)
		}
	}
}
