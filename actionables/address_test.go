package actionables

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// addressMatcher is the shipped one; plain runs its patterns instead of the
// scanner.
func addressMatcher(t testing.TB, plain bool) *Matcher {
	t.Helper()
	m, err := NewMatcher(Shipped()[:1])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.click {
		if r.native == noFamily {
			t.Fatal("a shipped address pattern is not known to the scanner")
		}
		if plain {
			r.native = noFamily
		}
	}
	return m
}

func TestShippedIsValid(t *testing.T) {
	for _, a := range Shipped() {
		if err := a.Validate(); err != nil {
			t.Errorf("%s: %v", a.ID, err)
		}
		if f := checkID(a.ID); f != nil {
			t.Errorf("%s: %s", a.ID, f.reason)
		}
	}
}

func TestAddressFindsAddressesOnly(t *testing.T) {
	tests := []struct{ text, want string }{
		{"from 8.8.8.8 to 10.0.1.5:60839", "8.8.8.8 10.0.1.5"},
		{"999.1.1.1 1.2.3.4.5 v1.2.3.4 10.0.0.1a 10.0.0.256", ""},
		{"10.0.0.1.", "10.0.0.1"},
		{"10.0.0.1/24,[10.0.0.2]", "10.0.0.1 10.0.0.2"},
		{"fe80:0:0:0:1527::1 and FE80::1527:0:0:1", "fe80:0:0:0:1527::1 FE80::1527:0:0:1"},
		{"[2001:db8::1]:443", "2001:db8::1"},
		{"fe80::1%eth0", "fe80::1"},
		{"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
		{"12:34:56 00:11:22:33:44:55 1:2:3:4:5:6:7:8:9", ""},
		{`{"id.orig_h":"10.0.1.5","v":["192.168.0.4"]}`, "10.0.1.5 192.168.0.4"},
		{"addr:fe80::1", "fe80::1"},
	}
	native, plain := addressMatcher(t, false), addressMatcher(t, true)
	for _, tt := range tests {
		for name, m := range map[string]*Matcher{"native": native, "pattern": plain} {
			var got []string
			for _, x := range m.Scan([]byte(tt.text)) {
				got = append(got, x.Value)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%s: %q: got %q, want %q", name, tt.text, got, tt.want)
			}
		}
	}
}

// Ensure the scanner finds what the patterns find, place by place.
func TestScannerAndPatternsAgree(t *testing.T) {
	native, plain := addressMatcher(t, false), addressMatcher(t, true)
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"10.0.0.1", "255.1.1.300", "fe80::1", "1:2:3:4:5:6:7:8", "::", "::ffff:1.2.3.4", ".", ":", " ", "a", "f", "0", "-", "%eth0", "\"", "]", "\n", "ä", "\xff"}
	for range 20000 {
		var b strings.Builder
		for range 1 + r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := []byte(b.String())
		if got, want := list(native.Scan(text)), list(plain.Scan(text)); got != want {
			t.Errorf("%q: scanner %q, patterns %q", text, got, want)
		}
	}
}

// Ensure a person's own pattern can hand the finding of borders to "address".
func TestAsAddressTakesTheAddressesInsideAMatch(t *testing.T) {
	m := matcher(t, Trigger{Pattern: `client=(?P<v>\S+)`, As: AsAddress}, Trigger{Pattern: `10\.0\.\S*`, As: AsAddress})
	text := `client=10.0.0.1:80,1.2.3.4 server=10.0.0.2 client=nobody 10.0.9`
	if got, want := list(m.Scan([]byte(text))), "a:10.0.0.1@7 b:10.0.0.1@7 a:1.2.3.4@19 b:1.2.3.4@19 b:10.0.0.2@34"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Ensure the story's click works: a Zeek line's address gives a search and a
// window that the connection lies in.
func TestShippedActionsDoWhatTheySay(t *testing.T) {
	a := Shipped()[0]
	e := Context{
		Tag: "zeek.conn", Time: time.Date(2020, 5, 1, 7, 3, 39, 0, time.UTC),
		Field: func(name string) []string { return map[string][]string{"duration": {"900"}}[name] },
	}
	search, err := Expand(a.Actions[0], "8.8.8.8", e)
	if err != nil || search.Query != "8.8.8.8" {
		t.Errorf("got %+v, %v", search, err)
	}
	packets, err := Expand(a.Actions[1], "8.8.8.8", e)
	end := e.Time.Add(900 * time.Second)
	if err != nil || len(packets.Packets.Hosts) != 1 || packets.Packets.Hosts[0].String() != "8.8.8.8" || packets.From.After(e.Time) || packets.To.Before(end) {
		t.Errorf("got %+v, %v, want a window around %s to %s", packets, err, e.Time, end)
	}
}

// rows are 200 lines of about 500 bytes, as on a page of results.
func rows() [][]byte {
	const line = `{"ts":"2020-05-01T07:03:39.758101Z","uid":"CDtsGz4sH4Wl9FwAs","id.orig_h":"10.0.1.5","id.orig_p":60839,"id.resp_h":"192.168.0.4","id.resp_p":443,` +
		`"note":"SSL::Invalid_Server_Cert","msg":"SSL certificate validation failed with (self signed certificate)","sub":"CN=P18055077,OU=Jethpro,O=Jethpro,L=Utica,ST=NY,C=US",` +
		`"src":"10.0.1.5","dst":"192.168.0.4","p":443,"peer_descr":"worker-1-1","actions":["Notice::ACTION_LOG"],"suppress_for":3600.0,"remote_location.country_code":"US","path":"/opt/zeek/spool/zeek","dropped":false}`
	var all [][]byte
	for range 200 {
		all = append(all, []byte(line))
	}
	return all
}

func benchmarkScan(b *testing.B, m *Matcher) {
	page := rows()
	b.SetBytes(int64(len(page) * len(page[0])))
	for b.Loop() {
		for _, row := range page {
			if len(m.Scan(row)) == 0 {
				b.Fatal("nothing found")
			}
		}
	}
}

func BenchmarkScanShipped(b *testing.B)  { benchmarkScan(b, addressMatcher(b, false)) }
func BenchmarkScanPatterns(b *testing.B) { benchmarkScan(b, addressMatcher(b, true)) }

// The shipped ones with patterns that people write beside them.
func BenchmarkScanMany(b *testing.B) {
	own := []string{
		`(?:^|[^0-9A-Za-z])(?P<v>[0-9a-f]{32})(?:$|[^0-9A-Za-z])`, `(?:^|[^0-9A-Za-z])(?P<v>[0-9a-f]{64})(?:$|[^0-9A-Za-z])`,
		`\bCVE-[0-9]{4}-[0-9]{4,7}\b`, `(?i)https?://[^\s"<>]+`, `[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+\.[A-Za-z]{2,}`,
		`type=(?P<t>[A-Z_]+)`, `\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b`, `EventID[":= ]+(?P<v>[0-9]+)`,
		`\b[CF][0-9A-Za-z]{13,17}\b`, `1:[0-9A-Za-z+/]{27}=`,
	}
	all := Shipped()
	for _, p := range own {
		all = append(all, Actionable{ID: p, Triggers: []Trigger{{Pattern: p}}})
	}
	m, err := NewMatcher(all)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkScan(b, m)
}

func BenchmarkCut(b *testing.B) {
	m := addressMatcher(b, false)
	page := rows()
	b.SetBytes(int64(len(page) * len(page[0])))
	for b.Loop() {
		for _, row := range page {
			Cut(row, nil, m.Scan(row))
		}
	}
}
