package fleet

import (
	"strconv"
	"strings"
	"time"
)

// String returns the filter in Stenographer's language and the words that
// Spoor adds to it, in one spelling:
// lower case, one blank between words, addresses in their short form, times in
// UTC, and parentheses wherever and meets or. A real Stenographer gives both
// the same precedence, so nothing is left to it. The zero Filter gives "".
//
// What ParseFilter accepted gives a text that ParseFilter accepts again and
// that gives the same text.
func (f Filter) String() string {
	if f.root == nil {
		return ""
	}
	var b strings.Builder
	f.root.append(&b)
	return b.String()
}

func (h filterHost) append(b *strings.Builder) {
	b.WriteString(h.side.String())
	b.WriteString("host ")
	b.WriteString(h.addr.String())
}

func (n filterNet) append(b *strings.Builder) {
	b.WriteString(n.side.String())
	b.WriteString("net ")
	b.WriteString(n.prefix.String())
}

func (p filterPort) append(b *strings.Builder) {
	b.WriteString(p.side.String())
	b.WriteString("port ")
	b.WriteString(strconv.Itoa(int(p.port)))
}

func (r filterRange) append(b *strings.Builder) {
	b.WriteString(r.side.String())
	b.WriteString("portrange ")
	b.WriteString(strconv.Itoa(int(r.from)))
	b.WriteByte('-')
	b.WriteString(strconv.Itoa(int(r.to)))
}

// tcpFlags are the names of the flags from the lowest bit on.
var tcpFlags = [8]string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"}

func (f filterFlags) append(b *strings.Builder) {
	b.WriteString("tcp flags ")
	sep := ""
	for i, name := range tcpFlags {
		if f.set&(1<<i) != 0 {
			b.WriteString(sep + name)
			sep = ","
		}
	}
	if f.set == 0 {
		b.WriteString("any")
	}
}

func (n filterNot) append(b *strings.Builder) {
	b.WriteString("not ")
	appendPart(b, n.kid)
}

func (v filterVLAN) append(b *strings.Builder) {
	b.WriteString("vlan ")
	b.WriteString(strconv.Itoa(int(v.id)))
}

func (m filterMPLS) append(b *strings.Builder) {
	b.WriteString("mpls ")
	b.WriteString(strconv.Itoa(int(m.label)))
}

// The protocols that the language has words for.
const (
	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

func (p filterProto) append(b *strings.Builder) {
	switch p.number {
	case protoICMP:
		b.WriteString("icmp")
	case protoTCP:
		b.WriteString("tcp")
	case protoUDP:
		b.WriteString("udp")
	default:
		b.WriteString("ip proto ")
		b.WriteString(strconv.Itoa(int(p.number)))
	}
}

func (t filterTime) append(b *strings.Builder) {
	if t.after {
		b.WriteString("after ")
	} else {
		b.WriteString("before ")
	}
	b.WriteString(t.at.Format(time.RFC3339Nano))
}

func (j *filterJoin) append(b *strings.Builder) {
	for i, k := range j.kids {
		if i > 0 {
			b.WriteByte(' ')
			b.WriteString(j.op.String())
			b.WriteByte(' ')
		}
		appendPart(b, k)
	}
}

// appendPart writes a node where only one condition may stand.
func appendPart(b *strings.Builder, n filterNode) {
	if _, ok := n.(*filterJoin); !ok {
		n.append(b)
		return
	}
	b.WriteByte('(')
	n.append(b)
	b.WriteByte(')')
}
