package captures

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxWindow bounds what unpacking one file may keep: enough for all of zstd's
// levels but --ultra -21 and -22, and --long.
const maxWindow = 32 << 20

// capture is an open file, unpacked if it is packed.
type capture struct {
	file *os.File
	size int64 // of the file as it is read
	// count is where in the unpacked bytes the next Read begins, ended that
	// there are no more.
	count int64
	ended bool
	inner io.Reader
	plain *io.SectionReader // inner, if nothing is packed
	stop  func()            // releases the unpacker; may be nil
}

// openCapture opens the first size bytes of a file in the folder: what is
// appended later is left for the next query, so a growing file has an end. It
// follows no link out of the folder and does not wait for a pipe.
func openCapture(root *os.Root, name string, size int64) (*capture, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: no regular file any more", name)
	}
	c := &capture{file: f, size: size}
	if err == nil {
		err = c.unpack()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// unpack tells by the first bytes how the file is packed.
func (c *capture) unpack() error {
	c.plain = io.NewSectionReader(c.file, 0, c.size)
	c.inner = c.plain
	var head [4]byte
	if n, _ := c.plain.ReadAt(head[:], 0); n < len(head) {
		return nil
	}
	packed := bufio.NewReaderSize(c.plain, 256<<10)
	switch magic := binary.LittleEndian.Uint32(head[:]); {
	case magic&0xffffff == 0x088b1f:
		r, err := gzip.NewReader(packed)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		c.inner = r
	case magic == 0xfd2fb528, magic&^0xf == 0x184d2a50: // a frame; one to be skipped
		r, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		c.inner, c.stop = r, r.Close
	case magic == 0x184d2204:
		c.inner = lz4.NewReader(packed)
	default:
		return nil
	}
	c.plain = nil
	return nil
}

// seek goes on at an offset of the unpacked bytes, which may lie behind only
// if the file is not packed.
func (c *capture) seek(offset int64) error {
	if c.plain != nil {
		c.count = offset
		_, err := c.plain.Seek(offset, io.SeekStart)
		return err
	}
	n, err := io.CopyN(io.Discard, c.inner, offset-c.count)
	c.count += n
	if err != nil {
		c.ended = err == io.EOF || err == io.ErrUnexpectedEOF
		return fmt.Errorf("unpack: %w", err)
	}
	return nil
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
func (c *capture) Close() error {
	if c.stop != nil {
		c.stop()
	}
	return c.file.Close()
}
