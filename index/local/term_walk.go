package local

import "context"

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
		if err := ctx.Err(); err != nil {
			return err
		}
		term := e.Term
		if err := x.blocksOf(ctx, []byte(term), func(block int) { found(term, block) }); err != nil {
			return err
		}
	}
}
