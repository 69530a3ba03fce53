// Package demo makes up a quiet office network: what its packet recorders
// captured and what Zeek wrote about it.
package demo

import (
	"errors"
	"net/netip"
	"time"

	"spoor/internal/packet"
)

// Options say what is made. The zero value works.
type Options struct {
	// End is the time just after the last packet; zero means a fixed time, so
	// that the files are the same byte for byte.
	End time.Time
	// Seed varies the traffic; 0 means 1.
	Seed uint64
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
	// Capture is the capture file, relative to the folder given to Write;
	// Logs are the Zeek logs.
	Capture string
	Logs    []Log
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

// Write is being written.
func Write(dir string, o Options) (Facts, error) { return Facts{}, errors.ErrUnsupported }

// Packets is being written.
func Packets(region int, o Options) []packet.Packet { return nil }
