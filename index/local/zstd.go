package local

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// codec compresses and decompresses; it may be used by many goroutines.
type codec struct {
	log, block *zstd.Encoder
	// quick is for packets that are sealed while more come in. It leaves 2 %
	// more bytes for two thirds of the time; a merge takes them away.
	quick *zstd.Encoder
	dec   *zstd.Decoder
}

func newCodec() (*codec, error) {
	encoder := func(level zstd.EncoderLevel, window int) (*zstd.Encoder, error) {
		// Our own checksums cover the compressed bytes.
		return zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithWindowSize(window),
			zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)),
			zstd.WithLowerEncoderMem(true))
	}
	log, err := encoder(zstd.SpeedFastest, 512<<10)
	if err != nil {
		return nil, fmt.Errorf("make log encoder: %w", err)
	}
	block, err := encoder(zstd.SpeedDefault, 256<<10)
	if err != nil {
		return nil, fmt.Errorf("make block encoder: %w", err)
	}
	quick, err := encoder(zstd.SpeedFastest, 256<<10)
	if err != nil {
		return nil, fmt.Errorf("make quick encoder: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)),
		zstd.WithDecoderMaxMemory(maxText), zstd.WithDecodeAllCapLimit(true), zstd.IgnoreChecksum(true))
	if err != nil {
		return nil, fmt.Errorf("make decoder: %w", err)
	}
	return &codec{log: log, block: block, quick: quick, dec: dec}, nil
}

func (c *codec) close() {
	c.log.Close()
	c.block.Close()
	c.quick.Close()
	c.dec.Close()
}

// A record of the log is tried on so many bytes in its middle, where it is
// larger by much, before all of it is compressed.
const trialBytes = 16 << 10

// appendLog appends b as the log keeps it: compressed, or stored where it is
// mostly what can't be, as the payload of TLS. It is there for a minute.
func (c *codec) appendLog(to, b []byte) []byte {
	if len(b) >= 8*trialBytes {
		at := len(to)
		to = c.log.EncodeAll(b[len(b)/2:][:trialBytes], to)
		tried := len(to) - at
		to = to[:at]
		if tried > trialBytes*2/3 {
			return appendStored(to, b)
		}
	}
	return c.log.EncodeAll(b, to)
}

// appendStored appends a zstd frame of blocks that are not compressed, see
// https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1. b is shorter than 4 GiB.
func appendStored(to, b []byte) []byte {
	const (
		magic = 0xfd2fb528
		// One segment, whose size takes four bytes; no checksum.
		descriptor = 2<<6 | 1<<5
		maxBlock   = 128 << 10
	)
	to = slices.Grow(to, len(b)+3*(len(b)/maxBlock+1)+9)
	to = binary.LittleEndian.AppendUint32(to, magic)
	to = append(to, descriptor)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(b)))
	for last := false; !last; {
		n := min(len(b), maxBlock)
		last = n == len(b)
		head := uint32(n) << 3 // a raw block
		if last {
			head |= 1
		}
		to = append(to, byte(head), byte(head>>8), byte(head>>16))
		to = append(to, b[:n]...)
		b = b[n:]
	}
	return to
}

// decode decompresses b, which must give exactly size bytes, into buf if that
// is large enough. It grows with what b really holds, never by size alone.
func (c *codec) decode(b []byte, size int, buf []byte) ([]byte, error) {
	// zstd can't compress better than about 1 : 2^15 (a run of one byte
	// takes 3 bytes a block of 128 KiB), so a larger claim is damage.
	if size < 0 || size > maxText || size/(1<<16) > len(b) {
		return nil, fmt.Errorf("%d bytes claim to hold %d", len(b), size)
	}
	if cap(buf) < size {
		buf = make([]byte, 0, size)
	}
	out, err := c.dec.DecodeAll(b, buf[:0:size])
	if err != nil {
		return nil, err
	}
	if len(out) != size {
		return nil, fmt.Errorf("holds %d bytes, want %d", len(out), size)
	}
	return out, nil
}
