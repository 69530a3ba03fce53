package actionables

// The address patterns are loose: AsAddress sees to the rest, so that they can
// be read. The matcher knows them and scans for addresses without them.
const (
	patternIPv4 = `[0-9]{1,3}(?:\.[0-9]{1,3}){3}`
	patternIPv6 = `[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*`
)

// The other patterns stand between \b where they can, so that two values with
// one character between them are both found.
const (
	patternDomain = `(?i)\b(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:xn--[a-z0-9-]{2,59}|[a-z]{2,24})\b`
	patternURL    = `(?i)\b(?:https?|ftp)://[^\s"'<>\\^` + "`" + `{|}]*[0-9a-z/_~=&%#+-]`
	patternEmail  = `(?i)\b[0-9a-z._%+-]{1,64}@(?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.)+[a-z]{2,24}\b`
	patternMD5    = `\b[0-9a-fA-F]{32}\b`
	patternSHA1   = `\b[0-9a-fA-F]{40}\b`
	patternSHA256 = `\b[0-9a-fA-F]{64}\b`
	patternMAC    = `(?i)\b[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})\b`
	// https://docs.zeek.org/en/master/log-formats.html: C for connections, F
	// for files, and 16 or so digits of base 62.
	patternUID = `\b[CF][0-9A-Za-z]{13,19}\b`
	// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md
	patternJA4 = `\b[tqd](?:1[0-3]|s[123]|d[123]|00)[di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}\b`
	// JA3 are MD5 sums: only their field tells them.
	patternJA3 = `(?i)\bja3s?(?:\.hash)?["']?\s*[:=]\s*["']?(?P<ja3>[0-9a-f]{32})\b`
	patternCVE = `(?i)\bCVE-(?:1999|2[0-9]{3})-[0-9]{4,7}\b`
	// A number of an event has a meaning only beside the word.
	patternEvent     = `(?i)\bevent[ _]?id(?:["'>]|\s)*(?:[:=]\s*["']?)?(?P<event>[0-9]{1,5})\b`
	patternCommunity = `\b1:[0-9A-Za-z+/]{27}=`
)

// Searches that many shipped actionables share.
func searchFor(what string) Action {
	return Action{Name: "Search this " + what, Kind: KindSearch, Query: "{value}"}
}

// packetsOfConnection fetches the packets of the connection that a line is
// about. It is offered where the line says which.
func packetsOfConnection() Action {
	return Action{
		Name: "Packets of this connection", Kind: KindPackets,
		Host: "{field:id.orig_h}", Peer: "{field:id.resp_h}", Port: "{field:id.orig_p}", PeerPort: "{field:id.resp_p}",
		Before: "1m", After: "1m",
		When: &Condition{Has: []string{"id.orig_h", "id.resp_h", "id.orig_p", "id.resp_p"}},
	}
}

// lookup opens a well-known public service. It leaves for another host, so it
// does nothing until that host is allowed.
func lookup(name, url string, when *Condition) Action {
	return Action{Name: name, Kind: KindURL, URL: url, When: when}
}

func defanged() Action {
	return Action{Name: "Copy defanged", Kind: KindCopy, Text: "{value|defang}"}
}

// Shipped returns the actionables that come with Spoor, in order. Book puts
// each of them into a new book once, and brings those up to date that nobody
// has changed.
func Shipped() []Actionable {
	all := []Actionable{shippedAddress(), shippedDomain(), shippedURL(), shippedEmail()}
	all = append(all, shippedHashes()...)
	return append(all, shippedMAC(), shippedUID(), shippedTLS(), shippedCVE(), shippedEvent(), shippedCommunity())
}

func click(patterns ...string) (triggers []Trigger) {
	for _, p := range patterns {
		triggers = append(triggers, Trigger{Pattern: p, On: OnClick})
	}
	return triggers
}

func shippedAddress() Actionable {
	public := &Condition{Address: PublicAddress}
	return Actionable{
		ID:          "address",
		Name:        "Address",
		Description: "IPv4 and IPv6 addresses.",
		Triggers: []Trigger{
			{Pattern: patternIPv4, On: OnClick, As: AsAddress},
			{Pattern: patternIPv6, On: OnClick, As: AsAddress},
		},
		Actions: []Action{
			searchFor("address"),
			{Name: "Packets of this host", Kind: KindPackets, Host: "{value}", Before: "5m", After: "5m"},
			packetsOfConnection(),
			lookup("VirusTotal", "https://www.virustotal.com/gui/ip-address/{value}", public),
			lookup("AbuseIPDB", "https://www.abuseipdb.com/check/{value}", public),
			lookup("Shodan", "https://www.shodan.io/host/{value}", public),
			lookup("RDAP: whose is it", "https://rdap.org/ip/{value}", public),
			defanged(),
		},
	}
}

func shippedDomain() Actionable {
	return Actionable{
		ID:          "domain",
		Name:        "Domain",
		Description: "Names of hosts whose last part exists, or is in use inside networks.",
		Triggers:    []Trigger{{Pattern: patternDomain, On: OnClick, As: AsDomain}},
		Actions: []Action{
			searchFor("name"),
			lookup("VirusTotal", "https://www.virustotal.com/gui/domain/{value}", nil),
			lookup("urlscan.io", "https://urlscan.io/search/#domain:{value}", nil),
			lookup("Certificates at crt.sh", "https://crt.sh/?q={value}", nil),
			lookup("RDAP: whose is it", "https://rdap.org/domain/{value}", nil),
			defanged(),
		},
	}
}

func shippedURL() Actionable {
	return Actionable{
		ID:          "url",
		Name:        "URL",
		Description: "Addresses of pages and files.",
		Triggers:    click(patternURL),
		Actions: []Action{
			searchFor("URL"),
			{Name: "Search its host", Kind: KindSearch, Query: "{value|host}"},
			lookup("urlscan.io", "https://urlscan.io/search/#page.url:%22{value}%22", nil),
			defanged(),
		},
	}
}

func shippedEmail() Actionable {
	return Actionable{
		ID:          "email",
		Name:        "E-mail address",
		Description: "Addresses of e-mail.",
		Triggers:    []Trigger{{Pattern: patternEmail, On: OnClick, As: AsDomain}},
		Actions: []Action{
			searchFor("e-mail address"),
			{Name: "Search its domain", Kind: KindSearch, Query: "{value|host}"},
			defanged(),
		},
	}
}

func shippedHashes() (all []Actionable) {
	for _, h := range []struct{ id, name, pattern string }{
		{"md5", "MD5", patternMD5}, {"sha-1", "SHA-1", patternSHA1}, {"sha-256", "SHA-256", patternSHA256},
	} {
		all = append(all, Actionable{
			ID:          h.id,
			Name:        h.name,
			MenuLabel:   "Hash",
			Description: "Sums of files by " + h.name + ".",
			Triggers:    click(h.pattern),
			Actions: []Action{
				searchFor("hash"),
				packetsOfConnection(),
				lookup("VirusTotal", "https://www.virustotal.com/gui/search/{value}", nil),
				lookup("MalwareBazaar", "https://bazaar.abuse.ch/browse.php?search="+map[string]string{"md5": "md5", "sha-1": "sha1", "sha-256": "sha256"}[h.id]+"%3A{value}", nil),
			},
		})
	}
	return all
}

func shippedMAC() Actionable {
	return Actionable{
		ID:          "mac-address",
		Name:        "MAC address",
		Description: "Addresses of network cards.",
		Triggers:    click(patternMAC),
		Actions: []Action{
			searchFor("MAC address"),
			lookup("Who made it", "https://maclookup.app/search/result?mac={value}", nil),
		},
	}
}

func shippedUID() Actionable {
	return Actionable{
		ID:          "zeek-uid",
		Name:        "Zeek uid",
		Description: "What Zeek calls a connection (C...) or a file (F...) in all of its logs; elsewhere many a long word looks like one.",
		When:        &Condition{Tags: []string{"zeek.*"}},
		Triggers:    click(patternUID),
		Actions:     []Action{{Name: "All logs of this connection", Kind: KindSearch, Query: "{value}"}, packetsOfConnection()},
	}
}

func shippedTLS() Actionable {
	return Actionable{
		ID:          "tls-fingerprint",
		Name:        "TLS fingerprint",
		Description: "JA3, where the name of the field says so, and JA4.",
		Triggers:    click(patternJA4, patternJA3),
		Actions: []Action{
			searchFor("fingerprint"),
			packetsOfConnection(),
			lookup("ja4db", "https://ja4db.com/?q={value}", nil),
		},
	}
}

func shippedCVE() Actionable {
	return Actionable{
		ID:          "cve",
		Name:        "CVE",
		Description: "Numbers of known weaknesses.",
		Triggers:    click(patternCVE),
		Actions: []Action{
			searchFor("CVE"),
			lookup("NVD", "https://nvd.nist.gov/vuln/detail/{value|upper}", nil),
			lookup("cve.org", "https://www.cve.org/CVERecord?id={value|upper}", nil),
		},
	}
}

func shippedEvent() Actionable {
	return Actionable{
		ID:          "windows-event",
		Name:        "Windows event",
		Description: "Numbers of Windows events, where the line says that they are.",
		Triggers:    click(patternEvent),
		Actions: []Action{
			{Name: "Search this event", Kind: KindSearch, Query: "EventID:{value}"},
			{Name: "The same event on this host", Kind: KindSearch, Query: "EventID:{value} hostname:{field:hostname}", When: &Condition{Has: []string{"hostname"}}},
			lookup("What it means", "https://www.ultimatewindowssecurity.com/securitylog/encyclopedia/event.aspx?eventID={value}", nil),
		},
	}
}

func shippedCommunity() Actionable {
	return Actionable{
		ID:          "community-id",
		Name:        "Community ID",
		Description: "The same text for a flow on every tool. Spoor computes it for packets and connections that lack it.",
		Triggers:    click(patternCommunity),
		Actions: []Action{
			{Name: "Search this flow", Kind: KindSearch, Query: "community_id:{value}"},
			packetsOfConnection(),
		},
	}
}
