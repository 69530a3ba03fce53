package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// MaxFilterBytes is the longest text of a filter, as given and in its
	// canonical spelling; a sensor takes no more.
	MaxFilterBytes = 64 << 10
	// maxFilterDepth is how deep and, or and parentheses may be nested.
	maxFilterDepth = 100
)

// ParseFilter reads Stenographer's language strictly: a real Stenographer
// cuts its query silently at the first byte that it does not know, here that
// is an error. Words may be upper case; and and or have equal precedence and
// are read left to right. Times given as "5m ago" count from now.
//
//	filter = part { ("and" | "&&" | "or" | "||") part }
//	part   = [ "src" | "dst" ] ( "host" IP | "net" IP "/" BITS | "net" IP "mask" IP
//	                           | "port" N | "portrange" N "-" N )
//	       | "vlan" N | "mpls" N | "ip" "proto" N | "tcp" | "udp" | "icmp"
//	       | "tcp" "flags" FLAG { "," FLAG }
//	       | ("after" | "before") (RFC3339 | N("s"|"m"|"h"|"d") "ago")
//	       | ("not" | "!") part | "(" filter ")"
//
// FLAG is one of fin, syn, rst, psh, ack, urg, ece, cwr; all of a list must be
// set. src, dst, portrange, not, flags and times in s and d are Spoor's own:
// For says what becomes of them where a recorder has no words for them.
//
// An error is always a *FilterError.
func ParseFilter(text string, now time.Time) (Filter, error) {
	p := filterParser{text: text, now: now}
	if len(text) > MaxFilterBytes {
		return Filter{}, p.fail(0, "the filter is %d bytes long, at most %d are allowed", len(text), MaxFilterBytes)
	}
	p.next()
	root, err := p.expr(1)
	if err != nil {
		return Filter{}, err
	}
	if p.tok.kind != filterEnd {
		return Filter{}, p.unexpectedAfterPart()
	}
	f := Filter{root}
	if n := len(f.String()); n > MaxFilterBytes {
		return Filter{}, p.fail(0, "the filter is %d bytes long when written out, at most %d are allowed", n, MaxFilterBytes)
	}
	return f, nil
}

// filterParser descends over one text. Its methods leave tok behind what they
// have read.
type filterParser struct {
	text string
	now  time.Time
	pos  int // behind tok
	tok  filterToken
}

type filterToken struct {
	kind filterKind
	at   int    // offset in bytes
	text string // as written
}

type filterKind uint8

const (
	filterEnd   filterKind = iota
	filterWord             // letters, digits and . : + - _ %
	filterAnds             // and, &&
	filterOrs              // or, ||
	filterOpen             // (
	filterClose            // )
	filterSlash            // /
	filterComma            // ,
	filterNots             // not, !
	filterOther            // any other character
)

// next reads the following token into tok.
func (p *filterParser) next() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	at, rest := p.pos, p.text[p.pos:]
	kind, size := filterOther, 1
	switch {
	case rest == "":
		kind, size = filterEnd, 0
	case isFilterWord(rest[0]):
		kind, size = filterWord, wordLength(rest)
	case strings.HasPrefix(rest, "&&"):
		kind, size = filterAnds, 2
	case strings.HasPrefix(rest, "||"):
		kind, size = filterOrs, 2
	case rest[0] == '(':
		kind = filterOpen
	case rest[0] == ')':
		kind = filterClose
	case rest[0] == '/':
		kind = filterSlash
	case rest[0] == ',':
		kind = filterComma
	case rest[0] == '!':
		kind = filterNots
	default:
		_, size = utf8.DecodeRuneInString(rest)
	}
	p.pos = at + size
	p.tok = filterToken{kind: kind, at: at, text: rest[:size]}
	if kind != filterWord {
		return
	}
	switch strings.ToLower(p.tok.text) {
	case "and":
		p.tok.kind = filterAnds
	case "or":
		p.tok.kind = filterOrs
	case "not":
		p.tok.kind = filterNots
	}
}

func wordLength(s string) int {
	n := 1
	for n < len(s) && isFilterWord(s[n]) {
		n++
	}
	return n
}

func isFilterWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
		strings.IndexByte(".:+-_%", c) >= 0
}

func (p *filterParser) fail(at int, format string, args ...any) error {
	return &FilterError{Text: p.text, Offset: at, Reason: fmt.Sprintf(format, args...)}
}

// expr reads parts joined by and, or. depth counts the parentheses around it.
func (p *filterParser) expr(depth int) (filterNode, error) {
	root, err := p.part(depth)
	if err != nil {
		return nil, err
	}
	// Runs of one operator become one node, so that a list of a thousand
	// hosts is not copied a thousand times.
	for p.tok.kind == filterAnds || p.tok.kind == filterOrs {
		kind, at := p.tok.kind, p.tok.at
		kids := []filterNode{root}
		for p.tok.kind == kind {
			p.next()
			kid, err := p.part(depth)
			if err != nil {
				return nil, err
			}
			kids = append(kids, kid)
		}
		op := filterAnd
		if kind == filterOrs {
			op = filterOr
		}
		root = joinFilters(op, kids)
		if root.depth()+depth > maxFilterDepth {
			return nil, p.fail(at, "and and or are mixed more than %d levels deep", maxFilterDepth)
		}
	}
	return root, nil
}

// part reads one condition or a filter in parentheses.
func (p *filterParser) part(depth int) (filterNode, error) {
	t := p.tok
	switch t.kind {
	case filterOpen:
		return p.parenthesis(depth)
	case filterNots:
		return p.not(depth)
	case filterWord:
		p.next()
		return p.condition(t)
	}
	return nil, p.fail(t.at, "%s, expected a condition such as `host 10.0.0.1`, `port 80` or `(`", p.found(t))
}

func (p *filterParser) parenthesis(depth int) (filterNode, error) {
	open := p.tok
	if depth >= maxFilterDepth {
		return nil, p.fail(open.at, "parentheses are nested more than %d deep", maxFilterDepth)
	}
	p.next()
	n, err := p.expr(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.tok.kind == filterEnd {
		return nil, p.fail(open.at, "this ( is never closed")
	}
	if p.tok.kind != filterClose {
		return nil, p.unexpectedAfterPart()
	}
	p.next()
	return n, nil
}

// not reads a not and the part behind it.
func (p *filterParser) not(depth int) (filterNode, error) {
	at := p.tok.at
	if depth >= maxFilterDepth {
		return nil, p.fail(at, "nots and parentheses are nested more than %d deep", maxFilterDepth)
	}
	p.next()
	n, err := p.part(depth + 1)
	if err != nil {
		return nil, err
	}
	return negate(n), nil
}

// condition reads what follows the word of t.
func (p *filterParser) condition(t filterToken) (filterNode, error) {
	word := strings.ToLower(t.text)
	switch word {
	case "src", "dst":
		return p.direction(word)
	case "host", "net", "port", "portrange":
		return p.end(word)
	case "vlan":
		n, err := p.number("a VLAN id", 1<<12-1)
		return filterVLAN{uint16(n)}, err
	case "mpls":
		n, err := p.number("an MPLS label", 1<<20-1)
		return filterMPLS{uint32(n)}, err
	case "ip":
		return p.ipProto()
	case "tcp":
		return p.tcp()
	case "udp":
		return filterProto{protoUDP}, nil
	case "icmp":
		return filterProto{protoICMP}, nil
	case "after", "before":
		return p.time(word)
	}
	return nil, p.fail(t.at, "%s", unknownWord(t.text))
}

// direction reads what follows src or dst.
func (p *filterParser) direction(word string) (filterNode, error) {
	t := p.tok
	end := strings.ToLower(t.text)
	if t.kind != filterWord || end != "host" && end != "net" && end != "port" && end != "portrange" {
		if _, err := parseFilterAddr(t.text); err == nil && t.kind == filterWord {
			return nil, p.fail(t.at, "say `%s host %s`", word, t.text)
		}
		return nil, p.fail(t.at, "%s, expected host, net, port or portrange after `%s`", p.found(t), word)
	}
	p.next()
	n, err := p.end(end)
	if err != nil {
		return nil, err
	}
	if word == "src" {
		return sided(n, sourceSide), nil
	}
	return sided(n, destinationSide), nil
}

// end reads what follows a word for an end of a packet.
func (p *filterParser) end(word string) (filterNode, error) {
	switch word {
	case "host":
		a, err := p.address("an address after `host`")
		return filterHost{addr: a}, err
	case "net":
		return p.net()
	case "portrange":
		return p.portRange()
	}
	n, err := p.number("a port number", 1<<16-1)
	return filterPort{port: uint16(n)}, err
}

// tcp reads what may follow the word tcp.
func (p *filterParser) tcp() (filterNode, error) {
	if p.tok.kind != filterWord || !strings.EqualFold(p.tok.text, "flags") {
		return filterProto{protoTCP}, nil
	}
	var set uint8
	for {
		p.next()
		t := p.tok
		i := slices.Index(tcpFlags[:], strings.ToLower(t.text))
		switch {
		case t.kind == filterWord && i >= 0:
			set |= 1 << i
		case t.kind == filterWord && strings.EqualFold(t.text, "any") && set == 0:
		default:
			return nil, p.fail(t.at, "%s, expected a flag: %s", p.found(t), strings.Join(tcpFlags[:], ", "))
		}
		if p.next(); p.tok.kind != filterComma {
			return filterFlags{set}, nil
		}
	}
}

func (p *filterParser) ipProto() (filterNode, error) {
	if p.tok.kind != filterWord || !strings.EqualFold(p.tok.text, "proto") {
		return nil, p.fail(p.tok.at, "%s, expected `proto` after `ip`", p.found(p.tok))
	}
	p.next()
	n, err := p.number("an IP protocol number", 1<<8-1)
	return filterProto{uint8(n)}, err
}

// unexpectedAfterPart says that tok can not follow a complete condition.
func (p *filterParser) unexpectedAfterPart() error {
	t := p.tok
	switch {
	case t.kind == filterClose:
		return p.fail(t.at, "this ) has no (")
	case t.kind == filterComma, t.kind == filterOther && t.text == ";":
		return p.fail(t.at, "%s joins nothing: expected `and`, `or` or the end", shorten(t.text))
	}
	return p.fail(t.at, "%s, expected `and`, `or` or the end", p.found(t))
}

// found names a token in a message.
func (p *filterParser) found(t filterToken) string {
	switch {
	case strings.TrimSpace(p.text) == "":
		return "the filter is empty"
	case t.kind == filterEnd:
		return "the filter ends here"
	case t.kind == filterOther:
		return fmt.Sprintf("unexpected character %+q", t.text)
	}
	return "found " + shorten(t.text)
}

// unknownWord explains a word that starts no condition.
func unknownWord(word string) string {
	if hint, ok := filterHints[strings.ToLower(word)]; ok {
		return hint
	}
	if _, err := parseFilterAddr(word); err == nil {
		return fmt.Sprintf("say `host %s`", word)
	}
	if isDigits(word) {
		return fmt.Sprintf("a number alone means nothing: say `port %s`", word)
	}
	return fmt.Sprintf("unknown word %s, expected host, net, port, portrange, src, dst, vlan, mpls, ip proto, tcp, udp, icmp, after, before, not or (", shorten(word))
}
