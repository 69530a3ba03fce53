package fleet_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/fleet/fleettest"
	"spoor/internal/pki"
)

// region makes certificates in a new folder.
func region(t *testing.T, o pki.Options) pki.Files {
	t.Helper()
	f, err := pki.WriteRegion(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestServerIsToldByItsCertificate(t *testing.T) {
	named, stock := pki.Options{}, pki.Options{Stock: true}
	for _, c := range []struct {
		name   string
		server pki.Options
		change func(c *fleet.SensorConfig, server pki.Files)
		want   string // of the error; "" means that it answers
	}{
		{name: "with names", server: named},
		{name: "another of its names", server: named, change: func(c *fleet.SensorConfig, _ pki.Files) { c.ServerName = "localhost" }},
		{
			name: "for another name", server: pki.Options{ServerNames: []string{"region.example"}},
			want: "the server's certificate is not for this name",
		},
		{
			name: "for the name that is expected", server: pki.Options{ServerNames: []string{"region.example"}},
			change: func(c *fleet.SensorConfig, _ pki.Files) { c.ServerName = "region.example" },
		},
		{
			name: "a pin does not stand for a name", server: pki.Options{ServerNames: []string{"region.example"}},
			change: func(c *fleet.SensorConfig, s pki.Files) { c.Pin = s.ServerPin },
			want:   "the server's certificate is not for this name",
		},
		{name: "of another CA", server: named, change: otherCA, want: "was not signed by the CA"},
		{name: "expired", server: pki.Options{ServerExpired: true}, want: "expired at"},
		{name: "pinned", server: named, change: func(c *fleet.SensorConfig, s pki.Files) { c.Pin = s.ServerPin }},
		{name: "pinned to another", server: named, change: wrongPin, want: "pinned is 00112233"},

		{name: "stock", server: stock},
		{name: "stock, pinned", server: stock, change: func(c *fleet.SensorConfig, s pki.Files) { c.Pin = s.ServerPin }},
		{name: "stock, pinned to another", server: stock, change: wrongPin, want: "pinned is 00112233"},
		{name: "stock, of another CA", server: stock, change: otherCA, want: "was not signed by the CA"},
		{
			name: "stock, of another CA, pinned", server: stock,
			change: func(c *fleet.SensorConfig, s pki.Files) { otherCA(c, s); c.Pin = s.ServerPin },
			want:   "was not signed by the CA",
		},
		{name: "stock, expired", server: pki.Options{Stock: true, ServerExpired: true}, want: "expired at"},
		{
			name: "stock, expired, pinned", server: pki.Options{Stock: true, ServerExpired: true},
			change: func(c *fleet.SensorConfig, s pki.Files) { c.Pin = s.ServerPin },
			want:   "expired at",
		},
		{
			name: "stock, for another name", server: stock,
			change: func(c *fleet.SensorConfig, _ pki.Files) { c.ServerName = "10.1.2.3" },
			want:   `the server's certificate is for "127.0.0.1", not for "10.1.2.3": set servername, or pin its fingerprint`,
		},
		{
			name: "stock, for another name, pinned", server: stock,
			change: func(c *fleet.SensorConfig, s pki.Files) { c.ServerName, c.Pin = "10.1.2.3", s.ServerPin },
		},
		{name: "the client of another CA", server: named, change: otherClient, want: "the server refused our client certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := fleettest.NewFakeWith(t, c.server, fleettest.Capture(fleettest.File(t, fleettest.Packets(2))))
			config := fake.Config("a")
			if c.change != nil {
				c.change(&config, fake.Files)
			}
			s, err := fleet.NewStenographer(config)
			if err != nil {
				t.Fatal(err)
			}
			n, err := ask(t, s)
			switch {
			case c.want == "" && (err != nil || n != 2):
				t.Errorf("got %d packets, %v, want 2", n, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			case c.want != "" && len(fake.Queries()) != 0:
				t.Error("the query was sent all the same")
			}
		})
	}
}

// otherCA makes c trust a CA that signed its own client, but not the server.
// The server trusts it no more than c the server.
func otherCA(c *fleet.SensorConfig, _ pki.Files) {
	dir := filepath.Join(filepath.Dir(c.CA), "other")
	f, err := pki.WriteRegion(dir, pki.Options{Name: "other"})
	if err != nil {
		panic(err)
	}
	c.CA, c.Cert, c.Key = f.CA, f.Client, f.ClientKey
}

// otherClient gives c a client certificate that the server does not trust.
func otherClient(c *fleet.SensorConfig, server pki.Files) {
	otherCA(c, server)
	both := filepath.Join(filepath.Dir(c.CA), "both.pem")
	mine, err := os.ReadFile(server.CA)
	if err != nil {
		panic(err)
	}
	other, err := os.ReadFile(c.CA)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(both, append(mine, other...), 0o600); err != nil {
		panic(err)
	}
	c.CA = both
}

func wrongPin(c *fleet.SensorConfig, _ pki.Files) {
	c.Pin = "00:11:22:33" + strings.Repeat(":AA", 28)
}

func TestPinIsReadInEverySpelling(t *testing.T) {
	f := region(t, pki.Options{})
	colons := strings.ToUpper(f.ServerPin[:2])
	for i := 2; i < len(f.ServerPin); i += 2 {
		colons += ":" + strings.ToUpper(f.ServerPin[i:i+2])
	}
	for _, c := range []struct{ pin, want string }{
		{"", ""},
		{f.ServerPin, ""},
		{colons, ""},
		{"sha256:" + f.ServerPin, ""},
		{"sha256 Fingerprint=" + colons, ""},
		{"aabb", "is no SHA-256 fingerprint (64 hex digits)"},
		{"zz" + f.ServerPin[2:], "is no SHA-256 fingerprint (64 hex digits)"},
	} {
		_, err := fleet.NewStenographer(fleet.SensorConfig{
			Name: "a", URL: "https://127.0.0.1:1", CA: f.CA, Cert: f.Client, Key: f.ClientKey, Pin: c.pin,
		})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("pin %q: got %v, want %q", c.pin, err, c.want)
		}
	}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFaultyCertificateFilesAreNamed(t *testing.T) {
	good, other := region(t, pki.Options{}), region(t, pki.Options{Name: "other"})
	expired := region(t, pki.Options{ClientExpired: true})
	dead := region(t, pki.Options{Now: time.Now().Add(-10 * 24 * time.Hour), Lifetime: 24 * time.Hour})
	early := region(t, pki.Options{Now: time.Now().Add(10 * 24 * time.Hour)})
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	text, garbled := write("text.pem", "hello"), write("garbled.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	locked := write("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	block, _ := pem.Decode(mustRead(t, good.Client))
	der := write("client.der", string(block.Bytes))
	huge := write("huge.pem", strings.Repeat("x", 2<<20))
	missing := filepath.Join(dir, "missing.pem")
	for _, c := range []struct {
		name          string
		ca, cert, key string
		want          []string
	}{
		{"good", good.CA, good.Client, good.ClientKey, nil},
		{"no ca", missing, good.Client, good.ClientKey, []string{"ca:", missing, "no such file"}},
		{"no cert", good.CA, missing, good.ClientKey, []string{"cert:", missing, "no such file"}},
		{"no key", good.CA, good.Client, missing, []string{"key:", missing, "no such file"}},
		{"ca is a folder", dir, good.Client, good.ClientKey, []string{"ca:", dir, "is a folder"}},
		{"ca is no PEM", text, good.Client, good.ClientKey, []string{"ca:", text, "is not a PEM file"}},
		{"ca is huge", huge, good.Client, good.ClientKey, []string{"ca:", huge, "is no certificate file"}},
		{"ca is garbled", garbled, good.Client, good.ClientKey, []string{"ca:", garbled, "certificate 1 can't be read"}},
		{"cert is no PEM", good.CA, text, good.ClientKey, []string{"cert:", text, "is not a PEM file"}},
		{"key is no PEM", good.CA, good.Client, text, []string{"key:", text, "is not a PEM file"}},
		{"key is encrypted", good.CA, good.Client, locked, []string{"key:", locked, "is encrypted"}},
		{"key and cert changed", good.CA, good.ClientKey, good.Client, []string{"cert:", good.ClientKey, "holds no certificate but: "}},
		{"key of another", good.CA, good.Client, other.ClientKey, []string{"key:", other.ClientKey, "does not fit the certificate", good.Client}},
		{"ca of another", other.CA, good.Client, good.ClientKey, []string{"cert:", good.Client, "was not signed by the CA", other.CA}},
		{"server's certificate", good.CA, good.Server, good.ServerKey, []string{"cert:", good.Server, "was not made for this use but for a server"}},
		{"ca of another, by name", other.CA, good.Client, good.ClientKey, []string{`but by "spoor ca"`}},
		{"client's certificate as ca", good.Client, good.Client, good.ClientKey, []string{"ca:", good.Client, "is no authority's"}},
		{"DER", good.CA, der, good.ClientKey, []string{"cert:", der, "is not a PEM file but DER"}},
		{"expired", expired.CA, expired.Client, expired.ClientKey, []string{"cert:", expired.Client, "expired at"}},
		{"all expired", dead.CA, dead.Client, dead.ClientKey, []string{"ca:", dead.CA, "expired at"}},
		{"not valid yet", early.CA, early.Client, early.ClientKey, []string{"ca:", early.CA, "is not valid before"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := fleet.NewStenographer(fleet.SensorConfig{
				Name: "Region 1", URL: "https://127.0.0.1:1", CA: c.ca, Cert: c.cert, Key: c.key,
			})
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("got no error")
			}
			for _, w := range append(c.want, `sensor "region-1": `) {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got %v, want %q in it", err, w)
				}
			}
		})
	}
}
