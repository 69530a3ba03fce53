package fleet

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHosts is a file of host keys, for one host.
type knownHosts struct {
	file  string
	known ssh.HostKeyCallback
	// algorithms are those of the keys that are known; nil leaves it to the
	// two sides. A host has several keys, and one that is not known would be
	// refused although another one of it is.
	algorithms []string
}

func readKnownHosts(file, address string) (knownHosts, error) {
	if _, err := readPEM(file); err != nil { // the same bounds
		return knownHosts{}, err
	}
	known, err := knownhosts.New(file)
	if err != nil {
		return knownHosts{}, fmt.Errorf("%s can't be read: %w", file, err)
	}
	h := knownHosts{file: file, known: known}
	// Nobody has this key, so the error says whose are known.
	nobody, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return knownHosts{}, err
	}
	var differs *knownhosts.KeyError
	if err := known(address, &net.TCPAddr{}, nobody); errors.As(err, &differs) {
		for _, k := range differs.Want {
			h.algorithms = append(h.algorithms, algorithmsOf(k.Key.Type())...)
		}
	}
	slices.Sort(h.algorithms)
	h.algorithms = slices.Compact(h.algorithms)
	return h, nil
}

// algorithmsOf returns the ways to sign by a key of that type: RSA keys are
// still called ssh-rsa, and nobody signs by SHA-1 any more.
func algorithmsOf(kind string) []string {
	if kind == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{kind}
}

// check refuses hosts that the file does not know, in words that say what to
// do.
func (h knownHosts) check(address string, remote net.Addr, key ssh.PublicKey) error {
	err := h.known(address, remote, key)
	var differs *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case errors.As(err, &revoked):
		return &hostKeyError{fmt.Sprintf("the host's key %s is revoked in %s", fingerprint(key), h.file)}
	case errors.As(err, &differs) && len(differs.Want) == 0:
		return &hostKeyError{fmt.Sprintf("the host is not known: its key is %s. If that is what `ssh-keygen -lf` says of it on the host itself, add this line to %s: %s",
			fingerprint(key), h.file, knownhosts.Line([]string{address}, key))}
	case errors.As(err, &differs):
		var want []string
		for _, k := range differs.Want {
			want = append(want, fmt.Sprintf("%s (line %d)", fingerprint(k.Key), k.Line))
		}
		return &hostKeyError{fmt.Sprintf("the host has another key than %s says: %s instead of %s. Either it was set up anew, or another host answers in its place",
			h.file, fingerprint(key), strings.Join(want, ", "))}
	}
	return err
}

func fingerprint(key ssh.PublicKey) string {
	return key.Type() + " " + ssh.FingerprintSHA256(key)
}

// hostKeyError says why a host is not trusted.
type hostKeyError struct{ text string }

func (e *hostKeyError) Error() string { return e.text }
