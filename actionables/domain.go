package actionables

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// inside are the last labels of names in use inside networks.
// https://www.iana.org/assignments/special-use-domain-names, and RFC 6762
// appendix G for the rest.
var inside = map[string]bool{
	"local": true, "lan": true, "internal": true, "corp": true, "home": true, "intranet": true, "private": true, "localdomain": true,
	"test": true, "example": true, "invalid": true, "onion": true, "alt": true,
}

// fileTypes are top-level domains that are far more often the end of a file's
// name; a name needs three labels to count with them.
var fileTypes = map[string]bool{"py": true, "sh": true, "pl": true, "rs": true, "md": true, "zip": true, "mov": true, "so": true, "ps": true}

// isDomain says whether a name ends as names of hosts do.
func isDomain(name []byte) bool {
	name = bytes.TrimSuffix(name, []byte("."))
	dot := bytes.LastIndexByte(name, '.')
	if dot <= 0 {
		return false
	}
	last := strings.ToLower(string(name[dot+1:]))
	switch {
	case inside[last]:
		return true
	case fileTypes[last] && bytes.IndexByte(name, '.') == dot:
		return false
	}
	_, icann := publicsuffix.PublicSuffix("x." + last)
	return icann
}
