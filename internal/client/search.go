package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Request is a search.
type Request struct {
	// Query is in the query language; empty means everything.
	Query string
	// From and To are RFC 3339 or unix seconds; empty means all time.
	From, To string
	// Limit is how many entries are wanted; 0 only counts.
	Limit int
	// Oldest gives the oldest entries first.
	Oldest bool
}

// Entry is an entry as the server sends it.
type Entry struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"`
	Tag    string    `json:"tag"`
	Source uint32    `json:"source"`
	Raw    string    `json:"raw"`
	// JSON is all of it.
	JSON json.RawMessage `json:"-"`
}

// Found says how many entries match.
type Found struct {
	// Total is the number of entries that match, at least that many if not
	// Exact.
	Total int
	Exact bool
	// Given is how many entries were given out.
	Given int
	// Table is the answer to a query with pipes, which has no entries; else
	// nil.
	Table *Table
	// Unknown are fields of a query that finds nothing which no line seems to
	// have.
	Unknown []UnknownField
}

// UnknownField is the name of a field that no line seems to have.
type UnknownField struct {
	Name string `json:"name"`
	// Suggest are the nearest names that lines have, the nearest first.
	Suggest []string `json:"suggest"`
}

// Table is what the pipes of a query make.
type Table struct {
	Columns []struct {
		Name string `json:"name"`
	} `json:"columns"`
	Rows []struct {
		// Cells are numbers, texts, lists of texts, or null.
		Cells []json.RawMessage `json:"cells"`
	} `json:"rows"`
	// TotalRows is how many there are, of which Rows are the first.
	TotalRows uint64 `json:"total_rows"`
	// Without is how many entries lack a field that is grouped by.
	Without uint64 `json:"without"`
	// Notes are what else must be known of the numbers.
	Notes []string `json:"notes"`
}

// MaxPage is the most entries that the server gives in one answer.
const MaxPage = 1000

// Search calls each for every entry, page after page, until there are Limit
// or each returns an error, which Search then returns. A query with pipes has
// a table instead, of Limit rows. A query that can't be
// read is an *Error with a column.
func (c *Client) Search(ctx context.Context, r Request, each func(Entry) error) (Found, error) {
	var f Found
	for cursor := ""; ; {
		values := r.values()
		values["limit"] = strconv.Itoa(min(r.Limit-f.Given, MaxPage))
		values["cursor"] = cursor
		p, err := c.page(ctx, values)
		if err != nil {
			return f, err
		}
		f.Total, f.Exact, f.Table, f.Unknown = p.Total, p.Exact, p.Table, p.Unknown
		for _, raw := range p.Entries {
			if f.Given == r.Limit {
				break
			}
			e := Entry{JSON: raw}
			if err := json.Unmarshal(raw, &e); err != nil {
				return f, fmt.Errorf("read entry %d: %w", f.Given+1, err)
			}
			if err := each(e); err != nil {
				return f, err
			}
			f.Given++
		}
		if p.Next == "" || f.Given >= r.Limit {
			return f, nil
		}
		if p.Next == cursor {
			return f, fmt.Errorf("page after %d entries: the server gives the same page again", f.Given)
		}
		cursor = p.Next
	}
}

func (r Request) values() map[string]string {
	v := map[string]string{"q": r.Query, "from": r.From, "to": r.To}
	if r.Oldest {
		v["order"] = "oldest"
	}
	return v
}

// page is the JSON of an answer to a search.
type page struct {
	Total   int               `json:"total"`
	Exact   bool              `json:"exact"`
	Entries []json.RawMessage `json:"entries"`
	Next    string            `json:"next"`
	Table   *Table            `json:"table"`
	Unknown []UnknownField    `json:"unknown_fields"`
}

func (c *Client) page(ctx context.Context, values map[string]string) (page, error) {
	var p page
	body, err := c.get(ctx, "search", values)
	if err != nil {
		return p, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&p); err != nil {
		return p, fmt.Errorf("read the answer: %w", err)
	}
	return p, nil
}

// Export writes everything that matches to w, oldest first, in the format
// "ndjson", "csv", "raw" or "pcap". Limit and Oldest don't count. It returns
// how many bytes came; an error after some of them means that the rest is
// missing.
func (c *Client) Export(ctx context.Context, r Request, format string, w io.Writer) (int64, error) {
	values := r.values()
	values["order"], values["format"] = "oldest", format
	body, err := c.get(ctx, "export", values)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.Copy(w, body)
	if err != nil {
		return n, fmt.Errorf("export stopped after %d bytes: %w", n, err)
	}
	return n, nil
}
