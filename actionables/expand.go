package actionables

import (
	"fmt"
	"net/netip"
	"time"
)

// Expansion is what an action does with a value. Which members are set goes
// by Kind.
type Expansion struct {
	// Kind is that of the action; a saved search is KindSearch.
	Kind Kind
	// Query is a query that query.ParseSearch reads (KindSearch).
	Query string
	// From and To bound the time of the search, zero where the action says
	// nothing of it, or of the packets (KindSearch, KindPackets).
	From, To time.Time
	// Packets are those that are wanted (KindPackets).
	Packets Packets
	// URL is an absolute http or https address, or a path of Spoor's own
	// that begins with one slash (KindURL, KindWebhook).
	URL string
	// Open, Width and Height say where a page opens, in percent (KindURL).
	Open          Open
	Width, Height int
	// Request is what is sent (KindWebhook).
	Request Request
	// Text is what is copied (KindCopy).
	Text string
	// Sent are the values that went into URL and Request, as they were
	// before they were encoded. Links to the line itself are none of them.
	Sent []string
}

// Packets are a typed filter for the fleet.
type Packets struct {
	// Hosts are the addresses whose packets are wanted: those of any of
	// them, at least one. Ports narrow them to any of these ports; none
	// means all. Peers and PeerPorts are the same for the other side.
	Hosts, Peers     []netip.Addr
	Ports, PeerPorts []uint16
	// Protocol is the number of the IP protocol; Any means that it counts
	// for nothing.
	Protocol    uint8
	AnyProtocol bool
	// Sensors are asked; none means all. MaxPackets and MaxBytes bound what
	// each sends; 0 means what the fleet allows.
	Sensors              []string
	MaxPackets, MaxBytes int64
}

// Request is a request of HTTP.
type Request struct {
	Method    string
	Headers   []Header
	Body      string
	Timeout   time.Duration
	MaxAnswer int
}

// ExpandError says why an action can't be run on a value or a line.
type ExpandError struct {
	// Action is the action's name.
	Action string
	// Placeholder is the one that can't be filled, as written; empty means
	// that the whole does not fit together.
	Placeholder string
	// Reason says why, and names the value.
	Reason string
}

func (e *ExpandError) Error() string {
	if e.Placeholder == "" {
		return fmt.Sprintf("action %q: %s", e.Action, e.Reason)
	}
	return fmt.Sprintf("action %q: %s: %s", e.Action, e.Placeholder, e.Reason)
}

// maxHosts bounds the addresses of one expansion.
const maxHosts = 64

// maxDuration bounds what a line says about how long it lasted.
const maxDuration = 24 * time.Hour

// Expand says what an action does with a value that was found in the line of
// e. Nothing is run. The error is an *ExpandError when the value or the line
// does not fit, an *InvalidError when the action itself is not valid. Whether
// the action's condition holds is not asked: see Condition.Holds.
func Expand(a Action, value string, e Context) (Expansion, error) {
	c, bad := a.compile()
	if bad != nil {
		return Expansion{}, bad
	}
	var sent []string
	x, err := c.expand(filler{value: value, line: e, sent: &sent})
	if err != nil {
		err.Action = a.Name
		return Expansion{}, err
	}
	if x.Kind == KindURL || x.Kind == KindWebhook {
		x.Sent = sent
	}
	return x, nil
}

func (c *action) expand(fill filler) (x Expansion, err *ExpandError) {
	x.Kind = c.kind
	switch c.kind {
	case KindSearch:
		x.Query, err = firstOf(c.queries, fill, searchTemplate.expand)
	case KindSaved:
		x.Kind = KindSearch
		x.Query, err = c.expandSaved(fill)
	case KindURL:
		x.URL, err = firstOf(c.urls, fill, urlTemplate.expand)
		x.Open, x.Width, x.Height = c.open, c.width, c.height
	case KindWebhook:
		err = c.expandWebhook(fill, &x)
	case KindCopy:
		x.Text, err = firstOf(c.texts, fill, func(t template, f filler) (string, *ExpandError) { return t.fill(f, asIs) })
		x.Text, _ = Show([]byte(x.Text))
	case KindPackets:
		return x, c.expandPackets(fill, &x)
	case KindKept:
		err = &ExpandError{Reason: "is kept for its export only; nothing here does what it did"}
	}
	if err == nil && x.Kind == KindSearch {
		err = c.expandRange(fill, &x)
	}
	return x, err
}

// firstOf is what the first template gives that can be filled in; else the
// error of the first.
func firstOf[T any](all []T, fill filler, expand func(T, filler) (string, *ExpandError)) (string, *ExpandError) {
	var first *ExpandError
	for _, t := range all {
		var mark int
		if fill.sent != nil {
			mark = len(*fill.sent)
		}
		text, err := expand(t, fill)
		if err == nil {
			return text, nil
		}
		if fill.sent != nil {
			*fill.sent = (*fill.sent)[:mark]
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// expandRange fills in the time range of a search.
func (c *action) expandRange(fill filler, x *Expansion) (err *ExpandError) {
	if x.From, err = moment(c.from, fill); err != nil {
		return err
	}
	if x.To, err = moment(c.to, fill); err != nil {
		return err
	}
	if !x.From.IsZero() && !x.To.IsZero() && x.To.Before(x.From) {
		return &ExpandError{Reason: fmt.Sprintf("to is %s, before from, %s", x.To.Format(time.RFC3339), x.From.Format(time.RFC3339))}
	}
	return nil
}

func (c *action) expandSaved(fill filler) (string, *ExpandError) {
	var text string
	found := false
	if fill.line.Saved != nil {
		text, found = fill.line.Saved(c.saved)
	}
	if !found {
		return "", &ExpandError{Reason: fmt.Sprintf("there is no saved search %s", quote(c.saved))}
	}
	t, f := parseQuery(text, bracesAny)
	if f != nil {
		return "", &ExpandError{Reason: fmt.Sprintf("saved search %s: column %d: %s", quote(c.saved), f.column, f.reason)}
	}
	return t.expand(fill)
}
