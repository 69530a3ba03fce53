package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Ensure that the smaller corpus is the same every time and that its truth is
// what is in it.
func TestGeneratedCorpusIsWhatItsTruthSays(t *testing.T) {
	const want = 1000
	var first []byte
	for range 2 {
		dir := filepath.Join(t.TempDir(), "corpus")
		if err := generate(dir, want); err != nil {
			t.Fatal(err)
		}
		c, err := readCorpus(dir)
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		for _, path := range c.paths() {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		lines := bytes.Count(all, []byte("\n")) - bytes.Count(c.headers, []byte("\n"))
		if lines != want || c.truth.Lines != want {
			t.Errorf("got %d lines, its truth says %d, want %d", lines, c.truth.Lines, want)
		}
		if n := bytes.Count(all, []byte(needle)); int64(n) != c.truth.NeedleLines || n == 0 {
			t.Errorf("got %d needles, its truth says %d", n, c.truth.NeedleLines)
		}
		if first == nil {
			first = all
		}
		if !bytes.Equal(first, all) {
			t.Error("the second corpus differs from the first")
		}
	}
}

// Ensure that the smaller corpus has all that is searched for.
func TestPicksAreInTheGeneratedCorpus(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "corpus")
	if err := generate(dir, 20_000); err != nil {
		t.Fatal(err)
	}
	c, err := readCorpus(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pick(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	tests := [][]string{p.word.grep, p.number.grep, p.literal.grep, p.noLiteral.grep}
	for _, n := range p.needles {
		tests = append(tests, n.grep)
	}
	for _, args := range tests {
		g, err := grep(t.Context(), c, 1, args)
		if err != nil || g.lines == 0 {
			t.Errorf("grep %v: got %d lines, %v", args, g.lines, err)
		}
	}
	if g, err := grep(t.Context(), c, 1, p.word.grep); err != nil || g.lines < 100 || g.lines > 1000 {
		t.Errorf("%s: got %d lines of 20,000, %v, want about 400", p.word.query, g.lines, err)
	}
}

// Ensure that bodies end where lines end and lose nothing.
func TestBodiesAreWholeLines(t *testing.T) {
	text := strings.Repeat("a line\n", 1000) + strings.Repeat("x", 200) + "\nthe last one has no end"
	for _, about := range []int{1, 6, 7, 8, 100, 5000, 1 << 20} {
		in := bufio.NewReaderSize(strings.NewReader(text), 16)
		var got strings.Builder
		for more := true; more; {
			var buf bytes.Buffer
			var err error
			if more, err = nextBody(in, &buf, about); err != nil {
				t.Fatal(err)
			}
			if more && !bytes.HasSuffix(buf.Bytes(), []byte("\n")) {
				t.Fatalf("bodies of %d bytes: one ends with %q", about, buf.String()[max(0, buf.Len()-10):])
			}
			got.Write(buf.Bytes())
		}
		if got.String() != text {
			t.Errorf("bodies of %d bytes: got %d bytes in all, want %d", about, got.Len(), len(text))
		}
	}
}

// Ensure that what was taken before a 429 is not sent again.
func TestAfterSkipsWhatWasAccepted(t *testing.T) {
	for _, tt := range []struct {
		body  string
		lines int64
		want  string
	}{
		{"#h\na\nb\n", 0, "#h\na\nb\n"},
		{"#h\na\nb\n", 1, "b\n"},
		{"a\nb\nc\n", 2, "c\n"},
		{"a\nb", 1, "b"},
	} {
		if got := string(after([]byte(tt.body), tt.lines)); got != tt.want {
			t.Errorf("%q without %d lines: got %q, want %q", tt.body, tt.lines, got, tt.want)
		}
	}
}

// Ensure that wrong answers fail a run, and missed bars do not.
func TestReportFailsOnWrongAnswersOnly(t *testing.T) {
	r := newReport(options{})
	r.add(row{What: "a", Bar: "b", Measured: "c", Met: met(false)})
	if err := r.wrong(); err != nil {
		t.Errorf("a missed bar: got %v, want nil", err)
	}
	r.check(false, "got %d, want %d", 1, 2)
	if err := r.wrong(); err == nil || !strings.Contains(err.Error(), "got 1, want 2") {
		t.Errorf("got %v, want the wrong answer", err)
	}
	var out bytes.Buffer
	r.finish()
	r.print(&out)
	if !strings.Contains(out.String(), "| no") {
		t.Errorf("got %q, want a table that says no", out.String())
	}
}

// Ensure that a median needs three runs even when they take long.
func TestRepeatStopsAtItsBudget(t *testing.T) {
	got, err := repeat(11, func() (time.Duration, error) { return budget, nil })
	if err != nil || got.runs != 3 || got.median != budget {
		t.Errorf("got %d runs of %s, %v, want 3 of %s", got.runs, got.median, err, budget)
	}
}

// Ensure that figures read well.
func TestFiguresReadWell(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
