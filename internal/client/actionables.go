package client

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// ImportForm asks for an import of actionables.
type ImportForm struct {
	Text string `json:"text"`
	Name string `json:"name"`
	// Format is recognised if empty.
	Format string `json:"format"`
	// Existing is skip, replace or copy; empty means skip.
	Existing string `json:"existing"`
	// Dry stores nothing.
	Dry bool `json:"dry"`
}

// ImportActionables imports a file and reads the report into a value that its
// JSON (docs/api.md) fits.
func (c *Client) ImportActionables(ctx context.Context, f ImportForm, report any) error {
	_, err := c.json(ctx, http.MethodPost, "/actionables/import", nil, f, report)
	return err
}

// ExportActionables returns a file of the actionables of some IDs, of all
// without any. The caller closes it.
func (c *Client) ExportActionables(ctx context.Context, format string, ids []string) (io.ReadCloser, error) {
	return c.get(ctx, "/actionables/export", map[string]string{"format": format, "ids": strings.Join(ids, ",")})
}
