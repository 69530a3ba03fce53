package query

import (
	"strings"
)

// expr is what every node of this package can do. A new kind of node is a
// new file with these methods; nothing else needs to know it.
type expr interface {
	Node
	// match says whether the entry is meant.
	match(r Record) bool
	// need is what Terms says of the node.
	need() Need
	// probes are texts of which one stands in the raw text of every match,
	// which is written with escapes e; nil if none are known.
	probes(e Escapes) probes
	// mark adds the places in m's text that the node means.
	mark(m *marker)
	// stream is what Stream says of the node.
	stream(tag string, source uint32) Verdict
	// equal compares with another node of any kind.
	equal(n Node) bool
	// level is how tightly the printed node holds together.
	level() int
}

// Levels of precedence, the loosest first.
const (
	levelOr = iota
	levelAnd
	levelNot
	levelAtom
)

// Value is a Node that can also stand behind the name of a field.
type Value interface {
	Node
	// in says whether the value is found in a field's value, or, if whole,
	// whether it is the whole of it.
	in(value []byte, whole bool) bool
	// needIn is what a block must hold for in to be true of one of its fields.
	needIn(whole bool) Need
	// probesIn are texts of which one stands, made of plain bytes only, in
	// every value that in is true of; see field.probes. Nil if none are known.
	probesIn() probes
	// inField prints the value as it stands behind the name of a field.
	inField() string
}

// Match says whether the entry is what n asks for. A nil Node asks for
// everything.
func Match(n Node, r Record) bool {
	e, ok := n.(expr)
	return !ok || e.match(r)
}

// Terms says what a block of entries must hold for one of them to match n.
// It never asks for more than that. A nil Node needs nothing.
func Terms(n Node) Need {
	if e, ok := n.(expr); ok {
		return e.need()
	}
	return Need{}
}

// Equal says whether two nodes are the same tree.
func Equal(a, b Node) bool {
	e, ok := a.(expr)
	if !ok || b == nil {
		return a == nil && b == nil
	}
	return e.equal(b)
}

// Verdict is what the tag and the source of a stream tell of its entries.
type Verdict int

const (
	// Maybe: the entries have to be looked at.
	Maybe Verdict = iota
	// No entry of the stream matches.
	No
	// Yes: every entry of the stream matches.
	Yes
)

// Stream says what is known of all entries that have this tag and source.
func Stream(n Node, tag string, source uint32) Verdict {
	if e, ok := n.(expr); ok {
		return e.stream(tag, source)
	}
	return Yes
}

func verdict(yes bool) Verdict {
	if yes {
		return Yes
	}
	return No
}

// everything is *: every entry, and behind a field's name any value.
type everything struct{}

// Any is the node that matches every entry, printed as *. As the value of a
// field it asks that the field exists.
func Any() Value { return everything{} }

func (everything) node()                         {}
func (everything) String() string                { return "*" }
func (everything) match(Record) bool             { return true }
func (everything) need() Need                    { return Need{} }
func (everything) mark(*marker)                  {}
func (everything) stream(string, uint32) Verdict { return Yes }
func (everything) level() int                    { return levelAtom }
func (everything) in([]byte, bool) bool          { return true }
func (everything) needIn(bool) Need              { return Need{} }
func (everything) inField() string               { return "*" }
func (everything) equal(n Node) bool {
	_, ok := n.(everything)
	return ok
}

// and matches what all of its kids match. It has two kids at least, none of
// which is an and.
type and struct{ kids []expr }

// And matches what every one of kids matches. Nil kids match everything, so
// And() is nil.
func And(kids ...Node) Node {
	var all []expr
	for _, k := range kids {
		switch k := k.(type) {
		case *and:
			all = append(all, k.kids...)
		case expr:
			all = append(all, k)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &and{all}
}

func (a *and) node()          {}
func (a *and) level() int     { return levelAnd }
func (a *and) String() string { return join(a.kids, " ", levelNot) }

func (a *and) match(r Record) bool {
	for _, k := range a.kids {
		if !k.match(r) {
			return false
		}
	}
	return true
}

func (a *and) need() Need {
	var needs []Need
	for _, k := range a.kids {
		needs = append(needs, k.need())
	}
	return needAll(needs)
}

func (a *and) mark(m *marker) {
	for _, k := range a.kids {
		k.mark(m)
	}
}

func (a *and) stream(tag string, source uint32) Verdict {
	all := Yes
	for _, k := range a.kids {
		switch k.stream(tag, source) {
		case No:
			return No
		case Maybe:
			all = Maybe
		}
	}
	return all
}

func (a *and) equal(n Node) bool {
	b, ok := n.(*and)
	return ok && equalKids(a.kids, b.kids)
}

// or matches what one of its kids matches. It has two kids at least, none of
// which is an or.
type or struct{ kids []expr }

// Or matches what one of kids matches. A nil kid matches everything, and Or()
// matches nothing.
func Or(kids ...Node) Node {
	var all []expr
	for _, k := range kids {
		switch k := k.(type) {
		case nil:
			return nil
		case *or:
			all = append(all, k.kids...)
		case expr:
			all = append(all, k)
		}
	}
	switch len(all) {
	case 0:
		return Not(nil)
	case 1:
		return all[0]
	}
	return &or{all}
}

func (o *or) node()          {}
func (o *or) level() int     { return levelOr }
func (o *or) String() string { return join(o.kids, " OR ", levelNot) }

func (o *or) match(r Record) bool {
	for _, k := range o.kids {
		if k.match(r) {
			return true
		}
	}
	return false
}

func (o *or) need() Need {
	var needs []Need
	for _, k := range o.kids {
		needs = append(needs, k.need())
	}
	return needAny(needs)
}

func (o *or) mark(m *marker) {
	for _, k := range o.kids {
		k.mark(m)
	}
}

func (o *or) stream(tag string, source uint32) Verdict {
	all := No
	for _, k := range o.kids {
		switch k.stream(tag, source) {
		case Yes:
			return Yes
		case Maybe:
			all = Maybe
		}
	}
	return all
}

func (o *or) equal(n Node) bool {
	b, ok := n.(*or)
	return ok && equalKids(o.kids, b.kids)
}

// not matches what its kid does not match.
type not struct{ kid expr }

// Not matches what kid does not match. Not(nil) matches nothing.
func Not(kid Node) Node {
	if e, ok := kid.(expr); ok {
		return &not{e}
	}
	return &not{everything{}}
}

func (n *not) node()               {}
func (n *not) level() int          { return levelNot }
func (n *not) String() string      { return "NOT " + parens(n.kid, levelNot) }
func (n *not) match(r Record) bool { return !n.kid.match(r) }
func (n *not) need() Need          { return Need{} } // blocks can't be complemented
func (n *not) mark(*marker)        {}

func (n *not) stream(tag string, source uint32) Verdict {
	switch n.kid.stream(tag, source) {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Maybe
}

func (n *not) equal(other Node) bool {
	m, ok := other.(*not)
	return ok && n.kid.equal(m.kid)
}

// join prints kids, those looser than level in parentheses.
func join(kids []expr, between string, level int) string {
	texts := make([]string, len(kids))
	for i, k := range kids {
		texts[i] = parens(k, level)
	}
	return strings.Join(texts, between)
}

func parens(e expr, level int) string {
	if e.level() < level {
		return "(" + e.String() + ")"
	}
	return e.String()
}

func equalKids(a, b []expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].equal(b[i]) {
			return false
		}
	}
	return true
}
