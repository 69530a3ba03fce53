package packet

import "encoding/binary"

func (d *decoder) u16(off int) uint16 { return binary.BigEndian.Uint16(d.data[off:]) }
func (d *decoder) u32(off int) uint32 { return binary.BigEndian.Uint32(d.data[off:]) }

// link reads a packet from its first byte on.
func (d *decoder) link(linkType uint16) {
	switch linkType {
	case LinkEthernet:
		d.ethernet(0)
	case LinkLinuxSLL:
		d.sll()
	case LinkLinuxSLL2:
		d.sll2()
	case LinkNull, LinkLoop:
		d.null(linkType)
	case LinkRaw, LinkIPv4, LinkIPv6, 12, 14:
		d.protocol("raw")
		d.ip(0)
	case LinkFDDI:
		d.fddi()
	case LinkPPP:
		d.pppLink()
	default:
		d.foreign(linkType)
	}
}

func (d *decoder) ethernet(off int) {
	d.out.Protocol = "Ethernet"
	d.layer("eth", off, 14)
	d.label("Ethernet")
	if !d.need("eth", off, 14) {
		return
	}
	d.label(": ")
	d.labelMAC(d.data[off+6 : off+12])
	d.label(" → ")
	d.labelMAC(d.data[off : off+6])
	destination := d.mac("eth.dst", "Destination", off)
	source := d.mac("eth.src", "Source", off+6)
	if d.macs[0] < 0 && d.macs[1] < 0 {
		d.macs = [2]int{source, destination}
	}
	kind := d.u16(off + 12)
	if kind > 1500 {
		d.hex("eth.type", "Type", uint64(kind), 4, off+12, 2)
		d.ether(kind, off+14)
		return
	}
	d.uint("eth.len", "Length", uint64(kind), off+12, 2)
	d.end = min(d.end, off+14+int(kind))
	d.llc(off + 14)
}

// ether reads what an Ethernet type says.
func (d *decoder) ether(kind uint16, off int) {
	if !d.deeper() {
		return
	}
	d.protocol("ethertype")
	switch kind {
	case etherIPv4:
		d.ipv4(off)
	case etherIPv6:
		d.ipv6(off)
	case etherARP:
		d.arp(off)
	case etherVLAN:
		d.vlan("vlan", "802.1Q", off)
	case etherQinQ, etherQinQOld:
		d.vlan("ieee8021ad", "802.1ad", off)
	case etherMPLS, etherMPLSMulti:
		d.mpls(off)
	case etherPPPoED, etherPPPoES:
		d.pppoe(kind, off)
	case etherBridge:
		d.ethernet(off)
	default:
		d.named(etherName(kind), off)
	}
}

// named ends with a protocol that only has a name.
func (d *decoder) named(name string, off int) {
	d.restart(name)
	d.say(name)
	if n := d.end - off; n > 0 {
		d.say(", ")
		d.sayUint(uint64(n))
		d.say(" bytes")
	}
}

// vlan reads one tag. Its fields are named as in Wireshark, which gives the
// tags of service providers a protocol of their own: ieee8021ad.id.
func (d *decoder) vlan(name, title string, off int) {
	d.layer(name, off, 4)
	d.label(title)
	if !d.need(name, off, 4) {
		return
	}
	tci := d.u16(off)
	d.label(", VLAN ")
	d.labelUint(uint64(tci & 0xfff))
	if name == "vlan" {
		d.uint("vlan.priority", "Priority", uint64(tci>>13), off, 2)
		d.bit("vlan.dei", "Drop eligible", tci&0x1000 != 0, off, 2)
		d.uint("vlan.id", "VLAN", uint64(tci&0xfff), off, 2)
		d.hex("vlan.etype", "Type", uint64(d.u16(off+2)), 4, off+2, 2)
	} else {
		d.uint("ieee8021ad.priority", "Priority", uint64(tci>>13), off, 2)
		d.bit("ieee8021ad.dei", "Drop eligible", tci&0x1000 != 0, off, 2)
		d.uint("ieee8021ad.id", "VLAN", uint64(tci&0xfff), off, 2)
	}
	kind := d.u16(off + 2)
	if kind <= 1500 {
		d.end = min(d.end, off+4+int(kind))
		d.llc(off + 4)
		return
	}
	d.ether(kind, off+4)
}

func (d *decoder) mpls(off int) {
	for d.deeper() {
		d.layer("mpls", off, 4)
		d.label("MPLS")
		if !d.need("mpls", off, 4) {
			return
		}
		v := d.u32(off)
		d.label(", label ")
		d.labelUint(uint64(v >> 12))
		d.uint("mpls.label", "Label", uint64(v>>12), off, 3)
		d.uint("mpls.exp", "Traffic class", uint64(v>>9&7), off+2, 1)
		d.bit("mpls.bottom", "Bottom of stack", v&0x100 != 0, off+2, 1)
		d.uint("mpls.ttl", "TTL", uint64(v&0xff), off+3, 1)
		off += 4
		if v&0x100 != 0 {
			d.out.Protocol = "MPLS"
			d.mplsPayload(off)
			return
		}
	}
}

// mplsPayload guesses from the first bits, as everybody does: no label says
// what is below.
func (d *decoder) mplsPayload(off int) {
	switch {
	case off < d.end && ipKind(d.data[off:]) != 0:
		d.ip(off)
	case off+4+14 <= d.end && d.data[off]>>4 == 0:
		d.protocol("pwethheuristic")
		d.ethernet(off + 4)
	}
}

// llc reads IEEE 802.2.
func (d *decoder) llc(off int) {
	d.layer("llc", off, 3)
	d.label("Logical link control")
	if !d.need("llc", off, 3) {
		return
	}
	d.restart("LLC")
	d.hex("llc.dsap", "DSAP", uint64(d.data[off]), 2, off, 1)
	d.hex("llc.ssap", "SSAP", uint64(d.data[off+1]), 2, off+1, 1)
	d.hex("llc.control", "Control", uint64(d.data[off+2]), 4, off+2, 1)
	switch {
	case d.data[off] == 0x42:
		d.named("STP", off+3)
	case d.data[off] == 0xe0 || d.data[off] == 0xff:
		d.named("IPX", off+3)
	case d.data[off] == 0xaa && off+8 <= d.end:
		d.resize(8)
		oui := uint64(d.u32(off+2) & 0xffffff)
		d.uint("llc.oui", "Organization", oui, off+3, 3)
		d.hex("llc.type", "Type", uint64(d.u16(off+6)), 4, off+6, 2)
		if oui != 0 {
			d.named("LLC", off+8)
			return
		}
		d.snap(off)
	default:
		d.named("LLC", off+3)
	}
}

// snap goes on with the Ethernet type behind an LLC header. Wireshark does
// not write ethertype into frame.protocols here.
func (d *decoder) snap(off int) {
	n := len(d.protocols)
	d.ether(d.u16(off+6), off+8)
	d.dropEthertype(n)
}

func (d *decoder) fddi() {
	d.out.Protocol = "FDDI"
	d.layer("fddi", 0, 13)
	d.label("FDDI")
	if !d.need("fddi", 0, 13) {
		return
	}
	d.hex("fddi.fc", "Frame control", uint64(d.data[0]), 2, 0, 1)
	destination := d.mac("fddi.dst", "Destination", 1)
	d.macs = [2]int{d.mac("fddi.src", "Source", 7), destination}
	d.llc(13)
}

// sll reads Linux's header of captures on all interfaces.
func (d *decoder) sll() {
	d.out.Protocol = "SLL"
	d.layer("sll", 0, 16)
	d.label("Linux cooked capture")
	if !d.need("sll", 0, 16) {
		return
	}
	d.uint("sll.pkttype", "Packet type", uint64(d.u16(0)), 0, 2)
	d.uint("sll.hatype", "Hardware type", uint64(d.u16(2)), 2, 2)
	d.uint("sll.halen", "Address length", uint64(d.u16(4)), 4, 2)
	if d.u16(4) == 6 {
		d.macs[0] = d.mac("sll.src.eth", "Source", 6)
	}
	d.hex("sll.etype", "Type", uint64(d.u16(14)), 4, 14, 2)
	d.ether(d.u16(14), 16)
}

func (d *decoder) sll2() {
	d.out.Protocol = "SLL"
	d.layer("sll", 0, 20)
	d.label("Linux cooked capture v2")
	if !d.need("sll", 0, 20) {
		return
	}
	d.hex("sll.etype", "Type", uint64(d.u16(0)), 4, 0, 2)
	d.uint("sll.ifindex", "Interface", uint64(d.u32(4)), 4, 4)
	d.uint("sll.hatype", "Hardware type", uint64(d.u16(8)), 8, 2)
	d.uint("sll.pkttype", "Packet type", uint64(d.data[10]), 10, 1)
	d.uint("sll.halen", "Address length", uint64(d.data[11]), 11, 1)
	if d.data[11] == 6 {
		d.macs[0] = d.mac("sll.src.eth", "Source", 12)
	}
	d.ether(d.u16(0), 20)
}

// null reads the header of BSD's loopback interface: an address family in
// the byte order of the machine that captured (NULL) or the network's (LOOP).
func (d *decoder) null(linkType uint16) {
	d.out.Protocol = "Null"
	d.layer("null", 0, 4)
	d.label("Loopback")
	if !d.need("null", 0, 4) {
		return
	}
	family := binary.LittleEndian.Uint32(d.data)
	if linkType == LinkLoop || family > 0xffff {
		family = d.u32(0)
	}
	d.uint("null.family", "Family", uint64(family), 0, 4)
	d.ip(4)
}

func (d *decoder) pppoe(kind uint16, off int) {
	name, title, column := "pppoes", "PPPoE session", "PPPoE"
	if kind == etherPPPoED {
		name, title, column = "pppoed", "PPPoE discovery", "PPPoED"
	}
	d.restart(column)
	d.layer(name, off, 6)
	d.label(title)
	if !d.need(name, off, 6) {
		return
	}
	d.uint("pppoe.version", "Version", uint64(d.data[off]>>4), off, 1)
	d.uint("pppoe.type", "Type", uint64(d.data[off]&15), off, 1)
	d.hex("pppoe.code", "Code", uint64(d.data[off+1]), 2, off+1, 1)
	d.hex("pppoe.session_id", "Session", uint64(d.u16(off+2)), 4, off+2, 2)
	d.uint("pppoe.payload_length", "Payload length", uint64(d.u16(off+4)), off+4, 2)
	d.end = min(d.end, off+6+int(d.u16(off+4)))
	if kind == etherPPPoED {
		d.say(pppoeCode(d.data[off+1]))
		return
	}
	d.ppp(off + 6)
}

func pppoeCode(code byte) string {
	switch code {
	case 0x09:
		return "Active Discovery Initiation (PADI)"
	case 0x07:
		return "Active Discovery Offer (PADO)"
	case 0x19:
		return "Active Discovery Request (PADR)"
	case 0x65:
		return "Active Discovery Session-confirmation (PADS)"
	case 0xa7:
		return "Active Discovery Terminate (PADT)"
	}
	return "Unknown code"
}

// pppLink reads PPP with or without its HDLC address.
func (d *decoder) pppLink() {
	if len(d.data) >= 2 && d.data[0] == 0xff && d.data[1] == 3 {
		d.ppp(2)
		return
	}
	d.ppp(0)
}

func (d *decoder) ppp(off int) {
	d.restart("PPP")
	d.layer("ppp", off, 2)
	d.label("Point-to-point protocol")
	if !d.need("ppp", off, 2) {
		return
	}
	kind, size := d.u16(off), 2
	if d.data[off]&1 != 0 { // compressed to one byte
		kind, size = uint16(d.data[off]), 1
	}
	d.resize(size)
	d.hex("ppp.protocol", "Protocol", uint64(kind), 4, off, size)
	switch kind {
	case 0x0021:
		d.ipv4(off + size)
	case 0x0057:
		d.ipv6(off + size)
	case 0x0281, 0x0283:
		d.mpls(off + size)
	default:
		d.named(pppName(kind), off+size)
	}
}

func pppName(kind uint16) string {
	switch kind {
	case 0xc021:
		return "PPP LCP"
	case 0xc023:
		return "PPP PAP"
	case 0xc223:
		return "PPP CHAP"
	case 0x8021:
		return "PPP IPCP"
	case 0x8057:
		return "PPP IPV6CP"
	case 0x80fd:
		return "PPP CCP"
	}
	return "PPP"
}

// arp names hosts by their hardware addresses, as Wireshark does: the
// protocol addresses are what is asked about, not who talks.
func (d *decoder) arp(off int) {
	d.restart("ARP")
	d.layer("arp", off, 28)
	d.label("ARP")
	if !d.need("arp", off, 8) {
		return
	}
	hardware, size := int(d.data[off+4]), int(d.data[off+5])
	operation := d.u16(off + 6)
	d.uint("arp.hw.type", "Hardware type", uint64(d.u16(off)), off, 2)
	d.hex("arp.proto.type", "Protocol type", uint64(d.u16(off+2)), 4, off+2, 2)
	d.uint("arp.hw.size", "Hardware size", uint64(hardware), off+4, 1)
	d.uint("arp.proto.size", "Protocol size", uint64(size), off+5, 1)
	d.uint("arp.opcode", "Operation", uint64(operation), off+6, 2)
	d.resize(8 + 2*(hardware+size))
	if hardware != 6 || size != 4 || d.u16(off+2) != etherIPv4 || !d.need("arp", off, 28) {
		d.say("Operation ")
		d.sayUint(uint64(operation))
		return
	}
	d.mac("arp.src.hw_mac", "Sender's hardware address", off+8)
	d.addr4("arp.src.proto_ipv4", "Sender's address", off+14)
	d.mac("arp.dst.hw_mac", "Target's hardware address", off+18)
	d.addr4("arp.dst.proto_ipv4", "Target's address", off+24)
	d.arpInfo(operation, off)
}

func (d *decoder) arpInfo(operation uint16, off int) {
	sender, target := d.host4(off+14), d.host4(off+24)
	at := len(d.info)
	switch {
	case operation == 1 && sender == target:
		d.say("ARP Announcement for ")
		d.sayAddr(target)
	case operation == 1 && sender.IsUnspecified():
		d.say("Who has ")
		d.sayAddr(target)
		d.say("? (ARP Probe)")
	case operation == 1:
		d.say("Who has ")
		d.sayAddr(target)
		d.say("? Tell ")
		d.sayAddr(sender)
	case operation == 2:
		if sender == target {
			d.say("Gratuitous ARP for ")
			d.sayAddr(sender)
			d.say(" (Reply)")
			break
		}
		d.sayAddr(sender)
		d.say(" is at ")
		d.sayMAC(d.data[off+8 : off+14])
	default:
		d.say("Operation ")
		d.sayUint(uint64(operation))
	}
	d.label(": ", string(d.info[at:]))
}
