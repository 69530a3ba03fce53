// Package indextest is the conformance suite that every index.Store passes.
// It compares a store with a naive one that evaluates every entry.
package indextest

import (
	"testing"

	"spoor/index"
)

// Open opens the store in dir, and closes it at the end of the test unless
// the test has done so. It is called again on the same dir to open what was
// closed. Close may be called twice.
type Open func(t *testing.T, dir string) index.Store

// Run checks a store. One that has the methods Compact and Backup of
// local.Store is compacted and backed up as well; one that works in the
// background has a method Pause() error, which ends that.
func Run(t *testing.T, open func(t *testing.T, dir string) index.Store) {
	for _, c := range []struct {
		promise string
		test    func(*testing.T, Open)
	}{
		{"an empty store answers", testEmpty},
		{"an entry comes back as it was put", testEntry},
		{"put copies what it keeps", testCopies},
		{"a bad entry keeps the whole batch out", testBadEntry},
		{"equal lines are all kept and told apart", testEqual},
		{"pages neither repeat nor lose, also inside equal times", testPages},
		{"pages stay as they began while data arrives", testStablePages},
		{"entries of one time come as they arrived", testOneTime},
		{"time ranges include from and exclude to", testRanges},
		{"get finds every entry by its id", testGet},
		{"streams are counted and ordered by arrival", testStreams},
		{"a histogram counts what a search finds", testHistogram},
		{"equal ids in two formats are told apart", testTwinFormats},
		{"fields of the origin are searched", testOrigin},
		{"a cancelled search ends", testCancel},
		{"concurrent puts are all found, each once", testConcurrent},
		{"everything is found again after reopening", testReopen},
		{"a closed store says so", testClosed},
		{"what is deleted is seen nowhere, and nothing else is hidden", testDelete},
		{"a deletion leaves alone what it does not select and what comes later", testDeleteDetails},
		{"visitors are shown what a search finds, each entry once", testVisit},
		{"a scan ends with its context, its visitor and its store", testVisitEnds},
		{"progress tells the truth", testVisitProgress},
		{"a tail misses nothing, in the order of arrival", testTail},
		{"a tail goes on with what arrives", testTailLive},
		{"a tail ends with its context and its store", testTailEnds},
		{"random queries find what evaluation finds", testRandom},
		{"nothing changes by crash, compaction, backup and restart", testLife},
	} {
		t.Run(c.promise, func(t *testing.T) { c.test(t, open) })
	}
}
