package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shake makes a TLS connection between the region's server and client, both
// verifying, and returns what either side said.
func shake(t *testing.T, f Files, serverName string) (clientErr, serverErr error) {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(read(t, f.CA)) {
		t.Fatal("no CA in", f.CA)
	}
	server, err := tls.LoadX509KeyPair(f.Server, f.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	client, err := tls.LoadX509KeyPair(f.Client, f.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	b, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	a, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		s := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("hello"))
		}
		a.Close()
		done <- err
	}()
	c := tls.Client(b, &tls.Config{Certificates: []tls.Certificate{client}, RootCAs: pool, ServerName: serverName})
	if clientErr = c.Handshake(); clientErr == nil {
		_, clientErr = io.ReadFull(c, make([]byte, 5))
	}
	b.Close()
	return clientErr, <-done
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	b, _ := pem.Decode(read(t, name))
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, o Options) Files {
	t.Helper()
	f, err := WriteRegion(filepath.Join(t.TempDir(), "certs"), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Ensure that Go's TLS accepts both sides under each name of the server.
func TestBothSidesVerify(t *testing.T) {
	f := write(t, Options{})
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if c, s := shake(t, f, name); c != nil || s != nil {
			t.Errorf("%s: got client %v, server %v", name, c, s)
		}
	}
	if c, _ := shake(t, f, "example.org"); c == nil || !strings.Contains(c.Error(), "example.org") {
		t.Errorf("a name that is not in the certificate: got %v", c)
	}
}

func TestOtherNamesAreTheOnlyOnes(t *testing.T) {
	f := write(t, Options{ServerNames: []string{"sensor.example.org", "192.0.2.7"}, Name: "Region 1"})
	if c, s := shake(t, f, "sensor.example.org"); c != nil || s != nil {
		t.Errorf("got client %v, server %v", c, s)
	}
	if c, _ := shake(t, f, "localhost"); c == nil {
		t.Error("localhost is accepted")
	}
	if got := parse(t, f.Server).Subject.CommonName; got != "Region 1 server" {
		t.Errorf("got name %q", got)
	}
}

func TestExpiredCertificatesAreRefused(t *testing.T) {
	if c, _ := shake(t, write(t, Options{ServerExpired: true}), "localhost"); c == nil || !strings.Contains(c.Error(), "expired") {
		t.Errorf("expired server: got %v", c)
	}
	if _, s := shake(t, write(t, Options{ClientExpired: true}), "localhost"); s == nil || !strings.Contains(s.Error(), "expired") {
		t.Errorf("expired client: got %v", s)
	}
}

// Ensure that stock certificates fail with Go's client in the way that
// Stenographer's do: only for their missing names.
func TestStockCertificatesAreVersion1(t *testing.T) {
	f := write(t, Options{Stock: true})
	for _, name := range []string{f.Server, f.Client} {
		c := parse(t, name)
		if c.Version != 1 || len(c.Extensions) != 0 {
			t.Errorf("%s: got version %d with %d extensions", name, c.Version, len(c.Extensions))
		}
		if err := c.CheckSignatureFrom(parse(t, f.CA)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, _ := shake(t, f, "127.0.0.1"); c == nil || !strings.Contains(c.Error(), "SANs") {
		t.Errorf("got %v, want a complaint about SANs", c)
	}
}

func TestKeysAreForTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	wide := filepath.Join(dir, caKeyName)
	if err := os.WriteFile(wide, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := WriteRegion(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{f.CAKey, f.ServerKey, f.ClientKey} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s: got mode %o, want 600", name, got)
		}
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 6 {
		t.Errorf("got %d files, want 6", len(entries))
	}
}

func TestValidityFollowsOptions(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	c := parse(t, write(t, Options{Now: now, Lifetime: 48 * time.Hour}).Server)
	if !c.NotBefore.Equal(now.Add(-time.Hour)) || !c.NotAfter.Equal(now.Add(48*time.Hour)) {
		t.Errorf("got %s to %s", c.NotBefore, c.NotAfter)
	}
}

func TestFingerprintIsThatOfTheCertificate(t *testing.T) {
	f := write(t, Options{})
	got, err := Fingerprint(f.Server)
	if err != nil || got != f.ServerPin || len(got) != 64 {
		t.Errorf("got %s, %v, want %s", got, err, f.ServerPin)
	}
	if want := FingerprintDER(parse(t, f.Server).Raw); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := Fingerprint(f.ServerKey); err == nil || !strings.Contains(err.Error(), f.ServerKey) {
		t.Errorf("a key: got %v", err)
	}
	if _, err := Fingerprint("missing.pem"); err == nil {
		t.Error("a missing file: got no error")
	}
}

func TestUnwritableFolderIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteRegion(filepath.Join(file, "certs"), Options{}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}

// Ensure that another implementation agrees, for Stenographer's stenocurl
// uses OpenSSL.
func TestOpenSSLVerifies(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is needed in CI")
		}
		t.Skip("no openssl in PATH")
	}
	for _, stock := range []bool{false, true} {
		f := write(t, Options{Stock: stock})
		for name, purpose := range map[string]string{f.Server: "sslserver", f.Client: "sslclient"} {
			out, err := exec.Command(tool, "verify", "-x509_strict", "-CAfile", f.CA, "-purpose", purpose, name).CombinedOutput()
			if err != nil {
				t.Errorf("stock %v: openssl verify %s: %v\n%s", stock, name, err, out)
			}
		}
	}
}
