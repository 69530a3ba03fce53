package format

import (
	"slices"
	"strings"
)

// Group is a set of names that mean the same field. Nothing is renamed: a
// name is looked for as it is asked for, then under the other names.
type Group struct {
	// Names may all be asked for. Zeek's own stands first, then what Zeek's
	// JSON exporters, the Elastic Common Schema
	// (https://www.elastic.co/docs/reference/ecs), and others write.
	Names []string
	// Also are read where none of Names is there, and say nothing of each
	// other: who asks for client does not mean the source of any connection.
	Also []string
	// Packet are the fields of packets, by Wireshark's names, that are read
	// all together.
	Packet []string
}

// groups is the table of aliases. The computed severity and facility of
// syslog must not be in it: the index finds them by their own names only.
var groups = []Group{
	{
		Names:  []string{"id.orig_h", "id_orig_h", "source.ip", "src_ip", "srcip", "source_ip"},
		Also:   []string{"client", "src", "SourceIp", "SourceAddress", "IpAddress"},
		Packet: []string{"ip.src", "ipv6.src"},
	},
	{
		Names:  []string{"id.resp_h", "id_resp_h", "destination.ip", "dest_ip", "dst_ip", "dstip", "destination_ip"},
		Also:   []string{"dst", "DestinationIp", "DestAddress"},
		Packet: []string{"ip.dst", "ipv6.dst"},
	},
	{
		Names:  []string{"id.orig_p", "id_orig_p", "source.port", "src_port", "srcport", "source_port"},
		Also:   []string{"SourcePort", "IpPort"},
		Packet: []string{"tcp.srcport", "udp.srcport", "sctp.srcport"},
	},
	{
		Names:  []string{"id.resp_p", "id_resp_p", "destination.port", "dest_port", "dst_port", "dstport", "destination_port"},
		Also:   []string{"DestinationPort", "DestPort"},
		Packet: []string{"tcp.dstport", "udp.dstport", "sctp.dstport"},
	},
	{Names: []string{"orig_l2_addr", "source.mac", "src_mac"}, Packet: []string{"eth.src"}},
	{Names: []string{"resp_l2_addr", "destination.mac", "dest_mac", "dst_mac"}, Packet: []string{"eth.dst"}},
	{Names: []string{"vlan", "network.vlan.id"}, Packet: []string{"vlan.id"}},
	{Names: []string{"ts", "@timestamp"}, Also: []string{"timestamp"}},
	{Names: []string{"uid", "zeek.session_id"}},
	{Names: []string{"community_id", "network.community_id"}},
	{Names: []string{"proto", "network.transport"}},
	{Names: []string{"service", "network.protocol"}, Also: []string{"app_proto"}},
	{Names: []string{"orig_bytes", "source.bytes"}, Also: []string{"flow.bytes_toserver"}},
	{Names: []string{"resp_bytes", "destination.bytes"}, Also: []string{"flow.bytes_toclient"}},
	{Names: []string{"orig_pkts", "source.packets"}, Also: []string{"flow.pkts_toserver"}},
	{Names: []string{"resp_pkts", "destination.packets"}, Also: []string{"flow.pkts_toclient"}},
	{Names: []string{"query", "dns.question.name"}, Also: []string{"dns.rrname"}, Packet: []string{"dns.qry.name"}},
	{Names: []string{"qtype_name", "dns.question.type"}, Also: []string{"dns.rrtype"}},
	{Names: []string{"rcode_name", "dns.response_code"}, Also: []string{"dns.rcode"}},
	{Names: []string{"answers", "dns.answers.data"}, Also: []string{"dns.resolved_ip"}},
	{Names: []string{"method", "http.request.method"}, Also: []string{"http.http_method"}, Packet: []string{"http.request.method"}},
	{Names: []string{"uri", "url.original"}, Also: []string{"http.url"}, Packet: []string{"http.request.uri"}},
	{Names: []string{"status_code", "http.response.status_code"}, Also: []string{"status", "http.status"}, Packet: []string{"http.response.code"}},
	{Names: []string{"user_agent", "user_agent.original"}, Also: []string{"agent", "http.http_user_agent"}, Packet: []string{"http.user_agent"}},
	{Names: []string{"referrer", "http.request.referrer"}, Also: []string{"referer", "http.http_refer"}, Packet: []string{"http.referer"}},
	{
		Names: []string{"server_name", "tls.client.server_name"}, Also: []string{"tls.sni"},
		Packet: []string{"tls.handshake.extensions_server_name"},
	},
	{Names: []string{"ja3", "tls.client.ja3"}, Also: []string{"tls.ja3.hash"}},
	{Names: []string{"ja3s", "tls.server.ja3s"}, Also: []string{"tls.ja3s.hash"}},
	{Names: []string{"user", "user.name", "username"}},
	{Names: []string{"hostname", "host.name"}, Also: []string{"host", "Hostname", "Computer"}},
	{Names: []string{"app", "process.name", "program"}},
	{Names: []string{"pid", "process.pid"}},
	{Names: []string{"message", "msg"}, Also: []string{"Message"}},
	{Names: []string{"filename", "file.name"}, Also: []string{"fileinfo.filename"}},
	{Names: []string{"mime_type", "file.mime_type"}},
	{Names: []string{"md5", "file.hash.md5"}, Also: []string{"hash.md5", "fileinfo.md5"}},
	{Names: []string{"sha1", "file.hash.sha1"}, Also: []string{"hash.sha1", "fileinfo.sha1"}},
	{Names: []string{"sha256", "file.hash.sha256"}, Also: []string{"hash.sha256", "fileinfo.sha256"}},
}

// The names that mean either side of a connection or a packet: the entry's
// own field of that name and both sides. An entry that has none of these is
// searched for addresses, where it has no ip or mac, in all of its text.
const (
	sideIP   = "ip"
	sidePort = "port"
	sideMAC  = "mac"
)

// sides names the two sides, and the fields of packets that are either.
var sides = map[string]struct{ from, to, packet string }{
	sideIP:   {"id.orig_h", "id.resp_h", "host"},
	sidePort: {"id.orig_p", "id.resp_p", "port"},
	sideMAC:  {"orig_l2_addr", "resp_l2_addr", "eth.addr"},
}

// Groups returns the table of aliases. The caller must not change it.
func Groups() []Group { return groups }

// groupOf finds the group that a name may be asked for in.
var groupOf = func() map[string]*Group {
	m := make(map[string]*Group)
	for i := range groups {
		for _, name := range groups[i].Names {
			m[name] = &groups[i]
		}
	}
	return m
}()

// Canonical returns the names that mean the same field as name, itself
// among them, Zeek's own spelling first. It is nil when there is no other.
// The caller must not change what it gets.
func Canonical(name string) []string {
	if g := groupOf[name]; g != nil {
		return g.Names
	}
	if rest, ok := strings.CutPrefix(name, "id."); ok && rest != "" {
		return []string{name, "id_" + rest}
	}
	if rest, ok := strings.CutPrefix(name, "id_"); ok && rest != "" {
		return []string{"id." + rest, name}
	}
	return nil
}

// spellings returns the names under which a field is looked for, the best
// first: the name as it is, those of its group, what they are read from also.
func spellings(name string) []string {
	list := []string{name}
	for _, other := range Canonical(name) {
		if other != name {
			list = append(list, other)
		}
	}
	if g := groupOf[name]; g != nil {
		list = append(list, g.Also...)
	}
	return list
}

// parts returns the spellings of the fields that name stands for: one field,
// but for ip, port and mac, of which it is three.
func parts(name string) [][]string {
	side, ok := sides[name]
	if !ok {
		return [][]string{spellings(name)}
	}
	return [][]string{{name}, spellings(side.from), spellings(side.to)}
}

// packetNames returns the fields of packets that a name stands for, where no
// packet has a field of that name itself.
func packetNames(name string) []string {
	if side, ok := sides[name]; ok {
		return []string{side.packet}
	}
	if g := groupOf[name]; g != nil {
		return g.Packet
	}
	if names := Canonical(name); names != nil { // id.x and id_x
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
	}
	return nil
}
