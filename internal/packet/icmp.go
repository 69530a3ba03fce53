package packet

// icmpTypes are Wireshark's names of ICMP's types.
var icmpTypes = map[byte]string{
	0: "Echo (ping) reply", 3: "Destination unreachable", 4: "Source quench (flow control)", 5: "Redirect",
	8: "Echo (ping) request", 9: "Mobile IP Advertisement", 10: "Router solicitation", 11: "Time-to-live exceeded",
	12: "Parameter problem", 13: "Timestamp request", 14: "Timestamp reply", 15: "Information request",
	16: "Information reply", 17: "Address mask request", 18: "Address mask reply",
}

// icmpUnreachable are the codes of type 3.
var icmpUnreachable = [...]string{
	"Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable",
	"Fragmentation needed", "Source route failed", "Destination network unknown", "Destination host unknown",
	"Source host isolated", "Network administratively prohibited", "Host administratively prohibited",
	"Network unreachable for TOS", "Host unreachable for TOS", "Communication administratively filtered",
	"Host precedence violation", "Precedence cutoff in effect",
}

func (d *decoder) icmp(off, header int) {
	d.restart("ICMP")
	d.layer("icmp", off, 8)
	d.label("ICMP")
	if !d.need("icmp", off, 4) {
		return
	}
	kind, code := d.data[off], d.data[off+1]
	d.uint("icmp.type", "Type", uint64(kind), off, 1)
	d.uint("icmp.code", "Code", uint64(code), off+1, 1)
	d.hex("icmp.checksum", "Checksum", uint64(d.u16(off+2)), 4, off+2, 2)
	at := len(d.info)
	if name := icmpTypes[kind]; name != "" {
		d.say(name)
	} else {
		d.say("Type ")
		d.sayUint(uint64(kind))
	}
	switch kind {
	case 0, 8:
		d.echo("icmp.ident", "icmp.seq", off)
		if header+8 < len(d.data) {
			d.say(", ttl=")
			d.sayUint(uint64(d.data[header+8]))
		}
	case 3:
		if int(code) < len(icmpUnreachable) {
			d.say(" (", icmpUnreachable[code], ")")
		}
	case 11:
		d.say([]string{" (Time to live exceeded in transit)", " (Fragment reassembly time exceeded)"}[code&1])
	}
	d.label(": ", string(d.info[at:]))
	switch kind {
	case 3, 4, 5, 11, 12:
		d.quote(off + 8)
	}
}

// echo writes the id and sequence number of a ping.
func (d *decoder) echo(ident, seq string, off int) {
	if !d.need("icmp", off, 8) {
		return
	}
	id, n := d.u16(off+4), d.u16(off+6)
	if ident == "icmp.ident" {
		d.uint(ident, "Identifier", uint64(id), off+4, 2)
	} else {
		d.hex(ident, "Identifier", uint64(id), 4, off+4, 2)
	}
	d.uint(seq, "Sequence number", uint64(n), off+6, 2)
	d.say(" id=")
	d.sayHex(uint64(id), 4)
	d.say(", seq=")
	d.sayUint(uint64(n))
	if ident == "icmp.ident" { // both byte orders are in use
		d.say("/")
		d.sayUint(uint64(n<<8 | n>>8))
	}
}

// quote reads the header that an ICMP error quotes. Its fields are shown, as
// in Wireshark, but the packet's hosts, ports, protocol and info stay those
// of the error itself, and that the quote is cut is no fault.
func (d *decoder) quote(off int) {
	if off >= d.end || d.quoted {
		return
	}
	out, info, end := d.out, len(d.info), d.end
	at := d.infoAt
	d.infoAt, d.quoted = info, true
	d.ip(off)
	d.out, d.info, d.end = out, d.info[:info], end
	d.infoAt, d.quoted = at, false
}

// icmp6Types are Wireshark's names of ICMPv6's types.
var icmp6Types = map[byte]string{
	1: "Destination Unreachable", 2: "Packet Too Big", 3: "Time Exceeded", 4: "Parameter Problem",
	128: "Echo (ping) request", 129: "Echo (ping) reply", 130: "Multicast Listener Query",
	131: "Multicast Listener Report", 132: "Multicast Listener Done", 133: "Router Solicitation",
	134: "Router Advertisement", 135: "Neighbor Solicitation", 136: "Neighbor Advertisement",
	137: "Redirect", 143: "Multicast Listener Report Message v2",
}

var icmp6Unreachable = [...]string{"no route to destination", "Administratively prohibited",
	"Beyond scope of source address", "Address unreachable", "Port unreachable"}

func (d *decoder) icmp6(off, header int) {
	d.restart("ICMPv6")
	d.layer("icmpv6", off, d.end-off)
	d.label("ICMPv6")
	if !d.need("icmpv6", off, 4) {
		return
	}
	kind, code := d.data[off], d.data[off+1]
	d.uint("icmpv6.type", "Type", uint64(kind), off, 1)
	d.uint("icmpv6.code", "Code", uint64(code), off+1, 1)
	d.hex("icmpv6.checksum", "Checksum", uint64(d.u16(off+2)), 4, off+2, 2)
	at := len(d.info)
	if name := icmp6Types[kind]; name != "" {
		d.say(name)
	} else {
		d.say("Type ")
		d.sayUint(uint64(kind))
	}
	switch kind {
	case 1:
		if int(code) < len(icmp6Unreachable) {
			d.say(" (", icmp6Unreachable[code], ")")
		}
	case 128, 129:
		d.echo("icmpv6.echo.identifier", "icmpv6.echo.sequence_number", off)
		d.say(", hop limit=")
		d.sayUint(uint64(d.data[header+7]))
	case 133:
		d.ndOptions(off+8, false)
	case 134:
		d.ndOptions(off+16, false)
	case 135:
		d.neighbor("icmpv6.nd.ns.target_address", off, true)
	case 136:
		d.neighbor("icmpv6.nd.na.target_address", off, false)
	}
	d.label(": ", string(d.info[at:]))
	if kind < 5 {
		d.resize(8)
		d.quote(off + 8)
	}
}

// neighbor reads a neighbour solicitation or advertisement.
func (d *decoder) neighbor(target string, off int, asks bool) {
	if !d.need("icmpv6", off, 24) {
		return
	}
	d.addr6(target, "Target address", off+8)
	if asks {
		d.say(" for ")
	} else {
		d.say(" ")
	}
	d.sayAddr(d.host6(off + 8))
	d.ndOptions(off+24, asks)
}

// ndOptions reads the link addresses of neighbour discovery.
func (d *decoder) ndOptions(off int, asks bool) {
	for off+8 <= d.end {
		kind, size := d.data[off], int(d.data[off+1])*8
		if size == 0 || off+size > d.end {
			d.fault("icmpv6: an option of a length that can't be")
			return
		}
		if kind == 1 || kind == 2 {
			d.mac("icmpv6.opt.linkaddr", "Link-layer address", off+2)
			if asks {
				d.say(" from ")
			} else {
				d.say(" at ")
			}
			d.sayMAC(d.data[off+2 : off+8])
		}
		if kind == 3 && size >= 32 {
			d.addr6("icmpv6.opt.prefix", "Prefix", off+16)
		}
		off += size
	}
}
