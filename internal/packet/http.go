package packet

import (
	"bytes"
	"strings"
)

// maxHeaders bounds how many header lines of one message are written out.
const maxHeaders = 100

// httpMethods are what requests begin with, with the blank behind it.
var httpMethods = [...]string{"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ",
	"TRACE ", "PROPFIND ", "PROPPATCH ", "MKCOL ", "COPY ", "MOVE ", "LOCK ", "UNLOCK ", "REPORT ", "SEARCH ",
	"NOTIFY ", "M-SEARCH ", "SUBSCRIBE ", "UNSUBSCRIBE ", "RPC_IN_DATA ", "RPC_OUT_DATA ", "CCM_POST "}

// httpHeaders are the headers for which Wireshark has a field.
var httpHeaders = map[string][2]string{
	"host":                  {"http.host", "Host"},
	"user-agent":            {"http.user_agent", "User-Agent"},
	"content-type":          {"http.content_type", "Content-Type"},
	"content-length":        {"http.content_length_header", "Content-Length"},
	"content-encoding":      {"http.content_encoding", "Content-Encoding"},
	"transfer-encoding":     {"http.transfer_encoding", "Transfer-Encoding"},
	"server":                {"http.server", "Server"},
	"date":                  {"http.date", "Date"},
	"location":              {"http.location", "Location"},
	"referer":               {"http.referer", "Referer"},
	"cookie":                {"http.cookie", "Cookie"},
	"set-cookie":            {"http.set_cookie", "Set-Cookie"},
	"accept":                {"http.accept", "Accept"},
	"accept-encoding":       {"http.accept_encoding", "Accept-Encoding"},
	"accept-language":       {"http.accept_language", "Accept-Language"},
	"authorization":         {"http.authorization", "Authorization"},
	"proxy-authorization":   {"http.proxy_authorization", "Proxy-Authorization"},
	"www-authenticate":      {"http.www_authenticate", "WWW-Authenticate"},
	"proxy-authenticate":    {"http.proxy_authenticate", "Proxy-Authenticate"},
	"connection":            {"http.connection", "Connection"},
	"cache-control":         {"http.cache_control", "Cache-Control"},
	"last-modified":         {"http.last_modified", "Last-Modified"},
	"x-forwarded-for":       {"http.x_forwarded_for", "X-Forwarded-For"},
	"upgrade":               {"http.upgrade", "Upgrade"},
	"sec-websocket-key":     {"http.sec_websocket_key", "Sec-WebSocket-Key"},
	"sec-websocket-accept":  {"http.sec_websocket_accept", "Sec-WebSocket-Accept"},
	"sec-websocket-version": {"http.sec_websocket_version", "Sec-WebSocket-Version"},
}

// isHTTP says whether b begins like a request or an answer of HTTP/1. On a
// port of HTTP, a method is enough.
func isHTTP(b []byte, onPort bool) bool {
	if len(b) < 8 {
		return false
	}
	if string(b[:7]) == "HTTP/1." {
		return true
	}
	if b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	for _, m := range httpMethods {
		name := len(m) - 1
		if len(b) <= len(m) || string(b[:name]) != m[:name] {
			continue
		}
		if onPort && (b[name] == '\r' || b[name] == '\n') { // a request for nothing
			return true
		}
		if b[name] != ' ' {
			continue
		}
		line, _, whole := bytes.Cut(b[:min(len(b), 8<<10)], []byte("\n"))
		// A line that goes on in the next segment can't be told from another
		// protocol's, except by how it begins.
		return onPort || bytes.Contains(line, []byte(" HTTP/")) ||
			!whole && strings.IndexByte("/*h", b[len(m)]) >= 0
	}
	return false
}

func isHTTPPort(port uint16) bool { return port == 80 || port == 8080 || port == 8000 || port == 3128 }

// http reads the head of a message as far as this segment goes.
func (d *decoder) http(off int) {
	d.restart("HTTP")
	d.layer("http", off, d.end-off)
	d.label("HTTP: ")
	lineEnd, next := d.lineEnd(off)
	at := len(d.info)
	d.sayText(d.data[off:lineEnd], 256)
	d.label(string(d.info[at:]))
	response := d.data[off+4] == '/' && string(d.data[off:off+4]) == "HTTP"
	other := "http.request.line"
	if response {
		other = "http.response.line"
		d.httpStatus(off, lineEnd)
	} else {
		d.httpRequest(off, lineEnd)
	}
	d.httpHeaders(next, other)
}

// httpHeaders reads header lines up to the body, where the layer ends.
func (d *decoder) httpHeaders(next int, other string) {
	for range maxHeaders {
		if next >= d.end {
			break
		}
		off := next
		var lineEnd int
		lineEnd, next = d.lineEnd(off)
		if lineEnd == off {
			break // the body begins
		}
		d.httpHeader(off, lineEnd, other)
	}
	d.resize(next - d.layers[len(d.layers)-1].offset)
}

// isHTTPHead says whether b begins with header lines: some servers send
// their first line in a segment of its own. The first line must be one of the
// well-known headers, and whole.
func isHTTPHead(b []byte) bool {
	b = b[:min(len(b), 256)]
	if len(b) < 6 || b[0]|0x20 < 'a' || b[0]|0x20 > 'z' {
		return false
	}
	colon, end := bytes.IndexByte(b, ':'), bytes.Index(b, []byte("\r\n"))
	if colon < 0 || end < colon || colon+1 >= end || b[colon+1] != ' ' {
		return false
	}
	var room [32]byte
	_, ok := httpHeaders[string(appendLower(room[:0], b[:colon]))]
	return ok
}

// httpHead reads header lines whose message began in an earlier segment. The
// info stays TCP's, because what is asked or answered stands elsewhere.
func (d *decoder) httpHead(from, to uint16, off int) {
	d.out.Protocol = "HTTP"
	d.layer("http", off, d.end-off)
	d.label("HTTP: header lines of a message that began earlier")
	d.say(" (HTTP header lines)")
	other := "http.request.line"
	if from < to {
		other = "http.response.line"
	}
	d.httpHeaders(off, other)
}

// lineEnd returns where the line at off ends, and where the next begins.
func (d *decoder) lineEnd(off int) (end, next int) {
	i := bytes.IndexByte(d.data[off:d.end], '\n')
	if i < 0 {
		return d.end, d.end
	}
	end = off + i
	if end > off && d.data[end-1] == '\r' {
		end--
	}
	return end, off + i + 1
}

// word returns where the word at off ends, by the next blank.
func (d *decoder) word(off, end int) int {
	if i := bytes.IndexByte(d.data[off:end], ' '); i >= 0 {
		return off + i
	}
	return end
}

func (d *decoder) httpRequest(off, end int) {
	stop := d.word(off, end)
	d.bytesAt("http.request.method", "Method", off, stop-off)
	off = min(stop+1, end)
	// The URI may hold blanks, against the rules.
	stop = end
	if i := bytes.LastIndex(d.data[off:end], []byte(" HTTP/")); i >= 0 {
		stop = off + i
	}
	d.bytesAt("http.request.uri", "URI", off, stop-off)
	if stop < end {
		d.bytesAt("http.request.version", "Version", stop+1, end-stop-1)
	}
}

func (d *decoder) httpStatus(off, end int) {
	stop := d.word(off, end)
	d.bytesAt("http.response.version", "Version", off, stop-off)
	off = min(stop+1, end)
	stop = d.word(off, end)
	if stop > off {
		d.bytesAt("http.response.code", "Status", off, stop-off)
	}
	if off = min(stop+1, end); off < end {
		d.bytesAt("http.response.phrase", "Reason", off, end-off)
	}
}

// httpHeader writes one header line. Those that Wireshark has no field for
// stand as a whole in http.request.line or http.response.line; Wireshark puts
// every line there, which would say everything twice.
func (d *decoder) httpHeader(off, end int, other string) {
	colon := bytes.IndexByte(d.data[off:end], ':')
	if colon > 0 {
		var room [32]byte
		key := appendLower(room[:0], d.data[off:off+colon])
		if names, ok := httpHeaders[string(key)]; ok {
			at := off + colon + 1
			for at < end && (d.data[at] == ' ' || d.data[at] == '\t') {
				at++
			}
			d.str(names[0], names[1], d.data[at:end], off, end-off)
			return
		}
	}
	d.bytesAt(other, "Header", off, end-off)
}

// appendLower appends s in lower case, as much as fits: longer names are in
// no table.
func appendLower(b, s []byte) []byte {
	if len(s) > cap(b) {
		return b
	}
	for _, c := range s {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
