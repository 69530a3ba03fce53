package format

import "testing"

// Ensure that a field is only said never to be there where no line can have
// it, under any of its spellings.
func TestNeverIsTrueOnlyOfWhatNoLineHas(t *testing.T) {
	tsv := Spec{Name: ZeekTSV, Header: "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tid.orig_h\tuid\n#types\ttime\taddr\tstring"}
	for _, c := range []struct {
		spec Spec
		name string
		line string // has the field, where it is not never
	}{
		{Spec{Name: Text}, "status", ""},
		{Spec{Name: Text}, "ip", "from 10.0.0.1 on"},
		{Spec{Name: Access}, "status", `10.0.0.1 - - [04/Mar/2026:23:59:59 +0000] "GET / HTTP/1.1" 200 5 "-" "x"`},
		{Spec{Name: Access}, "id.orig_h", `10.0.0.1 - - [04/Mar/2026:23:59:59 +0000] "GET / HTTP/1.1" 200 5 "-" "x"`},
		{Spec{Name: Access}, "uid", ""},
		{Spec{Name: Syslog}, "severity", "<34>Oct 11 22:14:15 web su: failed"},
		{Spec{Name: Syslog}, "sd@1.key", `<34>1 2003-10-11T22:14:15Z web su - - [sd@1 key="v"] failed`},
		{Spec{Name: Syslog}, "nosuch", ""},
		{tsv, "source.ip", "1.0\t10.0.0.1\tC1"},
		{tsv, "duration", ""},
		{Spec{Name: JSON}, "anything", `{"anything":1}`},
	} {
		never := Never(c.spec, c.name)
		if never != (c.line == "") {
			t.Errorf("%s of %s: got %v", c.name, c.spec.Name, never)
		}
		if c.line == "" {
			continue
		}
		r, err := Open(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Field([]byte(c.line), 0, c.name)) == 0 {
			t.Errorf("%s of %s: the line %q of the test has no such field", c.name, c.spec.Name, c.line)
		}
	}
}
