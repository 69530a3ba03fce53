package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// corpus is one file a stream, and what is known about them.
type corpus struct {
	name    string
	files   []logFile
	headers []byte // the Zeek header lines of all files
	truth   truth
}

// logFile is a file of the corpus.
type logFile struct {
	path  string
	bytes int64
}

// truth are the answers that whoever made the corpus knows.
type truth struct {
	// Lines are those that become entries, headers not counted.
	Lines       int64  `json:"lines"`
	Needle      string `json:"needle"`
	NeedleLines int64  `json:"needle_lines"`
}

const (
	needle      = "203.0.113.77"
	needleLines = 33
	defaultRows = 3_300_000
	smallRows   = 300_000
)

func (c *corpus) bytes() (n int64) {
	for _, f := range c.files {
		n += f.bytes
	}
	return n
}

func (c *corpus) paths() []string {
	var all []string
	for _, f := range c.files {
		all = append(all, f.path)
	}
	return all
}

func (c *corpus) describe() string {
	return fmt.Sprintf("%s, %s lines, %s bytes, %d files", c.name, count(c.truth.Lines), count(c.bytes()), len(c.files))
}

// openCorpus returns the corpus of that many lines, which it makes unless it
// is there already.
func openCorpus(ctx context.Context, o options, lines int64) (*corpus, error) {
	if found, _ := filepath.Glob(filepath.Join(o.corpus, "*.log")); o.corpus != "" && len(found) > 0 {
		c, err := readCorpus(o.corpus)
		if err == nil && lines > 0 && c.truth.Lines != lines {
			return nil, fmt.Errorf("corpus %s has %d lines, want %d", o.corpus, c.truth.Lines, lines)
		}
		return c, err
	}
	cache := o.corpus
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			user = os.TempDir()
		}
		cache = filepath.Join(user, "spoor-bench")
	}
	source := filepath.Join(o.shared, "loggen")
	_, err := os.Stat(filepath.Join(source, "go.mod"))
	large := err == nil
	switch {
	case lines > 0:
	case large:
		lines = defaultRows
	default:
		lines = smallRows
	}
	kind := "own"
	if large {
		kind = "loggen"
	}
	dir := filepath.Join(cache, fmt.Sprintf("%s-mixed-%d-42", kind, lines))
	if _, err := os.Stat(dir + ".json"); err == nil {
		return readCorpus(dir)
	}
	fmt.Fprintf(os.Stderr, "making the corpus %s\n", dir)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil { // without its truth it is not whole
		return nil, err
	}
	if large {
		err = loggen(ctx, source, filepath.Join(o.shared, "data"), dir, lines)
	} else {
		err = generate(dir, lines)
	}
	if err != nil {
		return nil, fmt.Errorf("make corpus: %w", err)
	}
	return readCorpus(dir)
}

// loggen builds the tool from a copy, so that its folder stays as it is, and
// runs it.
func loggen(ctx context.Context, source, data, dir string, lines int64) error {
	temp, err := os.MkdirTemp("", "loggen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	for _, name := range []string{"go.mod", "main.go"} {
		b, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(temp, name), b, 0o644); err != nil {
			return err
		}
	}
	tool := filepath.Join(temp, "loggen")
	build := exec.CommandContext(ctx, "go", "build", "-o", tool, ".")
	build.Dir = temp
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build loggen: %w\n%s", err, out)
	}
	made := exec.CommandContext(ctx, tool, "-kind", "mixed", "-lines", fmt.Sprint(lines), "-seed", "42", "-span", "720h",
		"-needle", needle, "-needle-lines", fmt.Sprint(needleLines), "-data", data, "-outdir", dir, "-truth", dir+".json.new")
	if out, err := made.CombinedOutput(); err != nil {
		return fmt.Errorf("loggen: %w\n%s", err, out)
	}
	return os.Rename(dir+".json.new", dir+".json")
}

// readCorpus reads what is known of the files of a folder, and reads them all
// once, so that they lie in the page cache.
func readCorpus(dir string) (*corpus, error) {
	c := &corpus{name: filepath.Base(dir)}
	b, err := os.ReadFile(dir + ".json")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("corpus %s: its truth %s.json is not there", dir, dir)
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal(b, &c.truth); err != nil {
		return nil, fmt.Errorf("%s.json: %w", dir, err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		f, head, err := readLog(path)
		if err != nil {
			return nil, err
		}
		c.files = append(c.files, f)
		c.headers = append(c.headers, head...)
	}
	if len(c.files) == 0 {
		return nil, fmt.Errorf("corpus %s: no *.log in it", dir)
	}
	return c, nil
}

func readLog(path string) (l logFile, head []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return l, nil, err
	}
	defer f.Close()
	buf := make([]byte, 64<<10)
	n, err := io.ReadFull(f, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return l, nil, fmt.Errorf("read %s: %w", path, err)
	}
	head = header(buf[:n])
	rest, err := io.Copy(io.Discard, f)
	return logFile{path: path, bytes: int64(n) + rest}, head, err
}

// header returns the lines at the beginning that are a Zeek header.
func header(text []byte) []byte {
	end := 0
	for bytes.HasPrefix(text[end:], []byte("#")) {
		i := bytes.IndexByte(text[end:], '\n')
		if i < 0 {
			return text
		}
		end += i + 1
	}
	return bytes.Clone(text[:end])
}
