package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"spoor/internal/client"
)

// Connection is how a command reaches a running server.
type Connection struct {
	Server    string `help:"Address of the server; ${default} if not said." default:"http://127.0.0.1:8080" placeholder:"URL"`
	TokenFile string `help:"File with the bearer token." placeholder:"FILE"`
	CA        string `name:"ca" help:"CA certificates of the server (PEM); the system's by default." placeholder:"FILE"`
}

func (c *Connection) client() (*client.Client, error) {
	o := client.Options{CA: c.CA}
	if c.TokenFile != "" {
		token, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("read token: %w", err)
		}
		if o.Token = strings.TrimSpace(string(token)); o.Token == "" {
			return nil, fmt.Errorf("read token: %s is empty", c.TokenFile)
		}
	}
	return client.New(c.Server, o)
}

// IngestCmd sends files to a running server.
type IngestCmd struct {
	Connection `embed:""`

	Tag    string   `help:"Tag of the entries; by default that of the format recognised."`
	Source uint32   `help:"Source number of the entries; 0 is none." placeholder:"N"`
	Format string   `help:"Format of the lines; by default it is recognised."`
	Origin string   `help:"Machine that the files are from; by default this one." placeholder:"HOST"`
	TZ     string   `name:"tz" help:"Zone of times that name none; by default UTC." placeholder:"ZONE"`
	Strict bool     `help:"Exit with 1 when a line was rejected."`
	Files  []string `arg:"" name:"file" help:"Logs and captures, plain or compressed by gzip or zstd; - is the standard input."`

	stdin io.Reader
}

// Run sends one file after another. It is an error when a file was not taken
// to its end, and with Strict also when a line was rejected.
func (c *IngestCmd) Run(ctx context.Context, o output) error {
	to, err := c.client()
	if err != nil {
		return err
	}
	p := client.Params{Tag: c.Tag, Source: c.Source, Format: c.Format, Origin: c.Origin, Zone: c.TZ, Stdin: c.stdin}
	if p.Origin == "" {
		if p.Origin, err = os.Hostname(); err != nil {
			return fmt.Errorf("origin: %w; name one with --origin", err)
		}
	}
	failed, rejected := 0, 0
	for i, name := range c.Files {
		bar := newBar(o.err, name)
		a := to.Ingest(ctx, []string{name}, p, bar.move)[0]
		bar.clear()
		tell(o, a)
		rejected += a.Rejected
		if a.Err == nil {
			continue
		}
		failed++
		if errors.Is(a.Err, client.ErrUnreachable) || ctx.Err() != nil {
			failed = len(c.Files) - i
			break
		}
	}
	switch {
	case failed > 0 && len(c.Files) > 1:
		return fmt.Errorf("%d of %d files were not taken, or not to their end", failed, len(c.Files))
	case failed > 0, rejected > 0 && c.Strict:
		return exitCode(1) // all is said
	}
	return nil
}

// tell says what became of a file.
func tell(o output, a client.Answer) {
	for _, e := range a.Errors {
		fmt.Fprintf(o.err, "%s: line %d: %s\n", a.File, e.Line, printable(e.Error))
	}
	if more := a.Rejected - len(a.Errors); more > 0 && len(a.Errors) > 0 {
		fmt.Fprintf(o.err, "%s: %d more rejected\n", a.File, more)
	}
	for _, n := range a.Notes {
		fmt.Fprintf(o.err, "%s: %s\n", a.File, printable(n))
	}
	if a.Err == nil || a.Accepted+a.Rejected > 0 {
		fmt.Fprintf(o.out, "%s: %d accepted, %d rejected\n", a.File, a.Accepted, a.Rejected)
	}
	if a.Err != nil {
		fmt.Fprintf(o.err, "%s: %s\n", a.File, a.Err)
	}
}

// bar shows how far a file is, on a terminal. The zero bar shows nothing.
type bar struct{ *progressbar.ProgressBar }

func newBar(w io.Writer, name string) *bar {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(printable(name)),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)}
}

func (b *bar) move(p client.Progress) {
	if b.ProgressBar == nil {
		return
	}
	if p.Total > 0 && b.GetMax64() != p.Total {
		b.ChangeMax64(p.Total)
	}
	b.Set64(p.Sent) // a bar that can't be drawn is no reason to stop
}

func (b *bar) clear() {
	if b.ProgressBar != nil {
		b.Clear()
	}
}
