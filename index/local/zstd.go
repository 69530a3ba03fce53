package local

import (
	"fmt"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// codec compresses and decompresses; it may be used by many goroutines.
type codec struct {
	log, block *zstd.Encoder
	dec        *zstd.Decoder
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
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)),
		zstd.WithDecoderMaxMemory(maxText), zstd.WithDecodeAllCapLimit(true), zstd.IgnoreChecksum(true))
	if err != nil {
		return nil, fmt.Errorf("make decoder: %w", err)
	}
	return &codec{log: log, block: block, dec: dec}, nil
}

func (c *codec) close() {
	c.log.Close()
	c.block.Close()
	c.dec.Close()
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
