package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"spoor/internal/client"
)

// SearchCmd searches a running server.
type SearchCmd struct {
	Connection `embed:""`

	From   string   `help:"From this time on (RFC 3339 or unix seconds)." placeholder:"TIME"`
	To     string   `help:"Before this time." placeholder:"TIME"`
	Limit  int      `help:"Most entries, or rows of a table, to print; 0 only counts; ${default} if not said." default:"100" placeholder:"N"`
	Format string   `help:"text prints time, tag and line, or a table divided by tabs; json prints an object a line." enum:"text,json" default:"text"`
	Oldest bool     `help:"Print the oldest first."`
	Query  []string `arg:"" optional:"" help:"Query; several words are joined by spaces. None finds everything. Put -- before a query that begins with a hyphen."`
}

// Run prints the entries to o.out and how many there are to o.err; with a
// limit of 0 the number is the answer.
func (c *SearchCmd) Run(ctx context.Context, o output) error {
	if c.Limit < 0 {
		return fmt.Errorf("limit %d: want 0 or more", c.Limit)
	}
	from, err := c.client()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(o.out)
	r := client.Request{
		Query: strings.Join(c.Query, " "),
		From:  c.From, To: c.To,
		Limit: c.Limit, Oldest: c.Oldest,
	}
	found, err := from.Search(ctx, r, func(e client.Entry) error { return c.print(w, e) })
	if err == nil && found.Table != nil {
		err = c.printTable(w, found.Table)
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return err
	}
	var notes []string
	switch {
	case found.Table != nil:
		notes = tableNotes(found)
	case c.Limit == 0:
		if _, err := fmt.Fprintln(o.out, found.Total); err != nil {
			return err
		}
	default:
		notes = []string{count(found)}
	}
	for _, f := range found.Unknown {
		notes = append(notes, unknown(f))
	}
	for _, note := range notes {
		fmt.Fprintln(o.err, note)
	}
	return nil
}

func (c *SearchCmd) print(w io.Writer, e client.Entry) error {
	if c.Format == "json" {
		_, err := fmt.Fprintf(w, "%s\n", e.JSON)
		return err
	}
	_, err := fmt.Fprintf(w, "%s\t%s\t%s\n", e.Time.UTC().Format(time.RFC3339Nano), printable(e.Tag), printable(e.Raw))
	return err
}

// unknown says that a field may be misspelt.
func unknown(f client.UnknownField) string {
	text := "no entry has a field " + printable(f.Name)
	if len(f.Suggest) > 0 {
		text += "; nearest: " + printable(strings.Join(f.Suggest, ", "))
	}
	return text
}

// count says how many there are, without claiming more than is known.
func count(f client.Found) string {
	least := ""
	if !f.Exact {
		least = "at least "
	}
	noun := "entries"
	if f.Total == 1 {
		noun = "entry"
	}
	if f.Given == f.Total {
		return fmt.Sprintf("%s%d %s", least, f.Total, noun)
	}
	return fmt.Sprintf("%s%d %s, %d printed", least, f.Total, noun, f.Given)
}

// printable writes as escapes what would steer a terminal, turn a line round
// or not be seen, as the page does (ui/static/js/segments.js). Tabs stay.
func printable(text string) string {
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		switch {
		case !steers(c):
			b.WriteRune(c)
		case c < 0x100:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	return b.String()
}

// steers is true of control characters, of those of category Cf (marks of
// direction, of no width, tags) and of line and paragraph separators.
func steers(c rune) bool {
	return c != '\t' && unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
