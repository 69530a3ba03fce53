package fleet

import (
	"fmt"
	"math/bits"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// number reads a decimal number from 0 to most.
func (p *filterParser) number(what string, most uint64) (uint64, error) {
	t := p.tok
	if t.kind != filterWord {
		return 0, p.fail(t.at, "%s, expected %s from 0 to %d", p.found(t), what, most)
	}
	n, err := strconv.ParseUint(t.text, 10, 32)
	switch {
	case !isDigits(t.text):
		return 0, p.fail(t.at, "found %s, expected %s in decimal digits%s", shorten(t.text), what, numberHint(t.text))
	case err != nil || n > most:
		return 0, p.fail(t.at, "%s is too large for %s, at most %d", shorten(t.text), what, most)
	}
	p.next()
	return n, nil
}

// numberHint says what to write in place of numbers that other tools know.
func numberHint(text string) string {
	n, err := strconv.ParseUint(text, 0, 32)
	if err == nil && !strings.Contains(text, "_") {
		return fmt.Sprintf(": say %d", n)
	}
	if from, to, ok := strings.Cut(text, "-"); ok && isDigits(from) && isDigits(to) {
		return fmt.Sprintf(": say `portrange %s`", text)
	}
	return ""
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// address reads an IPv4 or IPv6 address.
func (p *filterParser) address(what string) (netip.Addr, error) {
	t := p.tok
	if t.kind != filterWord {
		return netip.Addr{}, p.fail(t.at, "%s, expected %s", p.found(t), what)
	}
	a, err := parseFilterAddr(t.text)
	if err != nil {
		return netip.Addr{}, p.fail(t.at, "%s", err)
	}
	p.next()
	return a, nil
}

// parseFilterAddr reads an address that a recorder can look for. The error
// says what is wrong with it.
func parseFilterAddr(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return netip.Addr{}, fmt.Errorf("%s is no IPv4 or IPv6 address", shorten(text))
	case a.Zone() != "":
		return netip.Addr{}, fmt.Errorf("packets carry no zone: say %s", a.WithZone(""))
	case a.Is4In6():
		return netip.Addr{}, fmt.Errorf("%s is an IPv4 address written as IPv6: say %s", shorten(text), a.Unmap())
	}
	return a, nil
}

// net reads what follows the word net.
func (p *filterParser) net() (filterNode, error) {
	a, err := p.address("an address after `net`")
	if err != nil {
		return nil, err
	}
	t := p.tok
	switch {
	case t.kind == filterSlash:
		p.next()
		n, err := p.number("a prefix length", uint64(a.BitLen()))
		if err != nil {
			return nil, err
		}
		return filterNet{prefix: netip.PrefixFrom(a, int(n)).Masked()}, nil
	case t.kind == filterWord && strings.EqualFold(t.text, "mask"):
		p.next()
		return p.netMask(a)
	}
	return nil, p.fail(t.at, "%s, expected `/` and a prefix length or `mask` and a mask", p.found(t))
}

func (p *filterParser) netMask(a netip.Addr) (filterNode, error) {
	t := p.tok
	mask, err := p.address("an address after `mask`")
	if err != nil {
		return nil, err
	}
	if mask.BitLen() != a.BitLen() {
		return nil, p.fail(t.at, "the mask %s is of another IP version than %s", mask, a)
	}
	n, ok := maskBits(mask)
	if !ok {
		return nil, p.fail(t.at, "the mask %s has holes: a recorder would read it as a range", mask)
	}
	return filterNet{prefix: netip.PrefixFrom(a, n).Masked()}, nil
}

// maskBits counts the leading ones, and says whether only zeros follow.
func maskBits(mask netip.Addr) (n int, ok bool) {
	ended := false
	for _, b := range mask.AsSlice() {
		ones := bits.LeadingZeros8(^b)
		if b<<ones != 0 || ended && b != 0 {
			return 0, false
		}
		ended = ended || ones < 8
		n += ones
	}
	return n, true
}

// portRange reads two ports joined by a hyphen, which is one word.
func (p *filterParser) portRange() (filterNode, error) {
	t := p.tok
	low, high, ok := strings.Cut(t.text, "-")
	if t.kind != filterWord || !ok || !isDigits(low) || !isDigits(high) {
		return nil, p.fail(t.at, "%s, expected two ports such as `8000-8080` after `portrange`", p.found(t))
	}
	from, err := strconv.ParseUint(low, 10, 16)
	to, err2 := strconv.ParseUint(high, 10, 16)
	switch {
	case err != nil || err2 != nil:
		return nil, p.fail(t.at, "%s: ports go to 65535", shorten(t.text))
	case from > to:
		return nil, p.fail(t.at, "%s ends before it begins: say %d-%d", shorten(t.text), to, from)
	}
	p.next()
	return Ports(uint16(from), uint16(to)).root, nil
}

// time reads what follows after or before.
func (p *filterParser) time(word string) (filterNode, error) {
	t := p.tok
	if t.kind != filterWord {
		return nil, p.fail(t.at, "%s, expected a time such as 2020-05-01T07:09:00Z or `5m ago` after `%s`", p.found(t), word)
	}
	p.next()
	read := p.ago
	if strings.Contains(t.text, "-") {
		read = p.clock
	}
	at, err := read(t)
	if err != nil {
		return nil, err
	}
	at = at.UTC()
	if at.Before(filterMinTime) || at.After(filterMaxTime) {
		return nil, p.fail(t.at, "%s is outside of the years 1970 to 9999", shorten(t.text))
	}
	return newFilterTime(word == "after", at), nil
}

// rfc3339 is how a Stenographer's lexer finds a time; package time alone
// accepts hours of one digit and a comma in seconds.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(?:Z|[+-]\d\d:\d\d)$`)

// clock reads RFC 3339 with up to nine digits of a second.
func (p *filterParser) clock(t filterToken) (time.Time, error) {
	parts := rfc3339.FindStringSubmatch(t.text)
	at, err := time.Parse(time.RFC3339, t.text)
	switch {
	case parts == nil || err != nil:
		return at, p.fail(t.at, "%s is no time such as 2020-05-01T07:09:00Z or 2020-05-01T09:09:00.5+02:00 (RFC 3339, capital T and Z)", shorten(t.text))
	case len(parts[1]) > 9:
		return at, p.fail(t.at, "%s is finer than nanoseconds", shorten(t.text))
	}
	return at, nil
}

// ago reads a duration, t, and the word ago behind it.
func (p *filterParser) ago(t filterToken) (time.Time, error) {
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[t.text[len(t.text)-1]]
	number := t.text[:len(t.text)-1]
	if unit == 0 || !isDigits(number) {
		return time.Time{}, p.fail(t.at, "%s is no time: say 2020-05-01T07:09:00Z, or one number of seconds, minutes, hours or days such as `90s ago` or `3d ago`", shorten(t.text))
	}
	if p.tok.kind != filterWord || !strings.EqualFold(p.tok.text, "ago") {
		return time.Time{}, p.fail(p.tok.at, "%s, expected `ago` after %s", p.found(p.tok), shorten(t.text))
	}
	p.next()
	const most = 119 * 365 * 24 * time.Hour // far from what a Duration holds
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n > int64(most/unit) {
		return time.Time{}, p.fail(t.at, "%s ago is before 1970", shorten(t.text))
	}
	return p.now.Add(-time.Duration(n) * unit), nil
}
