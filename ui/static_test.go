package ui

import (
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// Ensure that every file of the page is served for good under the hash of
// them all, and that the page's own addresses are among them.
func TestFilesAreServedUnderTheirHash(t *testing.T) {
	s := newSite(t, nil)
	answer, err := s.Client().Get(s.URL + "/")
	must(t, err)
	html, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	must(t, err)
	if strings.Contains(string(html), "{{") {
		t.Error("the page has a placeholder left")
	}
	linked := regexp.MustCompile(`"(/static/[^"]+)"`).FindAllStringSubmatch(string(html), -1)
	if len(linked) == 0 {
		t.Fatal("the page loads nothing")
	}
	for _, l := range linked {
		answer, err := s.Client().Get(s.URL + l[1])
		must(t, err)
		answer.Body.Close()
		if answer.StatusCode != 200 || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got %d, Cache-Control %q", l[1], answer.StatusCode, answer.Header.Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/static/0/js/main.js", linked[0][1] + "/../../../server.go", "/static/", "/favicon.ico/x"} {
		if code, _ := s.ask("GET", path, nil); code != 404 {
			t.Errorf("%s: got %d, want 404", path, code)
		}
	}
}

// Every byte shown was sent by somebody's attacker. Ensure that no script of
// the page makes HTML, code or styles of text.
func TestNoScriptMakesMarkupOfText(t *testing.T) {
	forbidden := regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|unsafeHTML|unsafeSVG|unsafe-html|eval\(|new Function|srcdoc|setAttribute\(\s*['"](?:style|on))`)
	err := fs.WalkDir(built, "static/js", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(built, name)
		if found := forbidden.Find(b); found != nil {
			t.Errorf("%s: uses %s", name, found)
		}
		return err
	})
	must(t, err)
	html, err := fs.ReadFile(built, "static/index.html")
	must(t, err)
	if found := regexp.MustCompile(`(?i)\s(style|on[a-z]+)=|<script>|<style`).Find(html); found != nil {
		t.Errorf("index.html: has %s, which the policy forbids", found)
	}
}
