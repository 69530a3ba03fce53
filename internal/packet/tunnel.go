package packet

import "net/netip"

// gre reads RFC 2784, 2890 and PPTP's version 1.
func (d *decoder) gre(off int) {
	d.restart("GRE")
	d.layer("gre", off, 4)
	d.label("GRE")
	if !d.deeper() || !d.need("gre", off, 4) {
		return
	}
	flags, kind := d.u16(off), d.u16(off+2)
	d.hex("gre.flags_and_version", "Flags and version", uint64(flags), 4, off, 2)
	d.hex("gre.proto", "Protocol", uint64(kind), 4, off+2, 2)
	size := 4
	if flags&0xc000 != 0 { // checksum or routing
		size += 4
	}
	if flags&0x2000 != 0 {
		if d.need("gre", off, size+4) {
			d.hex("gre.key", "Key", uint64(d.u32(off+size)), 8, off+size, 4)
		}
		size += 4
	}
	if flags&0x1000 != 0 { // sequence number
		size += 4
	}
	if flags&7 == 1 && flags&0x80 != 0 { // acknowledgment number
		size += 4
	}
	d.resize(size)
	if !d.need("gre", off, size) || off+size == d.end {
		d.say("Encapsulated ", etherName(kind))
		return
	}
	switch kind {
	case 0x880b:
		d.ppp(off + size)
	case 0x88be: // ERSPAN I has no header of its own, II has 8 bytes
		if flags&0x1000 != 0 {
			size += 8
		}
		d.inner(off + size)
	default:
		d.say("Encapsulated ", etherName(kind))
		n := len(d.protocols)
		d.ether(kind, off+size)
		d.dropEthertype(n)
	}
}

// dropEthertype takes the "ethertype" behind position n out of
// frame.protocols, where Wireshark has none.
func (d *decoder) dropEthertype(n int) {
	const skip = len(":ethertype")
	if len(d.protocols) >= n+skip {
		d.protocols = append(d.protocols[:n], d.protocols[n+skip:]...)
	}
}

// inner reads the Ethernet frame in a tunnel.
func (d *decoder) inner(off int) {
	if d.deeper() && d.need("eth", off, 14) {
		d.ethernet(off)
	}
}

func (d *decoder) vxlan(off int) {
	// The I flag must be set; anything else on this port is not VXLAN.
	if off+8 > d.end || d.data[off]&0x08 == 0 {
		return
	}
	d.restart("VXLAN")
	d.layer("vxlan", off, 8)
	d.label("VXLAN, network ")
	vni := d.u32(off+4) >> 8
	d.labelUint(uint64(vni))
	d.hex("vxlan.flags", "Flags", uint64(d.u16(off)), 4, off, 2)
	d.uint("vxlan.vni", "Network identifier", uint64(vni), off+4, 3)
	d.inner(off + 8)
}

// teredo reads RFC 4380: optional headers, then IPv6 that fills the rest.
func (d *decoder) teredo(off int) {
	at := off
	if at+13 <= d.end && d.u16(at) == 1 {
		at += 13 + int(d.data[at+2]) + int(d.data[at+3])
	}
	origin := at+8 <= d.end && d.u16(at) == 0
	if origin {
		at += 8
	}
	if at+40 > d.end || d.data[at]>>4 != 6 || at+40+int(d.u16(at+4)) != d.end {
		return
	}
	d.restart("Teredo")
	d.layer("teredo", off, at-off)
	d.label("Teredo")
	if origin {
		// Both are written inverted, so that no address translation on the
		// way changes them.
		d.uint("teredo.orig.port", "Origin port", uint64(^d.u16(at-6)), at-6, 2)
		b := d.data[at-4:]
		origin := netip.AddrFrom4([4]byte{^b[0], ^b[1], ^b[2], ^b[3]})
		d.addr("teredo.orig.addr", "Origin address", origin, at-4, 4)
	}
	d.ipv6(at)
}
