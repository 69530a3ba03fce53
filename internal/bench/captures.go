package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"spoor/internal/packet"
)

// captureFile is how large a file of the captures gets, as `tcpdump -C` would
// begin the next one.
const captureFile = 128 << 20

// strayHost is an address that stands in one packet of the captures.
var strayHost = netip.MustParseAddr("198.51.100.77")

// madeCaptures is a folder of captures and what stands in it.
type madeCaptures struct {
	dir         string
	files       []string
	size        int64
	packets     int64
	first, last time.Time
	rare        netip.Addr // with few of the packets
	rares       int64
	source      string
}

// makeCaptures fills dir with size bytes: real captures one after the other,
// again and again with their times moved on, so that they look like a
// recorder's.
func makeCaptures(dir, shared string, size int64) (*madeCaptures, error) {
	packets, source, err := somePackets(shared)
	if err != nil {
		return nil, err
	}
	m := &madeCaptures{dir: dir, source: source, rare: rarest(packets)}
	step := packets[len(packets)-1].Time.Sub(packets[0].Time) + time.Second
	at, hidden := time.Duration(0), false
	for m.size < size {
		w, err := m.next()
		if err != nil {
			return nil, err
		}
		for w.size < captureFile && m.size+w.size < size {
			for i, p := range packets {
				if i%100 == 0 && !hidden && m.size+w.size > size/2 {
					hidden = true
					if err := w.write(m, packet.Packet{Time: p.Time.Add(at), Data: strayFrame(), LinkType: packet.LinkEthernet}); err != nil {
						return nil, err
					}
				}
				p.Time = p.Time.Add(at)
				if err := w.write(m, p); err != nil {
					return nil, err
				}
			}
			at += step
		}
		m.size += w.size
		if err := w.close(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// somePackets are those of the real captures, or made up ones without them, in
// order of time.
func somePackets(shared string) ([]packet.Packet, string, error) {
	var all []packet.Packet
	for _, name := range []string{"SCRANTON", "NEWYORK", "UTICA-A"} {
		f, err := os.Open(filepath.Join(shared, "data", "pairs", "apt29-day2", name, name+".cap"))
		if errors.Is(err, os.ErrNotExist) {
			return madePackets(), "made up", nil
		}
		if err != nil {
			return nil, "", err
		}
		r, err := packet.NewReader(bufio.NewReader(f))
		var shift time.Duration
		for err == nil {
			var p packet.Packet
			if p, err = r.Next(); err != nil {
				break
			}
			if n := len(all); shift == 0 && n > 0 {
				shift = all[n-1].Time.Sub(p.Time) + time.Millisecond
			}
			p.Time, p.Data = p.Time.Add(shift), append([]byte(nil), p.Data...)
			all = append(all, p)
		}
		f.Close()
		if err != io.EOF {
			return nil, "", fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return all, "apt29-day2 of the shared data, repeated", nil
}

// madePackets are conversations between 200 hosts.
func madePackets() []packet.Packet {
	var all []packet.Packet
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		data := strayFrame()
		a, b := byte(i/37%200), byte(i/41%199)
		copy(data[26:], []byte{10, 0, 0, a, 10, 0, 1, b})
		data = append(data, make([]byte, i*7919%1200)...)
		at = at.Add(time.Millisecond)
		all = append(all, packet.Packet{Time: at, Data: data, LinkType: packet.LinkEthernet})
	}
	return all
}

// strayFrame is UDP from the strayHost to 10.0.0.1.
func strayFrame() []byte {
	f := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0)
	f = append(append(f, strayHost.AsSlice()...), 10, 0, 0, 1)
	return append(f, 0x30, 0x39, 0, 53, 0, 8, 0, 0)
}

// rarest is the address that stands in the fewest packets, ten at least.
func rarest(packets []packet.Packet) (rare netip.Addr) {
	count := map[netip.Addr]int{}
	for _, p := range packets {
		m := packet.ReadMeta(p.LinkType, p.Data)
		count[m.Source]++
		if m.Destination != m.Source {
			count[m.Destination]++
		}
	}
	best := len(packets) + 1
	for a, n := range count {
		if a.IsValid() && n >= 10 && (n < best || n == best && a.Less(rare)) {
			rare, best = a, n
		}
	}
	return rare
}

// captureWriter writes one file.
type captureWriter struct {
	file *os.File
	out  *bufio.Writer
	pcap *packet.Writer
	size int64
}

func (m *madeCaptures) next() (*captureWriter, error) {
	f, err := os.Create(filepath.Join(m.dir, fmt.Sprintf("%04d.pcap", len(m.files))))
	if err != nil {
		return nil, err
	}
	m.files = append(m.files, f.Name())
	w := &captureWriter{file: f, out: bufio.NewWriterSize(f, 1<<20), size: 24}
	w.pcap, err = packet.NewWriter(w.out, packet.LinkEthernet)
	return w, err
}

func (w *captureWriter) write(m *madeCaptures, p packet.Packet) error {
	w.size += 16 + int64(len(p.Data))
	m.packets++
	if m.first.IsZero() {
		m.first = p.Time
	}
	m.last = p.Time
	if meta := packet.ReadMeta(p.LinkType, p.Data); meta.Source == m.rare || meta.Destination == m.rare {
		m.rares++
	}
	return w.pcap.Write(p)
}

func (w *captureWriter) close() error {
	return errors.Join(w.out.Flush(), w.file.Close())
}
