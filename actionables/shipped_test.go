package actionables

import (
	"fmt"
	"strings"
	"testing"
)

func shippedMatcher(t testing.TB) *Matcher {
	t.Helper()
	m, err := NewMatcher(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Ensure the shipped triggers find what they are for, and nothing beside it.
func TestShippedTriggersFindWhatTheyAreFor(t *testing.T) {
	const md5, sha1 = "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	tests := []struct{ text, want string }{
		{"10.0.0.1 fe80::1", "address=10.0.0.1 address=fe80::1"},
		{`"query":"www.example.com"`, "domain=www.example.com"},
		{"svchost.exe conn.log setup.py a.b", ""},
		{"dc01.corp.local xn--bcher-kva.example", "domain=dc01.corp.local domain=xn--bcher-kva.example"},
		{"see https://www.example.com/a?b=c.", "url=https://www.example.com/a?b=c domain=www.example.com"},
		{"mail bob@example.org now", "email=bob@example.org domain=example.org"},
		{md5 + " " + sha1 + "," + sha256, "md5=" + md5 + " sha-1=" + sha1 + " sha-256=" + sha256},
		{md5 + "0", ""},
		{"x" + md5, ""},
		{"00:0c:29:ab:CD:ef 00-0c-29-ab-cd-ef 00:0c-29:ab:cd:ef", "mac-address=00:0c:29:ab:CD:ef mac-address=00-0c-29-ab-cd-ef"},
		{"CDtsGz4sH4Wl9FwAs", ""},
		{"t13d1516h2_8daaf6152771_b186095e22b6", "tls-fingerprint=t13d1516h2_8daaf6152771_b186095e22b6"},
		{`"ja3": "` + md5 + `"`, "md5=" + md5 + " tls-fingerprint=" + md5},
		{"CVE-2021-44228 cve-2024-1 CVE-1998-0001", "cve=CVE-2021-44228"},
		{`"EventID":4624, event_id=1 Event ID: 4625 id 4624 4624`, "windows-event=4624 windows-event=1 windows-event=4625"},
		{"1:LQU9qZlK+B5F3KDmev6m5PMibrg= 2:LQU9qZlK+B5F3KDmev6m5PMibrg=", "community-id=1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"plain words 443 12:30 -", ""},
	}
	m := shippedMatcher(t)
	for _, tt := range tests {
		var got []string
		for _, hit := range m.Scan([]byte(tt.text)) {
			got = append(got, hit.ID+"="+hit.Value)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.text, s, tt.want)
		}
	}
	uid := m.ScanAt([]byte("CDtsGz4sH4Wl9FwAs"), Place{Tag: "zeek.http"})
	if got, want := list(uid), "zeek-uid:CDtsGz4sH4Wl9FwAs@0"; got != want {
		t.Errorf("in a line of Zeek: got %q, want %q", got, want)
	}
}

// Ensure every shipped action fills in on the line it is meant for, and that
// what leaves says where to.
func TestShippedActionsFillIn(t *testing.T) {
	values := map[string]string{
		"address": "8.8.8.8", "domain": "www.example.com", "url": "https://www.example.com/a?b=c", "email": "bob@example.org", "windows-event": "4624",
		"community-id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
	}
	e := line()
	e.Tag = "zeek.conn"
	fields := map[string][]string{"id.orig_h": {"10.0.1.5"}, "id.resp_h": {"192.168.0.4"}, "id.orig_p": {"60997"}, "id.resp_p": {"8080"}, "hostname": {"UTICA"}}
	e.Field = func(name string) []string { return fields[name] }
	for _, a := range Shipped() {
		value := values[a.ID]
		if value == "" {
			value = "d41d8cd98f00b204e9800998ecf8427e"
		}
		for _, act := range a.Actions {
			x, err := Expand(act, value, e)
			switch {
			case err != nil:
				t.Errorf("%s: %s: %v", a.ID, act.Name, err)
			case act.Kind == KindURL && (len(act.Hosts()) != 1 || !strings.HasPrefix(x.URL, "https://"+act.Hosts()[0]+"/")):
				t.Errorf("%s: %s: got %s, hosts %v", a.ID, act.Name, x.URL, act.Hosts())
			case act.Name == "Packets of this connection":
				if got, want := fmt.Sprint(x.Packets.Hosts, x.Packets.Peers, x.Packets.Ports, x.Packets.PeerPorts), "[10.0.1.5] [192.168.0.4] [60997] [8080]"; got != want {
					t.Errorf("%s: got %s, want %s", a.ID, got, want)
				}
			}
		}
	}
}
