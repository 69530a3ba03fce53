package ui

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// How long a peer may keep a request waiting without moving a byte. Ingest
// has its own measure for its bodies.
const (
	readPatience  = 30 * time.Second // for all of a request's body
	writePatience = time.Minute      // for each piece of an answer
)

// patience ends requests whose sender stops in the middle of the body, and
// answers that nobody reads. Timeouts of the server as a whole would end long
// searches, exports and event streams too.
func patience(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, w := c.Request(), c.Response()
		control := http.NewResponseController(w.Writer)
		if r.Body != nil && r.Body != http.NoBody {
			// A recorder in a test has no deadlines, and nobody to wait for.
			_ = control.SetReadDeadline(time.Now().Add(readPatience))
		}
		w.Writer = &impatient{ResponseWriter: w.Writer, control: control, lasting: r.ProtoMajor == 1}
		return next(c)
	}
}

// impatient is an answer that must be taken piece by piece in time.
type impatient struct {
	http.ResponseWriter
	control *http.ResponseController
	armed   time.Time
	// lasting says that a deadline that passes between two writes does no
	// harm. HTTP/2 would end the stream then.
	lasting bool
}

// Unwrap lets http.ResponseController flush.
func (w *impatient) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write writes pieces, each of which has a deadline of its own: a slow
// reader of a long answer is no reason to give up.
func (w *impatient) Write(b []byte) (n int, err error) {
	const piece = 256 << 10
	for first := true; first || n < len(b); first = false {
		if now := time.Now(); !w.lasting || now.Sub(w.armed) > writePatience/10 {
			_ = w.control.SetWriteDeadline(now.Add(writePatience))
			w.armed = now
		}
		m, err := w.ResponseWriter.Write(b[n:min(n+piece, len(b))])
		n += m
		if err != nil {
			return n, err
		}
	}
	if !w.lasting {
		_ = w.control.SetWriteDeadline(time.Time{})
	}
	return n, nil
}
