package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pageWait bounds a step in the browser.
const pageWait = time.Minute

// page measures what somebody before the page waits: from the Enter key in
// the query until the first rows are painted, in a real Chromium of 1440 by
// 900 on this machine. The browser shares its processors with the server.
func (b *bench) page(ctx context.Context) error {
	const bar = 100 * time.Millisecond
	path, err := exec.LookPath("chromium")
	if err != nil {
		b.report.say("page: left out, there is no chromium")
		return nil
	}
	profile, err := os.MkdirTemp(b.o.dir, "profile-")
	if err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.WindowSize(1440, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en-US"))
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	// The browser ends with the context of the first call, so this one has no
	// deadline of its own.
	if err := chromedp.Do(ctx); err != nil {
		return err
	}
	t := tab{ctx}
	if err := t.open(b.server.base + "/"); err != nil {
		return err
	}
	for _, q := range []struct{ what, query string }{
		{"an address on few lines", b.picks.needles[0].query},
		{"a common word", b.picks.common},
		{"a regular expression", b.picks.literal.query},
		{"everything", ""},
	} {
		// The first run fills caches that a second search has anyway.
		var rows, done []time.Duration
		for range b.o.runs + 1 {
			first, all, err := t.enter(q.query)
			if err != nil {
				return fmt.Errorf("%s: %w", q.what, err)
			}
			rows, done = append(rows, first), append(done, all)
		}
		slices.Sort(rows[1:])
		slices.Sort(done[1:])
		median, worst := rows[1+len(rows[1:])/2], rows[len(rows)-1]
		b.report.add(row{What: "Enter to first rows on the page: " + q.what, Bar: "<= " + ms(bar), Met: met(median <= bar),
			Measured: fmt.Sprintf("%s (worst %s, %d runs; first %s), all counted %s", ms(median), ms(worst), b.o.runs, ms(rows[0]), ms(done[1+len(done[1:])/2])),
			Value:    median.Seconds() * 1e3, Unit: "ms"})
	}
	return nil
}

// tab is a tab of the browser.
type tab struct{ ctx context.Context }

// watchEnter keeps the time of the Enter key as the browser gives it: when the key
// went down, not when a script came to it.
const watchEnter = `addEventListener('keydown', e => { if (e.key === 'Enter') window.pressed = e.timeStamp; }, true);
	document.querySelector('main').dataset.state === 'done'`

func (t tab) open(url string) error {
	ctx, cancel := context.WithTimeout(t.ctx, pageWait)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("#results [data-entry]"))); err != nil {
		return err
	}
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](watchEnter))
	return err
}

// enter writes a query, presses Enter and returns when the first rows were
// painted, and when everything was counted.
func (t tab) enter(query string) (rows, done time.Duration, err error) {
	ctx, cancel := context.WithTimeout(t.ctx, pageWait)
	defer cancel()
	// Another query before, so that its rows are new on the page.
	set := fmt.Sprintf(`(q => { const el = document.querySelector('#q'); el.focus(); el.value = q; performance.clearMeasures(); window.pressed = 0; return true; })(%q)`, query)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](set)); err != nil {
		return 0, 0, err
	}
	for _, e := range kb.Encode('\r') {
		if e.Type == input.DispatchKeyEventTypeChar {
			continue
		}
		if e.Type == input.DispatchKeyEventTypeRawKeyDown {
			e.Type = input.DispatchKeyEventTypeKeyDown
		}
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, *e); err != nil {
			return 0, 0, err
		}
	}
	const both = `['spoor:first-rows', 'spoor:done'].every(n => performance.getEntriesByName(n).length)`
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](both)); err != nil {
		return 0, 0, err
	}
	ends, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`['spoor:first-rows', 'spoor:done'].map(n => { const m = performance.getEntriesByName(n).at(-1); return m.startTime + m.duration - window.pressed; })`))
	if err != nil {
		return 0, 0, err
	}
	if len(ends) != 2 || ends[0] <= 0 {
		return 0, 0, errors.New("the page has not noted its times")
	}
	return fromMS(ends[0]), fromMS(ends[1]), nil
}

func fromMS(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
