package ui

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"

	"github.com/cespare/xxhash/v2"
	"github.com/labstack/echo/v4"
)

//go:embed all:static
var built embed.FS

// page serves the files of the page. Their address holds a hash of them
// all, so that a browser may keep them for good.
type page struct {
	files fs.FS
	build string
	live  bool
}

func newPage(dir string) (page, error) {
	p := page{live: dir != ""}
	if p.live {
		p.files = os.DirFS(dir)
	} else {
		sub, err := fs.Sub(built, "static")
		if err != nil {
			return page{}, err
		}
		p.files = sub
	}
	sum := xxhash.New()
	err := fs.WalkDir(p.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(p.files, name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(b), b)
		return err
	})
	if err != nil {
		return page{}, fmt.Errorf("read the page's files: %w", err)
	}
	p.build = fmt.Sprintf("%016x", sum.Sum64())
	if _, err := p.html(); err != nil {
		return page{}, fmt.Errorf("read the page: %w", err)
	}
	return p, nil
}

func (p page) html() ([]byte, error) {
	b, err := fs.ReadFile(p.files, "index.html")
	return bytes.ReplaceAll(b, []byte("{{build}}"), []byte(p.build)), err
}

func (p page) index(c echo.Context) error {
	b, err := p.html()
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.HTMLBlob(http.StatusOK, b)
}

func (p page) icon(c echo.Context) error { return p.file(c, "icon.svg") }

func (p page) static(c echo.Context) error {
	if c.Param("build") != p.build {
		return echo.NewHTTPError(http.StatusNotFound, "these files belong to another build; reload the page")
	}
	if !p.live {
		c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		c.Response().Header().Set("Cache-Control", "no-store")
	}
	return p.file(c, c.Param("*"))
}

func (p page) file(c echo.Context, name string) error {
	if !fs.ValidPath(name) {
		return echo.ErrNotFound
	}
	b, err := fs.ReadFile(p.files, name)
	if err != nil {
		return echo.ErrNotFound
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".js" {
		kind = "text/javascript; charset=utf-8" // not what the machine's mime table may say
	}
	return c.Blob(http.StatusOK, kind, b)
}
