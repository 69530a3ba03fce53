package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// bodyBytes is about how long a body is.
const bodyBytes = 4 << 20

// sender posts files, each in order by one connection.
type sender struct {
	base     string
	client   *http.Client
	prefix   string // of the names that the files are sent under
	accepted atomic.Int64
	behind   atomic.Int64 // answers 429
}

func newSender(base string, conns int) *sender {
	return &sender{base: base, client: &http.Client{Transport: &http.Transport{
		MaxConnsPerHost: conns, MaxIdleConnsPerHost: conns, WriteBufferSize: 256 << 10,
	}}}
}

// files posts all files, so many at a time, the largest first.
func (s *sender) files(ctx context.Context, files []logFile, conns int) error {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b logFile) int { return int(b.bytes - a.bytes) })
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(conns)
	for _, f := range files {
		work.Go(func() error {
			if err := s.file(ctx, f.path); err != nil {
				return fmt.Errorf("post %s: %w", f.path, err)
			}
			return nil
		})
	}
	return work.Wait()
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// file posts one file in bodies that end where lines end.
func (s *sender) file(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	buf := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(buf)
	for {
		buf.Reset()
		more, err := nextBody(in, buf, bodyBytes)
		if err != nil {
			return err
		}
		if buf.Len() > 0 {
			if err := s.post(ctx, s.prefix+filepath.Base(path), buf.Bytes()); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
}

// nextBody fills buf with whole lines, about that many bytes of them.
func nextBody(in *bufio.Reader, buf *bytes.Buffer, about int) (more bool, err error) {
	_, err = io.CopyN(buf, in, int64(about))
	for err == nil {
		var part []byte
		part, err = in.ReadSlice('\n')
		buf.Write(part)
		if err == nil {
			return true, nil
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil
		}
	}
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return false, err
}

// post sends one body, and again what the server had no room for.
func (s *sender) post(ctx context.Context, name string, body []byte) error {
	for {
		accepted, wait, err := s.postOnce(ctx, name, body)
		s.accepted.Add(accepted)
		if err != nil || wait == 0 {
			return err
		}
		s.behind.Add(1)
		body = after(body, accepted)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// after returns what stands behind that many lines, header lines not counted.
func after(body []byte, lines int64) []byte {
	if lines == 0 {
		return body
	}
	body = body[len(header(body)):]
	for ; lines > 0; lines-- {
		body = body[bytes.IndexByte(body, '\n')+1:]
	}
	return body
}

// postOnce sends a body. wait is set when the server asks to come again.
func (s *sender) postOnce(ctx context.Context, name string, body []byte) (accepted int64, wait time.Duration, err error) {
	to := s.base + "/api/v1/ingest?" + url.Values{"file": {name}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, 0, err
	}
	var a struct {
		Accepted int64           `json:"accepted"`
		Rejected int64           `json:"rejected"`
		Errors   json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return 0, 0, fmt.Errorf("%s: %s", resp.Status, text)
	}
	switch {
	case a.Rejected > 0:
		return a.Accepted, 0, fmt.Errorf("%d lines rejected: %s", a.Rejected, a.Errors)
	case resp.StatusCode == http.StatusTooManyRequests:
		n, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return a.Accepted, time.Duration(max(n, 1)) * time.Second, nil
	case resp.StatusCode != http.StatusOK:
		return a.Accepted, 0, fmt.Errorf("%s: %s", resp.Status, text)
	}
	return a.Accepted, 0, nil
}

// filled is what filling a store took.
type filled struct {
	sent, took time.Duration // until the last answer; until all was sealed too
	at         time.Time     // when all was sealed
	cpu        time.Duration // of the server
	client     time.Duration // of this process
	peak       int64         // bytes of anonymous memory of the server
	behind     int64         // answers 429
	lines      int64
}

func (f filled) rate() float64 { return float64(f.lines) / f.took.Seconds() }

// fill ingests a corpus into an empty server and waits until all of it is in
// segments.
func fill(ctx context.Context, s *server, c *corpus, conns int) (f filled, err error) {
	before, err := s.proc()
	if err != nil {
		return f, err
	}
	w := watch(s)
	client, began := used(), time.Now()
	send := newSender(s.base, conns)
	if err := send.files(ctx, c.files, conns); err != nil {
		return f, errors.Join(err, w.stop())
	}
	f.sent = time.Since(began)
	for {
		done, err := s.sealed()
		if err != nil || ctx.Err() != nil {
			return f, errors.Join(err, ctx.Err(), w.stop())
		}
		if done {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.at = time.Now()
	f.took = f.at.Sub(began)
	f.client = used() - client
	f.lines, f.behind = send.accepted.Load(), send.behind.Load()
	after, err := s.proc()
	f.cpu = after.cpu - before.cpu
	err = errors.Join(err, w.stop())
	f.peak = max(w.peak, after.anon)
	return f, err
}

// used is the processor time of this process.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watcher looks at the memory of a server every 100 ms.
type watcher struct {
	peak int64
	err  error
	quit chan struct{}
	done chan struct{}
}

func watch(s *server) *watcher {
	w := &watcher{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		every := time.NewTicker(100 * time.Millisecond)
		defer every.Stop()
		for {
			select {
			case <-w.quit:
				return
			case <-every.C:
			}
			p, err := s.proc()
			if err != nil {
				w.err = err
				return
			}
			w.peak = max(w.peak, p.anon)
		}
	}()
	return w
}

func (w *watcher) stop() error {
	close(w.quit)
	<-w.done
	return w.err
}
