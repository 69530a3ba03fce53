// Package index holds the words that all of Spoor shares: Entry, Stream,
// Store, Request and Result. It does nothing itself; index/local keeps
// entries, index/query says which of them match.
package index

import (
	"time"
)

// Entry is one line of a log, or one packet.
type Entry struct {
	// Stream is what the entry shares with its neighbours. It is never nil
	// and never changed once an entry points to it.
	Stream *Stream

	// Time is when it happened, in UTC with nanoseconds.
	Time time.Time
	// TimeGuessed says that the line has no time of its own and that Time
	// is the time of arrival.
	TimeGuessed bool
	// Arrived is when Spoor received it. Zero in Put means now.
	Arrived time.Time
	// Seq is the order of arrival in this store, from 1. Put sets it.
	Seq uint64

	// Raw is the line as received without its line end, or the bytes of the
	// packet as captured. It is read-only for everybody.
	Raw []byte
	// OrigLen is the length of a packet on the wire in bytes; 0 means that
	// it is len(Raw).
	OrigLen int
}

// Stream is what many entries share, stored once. Streams are compared by
// value, so it holds nothing but comparable fields.
type Stream struct {
	// Tag says what kind of entries these are: "zeek.conn", "syslog", "packet".
	Tag string `json:"tag"`
	// Source is the numeric source tag; 0 means none. The packets of a fleet
	// job carry the number of the job's retrieval.
	Source uint32 `json:"source,omitempty"`
	// Format says how Raw is read.
	Format Format `json:"format"`
	// Origin says where the entries come from.
	Origin Origin `json:"origin"`
}

// Format names a format of internal/format and holds what reading a line
// needs beyond the line itself.
type Format struct {
	// Name is "zeek-tsv", "zeek-json", "json", "syslog", "access", "text" or "packet".
	Name string `json:"name"`
	// Header is the text that stands before the lines and explains them: the
	// # lines of a Zeek TSV file up to #types, joined by "\n". Empty for
	// formats that explain themselves.
	Header string `json:"header,omitempty"`
	// LinkType is the link type of packets as in a capture file
	// (https://www.tcpdump.org/linktypes.html); 0 for lines.
	LinkType uint16 `json:"link_type,omitempty"`
}

// Packet is the name of the format whose entries are packets.
const Packet = "packet"

// Origin says where a stream comes from. The zero value means unknown.
type Origin struct {
	// Host is the machine or the log shipper, as the sender named it.
	Host string `json:"host,omitempty"`
	// File is the name of the file that was read.
	File string `json:"file,omitempty"`
	// Sensor is the ID of the packet recorder that sent the packets.
	Sensor string `json:"sensor,omitempty"`
	// Job is the fleet job that asked for them; 0 means none.
	Job uint64 `json:"job,omitempty"`
}
