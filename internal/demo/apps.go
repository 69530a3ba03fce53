package demo

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Types of DNS records.
const (
	typeA     = 1
	typeCNAME = 5
	typeAAAA  = 28
)

// resolve looks a page's name up, and returns when the answer is there.
func (g *generator) resolve(s site, m machine, p page, at time.Duration) time.Duration {
	l := lookup{query: p.host, kind: typeA, authoritative: strings.HasSuffix(p.host, ".office.test")}
	ttl := uint32(60 * (1 + g.rng.IntN(10)))
	if p.alias != "" {
		l.answers = append(l.answers, answer{typeCNAME, p.alias, ttl})
	}
	l.answers = append(l.answers, answer{typeA, p.addr.String(), ttl})
	end := g.ask(s, m, l, at)
	if g.rng.IntN(3) == 0 {
		g.ask(s, m, lookup{query: p.host, kind: typeAAAA, authoritative: l.authoritative}, at+g.millis(1, 3))
	}
	return end + g.millis(2, 9)
}

// stray looks up what there is not, as every office's machines do.
func (g *generator) stray(s site, m machine, at time.Duration) {
	g.ask(s, m, lookup{query: "wpad.office.test", kind: typeA, rcode: 3, authoritative: true}, at)
}

// ask sends one query to the resolver of the site.
func (g *generator) ask(s site, m machine, l lookup, at time.Duration) time.Duration {
	f := g.add(g.port(m.addr), netip.AddrPortFrom(s.resolver.addr, 53), "dns")
	l.ask, l.answer, l.id = 0, 1, g.id()
	wait := g.millis(1, 30)
	g.datagrams(f, at, wait, l.bytes(false), l.bytes(true))
	f.lookups = append(f.lookups, l)
	return f.steps[1].at
}

// bytes is the message that asks, or the one that answers.
func (l lookup) bytes(reply bool) []byte {
	flags, count := uint16(0x0100), 0
	if reply {
		flags, count = 0x8180|uint16(l.rcode), len(l.answers)
		if l.authoritative {
			flags |= 0x0400
		}
	}
	var b []byte
	for _, v := range []uint16{l.id, flags, 1, uint16(count), 0, 0} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = appendName(b, l.query)
	b = binary.BigEndian.AppendUint16(b, l.kind)
	b = binary.BigEndian.AppendUint16(b, 1)
	owner := l.query
	for _, a := range l.answers[:count] {
		b = appendName(b, owner)
		b = binary.BigEndian.AppendUint16(b, a.kind)
		b = binary.BigEndian.AppendUint16(b, 1)
		b = binary.BigEndian.AppendUint32(b, a.ttl)
		data := a.data()
		b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
		b = append(b, data...)
		if a.kind == typeCNAME {
			owner = a.text
		}
	}
	return b
}

func (a answer) data() []byte {
	if a.kind == typeCNAME {
		return appendName(nil, a.text)
	}
	return netip.MustParseAddr(a.text).AsSlice()
}

func appendName(b []byte, name string) []byte {
	for label := range strings.SplitSeq(name, ".") {
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	return append(b, 0)
}

// browse reads one to three things of a page in one connection.
func (g *generator) browse(m machine, p page, at time.Duration) {
	f := g.add(g.port(m.addr), netip.AddrPortFrom(p.addr, 80), "http")
	c := g.connect(f, at, g.distance(p.addr))
	referrer := ""
	for depth := 1; depth <= 1+g.rng.IntN(3); depth++ {
		r := request{depth: depth, host: p.host, path: p.paths[g.rng.IntN(len(p.paths))], referrer: referrer, agent: m.agent,
			status: 200, reason: "OK", mime: p.mime}
		body := g.text(600 + g.rng.IntN(11000))
		if g.rng.IntN(12) == 0 {
			r.path, r.status, r.reason, r.mime = "/favicon.ico", 404, "Not Found", "text/plain"
			body = []byte("There is nothing here.\n")
		}
		r.bodyLength = len(body)
		r.ask = c.send(0, g.millis(5, 900), r.head())
		c.send(1, g.millis(10, 60), append(r.answer(g.from.Add(c.now)), body...))
		f.requests = append(f.requests, r)
		referrer = "http://" + p.host + r.path
	}
	c.now += g.millis(200, 5000)
	c.finish(g.rng.IntN(2))
}

func (r request) head() []byte {
	b := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\n", r.path, r.host, r.agent)
	if r.referrer != "" {
		b = fmt.Appendf(b, "Referer: %s\r\n", r.referrer)
	}
	return append(b, "Connection: keep-alive\r\n\r\n"...)
}

func (r request) answer(at time.Time) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: quiet/1.4\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		r.status, r.reason, at.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), r.mime, r.bodyLength)
}

// text is so many bytes of nothing much.
func (g *generator) text(n int) []byte {
	words := strings.Fields("the office opens at eight and closes at six please bring the paper for the printer " +
		"lunch is soup bread and apples the meeting about chairs is on tuesday")
	var b []byte
	for len(b) < n {
		b = append(b, words[g.rng.IntN(len(words))]...)
		b = append(b, " \n"[g.rng.IntN(12)/11])
	}
	return b[:n]
}

// distance is how long an answer from a host takes.
func (g *generator) distance(a netip.Addr) time.Duration {
	if a.IsPrivate() {
		return g.millis(2, 3)
	}
	return g.millis(7, 24)
}

// secure reads something over TLS 1.3.
func (g *generator) secure(m machine, p page, at time.Duration) {
	f := g.add(g.port(m.addr), netip.AddrPortFrom(p.addr, 443), "ssl")
	c := g.connect(f, at, g.distance(p.addr))
	session := g.bytes(32)
	c.send(0, g.millis(1, 4), g.clientHello(p.host, session))
	reply := g.serverHello(session)
	reply = append(reply, tlsRecord(20, []byte{1})...)
	reply = append(reply, tlsRecord(23, g.bytes(1800+g.rng.IntN(1500)))...)
	c.send(1, g.millis(3, 20), reply)
	c.send(0, g.millis(2, 6), append(tlsRecord(20, []byte{1}), tlsRecord(23, g.bytes(53))...))
	for range 1 + g.rng.IntN(3) {
		c.send(0, g.millis(20, 1500), tlsRecord(23, g.bytes(220+g.rng.IntN(500))))
		var page []byte
		for range 1 + g.rng.IntN(3) {
			page = append(page, tlsRecord(23, g.bytes(900+g.rng.IntN(5000)))...)
		}
		c.send(1, g.millis(10, 80), page)
	}
	c.now += g.millis(200, 9000)
	c.finish(g.rng.IntN(2))
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.rng.Uint32())
	}
	return b
}

func tlsRecord(kind byte, body []byte) []byte {
	b := []byte{kind, 3, 3}
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return append(b, body...)
}

// prefixed puts a length of so many bytes before b.
func prefixed(size int, b []byte) []byte {
	out := make([]byte, 0, size+len(b))
	for i := size - 1; i >= 0; i-- {
		out = append(out, byte(len(b)>>(8*i)))
	}
	return append(out, b...)
}

func extension(kind uint16, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, kind), prefixed(2, body)...)
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func (g *generator) clientHello(name string, session []byte) []byte {
	body := join([]byte{3, 3}, g.bytes(32), prefixed(1, session),
		prefixed(2, []byte{0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2f, 0xc0, 0x30}), prefixed(1, []byte{0}),
		prefixed(2, join(
			extension(0, prefixed(2, append([]byte{0}, prefixed(2, []byte(name))...))),
			extension(10, prefixed(2, []byte{0, 29})),
			extension(13, prefixed(2, []byte{4, 3, 8, 4})),
			extension(16, prefixed(2, append(prefixed(1, []byte("h2")), prefixed(1, []byte("http/1.1"))...))),
			extension(43, prefixed(1, []byte{3, 4, 3, 3})),
			extension(51, prefixed(2, append([]byte{0, 29}, prefixed(2, g.bytes(32))...))))))
	return tlsRecord(22, append([]byte{1}, prefixed(3, body)...))
}

func (g *generator) serverHello(session []byte) []byte {
	body := join([]byte{3, 3}, g.bytes(32), prefixed(1, session), []byte{0x13, 0x01, 0},
		prefixed(2, join(extension(43, []byte{3, 4}), extension(51, append([]byte{0, 29}, prefixed(2, g.bytes(32))...)))))
	return tlsRecord(22, append([]byte{2}, prefixed(3, body)...))
}

// share opens the file server and reads and writes there; all but the first
// two messages are enciphered.
func (g *generator) share(m machine, at time.Duration) {
	f := g.add(g.port(m.addr), netip.AddrPortFrom(fileServer.addr, 445), "smb")
	c := g.connect(f, at, g.distance(fileServer.addr))
	guid := g.bytes(16)
	c.send(0, g.millis(1, 3), smbNegotiate(guid))
	c.send(1, g.millis(1, 3), smbNegotiated(guid))
	session := g.bytes(8)
	for range 3 + g.rng.IntN(6) {
		c.send(0, g.millis(2, 400), g.smbSealed(session, 90+g.rng.IntN(2600)))
		c.send(1, g.millis(1, 12), g.smbSealed(session, 110+g.rng.IntN(5200)))
	}
	c.now += g.millis(500, 8000)
	c.finish(0)
}

// smbHeader is the header of an SMB2 message that negotiates.
func smbHeader(flags uint32) []byte {
	b := append([]byte{0xfe}, "SMB"...)
	b = binary.LittleEndian.AppendUint16(b, 64)
	b = append(b, make([]byte, 8)...)              // credit charge, status, command
	b = binary.LittleEndian.AppendUint16(b, 1)     // credits
	b = binary.LittleEndian.AppendUint32(b, flags) // answer or not
	return append(b, make([]byte, 44)...)
}

func smbNegotiate(guid []byte) []byte {
	b := smbHeader(0)
	for _, v := range []uint16{36, 2, 1, 0, 0x7f, 0} { // size, dialects, signing, reserved, capabilities
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, guid...)
	b = append(b, make([]byte, 8)...)
	b = append(b, 0x00, 0x03, 0x02, 0x03) // SMB 3.0 and 3.0.2
	return prefixed(4, b)
}

func smbNegotiated(guid []byte) []byte {
	b := smbHeader(1)
	for _, v := range []uint16{65, 1, 0x0302, 0} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, guid...)
	for _, v := range []uint32{0x7f, 8 << 20, 8 << 20, 8 << 20} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(b, make([]byte, 16)...)           // times
	b = binary.LittleEndian.AppendUint16(b, 128) // where a security blob would be
	return prefixed(4, append(b, make([]byte, 6)...))
}

// smbSealed is a message of SMB 3 that is enciphered.
func (g *generator) smbSealed(session []byte, n int) []byte {
	b := append([]byte{0xfd}, "SMB"...)
	b = append(b, g.bytes(32)...) // signature and nonce
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = append(b, 0, 0, 1, 0)
	b = append(b, session...)
	return prefixed(4, append(b, g.bytes(n)...))
}

// time asks the site's clock.
func (g *generator) time(s site, m machine, at time.Duration) {
	f := g.add(g.port(m.addr), netip.AddrPortFrom(s.clock.addr, 123), "ntp")
	sent := ntpTime(g.from.Add(at))
	question := make([]byte, 48)
	question[0] = 4<<3 | 3 // version 4, client
	binary.BigEndian.PutUint64(question[40:], sent)
	reply := make([]byte, 48)
	reply[0], reply[1], reply[2], reply[3] = 4<<3|4, 2, 6, 0xec
	copy(reply[12:], "\xc0\x00\x02\x7b") // its own source
	received := ntpTime(g.from.Add(at + time.Millisecond))
	binary.BigEndian.PutUint64(reply[16:], received-64<<32)
	binary.BigEndian.PutUint64(reply[24:], sent)
	binary.BigEndian.PutUint64(reply[32:], received)
	binary.BigEndian.PutUint64(reply[40:], received+1<<16)
	g.datagrams(f, at, g.millis(1, 4), question, reply)
}

// ntpTime counts from 1900, in seconds and 2^-32 of them.
func ntpTime(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
