package ui

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
)

// overPipe serves one connection that, unlike the system's, lives by the
// test's clock.
func overPipe(t *testing.T, h http.Handler) net.Conn {
	here, there := net.Pipe()
	listener := &once{conn: there, closed: make(chan struct{})}
	server := &http.Server{Handler: h}
	go server.Serve(listener)
	t.Cleanup(func() { here.Close(); server.Close() })
	return here
}

type once struct {
	conn   net.Conn
	closed chan struct{}
}

func (o *once) Accept() (net.Conn, error) {
	if c := o.conn; c != nil {
		o.conn = nil
		return c, nil
	}
	<-o.closed
	return nil, net.ErrClosed
}

func (o *once) Close() error   { close(o.closed); return nil }
func (o *once) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (s *Server) bare(handler echo.HandlerFunc) *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Any("/", handler, patience)
	return e
}

// Ensure a request whose body stops in the middle is ended, and one that
// takes long to answer is not.
func TestStalledBodyIsEnded(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want int
		took time.Duration
	}{
		"stalled":      {`{"token":`, 408, readPatience},
		"whole":        {`{"token":"x"}`, 204, time.Hour},
		"never looked": {"", 415, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s Server
				conn := overPipe(t, s.bare(func(c echo.Context) error {
					if name == "never looked" {
						return echo.NewHTTPError(415, "no")
					}
					var v map[string]string
					if err := readJSON(c, &v); err != nil {
						return err
					}
					select {
					case <-time.After(time.Hour):
					case <-c.Request().Context().Done():
						t.Error("ended while it was being answered")
					}
					return c.NoContent(204)
				}))
				go io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n"+c.body)
				begun := time.Now()
				r := bufio.NewReader(conn)
				answer, err := http.ReadResponse(r, nil)
				must(t, err)
				if took := time.Since(begun); answer.StatusCode != c.want || took > c.took+readPatience {
					t.Errorf("got %d after %v, want %d after %v", answer.StatusCode, took, c.want, c.took)
				}
				if c.want == 204 {
					return
				}
				io.Copy(io.Discard, answer.Body)
				if _, err := r.ReadByte(); err != io.EOF || time.Since(begun) > 2*readPatience {
					t.Errorf("got %v after %v, want the connection closed", err, time.Since(begun))
				}
			})
		})
	}
}

// Ensure an answer that nobody reads ends, and one that is read slowly goes
// on.
func TestUnreadAnswerIsEnded(t *testing.T) {
	for name, c := range map[string]struct {
		pause time.Duration
		whole bool
	}{
		"slow":   {writePatience / 4, true},
		"unread": {2 * writePatience, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const size = 2 << 20
				wrote := make(chan error, 1)
				var s Server
				conn := overPipe(t, s.bare(func(c echo.Context) error {
					_, err := io.WriteString(c.Response(), strings.Repeat("x", size))
					wrote <- err
					return nil
				}))
				go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				var got int
				b := make([]byte, 300<<10)
				for got < size {
					n, err := io.ReadAtLeast(conn, b, 1<<10)
					got += n
					if err != nil {
						break
					}
					if got > 100 {
						time.Sleep(c.pause)
					}
				}
				if err := <-wrote; (err == nil) != c.whole {
					t.Errorf("got %v, want the whole answer out: %v", err, c.whole)
				}
			})
		})
	}
}
