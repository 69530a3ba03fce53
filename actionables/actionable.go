// Package actionables is what Spoor offers on the words of a line: an
// Actionable says "whenever you see this (its triggers), offer that (its
// actions)". The package finds the words (Matcher), cuts texts where they
// stand (Cut), fills actions in (Expand) and keeps the set (Book).
package actionables

import "time"

// Actionable joins triggers, any of which finds a value in a text, with the
// actions that are offered on it. Its JSON is that of the HTTP interface.
type Actionable struct {
	// ID names it for good: lower case letters, digits and hyphens, at most
	// 64 bytes. Empty in Book.Create means that one is made of the name.
	ID string `json:"id"`
	// Name is what people call it; at most 128 bytes.
	Name string `json:"name"`
	// Description says what it is for; may be empty.
	Description string `json:"description"`
	// MenuLabel heads its actions in the menu; empty means Name.
	MenuLabel string `json:"menu_label"`
	// Disabled keeps it in the book but out of the Matcher.
	Disabled bool `json:"disabled"`
	// Shipped says that it came with Spoor. The book sets it.
	Shipped bool `json:"shipped"`
	// Version grows with every change. Book.Put wants the stored one.
	Version uint64 `json:"version"`
	// Updated is when it was last changed. The book sets it.
	Updated time.Time `json:"updated"`

	Triggers []Trigger `json:"triggers"`
	Actions  []Action  `json:"actions"`
}

// Trigger finds values in a text.
type Trigger struct {
	// Pattern is a regular expression of RE2. The value is the first group
	// with a name that took part in the match, else the whole match.
	// Empty values are no matches.
	Pattern string `json:"pattern"`
	// On says when it is looked for; empty means OnClick.
	On On `json:"on"`
	// Disabled leaves it out.
	Disabled bool `json:"disabled"`
	// As says what the value must be beyond matching; empty means anything.
	As As `json:"as,omitempty"`
}

// On says when a trigger is looked for.
type On string

const (
	// OnClick: matches are underlined in every text.
	OnClick On = "click"
	// OnSelection: only when a person selects text by hand. For words that
	// are too common to be underlined, such as plain numbers.
	OnSelection On = "selection"
)

// As is a meaning that the value of a trigger must have.
type As string

// AsAddress: the values are the IP addresses inside what the pattern finds
// (inside the named group, if there is one), with the borders that the search
// itself uses. So a loose pattern will do, and 999.1.1.1, the version number
// 1.2.3.4.5 and the 10.0.0.1 in 10.0.0.1.2 are no matches.
const AsAddress As = "address"

// Action is one thing to do with a value.
type Action struct {
	// Name is what the menu shows; at most 128 bytes.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`

	// Query is a template in the query language (KindSearch).
	Query string `json:"query,omitempty"`

	// Host is a template that gives the address whose packets are wanted
	// (KindPackets); with one placeholder of several values, all of them.
	Host string `json:"host,omitempty"`
	// Port is a template that gives a port (KindPackets); empty means any.
	Port string `json:"port,omitempty"`
	// Before and After are how long before and after the line's time the
	// packets may be ("90s", "5m", "1h30m"); empty means DefaultWindow.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`

	// URL is a template that gives an http or https address (KindURL).
	URL string `json:"url,omitempty"`
}

// Kind is what an action does.
type Kind string

const (
	// KindSearch runs a query.
	KindSearch Kind = "search"
	// KindPackets fetches packets from the fleet.
	KindPackets Kind = "packets"
	// KindURL opens a page.
	KindURL Kind = "url"
)

const (
	// DefaultWindow is what an action takes before and after the line's
	// time when it says nothing.
	DefaultWindow = 5 * time.Minute
	// MaxWindow is the most that an action may take on either side.
	MaxWindow = 31 * 24 * time.Hour

	// MaxTriggers and MaxActions bound one actionable.
	MaxTriggers = 64
	MaxActions  = 64
	// MaxName bounds names and labels, MaxText all other texts, in bytes.
	MaxName = 128
	MaxText = 4 << 10
)
