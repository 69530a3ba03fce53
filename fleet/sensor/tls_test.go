package sensor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/pki"
)

func region(t *testing.T, o pki.Options) pki.Files {
	t.Helper()
	f, err := pki.WriteRegion(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// serve starts a server of dir and returns its address. It is stopped, and
// waited for, at the end of the test.
func serve(t *testing.T, dir string, f pki.Files) string {
	t.Helper()
	c, err := TLSConfig(f.CA, f.Server, f.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New(Options{Dir: dir}).Serve(ctx, ln, c) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop: got %v", err)
		}
	})
	return "https://" + ln.Addr().String()
}

// client trusts ca and shows the certificate, if there is one. Stock servers
// have no name to verify, so only the chain is.
func client(t *testing.T, ca, cert, key string) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	text, err := os.ReadFile(ca)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal(ca, err)
	}
	c := &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool})
		return err
	}}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: c}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestMutualTLSServesAnswersWithTrailers(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "x.pcap", pcap(t, at(1, 1), at(2, 2)))
	for _, stock := range []bool{false, true} {
		f := region(t, pki.Options{Stock: stock})
		url := serve(t, dir, f)
		c := client(t, f.CA, f.Client, f.ClientKey)
		res, err := c.Post(url+"/query", "", strings.NewReader("host 10.0.0.2"))
		if err != nil {
			t.Fatalf("stock %v: %v", stock, err)
		}
		got := readReply(t, res)
		res.Body.Close()
		if got.hosts() != "2" || got.err() != "" {
			t.Errorf("stock %v: got %s (%s)", stock, got.hosts(), got.err())
		}
		res, err = c.Get(url + "/debug/stats")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if !strings.HasPrefix(string(body), "oldest_timestamp\t1588316400000000001\n") {
			t.Errorf("got stats %s", body)
		}
	}
}

// Ensure that nobody is served without a certificate of the authority.
func TestClientsWithoutCertificateAreRefused(t *testing.T) {
	f, other := region(t, pki.Options{}), region(t, pki.Options{})
	expired := region(t, pki.Options{ClientExpired: true})
	url := serve(t, t.TempDir(), f)
	urlExpired := serve(t, t.TempDir(), expired)
	for name, tt := range map[string]struct{ url, ca, cert, key string }{
		"none":         {url, f.CA, "", ""},
		"other CA":     {url, f.CA, other.Client, other.ClientKey},
		"server's own": {url, f.CA, f.Server, f.ServerKey},
		"expired":      {urlExpired, expired.CA, expired.Client, expired.ClientKey},
	} {
		res, err := client(t, tt.ca, tt.cert, tt.key).Post(tt.url+"/query", "", strings.NewReader("tcp"))
		if err == nil {
			res.Body.Close()
			t.Errorf("%s: got %s, want a refusal", name, res.Status)
		}
	}
}

func TestTLSConfigNamesFileAndFault(t *testing.T) {
	f, other := region(t, pki.Options{}), region(t, pki.Options{})
	expired := region(t, pki.Options{ServerExpired: true})
	future := region(t, pki.Options{Now: time.Now().Add(1000 * time.Hour)})
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		ca, cert, key string
		want          []string
	}{
		"no CA":       {"missing.pem", f.Server, f.ServerKey, []string{"authority", "missing.pem"}},
		"junk CA":     {junk, f.Server, f.ServerKey, []string{junk, "no PEM certificate"}},
		"no cert":     {f.CA, "missing.pem", f.ServerKey, []string{"server certificate", "missing.pem"}},
		"junk cert":   {f.CA, junk, f.ServerKey, []string{junk, "PEM"}},
		"no key":      {f.CA, f.Server, "missing.pem", []string{"server key", "missing.pem"}},
		"another key": {f.CA, f.Server, other.ServerKey, []string{f.Server, other.ServerKey, "does not match"}},
		"expired":     {expired.CA, expired.Server, expired.ServerKey, []string{expired.Server, "expired at"}},
		"future":      {f.CA, future.Server, future.ServerKey, []string{future.Server, "not valid before"}},
		"future CA":   {future.CA, f.Server, f.ServerKey, []string{future.CA, "not valid before"}},
		"no CA's":     {f.Server, f.Server, f.ServerKey, []string{f.Server, "no authority's"}},
		"a client's":  {f.CA, f.Client, f.ClientKey, []string{f.Client, "not made for a server"}},
	} {
		_, err := TLSConfig(tt.ca, tt.cert, tt.key)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s in it", name, err, want)
			}
		}
	}
}
