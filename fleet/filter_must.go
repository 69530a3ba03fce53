package fleet

import "net/netip"

// Hosts returns the addresses that every match is from or to: those that
// stand alone or joined by and.
func (f Filter) Hosts() []netip.Addr {
	var hosts []netip.Addr
	for _, n := range f.musts() {
		if h, ok := n.(filterHost); ok {
			hosts = append(hosts, h.addr)
		}
	}
	return hosts
}

// MustPorts is Hosts for ports.
func (f Filter) MustPorts() []uint16 {
	var ports []uint16
	for _, n := range f.musts() {
		if p, ok := n.(filterPort); ok {
			ports = append(ports, p.port)
		}
	}
	return ports
}

// musts are the conditions that every match meets.
func (f Filter) musts() []filterNode {
	if j, ok := f.root.(*filterJoin); ok {
		if j.op == filterOr {
			return nil
		}
		return j.kids
	}
	return []filterNode{f.root}
}
