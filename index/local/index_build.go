package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// indexBuilder writes the index of the blocks of a segment.
type indexBuilder struct {
	path   string
	root   *indexRoot
	blocks int
	work   *indexWork
}

// indexWork is the memory for building one index after another.
type indexWork struct {
	sorter termSorter
	zap    *zapWriter
}

var indexWorks = sync.Pool{New: func() any { return new(indexWork) }}

// newIndexBuilder begins an index in the folder path, which must not exist,
// using the folder temp meanwhile.
func newIndexBuilder(path, temp string, root *indexRoot) *indexBuilder {
	b := &indexBuilder{path: path, root: root, work: indexWorks.Get().(*indexWork)}
	b.work.sorter.begin(filepath.Join(temp, "terms"))
	return b
}

// add indexes the next block.
func (b *indexBuilder) add(terms *blockTerms) error {
	if err := b.work.sorter.add(b.blocks, terms); err != nil {
		return fmt.Errorf("build index %s: %w", b.path, err)
	}
	b.blocks++
	return nil
}

// close writes the index.
func (b *indexBuilder) close() error {
	if err := b.write(); err != nil {
		return fmt.Errorf("build index %s: %w", b.path, err)
	}
	indexWorks.Put(b.work)
	b.work = nil
	return nil
}

func (b *indexBuilder) write() (err error) {
	if b.work.zap == nil {
		if b.work.zap, err = newZapWriter(); err != nil {
			return err
		}
	}
	if err := os.Mkdir(b.path, 0o700); err != nil {
		return err
	}
	if err := b.root.write(b.path); err != nil {
		return err
	}
	return b.work.zap.write(filepath.Join(b.path, b.root.zap), b.blocks, b.work.sorter.each)
}

// indexRoot is the file in which a Bleve index says what it consists of. It is
// the same for all of ours, of one zap file each, so Bleve writes it once.
type indexRoot struct {
	mu   sync.Mutex // guards the rest until they are set
	root []byte
	zap  string // name of the other file
}

const rootName = "root.bolt"

// write puts the file into the folder of an index.
func (r *indexRoot) write(dir string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.root == nil {
		if err := r.make(filepath.Join(filepath.Dir(dir), "root")); err != nil {
			return fmt.Errorf("make %s: %w", rootName, err)
		}
	}
	return os.WriteFile(filepath.Join(dir, rootName), r.root, 0o600)
}

// make has Bleve build an index of one document in the folder temp, which is
// removed.
func (r *indexRoot) make(temp string) (err error) {
	if err := os.Mkdir(temp, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	dir := filepath.Join(temp, "index")
	b, err := scorch.NewBuilder(map[string]any{"path": dir, "buildPathPrefix": temp})
	if err != nil {
		return err
	}
	if err := errors.Join(b.Index(document.NewDocument("any")), b.Close()); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name() != rootName {
			r.zap = f.Name()
		}
	}
	if len(files) != 2 || r.zap == "" {
		return fmt.Errorf("bleve's builder has left %d files in %s, want %s and another", len(files), dir, rootName)
	}
	r.root, err = os.ReadFile(filepath.Join(dir, rootName))
	return err
}
