package query

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Ensure that what docs/query.md shows can be typed as it stands there.
func TestExamplesOfTheDocsAreRead(t *testing.T) {
	b, err := os.ReadFile("../../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(b), "## What matches")
	code, seen := regexp.MustCompile("`([^`]+)`"), 0
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		line = strings.ReplaceAll(line, `\|`, "\x00")
		first, _, _ := strings.Cut(line[2:], " | ")
		for _, m := range code.FindAllStringSubmatch(first, -1) {
			q := strings.ReplaceAll(m[1], "\x00", "|")
			s, err := ParseSearch(q, ParseOptions{Now: testNow, Source: func(string) []uint32 { return []uint32{1} }})
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			searchReparses(t, s)
			seen++
		}
	}
	if seen < 80 {
		t.Errorf("only %d examples found", seen)
	}
}
