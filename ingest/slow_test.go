package ingest

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
	"spoor/internal/packet"
)

// Ensure what a slow sender has sent is put within MaxDelay, whether it is
// silent or sends a little now and then.
func TestLinesOfASlowBodyAreNotHeld(t *testing.T) {
	for name, c := range map[string]struct {
		every time.Duration
		puts  int
	}{
		"silent for long": {10 * time.Second, 5},
		"never for long":  {300 * time.Millisecond, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := newTest(Options{MaxDelay: time.Second})
				r, w := io.Pipe()
				go func() {
					for range 5 {
						io.WriteString(w, "a line\nhalf")
						time.Sleep(c.every)
						synctest.Wait()
						if s.mu.Lock(); c.every > time.Second && len(s.puts) == 0 {
							t.Error("nothing was put while the sender was silent")
						}
						s.mu.Unlock()
					}
					w.Close()
				}()
				a, err := p.Lines(t.Context(), r, Params{})
				if err != nil || a.Accepted != 6 || len(s.entries) != 6 {
					t.Errorf("got %+v, %v and %d entries, want 6", a, err, len(s.entries))
				}
				if len(s.puts) < c.puts {
					t.Errorf("got batches %v, want %d at least", s.puts, c.puts)
				}
				if got, want := string(s.entries[5].Raw), "half"; got != want {
					t.Errorf("got %q at the end, want %q", got, want)
				}
			})
		})
	}
}

// Ensure packets of a slow capture are put as they come.
func TestPacketsOfASlowCaptureAreNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newTest(Options{})
		r, w := io.Pipe()
		go func() {
			c, err := packet.NewWriter(w, 1)
			for i := range 3 {
				err = errors.Join(err, c.Write(packet.Packet{Time: arrival, Data: []byte{byte(i), 2, 3}, OrigLen: 3, LinkType: 1}))
				time.Sleep(time.Minute)
			}
			w.CloseWithError(err)
		}()
		a, err := p.Lines(t.Context(), r, Params{})
		if err != nil || a.Accepted != 3 || len(s.puts) != 3 {
			t.Errorf("got %+v, %v in batches %v, want 3 batches of one", a, err, s.puts)
		}
		for i, e := range s.entries {
			if e.Raw[0] != byte(i) {
				t.Errorf("packet %d: got %v", i, e.Raw)
			}
		}
	})
}

// Ensure a body of which something is stored waits for a store that is
// behind, within bounds, and one that has not begun is told to come again.
func TestLinesWaitForAStoreThatIsBehind(t *testing.T) {
	const text = "1\n2\n3\n4\n5\n"
	for name, c := range map[string]struct {
		from, to, accepted int // the tries of Put that fail
		err                error
	}{
		"at the start":     {0, 1, 0, index.ErrBehind},
		"for a moment":     {1, 20, 5, nil},
		"for good":         {1, 10_000, 2, index.ErrBehind},
		"at the last line": {2, 5, 5, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := newTest(Options{BatchEntries: 2})
				tries := 0
				s.before = func() error {
					if tries++; tries > c.from && tries <= c.to {
						return index.ErrBehind
					}
					return nil
				}
				begun := time.Now()
				a, err := p.Lines(t.Context(), strings.NewReader(text), Params{})
				if !errors.Is(err, c.err) || a.Accepted != c.accepted || len(s.entries) != c.accepted {
					t.Errorf("got %+v, %v, want %d accepted and %v", a, err, c.accepted, c.err)
				}
				if took := time.Since(begun); took > time.Minute {
					t.Errorf("got an answer after %v", took)
				}
			})
		})
	}
}

// Ensure packets of a job wait from the first on: nobody sends them again.
func TestPacketsWaitForAStoreThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newTest(Options{})
		tries := 0
		s.before = func() error {
			if tries++; tries < 100 {
				return index.ErrBehind
			}
			return nil
		}
		err := p.Packets(t.Context(), []packet.Packet{{Time: arrival, Data: []byte("abc"), LinkType: 1}}, Params{})
		if err != nil || len(s.entries) != 1 {
			t.Errorf("got %v and %d entries", err, len(s.entries))
		}
	})
}

// Ensure a batch that can't be put while the body is waited for ends it.
func TestLinesOfASlowBodyReportTheStoresError(t *testing.T) {
	for _, head := range []string{"one\n", capture(t)} {
		synctest.Test(t, func(t *testing.T) {
			s, p := newTest(Options{})
			s.fail = map[int]error{0: index.ErrNoSpace}
			r, w := io.Pipe()
			defer r.Close()
			go func() {
				io.WriteString(w, head)
				time.Sleep(time.Minute)
				io.WriteString(w, "two\n")
			}()
			a, err := p.Lines(t.Context(), r, Params{})
			if !errors.Is(err, index.ErrNoSpace) || a.Accepted != 0 || len(s.entries) != 0 {
				t.Errorf("got %+v and %v, want ErrNoSpace", a, err)
			}
		})
	}
}

func capture(t *testing.T) string {
	var b strings.Builder
	w, err := packet.NewWriter(&b, 1)
	if err = errors.Join(err, w.Write(packet.Packet{Time: arrival, Data: []byte("abc"), OrigLen: 3, LinkType: 1})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pipes listens on connections that dial makes; unlike the system's, they
// live by the test's clock.
type pipes chan net.Conn

func (p pipes) dial() net.Conn {
	here, there := net.Pipe()
	p <- there
	return here
}

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// Ensure a sender that falls silent is told so, and what it has sent is kept;
// one that is slow is not.
func TestIngestEndsAStalledBody(t *testing.T) {
	for name, c := range map[string]struct {
		every    time.Duration
		status   int
		accepted int
	}{
		"stalled": {time.Hour, http.StatusRequestTimeout, 1},
		"slow":    {50 * time.Second, http.StatusOK, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := newTest(Options{})
				e := echo.New()
				Register(e.Group(""), p, HTTPOptions{})
				server, listener := &http.Server{Handler: e}, make(pipes)
				go server.Serve(listener)
				defer server.Close()
				conn := listener.dial()
				defer conn.Close()
				stop := make(chan struct{})
				defer close(stop)
				go func() {
					io.WriteString(conn, "POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 25\r\n\r\n")
					for range 5 {
						io.WriteString(conn, "line\n")
						select {
						case <-time.After(c.every):
						case <-stop:
							return
						}
					}
				}()
				begun := time.Now()
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				var f failure
				if err := json.NewDecoder(res.Body).Decode(&f); err != nil || res.StatusCode != c.status || f.Accepted != c.accepted || len(s.entries) != c.accepted {
					t.Errorf("got %d %+v, %v, want %d with %d accepted", res.StatusCode, f, err, c.status, c.accepted)
				}
				if want := "read body: line 2: the body has stalled: nothing came for 1m0s"; c.status != http.StatusOK && f.Error != want {
					t.Errorf("got %q, want %q", f.Error, want)
				}
				if took := time.Since(begun); took > 5*time.Minute {
					t.Errorf("got the answer after %v", took)
				}
			})
		})
	}
}
