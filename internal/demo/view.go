package demo

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"spoor/internal/packet"
)

const (
	// oneWay is how long a packet takes from one region to the other.
	oneWay = 400 * time.Microsecond
	// clockAhead is how much Region 2's recorder is ahead of Region 1's.
	clockAhead = 1700 * time.Microsecond
)

// view is what one region's recorder sees: in Region 1 everything of its own
// hosts and everything that goes to the Internet, in Region 2 everything of
// its own hosts.
type view struct {
	region int
	from   time.Time
	seen   []sighting
	conns  []*conn
}

// sighting is a packet that was seen; flow is nil for ARP.
type sighting struct {
	at    time.Time
	frame []byte
	flow  *flow
}

func (s sighting) packet() packet.Packet {
	return packet.Packet{Time: s.at, Data: s.frame, OrigLen: len(s.frame), LinkType: packet.LinkEthernet}
}

// conn is a flow as seen here: what conn.log says of it.
type conn struct {
	flow        *flow
	uid         string
	times       []time.Time // of its steps
	first, last time.Time
	packets     [2]int // the originator's first
	ipBytes     [2]int
	bytes       [2]int
	history     []byte
}

// regionOf returns 1 or 2, or 0 for the Internet.
func regionOf(a netip.Addr) int {
	if b := a.As4(); b[0] == 10 {
		return int(b[1])
	}
	return 0
}

func (v *view) sees(f *flow) bool {
	a, b := regionOf(f.orig.Addr()), regionOf(f.resp.Addr())
	return a == v.region || b == v.region || v.region == 1 && (a == 0 || b == 0)
}

func newView(region int, from time.Time, flows []*flow, exchanges []exchange) *view {
	v := &view{region: region, from: from}
	for _, f := range flows {
		if v.sees(f) {
			v.conns = append(v.conns, v.watch(f))
		}
	}
	for _, e := range exchanges {
		if e.region == region {
			v.hear(e)
		}
	}
	slices.SortStableFunc(v.seen, func(a, b sighting) int { return a.at.Compare(b.at) })
	slices.SortStableFunc(v.conns, func(a, b *conn) int {
		return cmp.Or(a.last.Compare(b.last), a.first.Compare(b.first))
	})
	return v
}

// watch records the packets of a flow and counts them as Zeek does.
func (v *view) watch(f *flow) *conn {
	c := &conn{flow: f}
	for _, s := range f.steps {
		from, to, side := f.orig.Addr(), f.resp.Addr(), 0
		if !s.fromOrig {
			from, to, side = to, from, 1
		}
		at := v.from.Add(s.at + v.delay(from, to)).Truncate(time.Microsecond)
		ip := ipv4(from, to, f.proto, v.ttl(from), s.id, s.body)
		v.seen = append(v.seen, sighting{at: at, frame: ethernet(v.macOf(to), v.macOf(from), 0x0800, ip), flow: f})
		if c.first.IsZero() {
			c.first = at
		}
		c.last = at
		c.times = append(c.times, at)
		c.packets[side]++
		c.ipBytes[side] += len(ip)
		c.bytes[side] += s.payload
		c.note(s, f.proto, side)
	}
	return c
}

// note adds to the history, in which every event stands once a side: small
// letters are the responder's.
func (c *conn) note(s step, protocol uint8, side int) {
	letter := byte('D')
	switch {
	case s.flags&flagSYN != 0 && s.flags&flagACK != 0:
		letter = 'H'
	case s.flags&flagSYN != 0:
		letter = 'S'
	case s.flags&flagFIN != 0:
		letter = 'F'
	case protocol == protoTCP && s.payload == 0:
		letter = 'A'
	}
	if side == 1 {
		letter += 'a' - 'A'
	}
	if !slices.Contains(c.history, letter) {
		c.history = append(c.history, letter)
	}
}

// delay is how much later, or earlier, than at Region 1 a packet is seen.
func (v *view) delay(from, to netip.Addr) time.Duration {
	switch {
	case v.region == 1:
		return 0
	case regionOf(from) == regionOf(to):
		return clockAhead
	case regionOf(from) == v.region:
		return clockAhead - oneWay
	}
	return clockAhead + oneWay
}

// ttl is what is left of a packet's time to live here: one router is between
// the regions, and a dozen on the Internet.
func (v *view) ttl(from netip.Addr) uint8 {
	switch regionOf(from) {
	case v.region:
		return 128
	case 0:
		return uint8(64 - 12 - v.region)
	}
	return 127
}

// uplink is the provider's router, beyond Region 1's gateway.
var uplink = mac{2, 0, 198, 51, 100, 1}

// macOf is the hardware address that stands for a host in this network: its
// own, or that of the router towards it.
func (v *view) macOf(a netip.Addr) mac {
	switch {
	case regionOf(a) == v.region:
		b := a.As4()
		return mac{2, 0, b[0], b[1], b[2], b[3]}
	case v.region == 1 && regionOf(a) == 0:
		return uplink
	}
	return sites[v.region-1].gateway.mac
}

// hear records a question and an answer of ARP.
func (v *view) hear(e exchange) {
	broadcast := mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	at := v.from.Add(e.at).Truncate(time.Microsecond)
	if v.region == 2 {
		at = at.Add(clockAhead)
	}
	question := arp(1, e.asks.mac, e.asks.addr, mac{}, e.tells.addr)
	reply := arp(2, e.tells.mac, e.tells.addr, e.asks.mac, e.asks.addr)
	v.seen = append(v.seen,
		sighting{at: at, frame: ethernet(broadcast, e.asks.mac, 0x0806, question)},
		sighting{at: at.Add(350 * time.Microsecond), frame: ethernet(e.asks.mac, e.tells.mac, 0x0806, reply)})
}
