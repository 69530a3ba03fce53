package query

import (
	"time"
)

// line is an entry for tests.
type line struct {
	raw    string
	e      Escapes
	tag    string
	source uint32
	fields map[string][]string
}

func (l line) Raw() []byte                { return []byte(l.raw) }
func (l line) Escapes() Escapes           { return l.e }
func (l line) Time() time.Time            { return time.Time{} }
func (l line) Tag() string                { return l.tag }
func (l line) Source() uint32             { return l.source }
func (l line) Field(name string) []string { return l.fields[name] }
