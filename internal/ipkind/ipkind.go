// Package ipkind says what kinds of IP addresses there are: whom they reach.
package ipkind

import (
	"net/netip"
	"slices"
)

// reserved are the networks that nobody on the Internet is reached in, beyond
// those that netip knows.
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
var reserved = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b:1::/48", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
)

// never are addresses that no request of ours may reach, whoever allows it:
// this link, where cloud providers answer secrets, and those that they answer
// at elsewhere (Amazon over IPv6, Alibaba, Azure, Oracle).
var never = prefixes(
	"169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "255.255.255.255/32",
)

// Networks that carry an IPv4 address in their own: NAT64 (RFC 6052) in the
// last four bytes, 6to4 (RFC 3056) behind the first two.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, t := range texts {
		all = append(all, netip.MustParsePrefix(t))
	}
	return all
}

// plain is the address that a packet reaches in the end.
func plain(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	switch b := a.As16(); {
	case a.Is6() && nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case a.Is6() && sixTo4.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// Public says whether an address can be one of the Internet: it is of no
// private network, not of this machine or link, not multicast, not reserved.
func Public(a netip.Addr) bool {
	a = plain(a)
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	return !in(reserved, a)
}

// Never says whether no request may go to an address, even if its host is
// allowed: unspecified, multicast, of this link, or where cloud providers
// answer secrets.
func Never(a netip.Addr) bool {
	a = plain(a)
	return !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || in(never, a)
}

func in(all []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(all, func(p netip.Prefix) bool { return p.Contains(a) })
}
