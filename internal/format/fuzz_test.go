package format

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"spoor/index/query"
)

// checkEntry holds every reader to what the store and the page rely on: a
// name stands in Fields once, Field says the same, and every word of a value
// is a word that ScanWords finds in the text.
func checkEntry(t *testing.T, s Spec, raw []byte) {
	t.Helper()
	r, err := Open(s)
	if err != nil {
		t.Fatalf("open %+v: %v", s, err)
	}
	words := map[string]bool{}
	query.ScanWords(r.Text(raw, 0), r.Escapes(), func(w []byte) { words[string(w)] = true })
	names := map[string]bool{}
	for _, f := range r.Fields(raw, len(raw)) {
		if names[f.Name] {
			t.Errorf("%s %q: field %q comes twice", s.Name, raw, f.Name)
		}
		names[f.Name] = true
		if len(f.Values) == 0 || len(f.Values) > 1 && !f.List {
			t.Errorf("%s %q: field %+v has no value, or several and is no list", s.Name, raw, f)
		}
		got := r.Field(raw, len(raw), f.Name)
		if _, either := sides[f.Name]; either { // more than the field of that name
			for _, v := range f.Values {
				if !slices.Contains(got, v) {
					t.Errorf("%s %q: field %q: got %q without %q", s.Name, raw, f.Name, got, v)
				}
			}
		} else if !slices.Equal(got, f.Values) {
			t.Errorf("%s %q: field %q: got %q, Fields has %q", s.Name, raw, f.Name, got, f.Values)
		}
		if Derived(f.Name) {
			continue
		}
		for _, v := range f.Values {
			for w := range strings.FieldsFuncSeq(v, func(r rune) bool { return r < 0x80 && !isWord(byte(r)) }) {
				if !words[w] && isASCII(w) {
					t.Errorf("%s %q: word %q of field %q is not among the words of the line", s.Name, raw, w, f.Name)
				}
			}
		}
	}
}

// isASCII: a block is never asked for words beyond ASCII.
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// parseAll parses every line of a body and checks the entries.
func parseAll(t *testing.T, o Options, body []byte) {
	t.Helper()
	o.Now = testNow
	p := NewParser(o)
	for line := range bytes.SplitSeq(body, []byte{'\n'}) {
		l, err := p.Parse(line)
		if err != nil || l.Skip {
			continue
		}
		if l.Tag == "" || !Known(l.Spec.Name) || l.Time.Location() != time.UTC || l.Time.Before(minTime) || l.Time.After(maxTime) {
			t.Fatalf("%q: got %+v", line, l)
		}
		checkEntry(t, l.Spec, line)
	}
	p.Header()
	p.Notes()
}

// goldenLogs are the logs of testdata, as seeds.
func goldenLogs(f *testing.F) {
	f.Helper()
	for _, s := range seeds(f) {
		f.Add(s)
	}
}

// FuzzBody: no body makes the parser or a reader panic, and every entry
// passes checkEntry.
func FuzzBody(f *testing.F) {
	goldenLogs(f)
	f.Fuzz(func(t *testing.T, body []byte) { parseAll(t, Options{}, body) })
}

// FuzzZeekTSV: the same under a header with any separators.
func FuzzZeekTSV(f *testing.F) {
	f.Add([]byte("\\x09"), []byte(","), []byte("1.5\ta\\x20b,c\t-\\\\"))
	f.Add([]byte("|"), []byte(";"), []byte("1.5|\\x41b;\\x2d|(empty)"))
	f.Fuzz(func(t *testing.T, sep, setSep, line []byte) {
		if bytes.Contains(line, []byte(`\\`)) || bytes.ContainsAny(line, "\n") {
			// The index takes \\x41\x42 for other words than Zeek does, which
			// never writes the like.
			return
		}
		s, err := separator("", sep)
		if err != nil || bytes.ContainsAny(setSep, "\n") {
			return
		}
		sp := string(s)
		header := "#separator " + string(sep) + "\n#set_separator" + sp + string(setSep) +
			"\n#fields" + sp + "ts" + sp + "a" + sp + "b\n#types" + sp + "time" + sp + "vector[string]" + sp + "string\n"
		parseAll(t, Options{Format: ZeekTSV}, append([]byte(header), line...))
	})
}

// FuzzJSON: the same for JSON; and every line that the parser takes is read
// to its end.
func FuzzJSON(f *testing.F) {
	for _, s := range seeds(f) {
		for line := range bytes.SplitSeq(s, []byte{'\n'}) {
			if bytes.HasPrefix(line, []byte("{")) {
				f.Add(line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		parseAll(t, Options{Format: JSON}, line)
		checkEntry(t, Spec{Name: JSON}, line)
	})
}

// FuzzSyslog: the same for syslog.
func FuzzSyslog(f *testing.F) {
	goldenLogs(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		parseAll(t, Options{Format: Syslog}, line)
		checkEntry(t, Spec{Name: Syslog}, line)
	})
}

// FuzzAccess: the same for access logs.
func FuzzAccess(f *testing.F) {
	goldenLogs(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		parseAll(t, Options{Format: Access}, line)
		checkEntry(t, Spec{Name: Access}, line)
	})
}

// FuzzPacket: the same for packets of any link type.
func FuzzPacket(f *testing.F) {
	f.Add(uint16(1), []byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x08\x00\x45\x00\x00\x14"))
	f.Fuzz(func(t *testing.T, link uint16, raw []byte) {
		checkEntry(t, Spec{Name: Packet, LinkType: link}, raw)
	})
}
