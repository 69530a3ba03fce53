// Package pki makes the certificates that a packet recorder and its client
// need to know each other: one authority, one server, one client, in the file
// names that Stenographer looks for. The demo and the tests use it; it is no
// certificate management.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The file names of a region, as Stenographer expects them in its CertPath.
const (
	caCertName     = "ca_cert.pem"
	caKeyName      = "ca_key.pem"
	serverCertName = "server_cert.pem"
	serverKeyName  = "server_key.pem"
	clientCertName = "client_cert.pem"
	clientKeyName  = "client_key.pem"
)

// DefaultLifetime is how long certificates hold when Options says nothing:
// the longest that common TLS clients still accept.
const DefaultLifetime = 825 * 24 * time.Hour

// Options says how the certificates of a region look. The zero value gives
// X.509 v3 certificates for 127.0.0.1, ::1 and localhost, valid from an hour
// ago on.
type Options struct {
	// Name stands in the subject names, "NAME ca", "NAME server", "NAME
	// client"; empty means "spoor". With Stock the server's is "127.0.0.1",
	// as its makers have it.
	Name string
	// ServerNames are the host names and addresses of the server
	// certificate; empty means localhost, 127.0.0.1 and ::1.
	ServerNames []string
	// Now is the time of making; zero means the present.
	Now time.Time
	// Lifetime is how long the certificates hold; 0 means DefaultLifetime.
	Lifetime time.Duration
	// ServerExpired and ClientExpired make certificates that ended a day
	// before Now. The authority is valid all the same.
	ServerExpired bool
	ClientExpired bool
	// Stock makes the server's and the client's certificate X.509 version 1
	// without alternative names or key usages, which is what Stenographer's
	// stenokeys script makes.
	Stock bool
}

// Files are the paths that WriteRegion wrote.
type Files struct {
	CA, CAKey         string
	Server, ServerKey string
	Client, ClientKey string
	// ServerPin is the SHA-256 fingerprint of the server certificate, in
	// lower-case hex.
	ServerPin string
}

// WriteRegion makes a new authority with a server and a client certificate
// (ECDSA P-256) and writes them to dir, which is made if it is not there.
// Files of the same names are replaced. Keys are readable by their owner only.
func WriteRegion(dir string, o Options) (Files, error) {
	if o.Name == "" {
		o.Name = "spoor"
	}
	if len(o.ServerNames) == 0 {
		o.ServerNames = []string{"localhost", "127.0.0.1", "::1"}
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Lifetime <= 0 {
		o.Lifetime = DefaultLifetime
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Files{}, fmt.Errorf("make certificate folder: %w", err)
	}
	r := region{dir: dir, o: o}
	return r.write()
}

// Fingerprint returns the SHA-256 of the first certificate in a PEM file, in
// lower-case hex.
func Fingerprint(certFile string) (string, error) {
	text, err := os.ReadFile(certFile)
	if err != nil {
		return "", fmt.Errorf("read certificate: %w", err)
	}
	for len(text) > 0 {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			break
		}
		if b.Type == "CERTIFICATE" {
			return FingerprintDER(b.Bytes), nil
		}
	}
	return "", fmt.Errorf("%s holds no PEM certificate", certFile)
}

// FingerprintDER returns the SHA-256 of a certificate's DER bytes, in
// lower-case hex.
func FingerprintDER(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// region is one run of WriteRegion.
type region struct {
	dir   string
	o     Options
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey
}

func (r *region) write() (Files, error) {
	f := Files{
		CA: r.path(caCertName), CAKey: r.path(caKeyName),
		Server: r.path(serverCertName), ServerKey: r.path(serverKeyName),
		Client: r.path(clientCertName), ClientKey: r.path(clientKeyName),
	}
	if err := r.authority(f); err != nil {
		return Files{}, err
	}
	pin, err := r.leaf(f.Server, f.ServerKey, r.serverTemplate())
	if err != nil {
		return Files{}, err
	}
	f.ServerPin = pin
	if _, err := r.leaf(f.Client, f.ClientKey, r.clientTemplate()); err != nil {
		return Files{}, err
	}
	return f, nil
}

func (r *region) path(name string) string { return filepath.Join(r.dir, name) }

func (r *region) authority(f Files) error {
	t := r.template("ca", false)
	t.IsCA = true
	t.BasicConstraintsValid = true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	key, err := newKey()
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return fmt.Errorf("sign authority certificate: %w", err)
	}
	if r.ca, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("read back authority certificate: %w", err)
	}
	r.caKey = key
	return writePair(f.CA, f.CAKey, der, key)
}

func (r *region) serverTemplate() *x509.Certificate {
	t := r.template("server", r.o.ServerExpired)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range r.o.ServerNames {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	if r.o.Stock {
		t.Subject.CommonName = "127.0.0.1"
	}
	return t
}

func (r *region) clientTemplate() *x509.Certificate {
	t := r.template("client", r.o.ClientExpired)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return t
}

func (r *region) template(role string, expired bool) *x509.Certificate {
	from, to := r.o.Now.Add(-time.Hour), r.o.Now.Add(r.o.Lifetime)
	if expired {
		from, to = r.o.Now.Add(-48*time.Hour), r.o.Now.Add(-24*time.Hour)
	}
	return &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: r.o.Name + " " + role},
		NotBefore:    from.UTC(),
		NotAfter:     to.UTC(),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

// leaf signs t with a key of its own, writes both and returns the
// certificate's fingerprint.
func (r *region) leaf(certFile, keyFile string, t *x509.Certificate) (string, error) {
	key, err := newKey()
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificate(rand.Reader, t, r.ca, key.Public(), r.caKey)
	if err == nil && r.o.Stock {
		der, err = toVersion1(der, r.caKey)
	}
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", certFile, err)
	}
	return FingerprintDER(der), writePair(certFile, keyFile, der, key)
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

// newSerial returns a random positive number of 127 bits.
func newSerial() *big.Int {
	var b [16]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	b[0] &= 0x7f
	b[15] |= 1
	return new(big.Int).SetBytes(b[:])
}

func writePair(certFile, keyFile string, der []byte, key *ecdsa.PrivateKey) error {
	if err := writePEM(certFile, "CERTIFICATE", der, 0o644); err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode key for %s: %w", keyFile, err)
	}
	return writePEM(keyFile, "PRIVATE KEY", secret, 0o600)
}

// writePEM replaces the file in one step, so that an old file's wider mode is
// not kept for a key and nobody reads half a certificate.
func writePEM(name, kind string, der []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".pki-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err == nil {
		err = f.Chmod(mode)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
