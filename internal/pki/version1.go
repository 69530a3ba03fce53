package pki

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
)

// certificate is the outer frame of X.509 (RFC 5280, 4.1): what is signed,
// how, and the signature.
type certificate struct {
	TBS       asn1.RawValue
	Algorithm asn1.RawValue
	Signature asn1.BitString
}

// toVersion1 returns the certificate without its version and its extensions,
// signed anew with key, which must be the P-256 key that signed it. crypto/x509
// makes version 3 only, so the fields that version 1 lacks are cut out of one.
func toVersion1(der []byte, key *ecdsa.PrivateKey) ([]byte, error) {
	var c certificate
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	var kept []asn1.RawValue
	for rest := c.TBS.Bytes; len(rest) > 0; {
		var field asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &field); err != nil {
			return nil, fmt.Errorf("read certificate field: %w", err)
		}
		// The context tags are 0, the version, and 3, the extensions.
		if field.Class != asn1.ClassContextSpecific {
			kept = append(kept, field)
		}
	}
	tbs, err := asn1.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("write certificate fields: %w", err)
	}
	sum := sha256.Sum256(tbs)
	sign, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return asn1.Marshal(certificate{
		TBS:       asn1.RawValue{FullBytes: tbs},
		Algorithm: c.Algorithm,
		Signature: asn1.BitString{Bytes: sign, BitLength: 8 * len(sign)},
	})
}
