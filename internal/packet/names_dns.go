package packet

import "strconv"

// dnsTypes are the types of records that have a name.
// https://www.iana.org/assignments/dns-parameters
var dnsTypes = map[uint16]string{
	1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 17: "RP",
	28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC",
	48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 64: "SVCB", 65: "HTTPS",
	99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI", 257: "CAA",
}

func dnsType(kind uint16) string {
	if name := dnsTypes[kind]; name != "" {
		return name
	}
	return "TYPE" + strconv.Itoa(int(kind))
}

// dnsOpcode is what the info of a message begins with.
func dnsOpcode(opcode uint16) string {
	switch opcode {
	case 0:
		return "Standard query"
	case 1:
		return "Inverse query"
	case 2:
		return "Server status request"
	case 4:
		return "Zone change notification"
	case 5:
		return "Dynamic update"
	case 6:
		return "DNS Stateful operations (DSO)"
	}
	return "Unknown operation"
}

// dnsCode is what the info of an answer says about its code; "" if all is
// well.
func dnsCode(code uint16) string {
	switch code {
	case 0:
		return ""
	case 1:
		return "Format error"
	case 2:
		return "Server failure"
	case 3:
		return "No such name"
	case 4:
		return "Not implemented"
	case 5:
		return "Refused"
	case 6:
		return "Name exists"
	case 7:
		return "RRset exists"
	case 8:
		return "RRset does not exist"
	case 9:
		return "Not authoritative"
	case 10:
		return "Name out of zone"
	}
	return "Unknown error"
}
