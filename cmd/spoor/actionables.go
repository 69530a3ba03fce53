package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"spoor/actionables"
	"spoor/internal/client"
)

// ActionablesCmd moves actionables between files and a running server.
type ActionablesCmd struct {
	Import ActionablesImportCmd `cmd:"" help:"Import a file of Spoor, Gravwell, Security Onion, Arkime or Elastic, and say what came over."`
	Export ActionablesExportCmd `cmd:"" help:"Print actionables as a file."`
}

// ActionablesImportCmd imports files.
type ActionablesImportCmd struct {
	Connection `embed:""`

	Format   string   `help:"Format of the files: spoor, gravwell, security-onion, arkime or elastic; by default it is recognised."`
	Existing string   `help:"What to do with one that is there: skip, replace or copy." enum:"skip,replace,copy" default:"skip"`
	Dry      bool     `help:"Store nothing, only say what would come over."`
	Files    []string `arg:"" name:"file" help:"Files; - is the standard input."`
}

// Run imports every file, and prints a line for each actionable with what to
// do about it below.
func (c *ActionablesImportCmd) Run(ctx context.Context, o output) error {
	to, err := c.client()
	if err != nil {
		return err
	}
	failed := 0
	for _, name := range c.Files {
		text, err := readSmall(name)
		if err != nil {
			return err
		}
		var r actionables.Report
		form := client.ImportForm{Text: string(text), Name: filepath.Base(name), Format: c.Format, Existing: c.Existing, Dry: c.Dry}
		if err := to.ImportActionables(ctx, form, &r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		failed += printReport(o.out, r)
		fmt.Fprintf(o.err, "%s: %d of %d actionables, %d of %d triggers, %d of %d actions; %d kept for export, %d disabled\n", name,
			r.Imported.Actionables, r.Found.Actionables, r.Imported.Triggers, r.Found.Triggers, r.Imported.Actions, r.Found.Actions, r.Kept, r.Disabled)
	}
	if failed > 0 {
		return exitCode(1)
	}
	return nil
}

// readSmall reads a file that is bounded as an import is.
func readSmall(name string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, actionables.MaxImport+1))
	if err == nil && len(text) > actionables.MaxImport {
		err = errors.New("larger than 8 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// printReport prints what became of each actionable, and returns how many
// failed.
func printReport(w io.Writer, r actionables.Report) (failed int) {
	for _, item := range r.Items {
		if item.Outcome == actionables.OutcomeFailed {
			failed++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", item.Outcome, printable(item.ID), printable(item.Name))
		for _, n := range item.Notes {
			todo := ""
			if n.Todo != "" {
				todo = ": " + n.Todo
			}
			fmt.Fprintf(w, "\t%s\t%s\n", n.Level, printable(n.Text+todo))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "%s\t%s\n", n.Level, printable(n.Text))
	}
	return failed
}

// ActionablesExportCmd exports.
type ActionablesExportCmd struct {
	Connection `embed:""`

	Format string   `help:"Format of the file." enum:"spoor,gravwell" default:"spoor"`
	IDs    []string `arg:"" optional:"" name:"id" help:"Which; none means all."`
}

// Run prints the file.
func (c *ActionablesExportCmd) Run(ctx context.Context, o output) error {
	from, err := c.client()
	if err != nil {
		return err
	}
	file, err := from.ExportActionables(ctx, c.Format, c.IDs)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(o.out, file)
	return err
}
