// Package query is Spoor's search language: lexer, parser, syntax tree, and
// what a tree means (Match, Marks, Terms). It knows nothing of where entries
// are kept.
package query

import "time"

// Node is a node of the syntax tree. A Node is immutable and may be used by
// many goroutines at once. String prints it in the language, so that parsing
// it again gives an equal tree.
type Node interface {
	String() string
	node()
}

// Record is what a query is asked of: one entry.
type Record interface {
	// Raw is the text that words are looked for in: the line as received,
	// or the decoded summary and values of a packet.
	Raw() []byte
	// Escapes says how Raw writes what it can't hold as it is.
	Escapes() Escapes
	Time() time.Time
	Tag() string
	Source() uint32
	// Field returns the unescaped values of a field, one for each element
	// of a list; none when the field is absent, unset or null. Aliases of
	// names are resolved by the record.
	Field(name string) []string
}

// Escapes is a way of writing bytes that a text can't hold as they are.
type Escapes int

const (
	// NoEscapes: every byte stands for itself.
	NoEscapes Escapes = iota
	// JSONEscapes: a backslash escape of JSON is one byte that is no word byte.
	JSONEscapes
	// HexEscapes: \x09 as in Zeek's TSV stands for itself in Raw and for
	// one byte in field values.
	HexEscapes
)

// Span is a match in a text, in bytes from its start.
type Span struct{ Start, End int }
