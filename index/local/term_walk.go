package local

import (
	"context"
	"fmt"

	bleve "github.com/blevesearch/bleve_index_api"
)

// each calls found for every term of the index and every block that has it.
func (x *termIndex) each(ctx context.Context, found func(term string, block int)) error {
	x.once.Do(func() { x.numbers, x.err = x.readNumbers() })
	if x.err != nil {
		return x.err
	}
	d, err := x.reader.FieldDict(termField)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		e, err := d.Next()
		if err != nil || e == nil {
			return err
		}
		if err := x.blocksOf(ctx, e.Term, found); err != nil {
			return err
		}
	}
}

func (x *termIndex) blocksOf(ctx context.Context, term string, found func(term string, block int)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := x.reader.TermFieldReader(ctx, []byte(term), termField, false, false, false)
	if err != nil {
		return err
	}
	defer r.Close()
	var doc bleve.TermFieldDoc
	for {
		d, err := r.Next(&doc)
		if err != nil || d == nil {
			return err
		}
		n := d.ID.Value()
		if n >= uint64(len(x.numbers)) {
			return fmt.Errorf("index names document %d of %d", n, len(x.numbers))
		}
		found(term, int(x.numbers[n]))
	}
}
