package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// visits is a log of 120 requests, one a minute from 10:00 on, of four hosts.
func visits() string {
	var lines strings.Builder
	for i := range 120 {
		at := time.Date(2024, 5, 6, 10, i, 0, 0, time.UTC)
		port := 443
		if i%8 >= 4 {
			port = 80
		}
		fmt.Fprintf(&lines, "{\"ts\":%q,\"host\":\"10.0.0.%d\",\"port\":%d,\"bytes\":%d,\"user\":\"u %d\"}\n", at.Format(time.RFC3339), i%4, port, i*10, i%3)
	}
	return lines.String()
}

// text is the text of the first element.
func (b *browser) text(css string) string {
	b.t.Helper()
	return get[string](b, fmt.Sprintf(`document.querySelector(%q).textContent.replace(/\s+/g, ' ').trim()`, css))
}

// search runs a query by its key and waits for its end.
func (b *browser) search(q string) {
	b.t.Helper()
	b.fill("#q", q+kb.Enter)
	b.address("q", q)
	b.until(done)
}

func visited(t *testing.T) *process {
	t.Helper()
	p := start(t, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0")
	if n, err := post(p.url, visits()); err != nil || n != 120 {
		t.Fatalf("ingest: %d %v", n, err)
	}
	return p
}

// Ensure that an analyst gets from all lines to the few that matter by their
// fields, and sees them as lines, as a table that stays in the address, among
// their neighbours, counted and over time.
func TestBrowserReadsResults(t *testing.T) {
	p := visited(t)
	b := newBrowser(t, p.url)
	b.size(1440, 900, "light")
	b.open("/")
	b.shows(120)
	walkFields(b)
	walkTable(b)
	walkAround(b)
	walkStats(b)
	walkTimechart(b)
}

// walkFields filters by the panel and by an open entry.
func walkFields(b *browser) {
	b.t.Helper()
	b.see(`#fields [data-panel-field=host]`)
	if of := b.text("#fields header .dim"); of != "of 120 results" {
		b.t.Errorf("the panel is %q, want that it has counted all 120", of)
	}
	b.click(`#fields .name[data-name=host]`)
	b.see(`#fields .value[data-name=host]`)
	if n := b.text(`#fields .value[data-value="10.0.0.1"] .n`); n != "30" {
		b.t.Errorf("lines of 10.0.0.1 in the panel: %s, want 30", n)
	}
	b.axe("fields")
	b.click(`#fields .value[data-value="10.0.0.1"]`)
	b.address("q", "host:10.0.0.1")
	b.shows(30)

	b.click(rows + " .turn")
	b.see(`.field[data-field=port]`)
	b.click(`.field[data-field=port] [data-do=top]`)
	b.see(`[data-top=port] [data-value]`)
	if top := b.text(`[data-top=port] ul`); !strings.Contains(top, "443 15") && !strings.Contains(top, "44315") {
		b.t.Errorf("top values of port are %q, want 15 lines with 443", top)
	}
	b.axe("top values of an open entry")
	b.click(`.field[data-field=port] [data-do=exclude]`)
	b.shows(15)
	b.click(rows + " .turn")
	b.see(`.field[data-field=user]`)
	b.click(`.field[data-field=user] [data-do=exists]`)
	b.until(`new URLSearchParams(location.search).get('q').endsWith(' user:*')`)
	b.shows(15)
	b.click(rows + " .turn")
	b.click(`.field[data-field=user] [data-do=include]`)
	b.shows(5)
}

// walkTable chooses columns by keys and finds them again by the address.
func walkTable(b *browser) {
	b.t.Helper()
	columns := `[...document.querySelectorAll('#results th[data-column]')].map(e => e.dataset.column).join()`
	b.search("host:10.0.0.1")
	b.shows(30)
	b.keys("v")
	b.see(`#results th[data-column=host]`)
	b.address("show", "table")
	b.do(chromedp.Focus(chromedp.CSS(`#fields .name[data-name=user]`)))
	b.keys("c") // it is a column already
	b.until(columns + ` === 'tag,host,port,bytes'`)
	b.do(chromedp.Focus(chromedp.CSS(`#results th[data-column=bytes] .name`)))
	b.keys(kb.ArrowLeft, kb.ModifierShift)
	b.keys(kb.ArrowLeft, kb.ModifierShift)
	b.until(columns + ` === 'tag,bytes,host,port'`)
	b.keys("++")
	b.until(`/bytes(:|%3A)\d+/.test(new URLSearchParams(location.search).get('columns'))`)
	b.keys(kb.ArrowRight + kb.ArrowRight + kb.Delete)
	b.until(columns + ` === 'tag,bytes,host'`)
	wide := get[int](b, `document.querySelector('#results th[data-column=bytes]').offsetWidth`)
	b.axe("table")

	b.click("#columns")
	b.see(`[data-column-choice=user]`)
	b.axe("columns")
	b.click(`[data-column-choice=user]`)
	b.until(columns + ` === 'tag,bytes,host,user'`)
	b.keys(kb.Escape)
	b.gone("#columns-panel")
	b.reload()
	b.shows(30)
	b.until(columns + ` === 'tag,bytes,host,user'`)
	if again := get[int](b, `document.querySelector('#results th[data-column=bytes]').offsetWidth`); again != wide {
		b.t.Errorf("the column of bytes is %d wide, was %d", again, wide)
	}
	if got := b.text(`#results tr[data-entry] td[data-field=bytes]`); got != "1170" {
		b.t.Errorf("bytes of the newest line: %q, want 1170", got)
	}
	// The query asks for the host, so that a mark in each of its cells says nothing.
	if n := get[int](b, `document.querySelectorAll('#results td[data-field=host] mark').length`); n != 0 {
		b.t.Errorf("%d marks in a column in which every cell matches", n)
	}
	b.click(`#results tr[data-entry] .turn`)
	b.see(`#results .whole .field[data-field=port]`)
	b.axe("an open row")
	b.keys("v")
	b.see(`#results li[data-entry]`)
}

// walkAround reads on before and behind an entry, by its own link too.
func walkAround(b *browser) {
	b.t.Helper()
	neighbours := `document.querySelectorAll('#around [data-around]').length`
	b.search("bytes:600")
	b.shows(1)
	b.keys(kb.Enter)
	b.see(`[data-tab=around]`)
	b.click(`[data-tab=around]`)
	b.until(neighbours + ` === 11`)
	b.axe("lines around an entry")
	b.click(`[data-more=after]`)
	b.until(neighbours + ` === 31`)
	if self := get[int](b, `[...document.querySelectorAll('#around [data-around]')].findIndex(e => e.ariaCurrent === 'true')`); self != 5 {
		b.t.Errorf("the entry is line %d of its neighbours, want 5", self)
	}
	b.click(`[data-do=open-link]`)
	b.until(neighbours + ` === 11 && new URLSearchParams(location.search).has('entry')`)
	b.reload()
	b.until(neighbours + ` === 11 && document.querySelector('.field[data-field=bytes]') !== null`)
	b.axe("one entry by its link")
}

// walkStats sorts a table, draws it, and goes to the lines behind a row.
func walkStats(b *browser) {
	b.t.Helper()
	b.search("port:443 | stats count(), sum(bytes) by host")
	b.until(`document.querySelectorAll('#results tr[data-row]').length === 4`)
	b.click(`#results th[data-column="sum(bytes)"] .name`)
	b.until(`document.querySelector('#results th[data-column="sum(bytes)"]').ariaSort === 'descending'`)
	first := b.text(`#results tr[data-row="0"]`)
	if !strings.HasPrefix(first, "10.0.0.3") {
		b.t.Errorf("the row with the greatest sum is %q, want 10.0.0.3", first)
	}
	b.click(`#results tr[data-row="0"] .act`)
	b.see(`#menu [data-item^="address-"]`)
	b.keys(kb.Escape)
	b.axe("stats")
	b.keys("v")
	b.until(`document.querySelectorAll('.bars-of li').length === 4`)
	b.address("show", "chart")
	b.axe("bars")
	b.keys("v")
	b.see(`#results tr[data-row="0"] [data-pivot]`)
	b.click(`#results tr[data-row="0"] [data-pivot]`)
	b.shows(15)
	if got := b.text(`#results .raw, #results td[data-field=host]`); !strings.Contains(got, "10.0.0.3") {
		b.t.Errorf("behind the row is %q, want lines of 10.0.0.3", got)
	}
}

// walkTimechart draws a chart without a complaint of the CSP and goes into one step.
func walkTimechart(b *browser) {
	b.t.Helper()
	b.search("* | timechart 30m count(), sum(bytes) by port")
	b.see("#plot canvas")
	// Bytes do not stand on counts: one kind of number is drawn at a time.
	b.until(`[...document.querySelectorAll('[data-series]')].map(e => e.dataset.series).join() === '443: count,80: count'`)
	b.click(`[data-draw="sum(bytes)"]`)
	b.until(`[...document.querySelectorAll('[data-series]')].map(e => e.dataset.series).join() === '443: sum(bytes),80: sum(bytes)'`)
	b.until(`(() => { const c = document.querySelector('#plot canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; return d.some(x => x) })()`)
	b.axe("timechart")
	before := get[string](b, `document.querySelector('#plot canvas').toDataURL()`)
	b.size(1440, 900, "dark")
	b.until(fmt.Sprintf(`document.querySelector('#plot canvas')?.toDataURL() !== %q`, before))
	b.axe("timechart, dark")
	b.click(`[data-draw=log]`)
	b.until(`document.querySelector('[data-draw=log]').ariaPressed === 'true'`)
	b.do(chromedp.Focus(chromedp.CSS("#plot")))
	b.keys(kb.ArrowRight + kb.ArrowRight)
	b.until(`document.querySelector('#step').textContent.includes('10:30')`)
	b.keys(kb.Enter)
	b.shows(30)
	if last := b.text(rows + " time"); !strings.HasPrefix(last, "10:59:00") {
		b.t.Errorf("the newest line of the step is of %s, want 10:59:00", last)
	}
}

// Ensure that new matches come on top by themselves, that they wait while a
// line is open or somebody says so, and that none is shown twice.
func TestBrowserFollowsNewResults(t *testing.T) {
	p := visited(t)
	b := newBrowser(t, p.url)
	b.size(1440, 900, "light")
	b.open("/?q=host:10.0.0.1")
	b.shows(30)
	add := func(n int) {
		t.Helper()
		line := fmt.Sprintf("{\"ts\":\"2024-05-07T10:00:%02dZ\",\"host\":\"10.0.0.1\",\"n\":%d}\n{\"ts\":\"2024-05-07T10:00:00Z\",\"host\":\"10.0.0.9\"}\n", n, n)
		if got, err := post(p.url, line); err != nil || got != 2 {
			t.Fatalf("ingest: %d %v", got, err)
		}
	}
	b.keys("l")
	b.see(`#live-line[data-state=on]`)
	b.address("live", "1")
	b.until(done)
	add(1)
	b.shows(31)
	if top := b.text(rows); !strings.Contains(top, `"n":1}`) {
		t.Errorf("on top is %q, want the new line", top)
	}
	b.axe("live")
	b.click(rows + " .turn")
	b.see(`#live-line[data-held=true]`)
	add(2)
	b.see(`#live-line[data-waiting="1"]`)
	b.axe("live, held")
	b.keys(kb.Escape)
	b.shows(32)
	b.click("#live-pause")
	b.see(`#live-line[data-held=true]`)
	add(3)
	b.see(`#live-line[data-waiting="1"]`)
	b.click("#live-pause")
	b.shows(33)
	if n := get[int](b, `new Set([...document.querySelectorAll('`+rows+`')].map(e => e.dataset.entry)).size`); n != 33 {
		t.Errorf("%d different lines of 33", n)
	}
	b.keys("l")
	b.gone("#live-line")
	b.until(`!new URLSearchParams(location.search).has("live")`)
}

// Ensure that a search which finds nothing yet can be followed, and that what
// the rate leaves out is never missing from a total that says it is exact.
func TestBrowserFollowsASearchThatFindsNothingYet(t *testing.T) {
	p := visited(t)
	b := newBrowser(t, p.url)
	b.size(800, 900, "light")
	b.open("/?q=host:10.9.9.9")
	b.see("#nothing-found #save")
	b.see("#nothing-found #link")
	b.axe("nothing found")
	b.click("#live")
	b.see(`#live-line[data-state=on]`)
	b.until(done)
	b.gone("#histogram")
	line := "{\"ts\":\"2024-05-07T10:00:00Z\",\"host\":\"10.9.9.9\"}\n"
	if got, err := post(p.url, line); err != nil || got != 1 {
		t.Fatalf("ingest: %d %v", got, err)
	}
	b.shows(1)
	b.see("#histogram")
	if got, err := post(p.url, strings.Repeat(line, 300)); err != nil || got != 300 {
		t.Fatalf("ingest: %d %v", got, err)
	}
	b.until(`Number(document.querySelector('#live-line').dataset.leftOut) > 0`)
	b.see(`#found [data-exact=false]`)
	b.keys("l")
	b.gone("#live-line")
	b.see(`#found [data-total="301"][data-exact=true]`)
}

// Ensure that all of it can be had in a narrow window and without a mouse.
func TestBrowserReadsResultsWhereItIsNarrow(t *testing.T) {
	p := visited(t)
	b := newBrowser(t, p.url)
	b.size(800, 900, "dark")
	b.open("/")
	b.shows(120)
	b.gone("#fields")
	b.keys("f")
	b.until(`document.activeElement.id === 'fields-find'`)
	b.until(`document.querySelector('#fields .name') !== null`)
	b.axe("fields as a drawer")
	b.keys("host" + kb.ArrowDown)
	b.until(`document.activeElement.dataset.name === 'host'`)
	b.keys(kb.ArrowRight + kb.ArrowDown)
	b.until(`document.activeElement.dataset.value !== undefined`)
	b.keys("-")
	b.gone("#fields")
	b.shows(90)
	b.until(`new URLSearchParams(location.search).get('q').startsWith('NOT host:')`)
	b.keys("v")
	b.see(`#results th[data-column=host]`)
	b.axe("table, narrow and dark")
	b.keys("j" + kb.Enter)
	b.see(`.field[data-field=port]`)
	b.axe("an open row, narrow and dark")
	b.search("* | top 3 host")
	b.until(`document.querySelectorAll('#results tr[data-row]').length === 3`)
	b.axe("top, narrow and dark")
	b.keys("j" + "j" + kb.Enter)
	b.shows(30)
	b.search("* | timechart 1h count() by host")
	b.see("#plot canvas")
	b.axe("timechart, narrow and dark")
}
