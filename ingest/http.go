package ingest

import (
	"time"

	"github.com/labstack/echo/v4"
)

// HTTPOptions of the endpoint. The zero value works.
type HTTPOptions struct {
	// MaxBytes is how long a body may be once decompressed; 0 means 2 GiB.
	MaxBytes int64
	// MaxBodies is how many bodies are read at once; 0 means 16.
	MaxBodies int
	// Wait is how long a further body waits for its turn before it is told
	// to come again; 0 means 5 s.
	Wait time.Duration
}

// Register adds POST /ingest to the group.
func Register(g *echo.Group, p *Pipeline, o HTTPOptions) {}
