package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"spoor/fleet/sensor"
	"spoor/internal/packet"
	"spoor/internal/pki"
)

const done = `document.querySelector('main').dataset.state === 'done'`

// address waits until the address bar says this of a parameter.
func (b *browser) address(name, want string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`new URLSearchParams(location.search).get(%q) === %q`, name, want))
}

// reload opens the page anew by what stands in the address bar.
func (b *browser) reload() {
	b.t.Helper()
	b.do(chromedp.Navigate(get[string](b, `location.href`)))
}

func (b *browser) back() { b.t.Helper(); get[any](b, `history.back()`) }

// shows waits until so many results are listed.
func (b *browser) shows(n int) {
	b.t.Helper()
	b.until(fmt.Sprintf(`%s && document.querySelectorAll('%s').length === %d`, done, rows, n))
}

// minutes is a log of one line a minute from 10:00 on.
func minutes(n int) string {
	var lines strings.Builder
	for i := range n {
		at := time.Date(2024, 5, 6, 10, i, 0, 0, time.UTC)
		fmt.Fprintf(&lines, "{\"ts\":%q,\"n\":%d,\"host\":\"10.0.0.%d\"}\n", at.Format(time.RFC3339), i, i%200)
	}
	return lines.String()
}

// Ensure that query, time range, order and open entry are in the address, so
// that reload and the back button bring back what was to be seen, and that an
// export takes what is shown.
func TestBrowserKeepsTheSearchInItsAddress(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(90)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(1440, 900, "light")
	b.open("/?q=tag:app")
	b.shows(90)
	b.keys("t")
	b.see("#time-panel")
	b.axe("time range")
	b.fill("#time-from", "2024-05-06 10:10")
	b.fill("#time-to", "2024-05-06 10:20:00"+kb.Enter)
	b.address("from", "2024-05-06T10:10:00Z")
	b.address("to", "2024-05-06T10:20:00Z")
	b.shows(10)
	b.until(`document.querySelector('#histogram figcaption')?.textContent.includes('per 10 s, up to 1')`)

	b.click("[data-order=oldest]")
	b.address("order", "oldest")
	b.shows(10)
	b.until(`document.querySelector('` + rows + `').textContent.includes('"n":10,')`)
	b.click(rows + " .turn")
	b.see(".detail")
	id := get[string](b, `document.querySelector('`+rows+`').dataset.entry`)
	b.address("open", id)

	exported := get[string](b, `fetch(document.querySelector('[data-export=raw]').href).then(r => r.text())`)
	if n := strings.Count(exported, "\n"); n != 10 || !strings.HasPrefix(exported, `{"ts":"2024-05-06T10:10:00Z"`) {
		t.Errorf("the export link brings %d lines: %.60s", n, exported)
	}

	b.reload()
	b.shows(10)
	b.see(".detail")
	b.until(`document.querySelector('.detail').closest('[data-entry]').dataset.entry === '` + id + `'`)

	b.click(rows + ` .act`)
	b.see("#menu [role=menuitem]")
	b.click(`[data-item=address-0]`)
	b.address("q", "10.0.0.10")
	b.until(`document.querySelectorAll('` + rows + `').length === 1`)
	b.click(`[data-nav=fleet]`)
	b.see("#jobs, #no-jobs")
	b.back()
	b.address("q", "10.0.0.10")
	b.back()
	b.address("q", "tag:app")
	b.address("to", "2024-05-06T10:20:00Z")
	b.shows(10)
	if q := get[string](b, `document.querySelector('#q').value`); q != "tag:app" {
		t.Errorf("after going back the query reads %q", q)
	}
	b.see(".detail")
}

// Ensure that a part of the histogram can be chosen by key, and that zooming
// in finds what its bars said.
func TestBrowserZoomsIntoTheHistogram(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(90)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(800, 900, "dark")
	b.open("/?q=tag:app")
	b.shows(90)
	b.until(`document.querySelector('#histogram figcaption')?.textContent.includes('per 2 min, up to 2')`)
	b.do(chromedp.Focus(chromedp.CSS("#histogram .bars")))
	b.keys(kb.Home)
	b.keys(kb.ArrowRight+kb.ArrowRight, kb.ModifierShift)
	b.until(`document.querySelector('#chosen')?.textContent.includes('10:00:00 – 10:06:00, 6 results')`)
	b.axe("a chosen part of the histogram")
	b.keys(kb.Enter)
	b.address("from", "2024-05-06T10:00:00Z")
	b.address("to", "2024-05-06T10:06:00Z")
	b.shows(6)
	b.click("#time-back")
	b.shows(90)
}

// Ensure that the list goes on at its end, to the last result, and that the
// total was right from the start.
func TestBrowserLoadsMore(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(450)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(1440, 900, "light")
	b.open("/?q=tag:app")
	b.until(`document.querySelector('#found [data-exact=true]')?.dataset.total === '450'`)
	b.see("#load-more")
	for !get[bool](b, `document.querySelector('#load-more') === null`) {
		n := get[int](b, `document.querySelectorAll('`+rows+`').length`)
		get[any](b, `document.querySelector('#load-more')?.click()`)
		b.until(fmt.Sprintf(`document.querySelectorAll('%s').length > %d`, rows, n))
	}
	b.shows(450)
	if n := get[int](b, `new Set([...document.querySelectorAll('`+rows+`')].map(e => e.dataset.entry)).size`); n != 450 {
		t.Errorf("%d different entries are listed, want 450", n)
	}
	b.until(`([...document.querySelectorAll('` + rows + `')].at(-1).focus(), true)`)
	b.keys("k")
	b.until(`document.activeElement.textContent.includes('"n":1,')`)
}

// Ensure that lines of any length, and values of many lines, can be opened
// without pushing out of sight what follows them.
func TestBrowserOpensVeryLongLines(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	script := strings.Repeat(`echo needle 10.1.2.3\r\n`, 2000)
	if _, err := post(p.url, `{"ts":1714990000,"script":"`+script+`"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(800, 900, "light")
	b.open("/?q=needle")
	b.see(rows)
	b.until(`document.querySelector('` + rows + `').offsetHeight < 100`)
	b.click(rows + " .turn")
	b.see(`.field[data-field=script]`)
	b.until(`document.querySelector('` + rows + `').offsetHeight < 1200`)
	b.axe("a very long line")
}

// Ensure that an actionable that is switched off offers nothing on the next
// search, that its menu is back when it is on again, and that it can be deleted
// after a question.
func TestBrowserSwitchesOffAndDeletesAnActionable(t *testing.T) {
	b := newBrowser(t, startDemo(t).url)
	b.size(1440, 900, "light")
	words := func(some bool) {
		t.Helper()
		b.click("[data-nav=search]")
		b.reload()
		b.until(done)
		b.see(rows)
		if got := get[bool](b, `[...document.querySelectorAll('`+rows+` .act')].some(e => e.textContent === '8.8.8.8')`); got != some {
			t.Errorf("addresses with a menu: %v, want %v", got, some)
		}
	}
	turn := func() {
		t.Helper()
		b.click("[data-nav=actionables]")
		b.click("[data-actionable=address]")
		b.click("#actionable-on")
		b.click("#save-actionable")
		b.until(`document.querySelector('#said').textContent.includes('Saved')`)
	}
	b.open("/?q=8.8.8.8")
	words(true)
	turn()
	b.until(`document.querySelector('[data-actionable=address]').textContent.includes('off')`)
	b.axe("an actionable that is off")
	words(false)
	turn()
	words(true)

	b.click("[data-nav=actionables]")
	b.click("[data-actionable=address]")
	b.click("#delete-actionable")
	b.see("#confirm-delete")
	b.axe("question before deleting")
	b.keys(kb.Escape)
	b.gone("#confirm-delete")
	b.see("[data-actionable=address]")
	b.click("#delete-actionable")
	b.click("#confirm-delete")
	b.gone("[data-actionable=address]")
	words(false)
}

// slowSensor answers with so many packets at once and as many again once the
// channel is closed. It returns its flag for `spoor serve`.
func slowSensor(t *testing.T, packets int, goOn <-chan struct{}) string {
	t.Helper()
	files, err := pki.WriteRegion(filepath.Join(t.TempDir(), "certs"), pki.Options{Name: "Slow"})
	if err != nil {
		t.Fatal(err)
	}
	secure, err := sensor.TLSConfig(files.CA, files.Server, files.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	frame := append([]byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"), make([]byte, 46)...)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/query" {
			http.NotFound(w, r) // it says nothing of what it has
			return
		}
		out, err := packet.NewWriter(w, 1)
		if err != nil {
			return
		}
		for range 2 {
			for range packets {
				if out.Write(packet.Packet{Time: time.Now(), Data: frame, OrigLen: len(frame), LinkType: 1}) != nil {
					return
				}
			}
			w.(http.Flusher).Flush()
			select {
			case <-goOn:
			case <-r.Context().Done():
				return
			}
		}
	}))
	s.TLS = secure
	s.StartTLS()
	t.Cleanup(s.Close)
	return fmt.Sprintf("name=Slow,url=%s,ca=%s,cert=%s,key=%s", s.URL, files.CA, files.Client, files.ClientKey)
}

// Ensure that a running job counts as its packets come, on every view and
// after a reload, that it can be cancelled, and that its end is said.
func TestBrowserFollowsARunningJob(t *testing.T) {
	goOn := make(chan struct{})
	p := serveIn(t, filepath.Join(t.TempDir(), "data"), "--sensor", slowSensor(t, 30, goOn))
	if _, err := post(p.url, minutes(3)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(800, 900, "light")
	fetch := func() {
		t.Helper()
		b.open("/fleet")
		b.click("#fetch")
		b.fill("#filter", "host 10.0.0.1")
		b.see("[data-sent]")
		b.click("#form-submit")
		b.gone("#form-submit")
	}
	fetch()
	b.until(`document.querySelector('#jobs-chip')?.textContent.includes('1 job, 30 packets')`)
	b.until(`document.querySelector('#jobs [data-job="1"]').dataset.state === 'running'`)
	b.until(`document.querySelector('#jobs .sensor').dataset.state === 'streaming'`)
	b.axe("a running job")
	b.picture("running")
	b.reload()
	b.until(`document.querySelector('#jobs [data-job="1"] [data-packets]')?.textContent === '30'`)
	b.click(`#jobs [data-job="1"] [data-do=cancel]`)
	b.until(`document.querySelector('#jobs [data-job="1"]').dataset.state === 'cancelled'`)
	b.gone("#jobs-chip")

	fetch()
	b.until(`document.querySelector('#jobs [data-job="2"] [data-packets]')?.textContent === '30'`)
	b.click("[data-nav=search]")
	b.see("#jobs-chip")
	close(goOn)
	b.until(`[...document.querySelectorAll('[data-toast=ok]')].some(e => e.textContent.includes('Job 2 done: 60 packets.'))`)
	b.gone("#jobs-chip")
	b.axe("a job has ended")

	// What was made for Packet Fleet opens the form, filled in.
	b.open("/packetfleet/?q=host+10.0.0.7&s=4711")
	b.until(`document.querySelector('#filter')?.value === 'host 10.0.0.7' && document.querySelector('#source')?.value === '4711'`)
}

// Ensure that a server that stops answering is said at once, that what was
// found stays, and that the page goes on by itself when it is back.
func TestBrowserSaysWhenTheServerIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := serveIn(t, dir)
	if _, err := post(p.url, minutes(3)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.expect("ERR_CONNECTION_REFUSED")
	b.expect("ERR_INCOMPLETE_CHUNKED_ENCODING")
	b.expect("ERR_CONNECTION_RESET")
	b.size(1440, 900, "dark")
	b.open("/?q=tag:app")
	b.shows(3)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.Wait()
	b.click("#run")
	b.see("#gone")
	if n := get[int](b, `document.querySelectorAll('`+rows+`').length`); n != 3 {
		t.Errorf("%d of 3 results are left", n)
	}
	b.axe("the server is gone")
	b.picture("gone")
	at, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	start(t, "serve", "--data", dir, "--listen", at.Host)
	b.gone("#gone")
	b.shows(3)
}

// small is a screenshot in its 256 commonest colours, a third of the size:
// the others are a few in between on the edges of letters.
func small(screenshot []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(screenshot))
	if err != nil {
		return nil, err
	}
	seen := map[color.RGBA]int{}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			seen[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(seen), func(a, b color.RGBA) int { return cmp.Compare(seen[b], seen[a]) })
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(full.Bounds(), palette)
	draw.Draw(out, out.Bounds(), full, image.Point{}, draw.Src)
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out)
	return b.Bytes(), err
}
