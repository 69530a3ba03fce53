package ui

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are routes for a browser, rooted are paths outside /api/v1.
var (
	pages  = []string{"/", "/fleet", "/captures", "/actionables", "/favicon.ico", "/static/:build/*"}
	rooted = regexp.MustCompile(`^(/packetfleet|/healthz|/readyz|/metrics)(/|$)`)
)

// Ensure docs/api.md has every route there is, and none that there is not.
func TestAPIDocumentHasEveryRoute(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	must(t, err)
	s := newSite(t, nil).Config.Handler.(*Server)
	var routes, told []string
	for _, r := range s.echo.Routes() {
		if r.Method != "echo_route_not_found" && !slices.Contains(pages, r.Path) {
			routes = append(routes, r.Method+" "+strings.TrimSuffix(r.Path, "/"))
		}
	}
	for _, m := range regexp.MustCompile("`(GET|POST|PUT|DELETE) (/[^`?& ]*)").FindAllStringSubmatch(string(text), -1) {
		path := strings.TrimSuffix(m[2], "/")
		if path == "" {
			continue // the page
		}
		if !rooted.MatchString(path) {
			path = "/api/v1" + path
		}
		told = append(told, m[1]+" "+path)
	}
	for _, r := range routes {
		if !slices.Contains(told, r) {
			t.Errorf("docs/api.md does not have %s", r)
		}
	}
	for _, r := range told {
		if !slices.Contains(routes, r) {
			t.Errorf("docs/api.md has %s, which is no route", r)
		}
	}
}
