package query

import (
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// A regular expression tells by its literals what a text must hold.

// literals are the texts that a literal of a regular expression is sure to
// find byte by byte, up to the case of ASCII letters if fold: it is cut where
// a rune can be met by other bytes, as k by the Kelvin sign without regard to
// case, or U+FFFD by bytes that are no UTF-8.
func literals(re *syntax.Regexp) (pieces []string, fold bool) {
	fold = re.Flags&syntax.FoldCase != 0
	var now []byte
	flush := func() {
		if len(now) > 0 {
			pieces = append(pieces, string(now))
		}
		now = now[:0]
	}
	for _, r := range re.Rune {
		if r == utf8.RuneError || fold && !foldsInASCII(r) {
			flush()
			continue
		}
		now = utf8.AppendRune(now, r)
	}
	flush()
	return pieces, fold
}

// foldsInASCII says whether r and all that equals it without regard to case
// are bytes of ASCII.
func foldsInASCII(r rune) bool {
	if r >= utf8.RuneSelf {
		return false
	}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if f >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// needRegex is what a raw text must hold for re to be found in it. Of a
// literal only the words inside are known: those at its ends may go on.
func needRegex(re *syntax.Regexp) Need {
	var needs []Need
	switch re.Op {
	case syntax.OpLiteral:
		pieces, _ := literals(re)
		for _, p := range pieces {
			g := glob{parts: []literal{newLiteral(p)}, left: true, right: true}
			needs = append(needs, g.needWords(0)...)
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			needs = append(needs, needRegex(sub))
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			needs = append(needs, needRegex(sub))
		}
		return needAny(needs)
	case syntax.OpCapture, syntax.OpPlus:
		return needRegex(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needRegex(re.Sub[0])
		}
	}
	return needAll(needs)
}

// probesRegex are the probes of re.
func probesRegex(re *syntax.Regexp) probes {
	var best probes
	switch re.Op {
	case syntax.OpLiteral:
		pieces, fold := literals(re)
		for _, p := range pieces {
			if len(p) >= minProbe {
				best = best.better(probes{newProbe(p, fold)})
			}
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			best = best.better(probesRegex(sub))
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			p := probesRegex(sub)
			if best = append(best, p...); p == nil || len(best) > maxProbes {
				return nil
			}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return probesRegex(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return probesRegex(re.Sub[0])
		}
	}
	return best
}
