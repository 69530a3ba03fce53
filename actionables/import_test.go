package actionables

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spoor/internal/realdata"
)

// Ensure all 52 real actionables of Gravwell's kits come over, and that the
// report says of each what became of it.
func TestDataGravwellKitsComeOver(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(realdata.Dir(t), "gravwell-kit-pivots.json"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(text, "")
	if err != nil {
		t.Fatal(err)
	}
	var triggers, compiled, actions, kept, disabled, silent int
	for _, item := range d.Items {
		a := item.Actionable
		triggers, compiled, actions = triggers+item.Triggers, compiled+len(a.Triggers), actions+item.Actions
		here := 0
		for _, act := range a.Actions {
			if act.Kind == KindKept {
				here++
			}
		}
		kept += here
		if a.Disabled {
			disabled++
		}
		if here > 0 && len(item.Notes) < here {
			silent++
		}
		if item.Failed || a.Original == nil {
			t.Errorf("%s: got failed %v, original %v, %v", a.Name, item.Failed, a.Original, item.Notes)
		}
		for _, n := range item.Notes {
			if n.Level == LevelError {
				t.Errorf("%s: %s", a.Name, n.Text)
			}
		}
	}
	got := []int{len(d.Items), triggers, compiled, actions, kept, disabled, silent}
	want := []int{52, 58, 58, 79, 66, 43, 0}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("actionables, triggers, compiled, actions, kept, disabled, silent: got %v, want %v", got, want)
			break
		}
	}
	if d.Format != FormatGravwell {
		t.Errorf("got format %s", d.Format)
	}
}

func TestPatternsOfJavaScriptAreRewritten(t *testing.T) {
	tests := []struct{ from, want string }{
		{`/\d+/g`, `\d+`},
		{`\d+`, `\d+`},
		{`/a/gi`, `(?i)a`},
		{`/a.b/gsm`, `(?sm)a.b`},
		{`/a\/b/`, `a/b`},
		{`/\u0026x/g`, `\x{26}x`},
		{`/[\u0026!]/`, `[\x{26}!]`},
		{`/\ud83d\ude00/`, `\x{1F600}`},
		{`/\u{1F600}/u`, `\x{1F600}`},
		{`/\u{3}/`, `u{3}`},
		{`/\cJ\0/`, `\x0a\x00`},
		{`/[\b]\b/`, `[\x08]\b`},
		{`/[^]+/`, `(?s:.)+`},
		{`/\a\z\h/`, `azh`},
		{`/[[]x]/`, `[\[]x]`},
		{`/(?<n>x)\-\"/`, `(?<n>x)\-\"`},
		{`//g`, ``},
	}
	for _, tt := range tests {
		if got, _ := fromJavaScript(tt.from); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.from, got, tt.want)
		}
	}
}

// Ensure what can't be run is said with its place, and the rest comes over.
func TestImportSaysWhatIsLeftOut(t *testing.T) {
	const file = `{"GUID":"x","UID":3,"GIDs":[7],"Global":false,"Name":"Mixed","Labels":["a"],"Contents":{"menuLabel":"M",
	 "triggers":["/\\d+/g",{"pattern":"/(?<=x)y/g","hyperlink":false},{"pattern":"/user=(?<u>\\S+)/i","hyperlink":false,"disabled":true}],
	 "actions":[{"name":"u","command":{"type":"url","reference":"https://x.example/{a}?q=X&s=S&e=E","options":{"modal":true,"modalWidth":75}},"placeholder":"X",
	   "start":{"type":"timestamp","placeholder":"S","format":null},"end":{"type":"string","placeholder":"E","format":"YYYY"}},
	  {"name":"host","command":{"type":"url","reference":"https://_VALUE_/","options":{}}},
	  {"name":"new","command":{"type":"playbook","reference":{"id":3}}},
	  {"name":"saved","command":{"type":"savedQuery","reference":"abc"}}]}}`
	d, err := Read([]byte(file), "")
	if err != nil {
		t.Fatal(err)
	}
	a, notes := d.Items[0].Actionable, text(d.Items[0].Notes)
	if a.MenuLabel != "M" || a.Owner != "gravwell user 3" || a.Sharing != ShareGroups || a.Labels[0] != "a" || a.Disabled {
		t.Errorf("got %+v", a)
	}
	if len(a.Triggers) != 2 || a.Triggers[0] != (Trigger{Pattern: `\d+`, On: OnClick}) || a.Triggers[1] != (Trigger{Pattern: `(?i)user=(?<u>\S+)`, On: OnSelection, Disabled: true}) {
		t.Errorf("triggers: got %+v", a.Triggers)
	}
	want := Action{Name: "u", Kind: KindURL, URL: "https://x.example/{{a}}?q={value}&s={from|ms}&e={to}", Open: OpenModal, Width: 75}
	if got := a.Actions[0]; got.URL != want.URL || got.Open != want.Open || got.Width != want.Width {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, want := range []string{"no look-around", "column 1", "can't stand in the scheme or the host", `kind "playbook"`, "saved query abc", `written as "YYYY"`} {
		if !strings.Contains(notes, want) {
			t.Errorf("got %s, want %s in it", notes, want)
		}
	}
}

func text(notes []Note) string {
	var b strings.Builder
	for _, n := range notes {
		b.WriteString(string(n.Level) + " " + n.Text + "\n")
	}
	return b.String()
}

const socFile = `soc:
  config:
    server:
      client:
        alerts:
          actions:
          - name: actionHunt
            description: actionHuntHelp
            icon: fa-crosshairs
            target: ""
            links:
            - '/#/hunt?q="{value|escape}" | groupby event.module'
          - name: actionPcap
            links:
            - '/joblookup?esid={:soc_id}&time={:@timestamp}'
            - '/joblookup?ncid={:network.community_id}&time={:@timestamp}'
            categories: [hunt, alerts]
          - name: VirusTotal
            target: _blank
            links: ['https://www.virustotal.com/gui/search/{value}']
          - name: Uid
            fields: [log.id.uid]
            links: ['https://x.example/?u={:log.id.uid|base64}', 'https://x.example/?v={value}']
          - name: Post
            background: true
            method: POST
            links: ['http://somewhere.invalid/?f={:client.ip}']
            options: {mode: no-cors, headers: {X-One: "{value}"}}
            body: '{"v": "{value|escape}", "e": "{eventJson}"}'
            backgroundSuccessLink: 'https://x.example/?c={responseCode}'
          - name: Script
            jsCall: openDetections
            links: []
`

func TestSecurityOnionComesOver(t *testing.T) {
	d, err := Read([]byte(socFile), "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != FormatSecurityOnion || len(d.Items) != 6 {
		t.Fatalf("got %s with %d items", d.Format, len(d.Items))
	}
	act := func(i int) Action { return d.Items[i].Actionable.Actions[0] }
	if a := act(0); a.Kind != KindSearch || a.Query != "{value}" {
		t.Errorf("hunt: got %+v", a)
	}
	if a := act(1); a.Kind != KindPackets || a.Peer != "{field:id.resp_h}" {
		t.Errorf("pcap: got %+v", a)
	}
	if a := act(2); a.URL != "https://www.virustotal.com/gui/search/{value}" {
		t.Errorf("got %+v", a)
	}
	if a := act(3); a.URL != "https://x.example/?u={field:uid|base64}" || len(a.Fallbacks) != 1 || d.Items[3].Actionable.When.Fields[0] != "uid" {
		t.Errorf("got %+v", a)
	}
	if a := act(4); a.Kind != KindWebhook || a.Method != "POST" || a.Body != `{"v": "{value}", "e": "{raw}"}` || a.BodyType != BodyJSON || a.Headers[0] != (Header{"X-One", "{value}"}) {
		t.Errorf("got %+v", a)
	}
	if a := act(5); a.Kind != KindKept || !d.Items[5].Actionable.Disabled {
		t.Errorf("got %+v", a)
	}
	if tr := d.Items[2].Actionable.Triggers[0]; tr.On != OnSelection {
		t.Errorf("got %+v: it would underline every word", tr)
	}
}

func TestArkimeComesOver(t *testing.T) {
	const file = `[default]
elasticsearch=http://127.0.0.1:9200
[value-actions]
# comment
VTIP=url:https://www.virustotal.com/en/ip-address/%TEXT%/information/;name:Virus Total IP;category:ip
VTHOST=url:https://www.virustotal.com/en/domain/%HOST%/information/;name:Virus Total Host;category:host
OSD=url:http://10.20.0.18:5601/app#?_q=(query:'community_id:"%URIEncodedText%"');name:Zeek;fields:communityId
RE=url:https://x.example/;x=%REGEX%&%DATE%;name:Re;regex:id=(\d+);users:bob;all:true
EX=url:https://x.example/%EXPRESSION%/%ID%;name:Ex;category:port;actionType:fetch
junk
`
	d, err := Read([]byte(file), "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != FormatArkime || len(d.Items) != 5 || len(d.Notes) != 1 {
		t.Fatalf("got %s, %d items, %v", d.Format, len(d.Items), d.Notes)
	}
	want := []string{
		"https://www.virustotal.com/en/ip-address/{value}/information/", "https://www.virustotal.com/en/domain/{value|host}/information/",
		`http://10.20.0.18:5601/app#?_q=(query:'community_id:"{value}"')`, "https://x.example/;x={value}&startTime={from|unix}&stopTime={to|unix}",
	}
	for i, w := range want {
		if got := d.Items[i].Actionable.Actions[0].URL; got != w {
			t.Errorf("%d: got %s, want %s, %s", i, got, w, text(d.Items[i].Notes))
		}
	}
	if got := d.Items[3].Actionable.Triggers[0].Pattern; got != `id=(?P<value>\d+)` {
		t.Errorf("got %s", got)
	}
	if got := d.Items[2].Actionable.When.Fields[0]; got != "community_id" {
		t.Errorf("got %s", got)
	}
	if a := d.Items[4].Actionable; a.Actions[0].Kind != KindKept || !a.Disabled {
		t.Errorf("got %+v", a)
	}
}

func TestElasticComesOver(t *testing.T) {
	tests := []struct{ file, want, field string }{
		{"https://x.example/?q={{value}}&r={{rawValue}}\n", "https://x.example/?q={value}&r={value}", ""},
		{"https://x.example/{{{lowercase event.value}}}?f={{event.from}}", "https://x.example/{value|lower}?f={from}", ""},
		{`{"attributes":{"fieldFormatMap":"{\"source.ip\":{\"id\":\"url\",\"params\":{\"urlTemplate\":\"https://x.example/{{value}}\"}},\"n\":{\"id\":\"number\"}}"}}`, "https://x.example/{value}", "source.ip"},
		{`{"user":{"id":"url","params":{"urlTemplate":"https://x.example/{{event.key}}/{{value}}"}}}`, "https://x.example/user/{value}", "user"},
	}
	for _, tt := range tests {
		d, err := Read([]byte(tt.file), "")
		if err != nil || d.Format != FormatElastic || len(d.Items) != 1 {
			t.Errorf("%s: got %+v, %v", tt.file, d, err)
			continue
		}
		a := d.Items[0].Actionable
		if a.Actions[0].URL != tt.want || tt.field != "" && a.When.Fields[0] != tt.field {
			t.Errorf("%s: got %+v, want %s", tt.file, a, tt.want)
		}
	}
}

func TestReadSaysWhyNot(t *testing.T) {
	tests := []struct{ text, format, want string }{
		{"", "", "none of Spoor's"},
		{"hello", "", "none of Spoor's"},
		{"[{\n\n]", "gravwell", "line 3"},
		{`{"x":1}`, "gravwell", "without Contents"},
		{"a: [", "security-onion", "import as security-onion: "},
		{"a: b", "security-onion", "no list of actions"},
		{"[]", "spoor", "no actionables in it"},
		{`{"spoor":"actionables","version":2,"actionables":[]}`, "", "this Spoor knows version 1"},
		{"x", "other", `unknown format "other"`},
		{"\xff", "", "not UTF-8"},
		{strings.Repeat("[", 200_000), "security-onion", "too deep"},
		{"a: " + strings.Repeat("[\n", 200_000), "", "none of Spoor's"},
		{strings.Repeat("- ", 100_000), "security-onion", "too deep"},
		{strings.Repeat("- ? ", 100_000), "security-onion", "too deep"},
		{strings.Repeat("#\n", 1<<20), "security-onion", "at most 1048576"},
		{"a: &a [x, x]\nb: [*a, *a]\n", "security-onion", "line 2: aliases"},
		{"[" + strings.Repeat("{},", 1_000_000) + "{}]", "spoor", "more than 1000 actionables"},
		{strings.Repeat("https://x/{{value}}\n", 100_000), "elastic", "more than 1000 actionables"},
	}
	for _, tt := range tests {
		if _, err := Read([]byte(tt.text), Format(tt.format)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q as %q: got %v, want %q in it", tt.text, tt.format, err, tt.want)
		}
	}
}

// Ensure that what is said of a file has an end, and that it is said.
func TestNotesOfAFileAreBounded(t *testing.T) {
	d, err := Read([]byte("[value-actions]\nX=url:https://x/%TEXT%;name:N;category:ip\n"+strings.Repeat("junk\n", 100_000)), FormatArkime)
	if err != nil || len(d.Notes) != maxNotes+1 || !strings.Contains(d.Notes[maxNotes].Text, "not listed") {
		t.Errorf("got %d notes, %v", len(d.Notes), err)
	}
}

// FuzzRead: any text is an *ImportError, or drafts each of which is valid or
// said to have failed.
func FuzzRead(f *testing.F) {
	for _, s := range []string{socFile, `{"Name":"x","Data":{"triggers":["/a/"],"actions":[{"name":"x","command":{"type":"url","reference":"https://x/_VALUE_"}}]}}`,
		"[value-actions]\nX=url:https://x/%TEXT%;name:N;category:ip", "https://x/{{value}}", `{"name":"x","triggers":[],"actions":[{"name":"y","kind":"copy","text":"{value}"}]}`} {
		f.Add(s, "")
		f.Add(s, "gravwell")
	}
	f.Fuzz(func(t *testing.T, s, format string) {
		d, err := Read([]byte(s), Format(format))
		if err != nil {
			if _, ok := err.(*ImportError); !ok {
				t.Fatalf("got %T", err)
			}
			return
		}
		for _, item := range d.Items {
			if err := item.Actionable.Validate(); err != nil && !item.Failed {
				t.Errorf("%s: %v", item.Actionable.Name, err)
			}
		}
	})
}
