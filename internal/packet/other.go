package packet

import (
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// lineProtocol is a protocol of commands and numbered replies in lines,
// told by its port.
type lineProtocol struct {
	name, layer, request, response string
	// fields for the command, its argument, the code of a reply and its text
	command, argument, code, text string
}

var (
	ftpLines = lineProtocol{"FTP", "ftp", "Request: ", "Response: ",
		"ftp.request.command", "ftp.request.arg", "ftp.response.code", "ftp.response.arg"}
	smtpLines = lineProtocol{"SMTP", "smtp", "C: ", "S: ",
		"smtp.req.command", "smtp.req.parameter", "smtp.response.code", "smtp.rsp.parameter"}
)

// lines reads the first line of FTP and SMTP.
func (d *decoder) lines(from, to uint16, off int) {
	p := &smtpLines
	port := uint16(25)
	switch {
	case from == 21 || to == 21:
		p, port = &ftpLines, 21
	case from == 25 || to == 25:
	case from == 587 || to == 587:
		port = 587
	default:
		return
	}
	end, next := d.lineEnd(off)
	stop := d.word(off, end)
	if from == port {
		if end-off >= 4 && d.data[off+3] == '-' { // a reply of several lines
			stop = off + 3
		}
		if stop-off != 3 || !isDigits(d.data[off:stop]) {
			return
		}
		d.line(p, p.response, p.code, p.text, off, stop, end, next)
		return
	}
	if !isLetters(d.data[off:stop]) {
		return // the body of a mail, or a key
	}
	d.line(p, p.request, p.command, p.argument, off, stop, end, next)
}

func (d *decoder) line(p *lineProtocol, title, first, rest string, off, stop, end, next int) {
	d.restart(p.name)
	d.layer(p.layer, off, next-off)
	d.say(title)
	at := len(d.info)
	d.sayText(d.data[off:end], 255)
	d.label(p.name, ": ", string(d.info[at:]))
	d.bytesAt(first, title[:len(title)-2], off, stop-off)
	if stop+1 < end {
		d.bytesAt(rest, "Text", stop+1, end-stop-1)
	}
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func isLetters(b []byte) bool {
	for _, c := range b {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return len(b) >= 3 && len(b) <= 12
}

// smbCommands are the commands of SMB2 by number.
var smbCommands = [...]string{"Negotiate Protocol", "Session Setup", "Session Logoff", "Tree Connect",
	"Tree Disconnect", "Create", "Close", "Flush", "Read", "Write", "Lock", "Ioctl", "Cancel", "KeepAlive",
	"Find", "Notify", "GetInfo", "SetInfo", "Break"}

func isSMB(b []byte) bool {
	return len(b) >= 8 && b[0] == 0 && (b[4] == 0xfe || b[4] == 0xff || b[4] == 0xfd) && string(b[5:8]) == "SMB"
}

// smb reads the header of one SMB message behind its length.
func (d *decoder) smb(off int) {
	off += 4
	switch d.data[off] {
	case 0xff:
		d.restart("SMB")
		d.smb1(off)
	case 0xfd:
		d.restart("SMB2")
		d.say("Encrypted SMB3")
	default:
		d.restart("SMB2")
		if off+64 > d.end {
			return
		}
		d.layer("smb2", off, 64)
		d.label("SMB2")
		// This protocol is little-endian.
		command := uint16(d.data[off+12]) | uint16(d.data[off+13])<<8
		d.uint("smb2.cmd", "Command", uint64(command), off+12, 2)
		if int(command) < len(smbCommands) {
			d.say(smbCommands[command])
		} else {
			d.say("Command ")
			d.sayUint(uint64(command))
		}
		if d.data[off+16]&1 != 0 {
			d.say(" Response")
			return
		}
		d.say(" Request")
	}
}

// smb1Commands are the commands of SMB1 that are still met, by number.
var smb1Commands = map[byte]string{0x04: "Close", 0x25: "Trans", 0x2b: "Echo", 0x2e: "Read AndX", 0x2f: "Write AndX",
	0x32: "Trans2", 0x71: "Tree Disconnect", 0x72: "Negotiate Protocol", 0x73: "Session Setup AndX", 0x74: "Logoff AndX",
	0x75: "Tree Connect AndX", 0xa0: "NT Trans", 0xa2: "NT Create AndX"}

// smb1 says what one message of SMB1 is.
func (d *decoder) smb1(off int) {
	if off+10 > d.end {
		d.say("SMB1")
		return
	}
	command := d.data[off+4]
	if name, ok := smb1Commands[command]; ok {
		d.say(name)
	} else {
		d.say("Command ")
		d.sayUint(uint64(command))
	}
	if d.data[off+9]&0x80 != 0 {
		d.say(" Response")
		return
	}
	d.say(" Request")
}

func (d *decoder) ntp(off int) {
	if d.end-off < 48 {
		return
	}
	modes := [...]string{"reserved", "symmetric active", "symmetric passive", "client", "server", "broadcast",
		"control message", "private use"}
	d.restart("NTP")
	d.layer("ntp", off, 48)
	d.label("NTP")
	first := d.data[off]
	d.hex("ntp.flags", "Flags", uint64(first), 2, off, 1)
	d.uint("ntp.flags.vn", "Version", uint64(first>>3&7), off, 1)
	d.uint("ntp.flags.mode", "Mode", uint64(first&7), off, 1)
	d.uint("ntp.stratum", "Stratum", uint64(d.data[off+1]), off+1, 1)
	d.say("NTP Version ")
	d.sayUint(uint64(first >> 3 & 7))
	d.say(", ", modes[first&7])
}

// dhcpTypes are the message types of option 53.
var dhcpTypes = [...]string{"", "Discover", "Offer", "Request", "Decline", "ACK", "NAK", "Release", "Inform"}

// dhcp reads the fixed part of a message, and lets gopacket, which knows the
// options, read these.
func (d *decoder) dhcp(off int) {
	b := d.data[off:d.end]
	if len(b) < 44 || b[0] != 1 && b[0] != 2 {
		return
	}
	d.restart("DHCP")
	d.layer("dhcp", off, len(b))
	d.label("DHCP")
	d.uint("dhcp.type", "Operation", uint64(b[0]), off, 1)
	d.hex("dhcp.id", "Transaction", uint64(d.u32(off+4)), 8, off+4, 4)
	d.addr4("dhcp.ip.client", "Client address", off+12)
	d.addr4("dhcp.ip.your", "Your address", off+16)
	d.addr4("dhcp.ip.server", "Server address", off+20)
	d.addr4("dhcp.ip.relay", "Relay address", off+24)
	if b[2] == 6 {
		d.mac("dhcp.hw.mac_addr", "Client hardware address", off+28)
	}
	at := len(d.info)
	d.say("DHCP ", d.dhcpOptions(off), " - Transaction ID ")
	d.sayHex(uint64(d.u32(off+4)), 8)
	d.label(": ", string(d.info[at:]))
}

// dhcpOptions writes the options and returns the name of the message's type.
func (d *decoder) dhcpOptions(off int) string {
	b := d.data[off:d.end]
	// gopacket slices by the hardware length (b[2]) without looking at it,
	// and keeps a pad option for each byte up to the end.
	if len(b) < 240 || b[2] > 16 || len(b) > 1500 {
		return "message"
	}
	var m layers.DHCPv4
	if err := m.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		d.fault("dhcp: " + err.Error()) // what was read until then is good
	}
	kind := "message"
	at := off + 240
	for _, o := range m.Options {
		size := 2 + len(o.Data)
		if o.Type == layers.DHCPOptPad {
			size = 1
		}
		if o.Type == layers.DHCPOptMessageType && len(o.Data) == 1 && int(o.Data[0]) < len(dhcpTypes) {
			kind = dhcpTypes[o.Data[0]]
		}
		d.dhcpOption(o, at)
		at += size
	}
	return kind
}

func (d *decoder) dhcpOption(o layers.DHCPOption, at int) {
	length := len(o.Data)
	switch o.Type {
	case layers.DHCPOptMessageType:
		if length == 1 {
			d.uint("dhcp.option.dhcp", "Message type", uint64(o.Data[0]), at+2, 1)
		}
	case layers.DHCPOptClientID:
		if length == 7 && o.Data[0] == 1 { // Ethernet
			d.mac("dhcp.hw.mac_addr", "Client hardware address", at+3)
		}
	case layers.DHCPOptHostname:
		d.str("dhcp.option.hostname", "Host name", o.Data, at+2, length)
	case layers.DHCPOptDomainName:
		d.str("dhcp.option.domain_name", "Domain name", o.Data, at+2, length)
	case layers.DHCPOptClassID:
		d.str("dhcp.option.vendor_class_id", "Vendor class", o.Data, at+2, length)
	case layers.DHCPOptRequestIP:
		d.dhcpAddr("dhcp.option.requested_ip_address", "Requested address", o, at)
	case layers.DHCPOptServerID:
		d.dhcpAddr("dhcp.option.dhcp_server_id", "Server", o, at)
	case layers.DHCPOptRouter:
		d.dhcpAddr("dhcp.option.router", "Router", o, at)
	case layers.DHCPOptDNS:
		d.dhcpAddr("dhcp.option.domain_name_server", "Name server", o, at)
	}
}

// dhcpAddr writes an option that is a list of addresses.
func (d *decoder) dhcpAddr(name, label string, o layers.DHCPOption, at int) {
	for i := 0; i+4 <= len(o.Data); i += 4 {
		d.addr(name, label, netip.AddrFrom4([4]byte(o.Data[i:])), at+2+i, 4)
	}
}

// foreign lets gopacket find the way through a link type that this package
// does not read, down to the IP header.
func (d *decoder) foreign(linkType uint16) {
	if linkType > 255 {
		d.fault("link type is not known")
		return
	}
	first := layers.LinkTypeMetadata[linkType].DecodeWith
	p := gopacket.NewPacket(d.data, first, gopacket.DecodeOptions{NoCopy: true})
	for _, l := range p.Layers() {
		off := d.offsetOf(l.LayerContents())
		switch l.LayerType() {
		case layers.LayerTypeIPv4, layers.LayerTypeIPv6:
			if off >= 0 {
				d.ip(off)
				return
			}
		case gopacket.LayerTypeDecodeFailure:
			d.fault("link type " + layers.LinkType(linkType).String() + " could not be read")
			return
		}
		d.out.Protocol = l.LayerType().String()
	}
}

// offsetOf returns where in the packet b stands, which is a part of it; -1 if
// it is not.
func (d *decoder) offsetOf(b []byte) int {
	if len(b) == 0 {
		return -1
	}
	off := cap(d.data) - cap(b)
	if off < 0 || off >= len(d.data) || &d.data[off] != &b[0] {
		return -1
	}
	return off
}
