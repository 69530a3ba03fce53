package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// files puts files into an input, as a person chooses them.
func (b *browser) files(css string, names ...string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.CSS(css), names))
}

// within is the time that both of the demo's sensors have, in UTC.
const within = `fetch('/api/v1/sensors').then(r => r.json()).then(a => {
	const of = (f) => a.sensors.map(s => Date.parse(s.coverage[f]));
	const text = (t) => new Date(t).toISOString().slice(0, 19).replace('T', ' ');
	return [text(Math.max(...of('oldest')) + 1000), text(Math.min(...of('newest')) - 1000)].join('|');
})`

// Ensure that a person sees before the click who has the packets, gets them
// with what can be said of them, is offered them instead of asking twice, and
// finds the job again; that sensors are made, tested and deleted in the page,
// and captures uploaded.
func TestBrowserWalksTheFleet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	demo := start(t, "demo", "--listen", "127.0.0.1:0", "--dir", dir)
	certs := func(region, name string) string { return filepath.Join(dir, region, "certs", name) }
	third := start(t, "sensor", "--listen", "127.0.0.1:0", "--dir", filepath.Join(dir, "region-1", "capture"),
		"--cert", certs("region-1", "server_cert.pem"), "--key", certs("region-1", "server_key.pem"), "--ca", certs("region-1", "ca_cert.pem"))
	b := newBrowser(t, demo.url)
	b.size(1440, 900, "light")
	b.expect("status of 400")
	b.open("/fleet")
	b.until(`document.querySelectorAll('#sensors [data-health=good]').length === 2`)
	if text := get[string](b, `document.querySelector('#sensors [data-sensor=region-1] .coverage').getAttribute('aria-label')`); !strings.HasPrefix(text, "Packets from 20") {
		t.Errorf("the bar of coverage says %q, want from when on there are packets", text)
	}

	// A third sensor, over what the first one has; first with another's key.
	b.click("#add-sensor")
	b.see("#sensor-name")
	b.choose("#sensor-kind", "folder")
	b.see("#folder-says")
	b.choose("#sensor-kind", "spoor")
	b.fill("#sensor-name", "Region 3")
	b.fill("#sensor-url", third.url)
	b.files("#sensor-ca", certs("region-1", "ca_cert.pem"))
	b.files("#sensor-cert", certs("region-1", "client_cert.pem"))
	b.files("#sensor-key", certs("region-2", "client_key.pem"))
	b.says("#sensor-problem", "key")
	b.axe("form of a sensor, with a fault")
	b.files("#sensor-key", certs("region-1", "client_key.pem"))
	b.see("#tried[data-ok=true]")
	b.axe("form of a sensor")
	b.picture("sensor")
	b.click("#save-sensor")
	b.see("#sensors [data-sensor=region-3][data-health=good]")
	b.click("#sensors [data-sensor=region-3] [data-do=test]")
	b.says("[data-said=region-3]", "answers, oldest packet")
	b.axe("sensors")

	// Who has it is seen before the click.
	window := strings.Split(get[string](b, within), "|")
	ask := func() {
		t.Helper()
		b.open("/fleet")
		b.click("#fetch")
		b.fill("#window-from", window[0])
		b.fill("#window-to", window[1]+kb.Tab)
		b.fill("#filter", "host 8.8.8.8")
		b.until(`document.querySelectorAll('#fleet-form tr[data-has=all]').length === 3`)
	}
	ask()
	b.says("#fleet-form tr[data-sensor=region-3]", "has all of it")
	b.fill("#filter", "host 8.8.8.8 and prot 53")
	b.says("[data-error=filter]", "Column 18")
	b.says("#fleet-form .mirror u", "prot")
	b.axe("a filter that can't be read")
	b.fill("#filter", "host 8.8.8.8 and not src port 1")
	b.says("[data-sent] [data-cut]", "not src port 1")
	b.fill("#filter", "host 8.8.8.8")
	b.fill("#reason", "exfiltration over DNS")
	b.fill("#who", "pbeesly")
	b.picture("fleet-form")
	b.click("#form-submit")
	b.gone("#form-submit")
	const job = `#jobs [data-job="1"]`
	b.see(job + "[data-state=done]")
	b.says(job+" .sensor[data-sensor=region-1]", "as far as the sensor says")
	b.says(job+" .more", "Region 1 and Region 3 both saw 40 packets; their clocks agree")
	b.says(job+" .more", "the clock of Region 2 is 1.3 ms ahead of that of Region 1")
	b.says(job+" [data-packets]", "120")
	b.axe("a job that has ended")
	b.picture("fleet-jobs")
	b.click(job + " [data-do=folded]")
	b.until(`document.querySelectorAll('tr[data-entry]').length === 40`)

	// The same is not asked twice unawares.
	ask()
	b.says("#same-job", "Job 1 has these packets, 120 of them")
	b.says("#form-submit", "Fetch again from 3 sensors")
	b.axe("an equal job")
	b.click("#same-job a")
	b.address("q", "src:100")

	// From a line: the menu knows, and the form takes its ends, ports and time.
	b.open("/?q=tag%3Azeek.conn+id.orig_h%3A8.8.8.8")
	b.see(rows)
	b.until(`([...document.querySelectorAll('` + rows + ` .act')].find(e => e.textContent === '8.8.8.8').setAttribute('data-test', 'address'), true)`)
	b.click("[data-test=address]")
	b.until(`/[123] of 3 sensors ha(s|ve) it/.test(document.querySelector('#menu [data-cover]')?.textContent)`)
	b.axe("menu with coverage")
	b.until(`([...document.querySelectorAll('#menu [role=menuitem]')].find(e => e.textContent.includes('Packets of this host')).click(), true)`)
	b.see("[data-pivot=connection]")
	b.click("[data-pivot=connection]")
	b.until(`/^host .* and host .* and port .* and port 53|^host .* and host .* and port /.test(document.querySelector('#filter').value)`)
	before := get[string](b, `document.querySelector('#window-from').value`)
	b.click(`[data-window="± 30"]`)
	b.until(fmt.Sprintf(`document.querySelector('#window-from').value < %q`, before))
	b.see(`[data-window="± 30"][aria-pressed=true]`)
	b.axe("form of a line")
	b.keys(kb.Escape)
	b.gone("#fleet-form")

	t.Run("captures", func(t *testing.T) { uploads(t, b, filepath.Join(dir, "region-2", "capture", "region-2.pcap")) })

	// History, by words and by keys; and what Packet Fleet's address opens.
	b.size(800, 900, "dark")
	b.click("[data-nav=fleet]")
	b.fill("#find-job", "pbeesly dns")
	b.until(`document.querySelectorAll('#jobs [data-job]').length === 1`)
	b.address("find", "pbeesly dns")
	b.keys(kb.Tab)
	b.keys("j")
	b.until(`document.activeElement.matches('#jobs .turn')`)
	b.axe("fleet, narrow and dark")
	b.fill("#find-job", "nothing has this")
	b.see("#none-found")
	b.open("/packetfleet/?q=host+8.8.4.4&s=4711")
	b.until(`document.querySelector('#filter')?.value === 'host 8.8.4.4' && document.querySelector('#source').value === '4711'`)
	b.keys(kb.Escape)
	b.gone("#fleet-form")

	b.click("#sensors [data-sensor=region-3] [data-do=edit]")
	b.says("#sensor-form", "stored")
	b.click("#delete-sensor")
	b.axe("question before deleting a sensor")
	b.click("#confirm-delete-sensor")
	b.gone("#sensors [data-sensor=region-3]")
}

// uploads brings a capture in by the page, and something that is none.
func uploads(t *testing.T, b *browser, capture string) {
	other := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(other, []byte("not a capture"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.click("[data-nav=captures]")
	b.fill("#upload-title", "the laptop")
	b.files("#upload-files", capture, other)
	b.see(`[data-upload="region-2.pcap"][data-state=done]`)
	b.see(`[data-upload="notes.txt"][data-state=failed]`)
	b.says(`[data-upload="notes.txt"]`, "no capture file")
	b.says("#captures", "the laptop")
	b.axe("captures")
	b.picture("captures")
	b.click(`[data-upload="region-2.pcap"] a`)
	b.see(`tr[data-entry]`)
	b.click("[data-nav=captures]")
}
