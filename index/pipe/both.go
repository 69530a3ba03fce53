package pipe

import (
	"time"

	"spoor/index"
)

// Both returns a visitor that shows two others the same.
func Both(a, b index.Visitor) index.Visitor { return &both{a, b} }

// both shows two visitors the same.
type both struct{ a, b index.Visitor }

// NeedsText implements index.Visitor.
func (v *both) NeedsText(s *index.Stream) bool { return v.a.NeedsText(s) || v.b.NeedsText(s) }

// Whole implements index.Visitor.
func (v *both) Whole(first, last time.Time) bool {
	return v.a.Whole(first, last) && v.b.Whole(first, last)
}

// Count implements index.Visitor.
func (v *both) Count(s *index.Stream, first, last time.Time, n uint64) {
	v.a.Count(s, first, last, n)
	v.b.Count(s, first, last, n)
}

// Visit implements index.Visitor.
func (v *both) Visit(e *index.Entry) error {
	if err := v.a.Visit(e); err != nil {
		return err
	}
	return v.b.Visit(e)
}
