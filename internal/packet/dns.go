package packet

import (
	"errors"
	"strconv"
)

const (
	// maxRecords bounds how many records of one message are written out.
	maxRecords = 64
	// maxPointers bounds how often a name may point back.
	maxPointers = 32
)

var errName = errors.New("dns: a name that can't be")

// dnsOverTCP reads messages that stand in one segment as a whole.
func (d *decoder) dnsOverTCP(off int) {
	end := d.end
	for n := 0; n < 4 && off+2 <= end; n++ {
		length := int(d.u16(off))
		if length < 12 || off+2+length > end {
			return
		}
		d.end = off + 2 + length
		d.dns("DNS", "dns", off+2)
		off += 2 + length
		d.end = end
	}
}

// dns reads one message, from off to the end of the payload.
func (d *decoder) dns(protocol, layer string, off int) {
	if d.end-off < 12 {
		return
	}
	d.restart(protocol)
	d.layer(layer, off, d.end-off)
	d.label(protocol, ": ")
	id, flags := d.u16(off), d.u16(off+2)
	counts := [4]uint16{d.u16(off + 4), d.u16(off + 6), d.u16(off + 8), d.u16(off + 10)}
	d.dnsHeader(off, id, flags, counts)
	at := len(d.info)
	d.say(dnsOpcode(flags >> 11 & 15))
	if flags&0x8000 != 0 {
		d.say(" response")
	}
	d.say(" ")
	d.sayHex(uint64(id), 4)
	if code := dnsCode(flags & 15); code != "" && flags&0x8000 != 0 {
		d.say(" ", code)
	}
	if err := d.dnsBody(off, counts); err != nil {
		d.fault(err.Error())
	}
	d.label(string(d.info[at:]))
}

func (d *decoder) dnsHeader(off int, id, flags uint16, counts [4]uint16) {
	response := flags&0x8000 != 0
	d.hex("dns.id", "Transaction", uint64(id), 4, off, 2)
	d.hex("dns.flags", "Flags", uint64(flags), 4, off+2, 2)
	d.bit("dns.flags.response", "Response", response, off+2, 2)
	d.uint("dns.flags.opcode", "Operation", uint64(flags>>11&15), off+2, 2)
	if response {
		d.bit("dns.flags.authoritative", "Authoritative", flags&0x0400 != 0, off+2, 2)
	}
	d.bit("dns.flags.truncated", "Truncated", flags&0x0200 != 0, off+2, 2)
	d.bit("dns.flags.recdesired", "Recursion desired", flags&0x0100 != 0, off+2, 2)
	if response {
		d.bit("dns.flags.recavail", "Recursion available", flags&0x0080 != 0, off+2, 2)
		d.uint("dns.flags.rcode", "Reply code", uint64(flags&15), off+2, 2)
	}
	d.uint("dns.count.queries", "Questions", uint64(counts[0]), off+4, 2)
	d.uint("dns.count.answers", "Answers", uint64(counts[1]), off+6, 2)
	d.uint("dns.count.auth_rr", "Authority records", uint64(counts[2]), off+8, 2)
	d.uint("dns.count.add_rr", "Additional records", uint64(counts[3]), off+10, 2)
}

// dnsBody reads the four sections as far as they go.
func (d *decoder) dnsBody(base int, counts [4]uint16) (err error) {
	at, records := base+12, 0
	for range counts[0] {
		if records++; records > maxRecords {
			return errors.New("dns: more records than are shown")
		}
		if at, err = d.dnsQuestion(base, at); err != nil {
			return err
		}
	}
	for section := 1; section < 4; section++ {
		for range counts[section] {
			if records++; records > maxRecords {
				return errors.New("dns: more records than are shown")
			}
			if at, err = d.dnsRecord(base, at, section); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decoder) dnsQuestion(base, at int) (int, error) {
	name, next, err := d.dnsName(base, at)
	if err != nil {
		return 0, err
	}
	if next+4 > d.end {
		return 0, errors.New("dns: a question that is cut")
	}
	kind, class := d.u16(next), d.u16(next+2)
	d.str("dns.qry.name", "Question", name, at, next-at)
	d.uint("dns.qry.type", "Question's type", uint64(kind), next, 2)
	d.hex("dns.qry.class", "Question's class", uint64(class), 4, next+2, 2)
	d.say(" ", dnsType(kind), " ")
	d.sayText(name, 255)
	return next + 4, nil
}

func (d *decoder) dnsRecord(base, at, section int) (int, error) {
	name, next, err := d.dnsName(base, at)
	if err != nil {
		return 0, err
	}
	if next+10 > d.end {
		return 0, errors.New("dns: a record that is cut")
	}
	kind, class, size := d.u16(next), d.u16(next+2), int(d.u16(next+8))
	d.str("dns.resp.name", "Record", name, at, next-at)
	d.uint("dns.resp.type", "Record's type", uint64(kind), next, 2)
	if kind != 41 { // OPT has other things there
		d.hex("dns.resp.class", "Record's class", uint64(class), 4, next+2, 2)
		d.uint("dns.resp.ttl", "TTL", uint64(d.u32(next+4)), next+4, 4)
	}
	d.uint("dns.resp.len", "Length", uint64(size), next+8, 2)
	at = next + 10
	if at+size > d.end {
		return 0, errors.New("dns: a record that is cut")
	}
	if section < 3 || kind != 41 {
		d.say(" ", dnsType(kind))
	}
	return at + size, d.dnsData(base, at, size, kind)
}

// dnsNames are the records that hold a name behind some bytes.
var dnsNames = map[uint16]struct {
	skip  int
	field string
	label string
}{
	2:  {0, "dns.ns", "Name server"},
	5:  {0, "dns.cname", "Canonical name"},
	12: {0, "dns.ptr.domain_name", "Domain name"},
	15: {2, "dns.mx.mail_exchange", "Mail exchange"},
	33: {6, "dns.srv.target", "Target"},
	39: {0, "dns.dname", "Domain name"},
	6:  {0, "dns.soa.mname", "Primary name server"},
}

// dnsData writes what a record says.
func (d *decoder) dnsData(base, at, size int, kind uint16) error {
	switch {
	case kind == 1 && size == 4:
		d.addr4("dns.a", "Address", at)
		d.say(" ")
		d.sayAddr(d.host4(at))
		return nil
	case kind == 28 && size == 16:
		d.addr6("dns.aaaa", "Address", at)
		d.say(" ")
		d.sayAddr(d.host6(at))
		return nil
	case kind == 16 || kind == 99:
		return d.dnsText(at, size)
	}
	n, ok := dnsNames[kind]
	if !ok || size <= n.skip {
		return nil
	}
	if kind == 15 {
		d.uint("dns.mx.preference", "Preference", uint64(d.u16(at)), at, 2)
	}
	if kind == 33 {
		d.uint("dns.srv.port", "Port", uint64(d.u16(at+4)), at+4, 2)
	}
	at += n.skip
	name, next, err := d.dnsName(base, at)
	if err != nil {
		return err
	}
	d.str(n.field, n.label, name, at, next-at)
	d.say(" ")
	d.sayText(name, 255)
	if kind == 6 {
		if name, end, err := d.dnsName(base, next); err == nil {
			d.str("dns.soa.rname", "Responsible mailbox", name, next, end-next)
		}
	}
	return nil
}

// dnsText reads strings with a length before each.
func (d *decoder) dnsText(at, size int) error {
	for end := at + size; at < end; {
		n := int(d.data[at])
		if at+1+n > end {
			return errors.New("dns: a text that is cut")
		}
		d.bytesAt("dns.txt", "Text", at+1, n)
		at += 1 + n
	}
	return nil
}

// dnsName unpacks the name at an offset into room that the next call reuses,
// and returns the offset behind it.
func (d *decoder) dnsName(base, at int) (name []byte, next int, err error) {
	name = d.name[:0]
	for jumps := 0; ; {
		if at >= d.end {
			return nil, 0, errName
		}
		n := int(d.data[at])
		switch {
		case n == 0:
			if jumps == 0 {
				next = at + 1
			}
			if len(name) == 0 {
				name = append(name, "<Root>"...)
			}
			return name, next, nil
		case n >= 0xc0:
			if at+2 > d.end || jumps == maxPointers {
				return nil, 0, errName
			}
			if jumps == 0 {
				next = at + 2
			}
			jumps++
			at = base + int(d.u16(at)&0x3fff)
		case n > 63 || at+1+n > d.end || len(name)+n+1 > 255:
			return nil, 0, errName
		default:
			if len(name) > 0 {
				name = append(name, '.')
			}
			name = append(name, d.data[at+1:at+1+n]...)
			at += 1 + n
		}
	}
}

// nbns reads a NetBIOS name service message, which looks like DNS with names
// in disguise.
func (d *decoder) nbns(off int) {
	if d.end-off < 12 {
		return
	}
	d.restart("NBNS")
	d.layer("nbns", off, d.end-off)
	flags := d.u16(off + 2)
	d.label("NBNS")
	d.hex("nbns.id", "Transaction", uint64(d.u16(off)), 4, off, 2)
	d.hex("nbns.flags", "Flags", uint64(flags), 4, off+2, 2)
	switch flags >> 11 & 15 {
	case 0:
		d.say("Name query")
	case 5:
		d.say("Registration")
	case 6:
		d.say("Release")
	case 7:
		d.say("Wait for acknowledgment")
	case 8, 9:
		d.say("Refresh")
	default:
		d.say("Operation " + strconv.Itoa(int(flags>>11&15)))
	}
	if flags&0x8000 != 0 {
		d.say(" response")
	}
	packed, next, err := d.dnsName(off, off+12)
	if err != nil {
		d.fault("nbns: a name that can't be")
		return
	}
	if name, ok := netbiosName(packed); ok && next+2 <= d.end {
		kind := " NB "
		if d.u16(next) == 33 {
			kind = "STAT "
		}
		d.str("nbns.name", "Name", name, off+12, next-off-12)
		d.say(kind)
		d.sayText(name, 64)
	}
}

// netbiosName turns a name of two letters for each byte into text, with the
// kind of service behind it in hexadecimal: NAME<20>.
func netbiosName(packed []byte) ([]byte, bool) {
	if len(packed) < 32 {
		return nil, false
	}
	name := make([]byte, 0, 24)
	for i := 0; i < 32; i += 2 {
		hi, lo := packed[i]-'A', packed[i+1]-'A'
		if hi > 15 || lo > 15 {
			return nil, false
		}
		name = append(name, hi<<4|lo)
	}
	service := name[15]
	name = name[:15]
	for len(name) > 0 && name[len(name)-1] == ' ' {
		name = name[:len(name)-1]
	}
	return append(name, '<', hexDigits[service>>4], hexDigits[service&15], '>'), true
}
