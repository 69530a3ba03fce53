package query

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
)

// Names that ask for what an entry's stream says, not for its fields.
const (
	tagName    = "tag"
	sourceName = "src"
	idName     = "id"
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

// source asks for a source number from lo to hi.
type source struct{ lo, hi uint32 }

// NewSource returns the node that asks for a source number; 0 finds the
// entries that have none.
func NewSource(n uint32) Node { return source{n, n} }

// NewSourceRange returns the node that asks for a source number from lo to hi,
// both included.
func NewSourceRange(lo, hi uint32) Node { return source{lo, hi} }

// anySource is src:*, every number but 0.
var anySource = source{1, math.MaxUint32}

func (s source) node()                             {}
func (s source) level() int                        { return levelAtom }
func (s source) mark(*marker)                      {}
func (s source) match(r Record) bool               { return s.is(r.Source()) }
func (s source) is(n uint32) bool                  { return s.lo <= n && n <= s.hi }
func (s source) stream(_ string, n uint32) Verdict { return verdict(s.is(n)) }
func (s source) equal(n Node) bool                 { return n == Node(s) }

func (s source) String() string {
	lo, hi := strconv.FormatUint(uint64(s.lo), 10), strconv.FormatUint(uint64(s.hi), 10)
	switch {
	case s == anySource:
		return sourceName + ":*"
	case s.lo == s.hi:
		return sourceName + ":" + lo
	}
	return sourceName + ":[" + lo + " TO " + hi + "]"
}

func (s source) need() Need {
	if s.lo != s.hi {
		return Need{}
	}
	return Need{Op: NeedTerm, Term: Term{Kind: TermSource, Source: s.lo}}
}

// identity asks for the entry with an ID, and its equals: entries with the
// same time, stream and bytes.
type identity struct {
	text string
	time int64
	hash uint64
}

// Hashed is a Record that knows the hash in its ID.
type Hashed interface {
	Record
	// Hash is the second part of the entry's ID.
	Hash() uint64
}

// newIdentity reads an ID as package index prints it: time, hash and ordinal,
// big endian, in base64 for URLs.
func newIdentity(text string) (*identity, bool) {
	const size = 8 + 8 + 4
	if len(text) != base64.RawURLEncoding.EncodedLen(size) {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != size {
		return nil, false
	}
	return &identity{text, int64(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:])}, true
}

func (i *identity) node()                         {}
func (i *identity) level() int                    { return levelAtom }
func (i *identity) mark(*marker)                  {}
func (i *identity) String() string                { return idName + ":" + i.text }
func (i *identity) stream(string, uint32) Verdict { return Maybe }
func (i *identity) need() Need                    { return Need{} }
func (i *identity) probes(Escapes) probes         { return nil }

func (i *identity) match(r Record) bool {
	h, ok := r.(Hashed)
	return ok && r.Time().UnixNano() == i.time && h.Hash() == i.hash
}

func (i *identity) equal(n Node) bool {
	other, ok := n.(*identity)
	return ok && i.text == other.text
}
