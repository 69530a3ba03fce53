package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// drag moves the mouse with its button held, from one part of the width of an
// element to another.
func (b *browser) drag(css string, from, to float64) {
	b.t.Helper()
	box := get[[]float64](b, fmt.Sprintf(`(r => [r.x, r.y + r.height / 2, r.width])(document.querySelector(%q).getBoundingClientRect())`, css))
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for i, step := range []struct {
		kind input.DispatchMouseEventType
		at   float64
	}{{input.DispatchMouseEventTypeMouseMoved, from}, {input.DispatchMouseEventTypeMousePressed, from}, {input.DispatchMouseEventTypeMouseMoved, (from + to) / 2}, {input.DispatchMouseEventTypeMouseMoved, to}, {input.DispatchMouseEventTypeMouseReleased, to}} {
		p := input.DispatchMouseEventParams{Type: step.kind, X: box[0] + step.at*box[2], Y: box[1], Button: input.MouseButtonLeft, ClickCount: 1}
		if i > 0 && step.kind == input.DispatchMouseEventTypeMouseMoved {
			p.Buttons = 1
		}
		if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, p); err != nil {
			b.t.Fatal(err)
		}
	}
}

// copied makes what the page copies readable.
func (b *browser) copied() string {
	b.t.Helper()
	b.until(`typeof window.copied === 'string'`)
	return get[string](b, `window.copied`)
}

const watchClipboard = `navigator.clipboard.writeText = t => { window.copied = t; return Promise.resolve(); }, true`

// Ensure that the search page carries a piece of work from the first letters
// to the evidence that stays: suggestions, an error in its place, a part of
// the time and back, a saved search and a link that another person opens, and
// results frozen before their data is deleted.
func TestBrowserSearchesSavesAndFreezes(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(90)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.expect("status of 400")
	b.size(1440, 900, "light")
	b.open("/")
	b.shows(90)
	searchWithSuggestions(b)
	errorInItsPlace(b)
	zoomAndBack(b)

	saved, fixed := saveAndLink(b)
	other := newBrowser(t, p.url)
	other.size(800, 900, "dark")
	other.open("/?saved=" + saved)
	other.shows(90)
	if q := get[string](other, `document.querySelector('#q').value`); q != "tag:app" {
		t.Errorf("the saved search opens as %q", q)
	}
	other.see("#saved-search")
	other.axe("a saved search, narrow and dark")
	if _, err := post(p.url, strings.ReplaceAll(minutes(1), `"n":0`, `"n":777`)); err != nil {
		t.Fatal(err)
	}
	other.open(strings.TrimPrefix(fixed, p.url))
	other.shows(3) // from 10:10 to 10:13, whatever the clock says now
	other.keys("s")
	other.until(`document.querySelector('[data-saved="` + saved + `"]')?.textContent.includes('Every app line')`)
	other.axe("saved, recent and frozen, narrow and dark")
	other.keys(kb.Escape)
	other.gone("#library")

	freezeAndDelete(b, other, p.url)
}

func searchWithSuggestions(b *browser) {
	b.t.Helper()
	b.keys("/")
	b.until(`document.activeElement.id === 'q'`)
	b.keys("ta")
	b.see(`[data-option="tag:"]`)
	b.axe("suggestions")
	b.keys(kb.ArrowDown)
	b.until(`document.querySelector('#q').getAttribute('aria-activedescendant') === 'q-option-0'`)
	b.keys(kb.Enter) // something is chosen: taken, and not run
	b.until(`document.querySelector('#q').value === 'tag:'`)
	b.see(`[data-option="app"]`)
	b.keys(kb.Tab)
	b.until(`document.querySelector('#q').value === 'tag:app' && document.activeElement.id === 'q'`)
	b.gone("#completion")
	b.keys(" ho")
	b.see(`[data-option="host"]`)
	b.keys(kb.Escape)
	b.gone("#completion")
	b.keys(kb.Backspace + kb.Backspace + kb.Backspace)
	b.keys(kb.Enter) // nothing is chosen: run
	b.address("q", "tag:app")
	b.shows(90)
	b.until(`document.activeElement.closest('#results') !== null`)
}

func errorInItsPlace(b *browser) {
	b.t.Helper()
	b.fill("#q", "tag:app src: x")
	b.keys(kb.Enter)
	b.see(`#query-problem[data-column="13"]`)
	b.until(`document.querySelector('.mirror u')?.textContent === 'src:'`)
	b.axe("an error in its place")
	b.fill("#q", "tag:app")
	b.until(`document.querySelector('.mirror u') === null`)
	b.click("#query-help-open")
	b.until(`document.querySelector('#read-as')?.textContent === 'tag:app'`)
	b.axe("help with the query")
	b.fill("#q", "a OR b tag:app")
	b.until(`/a OR \(b (AND )?tag:app\)/.test(document.querySelector('#read-as')?.textContent)`)
	b.click("#query-help-open")
	b.gone("#query-help")
	b.fill("#q", "tag:app"+kb.Enter)
	b.shows(90)
}

func zoomAndBack(b *browser) {
	b.t.Helper()
	b.see("#histogram .bars")
	b.drag("#histogram .bars", 0.4, 0.6)
	b.see("#chosen")
	said := get[string](b, `document.querySelector('#chosen b').textContent`)
	b.axe("a part of the histogram")
	b.click("#zoom")
	b.until(done + ` && new URLSearchParams(location.search).has('from') && new URLSearchParams(location.search).has('to')`)
	b.until(`document.querySelector('#found [data-exact=true]')?.textContent.startsWith(` + fmt.Sprintf("%q", said) + `)`)
	b.click("#time-back")
	b.shows(90)
	b.click("#time")
	b.click("[data-zone=local]")
	b.address("tz", "local")
	b.until(done + ` && /UTC[+−]\d\d:\d\d/.test(document.querySelector('#time').textContent)`)
	b.click("#time")
	b.click("[data-zone=utc]")
	b.until(`!new URLSearchParams(location.search).has('tz')`)
	b.shows(90)
}

// saveAndLink saves the search, and copies a link to three minutes of it.
func saveAndLink(b *browser) (saved, fixed string) {
	b.t.Helper()
	b.keys("w")
	b.see("#save-form")
	b.axe("save")
	b.keys("Every app line")
	b.keys(kb.Enter)
	b.gone("#save-form")
	b.see("#saved-search")
	saved = get[string](b, `new URLSearchParams(location.search).get('saved')`)
	if saved != "every-app-line" {
		b.t.Errorf("the link says saved=%s", saved)
	}
	b.fill("#q", "tag:app from:2024-05-06T10:10:00Z"+kb.Enter)
	b.shows(80)
	b.until(`document.querySelector('#time').textContent.includes('by the query')`)
	b.fill("#q", "tag:app from:2024-05-06T10:10:00Z to:2024-05-06T10:13:00Z"+kb.Enter)
	b.shows(3)
	get[bool](b, watchClipboard)
	b.click("#link")
	return saved, b.copied()
}

// freezeAndDelete freezes what is found, deletes all data, and looks at the
// set by another person's eyes.
func freezeAndDelete(b, other *browser, base string) {
	b.t.Helper()
	b.click("#save")
	b.click("[data-kind=results]")
	b.see("#freeze-says")
	b.fill("#save-name", "Case 7")
	b.fill("#save-note", "as found on the day")
	b.fill("#save-by", "Ann")
	b.axe("freeze")
	b.click("#save-submit")
	b.until(`[...document.querySelectorAll('[data-toast=ok] a')].some(a => a.textContent === 'Open set 1')`)
	r, err := http.NewRequest("DELETE", base+"/api/v1/data?tag=app", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != 200 {
		b.t.Fatalf("delete: %v %v", answer, err)
	}
	b.click("#run")
	b.see("#nothing-found, #first-run")

	other.open("/?frozen=1")
	other.shows(3)
	other.until(`/Case 7.*by Ann.*as found on the day/s.test(document.querySelector('#frozen-set').textContent)`)
	other.axe("a frozen set")
	other.picture("frozen")
	other.click(rows + " .turn")
	other.see(".field[data-field=n]")
	other.fill("#q", "10.0.0.11"+kb.Enter)
	other.shows(1)
	exported := get[string](other, `fetch(document.querySelector('[data-export=raw]').href).then(r => r.text())`)
	if !strings.Contains(exported, `"n":11,`) || strings.Count(exported, "\n") != 1 {
		b.t.Errorf("exported from the set: %q", exported)
	}
	other.click("#more-tools")
	other.click("#export")
	other.see("[data-export=csv]")
	other.axe("export")
}

// held is a server before which searches wait: it streams what the test says.
func held(t *testing.T, base string, stream func(w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/search/stream" && r.URL.Query().Get("q") == "slow" {
			stream(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Ensure that a long search shows what it has found, how far it is and what
// is not scanned yet, and that it can be cancelled by key; and that none of it
// is drawn for a search that is done at once.
func TestBrowserShowsASearchAsItRuns(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(90)); err != nil {
		t.Fatal(err)
	}
	cancelled := make(chan struct{})
	base := held(t, p.url, func(w http.ResponseWriter, r *http.Request) {
		answer, err := http.Get(p.url + "/api/v1/search?limit=20&q=tag:app")
		if err != nil {
			return
		}
		page, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		fmt.Fprintf(w, "{\"type\":\"rows\",%s\n", strings.TrimPrefix(strings.TrimSpace(string(page)), "{"))
		fmt.Fprintln(w, `{"type":"progress","took_ms":900,"total":1204,"scanned":{"blocks":10,"skipped":0,"bytes":310000000},"of":{"blocks":30,"bytes":820000000},`+
			`"until":"2024-05-06T10:45:00Z","histogram":{"from":"2024-05-06T10:00:00Z","to":"2024-05-06T11:30:00Z","width_ns":900000000000,"counts":[0,0,0,400,400,404],"total":1204}}`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(cancelled)
	})
	b := newBrowser(t, base)
	b.size(1440, 900, "light")
	b.open("/?q=slow")
	b.see("#cancel")
	b.see("#working")
	b.until(`/1,204 results so far.*310 MB of 820 MB scanned.*back to 2024-05-06 10:45:00/s.test(document.querySelector('#found').textContent)`)
	if got := get[[]string](b, `['x', 'width'].map(a => document.querySelector('#histogram .unseen').getAttribute(a))`); got[0] != "0%" || got[1] != "50%" {
		t.Errorf("not scanned yet: %v, want the left half", got)
	}
	if n := get[int](b, `document.querySelectorAll('`+rows+`').length`); n != 20 {
		t.Errorf("%d rows are shown while it runs, want 20", n)
	}
	b.axe("a search that runs")
	b.picture("slow")
	b.keys(kb.Escape)
	<-cancelled
	b.until(`document.querySelector('main').dataset.state === 'cancelled' && document.querySelector('#found').textContent.includes('at least 1,204 results, cancelled')`)
	b.see("#run")

	// A fast one shows no progress: nothing of it is drawn at any time.
	get[bool](b, `(window.drawn = 0, new MutationObserver(() => { if (document.querySelector('#working, #cancel')) window.drawn++; }).observe(document.body, { childList: true, subtree: true }), true)`)
	b.fill("#q", "tag:app"+kb.Enter)
	b.shows(90)
	if n := get[int](b, `window.drawn`); n != 0 {
		took := get[float64](b, `performance.getEntriesByName('spoor:done').at(-1).duration`)
		if took < 150 {
			t.Errorf("progress was drawn for a search of %.0f ms", took)
		}
	}
	if n := get[int](b, `document.querySelectorAll('#histogram .unseen').length`); n != 0 {
		t.Error("a search that is done has parts that are not scanned")
	}
}
