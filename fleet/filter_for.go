package fleet

// For returns what a sensor of those traits is asked for when f is wanted, and
// in words what must be cut from its answer; none when it sends just what is
// wanted. The answer holds everything that f matches. It is a *FilterError
// when nothing is left of f that the sensor could be asked for.
func (f Filter) For(t Traits) (sent Filter, cut []string, err error) {
	return f.Widen(t.Early, t.Late), nil, nil
}
