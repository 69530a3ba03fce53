package sensor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// TLSConfig returns a configuration for mutual TLS: the server shows certFile
// with keyFile, and clients must show a certificate that the authority in
// caFile has signed. Stenographer's stock version 1 certificates are good
// enough on both sides. An error names the file and its fault.
func TLSConfig(caFile, certFile, keyFile string) (*tls.Config, error) {
	text, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("certificate authority %s: no PEM certificate in it", caFile)
	}
	if err := checkAuthority(text); err != nil {
		return nil, fmt.Errorf("certificate authority %s: %w", caFile, err)
	}
	// Read one by one, since LoadX509KeyPair does not name the file at fault.
	certText, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("read server certificate: %w", err)
	}
	keyText, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("read server key: %w", err)
	}
	pair, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		return nil, fmt.Errorf("server certificate %s with key %s: %w", certFile, keyFile, err)
	}
	if err := checkTime(pair.Leaf); err != nil {
		return nil, fmt.Errorf("server certificate %s: %w", certFile, err)
	}
	if uses := pair.Leaf.ExtKeyUsage; len(uses) > 0 && !slices.Contains(uses, x509.ExtKeyUsageServerAuth) && !slices.Contains(uses, x509.ExtKeyUsageAny) {
		return nil, fmt.Errorf("server certificate %s: it was not made for a server (its extended key usage says so), so no client would accept it", certFile)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
		MinVersion:   tls.VersionTLS12,
	}, nil
}

// checkAuthority looks at the first certificate of a PEM file: with one that
// may not sign, or not now, every client would be refused without a word.
func checkAuthority(text []byte) error {
	block, text := pem.Decode(text)
	for block != nil && block.Type != "CERTIFICATE" {
		block, text = pem.Decode(text)
	}
	if block == nil {
		return nil // AppendCertsFromPEM has found one behind something odd
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	if c.Version >= 3 && !c.IsCA { // version 1 could not say it
		return errors.New("its certificate is no authority's: it may sign no other")
	}
	return checkTime(c)
}

func checkTime(c *x509.Certificate) error {
	switch now := time.Now(); {
	case now.After(c.NotAfter):
		return fmt.Errorf("it expired at %s", c.NotAfter.Format(time.RFC3339))
	case now.Before(c.NotBefore):
		return fmt.Errorf("it is not valid before %s", c.NotBefore.Format(time.RFC3339))
	}
	return nil
}
