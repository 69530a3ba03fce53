package query

import (
	"net/netip"
	"strings"
)

// network is an address prefix: any address in it, in any spelling.
type network struct{ prefix netip.Prefix }

// NewNetwork returns the node that finds the addresses of a prefix; bits of
// the address behind the prefix are ignored. A prefix for IPv4 finds no
// address that is mapped into IPv6 as such, but the IPv4 address in it. The
// zero Prefix is none; it finds its name, "invalid Prefix".
func NewNetwork(p netip.Prefix) Value {
	if !p.IsValid() {
		return NewPhrase(p.String())
	}
	return &network{p.Masked()}
}

// parseNetwork reads a text that is nothing but a prefix.
func parseNetwork(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		return netip.Prefix{}, false
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

func (n *network) node()                         {}
func (n *network) level() int                    { return levelAtom }
func (n *network) String() string                { return n.prefix.String() }
func (n *network) inField() string               { return n.prefix.String() }
func (n *network) match(r Record) bool           { return n.stands(r.Raw(), r.Escapes()) }
func (n *network) needIn(bool) Need              { return n.need() }
func (n *network) stream(string, uint32) Verdict { return Maybe }

func (n *network) need() Need {
	if n.prefix.IsSingleIP() {
		return needTerm(TermAddr, n.prefix.Addr().String())
	}
	return needTerm(TermAddrPrefix, n.prefix.String())
}

func (n *network) equal(other Node) bool {
	o, ok := other.(*network)
	return ok && n.prefix == o.prefix
}

func (n *network) in(value []byte, whole bool) bool {
	if whole {
		a, ok := parseAddr(textOf(value))
		return ok && n.prefix.Contains(a.WithZone(""))
	}
	return n.stands(value, NoEscapes)
}

func (n *network) stands(text []byte, e Escapes) bool {
	hit := false
	n.each(text, e, func(Span) bool {
		hit = true
		return false
	})
	return hit
}

func (n *network) mark(m *marker) {
	n.each(m.text, m.e, func(place Span) bool { return m.add(place) })
}

// each calls found with the places of the prefix's addresses in text until it
// returns false.
func (n *network) each(text []byte, e Escapes, found func(Span) bool) {
	if e == HexEscapes {
		e = NoEscapes // Zeek's \x09 stands for itself in a raw text
	}
	mark := byte('.')
	if n.prefix.Addr().Is6() {
		mark = ':'
	}
	dots := newCursor(text, mark)
	for i := dots.next(0); i+1 < len(text); i = dots.next(i + 1) {
		if mark == ':' && text[i+1] != ':' && (i == 0 || !hex(text[i-1]) || !hex(text[i+1])) ||
			mark == '.' && (i == 0 || !digit(text[i-1]) || !digit(text[i+1])) {
			continue
		}
		if place, a, ok := addrAt(text, i, e); ok && n.prefix.Contains(a) && !found(place) {
			return
		}
	}
}

// head is what the spelling of each of the prefix's addresses begins with.
func (n *network) head() string {
	if n.prefix.Addr().Is6() {
		return ""
	}
	head := n.prefix.Addr().String()
	for range 4 - n.prefix.Bits()/8 {
		head = strings.TrimRight(strings.TrimSuffix(head, "."), "0123456789")
	}
	return head
}

func (n *network) probes(Escapes) probes {
	if head := n.head(); len(head) >= minProbe {
		return probes{newProbe(head, false)}
	}
	return nil
}

// probesIn needs two numbers: the first of a prefix stands everywhere.
func (n *network) probesIn() probes {
	if n.prefix.Bits() < 16 {
		return nil
	}
	return n.probes(NoEscapes)
}
