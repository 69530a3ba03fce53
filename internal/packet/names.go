package packet

import (
	"strings"

	"github.com/google/gopacket/layers"
)

// etherName names an Ethernet type, by its number if nobody knows it.
func etherName(kind uint16) string {
	switch name := layers.EthernetType(kind).String(); {
	case kind == 0x88cc:
		return "LLDP"
	case name == "" || strings.HasPrefix(name, "Unknown"):
		return string(appendHex(nil, uint64(kind), 4))
	default:
		return name
	}
}

// protocolName names an IP protocol.
func protocolName(protocol uint8) string {
	switch protocol {
	case protoICMP:
		return "ICMP"
	case protoTCP:
		return "TCP"
	case protoUDP:
		return "UDP"
	}
	name := layers.IPProtocol(protocol).String()
	if name == "" || strings.HasPrefix(name, "Unknown") {
		return "IP protocol"
	}
	return name
}
