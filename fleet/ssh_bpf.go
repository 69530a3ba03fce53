package fleet

import (
	"fmt"
	"strings"
)

// bpf is a condition in tcpdump's language (pcap-filter(7)). It is made of
// nodes of a Filter, never of text from outside: numbers, addresses and words
// of this file.
type bpf struct {
	// text is the expression; "" is one that always holds, or never if none.
	text string
	none bool
}

var (
	bpfAll  = bpf{}
	bpfNone = bpf{none: true}
)

func bpfText(format string, args ...any) bpf { return bpf{text: fmt.Sprintf(format, args...)} }

// extended holds for IPv6 packets with extension headers. tcpdump sees the
// protocol of the first header only, a Filter that of the last one.
const extended = "(ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 51 or ip6[6] = 60))"

// toBPF returns what tcpdump must be asked for so that nothing is missing that
// f matches, "" for everything, and whether that is just what f matches. Times
// are no part of it. A live capture sees frames behind one VLAN tag as if it
// was not there, because Linux takes the first tag off; frames with more tags,
// or with MPLS labels, it does not see. An error says what can't be asked for.
func (f Filter) toBPF() (text string, exact bool, err error) {
	if f.root == nil {
		return "", true, nil
	}
	over, under := overBPF(f.root), underBPF(f.root)
	if tag, rest, ok := f.taggedBPF(); ok {
		over, under = bpfAnd([]bpf{tag, overBPF(rest)}), bpfNone
		if rest == nil {
			over = tag
		}
	}
	switch {
	case over.none:
		return "", false, &FilterError{Text: f.String(), Reason: "no packet can match it"}
	case over.text == "":
		return "", false, &FilterError{Text: f.String(), Reason: "tcpdump has no words for it and would capture everything: add a host, a net, a port or a protocol"}
	}
	return over.text, over == under, nil
}

// taggedBPF parts a filter for one VLAN and something from that something:
// "vlan" changes what follows it in an expression, so it stands in front.
func (f Filter) taggedBPF() (tag bpf, rest filterNode, ok bool) {
	kids := []filterNode{f.root}
	if j, isJoin := f.root.(*filterJoin); isJoin && j.op == filterAnd {
		kids = j.kids
	}
	var others []filterNode
	for _, k := range kids {
		if v, isTag := k.(filterVLAN); isTag && !ok {
			tag, ok = bpfText("vlan %d", v.id), true
			continue
		}
		others = append(others, k)
	}
	return tag, joinFilters(filterAnd, others), ok
}

// overBPF holds for all that n matches, and maybe more.
func overBPF(n filterNode) bpf {
	switch n := n.(type) {
	case nil, filterVLAN, filterMPLS, filterTime:
		return bpfAll
	case filterPort, filterRange, filterFlags:
		return bpfOr([]bpf{underBPF(n), {text: extended}})
	case filterProto:
		return bpfOr([]bpf{underBPF(n), {text: extended}})
	case filterNot:
		return bpfNot(underBPF(n.kid))
	case *filterJoin:
		return n.bpf(overBPF)
	}
	return underBPF(n)
}

// underBPF holds for nothing but what n matches, and maybe not for all of it.
func underBPF(n filterNode) bpf {
	switch n := n.(type) {
	case filterHost:
		return bpfText("%s %shost %s", family(n.addr.Is4()), n.side.bpf(), n.addr)
	case filterNet:
		if n.prefix.Bits() == 0 {
			return bpfText("%s", family(n.prefix.Addr().Is4()))
		}
		return bpfText("%s %snet %s", family(n.prefix.Addr().Is4()), n.side.bpf(), n.prefix)
	case filterPort:
		return bpfText("(tcp %[1]sport %[2]d or udp %[1]sport %[2]d)", n.side.bpf(), n.port)
	case filterRange:
		return bpfText("(tcp %[1]sportrange %[2]d-%[3]d or udp %[1]sportrange %[2]d-%[3]d)", n.side.bpf(), n.from, n.to)
	case filterProto:
		return protoBPF(n.number)
	case filterFlags:
		// tcp[] looks into IPv4 only. Byte 13 of the header, behind the 40 of
		// IPv6, holds the flags.
		return bpfText("(tcp[13] & %[1]d = %[1]d or (ip6 proto 6 and ip6[53] & %[1]d = %[1]d))", n.set)
	case filterNot:
		return bpfNot(overBPF(n.kid))
	case *filterJoin:
		return n.bpf(underBPF)
	}
	return bpfNone // VLAN and MPLS, which tcpdump does not see, and times
}

// protoBPF leaves out of IPv6 the extension headers, behind which is another
// protocol.
func protoBPF(number uint8) bpf {
	switch number {
	case 0, 43, 44, 51, 60:
		return bpfText("ip proto %d", number)
	}
	return bpfText("(ip proto %[1]d or ip6 proto %[1]d)", number)
}

func family(four bool) string {
	if four {
		return "ip"
	}
	return "ip6"
}

func (s side) bpf() string {
	switch s {
	case sourceSide:
		return "src "
	case destinationSide:
		return "dst "
	}
	return ""
}

func (j *filterJoin) bpf(of func(filterNode) bpf) bpf {
	kids := make([]bpf, len(j.kids))
	for i, k := range j.kids {
		kids[i] = of(k)
	}
	if j.op == filterOr {
		return bpfOr(kids)
	}
	return bpfAnd(kids)
}

func bpfNot(b bpf) bpf {
	switch {
	case b.none:
		return bpfAll
	case b.text == "":
		return bpfNone
	}
	return bpfText("not (%s)", b.text)
}

func bpfAnd(kids []bpf) bpf {
	var texts []string
	for _, k := range kids {
		switch {
		case k.none:
			return bpfNone
		case k.text != "":
			texts = append(texts, k.text)
		}
	}
	return joinBPF(texts, " and ", bpfAll)
}

func bpfOr(kids []bpf) bpf {
	var texts []string
	for _, k := range kids {
		switch {
		case k.none:
			continue
		case k.text == "":
			return bpfAll
		}
		texts = append(texts, k.text)
	}
	return joinBPF(texts, " or ", bpfNone)
}

// joinBPF joins conditions; and and or have the same precedence there, so
// parentheses are left out nowhere.
func joinBPF(texts []string, op string, empty bpf) bpf {
	switch len(texts) {
	case 0:
		return empty
	case 1:
		return bpf{text: texts[0]}
	}
	return bpf{text: "(" + strings.Join(texts, op) + ")"}
}
