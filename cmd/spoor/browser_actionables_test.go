package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"spoor/internal/realdata"
)

// choose picks a value of a select.
func (b *browser) choose(css, value string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event('change', { bubbles: true })); return e.value === %[1]q })(document.querySelector(%q))`, value, css))
}

// paste puts a text into an input at once.
func (b *browser) paste(css, text string) {
	b.t.Helper()
	b.see(css)
	b.until(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event('input', { bubbles: true })); return true })(document.querySelector(%q))`, text, css))
}

// says waits until an element has this text.
func (b *browser) says(css, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q) === true`, css, text))
}

// act clicks a word that opens a menu and waits for the menu.
func (b *browser) act(within, word string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => { const e = [...document.querySelectorAll(%q)].find(e => e.textContent === %q); if (!e) return false; document.querySelectorAll('[data-test=word]').forEach(o => o.removeAttribute('data-test')); e.setAttribute('data-test', 'word'); return true })()`, within+" .act", word))
	b.click("[data-test=word]")
	b.see("#menu [role=menuitem]")
}

// The example that Spoor began with: whenever an IPv4 address is seen, offer
// the page of the fleet in a modal with the address in its query. Ensure that
// it is made in the page with no more than the page says, tried on real lines
// while it is made, and offered wherever an address stands: in the list, a
// table's cell, an open field and a row that pipes made.
func TestBrowserMakesTheFirstActionable(t *testing.T) {
	b := newBrowser(t, startDemo(t).url)
	b.size(1440, 900, "light")
	b.open("/actionables")
	b.see("#previews")
	b.axe("an actionable that was shipped")
	b.picture("actionables")
	b.click("#new-actionable")
	b.fill("#actionable-name", "Stenographer")
	b.fill("#trigger-0", `\d+\.\d+\.\d+\.\d+`)
	b.choose(`select[aria-label="Trigger 1 finds"]`, "address")
	b.click("[data-choice=url]")
	b.fill("#action-0", "Stenographer")
	b.fill("#action-form [name=url]", "/fleet?q=host%20{value}")
	b.click("[data-choice=modal]")
	b.fill("#test-query", "tag:zeek.conn id.orig_h:8.8.8.8")
	b.until(`document.querySelectorAll('#test-found [data-sample]').length === 2`)
	b.until(`document.querySelectorAll('#test-found .hit').length >= 4`)

	// A match is chosen by key, and the preview follows it.
	b.do(chromedp.Focus(chromedp.CSS(`#test-found .hit[tabindex="0"]`)))
	b.keys(kb.Home)
	for get[string](b, `document.querySelector('#test-found .hit[aria-pressed=true]').textContent`) != "8.8.8.8" {
		now := get[string](b, `document.querySelector('#test-found .hit[aria-pressed=true]').dataset.match`)
		b.keys(kb.ArrowRight)
		b.until(`document.activeElement.dataset.match === document.querySelector('#test-found .hit[aria-pressed=true]').dataset.match && document.activeElement.dataset.match !== '` + now + `'`)
	}
	b.says("#previews", "/fleet?q=host%208.8.8.8")
	b.axe("an actionable is made")
	b.picture("stenographer")
	b.click("#save-actionable")
	b.says("#said", "Saved")
	b.address("id", "stenographer")

	b.open("/?q=" + "tag:zeek.conn%20id.orig_h:8.8.8.8")
	b.shows(2)
	b.act(rows, "8.8.8.8")
	b.axe("menu with the new actionable")
	b.click(`#menu [data-item="stenographer-0"]`)
	b.see("#fleet-form")
	b.until(`document.querySelector('#filter').value === 'host 8.8.8.8'`)
	if n := get[int](b, `document.querySelectorAll('iframe').length`); n != 0 {
		t.Errorf("the fleet's form came in %d frames, want it natively", n)
	}
	b.keys(kb.Escape)
	b.gone("#fleet-form")

	b.click("[data-show=table]")
	for _, at := range []struct{ view, open, within string }{
		{"a table's cell", "", "tr[data-entry]"},
		{"an open field", rows + " .turn", ".detail .field"},
	} {
		if at.open != "" {
			b.click("[data-show=lines]")
			b.click(at.open)
			b.see(".detail")
		}
		b.act(at.within, "8.8.8.8")
		b.see(`#menu [data-item="stenographer-0"]`)
		b.axe("menu in " + at.view)
		b.keys(kb.Escape)
	}
	b.open("/?q=tag:zeek.conn%20%7C%20stats%20count%20by%20id.orig_h")
	b.see("#results [data-row]")
	b.act("#results [data-row]", "8.8.8.8")
	b.click(`#menu [data-item="stenographer-0"]`)
	b.until(`document.querySelector('#filter')?.value === 'host 8.8.8.8'`)
}

// Ensure that the editor says at its column what can't be read and what to
// write instead, tries triggers on stored lines and on pasted text, warns of
// one that would underline everything, minds conditions, and needs no mouse.
func TestBrowserTriesTriggersAndActions(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(30)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.expect("status of 400")
	b.size(800, 900, "light")
	b.open("/actionables?id=new")
	b.fill("#trigger-0", `(?<="host":")[\d.]+`)
	b.until(`document.querySelector('#trigger-problem-0')?.dataset.column === '1'`)
	b.axe("a look-behind")
	b.click("#use-instead-0")
	b.until(`document.querySelector('#trigger-0').value === '"host":"(?P<value>[\\d.]+)'`)
	b.says("#hits", "30 hits")
	b.says("#previews", "10.0.0.29")
	b.fill("#trigger-0", `\S+`)
	b.see("#noisy")
	b.axe("a noisy trigger")
	b.picture("noisy")
	b.fill("#trigger-0", `10\.0\.0\.\d+`)
	b.says("#hits", "30 hits")
	b.fill("#when-tags", "syslog app2")
	b.says("#hits", "0 hits")
	b.fill("#when-tags", "syslog ap*")
	b.says("#hits", "30 hits")
	b.fill("#when-has", "uid")
	b.says("#hits", "0 hits")
	b.paste("#when-has", "")
	b.says("#hits", "30 hits")
	b.click("[data-choice=text]")
	b.paste("#test-text", "10.0.0.1 and 10.0.0.2\nand 10.0.0.3")
	b.says("#hits", "3 hits")
	b.axe("triggers on pasted text")

	b.fill("#action-form [name=query]", "host:{value")
	b.until(`document.querySelector('#action-problem-query')?.dataset.column === '6'`)
	b.axe("an action that can't be read")
	b.fill("#action-form [name=query]", "host:")
	b.until(`([...document.querySelectorAll('.inserts button')].find(e => e.textContent === '{value}').click(), true)`)
	b.until(`document.querySelector('#action-form [name=query]').value === 'host:{value}'`)
	b.says("#previews", "host:10.0.0.1")
	b.fill("#action-0", "Look for it")

	// Every kind of action has a form in which nothing is wrong.
	for _, kind := range []string{"saved", "packets", "url", "webhook", "copy"} {
		b.click("#add-action")
		b.click("#action-form [data-choice=" + kind + "]")
		b.see(`#action-form [data-choice=` + kind + `][aria-pressed=true]`)
		b.axe("form of " + kind)
		b.click("#remove-action")
	}
	b.click("#copy-action")
	b.fill("#action-1", "The other")
	b.until(`(document.querySelector('[data-action="1"]').focus(), true)`)
	b.keys(kb.ArrowUp, kb.ModifierAlt)
	b.until(`document.activeElement.dataset.action === '0' && document.activeElement.textContent.includes('The other')`)
	b.keys(kb.ArrowDown)
	b.until(`document.activeElement.dataset.action === '1' && document.querySelector('#action-1').value === 'Look for it'`)

	// What is left unsaved waits; what is missing is said when it is to be saved.
	b.click("[data-actionable=address]")
	b.until(`document.querySelector('#actionable-name').value === 'Address'`)
	b.click("#new-actionable")
	b.until(`document.querySelector('#trigger-0').value.startsWith('10')`)
	b.click("#save-actionable")
	b.see("#save-problem")
	b.until(`document.activeElement.id === 'actionable-name'`)
	b.keys("Hosts" + kb.Enter)
	b.says("#said", "Saved")
	b.see("[data-actionable=hosts]")

	// A word in the results begins a new one.
	b.open("/?q=10.0.0.29")
	b.act(rows, "10.0.0.29")
	b.click("#menu [data-item=teach]")
	b.until(`document.querySelector('#trigger-0')?.value === '\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b'`)
	b.says("#test-found", "10.0.0.29")
	b.says("#hits", "1 hit")
	b.axe("an actionable for words like one")
}

// kit is what Gravwell's kits look like: an actionable that comes over, one of
// which nothing can be run, and one with a pattern that RE2 has not.
const kit = `[
{"UUID":"u1","Name":"Ticket","Data":{"menuLabel":null,"triggers":["/T-\\d+/g"],"actions":[{"name":"Whois","command":{"type":"url","reference":"https://www.whois.com/whois/_VALUE_"}}]}},
{"UUID":"u2","Name":"Board","Data":{"menuLabel":null,"triggers":["/B-\\d+/g"],"actions":[{"name":"Board","command":{"type":"dashboard","reference":"x"}}]}}]`

// Ensure that an import says what would come over before anything is stored,
// is one change that can be undone in the dialog or from the history, and that
// what was imported can be exported, duplicated, put in order and looked up.
func TestBrowserImportsActionablesAndTakesThemBack(t *testing.T) {
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, minutes(3)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(800, 900, "dark")
	b.expect("status of 409")
	count := func() int { return get[int](b, `document.querySelectorAll('[data-actionable]').length`) }
	b.open("/actionables")
	b.see("[data-actionable=address]")
	shipped := count()

	b.click("#import")
	b.paste("#import-text", kit)
	b.says("[data-sum=imported]", "2 of 2 actionables, 2 of 2 triggers, 1 of 2 actions")
	b.says("[data-sum=disabled]", "1 actionable")
	b.says("#import-hosts", "www.whois.com")
	b.says("[data-outcome=disabled]", "dashboard")
	b.axe("what would be imported")
	b.picture("import")
	if n := count(); n != shipped {
		t.Errorf("after a dry run there are %d actionables, want %d", n, shipped)
	}
	b.click("#import-now")
	b.see("#undo-import")
	b.see("[data-actionable=ticket]")
	b.axe("what was imported")
	b.click("#undo-import")
	b.gone("[data-actionable=ticket]")
	b.keys(kb.Escape)
	b.gone("#importer")

	// The undo of the undo is in the history.
	b.click("[data-show=changes]")
	b.see(`#changes [data-change]`)
	b.click(`#changes [data-change] [aria-expanded]`)
	b.says("#changes .was", "was deleted")
	b.axe("history")
	b.picture("history")
	b.click(`#changes [data-change] [data-do=undo]`)
	b.see("[data-actionable=board]")
	b.says("[data-actionable=board]", "off")

	b.click("[data-actionable=ticket]")
	b.until(`document.querySelector('#actionable-name')?.value === 'Ticket'`)
	b.click("#export-actionable")
	b.says("#export-report", "1 actionable, with all")
	b.click(`#exporter [data-choice=gravwell]`)
	b.until(`document.querySelector('#export-now').href.includes('format=gravwell')`)
	b.says("#export-report", "1 actionable")
	b.axe("export")
	exported := get[string](b, `fetch(document.querySelector('#export-now').href).then(r => r.text())`)
	if !strings.Contains(exported, "https://www.whois.com/whois/_VALUE_") || strings.Contains(exported, "Board") {
		t.Errorf("exported: %s", exported)
	}
	b.keys(kb.Escape)
	b.gone("#exporter")

	b.click("#duplicate-actionable")
	b.until(`document.querySelector('#actionable-name').value === 'Ticket (copy)'`)
	b.click("#save-actionable")
	b.see("[data-actionable=ticket-copy]")
	order := `[...document.querySelectorAll('[data-actionable]')].map(e => e.dataset.actionable).filter(i => i.startsWith('ticket') || i === 'board').join(' ')`
	was := get[string](b, order)
	b.click("#actionable-up")
	b.until(order + " !== '" + was + "'")
	moved := get[string](b, order)
	b.reload()
	b.see("[data-actionable=board]")
	if got := get[string](b, order); got != moved {
		t.Errorf("order: got %s after reading it again, want %s", got, moved)
	}

	// Somebody else is faster: nothing of theirs is lost, nor of ours.
	b.until(`document.querySelector('#actionable-name')?.value === 'Ticket (copy)'`)
	get[any](b, `fetch('/api/v1/actionables/ticket-copy').then(r => r.json()).then(a => fetch('/api/v1/actionables/ticket-copy', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...a, description: 'theirs' }) })).then(r => r.status)`)
	b.fill("#actionable-description", "ours")
	b.click("#save-actionable")
	b.see("#save-problem")
	b.axe("a conflict")
	b.until(`document.querySelector('#actionable-description').value === 'ours'`)
	b.click("#reread")
	b.until(`document.querySelector('#actionable-description').value === 'theirs'`)
}

// Ensure that nothing leaves for another host before it is allowed in the
// page, that the way there begins in the menu, and that the page shows what has
// left and what has come back.
func TestBrowserLetsAValueLeave(t *testing.T) {
	var mu sync.Mutex // guards asked
	var asked []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		asked = append(asked, string(body)+r.Referer()+r.Header.Get("Cookie"))
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ticket":7}`)
	}))
	defer other.Close()
	p := serveIn(t, filepath.Join(t.TempDir(), "data"))
	if _, err := post(p.url, `{"ts":1,"m":"ticket T-12 was opened"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p.url)
	b.size(1440, 900, "dark")
	b.open("/actionables?id=new")
	b.fill("#actionable-name", "Ticket")
	b.fill("#trigger-0", `T-\d+`)
	b.click("[data-choice=webhook]")
	b.fill("#action-0", "Tell them")
	b.fill("#action-form [name=url]", other.URL+"/new")
	b.paste("#action-form [name=body]", `{"ticket": {value}}`)
	b.says("#previews", `{"ticket": "T-12"}`)
	b.says("#previews", "not on the allow list")
	b.see("#action-form [data-allow]")
	b.axe("an action that leaves")
	b.picture("request")
	b.click("#save-actionable")
	b.says("#said", "Saved")

	b.open("/?q=ticket")
	b.act(rows, "T-12")
	b.says(`#menu [data-item="ticket-0"]`, "not on the allow list")
	b.click(`#menu [data-item="ticket-0"]`)
	b.until(`document.activeElement.id === 'save-hosts'`)
	host := strings.TrimPrefix(other.URL, "http://")
	b.until(`document.querySelector('#hosts [name=host]').value === '` + host + `'`)
	b.axe("allow list")
	b.picture("hosts")
	b.keys(kb.Enter)
	b.says("#hosts-said", "Saved")
	if len(asked) != 0 {
		t.Fatalf("asked before it was allowed: %q", asked)
	}

	b.open("/?q=ticket")
	b.act(rows, "T-12")
	b.click(`#menu [data-item="ticket-0"]`)
	b.says("#answer", `"ticket": 7`)
	b.axe("a webhook's answer")
	b.keys(kb.Escape)
	mu.Lock()
	if want := `{"ticket": "T-12"}`; len(asked) != 1 || asked[0] != want {
		t.Errorf("the other host got %q, want %q alone", asked, want)
	}
	mu.Unlock()
	b.open("/actionables?show=left")
	b.says("#audit [data-outcome=sent]", "T-12")
	b.axe("what has left")
	b.picture("audit")
}

// Ensure that all of Gravwell's public actionables come over in the page, with
// the report that says which of them need a look.
func TestDataBrowserImportsGravwellsKits(t *testing.T) {
	file := filepath.Join(realdata.Dir(t), "gravwell-kit-pivots.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 52 {
		t.Fatalf("%s: %d actionables, %v", file, len(all), err)
	}
	b := newBrowser(t, serveIn(t, filepath.Join(t.TempDir(), "data")).url)
	for _, at := range []struct {
		width int64
		theme string
	}{{1440, "light"}, {1440, "dark"}, {800, "light"}, {800, "dark"}} {
		b.size(at.width, 900, at.theme)
		b.open("/actionables")
		b.click("#import")
		b.do(chromedp.SetUploadFiles(chromedp.CSS("#import-file"), []string{file}))
		b.says("[data-sum=imported]", "52 of 52 actionables, 58 of 58 triggers, 13 of 79 actions")
		b.says("[data-sum=kept]", "66 actions")
		b.says("[data-sum=disabled]", "43 actionables")
		b.axe(fmt.Sprintf("the report, %d %s", at.width, at.theme))
		b.picture(fmt.Sprintf("import-%d-%s", at.width, at.theme))
	}
	b.click("#import-now")
	b.see("#undo-import")
	b.until(`document.querySelectorAll('[data-imported]').length === 52`)
	b.click("#import-close")
	b.until(`document.querySelectorAll('[data-actionable]').length >= 52`)
}
