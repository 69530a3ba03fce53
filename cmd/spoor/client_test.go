package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// command parses args as the shell gives them and runs the command on a
// server that a test writes by hand.
func command(t *testing.T, h http.HandlerFunc, args ...string) (out, errs string, err error) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var root struct {
		Ingest IngestCmd `cmd:""`
		Search SearchCmd `cmd:""`
	}
	p, err := kong.New(&root)
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.Parse(slices.Insert(slices.Clone(args), 1, "--server="+s.URL))
	if err != nil {
		return "", "", err
	}
	root.Ingest.stdin = strings.NewReader("from a pipe\n")
	var o, e bytes.Buffer
	k.BindTo(t.Context(), (*context.Context)(nil))
	err = k.Run(output{&o, &e})
	return o.String(), e.String(), err
}

// exits says whether err ends the program with 1 and without another word.
func exits(err error) bool {
	var code exitCode
	return errors.As(err, &code) && code == 1
}

func logFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answers gives one status and body to whatever is asked.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestIngestCommandReportsEachFile(t *testing.T) {
	path := logFile(t, "a.log", "x\n")
	h := answers(200, `{"accepted":2,"rejected":3,"errors":[{"line":4,"error":"no \u001b time"}],"notes":["kept as text"]}`)
	out, errs, err := command(t, h, "ingest", path)
	if want := path + ": 2 accepted, 3 rejected\n"; out != want || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
	want := fmt.Sprintf("%[1]s: line 4: no \\x1b time\n%[1]s: 2 more rejected\n%[1]s: kept as text\n", path)
	if errs != want {
		t.Errorf("got %q, want %q", errs, want)
	}
}

// Ensure a rejected line ends with exit code 1 only when asked to.
func TestIngestCommandIsStrictWhenAsked(t *testing.T) {
	h := answers(200, `{"accepted":2,"rejected":1,"errors":[{"line":4,"error":"no time"}]}`)
	path := logFile(t, "a.log", "x\n")
	if _, _, err := command(t, h, "ingest", path); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if _, _, err := command(t, h, "ingest", "--strict", path); !exits(err) {
		t.Errorf("strict: got %v, want exit code 1", err)
	}
	if _, _, err := command(t, answers(200, `{"accepted":2}`), "ingest", "--strict", path); err != nil {
		t.Errorf("strict, none rejected: got %v, want nil", err)
	}
}

func TestIngestCommandSendsItsFlags(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatalf("this machine has no name: %v", err)
	}
	tests := []struct {
		args []string
		want string
	}{
		{nil, "origin=" + host},
		{[]string{"--tag=zeek.conn", "--source=7", "--format=json", "--origin=UTICA-A", "--tz=UTC"}, "format=json&origin=UTICA-A&source=7&tag=zeek.conn&tz=UTC"},
	}
	for _, tt := range tests {
		var got, body string
		_, _, err := command(t, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			got, body = r.URL.RawQuery, string(b)
			io.WriteString(w, `{}`)
		}, append(append([]string{"ingest"}, tt.args...), "-")...)
		if got != tt.want || body != "from a pipe\n" || err != nil {
			t.Errorf("%v: got %q with %q, %v, want %q", tt.args, got, body, err, tt.want)
		}
	}
}

// Ensure a file that fails is named, the others are sent, and the end is an error.
func TestIngestCommandGoesOnAfterABadFile(t *testing.T) {
	good := logFile(t, "a.log", "x\n")
	out, errs, err := command(t, answers(200, `{"accepted":1}`), "ingest", good+".none", good)
	if want := good + ": 1 accepted, 0 rejected\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if !strings.Contains(errs, good+".none: ") || err == nil || !strings.Contains(err.Error(), "1 of 2 files") {
		t.Errorf("got %q, %v", errs, err)
	}
	if _, errs, err = command(t, answers(507, `{"error":"disk full","accepted":4}`), "ingest", good); !exits(err) || !strings.Contains(errs, "disk full") {
		t.Errorf("got %q, %v, want disk full and exit code 1", errs, err)
	}
}

func TestIngestCommandShowsNoBarWithoutATerminal(t *testing.T) {
	_, errs, err := command(t, answers(200, `{"accepted":1}`), "ingest", logFile(t, "a.log", strings.Repeat("x\n", 1000)))
	if errs != "" || err != nil {
		t.Errorf("got %q, %v, want nothing", errs, err)
	}
}

const twoEntries = `{"total":5,"exact":true,"entries":[
	{"id":"a","time":"2020-05-01T07:09:23.457737Z","tag":"zeek.http","raw":"GET\t\u001b[2J\u009b/m"},
	{"id":"b","time":"2020-05-01T07:09:23Z","tag":"syslog","raw":"ä"}]}`

func TestSearchCommandPrints(t *testing.T) {
	tests := []struct {
		args      []string
		out, errs string
	}{
		{nil, "2020-05-01T07:09:23.457737Z\tzeek.http\tGET\t\\x1b[2J\\x9b/m\n2020-05-01T07:09:23Z\tsyslog\tä\n", "5 entries, 2 printed\n"},
		{[]string{"--limit=0"}, "5\n", ""},
		{[]string{"--limit=2", "--format=json"}, `{"id":"a","time":"2020-05-01T07:09:23.457737Z","tag":"zeek.http","raw":"GET\t\u001b[2J\u009b/m"}` + "\n" +
			`{"id":"b","time":"2020-05-01T07:09:23Z","tag":"syslog","raw":"ä"}` + "\n", "5 entries, 2 printed\n"},
	}
	for _, tt := range tests {
		out, errs, err := command(t, answers(200, twoEntries), append([]string{"search", "x"}, tt.args...)...)
		if out != tt.out || errs != tt.errs || err != nil {
			t.Errorf("%v: got %q, %q, %v, want %q, %q", tt.args, out, errs, err, tt.out, tt.errs)
		}
	}
}

func TestSearchCommandSaysAtLeast(t *testing.T) {
	_, errs, _ := command(t, answers(200, `{"total":1,"entries":[{"time":"2020-05-01T07:09:23Z"}]}`), "search", "x")
	if want := "at least 1 entry\n"; errs != want {
		t.Errorf("got %q, want %q", errs, want)
	}
}

func TestSearchCommandSendsItsFlags(t *testing.T) {
	var got string
	h := func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.RawQuery
		io.WriteString(w, `{}`)
	}
	if _, _, err := command(t, h, "search", "--from=1", "--to=2", "--limit=7", "--oldest", "--", "-tag:x", `"a b"`); err != nil {
		t.Fatal(err)
	}
	if want := "from=1&limit=7&order=oldest&q=-tag%3Ax+%22a+b%22&to=2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSearchCommandMarksABadQuery(t *testing.T) {
	_, _, err := command(t, answers(400, `{"error":"query \"src:\": column 5: missing value","column":5}`), "search", "src:")
	if want := "query \"src:\": column 5: missing value\n  src:\n      ^"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCommandsReadTheToken(t *testing.T) {
	path := logFile(t, "token", " secret\n")
	_, _, err := command(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Header.Get("Authorization"), "Bearer secret"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		io.WriteString(w, `{}`)
	}, "search", "--token-file="+path)
	if err != nil {
		t.Error(err)
	}
	empty := logFile(t, "token", "\n")
	for _, file := range []string{empty, empty + ".none"} {
		if _, _, err := command(t, answers(200, `{}`), "search", "--token-file="+file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v, want an error with its name", file, err)
		}
	}
}

func TestSearchCommandRefusesABadLimitAndFormat(t *testing.T) {
	for _, arg := range []string{"--limit=-1", "--format=xml"} {
		if _, _, err := command(t, answers(200, `{}`), "search", arg); err == nil {
			t.Errorf("%s: got no error", arg)
		}
	}
}
