package format

import "time"

// Options say what is known of a body. The zero value recognises everything.
type Options struct {
	// Format is the name of the body's format; empty means that each line
	// is recognised by what it looks like.
	Format string
	// Tag is the tag of all entries; empty means zeek.<path>, or the name
	// of the format.
	Tag string
	// Spec is the newest Zeek header known for the body's tag, source and
	// origin, for bodies that continue it. Zero when there is none.
	Spec Spec
	// Now is the time of arrival. Zero means the time of NewParser.
	Now time.Time
	// Zone is that of times without one; nil means UTC.
	Zone *time.Location
}

// Line is what a line turned out to be.
type Line struct {
	// Skip says that the line is no entry: it is blank, or part of a header.
	Skip bool
	// Spec says how the line is read.
	Spec Spec
	// Tag is the entry's tag.
	Tag string
	// Time is the entry's time in UTC.
	Time time.Time
	// Guessed says that the line has no time and that Time is Options.Now.
	Guessed bool
}
