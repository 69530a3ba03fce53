// Package packet reads and writes capture files and decodes single packets:
// who talks to whom, one line of summary, and fields under Wireshark's names
// with the bytes that they stand for.
//
// Everything is decoded from one packet alone: nothing is reassembled and no
// connection is followed. Headers that nearly every packet has are read by
// code of this package, because the page wants each field's place in the
// frame, which gopacket's layers don't keep, and because ingest decodes every
// packet. gopacket reads what is rare (DHCP, link types such as 802.11) and
// names numbers.
package packet

import (
	"fmt"
	"net/netip"
	"time"
)

// Link types that Decode reads by itself, with their numbers in capture
// files: https://www.tcpdump.org/linktypes.html
const (
	LinkNull      uint16 = 0
	LinkEthernet  uint16 = 1
	LinkPPP       uint16 = 9
	LinkFDDI      uint16 = 10
	LinkRaw       uint16 = 101
	LinkLoop      uint16 = 108
	LinkLinuxSLL  uint16 = 113
	LinkIPv4      uint16 = 228
	LinkIPv6      uint16 = 229
	LinkLinuxSLL2 uint16 = 276
)

// Packet is one packet of a capture.
type Packet struct {
	// Time is when it was captured, in UTC. It is zero when the file has no
	// time for it (pcapng's simple packet blocks) or one outside the years
	// 1678 to 2262, which nanoseconds in 64 bits can't hold.
	Time time.Time
	// Data is what was captured. From a Reader it is valid until the next
	// call of Next.
	Data []byte
	// OrigLen is the packet's length on the wire in bytes, as the file says.
	OrigLen int
	// LinkType says what Data begins with.
	LinkType uint16
}

// FileError says where a capture file is damaged.
type FileError struct {
	// Packet is the number of the packet that could not be read, from 1; 0
	// when the file's own header is at fault.
	Packet int
	// Offset is where the damaged record begins, in bytes from the start of
	// the file.
	Offset int64
	// Reason says what is wrong there.
	Reason string
	// Err is the error of the reader beneath, when that is the cause.
	Err error
}

func (e *FileError) Error() string {
	if e.Packet == 0 {
		return fmt.Sprintf("capture file, byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("capture file, packet %d at byte %d: %s", e.Packet, e.Offset, e.Reason)
}

// Unwrap returns Err.
func (e *FileError) Unwrap() error { return e.Err }

// Decoded is what one packet says.
type Decoded struct {
	// Source and Destination are the addresses of the outermost IP header;
	// zero if there is none.
	Source, Destination netip.Addr
	// SourceText and DestinationText are those addresses as text, else the
	// hardware addresses, else "".
	SourceText, DestinationText string
	// SourcePort and DestinationPort are those of the outermost TCP, UDP or
	// SCTP header; 0 if there is none.
	SourcePort, DestinationPort uint16
	// Protocol is the innermost protocol that was recognised, as in
	// Wireshark's column: "TCP", "DNS", "HTTP", "TLS", "ARP" ...
	Protocol string
	// Info is one line about the packet, like Wireshark's column of that
	// name. Control characters in it are escaped. Sequence numbers are the
	// ones on the wire, marked (raw), for there is no connection to count
	// from.
	Info string
	// Length is the packet's length on the wire in bytes.
	Length int
	// Layers are its headers from the outside in; the first is "frame".
	Layers []Layer
	// Error says why decoding stopped early; "" if it did not.
	Error string
}

// Layer is one protocol's header in a packet.
type Layer struct {
	// Name is Wireshark's short name: "eth", "ip", "tcp".
	Name string
	// Label is one line for a person.
	Label string
	// Offset and Length say which bytes of the packet it is, clamped to
	// what was captured.
	Offset, Length int
	// Fields are in the order of the bytes, more or less.
	Fields []Field

	// quoted: a header that an ICMP error quotes, so its addresses are not
	// the packet's own.
	quoted bool
}

// Quoted says that the header is one that an ICMP error quotes, so its
// addresses are not the packet's own.
func (l *Layer) Quoted() bool { return l.quoted }

// Field is one value of a header.
type Field struct {
	// Name is Wireshark's name of the field: "ip.src".
	Name string
	// Label is the name for a person: "Source address".
	Label string
	// Value is what tshark -T fields would print. Control characters and
	// bytes that are not UTF-8 are written \x00, and the value is cut at
	// 2 KiB.
	Value string
	// Offset and Length say which bytes of the packet it stands for.
	Offset, Length int
}

// Meta is what an index over packets knows of one: the outermost IP header,
// the ports of TCP and UDP, and the tags around them. It is the scope of
// Stenographer's index, so inner headers of tunnels, ARP and ICMP quotes are
// left out.
type Meta struct {
	// Time is left zero by ReadMeta; whoever reads the file sets it.
	Time time.Time
	// Source and Destination are zero when there is no IP header.
	Source, Destination netip.Addr
	// Proto is the IP protocol behind all IPv6 extension headers.
	Proto uint8
	// SourcePort and DestinationPort are meant only if HasPorts: TCP or UDP,
	// and not a later fragment.
	SourcePort, DestinationPort uint16
	HasPorts                    bool
	// Flags are the TCP flags as they stand in the header, FIN being 1; meant
	// only if HasFlags.
	Flags    uint8
	HasFlags bool

	// Arrays, so that reading the tags of a packet allocates nothing; nvlans
	// and nlabels say how many of them are meant.
	vlans   [maxTags]uint16
	labels  [maxTags]uint32
	nvlans  uint8
	nlabels uint8
}

// maxTags is how many VLAN tags and how many MPLS labels a Meta holds. More
// of them are read past.
const maxTags = 4

// VLANs returns the VLAN ids from the outside in, 12 bits each. The slice
// is part of m.
func (m *Meta) VLANs() []uint16 { return m.vlans[:m.nvlans] }

// MPLS returns the MPLS labels from the outside in, 20 bits each. The slice
// is part of m.
func (m *Meta) MPLS() []uint32 { return m.labels[:m.nlabels] }

// Tag adds VLAN ids and MPLS labels; those that don't fit are dropped.
func (m *Meta) Tag(vlans []uint16, labels []uint32) {
	m.nvlans += uint8(copy(m.vlans[m.nvlans:], vlans))
	m.nlabels += uint8(copy(m.labels[m.nlabels:], labels))
}
