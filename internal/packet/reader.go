package packet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// The readers are this package's own, because pcapgo's (gopacket v1.1.19)
// can't be used on files from outside: Reader refuses records longer than the
// snaplen or than their original length, which real recorders write, and
// NgReader keeps one link type for all interfaces, knows no obsolete packet
// blocks and trusts lengths when it allocates; neither says where in the file
// it stopped, and their link type has 8 bits, which SLL2 (276) does not fit.
//
// https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcap
// https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcapng

const (
	// maxRecord is the longest packet, as in Wireshark and tcpdump. A file
	// whose snaplen is higher may have longer ones, up to maxSnaplen.
	maxRecord  = 256 << 10
	maxSnaplen = 16 << 20
	// readStep bounds what is allocated before the bytes are there.
	readStep = 256 << 10
)

// Reader reads the packets of a capture file: pcap in microseconds or
// nanoseconds, or pcapng, in either byte order. It is for one goroutine.
type Reader struct {
	source source
	format interface{ next() (Packet, error) }
	count  int
	err    error
}

// NewReader reads the header of a capture file. The error is a *FileError
// when it is none.
func NewReader(r io.Reader) (*Reader, error) {
	rd := &Reader{source: source{r: bufio.NewReaderSize(r, 64<<10)}}
	head, err := rd.source.r.Peek(4)
	if len(head) < 4 {
		return nil, rd.fail(0, 0, rd.source.short("file header", len(head), 4, err))
	}
	if binary.BigEndian.Uint32(head) == blockSection {
		rd.format = &ngReader{source: &rd.source}
		err = rd.format.(*ngReader).readFirst()
	} else {
		rd.format, err = newClassic(&rd.source)
	}
	if err != nil {
		return nil, rd.fail(0, 0, err)
	}
	return rd, nil
}

// Next returns the next packet. At a clean end the error is io.EOF; at
// damage it is a *FileError, after which the Reader is finished: later calls
// return the same error.
func (r *Reader) Next() (Packet, error) {
	if r.err != nil {
		return Packet{}, r.err
	}
	p, err := r.format.next()
	switch {
	case err == io.EOF:
		r.err = err
		return Packet{}, err
	case err != nil:
		r.err = r.fail(r.count+1, r.source.start, err)
		return Packet{}, r.err
	}
	r.count++
	return p, nil
}

// Count returns how many packets Next has returned.
func (r *Reader) Count() int { return r.count }

func (r *Reader) fail(packet int, offset int64, err error) error {
	e := &FileError{Packet: packet, Offset: offset, Reason: err.Error()}
	var short *shortError
	if errors.As(err, &short) {
		e.Err = short.cause
	}
	return e
}

// IsCapture says whether head, the first bytes of a file (four at least, and
// better twelve), is the beginning of a capture file.
func IsCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	if binary.BigEndian.Uint32(head) == blockSection {
		// Four line ends could begin a text file too.
		return len(head) < 12 || ngOrder(head[8:12]) != nil
	}
	_, _, ok := classicMagic(head)
	return ok
}

// source reads from a file and knows where it is.
type source struct {
	r      *bufio.Reader
	offset int64
	// start is where the record that is being read begins.
	start int64
	buf   []byte
}

// shortError says that the file ends, or can't be read further, amid
// something.
type shortError struct {
	text  string
	cause error // nil at the end of the file
}

func (e *shortError) Error() string { return e.text }

func (s *source) short(what string, got, want int, err error) error {
	if err == nil || err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &shortError{text: fmt.Sprintf("%s cut short: %d of %d bytes", what, got, want)}
	}
	return &shortError{text: fmt.Sprintf("%s: %v", what, err), cause: err}
}

// fixed returns the next n bytes, at most 64 KiB, which stay valid until the
// next read. At the end of the file it returns io.EOF if nothing at all was
// left.
func (s *source) fixed(what string, n int) ([]byte, error) {
	b, err := s.r.Peek(n)
	if len(b) < n {
		s.offset += int64(len(b))
		if len(b) == 0 && err == io.EOF {
			return nil, io.EOF
		}
		return nil, s.short(what, len(b), n, err)
	}
	s.offset += int64(n)
	_, err = s.r.Discard(n)
	return b, err
}

// bytes reads n bytes into a buffer that the next call reuses. The buffer
// grows with what is there, not with what a length field says.
func (s *source) bytes(what string, n int) ([]byte, error) {
	s.buf = s.buf[:0]
	for len(s.buf) < n {
		have, step := len(s.buf), min(n-len(s.buf), readStep)
		if cap(s.buf) < have+step {
			grown := make([]byte, have, max(have+step, min(n, 2*cap(s.buf)), 2048))
			copy(grown, s.buf)
			s.buf = grown
		}
		s.buf = s.buf[:have+step]
		m, err := io.ReadFull(s.r, s.buf[have:])
		s.offset += int64(m)
		if err != nil {
			return nil, s.short(what, have+m, n, err)
		}
	}
	return s.buf, nil
}

func (s *source) skip(what string, n int) error {
	m, err := s.r.Discard(n)
	s.offset += int64(m)
	if err != nil {
		return s.short(what, m, n, err)
	}
	return nil
}

// inRange returns the time, or zero for one that nanoseconds since 1970 in 64
// bits can't hold.
func inRange(sec int64, nsec int64) time.Time {
	const most = math.MaxInt64/int64(time.Second) - 1 // seconds
	if sec > most || sec < -most {
		return time.Time{}
	}
	return time.Unix(sec, nsec).UTC()
}
