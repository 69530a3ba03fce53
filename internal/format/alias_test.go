package format

import (
	"os"
	"strings"
	"testing"
)

// Ensure that the table of docs/query.md is the table of aliases, and that no
// name stands in two rows of it.
func TestAliasesAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	cell := func(names []string) string {
		if len(names) == 0 {
			return ""
		}
		return "`" + strings.Join(names, "` `") + "`"
	}
	rows := map[string]bool{}
	for line := range strings.SplitSeq(string(b), "\n") {
		rows[line] = true
	}
	seen := map[string]bool{}
	for _, g := range Groups() {
		if row := "| " + cell(g.Names) + " | " + cell(g.Also) + " | " + cell(g.Packet) + " |"; !rows[row] {
			t.Errorf("docs/query.md lacks the row\n%s", row)
		}
		for _, name := range g.Names {
			if seen[name] {
				t.Errorf("%s has two groups", name)
			}
			seen[name] = true
		}
	}
}
