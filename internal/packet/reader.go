package packet

import (
	"errors"
	"io"
)

// Reader reads the packets of a capture file.
type Reader struct{}

// NewReader is being written.
func NewReader(r io.Reader) (*Reader, error) { return nil, errors.ErrUnsupported }

// Next is being written.
func (r *Reader) Next() (Packet, error) { return Packet{}, errors.ErrUnsupported }

// Count is being written.
func (r *Reader) Count() int { return 0 }

// IsCapture is being written.
func IsCapture(head []byte) bool { return false }
