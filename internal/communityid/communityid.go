// Package communityid computes the Community ID of a flow, the same text on
// every tool that sees the flow's packets.
// https://github.com/corelight/community-id-spec, version 1, seed 0.
package communityid

import (
	"crypto/sha1" // the specification's choice; nothing depends on its strength
	"encoding/base64"
	"net/netip"
	"strings"
)

// The protocols whose flows have ports. https://www.iana.org/assignments/protocol-numbers
const (
	ICMP  = 1
	TCP   = 6
	UDP   = 17
	ICMP6 = 58
	SCTP  = 132
)

// Tuple is a flow, from whichever side it was seen.
type Tuple struct {
	Source, Destination         netip.Addr
	SourcePort, DestinationPort uint16 // of ICMP: type and code
	Protocol                    uint8
}

// prefix says version 1.
const prefix = "1:"

// Of returns the Community ID of a flow; the empty text if it has none,
// because its addresses are missing or of two families.
func Of(t Tuple) string {
	t.Source, t.Destination = t.Source.Unmap().WithZone(""), t.Destination.Unmap().WithZone("")
	if !t.Source.IsValid() || t.Source.Is4() != t.Destination.Is4() || !t.Destination.IsValid() {
		return ""
	}
	ports, oneWay := true, false
	switch t.Protocol {
	case TCP, UDP, SCTP:
	case ICMP:
		t.DestinationPort, oneWay = counterpart(answers4, t.SourcePort, t.DestinationPort)
	case ICMP6:
		t.DestinationPort, oneWay = counterpart(answers6, t.SourcePort, t.DestinationPort)
	default:
		ports, t.SourcePort, t.DestinationPort = false, 0, 0
	}
	if !oneWay {
		if c := t.Source.Compare(t.Destination); c > 0 || c == 0 && t.SourcePort > t.DestinationPort {
			t.Source, t.Destination = t.Destination, t.Source
			t.SourcePort, t.DestinationPort = t.DestinationPort, t.SourcePort
		}
	}
	b := make([]byte, 2, 2+16+16+2+4) // the seed is 0
	b = append(b, t.Source.AsSlice()...)
	b = append(b, t.Destination.AsSlice()...)
	b = append(b, t.Protocol, 0)
	if ports {
		b = append(b, byte(t.SourcePort>>8), byte(t.SourcePort), byte(t.DestinationPort>>8), byte(t.DestinationPort))
	}
	sum := sha1.Sum(b)
	return prefix + base64.StdEncoding.EncodeToString(sum[:])
}

// Types of messages of ICMP and the types that answer them. A message that
// nothing answers is a flow of one direction.
var (
	answers4 = both(map[uint16]uint16{8: 0, 10: 9, 13: 14, 15: 16, 17: 18})
	answers6 = both(map[uint16]uint16{128: 129, 133: 134, 135: 136, 130: 131, 139: 140, 144: 145})
)

func both(m map[uint16]uint16) map[uint16]uint16 {
	all := map[uint16]uint16{}
	for a, b := range m {
		all[a], all[b] = b, a
	}
	return all
}

// counterpart is what stands for the second port of a message of ICMP.
func counterpart(answers map[uint16]uint16, kind, code uint16) (port uint16, oneWay bool) {
	if a, found := answers[kind]; found {
		return a, false
	}
	return code, true
}

// Protocol is the number of a protocol as logs name it; ok is false for a name
// that is not known. ip6 says that the flow's addresses are IPv6: Zeek calls
// ICMP the same in both.
func Protocol(name string, ip6 bool) (number uint8, ok bool) {
	switch strings.ToLower(name) {
	case "tcp":
		return TCP, true
	case "udp":
		return UDP, true
	case "sctp":
		return SCTP, true
	case "icmp":
		if ip6 {
			return ICMP6, true
		}
		return ICMP, true
	case "icmp6", "icmpv6", "ipv6-icmp":
		return ICMP6, true
	}
	return 0, false
}
