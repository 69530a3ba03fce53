package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// grepped is what grep answered.
type grepped struct {
	args   []string
	lines  int64
	median time.Duration
}

func (g grepped) String() string {
	return fmt.Sprintf("grep %s: %s lines, %s", strings.Join(g.args, " "), count(g.lines), ms(g.median))
}

// maxGreps is how often grep runs: its times differ little.
const maxGreps = 3

// grep counts lines of the corpus with GNU grep. Header lines are no entries
// and are not counted.
func grep(ctx context.Context, c *corpus, runs int, args []string) (g grepped, err error) {
	g.args = args
	t, err := repeat(min(runs, maxGreps), func() (time.Duration, error) {
		began := time.Now()
		n, err := grepCount(ctx, nil, append([]string{"-h"}, args...), c.paths())
		g.lines = n
		return time.Since(began), err
	})
	if err != nil {
		return g, err
	}
	inHeaders, err := grepCount(ctx, c.headers, args, nil)
	g.lines -= inHeaders
	g.median = t.median
	return g, err
}

// grepCount runs grep -c over files, or over text.
func grepCount(ctx context.Context, text []byte, args, files []string) (sum int64, err error) {
	out, err := runGrep(ctx, text, args, files)
	if err != nil {
		return 0, err
	}
	for line := range strings.FieldsSeq(string(out)) {
		n, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("grep %v: %w", args, err)
		}
		sum += n
	}
	return sum, nil
}

func runGrep(ctx context.Context, text []byte, args, files []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "grep", append(args[:len(args):len(args)], files...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil // nothing found
	}
	if err != nil {
		return nil, fmt.Errorf("grep %v: %w", args, err)
	}
	return out, nil
}
