package captures

import "context"

// SetPart makes parts of n bytes, so that small files have many.
func (f *Folder) SetPart(n int64) { f.catalog.part = n }

// Index does once what Run does every now and then.
func (f *Folder) Index(ctx context.Context) error { return f.index(ctx) }

// MaxOpen is how many files are read side by side.
const MaxOpen = maxOpen
