package actionables

// The address patterns are loose: AsAddress sees to the rest, so that they can
// be read. The matcher knows them and scans for addresses without them.
const (
	patternIPv4 = `[0-9]{1,3}(?:\.[0-9]{1,3}){3}`
	patternIPv6 = `[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*`
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
