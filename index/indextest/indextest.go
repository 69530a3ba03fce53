// Package indextest is the conformance suite that every index.Store passes.
package indextest

import (
	"testing"

	"spoor/index"
)

// Run checks a store. open opens the store in dir; it is called again on the
// same dir to reopen what was closed.
func Run(t *testing.T, open func(t *testing.T, dir string) index.Store) {}
