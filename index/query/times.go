package query

import "math"

// Times says between which times the entries that match n lie, in nanoseconds
// since 1970, both included: an ID says when its entry was. It never leaves a
// match out; ok is false if n says nothing of times, or if nothing matches.
func Times(n Node) (from, to int64, ok bool) {
	from, to = math.MinInt64, math.MaxInt64
	switch n := n.(type) {
	case *identity:
		return n.time, n.time, true
	case *and:
		for _, k := range n.kids {
			if lo, hi, known := Times(k); known {
				from, to, ok = max(from, lo), min(to, hi), true
			}
		}
	case *or:
		from, to, ok = math.MaxInt64, math.MinInt64, true
		for _, k := range n.kids {
			lo, hi, known := Times(k)
			if !known {
				return math.MinInt64, math.MaxInt64, false
			}
			from, to = min(from, lo), max(to, hi)
		}
	}
	if from > to {
		return math.MinInt64, math.MaxInt64, false
	}
	return from, to, ok
}
