package captures

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"spoor/internal/packet"
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
func (c *capture) unpack() (err error) {
	c.plain = io.NewSectionReader(c.file, 0, c.size)
	c.inner = c.plain
	var head [4]byte
	if n, _ := c.plain.ReadAt(head[:], 0); n < len(head) || packing(head[:]) == notPacked {
		return nil
	}
	c.inner, c.stop, err = unpacker(bufio.NewReaderSize(c.plain, 256<<10), packing(head[:]))
	c.plain = nil
	return err
}

// packed is how a capture is packed.
type packed int

const (
	notPacked packed = iota
	byGzip
	byZstd
	byLZ4
)

// packing tells it by the first four bytes.
func packing(head []byte) packed {
	switch magic := binary.LittleEndian.Uint32(head); {
	case magic&0xffffff == 0x088b1f:
		return byGzip
	case magic == 0xfd2fb528, magic&^0xf == 0x184d2a50: // a frame; one to be skipped
		return byZstd
	case magic == 0x184d2204:
		return byLZ4
	}
	return notPacked
}

// unpacker returns what packed holds. stop releases it; it may be nil.
func unpacker(in *bufio.Reader, how packed) (r io.Reader, stop func(), err error) {
	switch how {
	case byGzip:
		r, err = gzip.NewReader(in)
	case byZstd:
		var z *zstd.Decoder
		z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			r, stop = z, z.Close
		}
	case byLZ4:
		r = lz4.NewReader(in)
	default:
		r = in
	}
	if err != nil {
		return nil, nil, fmt.Errorf("unpack: %w", err)
	}
	return r, stop, nil
}

// Unpack returns the capture file that in holds, packed by gzip, zstd or lz4
// or not. Its error says that it holds none. The caller calls stop when it has
// been read.
func Unpack(in io.Reader) (r *bufio.Reader, stop func(), err error) {
	buffered := bufio.NewReaderSize(in, 256<<10)
	stop = func() {}
	how := notPacked
	if head, _ := buffered.Peek(4); len(head) == 4 {
		how = packing(head)
	}
	inner, release, err := unpacker(buffered, how)
	if err != nil {
		return nil, stop, err
	}
	if release != nil {
		stop = release
	}
	r = bufio.NewReaderSize(inner, 64<<10)
	head, err := r.Peek(12)
	switch {
	case packet.IsCapture(head):
		return r, stop, nil
	case len(head) == 0 && err == io.EOF:
		err = errors.New("it is empty")
	case err != nil && err != io.EOF:
		err = fmt.Errorf("it can't be unpacked: %w", err)
	default:
		err = fmt.Errorf("it is no capture file (pcap or pcapng, packed by gzip, zstd or lz4 or not): it begins with % x", head[:min(len(head), 8)])
	}
	stop()
	return nil, func() {}, err
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
