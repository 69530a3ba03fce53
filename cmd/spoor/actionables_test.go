package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure that a file of another program goes into a running server from the
// shell with a report, and comes out again.
func TestActionablesGoInAndOutFromTheShell(t *testing.T) {
	p := serveIn(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "kit.meta")
	const object = `{"UUID":"u1","Name":"Kit","Data":{"menuLabel":null,"triggers":["/T\\d+/g"],"actions":[{"name":"w","command":{"type":"url","reference":"https://www.whois.com/whois/_VALUE_"}},{"name":"d","command":{"type":"dashboard","reference":"x"}}]}}`
	if err := os.WriteFile(file, []byte(object), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := spoor(t, "actionables", "import", "--server", p.url, "--dry", file)
	if code != 0 || !strings.Contains(out, "imported\tkit\tKit") || !strings.Contains(out, "opens dashboard x") || !strings.Contains(out, "1 of 1 actionables, 1 of 1 triggers, 1 of 2 actions; 1 kept") {
		t.Errorf("dry: got %d %s", code, out)
	}
	if code, out = spoor(t, "actionables", "export", "--server", p.url, "kit"); code == 0 {
		t.Errorf("after a dry run: got %s", out)
	}
	if code, out = spoor(t, "actionables", "import", "--server", p.url, file); code != 0 {
		t.Errorf("got %d %s", code, out)
	}
	code, out = spoor(t, "actionables", "export", "--server", p.url, "--format", "gravwell", "kit")
	if code != 0 || !strings.Contains(out, `"https://www.whois.com/whois/_VALUE_"`) || !strings.Contains(out, `"dashboard"`) {
		t.Errorf("got %d %s", code, out)
	}
	if err := os.WriteFile(file, []byte("what is this"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out = spoor(t, "actionables", "import", "--server", p.url, file); code != 1 || !strings.Contains(out, "none of Spoor's") {
		t.Errorf("got %d %s", code, out)
	}
}
