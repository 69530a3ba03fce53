// Package actionables is what Spoor offers on the words of a line: an
// Actionable says "whenever you see this (its triggers), offer that (its
// actions)". The package finds the words (Matcher), cuts texts where they
// stand (Cut), fills actions in (Expand), keeps the set with its history
// (Book), and reads and writes those of other programs (Import, Export).
package actionables

import (
	"encoding/json"
	"time"
)

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
	// MenuLabel heads its actions in the menu; empty means Name. All of one
	// label share a submenu.
	MenuLabel string `json:"menu_label"`
	// Labels are words to find it by in the list of actionables.
	Labels []string `json:"labels,omitempty"`
	// Owner, Sharing and Groups say whose it is. Spoor has no users yet:
	// the members are kept, and nothing depends on them.
	Owner   string   `json:"owner,omitempty"`
	Sharing Sharing  `json:"sharing,omitempty"`
	Groups  []string `json:"groups,omitempty"`
	// Disabled keeps it in the book but out of the Matcher.
	Disabled bool `json:"disabled"`
	// Shipped says that it came with Spoor. The book sets it.
	Shipped bool `json:"shipped"`
	// Version grows with every change. Book.Put wants the stored one.
	Version uint64 `json:"version"`
	// Updated is when it was last changed. The book sets it.
	Updated time.Time `json:"updated"`

	// When says on which lines and values it is looked for; nil means all.
	When     *Condition `json:"when,omitempty"`
	Triggers []Trigger  `json:"triggers"`
	Actions  []Action   `json:"actions"`
	// Original is what it was imported from, kept word for word for Export.
	Original *Original `json:"original,omitempty"`
}

// Sharing says who sees an actionable.
type Sharing string

const (
	// ShareAll: everybody. The zero value means it, too.
	ShareAll Sharing = "all"
	// ShareGroups: the owner and the groups.
	ShareGroups Sharing = "groups"
	// ShareOwner: the owner alone.
	ShareOwner Sharing = "owner"
)

// Original is an object of another program.
type Original struct {
	// Format is that of its file.
	Format Format `json:"format"`
	// Object is the actionable as that program wrote it.
	Object json.RawMessage `json:"object"`
}

// Condition narrows an actionable or an action to lines and values. All
// members that are set must hold; the zero value always does.
type Condition struct {
	// Tags: the line has one of these tags. A * stands for any text. A text
	// without a line has no tag.
	Tags []string `json:"tags,omitempty"`
	// Fields: the value stands in one of these fields of the line, under
	// any of their names.
	Fields []string `json:"fields,omitempty"`
	// Has: the line has all of these fields.
	Has []string `json:"has,omitempty"`
	// Address: the value is an IP address of this kind.
	Address AddressKind `json:"address,omitempty"`
}

// AddressKind is a kind of IP address.
type AddressKind string

const (
	// PublicAddress is one that everybody on the Internet can reach.
	PublicAddress AddressKind = "public"
	// PrivateAddress is any other: of a private network (RFC 1918, 4193),
	// this machine, this link, reserved, or of many (multicast).
	PrivateAddress AddressKind = "private"
)

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

const (
	// AsAddress: the values are the IP addresses inside what the pattern finds
	// (inside the named group, if there is one), with the borders that the
	// search itself uses. So a loose pattern will do, and 999.1.1.1, the version
	// number 1.2.3.4.5 and the 10.0.0.1 in 10.0.0.1.2 are no matches.
	AsAddress As = "address"
	// AsDomain: the value ends in a domain that exists (the public suffix
	// list, https://publicsuffix.org) or that is in use inside networks
	// (.local, .lan, .internal, .corp, .home, .arpa, .test ...), so svchost.exe
	// is no match.
	AsDomain As = "domain"
)

// Action is one thing to do with a value. Which members count goes by Kind;
// those that do not must be empty.
type Action struct {
	// Name is what the menu shows; at most 128 bytes.
	Name string `json:"name"`
	// Description says more; may be empty.
	Description string `json:"description,omitempty"`
	Kind        Kind   `json:"kind"`
	// Disabled leaves it out of the menu.
	Disabled bool `json:"disabled,omitempty"`
	// When says on which lines and values it is offered; nil means all.
	When *Condition `json:"when,omitempty"`

	// Query is a template in the query language (KindSearch).
	Query string `json:"query,omitempty"`
	// Saved is the name of a saved search (KindSaved). Placeholders in the
	// text of that search are filled in.
	Saved string `json:"saved,omitempty"`
	// From and To are templates of the time range: of the search (KindSearch,
	// KindSaved; empty means that of the search on the page), or of the
	// packets (KindPackets, instead of Before and After).
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`

	// Host is a template that gives the address whose packets are wanted
	// (KindPackets); with one placeholder of several values, all of them.
	Host string `json:"host,omitempty"`
	// Port is a template that gives a port (KindPackets); empty means any.
	Port string `json:"port,omitempty"`
	// Peer and PeerPort are templates of the other side of a connection;
	// empty means any.
	Peer     string `json:"peer,omitempty"`
	PeerPort string `json:"peer_port,omitempty"`
	// Protocol is a template that gives tcp, udp, icmp, icmp6 or a number;
	// empty means any.
	Protocol string `json:"protocol,omitempty"`
	// Before and After are how long before and after the line's time the
	// packets may be ("90s", "5m", "1h30m"); empty means DefaultWindow.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Sensors are the IDs of those that are asked; none means all.
	Sensors []string `json:"sensors,omitempty"`
	// MaxPackets and MaxBytes bound what each sensor sends; 0 means what the
	// fleet allows.
	MaxPackets int64 `json:"max_packets,omitempty"`
	MaxBytes   int64 `json:"max_bytes,omitempty"`

	// URL is a template that gives an http or https address, or the path of
	// a page of Spoor ("/fleet?..."; KindURL, KindWebhook).
	URL string `json:"url,omitempty"`
	// Open says where a page opens; empty means OpenTab (KindURL).
	Open Open `json:"open,omitempty"`
	// Width and Height of a modal in percent of the window; 0 means 80.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`

	// Method of the request; empty means POST with a Body, else GET
	// (KindWebhook).
	Method string `json:"method,omitempty"`
	// Headers of the request; their values are templates (KindWebhook).
	Headers []Header `json:"headers,omitempty"`
	// Body is a template. With BodyJSON it must be JSON once its
	// placeholders are filled in, and every value is encoded for its place
	// (KindWebhook).
	Body     string   `json:"body,omitempty"`
	BodyType BodyType `json:"body_type,omitempty"`
	// Timeout of the request, 1s to 60s; empty means 10s (KindWebhook).
	Timeout string `json:"timeout,omitempty"`
	// MaxAnswer bounds what is read of the answer in bytes; 0 means 64 KiB,
	// at most 1 MiB (KindWebhook).
	MaxAnswer int `json:"max_answer,omitempty"`

	// Text is a template of what is copied (KindCopy).
	Text string `json:"text,omitempty"`

	// Fallbacks are further templates of the kind's main member (Query, URL
	// or Text): the first of all whose placeholders can be filled is taken.
	Fallbacks []string `json:"fallbacks,omitempty"`
}

// Header is a header of a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Kind is what an action does.
type Kind string

const (
	// KindSearch runs a query.
	KindSearch Kind = "search"
	// KindSaved runs a saved search.
	KindSaved Kind = "saved"
	// KindPackets fetches packets from the fleet.
	KindPackets Kind = "packets"
	// KindURL opens a page.
	KindURL Kind = "url"
	// KindWebhook sends a request in the background.
	KindWebhook Kind = "webhook"
	// KindCopy puts a text onto the clipboard.
	KindCopy Kind = "copy"
	// KindKept does nothing: another program's action that has no
	// counterpart, kept disabled for Export.
	KindKept Kind = "kept"
)

// Open says where a page opens.
type Open string

const (
	// OpenTab is a new tab of the browser.
	OpenTab Open = "tab"
	// OpenModal is a frame inside Spoor's page.
	OpenModal Open = "modal"
)

// BodyType says what the body of a request is.
type BodyType string

const (
	// BodyJSON: application/json.
	BodyJSON BodyType = "json"
	// BodyForm: application/x-www-form-urlencoded.
	BodyForm BodyType = "form"
	// BodyText: text/plain.
	BodyText BodyType = "text"
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
	// MaxList bounds labels, groups, tags, fields, headers and fallbacks.
	MaxList = 32
	// MaxName bounds names and labels, MaxText all other texts, in bytes.
	MaxName = 128
	MaxText = 4 << 10
)

// Format is a format of files of actionables.
type Format string

const (
	// FormatSpoor is what Export writes and the HTTP interface speaks.
	FormatSpoor Format = "spoor"
	// FormatGravwell is that of Gravwell's actionables: the form of its API,
	// of its kits, and their .meta files.
	FormatGravwell Format = "gravwell"
	// FormatSecurityOnion is that of the actions of Security Onion's SOC.
	FormatSecurityOnion Format = "security-onion"
	// FormatArkime is that of Arkime's value actions.
	FormatArkime Format = "arkime"
	// FormatElastic is that of URL templates as Kibana has them.
	FormatElastic Format = "elastic"
)
