package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a tab of a real Chromium. A message on its console, a refused
// script or an exception fails the test.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex // guards expected, problems
	expected []string
	problems []string
}

// patience bounds one step of a walk.
const patience = 30 * time.Second

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no browser: %v", err)
		}
		t.Skipf("no browser: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "en-US"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	b := &browser{t: t, ctx: ctx, base: base}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			t.Errorf("the page complains: %s", p)
		}
	})
	return b
}

// hear collects what the page complains of.
func (b *browser) hear(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if text == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.expected {
		if strings.Contains(text, known) {
			return
		}
	}
	b.problems = append(b.problems, text)
}

// expect says that a complaint with this text is part of the walk.
func (b *browser) expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

func (b *browser) click(css string) { b.t.Helper(); b.do(chromedp.Click(chromedp.CSS(css))) }
func (b *browser) see(css string)   { b.t.Helper(); b.do(chromedp.WaitVisible(chromedp.CSS(css))) }
func (b *browser) gone(css string)  { b.t.Helper(); b.do(chromedp.WaitNotPresent(chromedp.CSS(css))) }

// keys types into whatever has the focus. A key goes down with its text, as
// under a finger: chromedp's own KeyEvent sends the text apart, so that a
// page which has taken the key gets the text all the same.
func (b *browser) keys(text string, modifiers ...kb.Modifier) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for _, r := range text {
		events := kb.Encode(r)
		for _, e := range events {
			if e.Type == input.DispatchKeyEventTypeChar && len(modifiers) == 0 {
				events[0].Text = e.Text
			}
		}
		for _, e := range events {
			if e.Type == input.DispatchKeyEventTypeChar {
				continue
			}
			if e.Type == input.DispatchKeyEventTypeRawKeyDown && e.Text != "" {
				e.Type = input.DispatchKeyEventTypeKeyDown
			}
			for _, m := range modifiers {
				e.Modifiers |= int64(m)
			}
			if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, *e); err != nil {
				b.t.Fatalf("key %q: %v", r, err)
			}
		}
	}
}

// fill replaces the text of an input.
func (b *browser) fill(css, text string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(css)))
	b.until(fmt.Sprintf(`(document.querySelector(%q).select(), true)`, css))
	b.keys(text)
}

// until waits for a JavaScript expression to become true.
func (b *browser) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		b.picture("failed")
		b.t.Fatalf("waiting for %s: %v", expression, err)
	}
}

// get evaluates a JavaScript expression.
func get[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// size sets what the window and the person's theme are.
func (b *browser) size(width, height int64, theme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// picture writes what is to be seen to the folder SPOOR_PICTURES, if it is
// set: `SPOOR_PICTURES=docs go test ./cmd/spoor -run Browser` makes the
// README's.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("SPOOR_PICTURES")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		shot, err = small(shot)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644)
	}
	if err != nil {
		b.t.Errorf("picture %s: %v", name, err)
	}
}

// axe fails the test when axe-core finds fault with what is to be seen.
func (b *browser) axe(view string) {
	b.t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "..", "ui", "node_modules", "axe-core", "axe.min.js"))
	switch {
	case errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "":
		b.t.Logf("accessibility of %s not checked: run npm ci in ui", view)
		return
	case err != nil:
		b.t.Fatal(err)
	}
	get[any](b, string(script)+"; null")
	faults := get[string](b, `axe.run().then(r => JSON.stringify(r.violations.map(v => v.id + ": " + v.help + " " + v.nodes.map(n => n.target.join(" ")).join(", "))))`)
	var list []string
	if err := json.Unmarshal([]byte(faults), &list); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range list {
		b.t.Errorf("axe on %s: %s", view, f)
	}
}

// startDemo runs the demo as a process of its own.
func startDemo(t *testing.T) *process {
	t.Helper()
	return start(t, "demo", "--listen", "127.0.0.1:0", "--dir", filepath.Join(t.TempDir(), "demo"))
}

const (
	rows      = `#results [data-entry]`
	anAddress = rows + `[data-tag="zeek.conn"] .act`
	packetRow = `#packets-list [data-entry], tr[data-entry]`
)

// Ensure that a person with a mouse gets from a search to the packets behind
// a line: search, click, menu, form, progress, src:100, tree and bytes.
func TestBrowserWalksTheStory(t *testing.T) {
	b := newBrowser(t, startDemo(t).url)
	b.size(1440, 900, "light")
	b.open("/")
	b.see("#q")
	b.axe("start")
	b.fill("#q", "tag:zeek.conn id.orig_h:8.8.8.8")
	b.click("#run")
	b.until(`document.querySelectorAll('` + rows + `').length === 2`)
	b.axe("search")

	address := `[...document.querySelectorAll('` + rows + ` .act')].find(e => e.textContent === '8.8.8.8')`
	b.until(`(` + address + `.setAttribute('data-test', 'address'), true)`)
	b.click(`[data-test=address]`)
	b.see(`#menu [data-item^="address-"]`)
	b.axe("menu")
	b.picture("menu")
	b.until(`([...document.querySelectorAll('#menu [role=menuitem]')].find(e => e.textContent.includes('Packets of this host')).setAttribute('data-test', 'packets'), true)`)
	b.click(`[data-test=packets]`)

	b.see("#form-submit")
	b.until(`document.querySelector('#filter').value.startsWith('host 8.8.8.8')`)
	b.until(`document.querySelectorAll('#sensors input:checked').length === 2`)
	b.fill("#source", "100")
	b.see("[data-sent]")
	b.axe("form")
	b.picture("form")
	b.click("#form-submit")
	b.gone("#form-submit")

	b.until(`[...document.querySelectorAll('[data-toast] a')].some(a => a.textContent.includes('src:100'))`)
	b.click(`[data-toast] a`)
	b.until(`document.querySelectorAll('tr[data-entry]').length === 80`)
	if q := get[string](b, `document.querySelector('#q').value`); q != "src:100" {
		t.Errorf("the link leads to %q, want src:100", q)
	}
	b.click(`tr[data-entry]`)
	b.see("#bytes")
	b.see("#tree")
	shown := get[string](b, `document.querySelector('#bytes .digits').textContent.replaceAll(' ', '')`)
	raw := get[string](b, `fetch('/api/v1/entries/' + document.querySelector('tr[data-entry]').dataset.entry + '/raw').then(r => r.arrayBuffer()).then(a => [...new Uint8Array(a).slice(0, 16)].map(x => x.toString(16).padStart(2, '0')).join(''))`)
	if shown != raw {
		t.Errorf("first bytes: the page shows %s, the packet has %s", shown, raw)
	}
	b.axe("packets")

	// The README's picture: a packet with what was taken, and the menu of
	// where it went.
	b.until(`([...document.querySelectorAll('tr[data-entry]')].find(e => e.textContent.includes('Len=1460')).setAttribute('data-test', 'taken'), true)`)
	b.until(`(document.querySelector('[data-test=taken]').scrollIntoView({ block: 'center' }), true)`)
	b.click(`[data-test=taken]`)
	b.until(`document.querySelector('#bytes')?.textContent.includes('upplier')`)
	b.keys("nnm")
	b.see("#menu [role=menuitem]")
	b.axe("menu over packets")
	b.picture("story")
	b.keys(kb.Escape)

	b.click(`[data-nav=fleet]`)
	b.see("#jobs [data-job]")
	b.until(`document.querySelector('#jobs').textContent.includes('src:100')`)
	b.axe("fleet")
	b.picture("fleet")
	b.click(`[data-nav=captures]`)
	b.see("#captures")
	b.axe("captures")
}

// Ensure that the same walk needs no mouse, and that focus always comes back.
func TestBrowserWalksByKeyboard(t *testing.T) {
	b := newBrowser(t, startDemo(t).url)
	b.size(800, 900, "dark")
	b.open("/")
	b.see("#q")
	b.keys("/")
	b.until(`document.activeElement.id === 'q'`)
	b.keys("tag:zeek.conn id.orig_h:8.8.8.8" + kb.Enter)
	b.until(`document.querySelectorAll('` + rows + `').length === 2`)
	b.until(`document.activeElement.closest('#results') !== null`)
	b.keys("j")
	b.keys("k")
	b.keys("n")
	b.until(`document.activeElement.matches('.act')`)
	// What stands before it in the line, the uid, has a menu too.
	if get[string](b, `document.activeElement.textContent`) != "8.8.8.8" {
		b.keys("n")
	}
	b.until(`document.activeElement.textContent === '8.8.8.8'`)
	b.keys("m")
	b.see("#menu [role=menuitem]")
	b.keys(kb.Escape)
	b.until(`document.activeElement.textContent === '8.8.8.8'`)
	b.keys("m")
	b.see("#menu [role=menuitem]")
	b.keys("packets of this host") // typing filters
	b.until(`document.querySelectorAll('#menu [role=menuitem]').length === 1`)
	b.axe("menu, filtered")
	b.keys(kb.Enter)
	b.see("#form-submit")
	b.until(`document.activeElement.id === 'form-submit'`)
	b.until(`document.querySelector('#source').value === '100'`) // the first free one
	b.axe("form, narrow and dark")
	b.keys(kb.Enter, kb.ModifierCtrl)
	b.gone("#form-submit")
	b.until(`document.querySelector('[data-toast] a') !== null`)
	b.keys("/")
	b.until(`document.activeElement.id === 'q'`)
	b.fill("#q", "src:100")
	b.keys(kb.Enter)
	b.until(`document.querySelectorAll('tr[data-entry]').length === 80`)
	b.keys(kb.Enter)
	b.see("#tree")
	b.see("#bytes")
	b.axe("packets, narrow and dark")
	b.keys(kb.Escape)
	b.gone("#tree")
	b.keys("?")
	b.see("#help")
	b.axe("help")
	b.keys(kb.Escape)
}

// Ensure that a query which can't be read is marked at its column, and that
// nothing is lost of what was there.
func TestBrowserShowsWhereAQueryIsWrong(t *testing.T) {
	b := newBrowser(t, startDemo(t).url)
	b.size(1440, 900, "dark")
	b.expect("status of 400")
	b.open("/?q=8.8.8.8")
	b.until(`document.querySelectorAll('` + rows + `').length === 2`)
	b.fill("#q", "8.8.8.8 src:"+kb.Enter)
	b.see("#query-problem")
	if text := get[string](b, `document.querySelector('#query-problem').textContent`); !strings.Contains(text, "Column 13") {
		t.Errorf("the error says %q, want its column", text)
	}
	b.axe("a query that can't be read")
	b.fill("#q", "nothing_has_this_word"+kb.Enter)
	b.see("#nothing-found")
	b.axe("nothing found")
}

// Every byte shown was sent by somebody's attacker. Ensure that a line of
// markup is text on the page, in the menu and in the fields.
func TestBrowserShowsMarkupAsText(t *testing.T) {
	p := start(t, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0")
	const line = `{"ts":1,"m":"<img src=x onerror=alert(1)> <script>alert(2)</script> 10.0.0.1\u202e","<b>name</b>":"\"><svg onload=alert(3)>"}`
	if n, err := post(p.url, line+"\n"); err != nil || n != 1 {
		t.Fatalf("ingest: %d %v", n, err)
	}
	b := newBrowser(t, p.url)
	b.size(1440, 900, "light")
	b.open("/?q=10.0.0.1")
	b.see(rows)
	b.click(rows + ` .turn`)
	b.until(`document.querySelector('` + rows + `').textContent.includes('<b>name</b>')`)
	b.click(rows + ` .act`)
	b.see("#menu [role=menuitem]")
	for _, tag := range []string{"img", "script:not([src])", "svg[onload]", "b > name"} {
		if n := get[int](b, `document.querySelectorAll('main `+tag+`').length`); n != 0 {
			t.Errorf("the page has made %d %s of a line", n, tag)
		}
	}
	b.axe("a line of markup")
}

// Ensure that an actionable can be made in the page and works on the next
// search; and that a pattern which can't be compiled says where.
func TestBrowserMakesAnActionable(t *testing.T) {
	b := newBrowser(t, startDemo(t).url)
	b.size(1440, 900, "light")
	b.expect("status of 400")
	b.open("/actionables")
	b.click("#new-actionable")
	b.see("#actionable-name")
	b.axe("editor")
	b.fill("#actionable-name", "Zeek uid")
	b.fill("#trigger-0", `(?<=C)\w+`)
	b.fill("#action-0", "Search this uid")
	b.fill("#editor [name=query]", "{value}")
	b.click("#save-actionable")
	b.see(`#trigger-problem-0`)
	b.axe("editor with a fault")
	b.fill("#trigger-0", `\bC[0-9A-Za-z]{15,17}\b`)
	b.click("#save-actionable")
	b.until(`[...document.querySelectorAll('[data-actionable]')].some(e => e.textContent.includes('Zeek uid'))`)
	b.picture("editor")
	b.open("/?q=8.8.8.8")
	b.until(`[...document.querySelectorAll('` + rows + ` .act')].some(e => /^C\w{15,17}$/.test(e.textContent))`)
}

// Ensure that the page of an empty store says how to fill it, and opens by
// itself when the first line has come.
func TestBrowserWaitsForTheFirstLine(t *testing.T) {
	p := start(t, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0")
	b := newBrowser(t, p.url)
	for _, theme := range []string{"light", "dark"} {
		b.size(800, 900, theme)
		b.open("/")
		b.see("#first-run")
		b.axe("first run, " + theme)
	}
	if _, err := post(p.url, "the first line\n"); err != nil {
		t.Fatal(err)
	}
	b.see(rows)
}
