package actionables

// The address patterns are loose: AsAddress sees to the rest, so that they can
// be read. The matcher knows them and scans for addresses without them.
const (
	patternIPv4 = `[0-9]{1,3}(?:\.[0-9]{1,3}){3}`
	patternIPv6 = `[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*`
)

// The other patterns stand between \b, so that two values with one character
// between them are both found.
const (
	patternDomain = `(?i)\b(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:xn--[a-z0-9-]{2,59}|[a-z]{2,24})\b`
	patternURL    = `(?i)\b(?:https?|ftp)://[^\s"'<>\\^` + "`" + `{|}]{3,2000}`
	patternEmail  = `(?i)\b[0-9a-z._%+-]{1,64}@(?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.)+[a-z]{2,24}\b`
	patternMD5    = `\b[0-9a-fA-F]{32}\b`
	patternSHA1   = `\b[0-9a-fA-F]{40}\b`
	patternSHA256 = `\b[0-9a-fA-F]{64}\b`
)

// Shipped returns the actionables that come with Spoor, in order. Book puts
// each of them into a new book once.
func Shipped() []Actionable {
	return []Actionable{{
		ID:          "address",
		Name:        "Address",
		Description: "IPv4 and IPv6 addresses.",
		Triggers: []Trigger{
			{Pattern: patternIPv4, On: OnClick, As: AsAddress},
			{Pattern: patternIPv6, On: OnClick, As: AsAddress},
		},
		Actions: []Action{
			{Name: "Search this address", Kind: KindSearch, Query: "{value}"},
			{Name: "Packets of this host", Kind: KindPackets, Host: "{value}", Before: "5m", After: "5m"},
		},
	}}
}
