package fleet

import "time"

// Widen returns f with every after moved earlier and every before moved later.
// It matches all that f matches. A Stenographer looks at times by file and
// loses packets at the edges, so it is asked for more and the rest is cut by
// Match here.
func (f Filter) Widen(earlier, later time.Duration) Filter {
	if f.root == nil {
		return f
	}
	return Filter{widenFilter(f.root, earlier, later)}
}

func widenFilter(n filterNode, earlier, later time.Duration) filterNode {
	switch n := n.(type) {
	case filterTime:
		if n.after {
			return newFilterTime(true, n.at.Add(-earlier))
		}
		return newFilterTime(false, n.at.Add(later))
	case filterNot:
		// Behind a not, less is more, and an after is a before.
		return filterNot{widenFilter(n.kid, -later, -earlier)}
	case *filterJoin:
		kids := make([]filterNode, len(n.kids))
		for i, k := range n.kids {
			kids[i] = widenFilter(k, earlier, later)
		}
		return &filterJoin{op: n.op, kids: kids, deep: n.deep}
	}
	return n
}

// filterSpan is [from, to); zero means no bound.
type filterSpan struct{ from, to time.Time }

func (filterHost) times() filterSpan  { return filterSpan{} }
func (filterNet) times() filterSpan   { return filterSpan{} }
func (filterPort) times() filterSpan  { return filterSpan{} }
func (filterRange) times() filterSpan { return filterSpan{} }
func (filterFlags) times() filterSpan { return filterSpan{} }

// times of a not: only that of a time is known, because a packet that does
// not match may have any time otherwise.
func (n filterNot) times() filterSpan {
	if t, ok := n.kid.(filterTime); ok {
		return newFilterTime(!t.after, t.at).times()
	}
	return filterSpan{}
}

func (filterVLAN) times() filterSpan  { return filterSpan{} }
func (filterMPLS) times() filterSpan  { return filterSpan{} }
func (filterProto) times() filterSpan { return filterSpan{} }

func (t filterTime) times() filterSpan {
	if t.after {
		return filterSpan{from: t.at}
	}
	return filterSpan{to: t.at}
}

func (j *filterJoin) times() filterSpan {
	s := j.kids[0].times()
	for _, k := range j.kids[1:] {
		if j.op == filterAnd {
			s = s.meet(k.times())
		} else {
			s = s.hull(k.times())
		}
	}
	return s
}

// meet returns the bounds of what lies in both.
func (s filterSpan) meet(o filterSpan) filterSpan {
	if o.from.After(s.from) {
		s.from = o.from
	}
	if s.to.IsZero() || !o.to.IsZero() && o.to.Before(s.to) {
		s.to = o.to
	}
	return s
}

// hull returns bounds around both.
func (s filterSpan) hull(o filterSpan) filterSpan {
	if o.from.Before(s.from) {
		s.from = o.from
	}
	if !s.to.IsZero() && (o.to.IsZero() || o.to.After(s.to)) {
		s.to = o.to
	}
	return s
}
