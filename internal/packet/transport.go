package packet

// TCP's flags, lowest bit first, as Wireshark names them.
var (
	flagNames  = [9]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"}
	flagFields = [9]string{"tcp.flags.fin", "tcp.flags.syn", "tcp.flags.reset", "tcp.flags.push",
		"tcp.flags.ack", "tcp.flags.urg", "tcp.flags.ece", "tcp.flags.cwr", "tcp.flags.ae"}
)

// ports notes the two ports of a transport header that begins with them.
func (d *decoder) ports(source, destination string, off int) (from, to uint16) {
	from, to = d.u16(off), d.u16(off+2)
	d.uint(source, "Source port", uint64(from), off, 2)
	d.uint(destination, "Destination port", uint64(to), off+2, 2)
	if !d.havePorts && !d.quoted && d.infoAt == 0 {
		d.havePorts = true
		d.out.SourcePort, d.out.DestinationPort = from, to
	}
	d.sayNumber(uint64(from))
	d.say(" → ")
	d.sayNumber(uint64(to))
	d.label(": ")
	d.labelUint(uint64(from))
	d.label(" → ")
	d.labelUint(uint64(to))
	return from, to
}

func (d *decoder) tcp(off int) {
	d.restart("TCP")
	d.layer("tcp", off, 20)
	d.label("TCP")
	if !d.need("tcp", off, 4) {
		return
	}
	from, to := d.ports("tcp.srcport", "tcp.dstport", off)
	if !d.need("tcp", off, 20) {
		return
	}
	header := int(d.data[off+12]>>4) * 4
	payload := max(0, d.end-off-header)
	if cut := d.out.Length - len(d.data); cut > 0 && !d.quoted {
		payload = d.wireLength(off, payload) // what the IP header says it was
	}
	flags := d.u16(off+12) & 0x1ff
	d.tcpFields(off, header, payload, flags)
	d.tcpInfo(off, payload, flags)
	if header < 20 {
		d.fault("tcp: a header of " + string(appendHex(nil, uint64(header), 2)) + " bytes can't be")
		return
	}
	d.resize(header)
	d.tcpOptions(off+20, min(off+header, d.end))
	if !d.need("tcp", off, header) {
		return
	}
	if off+header < d.end {
		d.overTCP(from, to, off+header)
	}
}

// wireLength is the length of the payload before the capture cut it, by the
// IP header two layers up; payload if that can't be told.
func (d *decoder) wireLength(off, payload int) int {
	for i := len(d.layers) - 1; i >= 0; i-- {
		l := d.layers[i]
		header := int(d.data[off+12]>>4) * 4
		switch l.name {
		case "ip":
			if total := int(d.u16(l.offset + 2)); total != 0 {
				return max(payload, l.offset+total-off-header)
			}
			return payload
		case "ipv6":
			if total := int(d.u16(l.offset + 4)); total != 0 {
				return max(payload, l.offset+40+total-off-header)
			}
			return payload
		}
	}
	return payload
}

func (d *decoder) tcpFields(off, header, payload int, flags uint16) {
	d.uint("tcp.len", "Payload length", uint64(payload), off+12, 1)
	d.uint("tcp.seq_raw", "Sequence number (raw)", uint64(d.u32(off+4)), off+4, 4)
	d.uint("tcp.ack_raw", "Acknowledgment number (raw)", uint64(d.u32(off+8)), off+8, 4)
	d.uint("tcp.hdr_len", "Header length", uint64(header), off+12, 1)
	d.hex("tcp.flags", "Flags", uint64(d.u16(off+12)&0xfff), 4, off+12, 2)
	for i, name := range flagFields[:6] {
		d.bit(name, flagNames[i], flags>>i&1 != 0, off+13, 1)
	}
	d.uint("tcp.window_size_value", "Window", uint64(d.u16(off+14)), off+14, 2)
	d.hex("tcp.checksum", "Checksum", uint64(d.u16(off+16)), 4, off+16, 2)
	d.uint("tcp.urgent_pointer", "Urgent pointer", uint64(d.u16(off+18)), off+18, 2)
}

// tcpInfo is Wireshark's line with the numbers on the wire, marked (raw): a
// single packet does not say where its connection began counting.
func (d *decoder) tcpInfo(off, payload int, flags uint16) {
	d.say(" ")
	at := len(d.info)
	d.say("[")
	first := true
	for i, name := range flagNames {
		if flags>>i&1 == 0 {
			continue
		}
		if !first {
			d.say(", ")
		}
		d.say(name)
		first = false
	}
	if first {
		d.say("<None>")
	}
	d.say("]")
	d.label(" ", string(d.info[at:]), ", len ")
	d.labelUint(uint64(payload))
	d.say(" Seq(raw)=")
	d.sayNumber(uint64(d.u32(off + 4)))
	if flags&0x10 != 0 {
		d.say(" Ack(raw)=")
		d.sayNumber(uint64(d.u32(off + 8)))
	}
	d.say(" Win=")
	d.sayNumber(uint64(d.u16(off + 14)))
	if flags&0x20 != 0 {
		d.say(" Urg=")
		d.sayNumber(uint64(d.u16(off + 18)))
	}
	d.say(" Len=")
	d.sayNumber(uint64(payload))
}

func (d *decoder) tcpOptions(off, end int) {
	for off < end {
		kind := d.data[off]
		if kind == 0 {
			return
		}
		if kind == 1 {
			off++
			continue
		}
		if off+1 >= end {
			return
		}
		size := int(d.data[off+1])
		if size < 2 || off+size > end {
			d.fault("tcp: an option of a length that can't be")
			return
		}
		d.tcpOption(kind, off, size)
		off += size
	}
}

func (d *decoder) tcpOption(kind byte, off, size int) {
	switch {
	case kind == 2 && size == 4:
		d.uint("tcp.options.mss_val", "Maximum segment size", uint64(d.u16(off+2)), off+2, 2)
		d.say(" MSS=")
		d.sayNumber(uint64(d.u16(off + 2)))
	case kind == 3 && size == 3:
		d.uint("tcp.options.wscale.shift", "Window scale", uint64(d.data[off+2]), off+2, 1)
		d.say(" WS=")
		d.sayNumber(1 << min(d.data[off+2], 14))
	case kind == 4:
		d.say(" SACK_PERM")
	case kind == 5:
		for at := off + 2; at+8 <= off+size; at += 8 {
			d.uint("tcp.options.sack_le", "SACK left edge", uint64(d.u32(at)), at, 4)
			d.uint("tcp.options.sack_re", "SACK right edge", uint64(d.u32(at+4)), at+4, 4)
		}
	case kind == 8 && size == 10:
		d.uint("tcp.options.timestamp.tsval", "Timestamp", uint64(d.u32(off+2)), off+2, 4)
		d.uint("tcp.options.timestamp.tsecr", "Timestamp echo", uint64(d.u32(off+6)), off+6, 4)
		d.say(" TSval=")
		d.sayNumber(uint64(d.u32(off + 2)))
		d.say(" TSecr=")
		d.sayNumber(uint64(d.u32(off + 6)))
	case kind == 19:
		d.say(" MD5")
	}
}

func (d *decoder) udp(off int) {
	d.restart("UDP")
	d.layer("udp", off, 8)
	d.label("UDP")
	if !d.need("udp", off, 4) {
		return
	}
	from, to := d.ports("udp.srcport", "udp.dstport", off)
	if !d.need("udp", off, 8) {
		return
	}
	length := int(d.u16(off + 4))
	d.uint("udp.length", "Length", uint64(length), off+4, 2)
	d.hex("udp.checksum", "Checksum", uint64(d.u16(off+6)), 4, off+6, 2)
	d.say(" Len=")
	d.sayNumber(uint64(max(0, length-8)))
	d.label(", len ")
	d.labelUint(uint64(max(0, length-8)))
	if length < 8 && length != 0 { // 0: a jumbogram
		d.fault("udp: length is less than the header's")
		return
	}
	if length != 0 {
		d.end = min(d.end, off+length)
	}
	if off+8 < d.end {
		d.overUDP(from, to, off+8)
	}
}

func (d *decoder) sctp(off int) {
	d.restart("SCTP")
	d.layer("sctp", off, 12)
	d.label("SCTP")
	if !d.need("sctp", off, 12) {
		return
	}
	d.ports("sctp.srcport", "sctp.dstport", off)
	d.hex("sctp.verification_tag", "Verification tag", uint64(d.u32(off+4)), 8, off+4, 4)
	d.hex("sctp.checksum", "Checksum", uint64(d.u32(off+8)), 8, off+8, 4)
}

// overTCP looks for a protocol above TCP that can be told from one segment.
// What is unmistakable counts on any port.
func (d *decoder) overTCP(from, to uint16, off int) {
	b := d.data[off:d.end]
	switch {
	case isTLS(b):
		d.tls(off)
	case isHTTP(b, isHTTPPort(to)):
		d.http(off)
	case from == 53 || to == 53:
		d.dnsOverTCP(off)
	case isSSH(b):
		d.ssh(off)
	case isSMB(b):
		d.smb(off)
	case !isMailPort(from) && !isMailPort(to) && isHTTPHead(b): // mail has a Date: too
		d.httpHead(from, to, off)
	default:
		d.lines(from, to, off)
	}
}

func isMailPort(port uint16) bool { return port == 25 || port == 587 }

func (d *decoder) overUDP(from, to uint16, off int) {
	on := func(port uint16) bool { return from == port || to == port }
	switch {
	case on(53):
		d.dns("DNS", "dns", off)
	case on(5353):
		d.dns("MDNS", "mdns", off)
	case on(5355):
		d.dns("LLMNR", "llmnr", off)
	case on(137):
		d.nbns(off)
	case on(67) || on(68):
		d.dhcp(off)
	case on(123):
		d.ntp(off)
	case on(4789):
		d.vxlan(off)
	case on(3544):
		d.teredo(off)
	case on(1900) && isHTTP(d.data[off:d.end], true):
		d.http(off)
		d.out.Protocol = "SSDP"
	}
}
