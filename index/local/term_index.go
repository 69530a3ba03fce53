package local

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
)

// termField is the only field of a block's document.
const termField = "t"

// termIndex answers which blocks of a segment have a term.
type termIndex struct {
	index  bleve.Index
	reader bleve.IndexReader
	blocks int

	once    sync.Once
	numbers []uint32 // block by number of document
	err     error
}

// openIndex opens the index of a segment of that many blocks, read-only.
func openIndex(dir string, blocks int) (*termIndex, error) {
	i, err := scorch.NewScorch(scorch.Name, map[string]any{
		"path": filepath.Clean(dir), "read_only": true, "bolt_timeout": "5s",
	}, nil)
	if err != nil {
		return nil, err
	}
	if err := i.Open(); err != nil {
		return nil, err
	}
	r, err := i.Reader()
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	n, err := r.DocCount()
	if err == nil && n != uint64(blocks) {
		err = fmt.Errorf("index has %d blocks, want %d", n, blocks)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close(), i.Close())
	}
	return &termIndex{index: i, reader: r, blocks: blocks}, nil
}

func (x *termIndex) close() error { return errors.Join(x.reader.Close(), x.index.Close()) }

// lookup adds the blocks that have the term to found.
func (x *termIndex) lookup(ctx context.Context, term []byte, found bitset) error {
	x.once.Do(func() { x.numbers, x.err = x.readNumbers() })
	if x.err != nil {
		return x.err
	}
	return x.blocksOf(ctx, term, found.set)
}

// blocksOf calls found for every block that has the term. The numbers must
// have been read.
func (x *termIndex) blocksOf(ctx context.Context, term []byte, found func(block int)) error {
	r, err := x.reader.TermFieldReader(ctx, term, termField, false, false, false)
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
		found(int(x.numbers[n]))
	}
}

// maxPrefixTerms bounds how many terms a prefix may stand for. With more of
// them it would be no help anyway.
const maxPrefixTerms = 2000

// lookupPrefix adds the blocks that have a term beginning with prefix. It
// returns false when those are too many terms to tell.
func (x *termIndex) lookupPrefix(ctx context.Context, prefix []byte, found bitset) (bool, error) {
	d, err := x.reader.FieldDictPrefix(termField, prefix)
	if err != nil {
		return false, err
	}
	defer d.Close()
	for n := 0; ; n++ {
		e, err := d.Next()
		if err != nil || e == nil {
			return err == nil, err
		}
		if n == maxPrefixTerms {
			return false, nil
		}
		if err := x.lookup(ctx, []byte(e.Term), found); err != nil {
			return false, err
		}
	}
}

// readNumbers reads which document is which block: the builder numbers
// documents as it likes, their names are the numbers of the blocks.
func (x *termIndex) readNumbers() ([]uint32, error) {
	numbers := make([]uint32, x.blocks)
	for i := range numbers {
		name, err := x.reader.ExternalID(bleve.NewIndexInternalID(nil, uint64(i)))
		if err != nil {
			return nil, err
		}
		if len(name) != 4 {
			return nil, fmt.Errorf("document %d has the name %q", i, name)
		}
		numbers[i] = binary.BigEndian.Uint32([]byte(name))
		if numbers[i] >= uint32(x.blocks) {
			return nil, fmt.Errorf("document %d is block %d of %d", i, numbers[i], x.blocks)
		}
	}
	return numbers, nil
}

// bitset is a set of blocks.
type bitset []uint64

func newBitset(n int) bitset    { return make(bitset, (n+63)/64) }
func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
