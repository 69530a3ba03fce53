package fleet

import (
	"fmt"
	"strings"
)

// For returns what a sensor of those traits is asked for when f is wanted, and
// in words what must be cut from its answer; none when it sends just what is
// wanted. The answer holds everything that f matches. It is a *FilterError
// when nothing is left of f that the sensor could be asked for; a live sensor
// may be asked for everything.
func (f Filter) For(t Traits) (sent Filter, cut []string, err error) {
	sent = f
	if t.Plain && f.root != nil {
		r := relaxer{}
		sent = Filter{r.relax(f.root, false)}
		cut = r.cut
	}
	if (t.Early > 0 || t.Late > 0 || t.Live) && f.root != nil && hasTimes(f.root) {
		cut = append([]string{"the window"}, cut...)
	}
	if t.Live {
		return sent.withoutTimes(), cut, nil
	}
	if sent = sent.Widen(t.Early, t.Late); sent.IsZero() {
		return sent, cut, &FilterError{Text: f.String(), Reason: fmt.Sprintf(
			"the sensor has no words for %s and would send everything: add a host, a net, a port or a time", strings.Join(cut, " and "))}
	}
	return sent, cut, nil
}

// relaxer takes away what a Stenographer has no words for. What is left
// matches all that was matched before: nil is every packet.
type relaxer struct {
	cut  []string // what it took away, in words
	seen map[string]bool
}

func (r *relaxer) take(n filterNode, negated bool) {
	var b strings.Builder
	if negated {
		n = negate(n)
	}
	appendPart(&b, n)
	const most = 20 // an answer is read by a person
	if text := b.String(); !r.seen[text] && len(r.cut) < most {
		if r.seen == nil {
			r.seen = make(map[string]bool)
		}
		r.seen[text] = true
		r.cut = append(r.cut, text)
	}
}

// relax returns a node that matches what n does, or with negated what n does
// not.
func (r *relaxer) relax(n filterNode, negated bool) filterNode {
	switch n := n.(type) {
	case filterNot:
		return r.relax(n.kid, !negated)
	case *filterJoin:
		return r.join(n, negated)
	case filterTime:
		// Recorded packets have times, so what is not after is before.
		return newFilterTime(n.after != negated, n.at)
	}
	if negated {
		r.take(n, true)
		return nil
	}
	plain, same := plainer(n)
	if !same {
		r.take(n, false)
	}
	return plain
}

func (r *relaxer) join(n *filterJoin, negated bool) filterNode {
	op := n.op
	if negated { // De Morgan
		op = filterAnd + filterOr - op
	}
	var kids []filterNode
	all := true
	for _, k := range n.kids {
		if kid := r.relax(k, negated); kid != nil {
			kids = append(kids, kid)
		} else {
			all = false
		}
	}
	if op == filterOr && !all {
		return nil // one alternative is every packet
	}
	return joinFilters(op, kids)
}

// maxSpelled is how many ports of a range are spelled out.
const maxSpelled = 16

// plainer returns a condition in Stenographer's words that n implies, and
// whether it is the same.
func plainer(n filterNode) (_ filterNode, same bool) {
	switch n := n.(type) {
	case filterHost:
		return filterHost{addr: n.addr}, n.side == eitherSide
	case filterNet:
		return filterNet{prefix: n.prefix}, n.side == eitherSide
	case filterPort:
		return filterPort{port: n.port}, n.side == eitherSide
	case filterRange:
		if n.to-n.from >= maxSpelled {
			return Any(Proto(protoTCP), Proto(protoUDP)).root, false
		}
		var ports []Filter
		for p := uint32(n.from); p <= uint32(n.to); p++ {
			ports = append(ports, Port(uint16(p)))
		}
		return Any(ports...).root, n.side == eitherSide
	case filterFlags:
		return filterProto{protoTCP}, false
	}
	return n, true
}

// withoutTimes returns f as if every time matched.
func (f Filter) withoutTimes() Filter {
	if f.root == nil {
		return f
	}
	return Filter{dropTimes(f.root)}
}

// dropTimes returns nil for what matches every packet then. A not with a time
// in it goes as a whole: without the time it would match less.
func dropTimes(n filterNode) filterNode {
	switch n := n.(type) {
	case filterTime:
		return nil
	case filterNot:
		if hasTimes(n.kid) {
			return nil
		}
	case *filterJoin:
		var kids []filterNode
		for _, k := range n.kids {
			kid := dropTimes(k)
			if kid == nil && n.op == filterOr {
				return nil
			}
			if kid != nil {
				kids = append(kids, kid)
			}
		}
		return joinFilters(n.op, kids)
	}
	return n
}

func hasTimes(n filterNode) bool {
	switch n := n.(type) {
	case filterTime:
		return true
	case filterNot:
		return hasTimes(n.kid)
	case *filterJoin:
		for _, k := range n.kids {
			if hasTimes(k) {
				return true
			}
		}
	}
	return false
}

// Base returns what f asks for besides its window: the conditions that are
// joined to times by and. It is f where times stand elsewhere.
func (f Filter) Base() Filter {
	switch n := f.root.(type) {
	case filterTime:
		return Filter{}
	case *filterJoin:
		if n.op != filterAnd {
			return f
		}
		var kids []filterNode
		for _, k := range n.kids {
			if _, ok := k.(filterTime); !ok {
				kids = append(kids, k)
			}
		}
		return Filter{joinFilters(filterAnd, kids)}
	}
	return f
}
