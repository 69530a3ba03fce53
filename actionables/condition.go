package actionables

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"spoor/index/query"
	"spoor/internal/ipkind"
)

// Place is where a text stands, as far as conditions ask. The zero value is a
// text by itself, such as one that was pasted.
type Place struct {
	// Tag is that of the line.
	Tag string
	// Field returns the values of a field of the line; nil: there is none.
	Field func(name string) []string
	// Names are those of the field that the text is the value of, in all
	// spellings; none: it is the whole line.
	Names []string
}

// Holds says whether a condition holds for a value at a place. nil always
// does.
func (c *Condition) Holds(value string, at Place) bool {
	switch {
	case c == nil:
		return true
	case len(c.Tags) > 0 && !slices.ContainsFunc(c.Tags, func(t string) bool { return globbed(t, at.Tag) }):
		return false
	case slices.ContainsFunc(c.Has, func(name string) bool { return !at.has(name) }):
		return false
	case len(c.Fields) > 0 && !slices.ContainsFunc(c.Fields, func(name string) bool { return at.holds(name, value) }):
		return false
	case c.Address != "":
		a, err := netip.ParseAddr(value)
		return err == nil && ipkind.Public(a) == (c.Address == PublicAddress)
	}
	return true
}

func (p Place) has(name string) bool {
	if p.Field == nil {
		return slices.Contains(p.Names, name)
	}
	return slices.ContainsFunc(p.Field(name), func(v string) bool { return v != "" })
}

// holds says whether the value stands in a field.
func (p Place) holds(name, value string) bool {
	if len(p.Names) > 0 {
		return slices.Contains(p.Names, name)
	}
	return p.Field != nil && slices.ContainsFunc(p.Field(name), func(v string) bool { return strings.Contains(v, value) })
}

// globbed says whether a text is what a pattern with stars means.
func globbed(pattern, text string) bool {
	pieces := strings.Split(pattern, "*")
	if len(pieces) == 1 {
		return pattern == text
	}
	rest, found := strings.CutPrefix(text, pieces[0])
	if !found {
		return false
	}
	last := len(pieces) - 1
	for _, p := range pieces[1:last] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return strings.HasSuffix(rest, pieces[last])
}

func (c *Condition) check() *fault {
	if c == nil {
		return nil
	}
	for _, list := range []struct {
		name  string
		words []string
	}{{"tags", c.Tags}, {"fields", c.Fields}, {"has", c.Has}} {
		if f := checkList(list.words); f != nil {
			return &fault{0, list.name + ": " + f.reason}
		}
	}
	switch c.Address {
	case "", PublicAddress, PrivateAddress:
		return nil
	}
	return &fault{0, fmt.Sprintf("address: %q: want public or private", c.Address)}
}

// Private returns the first address in some values that is none of the
// Internet.
func Private(values []string) (found netip.Addr, ok bool) {
	for _, v := range values {
		query.ScanAddrs([]byte(v), func(_, _ int, a netip.Addr) {
			if !ok && !ipkind.Public(a) {
				found, ok = a, true
			}
		})
	}
	return found, ok
}
