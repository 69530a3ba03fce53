package fleet

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// maxCertFile bounds the certificate files that are read, in bytes.
const maxCertFile = 1 << 20

// certs is what a client needs to be known to a sensor, and to know it.
type certs struct {
	ca     *x509.CertPool
	client tls.Certificate
}

// loadCerts reads the three files of c. Its errors name the file and what is
// wrong with it.
func loadCerts(c SensorConfig, now time.Time) (certs, error) {
	ca, err := readCerts(c.CA)
	if err != nil {
		return certs{}, fmt.Errorf("ca: %w", err)
	}
	pool := x509.NewCertPool()
	for _, a := range ca {
		pool.AddCert(a)
	}
	if err := checkDates(ca[0], now); err != nil {
		return certs{}, fmt.Errorf("ca: %s: %w", c.CA, err)
	}
	if ca[0].Version >= 3 && !ca[0].IsCA { // version 1 could not say it
		return certs{}, fmt.Errorf("ca: %s: the certificate of %q is no authority's: it may sign no other", c.CA, commonName(ca[0]))
	}
	leaf, err := readCerts(c.Cert)
	if err != nil {
		return certs{}, fmt.Errorf("cert: %w", err)
	}
	pair, err := readPair(c.Cert, c.Key)
	if err != nil {
		return certs{}, err
	}
	if err := checkDates(leaf[0], now); err != nil {
		return certs{}, fmt.Errorf("cert: %s: %w", c.Cert, err)
	}
	if err := checkSigned(leaf, pool, x509.ExtKeyUsageClientAuth, now); err != nil {
		return certs{}, fmt.Errorf("cert: %s: %w (ca: %s)", c.Cert, err, c.CA)
	}
	pair.Leaf = leaf[0]
	return certs{ca: pool, client: pair}, nil
}

// readCerts returns the certificates of a PEM file, at least one.
func readCerts(file string) ([]*x509.Certificate, error) {
	text, err := readPEM(file)
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	var others []string
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			others = append(others, block.Type)
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d can't be read: %w", file, len(all)+1, err)
		}
		all = append(all, c)
	}
	switch {
	case len(all) > 0:
		return all, nil
	case len(others) > 0:
		return nil, fmt.Errorf("%s holds no certificate but: %s", file, strings.Join(others, ", "))
	case isDER(text):
		return nil, fmt.Errorf("%s is not a PEM file but DER or PKCS #12, which openssl x509 -inform der -in FILE, or openssl pkcs12 -in FILE -nodes, turns into one", file)
	}
	return nil, fmt.Errorf("%s is not a PEM file: it has no -----BEGIN CERTIFICATE-----", file)
}

// isDER tells whether text begins like an ASN.1 sequence of some length, as
// certificates, keys and PKCS #12 files do.
func isDER(text []byte) bool {
	return len(text) > 4 && text[0] == 0x30 && text[1] >= 0x81 && text[1] <= 0x84
}

func readPair(certFile, keyFile string) (tls.Certificate, error) {
	certText, err := readPEM(certFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("cert: %w", err)
	}
	keyText, err := readPEM(keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("key: %w", err)
	}
	if block, _ := pem.Decode(keyText); block == nil {
		return tls.Certificate{}, fmt.Errorf("key: %s is not a PEM file: it has no -----BEGIN PRIVATE KEY-----", keyFile)
	}
	if bytes.Contains(keyText, []byte("ENCRYPTED")) {
		return tls.Certificate{}, fmt.Errorf("key: %s is encrypted: it must be stored without a passphrase", keyFile)
	}
	pair, err := tls.X509KeyPair(certText, keyText)
	switch {
	case err == nil:
		return pair, nil
	case strings.Contains(err.Error(), "does not match"):
		return tls.Certificate{}, fmt.Errorf("key: %s does not fit the certificate %s", keyFile, certFile)
	}
	return tls.Certificate{}, fmt.Errorf("key: %s: %w", keyFile, err)
}

func readPEM(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", file)
	case info.Size() > maxCertFile:
		return nil, fmt.Errorf("%s is no certificate file: it has %d bytes", file, info.Size())
	}
	return os.ReadFile(file)
}

func checkDates(c *x509.Certificate, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("the certificate of %q expired at %s", commonName(c), c.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(c.NotBefore):
		return fmt.Errorf("the certificate of %q is not valid before %s", commonName(c), c.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkSigned tells whether chain[0] was signed by an authority of pool, by
// way of the rest of the chain, for the given use.
func checkSigned(chain []*x509.Certificate, pool *x509.CertPool, use x509.ExtKeyUsage, now time.Time) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: pool, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{use},
	})
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of %q was not signed by the CA, but by %q", commonName(chain[0]), issuer(chain[0]))
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return fmt.Errorf("the certificate of %q was not made for this use but for %s (its extended key usage says so)", commonName(chain[0]), usesOf(chain[0]))
	}
	return err
}

// issuer is who signed c, as c has it: another authority, or one of the same
// name with another key.
func issuer(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return c.Issuer.CommonName
	}
	return c.Issuer.String()
}

func usesOf(c *x509.Certificate) string {
	var uses []string
	for _, u := range c.ExtKeyUsage {
		switch u {
		case x509.ExtKeyUsageServerAuth:
			uses = append(uses, "a server")
		case x509.ExtKeyUsageClientAuth:
			uses = append(uses, "a client")
		}
	}
	if uses == nil {
		return "something else"
	}
	return strings.Join(uses, " and ")
}

// identity is how the certificate of a server is told from others.
type identity struct {
	ca   *x509.CertPool
	name string // expected of the certificate
	pin  []byte // SHA-256 of it, nil for none
	now  func() time.Time
}

// verify does what crypto/tls does by itself for certificates with names,
// and decides about those without.
//
// Go refuses a certificate without subject alternative names, and a
// Stenographer's own script makes just such ones. So the client sets
// InsecureSkipVerify, which leaves out crypto/tls' check, and this function
// as VerifyConnection, which is called in every handshake, a resumed one
// too, before any byte of the request is sent. It is as strict: dates,
// signatures up to the sensor's own CA and use are checked always. What then
// remains is which of that CA's certificates it is, and that is told by its
// names, by a pinned fingerprint, or, only where version 1 could not hold
// names and nothing is pinned, by its common name.
func (i identity) verify(state tls.ConnectionState) error {
	chain := state.PeerCertificates
	if len(chain) == 0 {
		return errors.New("the server sent no certificate")
	}
	leaf, now := chain[0], i.now()
	if err := checkDates(leaf, now); err != nil {
		return err
	}
	if err := checkSigned(chain, i.ca, x509.ExtKeyUsageServerAuth, now); err != nil {
		return err
	}
	if sum := sha256.Sum256(leaf.Raw); i.pin != nil && !bytes.Equal(sum[:], i.pin) {
		return fmt.Errorf("the server's certificate of %q has the fingerprint %x, pinned is %x", commonName(leaf), sum, i.pin)
	}
	if hasNames(leaf) {
		return leaf.VerifyHostname(i.name)
	}
	switch {
	case i.pin != nil:
		return nil
	case leaf.Version != 1:
		return fmt.Errorf("the server's certificate of %q has no subject alternative names: pin its fingerprint", commonName(leaf))
	case !sameName(leaf.Subject.CommonName, i.name):
		return fmt.Errorf("the server's certificate is for %q, not for %q: set servername, or pin its fingerprint", leaf.Subject.CommonName, i.name)
	}
	return nil
}

func hasNames(c *x509.Certificate) bool {
	return len(c.DNSNames)+len(c.IPAddresses)+len(c.EmailAddresses)+len(c.URIs) > 0
}

func sameName(a, b string) bool {
	if x, y := net.ParseIP(a), net.ParseIP(b); x != nil || y != nil {
		return x.Equal(y)
	}
	return a != "" && strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

func commonName(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// parsePin reads a SHA-256 fingerprint as people have it: 64 hex digits of
// either case, with or without colons, or the whole line that openssl
// prints. Blank text gives nil.
func parsePin(text string) ([]byte, error) {
	if _, after, ok := strings.Cut(text, "="); ok {
		text = after
	}
	digits := strings.NewReplacer(":", "", " ", "").Replace(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "sha256:"))
	if digits == "" {
		return nil, nil
	}
	pin, err := hex.DecodeString(digits)
	if err != nil || len(pin) != sha256.Size {
		return nil, fmt.Errorf("its pin %q is no SHA-256 fingerprint (64 hex digits)", text)
	}
	return pin, nil
}
