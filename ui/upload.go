package ui

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
)

// maxUploads is how many captures are read at once: unpacking one may take
// 32 MiB, and a slow sender holds it as long as he likes.
const maxUploads = 16

// upload takes a capture file as its body and answers with its job when all
// of it is stored.
func (s *Server) upload(c echo.Context) error {
	p := readParams(c, "name", "title", "who", "reason", "tag", "source", "reuse")
	u := fleet.Upload{
		File: p.text("name"), Name: p.text("title"), Who: p.text("who"), Reason: p.text("reason"), Tag: p.text("tag"),
		Source: uint32(p.positive("source", 32)), Reuse: p.oneOf("reuse", "0", "1") == "1",
	}
	if p.err != nil {
		return p.err
	}
	if u.File == "" {
		return bad("parameter name: missing, it is the file's name")
	}
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		return echo.NewHTTPError(http.StatusTooManyRequests, fmt.Sprintf("%d uploads are under way, which is all that there may be: try again later", maxUploads))
	}
	r := c.Request()
	body := &pacedBody{in: r.Body, control: http.NewResponseController(c.Response().Writer)}
	j, err := s.Fleet.Upload(r.Context(), u, body)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, j)
}

// pacedBody is a body of any length whose sender must send something now and
// then: how long all of it takes is up to the sender's line.
type pacedBody struct {
	in      io.Reader
	control *http.ResponseController
	armed   time.Time
}

func (b *pacedBody) Read(to []byte) (int, error) {
	if now := time.Now(); now.Sub(b.armed) > readPatience/10 {
		_ = b.control.SetReadDeadline(now.Add(readPatience)) // a recorder in a test has none
		b.armed = now
	}
	return b.in.Read(to)
}
