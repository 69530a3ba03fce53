package demo

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

var (
	suspect = netip.MustParseAddr("8.8.8.8")
	victim  = netip.MustParseAddr("10.2.0.23")
)

const suspectPort = 4444

// machine is a host of the office.
type machine struct {
	addr  netip.Addr
	mac   mac
	name  string
	agent string // what its browser says it is
}

// site is one region's network.
type site struct {
	gateway, resolver, clock machine
	stations                 []machine
}

// page is something that people look at.
type page struct {
	host  string
	addr  netip.Addr
	alias string // the name that host is an alias for, or ""
	tls   bool
	paths []string
	mime  string
}

func at(s string) netip.Addr { return netip.MustParseAddr(s) }

// pages are on the Internet, except the intranet's.
var pages = []page{
	{host: "www.example.com", addr: at("198.51.100.10"), tls: true},
	{host: "mail.example.com", addr: at("198.51.100.25"), tls: true},
	{host: "docs.example.org", addr: at("192.0.2.80"), tls: true},
	{host: "meet.example.net", addr: at("203.0.113.140"), tls: true},
	{host: "cdn.example.net", addr: at("203.0.113.40"), alias: "edge-3.cdn.example", tls: true},
	{host: "news.example.net", addr: at("198.51.100.24"), mime: "text/html", paths: []string{"/", "/business/", "/weather/today", "/sport/results?day=1"}},
	{host: "updates.example.org", addr: at("203.0.113.77"), mime: "application/json", paths: []string{"/v2/check?product=office", "/v2/manifest.json"}},
	{host: "shop.example", addr: at("203.0.113.9"), mime: "text/html", paths: []string{"/", "/paper", "/toner?colour=black", "/basket"}},
	{host: "intranet.office.test", addr: at("10.1.0.80"), mime: "text/html", paths: []string{"/", "/people", "/canteen/menu", "/forms/travel.html"}},
}

// fileServer is the office's, in Region 1.
var fileServer = machine{addr: at("10.1.0.10"), mac: mac{2, 0, 10, 1, 0, 10}, name: "files.office.test"}

func newMachine(region, last int, name string) machine {
	return machine{
		addr: netip.AddrFrom4([4]byte{10, byte(region), 0, byte(last)}),
		mac:  mac{2, 0, 10, byte(region), 0, byte(last)},
		name: name,
		agent: fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) OfficeBrowser/%d.%d",
			11+last%3, last%5),
	}
}

func newSite(region, stations int) site {
	s := site{
		gateway:  newMachine(region, 1, "gw"),
		resolver: newMachine(region, 53, "ns"),
		clock:    newMachine(region, 2, "time"),
	}
	for i := range stations {
		s.stations = append(s.stations, newMachine(region, 21+i, fmt.Sprintf("ws-%d", 21+i)))
	}
	return s
}

// sites are the two regions, Region 1 first.
var sites = [2]site{newSite(1, 9), newSite(2, 5)}

// exchange is a question about a hardware address, and the answer. It is
// heard in one region only.
type exchange struct {
	at          time.Duration
	region      int // 1 or 2
	asks, tells machine
}

// generator makes the traffic.
type generator struct {
	rng   *rand.Rand
	from  time.Time
	flows []*flow
	arps  []exchange
	ports map[netip.Addr]uint16
}

// traffic makes everything that happens in the office.
func traffic(seed uint64, from time.Time) ([]*flow, []exchange) {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0x5900)), from: from, ports: map[netip.Addr]uint16{}}
	for i := range sites {
		for _, m := range sites[i].stations {
			g.work(i, m)
		}
	}
	g.intrude()
	return g.flows, g.arps
}

func (g *generator) id() uint16 { return uint16(g.rng.Uint32()) }

// port hands out a port of a host that it has not used yet.
func (g *generator) port(a netip.Addr) netip.AddrPort {
	p := g.ports[a]
	if p == 0 {
		p = uint16(49160 + g.rng.IntN(4000))
	}
	p += uint16(1 + g.rng.IntN(6))
	g.ports[a] = p
	return netip.AddrPortFrom(a, p)
}

func (g *generator) add(orig, resp netip.AddrPort, service string) *flow {
	f := &flow{orig: orig, resp: resp, service: service}
	g.flows = append(g.flows, f)
	return f
}

// millis is a random time of low to high milliseconds.
func (g *generator) millis(low, high int) time.Duration {
	return time.Duration(low*1000+g.rng.IntN((high-low)*1000)) * time.Microsecond
}

// work is half an hour of one workstation.
func (g *generator) work(site int, m machine) {
	s := sites[site]
	// Every visit has a slot of its own, so that the office is never silent
	// and never in a hurry. The first and last half minute are for clocks
	// that differ and connections that last.
	const visits = 14
	slot := (Span - time.Minute) / visits
	for i := range visits {
		start := 10*time.Second + time.Duration(i)*slot + g.millis(0, int((slot-40*time.Second)/time.Millisecond))
		switch p := pages[g.rng.IntN(len(pages))]; {
		case i%7 == 3:
			g.share(m, g.resolve(s, m, page{host: fileServer.name, addr: fileServer.addr}, start))
		case p.tls:
			g.secure(m, p, g.resolve(s, m, p, start))
		default:
			g.browse(m, p, g.resolve(s, m, p, start))
		}
	}
	for i := range 6 {
		g.time(s, m, 5*time.Second+time.Duration(i)*280*time.Second+g.millis(0, 20000))
		g.arps = append(g.arps, exchange{at: 2*time.Second + time.Duration(i)*270*time.Second + g.millis(0, 60000),
			region: site + 1, asks: m, tells: s.gateway})
	}
	for i := range 2 {
		g.stray(s, m, 60*time.Second+time.Duration(i)*13*time.Minute+g.millis(0, 90000))
	}
}

// intrude is what should not be there.
func (g *generator) intrude() {
	f := g.add(netip.AddrPortFrom(suspect, 51744), netip.AddrPortFrom(victim, suspectPort), "")
	c := g.connect(f, 21*time.Minute+13*time.Second+407*time.Millisecond, 11*time.Millisecond)
	c.send(1, 40*time.Millisecond, []byte("ws-23 ready\r\n"))
	c.send(0, 2100*time.Millisecond, []byte("whoami\r\n"))
	c.send(1, 90*time.Millisecond, []byte("office\\ws-23\r\n"))
	c.send(0, 3400*time.Millisecond, []byte("dir documents\r\n"))
	c.send(1, 120*time.Millisecond, []byte("budget-draft.txt  2140\r\nsuppliers.csv  18822\r\ntravel.txt  911\r\n"))
	c.send(0, 5200*time.Millisecond, []byte("get suppliers.csv\r\n"))
	c.send(1, 150*time.Millisecond, g.suppliers())
	c.send(0, 4700*time.Millisecond, []byte("bye\r\n"))
	c.finish(0)
}

// suppliers is the file that is taken away.
func (g *generator) suppliers() []byte {
	var b []byte
	for i := 1; len(b) < 18800; i++ {
		b = fmt.Appendf(b, "S%04d;Supplier %d;supplier-%d.example;%d.%02d\r\n", i, i, i, g.rng.IntN(9000), g.rng.IntN(100))
	}
	return b
}
