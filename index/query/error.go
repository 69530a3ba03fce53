package query

import (
	"fmt"
	"unicode/utf8"
)

// Error says what is wrong with a query, and where.
type Error struct {
	// Query is the text that was parsed.
	Query string
	// Offset is where it is wrong, in bytes from 0 to len(Query).
	Offset int
	// Reason says what is wrong or what was expected.
	Reason string
}

// maxShown is how many bytes of a query an error message repeats.
const maxShown = 120

// Error gives the query, the column and the reason.
func (e *Error) Error() string {
	shown := e.Query
	if len(shown) > maxShown {
		shown = shown[:maxShown] + "..."
	}
	return fmt.Sprintf("query %q: column %d: %s", shown, e.Column(), e.Reason)
}

// Column is the place in characters, from 1.
func (e *Error) Column() int { return utf8.RuneCountInString(e.Query[:e.Offset]) + 1 }
