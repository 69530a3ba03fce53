package query

import (
	"net/netip"
	"strings"
)

// needAll is the Need of things that are all needed.
func needAll(needs []Need) Need {
	var known []Need
	for _, n := range needs {
		switch n.Op {
		case NeedNothing:
			return n
		case NeedUnknown:
		case NeedAll:
			known = append(known, n.Kids...)
		default:
			known = append(known, n)
		}
	}
	switch len(known) {
	case 0:
		return Need{}
	case 1:
		return known[0]
	}
	return Need{Op: NeedAll, Kids: known}
}

// needAny is the Need of things of which one is needed.
func needAny(needs []Need) Need {
	var open []Need
	for _, n := range needs {
		switch n.Op {
		case NeedUnknown:
			return n
		case NeedNothing:
		case NeedAny:
			open = append(open, n.Kids...)
		default:
			open = append(open, n)
		}
	}
	switch len(open) {
	case 0:
		return Need{Op: NeedNothing}
	case 1:
		return open[0]
	}
	return Need{Op: NeedAny, Kids: open}
}

func needTerm(kind TermKind, text string) Need {
	return Need{Op: NeedTerm, Term: Term{Kind: kind, Text: text}}
}

// need is what a text must hold for the glob to stand in it.
func (g *glob) need() Need {
	var needs []Need
	for i := range g.parts {
		needs = append(needs, g.needWords(i)...)
		needs = append(needs, g.needAddrs(i)...)
	}
	return needAll(needs)
}

// needWords looks at the runs of word bytes of a part. A run that touches a
// wildcard is the beginning of a word, or the end of one, which can't be
// asked for.
func (g *glob) needWords(part int) []Need {
	var needs []Need
	text := g.parts[part].fold
	for i := 0; i < len(text); i++ {
		if !IsWord(text[i]) {
			continue
		}
		end := wordEnd(text, i)
		left := i > 0 || part == 0 && !g.left
		right := end < len(text) || part == len(g.parts)-1 && !g.right
		if left {
			kind := TermPrefix
			if right {
				kind = TermWord
			}
			needs = append(needs, needRun(kind, string(text[i:end]), i > 0 && text[i-1] == '\\'))
		}
		i = end
	}
	return needs
}

// needRun asks for a run of word bytes, in lower case. Behind a backslash
// the first of them may belong to an escape of the text, where the pattern
// is written as the text is: \tmp is met by the escape \t and the word mp.
func needRun(kind TermKind, run string, backslash bool) Need {
	if strings.IndexFunc(run, func(r rune) bool { return r >= 0x80 }) >= 0 {
		return Need{} // the text may write it as an escape, or in two ways
	}
	whole := needTerm(kind, run)
	if !backslash || strings.IndexByte("bfnrtu", run[0]) < 0 {
		return whole
	}
	rest := run[1:]
	if run[0] == 'u' {
		if len(run) < 5 || !isHexGroup(readOnly(run[1:5])) {
			if kind == TermPrefix && len(run) < 5 {
				return Need{} // the wildcard may stand for the rest of the escape
			}
			return whole
		}
		rest = run[5:]
	}
	if rest == "" {
		return Need{}
	}
	return needAny([]Need{whole, needTerm(kind, rest)})
}

// needAddrs looks for IPv4 addresses in a part that are addresses in the
// text as well, because their neighbours are part of it.
func (g *glob) needAddrs(part int) []Need {
	var needs []Need
	text := g.parts[part].fold
	for i := range text {
		if text[i] != '.' {
			continue
		}
		place, quad, ok := ipv4At(text, i, NoEscapes)
		left := ok && (place.Start > 0 || part == 0 && g.dotted)
		if left && place.End < len(text) && text[place.End] != '.' {
			needs = append(needs, needTerm(TermAddr, netip.AddrFrom4(quad).String()))
		}
	}
	return needs
}
