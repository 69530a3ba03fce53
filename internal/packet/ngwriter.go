package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Options of pcapng blocks that are written:
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
const (
	optionComment     = 1
	optionName        = 2 // of an interface
	optionDescription = 3
	optionApplication = 4 // of a section

	nanoseconds = 9 // the resolution's power of ten

	// maxText is how many bytes an option holds here; the format has 65,535.
	maxText = 32 << 10
)

// Interface says where packets of a pcapng file were captured.
type Interface struct {
	// Name is short and for people: the sensor's, or the file's.
	Name string
	// Description says more; empty writes none.
	Description string
	// LinkType is that of all its packets, as in a capture file.
	LinkType uint16
}

// NgHead is what the head of a pcapng file says. The zero value works.
type NgHead struct {
	// Application is the program that writes the file.
	Application string
	// Comment is about the file as a whole.
	Comment string
}

// NgWriter writes a little-endian pcapng file of one section, with times in
// nanoseconds. An interface is described before its first packet. It is for
// one goroutine, and it writes through at once: give it a bufio.Writer.
//
// pcapgo.NgWriter can't be used: it writes no comments of packets, keeps the
// link type in 8 bits, and refuses packets whose length on the wire is
// smaller than what was captured.
type NgWriter struct {
	w     io.Writer
	known map[Interface]uint32
	buf   []byte
}

// NewNgWriter writes the head of a file.
func NewNgWriter(w io.Writer, head NgHead) (*NgWriter, error) {
	n := &NgWriter{w: w, known: map[Interface]uint32{}}
	b := n.begin(blockSection)
	b = binary.LittleEndian.AppendUint32(b, byteOrderMagic)
	b = binary.LittleEndian.AppendUint16(b, 1)              // major
	b = binary.LittleEndian.AppendUint16(b, 0)              // minor
	b = binary.LittleEndian.AppendUint64(b, math.MaxUint64) // length not known
	b = appendTextOption(b, optionApplication, head.Application)
	b = appendTextOption(b, optionComment, head.Comment)
	return n, n.end(appendEnd(b), "capture header")
}

// Write appends a packet of an interface, with a comment unless it is empty.
// A zero OrigLen means len(p.Data). Times before 1970 or after 2554 become
// the nearest that the format holds, a packet without time gets the first.
// The error wraps ErrLinkType when the packet is not of the interface's link
// type, says that there are too many interfaces or that the packet is longer
// than readers accept, or is the writer's beneath.
func (n *NgWriter) Write(p Packet, from Interface, comment string) error {
	if p.LinkType != from.LinkType {
		return fmt.Errorf("write packet of link type %d to interface %q of %d: %w", p.LinkType, from.Name, from.LinkType, ErrLinkType)
	}
	if len(p.Data) > maxRecord {
		return fmt.Errorf("write packet of %d bytes: a capture file holds %d", len(p.Data), maxRecord)
	}
	id, err := n.number(from)
	if err != nil {
		return err
	}
	length := p.OrigLen
	if length <= 0 {
		length = len(p.Data)
	}
	ticks := nanosOf(p.Time)
	b := n.begin(blockEnhanced)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(ticks>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(ticks))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(min(length, math.MaxInt32)))
	b = appendPadded(b, p.Data)
	if comment != "" {
		b = appendEnd(appendTextOption(b, optionComment, comment))
	}
	return n.end(b, "packet")
}

// number returns the interface's number in the file, describing it when it is
// new.
func (n *NgWriter) number(i Interface) (uint32, error) {
	if id, ok := n.known[i]; ok {
		return id, nil
	}
	if len(n.known) == maxInterfaces {
		return 0, errors.New("too many interfaces in one capture file")
	}
	b := n.begin(blockInterface)
	b = binary.LittleEndian.AppendUint16(b, i.LinkType)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, maxRecord)
	b = appendTextOption(b, optionName, i.Name)
	b = appendTextOption(b, optionDescription, i.Description)
	b = appendOption(b, optionResolution, []byte{nanoseconds})
	id := uint32(len(n.known))
	n.known[i] = id
	return id, n.end(appendEnd(b), "interface")
}

// begin starts a block; its length is filled in by end.
func (n *NgWriter) begin(kind uint32) []byte {
	b := binary.LittleEndian.AppendUint32(n.buf[:0], kind)
	return append(b, 0, 0, 0, 0)
}

func (n *NgWriter) end(b []byte, what string) error {
	length := uint32(len(b) + 4)
	binary.LittleEndian.PutUint32(b[4:], length)
	n.buf = binary.LittleEndian.AppendUint32(b, length)
	if _, err := n.w.Write(n.buf); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}

// appendTextOption appends an option of text, unless the text is empty. What is too long is
// cut between two characters; what is no UTF-8 becomes it.
func appendTextOption(b []byte, code uint16, text string) []byte {
	if text == "" {
		return b
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if cut := maxText; len(text) > cut {
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return appendOption(b, code, []byte(text))
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return appendPadded(b, value)
}

func appendEnd(b []byte) []byte { return append(b, optionEnd, 0, 0, 0) }

func appendPadded(b, data []byte) []byte {
	b = append(b, data...)
	for n := len(data); n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

// nanosOf returns nanoseconds since 1970, clamped to what 64 bits hold.
func nanosOf(t time.Time) uint64 {
	const second = uint64(time.Second)
	switch s := t.Unix(); {
	case s < 0:
		return 0
	case uint64(s) >= math.MaxUint64/second:
		return math.MaxUint64
	default:
		return uint64(s)*second + uint64(t.Nanosecond())
	}
}
