// Package egress is the gate through which something of Spoor's goes to other
// hosts: a list of those that are allowed, a client that reaches no other, and
// a log of what went out.
package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/idna"

	"spoor/internal/meta"
)

const (
	// MaxHosts bounds the list.
	MaxHosts = 500
	// MaxAudit bounds the log; the oldest entries go.
	MaxAudit = 10_000
	maxNote  = 256
	// maxHostName is what DNS knows of a name, in bytes. All names of the list
	// stand in a header of the page.
	maxHostName = 253
)

// ErrConflict says that the settings were changed by somebody else.
var ErrConflict = errors.New("changed by somebody else meanwhile")

// Settings say what may leave.
type Settings struct {
	// Hosts are those that may be reached.
	Hosts []Host `json:"hosts"`
	// NeverPrivate keeps private addresses from every host that is not
	// internal.
	NeverPrivate bool `json:"never_private"`
	// Version grows with every change. Put wants the stored one.
	Version uint64 `json:"version"`
}

// Host is an entry of the list.
type Host struct {
	// Host is a name, *.NAME for all names below it, or an address; :PORT
	// behind it allows that port alone, else it is 80 and 443.
	Host string `json:"host"`
	// Internal says that it may be an address of this network. An entry that
	// is itself an address may be one anyway.
	Internal bool `json:"internal"`
	// Note says what for; may be empty.
	Note string `json:"note"`
}

// InvalidError says what is wrong with settings.
type InvalidError struct {
	// Host is the number of the entry, from 0.
	Host   int
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("host %d: %s", e.Host+1, e.Reason) }

// RefusedError says why something may not leave.
type RefusedError struct {
	// Host is where it would have gone, as an entry of the list would say it.
	Host   string
	Reason string
}

func (e *RefusedError) Error() string { return e.Reason }

// Options tune a Gate. The zero value works.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Gate keeps the settings and the log. It may be used by many goroutines at
// once.
type Gate struct {
	now    func() time.Time
	stored meta.Bucket[Settings]
	audit  meta.Bucket[Event]
	rules  atomic.Pointer[rules]
	frames frames
}

// rules are settings as compiled.
type rules struct {
	settings Settings
	all      []rule
}

type rule struct {
	Host
	name   string // with *. cut off if below
	below  bool
	addr   netip.Addr // the zero value: a name
	port   string     // empty: 80 and 443
	source string     // of a content security policy, without scheme
}

// defaults are the settings of a new data folder: nothing leaves.
var defaults = Settings{Hosts: []Host{}, NeverPrivate: true, Version: 1}

const settingsKey = "settings"

// New opens the gate in db.
func New(db *meta.DB, o Options) (*Gate, error) {
	g := &Gate{now: o.Now}
	if g.now == nil {
		g.now = time.Now
	}
	var errs [2]error
	g.stored, errs[0] = meta.NewBucket[Settings](db, "egress")
	g.audit, errs[1] = meta.NewBucket[Event](db, "egress-audit")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	s, err := g.stored.Get(settingsKey)
	switch {
	case errors.Is(err, meta.ErrNotFound):
		s = defaults
	case err != nil:
		return nil, fmt.Errorf("read what may leave: %w", err)
	}
	r, err := compile(s)
	if err != nil {
		return nil, fmt.Errorf("read what may leave: %w", err)
	}
	g.rules.Store(r)
	return g, nil
}

// Settings returns what may leave.
func (g *Gate) Settings() Settings {
	s := g.rules.Load().settings
	s.Hosts = slices.Clone(s.Hosts)
	return s
}

// Put replaces the settings and returns them as stored. Version must be the
// stored one, else it is ErrConflict; an entry that can't be read is an
// *InvalidError.
func (g *Gate) Put(s Settings) (Settings, error) {
	s.Hosts = append([]Host{}, s.Hosts...)
	given := s.Version
	s.Version++
	r, err := compile(s)
	if err != nil {
		return Settings{}, err
	}
	err = g.stored.Update(func(tx meta.Tx[Settings]) error {
		now, err := tx.Get(settingsKey)
		if errors.Is(err, meta.ErrNotFound) {
			now, err = defaults, nil
		}
		switch {
		case err != nil:
			return err
		case now.Version != given:
			return fmt.Errorf("what may leave: %w", ErrConflict)
		}
		if err := tx.Put(settingsKey, r.settings); err != nil {
			return err
		}
		g.rules.Store(r) // inside, so that two changes can't turn round
		return nil
	})
	if err != nil {
		return Settings{}, err
	}
	g.frames.forget()
	return g.Settings(), nil
}

func compile(s Settings) (*rules, error) {
	if len(s.Hosts) > MaxHosts {
		return nil, &InvalidError{MaxHosts, fmt.Sprintf("%d hosts, at most %d", len(s.Hosts), MaxHosts)}
	}
	r := &rules{settings: s}
	r.settings.Hosts = make([]Host, 0, len(s.Hosts))
	seen := map[string]bool{}
	for i, h := range s.Hosts {
		one, reason := readHost(h)
		switch {
		case reason != "":
			return nil, &InvalidError{i, reason}
		case seen[one.Host.Host]:
			return nil, &InvalidError{i, fmt.Sprintf("%s is in the list twice", one.Host.Host)}
		}
		seen[one.Host.Host] = true
		r.all = append(r.all, one)
		r.settings.Hosts = append(r.settings.Hosts, one.Host)
	}
	return r, nil
}

// readHost reads an entry and writes it in its one spelling.
func readHost(h Host) (rule, string) {
	r := rule{Host: h}
	text := strings.TrimSpace(h.Host)
	if len(h.Note) > maxNote {
		return r, fmt.Sprintf("note: %d bytes, at most %d", len(h.Note), maxNote)
	}
	if strings.Contains(text, "/") || text == "" {
		return r, fmt.Sprintf("%q: want a name, *.NAME or an address, and :PORT if it is not 80 or 443", h.Host)
	}
	name := text
	// An IPv6 address by itself has colons, but no port.
	if _, err := netip.ParseAddr(text); err != nil {
		if i := strings.LastIndexByte(text, ':'); i >= 0 && i > strings.LastIndexByte(text, ']') {
			name, r.port = text[:i], text[i+1:]
			if n, err := strconv.ParseUint(r.port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != r.port {
				return r, fmt.Sprintf("%q: %q is no port", h.Host, r.port)
			}
		}
	}
	name, r.below = strings.CutPrefix(name, "*.")
	var ok bool
	if r.name, r.addr, ok = canonical(name); !ok || r.below && r.addr.IsValid() {
		return r, fmt.Sprintf("%q: want a name, *.NAME or an address, and :PORT if it is not 80 or 443", h.Host)
	}
	r.spell()
	return r, ""
}

// spell writes the entry in its one spelling.
func (r *rule) spell() {
	shown := r.name
	if r.addr.Is6() {
		shown = "[" + r.name + "]"
	} else if !r.addr.IsValid() || r.addr.Is4() {
		r.source = shown // CSP knows no IPv6 addresses
	}
	if r.below {
		shown = "*." + shown
		r.source = shown
	}
	if r.port != "" {
		shown += ":" + r.port
		if r.source != "" {
			r.source += ":" + r.port
		}
	}
	r.Host.Host = shown
}

// canonical is the one spelling of the name of a host, or the address that it
// is.
func canonical(host string) (name string, addr netip.Addr, ok bool) {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		return a.String(), a, true
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || name == "" || len(name) > maxHostName || strings.ContainsAny(name, " :*/?#@[]%\\") {
		return "", addr, false
	}
	// Browsers take 0x7f.1 and 2130706433 for addresses; there are no names
	// that end in a number.
	if last := name[strings.LastIndexByte(name, '.')+1:]; last[0] >= '0' && last[0] <= '9' {
		return "", addr, false
	}
	return strings.ToLower(name), addr, true
}

// Name is what an entry of the list says for the host of an address: with its
// port unless that is the scheme's own.
func Name(u *url.URL) string {
	name, addr, ok := canonical(u.Hostname())
	if !ok {
		return u.Host
	}
	if addr.Is6() {
		name = "[" + name + "]"
	}
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		name += ":" + p
	}
	return name
}

// Check returns the entry that allows an address, or a *RefusedError.
func (g *Gate) Check(u *url.URL) (Host, error) {
	r, err := g.allows(u)
	return r.Host, err
}

func (g *Gate) allows(u *url.URL) (rule, error) {
	name, addr, ok := canonical(u.Hostname())
	if !ok || u.Scheme != "http" && u.Scheme != "https" {
		return rule{}, &RefusedError{u.Host, fmt.Sprintf("%s can't be reached: want http or https and a host", u.Redacted())}
	}
	for _, r := range g.rules.Load().all {
		if r.covers(name, addr, u.Port()) {
			return r, nil
		}
	}
	shown := Name(u)
	return rule{}, &RefusedError{shown, fmt.Sprintf("%s is not on the allow list", shown)}
}

func (r *rule) covers(name string, addr netip.Addr, port string) bool {
	switch {
	case r.port != "" && port != r.port, r.port == "" && port != "" && port != "80" && port != "443":
		return false
	case r.addr.IsValid() || addr.IsValid():
		return r.addr == addr
	case r.below:
		return strings.HasSuffix(name, "."+r.name)
	}
	return name == r.name
}

// Sources are the hosts of the list as a content security policy writes them.
func (g *Gate) Sources() []string {
	var all []string
	for _, r := range g.rules.Load().all {
		if r.source != "" {
			all = append(all, "https://"+r.source, "http://"+r.source)
		}
	}
	return all
}
