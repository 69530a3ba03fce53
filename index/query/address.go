package query

import (
	"bytes"
	"net/netip"
	"strings"
)

// address is an IP address in any spelling.
type address struct {
	addr netip.Addr
	text []byte // the only spelling there is, for IPv4
}

// NewAddr returns the node that finds a in any of its spellings. A zone is
// ignored. The zero Addr is no address; it finds its name, "invalid IP".
func NewAddr(a netip.Addr) Value {
	if !a.IsValid() {
		return NewPhrase(a.String())
	}
	a = a.WithZone("")
	n := &address{addr: a}
	if a.Is4() {
		n.text = []byte(a.String())
	}
	return n
}

// parseAddr reads a text that is nothing but an address, which may have a
// zone; the zone is dropped.
func parseAddr(text string) (netip.Addr, bool) {
	text, zone, _ := strings.Cut(text, "%")
	if !bareBytes(zone) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil && (zone == "" || a.Is6())
}

func (a *address) node()                         {}
func (a *address) level() int                    { return levelAtom }
func (a *address) String() string                { return a.addr.String() }
func (a *address) inField() string               { return a.addr.String() }
func (a *address) match(r Record) bool           { return a.stands(r.Raw(), r.Escapes()) }
func (a *address) need() Need                    { return needTerm(TermAddr, a.addr.String()) }
func (a *address) needIn(bool) Need              { return a.need() }
func (a *address) stream(string, uint32) Verdict { return Maybe }

func (a *address) equal(n Node) bool {
	other, ok := n.(*address)
	return ok && a.addr == other.addr
}

func (a *address) in(value []byte, whole bool) bool {
	if whole {
		other, ok := parseAddr(textOf(value))
		return ok && other == a.addr
	}
	return a.stands(value, NoEscapes)
}

func (a *address) mark(m *marker) {
	a.each(m.text, m.e, func(place Span) bool { return m.add(place) })
}

func (a *address) stands(text []byte, e Escapes) bool {
	hit := false
	a.each(text, e, func(Span) bool {
		hit = true
		return false
	})
	return hit
}

// each calls found with the places of the address in text until it returns false.
func (a *address) each(text []byte, e Escapes, found func(Span) bool) {
	if e == HexEscapes {
		e = NoEscapes // Zeek's \x09 stands for itself in a raw text
	}
	if a.text != nil {
		a.each4(text, e, found)
		return
	}
	for i := 0; i < len(text); i++ {
		next := bytes.IndexByte(text[i:], ':')
		if next < 0 {
			return
		}
		if i += next; i+1 == len(text) {
			return
		}
		if text[i+1] != ':' && (i == 0 || !hex(text[i-1]) || !hex(text[i+1])) {
			continue
		}
		if place, other, ok := addrAt(text, i, e); ok && other == a.addr && !found(place) {
			return
		}
	}
}

// each4 is each for an address that has a single spelling.
func (a *address) each4(text []byte, e Escapes, found func(Span) bool) {
	dot := bytes.IndexByte(a.text, '.')
	for i := 0; ; i++ {
		next := bytes.Index(text[i:], a.text)
		if next < 0 {
			return
		}
		i += next
		place, _, ok := ipv4At(text, i+dot, e)
		if ok && place.Start == i && place.End == i+len(a.text) && !found(place) {
			return
		}
	}
}

// hardware is a MAC address in any spelling.
type hardware struct{ mac [6]byte }

// NewMAC returns the node that finds a MAC address in any of its spellings.
func NewMAC(mac [6]byte) Value { return &hardware{mac} }

func (h *hardware) node()                         {}
func (h *hardware) level() int                    { return levelAtom }
func (h *hardware) String() string                { return MACString(h.mac) }
func (h *hardware) inField() string               { return MACString(h.mac) }
func (h *hardware) need() Need                    { return needTerm(TermMAC, MACString(h.mac)) }
func (h *hardware) needIn(bool) Need              { return h.need() }
func (h *hardware) stream(string, uint32) Verdict { return Maybe }

func (h *hardware) equal(n Node) bool {
	other, ok := n.(*hardware)
	return ok && h.mac == other.mac
}

func (h *hardware) match(r Record) bool { return h.stands(r.Raw(), r.Escapes()) }

func (h *hardware) in(value []byte, whole bool) bool {
	if whole {
		other, ok := parseMAC(textOf(value))
		return ok && other == h.mac
	}
	return h.stands(value, NoEscapes)
}

func (h *hardware) stands(text []byte, e Escapes) bool {
	if e == HexEscapes {
		e = NoEscapes
	}
	hit := false
	eachMAC(text, e, func(_, _ int, mac [6]byte) { hit = hit || mac == h.mac })
	return hit
}

func (h *hardware) mark(m *marker) {
	e := m.e
	if e == HexEscapes {
		e = NoEscapes
	}
	eachMAC(m.text, e, func(start, end int, mac [6]byte) {
		if mac == h.mac {
			m.add(Span{start, end})
		}
	})
}
