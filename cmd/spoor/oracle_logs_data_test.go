package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spoor/internal/realdata"
)

// oracleLogs are the logs of the oracle: the folder in which commands find
// them, the source number under which Spoor has them, and where they lie.
// Packed ones are unpacked for the commands.
var oracleLogs = []struct {
	folder string
	source int
	files  string
}{
	{"tsv", 1, "logs/zeek-tsv-wrccdc/*"},
	{"json", 2, "logs/zeek-json-wrccdc/*"},
	{"win", 3, "logs/windows-json/*"},
	{"auth", 4, "logs/syslog/auth.log"},
	{"web", 5, "logs/web/*"},
	{"app", 6, "logs/app/*"},
	{"apt", 7, "pairs/apt29-day2/UTICA-A/zeek/*"},
	{"lsass", 8, "logs/zeek-tsv-lsass05/*"},
}

// oracleFolder unpacks the logs for the commands, and sends them to a server.
func oracleFolder(t *testing.T, base string) string {
	t.Helper()
	data, dir := realdata.Dir(t), t.TempDir()
	for _, l := range oracleLogs {
		files, err := filepath.Glob(filepath.Join(data, l.files))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, no files", l.files, err)
		}
		if err := os.Mkdir(filepath.Join(dir, l.folder), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			send(t, base, fmt.Sprintf("source=%d", l.source), f)
			absolute, err := filepath.Abs(f)
			if err != nil {
				t.Fatal(err)
			}
			plain := filepath.Join(dir, l.folder, strings.TrimSuffix(filepath.Base(f), ".gz"))
			command := `cat "$1" > "$2"`
			if strings.HasSuffix(f, ".gz") {
				command = `zcat "$1" > "$2"`
			}
			if out, err := exec.Command("bash", "-c", command, "bash", absolute, plain).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", f, err, out)
			}
		}
	}
	return dir
}

// printed is what a command prints, without the last line end.
func printed(t *testing.T, dir, command string) string {
	t.Helper()
	c := exec.Command("bash", "-c", command)
	c.Dir = dir
	c.Env = append(os.Environ(), "LC_ALL=C")
	out, err := c.Output()
	var failed *exec.ExitError
	if err != nil && !(errors.As(err, &failed) && failed.ExitCode() == 1) { // grep found nothing
		t.Fatalf("%s: %v", command, err)
	}
	return strings.TrimSpace(string(out))
}

// tableRows asks a query with pipes and returns its rows as lines.
func tableRows(t *testing.T, base, q string) string {
	t.Helper()
	answer, err := http.Get(base + "/api/v1/search?q=" + url.QueryEscape(q))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct {
		Table *struct{ Rows []struct{ Cells []any } }
		Error string
	}
	d := json.NewDecoder(answer.Body)
	d.UseNumber()
	if err := d.Decode(&a); err != nil || a.Table == nil {
		t.Fatalf("%s: %v %s", q, err, a.Error)
	}
	lines := make([]string, len(a.Table.Rows))
	for i, r := range a.Table.Rows {
		cells := make([]string, len(r.Cells))
		for k, c := range r.Cells {
			cells[k] = fmt.Sprint(c)
		}
		lines[i] = strings.Join(cells, " ")
	}
	return strings.Join(lines, "\n")
}

// sortedLines lets tables be compared whose order says nothing.
func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Ensure that every part of the language finds what grep, awk and jq find in
// the same logs for the same question.
func TestDataQueriesFindWhatGrepAwkAndJQFind(t *testing.T) {
	p := serveIn(t, t.TempDir())
	dir := oracleFolder(t, p.url)
	for _, c := range logOracle {
		want := printed(t, dir, c.command)
		if want == "" || want == "0" && !c.none {
			t.Errorf("%s: the command finds nothing: %s", c.query, c.command)
		}
		if got := fmt.Sprint(counted(t, p.url, c.query)); got != want {
			t.Errorf("%s: got %s, want %s, as %s says", c.query, got, want, c.command)
		}
	}
	trapsAreAvoided(t, p.url, dir)
	for _, c := range tableOracle {
		want := printed(t, dir, c.command)
		got := tableRows(t, p.url, c.query)
		if !c.ordered {
			got, want = sortedLines(got), sortedLines(want)
		}
		if got != want || want == "" {
			t.Errorf("%s: got\n%s\nwant\n%s\nas %s says", c.query, got, want, c.command)
		}
	}
}

// trapsAreAvoided makes sure that an address is never found inside another:
// for the addresses of facts.json in whose lines a substring search finds most
// wrong ones.
func trapsAreAvoided(t *testing.T, base, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(realdata.Dir(t), "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Traps []struct{ IP string } `json:"substring_traps"`
	}
	if err := json.Unmarshal(b, &facts); err != nil || len(facts.Traps) < 10 {
		t.Fatalf("facts.json: %v, %d traps", err, len(facts.Traps))
	}
	avoided := 0
	for _, trap := range facts.Traps {
		// Windows apart: in its JSON an escape may stand before an address.
		command := fmt.Sprintf(`cat tsv/* json/* auth/* web/* app/* apt/* lsass/* | grep -a -v '^#' | grep -acP '(?<![0-9.A-Za-z])\Q%s\E(?![0-9A-Za-z])(?!\.[0-9])'`, trap.IP)
		want := printed(t, dir, command)
		if got := fmt.Sprint(counted(t, base, trap.IP+" NOT src:3")); got != want {
			t.Errorf("%s: got %s lines, want %s", trap.IP, got, want)
		}
		wrong := printed(t, dir, fmt.Sprintf(`cat tsv/* json/* auth/* web/* app/* apt/* lsass/* | grep -acF '%s'`, trap.IP))
		if wrong != want {
			avoided++
		}
	}
	if avoided < 10 {
		t.Errorf("a substring search finds other lines for %d addresses only: the test says little", avoided)
	}
}
