package actionables

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// packetsTemplate is the part of an action that asks for packets.
type packetsTemplate struct {
	host, port, peer, peerPort, protocol template
	before, after                        time.Duration
	// rest is what needs no placeholders.
	rest Packets
}

// protocols are the IP protocols that people name.
// https://www.iana.org/assignments/protocol-numbers
var protocols = map[string]uint8{
	"icmp": icmp4, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51,
	"icmp6": icmp6, "icmpv6": icmp6, "ipv6-icmp": icmp6, "ospf": 89, "sctp": 132,
}

const (
	icmp4 = 1
	icmp6 = 58
)

func readProtocol(text string) (uint8, string) {
	if n, ok := protocols[strings.ToLower(text)]; ok {
		return n, ""
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return 0, fmt.Sprintf("%s is no protocol: want tcp, udp, icmp, icmp6 or a number", quote(text))
	}
	return uint8(n), ""
}

func (c *action) compilePackets(a *Action) *InvalidError {
	p := &c.packets
	var f *fault
	if p.host, f = compileOne(a.Host, readAddr); f == nil && len(p.host) == 0 {
		f = &fault{0, "missing: {value} is the address that was clicked"}
	}
	if f != nil {
		return invalid("host", f)
	}
	if p.port, f = compileOne(a.Port, readPort); f != nil {
		return invalid("port", f)
	}
	if p.peer, f = compileOne(a.Peer, readAddr); f != nil {
		return invalid("peer", f)
	}
	if p.peerPort, f = compileOne(a.PeerPort, readPort); f != nil {
		return invalid("peer_port", f)
	}
	if p.protocol, f = compileOne(a.Protocol, readProtocol); f != nil {
		return invalid("protocol", f)
	}
	if p.before, f = checkWindow(a.Before); f != nil {
		return invalid("before", f)
	}
	if p.after, f = checkWindow(a.After); f != nil {
		return invalid("after", f)
	}
	for _, s := range a.Sensors {
		if f := checkName(s); f != nil {
			return invalid("sensors", f)
		}
	}
	if a.MaxPackets < 0 {
		return invalid("max_packets", &fault{0, "want a number from 0"})
	}
	if a.MaxBytes < 0 {
		return invalid("max_bytes", &fault{0, "want a number from 0"})
	}
	p.rest = Packets{Sensors: a.Sensors, MaxPackets: a.MaxPackets, MaxBytes: a.MaxBytes}
	return c.compileRange(a)
}

// compileOne parses a template whose result read must be able to read.
func compileOne[T any](text string, read func(string) (T, string)) (template, *fault) {
	t, f := parseTemplate(text)
	if f != nil || len(t) == 0 || t.hasPlaceholder() {
		return t, f
	}
	if _, reason := read(t[0].literal); reason != "" {
		return t, &fault{0, reason}
	}
	return t, nil
}

func (c *action) expandPackets(fill filler, x *Expansion) (err *ExpandError) {
	p := &c.packets
	x.Packets = p.rest
	if x.Packets.Hosts, err = each(p.host, fill, readAddr); err != nil {
		return err
	}
	if len(p.peer) > 0 {
		if x.Packets.Peers, err = each(p.peer, fill, readAddr); err != nil {
			return err
		}
	}
	if err := p.expandProtocol(fill, &x.Packets); err != nil {
		return err
	}
	// What Zeek calls the ports of ICMP are its type and code.
	if n := x.Packets.Protocol; x.Packets.AnyProtocol || n != icmp4 && n != icmp6 {
		if err := p.expandPorts(fill, &x.Packets); err != nil {
			return err
		}
	}
	return c.expandWindow(fill, x)
}

func (p *packetsTemplate) expandProtocol(fill filler, x *Packets) *ExpandError {
	x.AnyProtocol = len(p.protocol) == 0
	if x.AnyProtocol {
		return nil
	}
	all, err := each(p.protocol, fill, readProtocol)
	switch {
	case err != nil:
		return err
	case len(all) > 1:
		return &ExpandError{Placeholder: p.protocol.first().text, Reason: fmt.Sprintf("%d protocols, at most 1", len(all))}
	}
	x.Protocol = all[0]
	if x.Protocol == icmp4 && x.Hosts[0].Is6() {
		x.Protocol = icmp6 // Zeek has one word for both
	}
	return nil
}

func (p *packetsTemplate) expandPorts(fill filler, x *Packets) (err *ExpandError) {
	if len(p.port) > 0 {
		if x.Ports, err = each(p.port, fill, readPort); err != nil {
			return err
		}
	}
	if len(p.peerPort) > 0 {
		if x.PeerPorts, err = each(p.peerPort, fill, readPort); err != nil {
			return err
		}
	}
	return nil
}

// expandWindow says from when to when packets are asked for.
func (c *action) expandWindow(fill filler, x *Expansion) *ExpandError {
	if err := c.expandRange(fill, x); err != nil {
		return err
	}
	if fill.line.Time.IsZero() && (x.From.IsZero() || x.To.IsZero()) {
		return &ExpandError{Reason: "no line, so no time: packets are asked for around a line's time"}
	}
	// Whole seconds, outwards: what a person can read and change.
	if x.From.IsZero() {
		x.From = fill.line.Time.Add(-c.packets.before)
	}
	if x.To.IsZero() {
		x.To = fill.line.Time.Add(fill.line.lasted() + c.packets.after)
	}
	x.From = x.From.UTC().Truncate(time.Second)
	x.To = x.To.Add(time.Second - 1).UTC().Truncate(time.Second)
	if x.To.Sub(x.From) > 2*MaxWindow+maxDuration {
		return &ExpandError{Reason: fmt.Sprintf("packets of %v, at most %v", x.To.Sub(x.From), 2*MaxWindow+maxDuration)}
	}
	return nil
}
