package local_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/index"
	"spoor/index/local"
)

// crashDir makes the test binary ingest into that folder until it is killed.
const crashDir = "SPOOR_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, ingestForever(dir))
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// tooOld is the text of lines that may be removed at any time.
const tooOld = "too old to be kept"

// ingestForever puts numbered lines and prints the numbers that were
// acknowledged. Several senders and tiny segments keep log, seal, catalog,
// compaction and retention busy all the time.
func ingestForever(dir string) error {
	s, err := local.Open(dir, local.Options{SealBytes: 20_000, BlockBytes: 2000, SealAge: 10 * time.Millisecond,
		MergeBytes: 200_000, RetainAge: 24 * time.Hour})
	if err != nil {
		return err
	}
	ctx := context.Background()
	failed := make(chan error)
	go func() { failed <- s.Run(ctx) }()
	go func() {
		for {
			if err := s.Compact(ctx); err != nil {
				failed <- err
			}
		}
	}()
	// One process's numbers must not be another's.
	round := time.Now().UnixNano()
	for sender := range 3 {
		go func() {
			stream := &index.Stream{Tag: fmt.Sprintf("sender%d", sender), Source: uint32(rand.IntN(5)), Format: index.Format{Name: "text"}}
			for n := 0; ; n++ {
				var lines []string
				var entries []index.Entry
				for i := range 1 + rand.IntN(40) {
					l := fmt.Sprintf("%d-%d-%d-%d %s", round, sender, n, i, strings.Repeat("word ", rand.IntN(20)))
					lines = append(lines, l)
					entries = append(entries, index.Entry{Stream: stream, Time: time.Now(), Raw: []byte(l)})
				}
				// What is too old goes, wherever it lies; nobody misses it.
				for range rand.IntN(60) {
					old := time.Now().AddDate(0, 0, -2)
					entries = append(entries, index.Entry{Stream: stream, Time: old, Arrived: old, Raw: []byte(tooOld)})
				}
				// A line that is sent may be there, acknowledged or not.
				report("sent", lines)
				if err := s.Put(ctx, entries); err != nil {
					failed <- err
					return
				}
				report("kept", lines)
			}
		}()
	}
	return <-failed
}

// report writes the lines in one write, so that a kill does not tear them.
func report(what string, lines []string) {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s\t%s\n", what, l)
	}
	os.Stdout.WriteString(b.String())
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 4
	}
	dir := t.TempDir()
	sent, kept := map[string]bool{}, map[string]bool{}
	for range rounds {
		killed(t, dir, sent, kept)
		verify(t, dir, sent, kept)
	}
	merged, err := filepath.Glob(filepath.Join(dir, "segments", "*"))
	if err != nil || len(merged) == 0 {
		t.Fatalf("segments: %v, %v", merged, err)
	}
	var newest int
	if _, err := fmt.Sscanf(filepath.Base(merged[len(merged)-1]), "%x", &newest); err != nil || newest <= len(merged) {
		t.Errorf("%d segments are left of %d: want some merged while children were killed", len(merged), newest)
	}
	if len(kept) < 100 {
		t.Errorf("only %d lines were acknowledged in all", len(kept))
	}
}

// killed runs a child for a moment, kills it, and notes what it has said.
func killed(t *testing.T, dir string, sent, kept map[string]bool) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), crashDir+"="+dir)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	var kill *time.Timer
	for lines.Scan() {
		if kill == nil {
			// The time runs from the first line: starting takes longer than
			// everything else.
			kill = time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { child.Process.Kill() })
		}
		what, line, _ := strings.Cut(lines.Text(), "\t")
		switch what {
		case "sent":
			sent[line] = true
		case "kept":
			kept[line] = true
		}
	}
	child.Wait() // the error says that it was killed
	if kill == nil || complaint.Len() > 0 {
		t.Fatalf("child: %s", complaint.String())
	}
}

// verify opens the folder and compares it with what was sent.
func verify(t *testing.T, dir string, sent, kept map[string]bool) {
	t.Helper()
	s, err := local.Open(dir, local.Options{SealBytes: 20_000, BlockBytes: 2000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d := s.Damage(); len(d) > 0 {
		t.Fatalf("a kill damages nothing, got %v", d)
	}
	found := map[string]bool{}
	r := index.Request{Limit: 5000}
	for {
		res, err := s.Search(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range res.Hits {
			line := string(h.Raw)
			if line == tooOld {
				continue
			}
			if found[line] {
				t.Fatalf("line %q is there twice", line)
			}
			if !sent[line] {
				t.Fatalf("line %q was never sent", line)
			}
			found[line] = true
		}
		if r.After = res.Next; res.Next == nil {
			break
		}
	}
	for line := range kept {
		if !found[line] {
			t.Fatalf("line %q was acknowledged and is lost, as are others: %d found, %d acknowledged", line, len(found), len(kept))
		}
	}
}
