// Package demo makes up a quiet office network in two regions: what their
// packet recorders captured and what Zeek wrote about it, in full agreement.
//
// Region 1 is the head office, Region 2 a branch whose way to the Internet
// leads through Region 1. People look up names at the office's own resolvers,
// read web pages, use the file server, and machines ask for the time. One
// connection does not belong there: 8.8.8.8 comes to a workstation of the
// branch. It passes both recorders, whose clocks differ by some milliseconds,
// so both have its packets and both Zeeks have one line of it. Nothing else
// has that address.
//
// Names are of example domains, and addresses are private or from the ranges
// for documentation, with that one exception.
package demo

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"spoor/internal/packet"
)

// Span is how long the traffic lasts.
const Span = 30 * time.Minute

// Options say what is made. The zero value works.
type Options struct {
	// End is the time just after the last packet, cut to whole seconds; zero
	// means a fixed time, so that the files are the same byte for byte.
	End time.Time
	// Seed varies the traffic; 0 means 1.
	Seed uint64
}

func (o Options) withDefaults() Options {
	if o.End.IsZero() {
		o.End = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	}
	o.End = o.End.UTC().Truncate(time.Second)
	if o.Seed == 0 {
		o.Seed = 1
	}
	return o
}

// Facts say what Write made.
type Facts struct {
	// Suspect is the address that should not be there, Victim the
	// workstation that it talks to, Port the port that it comes to.
	Suspect, Victim netip.Addr
	Port            uint16
	// From and To enclose all packets of all regions: [From, To).
	From, To time.Time
	// Regions holds Region 1 and Region 2.
	Regions []Region
}

// Region says what one region's recorder and Zeek have.
type Region struct {
	// Name is "Region 1"; Slug, "region-1", is its folder too.
	Name, Slug string
	// Capture is the capture file, relative to the folder given to Write, in
	// a folder of its own.
	Capture string
	// Logs are the Zeek logs: conn, dns, http.
	Logs []Log
	// Packets counts the packets of the capture, SuspectPackets those to or
	// from Facts.Suspect.
	Packets, SuspectPackets int
	// SuspectConns counts the lines of conn.log with Facts.Suspect,
	// SuspectLines those of all logs.
	SuspectConns, SuspectLines int
	// First and Last are the times of the first and last packet.
	First, Last time.Time
}

// Log is one Zeek log.
type Log struct {
	// Path is Zeek's: "conn", "dns", "http".
	Path string
	// File is relative to the folder given to Write.
	File string
	// Lines counts the lines that are no header.
	Lines int
}

// Write makes both regions' files below dir: region-1/capture/region-1.pcap,
// region-1/zeek/conn.log and so on. Folders that are missing are made, files
// that are there are replaced.
func Write(dir string, o Options) (Facts, error) {
	o = o.withDefaults()
	from := o.End.Add(-Span)
	facts := Facts{Suspect: suspect, Victim: victim, Port: suspectPort, From: from, To: o.End}
	flows, exchanges := traffic(o.Seed, from)
	for number := 1; number <= 2; number++ {
		v := newView(number, from, flows, exchanges)
		r, err := v.write(dir, o)
		if err != nil {
			return Facts{}, err
		}
		facts.Regions = append(facts.Regions, r)
	}
	return facts, nil
}

// Packets returns what the recorder of a region, 1 or 2, captured; nil for
// any other number.
func Packets(region int, o Options) []packet.Packet {
	if region != 1 && region != 2 {
		return nil
	}
	o = o.withDefaults()
	from := o.End.Add(-Span)
	flows, exchanges := traffic(o.Seed, from)
	var out []packet.Packet
	for _, s := range newView(region, from, flows, exchanges).seen {
		out = append(out, s.packet())
	}
	return out
}

// write writes the files of one region and counts what is in them.
func (v *view) write(dir string, o Options) (Region, error) {
	slug := fmt.Sprintf("region-%d", v.region)
	r := Region{
		Name: fmt.Sprintf("Region %d", v.region), Slug: slug,
		Capture: filepath.Join(slug, "capture", slug+".pcap"),
		Packets: len(v.seen), First: v.seen[0].at, Last: v.seen[len(v.seen)-1].at,
	}
	for _, s := range v.seen {
		if s.flow != nil && s.flow.has(suspect) {
			r.SuspectPackets++
		}
	}
	if err := writeFile(filepath.Join(dir, r.Capture), v.writeCapture); err != nil {
		return Region{}, err
	}
	for _, l := range v.logs(o) {
		log := Log{Path: l.path, File: filepath.Join(slug, "zeek", l.path+".log"), Lines: len(l.rows)}
		if err := writeFile(filepath.Join(dir, log.File), l.write); err != nil {
			return Region{}, err
		}
		for _, row := range l.rows {
			if row.flow.has(suspect) {
				r.SuspectLines++
				if l.path == "conn" {
					r.SuspectConns++
				}
			}
		}
		r.Logs = append(r.Logs, log)
	}
	return r, nil
}

func (v *view) writeCapture(w io.Writer) error {
	pw, err := packet.NewWriter(w, packet.LinkEthernet)
	if err != nil {
		return err
	}
	for _, s := range v.seen {
		if err := pw.Write(s.packet()); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	if err := write(b); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := b.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
