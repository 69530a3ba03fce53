package local

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	scorch "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// randomTerms makes the terms of so many blocks: many that stand in one, some
// in a few, and some in most.
func randomTerms(r *rand.Rand, blocks int) (all []*blockTerms, want map[string][]uint64) {
	want = map[string][]uint64{}
	for block := range blocks {
		t := newTokens()
		word := func(text string) { t.add(packWord([]byte(text))) }
		for range 20 {
			word(fmt.Sprintf("w%x", r.Uint64()))
			word(fmt.Sprintf("s%d", r.IntN(4*blocks+1)))
			t.add(packIPv4([4]byte{10, 0, byte(r.IntN(4)), byte(r.IntN(256))}))
			t.add(packMAC([6]byte{2, 0, 0, 0, byte(r.IntN(3)), byte(r.IntN(256))}))
			t.ipv6[[16]byte{0xfe, 0x80, 15: byte(r.IntN(200))}] = struct{}{}
		}
		for _, common := range []string{"a", "zz", "com", "_x", "überall"} {
			if r.IntN(20) > 0 {
				word(common)
			}
		}
		terms := t.terms()
		terms.each(func(term string) { want[term] = append(want[term], uint64(block)) })
		all = append(all, terms)
	}
	return all, want
}

// buildIndex builds an index; so many terms are sorted in memory.
func buildIndex(t *testing.T, all []*blockTerms, inMemory int) (dir string) {
	t.Helper()
	temp := t.TempDir()
	dir = filepath.Join(temp, indexName)
	b := newIndexBuilder(dir, temp, new(indexRoot))
	b.work = &indexWork{sorter: termSorter{limit: inMemory}}
	b.work.sorter.begin(filepath.Join(temp, "terms"))
	for _, terms := range all {
		if err := b.add(terms); err != nil {
			t.Fatal(err)
		}
	}
	spilled := len(b.work.sorter.runs) > 0
	if err := b.close(); err != nil {
		t.Fatal(err)
	}
	if want := inMemory < 1000; spilled != want {
		t.Fatalf("%d terms in memory: spilled %v, want %v", inMemory, spilled, want)
	}
	return dir
}

// Ensure that Bleve reads our index as one of its own: names, terms, their
// documents and frequencies, however many blocks there are and whether or not
// the terms fit into memory.
func TestBleveReadsTheIndex(t *testing.T) {
	for _, c := range []struct{ blocks, inMemory int }{{1, sortTerms}, {2, sortTerms}, {150, sortTerms}, {150, 700}, {2500, sortTerms}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			all, want := randomTerms(rand.New(rand.NewPCG(1, uint64(c.blocks))), c.blocks)
			x, err := openIndex(buildIndex(t, all, c.inMemory), c.blocks)
			if err != nil {
				t.Fatal(err)
			}
			defer x.close()
			for _, block := range []int{0, c.blocks / 2, c.blocks - 1} {
				name := string(binary.BigEndian.AppendUint32(nil, uint32(block)))
				id, err := x.reader.InternalID(name)
				if err != nil || id == nil {
					t.Fatalf("block %d: got %v, %v", block, id, err)
				}
				if back, err := x.reader.ExternalID(id); err != nil || back != name {
					t.Errorf("block %d: got the name %q, %v", block, back, err)
				}
			}
			if c.blocks == 1 {
				want["nothing"] = nil
			}
			for term, blocks := range want {
				if got := readTerm(t, x.reader, term); !slices.Equal(got, blocks) {
					t.Fatalf("%q: got blocks %v, want %v", term, got, blocks)
				}
			}
			delete(want, "nothing")
			checkDictionary(t, x.reader, want)
		})
	}
}

// readTerm returns the documents of a term, reading frequencies and norms too.
func readTerm(t *testing.T, r bleve.IndexReader, term string) (docs []uint64) {
	t.Helper()
	f, err := r.TermFieldReader(t.Context(), []byte(term), termField, true, true, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		d, err := f.Next(nil)
		if err != nil {
			t.Fatalf("%q: %v", term, err)
		}
		if d == nil {
			return docs
		}
		docs = append(docs, d.ID.Value())
	}
}

func checkDictionary(t *testing.T, r bleve.IndexReader, want map[string][]uint64) {
	t.Helper()
	d, err := r.FieldDict(termField)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	last, n := "", 0
	for e, err := d.Next(); e != nil; e, err = d.Next() {
		if err != nil || e.Term <= last || e.Count != uint64(len(want[e.Term])) {
			t.Fatalf("%q behind %q: in %d blocks, want %d; %v", e.Term, last, e.Count, len(want[e.Term]), err)
		}
		last, n = e.Term, n+1
	}
	if n != len(want) {
		t.Errorf("got %d terms, want %d", n, len(want))
	}
}

// Ensure that Bleve can merge our files, which goes through every byte of
// them.
func TestBleveMergesOurFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var inputs []scorch.Segment
	want := map[string][]uint64{}
	docs := uint64(0)
	plugin := &zap.ZapPlugin{}
	for _, blocks := range []int{40, 1100} {
		all, terms := randomTerms(r, blocks)
		found, err := filepath.Glob(filepath.Join(buildIndex(t, all, sortTerms), "*.zap"))
		if err != nil || len(found) != 1 {
			t.Fatalf("got files %v, %v", found, err)
		}
		s, err := plugin.Open(found[0])
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		inputs = append(inputs, s)
		for term, in := range terms {
			for _, block := range in {
				want[term] = append(want[term], docs+block)
			}
		}
		docs += uint64(blocks)
	}
	path := filepath.Join(t.TempDir(), "merged.zap")
	if _, _, err := plugin.Merge(inputs, make([]*roaring.Bitmap, len(inputs)), path, nil, nil); err != nil {
		t.Fatal(err)
	}
	merged, err := plugin.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer merged.Close()
	d, err := merged.Dictionary(termField)
	if err != nil || d.Cardinality() != len(want) || merged.Count() != docs {
		t.Fatalf("got %d terms of %d documents, want %d of %d; %v", d.Cardinality(), merged.Count(), len(want), docs, err)
	}
	for _, term := range slices.Sorted(maps.Keys(want)) {
		list, err := d.PostingsList([]byte(term), nil, nil)
		if err != nil || list.Count() != uint64(len(want[term])) {
			t.Fatalf("%q: got %d documents, want %d; %v", term, list.Count(), len(want[term]), err)
		}
	}
}

// Ensure that packed terms have the order of their bytes, which is what the
// index is sorted by.
func TestPackedTermsSortAsTheirBytes(t *testing.T) {
	all, _ := randomTerms(rand.New(rand.NewPCG(3, 3)), 30)
	var packed []uint64
	for _, terms := range all {
		packed = append(packed, terms.packed...)
	}
	sorted, _ := sortKeys(slices.Clone(packed), make([]uint64, len(packed)))
	if !slices.IsSorted(sorted) {
		t.Error("the sorted terms are not in order")
	}
	slices.Sort(packed)
	if !slices.Equal(packed, sorted) {
		t.Error("sorting has changed the terms")
	}
	for i := 1; i < len(sorted); i++ {
		a, b := appendTerm(nil, sorted[i-1]), appendTerm(nil, sorted[i])
		if bytes.Compare(a, b) > 0 {
			t.Fatalf("%q stands before %q", a, b)
		}
	}
}
