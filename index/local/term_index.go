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

// mergeParts is in how many parts an index is built, which are then merged.
// Most terms stand in one block only. A merge writes such a term as a number
// in the dictionary, where its frequency is 1, there is no position and the
// norm is not 0. What builds the parts never does: there it costs 39 bytes.
const mergeParts = 4

// blockDoc is a block as a Bleve document. It needs no mapping: the document
// has one field whose terms are known already.
type blockDoc struct {
	id     string
	terms  bleve.TokenFrequencies
	fields [2]blockField
}

func newBlockDoc(terms bleve.TokenFrequencies) *blockDoc { return &blockDoc{terms: terms} }

// number names the document after its block.
func (d *blockDoc) number(block int) {
	d.id = string(binary.BigEndian.AppendUint32(nil, uint32(block)))
	d.fields = [2]blockField{
		{name: "_id", value: []byte(d.id), terms: bleve.TokenFrequencies{d.id: &anyFreq},
			options: bleve.IndexField | bleve.StoreField | bleve.SkipFreqNorm},
		{name: termField, terms: d.terms, options: bleve.IndexField},
	}
}

func (d *blockDoc) ID() string { return d.id }
func (d *blockDoc) Size() int  { return 0 }
func (d *blockDoc) VisitFields(visit bleve.FieldVisitor) {
	visit(&d.fields[0])
	visit(&d.fields[1])
}
func (d *blockDoc) VisitComposite(bleve.CompositeFieldVisitor) {}
func (d *blockDoc) HasComposite() bool                         { return false }
func (d *blockDoc) NumPlainTextBytes() uint64                  { return 0 }
func (d *blockDoc) AddIDField()                                {}
func (d *blockDoc) StoredFieldsBytes() uint64                  { return uint64(len(d.id)) }
func (d *blockDoc) Indexed() bool                              { return true }

type blockField struct {
	name    string
	value   []byte
	terms   bleve.TokenFrequencies
	options bleve.FieldIndexingOptions
}

func (f *blockField) Name() string                        { return f.name }
func (f *blockField) Value() []byte                       { return f.value }
func (f *blockField) ArrayPositions() []uint64            { return nil }
func (f *blockField) EncodedFieldType() byte              { return 't' }
func (f *blockField) Analyze()                            {}
func (f *blockField) Options() bleve.FieldIndexingOptions { return f.options }

// AnalyzedLength is what becomes the norm; 1 takes one byte. See mergeParts.
func (f *blockField) AnalyzedLength() int { return 1 }

func (f *blockField) AnalyzedTokenFrequencies() bleve.TokenFrequencies { return f.terms }
func (f *blockField) NumPlainTextBytes() uint64                        { return 0 }

// indexBuilder writes the index of the blocks of a segment.
type indexBuilder struct {
	path   string
	builds *scorch.Builder
	blocks int
}

// newIndexBuilder begins an index in the folder path, which must not exist,
// using the folder temp meanwhile. So many blocks are held in memory; what is
// written of them is merged at the end where there are more.
func newIndexBuilder(path, temp string, batch int) (*indexBuilder, error) {
	b, err := scorch.NewBuilder(map[string]any{
		"path": path, "buildPathPrefix": temp, "batchSize": batch, "mergeMax": 1000,
	})
	if err != nil {
		return nil, fmt.Errorf("build index %s: %w", path, err)
	}
	return &indexBuilder{path: path, builds: b}, nil
}

// add indexes the next block.
func (b *indexBuilder) add(d *blockDoc) error {
	d.number(b.blocks)
	b.blocks++
	if err := b.builds.Index(d); err != nil {
		return fmt.Errorf("build index %s: %w", b.path, err)
	}
	return nil
}

func (b *indexBuilder) close() error {
	if err := b.builds.Close(); err != nil {
		return fmt.Errorf("build index %s: %w", b.path, err)
	}
	return nil
}

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
