package main

import "testing"

// Ensure nothing that a log holds steers the terminal, turns a line round or
// hides in it.
func TestPrintableShowsWhatCannotBeSeen(t *testing.T) {
	for text, want := range map[string]string{
		"plain\ttäxt → 日本":            "plain\ttäxt → 日本",
		"\x1b[31mred\x07\x00\x7f":     `\x1b[31mred\x07\x00\x7f`,
		"\u0085\u009b31m":             `\x85\x9b31m`,
		"exe.\u202etxt.\u202c":        `exe.\u202etxt.\u202c`,
		"a\u2066b\u2069c\u061cd":      `a\u2066b\u2069c\u061cd`,
		"pay\u200bpal\ufeff\u00ad":    `pay\u200bpal\ufeff\xad`,
		"one\u2028two\u2029":          `one\u2028two\u2029`,
		"tag\U000e0041\U000e007f end": `tag\U000e0041\U000e007f end`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%+q: got %q, want %q", text, got, want)
		}
	}
}

// Ensure that a query with pipes prints its table, and nothing in a cell that
// could be taken for another one.
func TestSearchPrintsTables(t *testing.T) {
	p := serveIn(t, t.TempDir())
	if n, err := post(p.url, `{"ts":1600000000,"host":"a","list":["x","y"]}`+"\n"+
		`{"ts":1600000001,"host":"a"}`+"\n"+`{"ts":1600000002,"host":"b\tc\u001b[1m"}`+"\n"+`{"ts":1600000003}`+"\n"); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	for _, c := range []struct {
		args []string
		want string // what is printed, and the notes behind it
	}{
		{[]string{"tag:app | stats count() by host"}, "host\tcount\na\t2\nb\\x09c\\x1b[1m\t1\n2 rows of 4 entries\nleft out for want of the field: 1\n"},
		{[]string{"--format", "json", "*", "|", "top", "1", "host"}, `{"host":"a","count":2,"percent":66.66666666666667}` + "\n1 row of 4 entries\nleft out for want of the field: 1\n"},
		{[]string{"tag:app | top hots"}, "hots\tcount\tpercent\n0 rows of 4 entries\nleft out for want of the field: 4\nno entry has a field hots; nearest: host\n"},
		{[]string{"hots:a"}, "0 entries\nno entry has a field hots; nearest: host\n"},
		{[]string{"--limit", "1", "* | sort -list | fields list, host"}, "list\thost\nx, y\ta\n4 rows, 1 printed of 4 entries\n"},
	} {
		code, got := spoor(t, append([]string{"search", "--server", p.url}, c.args...)...)
		if code != 0 || got != c.want {
			t.Errorf("search %q: got %d %q, want %q", c.args, code, got, c.want)
		}
	}
}
