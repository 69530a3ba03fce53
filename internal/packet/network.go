package packet

import (
	"net/netip"
)

func (d *decoder) host4(off int) netip.Addr { return netip.AddrFrom4([4]byte(d.data[off:])) }
func (d *decoder) host6(off int) netip.Addr { return netip.AddrFrom16([16]byte(d.data[off:])) }

// ip tells IPv4 from IPv6 by the first bits.
func (d *decoder) ip(off int) {
	if off >= d.end {
		d.need("ip", off, 1)
		return
	}
	switch ipKind(d.data[off:]) {
	case etherIPv4:
		d.ipv4(off)
	case etherIPv6:
		d.ipv6(off)
	default:
		d.named("IP", off)
		d.fault("ip: version " + string(hexDigits[d.data[off]>>4]) + " is not known")
	}
}

// between notes the two hosts of an IP header. The outermost ones are the
// packet's; inner ones go before the info of what they say.
func (d *decoder) between(source, destination netip.Addr, sourceField, destinationField int) {
	d.labelAddr(source)
	d.label(" → ")
	d.labelAddr(destination)
	switch {
	case d.quoted:
	case !d.out.Source.IsValid():
		d.out.Source, d.out.Destination = source, destination
		d.hosts = [2]int{sourceField, destinationField}
	default:
		d.info = d.info[:d.infoAt]
		d.sayAddr(source)
		d.say(" → ")
		d.sayAddr(destination)
		d.say(" ")
		d.infoAt = len(d.info)
	}
}

func (d *decoder) ipv4(off int) {
	if !d.deeper() {
		return
	}
	d.restart("IPv4")
	d.layer("ip", off, 20)
	d.label("Internet Protocol 4")
	if !d.need("ip", off, 20) {
		if off+16 <= d.end { // where the source still stands
			d.addr4("ip.src", "Source address", off+12)
		}
		return
	}
	header, length := int(d.data[off]&15)*4, int(d.u16(off+2))
	if v := d.data[off] >> 4; v != 4 || header < 20 {
		d.fault("ip: version and header length can't be " + string(appendHex(nil, uint64(d.data[off]), 2)))
		d.named("IPv4", off)
		return
	}
	d.resize(header)
	if length == 0 { // left to the network card by the sender
		length = d.end - off
	}
	protocol := d.ipv4Fields(off, header, length)
	switch {
	case length < header:
		d.fault("ip: total length is less than the header's")
		return
	case off+length > d.end && len(d.data) >= d.out.Length:
		d.fault("ip: total length is more than the frame's")
	}
	d.end = min(d.end, off+length)
	if !d.need("ip", off, header) {
		return
	}
	fragment := d.u16(off + 6)
	if offset := fragment & 0x1fff; offset != 0 {
		d.fragment(protocol, uint64(offset)*8, uint64(d.u16(off+4)), 4)
		return
	}
	d.transport(protocol, off+header, off)
}

// ipv4Fields writes the fields of an IPv4 header and returns the protocol.
func (d *decoder) ipv4Fields(off, header, length int) uint8 {
	b := d.data[off : off+20]
	fragment := d.u16(off + 6)
	d.uint("ip.version", "Version", 4, off, 1)
	d.uint("ip.hdr_len", "Header length", uint64(header), off, 1)
	d.hex("ip.dsfield", "Differentiated services", uint64(b[1]), 2, off+1, 1)
	d.uint("ip.len", "Total length", uint64(length), off+2, 2)
	d.hex("ip.id", "Identification", uint64(d.u16(off+4)), 4, off+4, 2)
	d.hex("ip.flags", "Flags", uint64(fragment>>13), 2, off+6, 1)
	d.bit("ip.flags.df", "Don't fragment", fragment&0x4000 != 0, off+6, 1)
	d.bit("ip.flags.mf", "More fragments", fragment&0x2000 != 0, off+6, 1)
	d.uint("ip.frag_offset", "Fragment offset", uint64(fragment&0x1fff)*8, off+6, 2)
	d.uint("ip.ttl", "TTL", uint64(b[8]), off+8, 1)
	d.uint("ip.proto", "Protocol", uint64(b[9]), off+9, 1)
	d.hex("ip.checksum", "Header checksum", uint64(d.u16(off+10)), 4, off+10, 2)
	source := d.addr4("ip.src", "Source address", off+12)
	destination := d.addr4("ip.dst", "Destination address", off+16)
	d.label(": ")
	d.between(d.host4(off+12), d.host4(off+16), source, destination)
	d.label(", TTL ")
	d.labelUint(uint64(b[8]))
	return b[9]
}

func (d *decoder) fragment(protocol uint8, offset, id uint64, digits int) {
	d.say("Fragmented IP protocol (proto=", protocolName(protocol), " ")
	d.sayUint(uint64(protocol))
	d.say(", off=")
	d.sayUint(offset)
	d.say(", ID=")
	d.info = appendHex(d.info, id, digits)
	d.say(")")
}

func (d *decoder) ipv6(off int) {
	if !d.deeper() {
		return
	}
	d.restart("IPv6")
	d.layer("ipv6", off, 40)
	d.label("Internet Protocol 6")
	if !d.need("ipv6", off, 40) {
		if off+24 <= d.end { // where the source still stands
			d.addr6("ipv6.src", "Source address", off+8)
		}
		return
	}
	first := d.u32(off)
	if first>>28 != 6 {
		d.fault("ipv6: version is not 6")
		d.named("IPv6", off)
		return
	}
	length, next := int(d.u16(off+4)), d.data[off+6]
	d.uint("ipv6.version", "Version", 6, off, 1)
	d.hex("ipv6.tclass", "Traffic class", uint64(first>>20&0xff), 8, off, 2)
	d.hex("ipv6.flow", "Flow label", uint64(first&0xfffff), 6, off+1, 3)
	d.uint("ipv6.plen", "Payload length", uint64(length), off+4, 2)
	d.uint("ipv6.nxt", "Next header", uint64(next), off+6, 1)
	d.uint("ipv6.hlim", "Hop limit", uint64(d.data[off+7]), off+7, 1)
	source := d.addr6("ipv6.src", "Source address", off+8)
	destination := d.addr6("ipv6.dst", "Destination address", off+24)
	d.label(": ")
	d.between(d.host6(off+8), d.host6(off+24), source, destination)
	d.label(", hop limit ")
	d.labelUint(uint64(d.data[off+7]))
	if length != 0 { // 0: a jumbogram, or left to the network card
		if off+40+length > d.end && len(d.data) >= d.out.Length {
			d.fault("ipv6: payload length is more than the frame's")
		}
		d.end = min(d.end, off+40+length)
	}
	d.extensions(next, off+40, off)
}

// extensions reads the headers between an IPv6 header and its payload.
func (d *decoder) extensions(next uint8, off, header int) {
	for {
		name, title := extensionName(next)
		if name == "" {
			d.transport(next, off, header)
			return
		}
		if !d.deeper() {
			return
		}
		d.layer(name, off, 8)
		d.label(title)
		if !d.need(name, off, 8) {
			return
		}
		if next == protoFragment {
			if later := d.fragmentHeader(off); later {
				return
			}
			next, off = d.data[off], off+8
			continue
		}
		size := 8 + int(d.data[off+1])*8
		d.resize(size)
		d.uint(name+".nxt", "Next header", uint64(d.data[off]), off, 1)
		d.uint(name+".len", "Length", uint64(d.data[off+1]), off+1, 1)
		if !d.need(name, off, size) {
			return
		}
		next, off = d.data[off], off+size
	}
}

func extensionName(next uint8) (name, title string) {
	switch next {
	case protoHopByHop:
		return "ipv6.hopopts", "Hop-by-hop options"
	case protoRouting:
		return "ipv6.routing", "Routing header"
	case protoFragment:
		return "ipv6.fraghdr", "Fragment header"
	case protoDestOptions:
		return "ipv6.dstopts", "Destination options"
	}
	return "", ""
}

// fragmentHeader says whether this is a later fragment, in which no header
// follows.
func (d *decoder) fragmentHeader(off int) (later bool) {
	v, id := d.u16(off+2), d.u32(off+4)
	d.uint("ipv6.fraghdr.nxt", "Next header", uint64(d.data[off]), off, 1)
	d.uint("ipv6.fraghdr.offset", "Offset", uint64(v>>3)*8, off+2, 2)
	d.bit("ipv6.fraghdr.more", "More fragments", v&1 != 0, off+2, 2)
	d.hex("ipv6.fraghdr.ident", "Identification", uint64(id), 8, off+4, 4)
	if v>>3 == 0 {
		return false
	}
	d.say("IPv6 fragment (off=")
	d.sayUint(uint64(v>>3) * 8)
	d.say(" nxt=")
	d.sayUint(uint64(d.data[off]))
	d.say(" ident=")
	d.info = appendHex(d.info, uint64(id), 8)
	d.say(")")
	return true
}

// transport reads what an IP protocol number says. header is where the IP
// header stands.
func (d *decoder) transport(protocol uint8, off, header int) {
	switch protocol {
	case protoTCP:
		d.tcp(off)
	case protoUDP:
		d.udp(off)
	case protoICMP:
		d.icmp(off, header)
	case protoICMPv6:
		d.icmp6(off, header)
	case protoIGMP:
		d.igmp(off)
	case protoIPv4:
		d.ipv4(off)
	case protoIPv6:
		d.ipv6(off)
	case protoGRE:
		d.gre(off)
	case protoSCTP:
		d.sctp(off)
	case protoAH:
		d.ah(off, header)
	case protoESP:
		d.esp(off)
	case protoNone:
		d.say("IPv6 no next header")
	default:
		d.named(protocolName(protocol), off)
	}
}

func (d *decoder) ah(off, header int) {
	d.restart("AH")
	d.layer("ah", off, 12)
	d.label("Authentication header")
	if !d.deeper() || !d.need("ah", off, 12) {
		return
	}
	size := (int(d.data[off+1]) + 2) * 4
	d.resize(size)
	d.hex("ah.spi", "SPI", uint64(d.u32(off+4)), 8, off+4, 4)
	d.uint("ah.sequence", "Sequence", uint64(d.u32(off+8)), off+8, 4)
	if size < 12 || !d.need("ah", off, size) {
		return
	}
	d.extensions(d.data[off], off+size, header)
}

func (d *decoder) esp(off int) {
	d.restart("ESP")
	d.layer("esp", off, d.end-off)
	d.label("Encapsulating security payload")
	if !d.need("esp", off, 8) {
		return
	}
	d.hex("esp.spi", "SPI", uint64(d.u32(off)), 8, off, 4)
	d.uint("esp.sequence", "Sequence", uint64(d.u32(off+4)), off+4, 4)
	d.say("ESP (SPI=")
	d.sayHex(uint64(d.u32(off)), 8)
	d.say(")")
}

func (d *decoder) igmp(off int) {
	d.restart("IGMP")
	d.layer("igmp", off, d.end-off)
	d.label("IGMP")
	if !d.need("igmp", off, 8) {
		return
	}
	d.hex("igmp.type", "Type", uint64(d.data[off]), 2, off, 1)
	d.hex("igmp.checksum", "Checksum", uint64(d.u16(off+2)), 4, off+2, 2)
	switch d.data[off] {
	case 0x11:
		d.say("Membership Query")
	case 0x12:
		d.say("Membership Report v1")
	case 0x16:
		d.say("Membership Report v2")
	case 0x17:
		d.say("Leave Group")
	case 0x22:
		d.say("Membership Report v3")
		d.groups(off)
		return
	}
	d.addr4("igmp.maddr", "Group", off+4)
	d.say(" ")
	d.sayAddr(d.host4(off + 4))
}

// groups reads the group records of an IGMP v3 report.
func (d *decoder) groups(off int) {
	count := int(d.u16(off + 6))
	off += 8
	for n := 0; n < min(count, maxRecords) && off+8 <= d.end; n++ {
		d.addr4("igmp.maddr", "Group", off+4)
		d.say(" ")
		d.sayAddr(d.host4(off + 4))
		// Sources of 4 bytes, and auxiliary data in words.
		off += 8 + 4*int(d.u16(off+2)) + 4*int(d.data[off+1])
	}
}
