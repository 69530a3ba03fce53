package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"spoor/index"
	"spoor/internal/format"
	"spoor/internal/packet"
)

const connHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2023-09-06-01-19-23\n#fields\tts\tuid\tid.orig_h\n#types\ttime\tstring\taddr\n"

const dnsHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n"

func mustLines(t *testing.T, p *Pipeline, text string, params Params) Answer {
	t.Helper()
	a, err := p.Lines(t.Context(), strings.NewReader(text), params)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Ensure LF and CRLF end a line, blank lines are not counted, and the last
// line needs no end.
func TestLinesEndInLFOrCRLF(t *testing.T) {
	s, p := newTest(Options{})
	a := mustLines(t, p, "\xef\xbb\xbfone\r\n\n\r\ntwo \r\r\n \nthree", Params{})
	if a.Accepted != 3 || a.Rejected != 0 {
		t.Errorf("got %+v, want 3 accepted", a)
	}
	if got, want := s.raws(), []string{"one", "two \r", "three"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	e := s.entries[0]
	if !e.Time.Equal(arrival) || !e.TimeGuessed || !e.Arrived.Equal(arrival) || e.Stream.Tag != "text" {
		t.Errorf("got %+v %+v, want the time of arrival, guessed", e, e.Stream)
	}
}

// Ensure a line over the limit is rejected by its number and the rest goes
// on, whatever the size of the reads.
func TestLinesOverTheLimitAreRejected(t *testing.T) {
	text := "a\n" + strings.Repeat("x", 100) + "\nb\n" + strings.Repeat("y", 101) + "\r\nc\n" +
		strings.Repeat("z", 5000) + "\n" + strings.Repeat("w", 100) + "\r\n" + strings.Repeat("v", 300)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"bytes": iotest.OneByteReader,
		"late":  iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newTest(Options{MaxLine: 100, BatchBytes: 150})
			a, err := p.Lines(t.Context(), wrap(strings.NewReader(text)), Params{Format: "text"})
			if err != nil {
				t.Fatal(err)
			}
			var lines []int
			for _, e := range a.Errors {
				lines = append(lines, e.Line)
			}
			if want := []int{4, 6, 8}; !slices.Equal(lines, want) || a.Accepted != 5 || a.Rejected != 3 {
				t.Errorf("got %+v, want lines %v rejected and 5 accepted", a, want)
			}
			if got := s.raws(); len(got) != 5 || len(got[1]) != 100 || got[3] != "c" || len(got[4]) != 100 {
				t.Errorf("got %q", got)
			}
			if want := "longer than 100 bytes"; a.Errors[0].Error != want {
				t.Errorf("got %q, want %q", a.Errors[0].Error, want)
			}
		})
	}
}

// Ensure memory for lines stays bounded however long the body and its lines.
func TestLinesAreReadInBoundedMemory(t *testing.T) {
	l := newLines(io.LimitReader(endless{}, 64<<20), 1<<20, 4<<20)
	for k := aLine; k != ended; _, k = l.next() {
		if k == full {
			l.release()
		}
		if len(l.buf) > 4<<20 {
			t.Fatalf("got a buffer of %d bytes, want 4 MiB at most", len(l.buf))
		}
	}
	if l.n != 1 {
		t.Errorf("got %d lines, want 1", l.n)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// Ensure batches are put as they fill, by entries and by bytes, and hold
// every line once.
func TestLinesAreStoredInBatches(t *testing.T) {
	var text strings.Builder
	var want []string
	for i := range 1000 {
		fmt.Fprintf(&text, "line %d\n", i)
		want = append(want, fmt.Sprintf("line %d", i))
	}
	for _, o := range []Options{{BatchEntries: 300}, {BatchBytes: 1000, MaxLine: 50}, {BatchBytes: 100, MaxLine: 10}} {
		s, p := newTest(o)
		a := mustLines(t, p, text.String(), Params{})
		if a.Accepted != 1000 || !slices.Equal(s.raws(), want) {
			t.Errorf("%+v: got %d accepted, %d stored", o, a.Accepted, len(s.entries))
		}
		if len(s.puts) < 4 {
			t.Errorf("%+v: got batches %v, want several", o, s.puts)
		}
	}
}

// Ensure a body with several headers makes a stream of each, and equal
// headers make one.
func TestLinesUnderSeveralHeaders(t *testing.T) {
	s, p := newTest(Options{})
	text := connHeader + "1.5\tC1\t10.0.0.1\n#close\t2023\n" + dnsHeader + "2.5\texample.com\n3.5\n" +
		strings.Replace(connHeader, "01-19-23", "02-19-23", 1) + "4.5\tC2\t10.0.0.2\n"
	a := mustLines(t, p, text, Params{Source: 7, Origin: index.Origin{Host: "h"}})
	if a.Accepted != 3 || a.Rejected != 1 || a.Errors[0].Line != 19 {
		t.Fatalf("got %+v, want 3 accepted and line 19 rejected", a)
	}
	if got, want := a.Errors[0].Error, "number of columns is 1, the header has 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var tags []string
	for _, e := range s.entries {
		tags = append(tags, e.Stream.Tag)
	}
	if want := []string{"zeek.conn", "zeek.dns", "zeek.conn"}; !slices.Equal(tags, want) {
		t.Errorf("got %q, want %q", tags, want)
	}
	if s.entries[0].Stream != s.entries[2].Stream {
		t.Error("got two streams of equal headers, want one")
	}
	if st := s.entries[0].Stream; st.Source != 7 || st.Origin.Host != "h" || !strings.Contains(st.Format.Header, "#path\tconn") || strings.Contains(st.Format.Header, "#open") {
		t.Errorf("got %+v", st)
	}
	if got, want := s.entries[0].Time, time.Unix(1, 5e8); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Ensure a body without header continues the newest header of its tag,
// source and origin, also when the store has it from before.
func TestLinesContinueAnEarlierHeader(t *testing.T) {
	s, p := newTest(Options{})
	file := Params{Origin: index.Origin{Host: "h", File: "conn.log"}}
	mustLines(t, p, connHeader+"1.5\tC1\t10.0.0.1\n", file)
	again := NewPipeline(s, Options{})
	for name, c := range map[string]struct {
		p      *Pipeline
		params Params
		format string
		notes  int
	}{
		"same pipeline, by file": {p, file, format.ZeekTSV, 0},
		"restarted, by file":     {again, file, format.ZeekTSV, 0},
		"by tag":                 {again, Params{Tag: "zeek.conn", Origin: file.Origin}, format.ZeekTSV, 0},
		"another origin":         {again, Params{Tag: "zeek.conn"}, format.Text, 1},
		"another source":         {again, Params{Source: 3, Origin: file.Origin}, format.Text, 1},
		"nothing known":          {again, Params{}, format.Text, 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(s.entries)
			a := mustLines(t, c.p, "1693975907.250000\tC2\t10.0.0.2\n#close\t2023-09-06-01-19-23\n", c.params)
			if a.Rejected != 0 || len(a.Notes) != c.notes || len(s.entries)-before != a.Accepted {
				t.Errorf("got %+v, want %d notes", a, c.notes)
			}
			e := s.entries[before]
			if e.Stream.Format.Name != c.format || !e.Time.Equal(time.Unix(1693975907, 25e7)) {
				t.Errorf("got %s at %v, want %s at its own time", e.Stream.Format.Name, e.Time, c.format)
			}
		})
	}
	if s.asked != 2 { // once a pipeline
		t.Errorf("got %d calls of Streams, want 2", s.asked)
	}
}

// Ensure a header that no line has followed yet is continued, and one whose
// batch was not stored is not.
func TestLinesContinueAHeaderOnItsOwn(t *testing.T) {
	s, p := newTest(Options{})
	params := Params{Tag: "x"}
	mustLines(t, p, connHeader, params)
	mustLines(t, p, "1693975907.250000\tC2\t10.0.0.2\n", params)
	if got := s.entries[0].Stream.Format.Name; got != format.ZeekTSV {
		t.Errorf("got %s, want %s", got, format.ZeekTSV)
	}
	s, p = newTest(Options{})
	s.fail = map[int]error{0: index.ErrBehind}
	if _, err := p.Lines(t.Context(), strings.NewReader(connHeader+"1.5\tC1\t10.0.0.1\n"), params); !errors.Is(err, index.ErrBehind) {
		t.Fatalf("got %v, want ErrBehind", err)
	}
	s.fail = nil
	mustLines(t, p, "1693975907.250000\tC2\t10.0.0.2\n", params)
	if got := s.entries[0].Stream.Format.Name; got != format.Text {
		t.Errorf("got %s, want %s", got, format.Text)
	}
}

// Ensure a body that breaks off keeps its whole lines and nothing of the
// half one, and says how many there are.
func TestLinesOfABrokenBody(t *testing.T) {
	s, p := newTest(Options{})
	cut := errors.New("connection reset")
	a, err := p.Lines(t.Context(), io.MultiReader(strings.NewReader("one\ntwo\nthr"), iotest.ErrReader(cut)), Params{})
	var body *BodyError
	if !errors.As(err, &body) || !errors.Is(err, cut) || body.Line != 3 {
		t.Errorf("got %v, want a BodyError of line 3", err)
	}
	if got, want := s.raws(), []string{"one", "two"}; !slices.Equal(got, want) || a.Accepted != 2 {
		t.Errorf("got %q and %+v, want %q", got, a, want)
	}
}

// Ensure nothing more is stored once the caller has given up.
func TestLinesStopWithTheirContext(t *testing.T) {
	s, p := newTest(Options{BatchEntries: 2})
	ctx, cancel := context.WithCancel(t.Context())
	r := io.MultiReader(strings.NewReader("one\ntwo\nthree\n"), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, errors.New("closed")
	}))
	a, err := p.Lines(ctx, r, Params{})
	if !errors.Is(err, context.Canceled) || a.Accepted != 2 || len(s.entries) != 2 {
		t.Errorf("got %+v, %v and %d entries, want 2 and canceled", a, err, len(s.entries))
	}
}

// Ensure an error of the store ends the body, and the answer counts what was
// stored before.
func TestLinesReportTheStoresError(t *testing.T) {
	for _, want := range []error{index.ErrBehind, index.ErrNoSpace, index.ErrTooManyStreams} {
		s, p := newTest(Options{BatchEntries: 2, MaxWait: time.Nanosecond})
		s.fail = map[int]error{1: want}
		a, err := p.Lines(t.Context(), strings.NewReader("1\n2\n3\n4\n5\n"), Params{})
		if !errors.Is(err, want) || a.Accepted != 2 || len(s.entries) != 2 {
			t.Errorf("got %+v and %v, want 2 accepted and %v", a, err, want)
		}
	}
}

// Ensure an answer names 100 rejected lines and counts them all.
func TestAnswerNamesTheFirstErrors(t *testing.T) {
	_, p := newTest(Options{})
	a := mustLines(t, p, strings.Repeat("{\n", 250)+"{}\n", Params{})
	if a.Rejected != 250 || len(a.Errors) != 100 || a.Accepted != 1 {
		t.Errorf("got %d rejected, %d named, %d accepted", a.Rejected, len(a.Errors), a.Accepted)
	}
	if got, want := a.Errors[99], (LineError{100, "invalid JSON at offset 1: a key in quotes is missing"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Ensure a compressed body that is not said to be one is refused.
func TestLinesRefuseCompressedBytes(t *testing.T) {
	s, p := newTest(Options{})
	_, err := p.Lines(t.Context(), strings.NewReader("\x1f\x8b\x08\x00rest"), Params{})
	if err == nil || !strings.Contains(err.Error(), "Content-Encoding: gzip") || len(s.entries) != 0 {
		t.Errorf("got %v, want a hint at Content-Encoding", err)
	}
}

// Ensure UTF-16 is refused instead of kept as lines that nobody finds.
func TestLinesRefuseUTF16(t *testing.T) {
	for _, text := range []string{"\xff\xfea\x00\n\x00", "\xfe\xff\x00a\x00\n"} {
		s, p := newTest(Options{})
		_, err := p.Lines(t.Context(), strings.NewReader(text), Params{})
		if err == nil || !strings.Contains(err.Error(), "UTF-16") || len(s.entries) != 0 {
			t.Errorf("got %v, want a word of UTF-16", err)
		}
	}
}

// Ensure packets get tag, source and origin, one stream a link type.
func TestPacketsBecomeEntries(t *testing.T) {
	s, p := newTest(Options{BatchEntries: 2})
	at := time.Date(2020, 5, 1, 7, 9, 23, 456353000, time.UTC)
	packets := []packet.Packet{
		{Time: at, Data: []byte("abc"), OrigLen: 60, LinkType: 1},
		{Data: []byte("de"), OrigLen: 2, LinkType: 101},
		{Time: at, Data: []byte("fgh"), OrigLen: 3, LinkType: 1},
	}
	origin := index.Origin{Sensor: "region-1", Job: 7}
	if err := p.Packets(t.Context(), packets, Params{Source: 100, Origin: origin}); err != nil {
		t.Fatal(err)
	}
	if len(s.entries) != 3 || len(s.infos) != 2 {
		t.Fatalf("got %d entries, %d streams", len(s.entries), len(s.infos))
	}
	e := s.entries[0]
	want := index.Stream{Tag: "packet", Source: 100, Format: index.Format{Name: "packet", LinkType: 1}, Origin: origin}
	if *e.Stream != want || !e.Time.Equal(at) || e.OrigLen != 60 || e.TimeGuessed {
		t.Errorf("got %+v %+v, want %+v", e, e.Stream, want)
	}
	if e := s.entries[1]; !e.TimeGuessed || !e.Time.Equal(arrival) || e.Stream.Format.LinkType != 101 {
		t.Errorf("got %+v, want the time of arrival", e)
	}
}
