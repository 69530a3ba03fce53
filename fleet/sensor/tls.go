package sensor

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
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
	switch now := time.Now(); {
	case now.After(pair.Leaf.NotAfter):
		return nil, fmt.Errorf("server certificate %s: it expired at %s", certFile, pair.Leaf.NotAfter.Format(time.RFC3339))
	case now.Before(pair.Leaf.NotBefore):
		return nil, fmt.Errorf("server certificate %s: it is not valid before %s", certFile, pair.Leaf.NotBefore.Format(time.RFC3339))
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
		MinVersion:   tls.VersionTLS12,
	}, nil
}
