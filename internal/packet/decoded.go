package packet

import (
	"slices"
	"strconv"
)

// finish turns what was gathered into a Decoded that shares nothing with d.
func (d *decoder) finish() *Decoded {
	d.frame()
	out := d.out
	out.Info = string(d.info)
	text, tags := string(d.text), string(d.tags)
	fields := make([]Field, len(d.fields))
	for i, f := range d.fields {
		fields[i] = Field{Name: f.name, Label: f.label, Value: text[f.start:f.finish],
			Offset: int(f.offset), Length: int(f.length)}
	}
	value := func(i int) string { return fields[i].Value }
	out.SourceText, out.DestinationText = d.hostText(0, value), d.hostText(1, value)
	// The frame's own layer was filled last and is shown first.
	out.Layers = make([]Layer, 0, len(d.layers))
	end := len(fields)
	last := len(d.layers) - 1
	for i := range d.layers {
		at := (i + last) % len(d.layers)
		l, stop := d.layers[at], end
		if at < last {
			stop = d.layers[at+1].field
		}
		out.Layers = append(out.Layers, Layer{Name: l.name, Label: tags[l.start:l.finish],
			Offset: l.offset, Length: l.length, Fields: fields[l.field:stop:stop], quoted: l.quoted})
	}
	return &out
}

// hostText returns the address at one side, else the hardware address.
func (d *decoder) hostText(side int, value func(field int) string) string {
	switch {
	case d.hosts[side] >= 0:
		return value(d.hosts[side])
	case d.macs[side] >= 0:
		return value(d.macs[side])
	}
	return ""
}

// frame describes the frame as a whole, and returns the number of its first
// field.
func (d *decoder) frame() int {
	if d.out.Protocol == "" {
		d.out.Protocol = "Unknown"
	}
	d.end, d.quoted = len(d.data), false
	d.maxFields, d.maxValues = maxFields, maxValues
	first := len(d.fields)
	d.layer("frame", 0, len(d.data))
	d.label("Frame: ")
	d.labelUint(uint64(d.out.Length))
	d.label(" bytes on the wire")
	if len(d.data) != d.out.Length {
		d.label(", ")
		d.labelUint(uint64(len(d.data)))
		d.label(" captured")
	}
	d.uint("frame.len", "Length on the wire", uint64(d.out.Length), 0, len(d.data))
	d.uint("frame.cap_len", "Length captured", uint64(len(d.data)), 0, len(d.data))
	d.str("frame.protocols", "Protocols", d.protocols, 0, len(d.data))
	return first
}

// Summary is the packet in one line:
// `10.0.1.5:60997 → 192.168.0.4:8080 TCP 54 [ACK] Seq(raw)=...`. IPv6
// addresses with a port stand in brackets. The ports that Info begins with
// are not said twice.
func (d *Decoded) Summary() string { return string(d.appendSummary(nil)) }

func (d *Decoded) appendSummary(b []byte) []byte {
	hosts := d.SourceText != "" || d.DestinationText != ""
	info := d.Info
	if hosts {
		b = appendHost(b, d.SourceText, d.SourcePort, d.Source.Is6())
		b = append(b, " → "...)
		b = appendHost(b, d.DestinationText, d.DestinationPort, d.Destination.Is6())
		b = append(b, ' ')
		info = cutPorts(info, d.SourcePort, d.DestinationPort)
	}
	b = append(b, d.Protocol...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(d.Length), 10)
	if info != "" {
		b = append(b, ' ')
		b = append(b, info...)
	}
	return b
}

func appendHost(b []byte, host string, port uint16, v6 bool) []byte {
	switch {
	case host == "":
		return append(b, '-')
	case port == 0:
		return append(b, host...)
	case v6:
		b = append(b, '[')
		b = append(b, host...)
		b = append(b, ']')
	default:
		b = append(b, host...)
	}
	b = append(b, ':')
	return strconv.AppendUint(b, uint64(port), 10)
}

// cutPorts takes "60997 → 8080 " from the front of info.
func cutPorts(info string, source, destination uint16) string {
	if source == 0 && destination == 0 {
		return info
	}
	var room [24]byte
	b := strconv.AppendUint(room[:0], uint64(source), 10)
	b = append(b, " → "...)
	b = strconv.AppendUint(b, uint64(destination), 10)
	b = append(b, ' ')
	if len(info) >= len(b) && info[:len(b)] == string(b) {
		return info[len(b):]
	}
	return info
}

// aliases are names that stand for several fields.
var aliases = map[string][]string{
	"ip.addr":   {"ip.src", "ip.dst"},
	"ip.host":   {"ip.src", "ip.dst"},
	"ipv6.addr": {"ipv6.src", "ipv6.dst"},
	"ipv6.host": {"ipv6.src", "ipv6.dst"},
	"tcp.port":  {"tcp.srcport", "tcp.dstport"},
	"udp.port":  {"udp.srcport", "udp.dstport"},
	"sctp.port": {"sctp.srcport", "sctp.dstport"},
	"eth.addr":  {"eth.src", "eth.dst"},
	// Wireshark makes a number of the header; the text of both is the same.
	"http.content_length": {"http.content_length_header"},
	"host":                {"ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"},
	"port":                {"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport"},
}

// Values returns the values of a field by Wireshark's name, from the outside
// in; nil if the packet has none. ip.addr, ipv6.addr, eth.addr, tcp.port and
// udp.port are either side; so are host (any address of IP or ARP) and port
// (of TCP, UDP or SCTP), which are the packet's own: the headers that ICMP
// errors quote don't count for these two.
func (d *Decoded) Values(name string) []string {
	names, known := aliases[name]
	own := name == "host" || name == "port"
	var out []string
	for i := range d.Layers {
		if own && d.Layers[i].quoted {
			continue
		}
		for _, f := range d.Layers[i].Fields {
			if f.Name == name || known && slices.Contains(names, f.Name) {
				out = append(out, f.Value)
			}
		}
	}
	return out
}

// FieldNames returns the names of the packet's fields, each once, in the
// order of the layers.
func (d *Decoded) FieldNames() []string {
	var names []string
	seen := map[string]bool{}
	for i := range d.Layers {
		for _, f := range d.Layers[i].Fields {
			if !seen[f.Name] {
				seen[f.Name] = true
				names = append(names, f.Name)
			}
		}
	}
	return names
}
