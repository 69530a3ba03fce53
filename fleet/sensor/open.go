package sensor

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// capture is an open file, unpacked if it is gzipped.
type capture struct {
	file *os.File
	// count is how many bytes were handed out, ended that there are no more.
	count int64
	ended bool
	inner io.Reader
}

// openCapture opens the first size bytes of a file: what is appended later is
// left for the next query, so a growing file has an end.
func openCapture(path string, size int64) (*capture, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: no regular file any more", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	c := &capture{file: f}
	plain := bufio.NewReaderSize(io.LimitReader(f, size), 64<<10)
	c.inner = plain
	if head, _ := plain.Peek(3); len(head) == 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8 {
		if c.inner, err = gzip.NewReader(plain); err != nil {
			f.Close()
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	return c, nil
}

// Read never returns bytes together with an error, so that ended is set only
// when somebody asked for more than there is.
func (c *capture) Read(b []byte) (int, error) {
	n, err := c.inner.Read(b)
	c.count += int64(n)
	if n > 0 {
		return n, nil
	}
	c.ended = c.ended || err == io.EOF || err == io.ErrUnexpectedEOF
	return n, err
}

// Close releases the file.
func (c *capture) Close() error { return c.file.Close() }
