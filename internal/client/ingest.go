package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Stdin is the name of the standard input among files.
const Stdin = "-"

// Params say what is ingested. What is empty the server finds out.
type Params struct {
	Tag    string
	Source uint32 // 0 means none
	Format string
	Origin string // the host that the lines are from
	Zone   string // of times without one, like Europe/Berlin
	// Stdin is what "-" reads; nil means os.Stdin.
	Stdin io.Reader
}

// Answer is what became of one file.
type Answer struct {
	// File is the name as given.
	File string
	// Accepted and Rejected count entries. Accepted ones are on disk, also
	// when Err is set.
	Accepted int
	Rejected int
	// Errors are the first ones of the rejected.
	Errors []LineError
	// Notes are what else the server has to say.
	Notes []string
	// Err is why the file was not taken, or not to its end.
	Err error
}

// LineError says why a line, or a packet of a capture, was rejected.
type LineError struct {
	Line  int    `json:"line"` // from 1
	Error string `json:"error"`
}

// answer is the JSON of an Answer.
type answer struct {
	Accepted int         `json:"accepted"`
	Rejected int         `json:"rejected"`
	Errors   []LineError `json:"errors"`
	Notes    []string    `json:"notes"`
}

// Progress tells how far a file is. Total is -1 where it is not known.
type Progress struct {
	File        string
	Sent, Total int64 // bytes as stored, compressed or not
}

// Ingest sends files one after another, each as one body, compressed ones as
// they are, and calls progress (which may be nil) as they go. It returns an
// answer for each file that was tried. A file that fails does not stop the
// others, but a server that does not answer and the end of ctx do.
func (c *Client) Ingest(ctx context.Context, files []string, p Params, progress func(Progress)) []Answer {
	if progress == nil {
		progress = func(Progress) {}
	}
	var out []Answer
	for _, name := range files {
		a := c.ingest(ctx, name, p, progress)
		out = append(out, a)
		if ctx.Err() != nil || errors.Is(a.Err, ErrUnreachable) {
			break
		}
	}
	return out
}

func (c *Client) ingest(ctx context.Context, name string, p Params, progress func(Progress)) Answer {
	in, err := open(name, p.Stdin)
	if err != nil {
		return Answer{File: name, Err: err}
	}
	defer in.close()
	in.progress = progress
	// Sent again under its key, a file is stored once however much of it the
	// server has kept already.
	key := rand.Text()
	for {
		a, wait, err := c.post(ctx, in, p, key)
		out := Answer{File: name, Accepted: a.Accepted, Rejected: a.Rejected, Errors: a.Errors, Notes: a.Notes, Err: err}
		if wait <= 0 || !in.again(ctx) || c.sleep(ctx, min(wait, c.maxWait)) != nil {
			return out
		}
	}
}

// post sends a file once. wait is set when the server says to come again.
func (c *Client) post(ctx context.Context, in *input, p Params, key string) (a answer, wait time.Duration, err error) {
	values := map[string]string{"tag": p.Tag, "format": p.Format, "origin": p.Origin, "tz": p.Zone, "file": in.path}
	if p.Source > 0 {
		values["source"] = strconv.FormatUint(uint64(p.Source), 10)
	}
	in.done = make(chan struct{})
	req, err := c.request(ctx, http.MethodPost, "ingest", values, &body{in: in, done: in.done})
	if err != nil {
		return a, 0, err
	}
	req.Header.Set("Expect", "100-continue")
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Content-Type", "application/octet-stream")
	if in.encoding != "" {
		req.Header.Set("Content-Encoding", in.encoding)
	}
	resp, err := c.send(req)
	switch bad := in.failed(); {
	case bad != nil && err != nil:
		return a, 0, bad
	case err != nil:
		return a, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			return a, 0, fmt.Errorf("read the answer: %w", err)
		}
		return a, 0, nil
	}
	f := readFailure(resp)
	if resp.StatusCode == http.StatusTooManyRequests {
		wait = retryAfter(resp.Header.Get("Retry-After"))
	}
	return f.answer, wait, refusal(resp, "", f)
}

// retryAfter reads the header: seconds. What can't be read is a second.
func retryAfter(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		n = 1
	}
	return time.Duration(min(n, 3600)) * time.Second
}

// input is a file on its way.
type input struct {
	name     string
	path     string // what the server is told
	encoding string // Content-Encoding
	file     *os.File
	buf      *bufio.Reader // read by the transport until it closes done
	done     chan struct{}
	total    int64
	progress func(Progress)

	mu   sync.Mutex // guards sent and err
	sent int64
	err  error
}

func open(name string, stdin io.Reader) (*input, error) {
	in := &input{name: name, total: -1}
	if name == Stdin {
		if stdin == nil {
			stdin = os.Stdin
		}
		in.buf = bufio.NewReader(stdin)
		return in, in.recognise()
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, bare(err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = errors.New("a folder, not a file")
	default:
		if info.Mode().IsRegular() {
			in.total = info.Size()
		}
		in.file, in.buf = f, bufio.NewReaderSize(f, 256<<10)
		in.path, err = filepath.Abs(name)
	}
	if err == nil {
		err = in.recognise()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return in, nil
}

// bare is an error without the file's name, which an Answer has.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	return err
}

// recognise tells compressed files by their first bytes, not by their names:
// rotated logs are called anything.
func (in *input) recognise() error {
	head, err := in.buf.Peek(4)
	switch {
	case err != nil && err != io.EOF:
		return bare(err)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		in.encoding = "gzip"
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		in.encoding = "zstd"
	}
	return nil
}

// body is an input as one request sends it.
type body struct {
	in   *input
	once sync.Once
	done chan struct{}
}

func (b *body) Read(p []byte) (int, error) { return b.in.read(p) }

// Close is called when the transport reads no more, which may be after its
// answer is here.
func (b *body) Close() error {
	b.once.Do(func() { close(b.done) })
	return nil
}

func (in *input) read(p []byte) (int, error) {
	n, err := in.buf.Read(p)
	in.mu.Lock()
	in.sent += int64(n)
	sent := in.sent
	if err != nil && err != io.EOF {
		in.err = bare(err)
	}
	in.mu.Unlock()
	if n > 0 {
		in.progress(Progress{in.name, sent, in.total})
	}
	return n, err
}

// failed is what went wrong with reading.
func (in *input) failed() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}

// again makes the input ready to be sent from its start, if it can be.
func (in *input) again(ctx context.Context) bool {
	select {
	case <-in.done:
	case <-ctx.Done():
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.sent == 0 {
		return true
	}
	if in.file == nil || in.err != nil {
		return false
	}
	if _, err := in.file.Seek(0, io.SeekStart); err != nil {
		return false // a pipe with a name
	}
	in.buf.Reset(in.file)
	in.sent = 0
	return true
}

func (in *input) close() {
	if in.file != nil {
		in.file.Close() // it was only read
	}
}
