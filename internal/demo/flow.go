package demo

import (
	"net/netip"
	"time"
)

// flow is one connection, as Zeek counts them.
type flow struct {
	proto      uint8
	orig, resp netip.AddrPort
	service    string
	steps      []step
	lookups    []lookup
	requests   []request
}

// step is one packet of a flow. Its transport header and payload are the same
// wherever it is seen.
type step struct {
	at       time.Duration // since the traffic began
	fromOrig bool
	flags    uint8
	id       uint16 // of the IP header
	body     []byte // from the transport header on
	payload  int    // bytes behind the transport header
}

// lookup is what dns.log says of a query; ask and answer are numbers of steps.
type lookup struct {
	ask, answer   int
	id            uint16
	query         string
	kind          uint16
	rcode         uint8
	authoritative bool
	answers       []answer
}

// answer is a record of an answer.
type answer struct {
	kind uint16
	text string // an address or a name
	ttl  uint32
}

// request is what http.log says of one exchange; ask is the number of a step.
type request struct {
	ask               int
	host, path        string
	referrer, agent   string
	status            int
	reason, mime      string
	bodyLength, depth int
}

// has says whether a host takes part.
func (f *flow) has(a netip.Addr) bool { return f.orig.Addr() == a || f.resp.Addr() == a }

// turnaround is the least time between a packet and an answer to it. It is
// more than the way between the regions and back, so that both recorders see
// the packets in the same order.
const turnaround = 1200 * time.Microsecond

// datagrams adds a question and its answer over UDP.
func (g *generator) datagrams(f *flow, at, wait time.Duration, question, reply []byte) {
	f.proto = protoUDP
	f.steps = append(f.steps,
		step{at: at, fromOrig: true, id: g.id(), body: udp(f.orig, f.resp, question), payload: len(question)},
		step{at: at + max(wait, turnaround), id: g.id(), body: udp(f.resp, f.orig, reply), payload: len(reply)})
}

// conversation writes the packets of a TCP connection, one after the other.
type conversation struct {
	g    *generator
	flow *flow
	now  time.Duration
	wait time.Duration // for an answer from the other side
	next [2]uint32     // sequence numbers, the originator's first
	last int           // who sent last: 0 the originator, 1 the responder
}

// synOptions: maximum segment size 1460, SACK permitted, window scale 8.
var synOptions = []byte{2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2}

const segmentSize = 1460

// connect opens a connection.
func (g *generator) connect(f *flow, at, wait time.Duration) *conversation {
	f.proto = protoTCP
	c := &conversation{g: g, flow: f, now: at, wait: max(wait, turnaround)}
	c.next = [2]uint32{g.rng.Uint32(), g.rng.Uint32()}
	c.emit(0, flagSYN, nil)
	c.emit(1, flagSYN|flagACK, nil)
	c.emit(0, flagACK, nil)
	return c
}

// emit adds one packet of the side from.
func (c *conversation) emit(from int, flags uint8, payload []byte) {
	if len(c.flow.steps) > 0 {
		gap := time.Duration(20+c.g.rng.IntN(80)) * time.Microsecond
		if from != c.last {
			gap = c.wait + time.Duration(c.g.rng.IntN(400))*time.Microsecond
		}
		c.now += gap
	}
	c.last = from
	s := segment{seq: c.next[from], flags: flags, window: 1026}
	if flags&flagACK != 0 {
		s.ack = c.next[1-from]
	}
	if flags&flagSYN != 0 {
		s.window, s.options = 64240, synOptions
	}
	source, destination := c.flow.orig, c.flow.resp
	if from == 1 {
		source, destination = destination, source
	}
	c.flow.steps = append(c.flow.steps, step{at: c.now, fromOrig: from == 0, flags: flags, id: c.g.id(),
		body: tcp(source, destination, s, payload), payload: len(payload)})
	c.next[from] += uint32(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		c.next[from]++
	}
}

// send sends a message after a pause for thinking, in as many segments as it
// takes; every second one and the last are acknowledged. It returns the
// number of the step that the message began with.
func (c *conversation) send(from int, think time.Duration, message []byte) int {
	c.now += think
	first := len(c.flow.steps)
	for n := 1; len(message) > 0; n++ {
		part := message[:min(segmentSize, len(message))]
		message = message[len(part):]
		flags := uint8(flagACK)
		if len(message) == 0 {
			flags |= flagPSH
		}
		c.emit(from, flags, part)
		if n%2 == 0 || len(message) == 0 {
			c.emit(1-from, flagACK, nil)
		}
	}
	return first
}

// finish closes the connection from one side.
func (c *conversation) finish(from int) {
	c.emit(from, flagFIN|flagACK, nil)
	c.emit(1-from, flagFIN|flagACK, nil)
	c.emit(from, flagACK, nil)
}
