package query

import (
	"errors"
	"net/netip"
)

// Value is a Node that can also stand behind a field's name.
type Value interface {
	Node
	value()
}

type todo struct{}

func (todo) String() string { return "" }
func (todo) node()          {}
func (todo) value()         {}

// Error says what is wrong with a query, and where.
type Error struct {
	Query  string
	Offset int // bytes
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// Column counts characters from 1.
func (e *Error) Column() int { return e.Offset + 1 }

func Parse(text string) (Node, error)               { return nil, errors.ErrUnsupported }
func Match(n Node, r Record) bool                   { return n == nil }
func Marks(n Node, text []byte, e Escapes) []Span   { return nil }
func Terms(n Node) Need                             { return Need{} }
func Equal(a, b Node) bool                          { return a == b }
func IsWord(b byte) bool                            { return false }
func MACString(m [6]byte) string                    { return "" }
func NewWord(text string) Value                     { return todo{} }
func NewPhrase(text string) Value                   { return todo{} }
func NewAddr(a netip.Addr) Value                    { return todo{} }
func NewMAC(m [6]byte) Value                        { return todo{} }
func NewRegexp(re string, fold bool) (Value, error) { return todo{}, nil }
func NewField(name string, v Value) Node            { return todo{} }
func NewFieldEqual(name string, v Value) Node       { return todo{} }
func NewTag(tag string) Node                        { return todo{} }
func NewSource(n uint32) Node                       { return todo{} }
func And(kids ...Node) Node                         { return todo{} }
func Or(kids ...Node) Node                          { return todo{} }
func Not(kid Node) Node                             { return todo{} }
func Literal(value string) Value                    { return todo{} }

func ScanAddrs(text []byte, found func(start, end int, a netip.Addr)) {}
func ScanMACs(text []byte, found func(start, end int, mac [6]byte))   {}
func ScanWords(text []byte, e Escapes, found func(word []byte))       {}

// Verdict is what the tag and the source of a stream say about its entries.
type Verdict int

const (
	// Maybe: an entry has to be looked at.
	Maybe Verdict = iota
	// No entry of the stream matches.
	No
	// Yes: every entry of the stream matches.
	Yes
)

// Stream says what is known about all entries of a tag and source.
func Stream(n Node, tag string, source uint32) Verdict { return Maybe }
