package query

import (
	"fmt"
	"strconv"
)

// Names that ask for what an entry's stream says, not for its fields.
const (
	tagName    = "tag"
	sourceName = "src"
)

// tag asks for the tag of an entry.
type tag struct{ glob }

// NewTag returns the node that asks for a tag, in which * is a wildcard for
// anything. Unlike words, tags are compared with regard to case, and as a
// whole. An empty tag, or wildcards only, ask for everything.
func NewTag(text string) Node { return newTag(splitStars(text)) }

func newTag(pieces []string) Node {
	g, ok := newGlob(pieces)
	if !ok {
		return everything{}
	}
	return &tag{g}
}

func (t *tag) node()               {}
func (t *tag) level() int          { return levelAtom }
func (t *tag) mark(*marker)        {}
func (t *tag) match(r Record) bool { return t.is(readOnly(r.Tag()), false) }
func (t *tag) String() string      { return tagName + ":" + printPieces(t.pieces(), bareValue) }

func (t *tag) stream(tag string, _ uint32) Verdict { return verdict(t.is(readOnly(tag), false)) }

func (t *tag) need() Need {
	if t.wild() {
		return Need{}
	}
	return needTerm(TermTag, t.parts[0].text)
}

func (t *tag) equal(n Node) bool {
	other, ok := n.(*tag)
	return ok && t.glob.equal(&other.glob)
}

// source asks for the source number of an entry.
type source struct {
	number uint32
	any    bool // any number but 0
}

// NewSource returns the node that asks for a source number; 0 finds the
// entries that have none.
func NewSource(n uint32) Node { return source{number: n} }

// parseSource reads what stands behind src:.
func parseSource(text string) (Node, error) {
	if text == "*" {
		return source{any: true}, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return nil, fmt.Errorf(`src: takes a source number from 0 to 4294967295, or *; for a field of that name write "src":%s`,
			newText(splitStars(text)).inField())
	}
	return source{number: uint32(n)}, nil
}

func (s source) node()               {}
func (s source) level() int          { return levelAtom }
func (s source) mark(*marker)        {}
func (s source) match(r Record) bool { return s.is(r.Source()) }

func (s source) is(n uint32) bool {
	if s.any {
		return n != 0
	}
	return n == s.number
}

func (s source) stream(_ string, n uint32) Verdict { return verdict(s.is(n)) }

func (s source) String() string {
	if s.any {
		return sourceName + ":*"
	}
	return sourceName + ":" + strconv.FormatUint(uint64(s.number), 10)
}

func (s source) need() Need {
	if s.any {
		return Need{}
	}
	return Need{Op: NeedTerm, Term: Term{Kind: TermSource, Source: s.number}}
}

func (s source) equal(n Node) bool { return n == Node(s) }
