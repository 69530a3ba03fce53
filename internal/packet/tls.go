package packet

import (
	"bytes"
	"crypto/tls"
	"strings"
)

const (
	tlsChangeCipher = 20
	tlsAlert        = 21
	tlsHandshake    = 22
	tlsData         = 23

	tlsClientHello = 1
	tlsServerHello = 2

	maxTLSRecords  = 16
	maxTLSList     = 128
	maxTLSFragment = 1<<14 + 2048
)

// isTLS says whether b begins with a TLS record.
func isTLS(b []byte) bool {
	return len(b) >= 5 && b[0] >= tlsChangeCipher && b[0] <= tlsData && b[1] == 3 && b[2] <= 4 &&
		int(b[3])<<8|int(b[4]) <= maxTLSFragment
}

// tls reads the records that begin in this segment.
func (d *decoder) tls(off int) {
	d.restart("TLS")
	d.layer("tls", off, d.end-off)
	d.label("TLS: ")
	at := len(d.info)
	ciphered := false
	for n := 0; n < maxTLSRecords && off+5 <= d.end && isTLS(d.data[off:d.end]); n++ {
		kind, length := d.data[off], int(d.u16(off+3))
		d.uint("tls.record.content_type", "Content type", uint64(kind), off, 1)
		d.hex("tls.record.version", "Version", uint64(d.u16(off+1)), 4, off+1, 2)
		d.uint("tls.record.length", "Length", uint64(length), off+3, 2)
		if n > 0 {
			d.say(", ")
		}
		body := off + 5
		off = body + length
		switch kind {
		case tlsChangeCipher:
			ciphered = true
			d.say("Change Cipher Spec")
		case tlsAlert:
			d.alert(body, length)
		case tlsData:
			d.say("Application Data")
		case tlsHandshake:
			d.handshakes(body, min(off, d.end), ciphered)
		}
	}
	d.label(string(d.info[at:]))
}

func (d *decoder) alert(off, length int) {
	if length != 2 || off+2 > d.end {
		d.say("Encrypted Alert")
		return
	}
	level, description := d.data[off], d.data[off+1]
	d.uint("tls.alert_message.level", "Alert level", uint64(level), off, 1)
	d.uint("tls.alert_message.desc", "Alert", uint64(description), off+1, 1)
	// "tls: " is how the standard library begins its names.
	d.say("Alert (", strings.TrimPrefix(tls.AlertError(description).Error(), "tls: "), ")")
}

// handshakeName names a message; "" for what there is not, which is how
// enciphered ones are told.
func handshakeName(kind byte) string {
	switch kind {
	case 0:
		return "Hello Request"
	case tlsClientHello:
		return "Client Hello"
	case tlsServerHello:
		return "Server Hello"
	case 4:
		return "New Session Ticket"
	case 8:
		return "Encrypted Extensions"
	case 11:
		return "Certificate"
	case 12:
		return "Server Key Exchange"
	case 13:
		return "Certificate Request"
	case 14:
		return "Server Hello Done"
	case 15:
		return "Certificate Verify"
	case 16:
		return "Client Key Exchange"
	case 20:
		return "Finished"
	case 22:
		return "Certificate Status"
	}
	return ""
}

// handshakes reads the messages of one record.
func (d *decoder) handshakes(off, end int, ciphered bool) {
	for n := 0; n < maxTLSRecords; n++ {
		if off+4 > end {
			if n == 0 {
				d.say("Handshake")
			}
			return
		}
		length := int(d.u32(off) & 0xffffff)
		name := handshakeName(d.data[off])
		if ciphered || name == "" || length > 1<<17 {
			d.sayNext(n)
			d.say("Encrypted Handshake Message")
			return
		}
		d.uint("tls.handshake.type", "Message", uint64(d.data[off]), off, 1)
		d.uint("tls.handshake.length", "Message length", uint64(length), off+1, 3)
		d.sayNext(n)
		d.say(name)
		switch d.data[off] {
		case tlsClientHello, tlsServerHello:
			d.hello(d.data[off], off+4, min(off+4+length, end))
		}
		off += 4 + length
	}
}

func (d *decoder) sayNext(n int) {
	if n > 0 {
		d.say(", ")
	}
}

// hello reads a client's or a server's first message, as far as it is in
// this segment.
func (d *decoder) hello(kind byte, off, end int) {
	if off+35 > end {
		return
	}
	version := d.u16(off)
	d.hex("tls.handshake.version", "Version", uint64(version), 4, off, 2)
	off += 34 // version and 32 random bytes
	// Servers of the drafts of TLS 1.3 up to 21 sent neither a session nor
	// a compression method.
	draft := kind == tlsServerHello && version>>8 == 0x7f
	if !draft {
		off += 1 + int(d.data[off])
	}
	if off+2 > end {
		return
	}
	if kind == tlsServerHello {
		cipher := d.u16(off)
		d.hex("tls.handshake.ciphersuite", "Cipher suite", uint64(cipher), 4, off, 2)
		d.label(tls.CipherSuiteName(cipher), ", ")
		if off += 2; !draft {
			off++
		}
		d.helloExtensions(kind, off, end)
		return
	}
	size := int(d.u16(off))
	off += 2
	for i := 0; i+2 <= size && off+i+2 <= end && i < 2*maxTLSList; i += 2 {
		d.hex("tls.handshake.ciphersuite", "Cipher suite", uint64(d.u16(off+i)), 4, off+i, 2)
	}
	off += size
	if off >= end {
		return
	}
	d.helloExtensions(kind, off+1+int(d.data[off]), end)
}

func (d *decoder) helloExtensions(kind byte, off, end int) {
	if off+2 > end {
		return
	}
	end = min(end, off+2+int(d.u16(off)))
	off += 2
	for n := 0; n < maxTLSList && off+4 <= end; n++ {
		id, size := d.u16(off), int(d.u16(off+2))
		d.uint("tls.handshake.extension.type", "Extension", uint64(id), off, 2)
		off += 4
		stop := min(off+size, end)
		switch id {
		case 0:
			d.serverName(off, stop)
		case 16:
			d.alpn(off, stop)
		case 43:
			d.versions(kind, off, stop)
		}
		off += size
	}
}

func (d *decoder) serverName(off, end int) {
	// A list of names, of which there is one, of the kind "host".
	if off+5 > end || d.data[off+2] != 0 {
		return
	}
	stop := min(off+5+int(d.u16(off+3)), end)
	d.bytesAt("tls.handshake.extensions_server_name", "Server name", off+5, stop-off-5)
	d.say(" (SNI=")
	d.sayText(d.data[off+5:stop], 255)
	d.say(")")
}

func (d *decoder) alpn(off, end int) {
	for off += 2; off < end; {
		n := int(d.data[off])
		if n == 0 || off+1+n > end {
			return
		}
		d.bytesAt("tls.handshake.extensions_alpn_str", "Next protocol", off+1, n)
		off += 1 + n
	}
}

func (d *decoder) versions(kind byte, off, end int) {
	if kind == tlsClientHello {
		off++ // the length of the list
	}
	for n := 0; n < maxTLSList && off+2 <= end; n++ {
		d.hex("tls.handshake.extensions.supported_version", "Supported version", uint64(d.u16(off)), 4, off, 2)
		off += 2
	}
}

func isSSH(b []byte) bool { return bytes.HasPrefix(b, []byte("SSH-")) }

func (d *decoder) ssh(off int) {
	d.restart("SSH")
	d.layer("ssh", off, d.end-off)
	end, next := d.lineEnd(off)
	d.resize(next - off)
	d.bytesAt("ssh.protocol", "Protocol", off, end-off)
	d.say("Protocol (")
	d.sayText(d.data[off:end], 255)
	d.say(")")
	d.label("SSH")
}
