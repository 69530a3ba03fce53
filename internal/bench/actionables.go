package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// pageRows is a page of results.
const pageRows = 200

// actionables measures a page of results, whose every line is searched for the
// triggers of all actionables: those that are shipped, and then with the 52 of
// Gravwell's kits, all enabled, beside them.
func (b *bench) actionables(ctx context.Context) error {
	const bar = 20 * time.Millisecond
	text, err := os.ReadFile(filepath.Join(b.o.shared, "data", "gravwell-kit-pivots.json"))
	if errors.Is(err, fs.ErrNotExist) {
		b.report.say("actionables: left out, there is no gravwell-kit-pivots.json below %s", b.o.shared)
		return nil
	} else if err != nil {
		return err
	}
	without, err := b.pageOf(ctx)
	if err != nil {
		return err
	}
	n, err := b.importAll(ctx, text)
	if err != nil {
		return err
	}
	with, err := b.pageOf(ctx)
	if err != nil {
		return err
	}
	b.report.add(row{What: fmt.Sprintf("a page of %d rows with %d imported actionables", pageRows, n), Bar: "<= " + ms(bar), Met: met(with <= bar),
		Measured: ms(with), Ratio: "without them: " + ms(without), Value: with.Seconds() * 1e3, Unit: "ms"})
	return nil
}

// pageOf is the median of what the server needs for the newest rows.
func (b *bench) pageOf(ctx context.Context) (time.Duration, error) {
	var all []time.Duration
	for range b.o.runs + 1 {
		var answer struct {
			Took    float64           `json:"took_ms"`
			Entries []json.RawMessage `json:"entries"`
		}
		if err := b.server.call(ctx, "GET", fmt.Sprintf("/search?limit=%d", pageRows), nil, &answer); err != nil {
			return 0, err
		}
		if len(answer.Entries) != pageRows {
			return 0, fmt.Errorf("got %d rows, want %d", len(answer.Entries), pageRows)
		}
		all = append(all, time.Duration(answer.Took*float64(time.Millisecond)))
	}
	all = all[1:] // the first one compiles and warms up
	slices.Sort(all)
	return all[len(all)/2], nil
}

// importAll imports a file and enables what is in it, that what does nothing
// yet is matched, too.
func (b *bench) importAll(ctx context.Context, text []byte) (int, error) {
	var report struct {
		Items []struct {
			Actionable map[string]any `json:"actionable"`
		} `json:"items"`
	}
	if err := b.server.call(ctx, "POST", "/actionables/import", map[string]any{"text": string(text)}, &report); err != nil {
		return 0, err
	}
	for _, item := range report.Items {
		a := item.Actionable
		a["disabled"] = false
		if err := b.server.call(ctx, "PUT", fmt.Sprintf("/actionables/%v", a["id"]), a, nil); err != nil {
			return 0, err
		}
	}
	return len(report.Items), nil
}
