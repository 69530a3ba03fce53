package packet

import (
	"errors"
	"io"
)

// ErrLinkType says that a packet's link type is not the file's.
var ErrLinkType = errors.New("link type differs from the file's")

// Writer is being written.
type Writer struct{}

// NewWriter is being written.
func NewWriter(w io.Writer, linkType uint16) (*Writer, error) { return nil, errors.ErrUnsupported }

// NewWriterNano is being written.
func NewWriterNano(w io.Writer, linkType uint16) (*Writer, error) { return nil, errors.ErrUnsupported }

// Write is being written.
func (w *Writer) Write(p Packet) error { return errors.ErrUnsupported }
