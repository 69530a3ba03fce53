package query

import "strings"

// comparison reads > >= < or <= and a bound.
func (l *lexer) comparison() (operand, error) {
	o := operand{form: formSpan, at: l.i, span: &between{}}
	end := &o.span.from
	if l.query[l.i] == '<' {
		end = &o.span.to
	}
	l.i++
	in := l.i < len(l.query) && l.query[l.i] == '='
	if in {
		l.i++
	}
	b, err := l.bound(firstRun(l.query[l.i:]))
	if err != nil {
		return o, err
	}
	if b.kind == boundOpen {
		return o, l.fail(o.at, "a comparison takes no wildcard; write f:* for any value")
	}
	if !l.bounded(l.i) {
		return o, l.fail(l.i, "missing blank behind the closing quote")
	}
	b.in = in
	*end = b
	return o, nil
}

// span reads [a TO b], in which { or } leave the bound itself out.
func (l *lexer) span() (operand, error) {
	const want = "expected a range like [1 TO 9], {1 TO 9} or [* TO 9]"
	o := operand{form: formSpan, at: l.i, span: &between{}}
	s := o.span
	open := l.query[l.i]
	l.i++
	var err error
	if s.from, err = l.spanBound(want); err != nil {
		return o, err
	}
	s.from.in = open == '['
	l.blanks()
	if rest := l.query[l.i:]; !strings.HasPrefix(rest, "TO") || len(rest) < 3 || !blank(rest[2]) {
		return o, l.fail(l.i, want)
	}
	l.i += len("TO")
	second := l.i
	if s.to, err = l.spanBound(want); err != nil {
		return o, err
	}
	l.blanks()
	if l.i == len(l.query) || l.query[l.i] != ']' && l.query[l.i] != '}' {
		return o, l.fail(l.i, want)
	}
	s.to.in = l.query[l.i] == ']'
	if l.i++; !l.bounded(l.i) {
		return o, l.fail(l.i, "missing blank behind the range")
	}
	return o, l.checkSpan(s, o.at, second)
}

// checkSpan says what keeps a range, whose second bound begins behind
// query[second], from being one.
func (l *lexer) checkSpan(s *between, at, second int) error {
	if s.from.kind == boundOpen || s.to.kind == boundOpen {
		for _, b := range [...]*bound{&s.from, &s.to} {
			b.in = b.in && b.kind != boundOpen
		}
		return nil
	}
	for second < len(l.query) && blank(l.query[second]) {
		second++
	}
	if a, b := s.from.kind, s.to.kind; a.class() != b.class() {
		return l.fail(second, "a range from "+boundNames[a]+" to "+boundNames[b]+"; expected "+boundNames[a])
	}
	if s.empty() {
		return l.fail(at, "no value is in this range")
	}
	return nil
}

// spanBound reads a bound of a range; * is none.
func (l *lexer) spanBound(want string) (bound, error) {
	l.blanks()
	run := firstRun(l.query[l.i:])
	if end := strings.IndexAny(run, "]}"); end >= 0 {
		run = run[:end]
	}
	if run == "" && (l.i == len(l.query) || l.query[l.i] != '"') {
		return bound{}, l.fail(l.i, want)
	}
	return l.bound(run)
}

// bound reads a phrase, or run.
func (l *lexer) bound(run string) (bound, error) {
	at := l.i
	if run == "*" {
		l.i++
		return bound{}, nil
	}
	text, quoted := run, false
	switch {
	case run != "":
		l.i += len(run)
	case at < len(l.query) && l.query[at] == '"':
		o, err := l.phrase()
		if err != nil {
			return bound{}, err
		}
		if text, quoted = o.pieces[0], true; len(o.pieces) > 1 {
			return bound{}, l.fail(at, "a comparison takes no wildcard")
		}
	default:
		return bound{}, l.fail(at, "missing value")
	}
	if !quoted && strings.Contains(text, "*") {
		return bound{}, l.fail(at, "a comparison takes no wildcard")
	}
	b, ok := newBound(text, quoted)
	if !ok {
		return bound{}, l.fail(at, "expected a number, a time, an address, a duration like 1h30m or a size like 10kB; quote it to compare as text")
	}
	return b, nil
}
