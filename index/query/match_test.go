package query

import (
	"bytes"
	"testing"
)

// Ensure words, phrases and addresses are found where the rules say, and
// nowhere else.
func TestMatchRulesOfRawText(t *testing.T) {
	const (
		conn  = "1521911720.865913\tC8bqc84K9TqNqzE9Yd\t10.47.1.100\t53995\t10.0.0.100\t53\tudp\tise.wrccdc.org"
		auth  = "Mar 27 13:08:09 ip-10-77-20-248 sshd[1361]: Accepted publickey for ubuntu from 85.245.107.41 port 54259 ssh2"
		bound = "Mar 27 13:06:56 ip-10-77-20-248 sshd[1291]: Server listening on :: port 22."
		evt   = `{"Message":"An account was logged on.\r\n\r\n\tSubject:\tS-1-5","Image":"C:\\Windows\\system32\\svchost.exe","Url":"http:\/\/x.example\/a?b=1\u0026c=2"}`
	)
	tests := []struct {
		query string
		text  string
		e     Escapes
		want  bool
	}{
		// Borders of words.
		{"example.com", "www.example.com.", 0, true},
		{"example.com", "myexample.com", 0, false},
		{"example.com", "example.community", 0, false},
		{"example.com", "EXAMPLE.Com", 0, true},
		{"port", auth, 0, true},
		{"por", auth, 0, false},
		{"sshd", auth, 0, true},
		{`"sshd[1361]:"`, auth, 0, true},
		{`"shd[1361]:"`, auth, 0, false},
		{`"[1361]: accepted PUBLICKEY"`, auth, 0, true},
		{"_a", "x_a", 0, false},
		{"a", "é a", 0, true},
		{"a", "éa", 0, false},
		{"é", "É", 0, false},
		{"é", "é", 0, true},
		{"-10", "a-10", 0, false},
		{`"-10"`, "a-10", 0, true},
		{"Failed", "failed", 0, true},
		{"K", "\u212a", 0, false}, // the Kelvin sign is no K: only ASCII has case
		{"a", "", 0, false},

		// Wildcards.
		{"Sub*", "Subject", 0, true},
		{"Sub*", "aSubject", 0, false},
		{"*ject", "Subject", 0, true},
		{"*ject", "Subjects", 0, false},
		{"*bje*", "Subject", 0, true},
		{"S*t", "Subject", 0, true},
		{"S*t", "Sub ject", 0, false},
		{"S*t", `S":"t`, 0, false},
		{"S*t", "Subjects at", 0, false},
		{"a*b*c", "a-b.c", 0, true},
		{"a*b*c", "a-c.b", 0, false},
		{"a*b", "a1bx2b", 0, true},
		{"*.wrccdc.org", conn, 0, true},
		{"C8bqc*", conn, 0, true},
		{"192.168.*", "from 192.168.7.8", 0, true},
		{"192.168.*", "from 10.192.168.7", 0, false},
		{"192.168.*", "from 1192.168.7.8", 0, false},
		{"10.47.1*", conn, 0, true},
		{"10.47.2*", conn, 0, false},

		// IPv4: the borders of the design.
		{"10.0.0.1", "10.0.0.1", 0, true},
		{"10.0.0.1", "10.0.0.10", 0, false},
		{"10.0.0.1", "110.0.0.1", 0, false},
		{"10.0.0.1", "1.10.0.0.1", 0, false},
		{"10.0.0.1", "10.0.0.1.5", 0, false},
		{"10.0.0.1", "seen 10.0.0.1.", 0, true},
		{"10.0.0.1", "10.0.0.1:443", 0, true},
		{"10.0.0.1", "10.0.0.1/8", 0, true},
		{"10.0.0.1", "x10.0.0.1", 0, false},
		{"10.0.0.1", "10.0.0.1x", 0, false},
		{"10.0.0.1", "_10.0.0.1_", 0, true},
		{"10.0.0.1", "::ffff:10.0.0.1", 0, true},
		{"10.0.0.100", conn, 0, true},
		{"10.0.0.10", conn, 0, false},
		{"10.0.0.1:443", "to 10.0.0.1:443 from", 0, true},
		{"10.0.0.1:443", "to 110.0.0.1:443 from", 0, false},
		{"10.0.0.1:443", "to 1.10.0.0.1:443 from", 0, false},

		// Three numbers.
		{"10.0.0", "10.0.0.1", 0, false},
		{"0.0.1", "10.0.0.1", 0, false},
		{"0.0.1", "port 10.0.0.1", 0, false},
		{"0.0.1", "v 10.0.0.1.5", 0, true}, // five numbers are no address
		{"1.2.3", "version 1.2.3-4", 0, true},
		{"1.2.3", "version 1.2.3.999", 0, true},
		{`"1.2.3"`, "version 1.2.3.4", 0, false},
		{"1.2.3", "1.2.3.4 and 1.2.3", 0, true},
		{"0.1", "10.0.0.1", 0, true},

		// IPv6 in every spelling.
		{"fe80::1527:0:0:1", "fe80:0:0:0:1527::1", 0, true},
		{"fe80:0:0:0:1527::1", "src FE80::1527:0000:0:0001 dst", 0, true},
		{"fe80::1", "fe80::1%eth0", 0, true},
		{"fe80::1", "[fe80::1]:443", 0, true},
		{"fe80::1", "inet6 addr:fe80::1/64", 0, true},
		{"fe80::1", "from fe80::1: refused", 0, true},
		{"fe80::1", "at fe80::1.", 0, true},
		{"fe80::1", "fe80::12", 0, false},
		{"fe80::1", "fe80::1:2", 0, false},
		{"fe80::1", "1:fe80::1", 0, false},
		{"fe80::1", "xfe80::1", 0, false},
		{"::", bound, 0, true},
		{"::1", "::1", 0, true},
		{"::1", "fe80::1", 0, false},
		{"::", "SSL::Invalid", 0, false},
		{"::ffff:10.0.0.1", "::ffff:a00:1", 0, true},
		{"10.0.0.1", "::ffff:a00:1", 0, false},
		{"::ffff:10.0.0.1", "10.0.0.1", 0, false},
		{"SSL::Invalid_Server_Cert", `"note":"SSL::Invalid_Server_Cert"`, 0, true},

		// MAC.
		{"00:0c:29:ab:cd:ef", "MAC 00-0C-29-AB-CD-EF", 0, true},
		{"00:0c:29:ab:cd:ef", "000c.29ab.cdef.", 0, true},
		{"000c.29ab.cdef", "mac:00:0c:29:ab:cd:ef", 0, true},
		{"00:0c:29:ab:cd:ef", "00:0c:29:ab:cd:ef:00", 0, false},
		{"00:0c:29:ab:cd:ef", "11:00:0c:29:ab:cd:ef", 0, false},
		{"00:0c:29:ab:cd:ef", "00:0c:29-ab:cd:ef", 0, false},
		{"00:0c:*", "mac 00:0c:29:ab:cd:ef", 0, true},

		// JSON.
		{"Subject", evt, JSONEscapes, true},
		{"Subject", evt, NoEscapes, false},
		{"tSubject", evt, JSONEscapes, false},
		{"r", evt, JSONEscapes, false},
		{"n", evt, JSONEscapes, false},
		{`"logged on."`, evt, JSONEscapes, true},
		{`C:\Windows`, evt, JSONEscapes, true},
		{`C:\Windows`, evt, NoEscapes, false},
		{`C:\\Windows`, evt, JSONEscapes, true}, // as copied from the line
		{`C:\Win`, evt, JSONEscapes, false},
		{`C:\Win*`, evt, JSONEscapes, true},
		{`C:\*svchost.exe`, evt, JSONEscapes, true},
		{`\Windows`, evt, JSONEscapes, true},
		{`"\\\\Windows"`, evt, JSONEscapes, true}, // \\Windows as it is written
		{`"\r\n\tSubject"`, evt, JSONEscapes, true},
		{`"\n\tSubject"`, evt, JSONEscapes, true},
		{`"on.\{0d}\{0a}\{0d}\{0a}\{09}Subject:"`, evt, JSONEscapes, true},
		{"http://x.example/a?b=1&c=2", evt, JSONEscapes, true},
		{"http://x.example/*c=2", evt, JSONEscapes, true},
		{"c=2", evt, JSONEscapes, true},
		{"u0026c", evt, JSONEscapes, false},
		{"0026c", evt, JSONEscapes, false},
		{"x.example", evt, JSONEscapes, true},
		{"on*Subject", evt, JSONEscapes, false}, // a wildcard stops at \r
		{"café", `{"a":"caf\u00e9"}`, JSONEscapes, true},
		{"café", `{"a":"café"}`, JSONEscapes, true},
		{"caf", `{"a":"caf\u00E9"}`, JSONEscapes, true},
		{"caf", `{"a":"café"}`, JSONEscapes, false},
		{"😀", `{"a":"\ud83d\ude00"}`, JSONEscapes, true},
		{"x😀y", `{"a":"x\ud83d\ude00y"}`, JSONEscapes, true},
		{"abc", `{"a":"\u0061bc"}`, JSONEscapes, false},
		{"bc", `{"a":"\u0061bc"}`, JSONEscapes, true},
		{`"say \"hi\""`, `{"a":"say \"hi\""}`, JSONEscapes, true},
		{`a\b`, `{"p":"a\\b"}`, JSONEscapes, true},
		{"b", `{"p":"a\\b"}`, JSONEscapes, true},
		{"b", `{"p":"a\b"}`, JSONEscapes, false},
		{"b", `{"p":"a\\\b"}`, JSONEscapes, false},
		{"nb", `{"p":"a\\nb"}`, JSONEscapes, true},
		{"10.0.0.1", `{"p":"\n10.0.0.1\t"}`, JSONEscapes, true},
		{"10.0.0.1", `{"p":"\\n10.0.0.1\t"}`, JSONEscapes, false},
		{"fe80::1", `{"p":"\tfe80::1\r\n"}`, JSONEscapes, true},
		{"80::1", `{"p":"\u00fe80::1"}`, JSONEscapes, true},
		{"aa:bb:cc:dd:ee:ff", `{"p":"\naa:bb:cc:dd:ee:ff\n"}`, JSONEscapes, true},
		{"1.2.3", `{"p":"\n1.2.3.4"}`, JSONEscapes, false},

		// Zeek's \x09 stands for itself.
		{`\x09foo`, `a\x09foo`, HexEscapes, true},
		{"foo", `a\x09foo`, HexEscapes, false},
		{"x09foo", `a\x09foo`, HexEscapes, true},

		// Regular expressions.
		{"/por/", auth, 0, true},
		{"/POR/", auth, 0, false},
		{"/POR/i", auth, 0, true},
		{`/sshd\[\d+\]: Accepted/`, auth, 0, true},
		{`/^Mar .* ssh2$/`, auth, 0, true},

		// Operators.
		{"accepted ubuntu", auth, 0, true},
		{"accepted root", auth, 0, false},
		{"accepted OR root", auth, 0, true},
		{"accepted -ubuntu", auth, 0, false},
		{"accepted NOT root", auth, 0, true},
		{"root OR accepted ubuntu", auth, 0, true},
		{"(root OR accepted) nobody", auth, 0, false},
		{"*", "", 0, true},
		{"NOT *", "a", 0, false},
	}
	for _, tt := range tests {
		n, err := Parse(tt.query)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := Match(n, line{raw: tt.text, e: tt.e}); got != tt.want {
			t.Errorf("%s in %q: got %v, want %v", tt.query, tt.text, got, tt.want)
		}
	}
	if !Match(nil, line{}) {
		t.Error("nil matches nothing, want everything")
	}
}

// Ensure fields, tags and sources are compared as the rules say.
func TestMatchRulesOfFields(t *testing.T) {
	r := line{tag: "zeek.http", source: 100, fields: map[string][]string{
		"host":       {"www.example.com"},
		"id.orig_h":  {"10.0.1.5"},
		"orig":       {"fe80:0:0:0:1527::1%eth0"},
		"answers":    {"ise.wrccdc.cpp.edu", "134.71.3.16", "2620:df:8000:1601:0:1:3:16"},
		"orig_bytes": {"1000"},
		"exp":        {"1e3"},
		"float":      {"1000.0"},
		"frac":       {"10.5"},
		"big":        {"9223372036854775807"},
		"big2":       {"9223372036854775808"},
		"neg":        {"-0.50"},
		"code":       {"0xC000006D"},
		"zero":       {"-0.0e5"},
		"ts":         {"1588316963.457737"},
		"iso":        {"2020-05-01T07:09:23.457737Z"},
		"zone":       {"2020-05-01 09:09:23.457737+02:00"},
		"message":    {"error 100 at 10.0.0.1:80, mac 00-0c-29-ab-cd-ef"},
		"mac":        {"000c.29ab.cdef"},
		"path":       {`C:\Windows\system32`},
		"esc":        {"a\tb"},
		"empty":      {""},
		"bool":       {"true"},
		"tag":        {"own"},
	}}
	tests := []struct {
		query string
		want  bool
	}{
		{"host:example.com", true},
		{"host:EXAMPLE.com", true},
		{"host:ample.com", false},
		{"host:=example.com", false},
		{"host:=www.Example.com", true},
		{"host:www.*", true},
		{"host:=www.*", true},
		{"host:=*.com", true},
		{"host:=*.org", false},
		{"host:=*exam*com", true},
		{`message:="error*"`, false},
		{`message:="error\*"`, true},
		{"host:/^www/", true},
		{"host:/^WWW/i", true},
		{"host:/^example/", false},
		{"host:*", true},
		{"nothing:*", false},
		{"nothing:x", false},
		{"NOT nothing:x", true},
		{"-nothing:*", true},
		{"id.orig_h:10.0.1.5", true},
		{"id.orig_h:10.0.1", false},
		{"id.orig_h:10.0.*", true},
		{"orig:fe80::1527:0:0:1", true},
		{"orig:=fe80::1527:0:0:1", true},
		{"answers:134.71.3.16", true},
		{"answers:=134.71.3.16", true},
		{"answers:2620:df:8000:1601::1:3:16", true},
		{"answers:wrccdc", true},
		{"answers:134.71.3.1", false},
		{"message:10.0.0.1", true},
		{"message:=10.0.0.1", false},
		{"message:00:0c:29:ab:cd:ef", true},
		{"message:=00:0c:29:ab:cd:ef", false},
		{"mac:=00:0c:29:ab:cd:ef", true},
		{"message:100", true},
		{`message:"error 100"`, true},
		{"orig_bytes:1000", true},
		{"orig_bytes:1e3", true},
		{"orig_bytes:01000.00", true},
		{`orig_bytes:"1000"`, true},
		{"orig_bytes:100", false},
		{"orig_bytes:100*", true},
		{"orig_bytes:-1000", false},
		{"exp:1000", true},
		{"float:1000", true},
		{"float:=1000", true},
		{"frac:10", false},
		{"frac:10.50", true},
		{"big:9223372036854775807", true},
		{"big2:9223372036854775807", false},
		{"code:0xc000006d", true},
		{"code:0x00C000006D", true},
		{"code:3221225581", true},
		{"code:>0xC0000000", true},
		{"code:0xc000006", false},
		{"code:0xc000006*", true},
		{"orig_bytes:0x3E8", true},
		{"neg:-.5", false}, // no number of JSON, and no text of it either
		{"neg:-0.5", true},
		{"zero:0", true},
		{"ts:1588316963.457737", true},
		{"ts:2020-05-01T07:09:23.457737Z", true},
		{"ts:2020-05-01T09:09:23.457737+02:00", true},
		{"ts:2020-05-01T07:09:23Z", false},
		{"iso:1588316963.457737", true},
		{"iso:2020-05-01T07:09:23.457737", true},
		{"iso:2020-05-01T07:09:23", true}, // the word rule
		{"iso:2020", true},
		{"zone:2020-05-01T07:09:23.457737Z", true},
		{"zone:=2020-05-01T07:09:23.457737Z", true},
		{`path:C:\Windows`, true},
		{`path:C:\Win`, false},
		{`path:"C:\\Windows\\system32"`, true},
		{`esc:"a\{09}b"`, true},
		{`esc:"a\tb"`, false},
		{`empty:=""`, true},
		{`host:=""`, false},
		{`nothing:=""`, false},
		{"empty:*", true},
		{"bool:true", true},
		{`"tag":own`, true},
		{"tag:own", false},
		{"tag:zeek.http", true},
		{"tag:zeek", false},
		{"tag:Zeek.http", false},
		{"tag:zeek.*", true},
		{"tag:*.http", true},
		{"tag:conn.*", false},
		{"src:100", true},
		{"src:10", false},
		{"src:*", true},
		{"src:0", false},
	}
	for _, tt := range tests {
		n, err := Parse(tt.query)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := Match(n, r); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.query, got, tt.want)
		}
	}
}

// Ensure what is shown as found is what was found.
func TestMarks(t *testing.T) {
	tests := []struct {
		query string
		text  string
		e     Escapes
		want  string // text with the marks in «»
	}{
		{"port", "port 22 report port", 0, "«port» 22 report «port»"},
		{"port OR 22", "port 22", 0, "«port» «22»"},
		{`port OR "port 22"`, "port 22", 0, "«port 22»"},
		{"port -22", "port 22", 0, "«port» 22"},
		{"fe80::1", "a FE80:0::1 b", 0, "a «FE80:0::1» b"},
		{"10.0.0.1", "10.0.0.1 10.0.0.10", 0, "«10.0.0.1» 10.0.0.10"},
		{"aa:bb:cc:dd:ee:ff", "m AA-BB-CC-DD-EE-FF", 0, "m «AA-BB-CC-DD-EE-FF»"},
		{`C:\Windows`, `"C:\\Windows\\x"`, JSONEscapes, `"«C:\\Windows»\\x"`},
		{"Subject", `\r\n\tSubject: \t`, JSONEscapes, `\r\n\t«Subject»: \t`},
		{"*ject", `\r\n\tSubject: \t`, JSONEscapes, `\r\n\t«Subject»: \t`},
		{"10.1.*", "from 10.1.2.3, to 10.1.2.", 0, "from «10.1.2.3», to «10.1.2»."},
		{"*.example", "at a-b.evil.example.", 0, "at «a-b.evil.example»."},
		{"id.orig_h:10.0.1.5 tag:x src:5", "5\t10.0.1.5\tx", 0, "5\t«10.0.1.5»\tx"},
		{"/o+/", "foo boo", 0, "f«oo» b«oo»"},
		{"/./", "abc", 0, "«abc»"},
		{"/x*/", "abc", 0, "abc"},
		{"NOT NOT abc", "abc", 0, "abc"},
		{"*", "abc", 0, "abc"},
		{"f:*", "abc", 0, "abc"},
	}
	for _, tt := range tests {
		n, err := Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		at := 0
		for _, s := range Marks(n, []byte(tt.text), tt.e) {
			b.WriteString(tt.text[at:s.Start] + "«" + tt.text[s.Start:s.End] + "»")
			at = s.End
		}
		b.WriteString(tt.text[at:])
		if got := b.String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.query, got, tt.want)
		}
	}
	if got := Marks(nil, []byte("a"), NoEscapes); got != nil {
		t.Errorf("nil query: got %v, want no marks", got)
	}
}
