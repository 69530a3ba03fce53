package meta_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"spoor/internal/meta"
)

type pet struct {
	Name string `json:"name"`
	Legs int    `json:"legs"`
}

func open(t *testing.T, path string) *meta.DB {
	t.Helper()
	db, err := meta.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func pets(t *testing.T, db *meta.DB) meta.Bucket[pet] {
	t.Helper()
	b, err := meta.NewBucket[pet](db, "pets")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, b meta.Bucket[pet], key string, p pet) {
	t.Helper()
	if err := b.Put(key, p); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, b meta.Bucket[pet]) []string {
	t.Helper()
	all, err := b.All()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		out = append(out, p.Name)
	}
	return out
}

// Ensure what was put is there after the file was closed and opened again.
func TestRecordsSurviveReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	db := open(t, path)
	put(t, pets(t, db), "a", pet{Name: "spider", Legs: 8})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := pets(t, open(t, path)).Get("a")
	if want := (pet{Name: "spider", Legs: 8}); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// Ensure a file that is held is an ErrLocked that names it, and free again
// once it is closed.
func TestOpenSaysWhoseFileIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	db := open(t, path)
	_, err := meta.Open(path)
	if !errors.Is(err, meta.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want ErrLocked with %s", err, path)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestOpenNamesTheFileThatCantBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "meta.db")
	_, err := meta.Open(path)
	if err == nil || errors.Is(err, meta.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error with %s that is not ErrLocked", err, path)
	}
}

func TestMissingRecordIsErrNotFound(t *testing.T) {
	b := pets(t, open(t, filepath.Join(t.TempDir(), "meta.db")))
	if _, err := b.Get("none"); !errors.Is(err, meta.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	err := b.Update(func(tx meta.Tx[pet]) error { return tx.Delete("none") })
	if err != nil {
		t.Errorf("delete of nothing: got %v, want nil", err)
	}
}

// Ensure an error in Update leaves no trace of what was done before it.
func TestUpdateKeepsAllOrNothing(t *testing.T) {
	b := pets(t, open(t, filepath.Join(t.TempDir(), "meta.db")))
	put(t, b, "a", pet{Name: "cat"})
	boom := errors.New("boom")
	err := b.Update(func(tx meta.Tx[pet]) error {
		if err := tx.Put("a", pet{Name: "dog"}); err != nil {
			return err
		}
		if err := tx.Put("b", pet{Name: "eel"}); err != nil {
			return err
		}
		if got, err := tx.Get("a"); err != nil || got.Name != "dog" {
			t.Errorf("inside: got %v, %v, want its own change", got, err)
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v, want boom", err)
	}
	if got, want := names(t, b), []string{"cat"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Ensure counted records come in the order of counting, beyond one byte and
// beyond one digit.
func TestNumbersKeepTheirOrder(t *testing.T) {
	b := pets(t, open(t, filepath.Join(t.TempDir(), "meta.db")))
	for _, n := range []uint64{300, 2, 256, 10, 1 << 40, 255} {
		put(t, b, meta.Number(n), pet{Name: fmt.Sprint(n)})
	}
	want := []string{"2", "10", "255", "256", "300", "1099511627776"}
	if got := names(t, b); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAllIsInKeyOrder(t *testing.T) {
	b := pets(t, open(t, filepath.Join(t.TempDir(), "meta.db")))
	for _, k := range []string{"m", "z", "a", "mm"} {
		put(t, b, k, pet{Name: k})
	}
	if got, want := names(t, b), []string{"a", "m", "mm", "z"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Ensure a number is never handed out twice, not even after a restart.
func TestNextNeverRepeats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	var got []uint64
	for range 2 {
		db := open(t, path)
		b := pets(t, db)
		for range 3 {
			err := b.Update(func(tx meta.Tx[pet]) error {
				n, err := tx.Next()
				got = append(got, n)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if want := []uint64{1, 2, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEachStopsAtAnError(t *testing.T) {
	b := pets(t, open(t, filepath.Join(t.TempDir(), "meta.db")))
	put(t, b, "a", pet{})
	put(t, b, "b", pet{})
	boom, calls := errors.New("boom"), 0
	err := b.View(func(tx meta.Tx[pet]) error {
		return tx.Each(func(string, pet) error {
			calls++
			return boom
		})
	})
	if !errors.Is(err, boom) || calls != 1 {
		t.Errorf("got %v after %d calls, want boom after 1", err, calls)
	}
}

func TestBucketsAreApart(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "meta.db"))
	put(t, pets(t, db), "a", pet{Name: "cat"})
	other, err := meta.NewBucket[pet](db, "other")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get("a"); !errors.Is(err, meta.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// Ensure a record that can't be read is an error that names its key, not an
// empty record.
func TestDamagedRecordIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	db := open(t, path)
	put(t, pets(t, db), "rex", pet{Name: "rex"})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, path, "pets", "rex")
	b := pets(t, open(t, path))
	if _, err := b.Get("rex"); err == nil || !strings.Contains(err.Error(), `"rex"`) {
		t.Errorf("get: got %v, want an error with the key", err)
	}
	if _, err := b.All(); err == nil || !strings.Contains(err.Error(), `"rex"`) {
		t.Errorf("all: got %v, want an error with the key", err)
	}
}

func damage(t *testing.T, path, bucket, key string) {
	t.Helper()
	b, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).Put([]byte(key), []byte(`{"name": "re`))
	})
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
}

// Ensure a value that JSON has no words for is an error, and kept out.
func TestValueThatCantBeEncodedIsAnError(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "meta.db"))
	b, err := meta.NewBucket[func()](db, "funcs")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put("f", func() {}); err == nil || !strings.Contains(err.Error(), `"f"`) {
		t.Errorf("got %v, want an error with the key", err)
	}
}

// Ensure changes by many goroutines are all kept.
func TestUpdatesDontLoseEachOther(t *testing.T) {
	b := pets(t, open(t, filepath.Join(t.TempDir(), "meta.db")))
	put(t, b, "n", pet{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := b.Update(func(tx meta.Tx[pet]) error {
				p, err := tx.Get("n")
				p.Legs++
				return errors.Join(err, tx.Put("n", p))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := b.Get("n"); err != nil || got.Legs != 8 {
		t.Errorf("got %v, %v, want 8 legs", got, err)
	}
}

// Ensure numbered records are listed newest first, page by page, and that what
// does not fit neither shows nor counts.
func TestNewestGoesBackPageByPage(t *testing.T) {
	numbers, err := meta.NewBucket[int](open(t, filepath.Join(t.TempDir(), "meta.db")), "numbers")
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 300; n++ { // beyond what one byte of the key holds
		if err := numbers.Put(meta.Number(uint64(n)), n); err != nil {
			t.Fatal(err)
		}
	}
	odd := func(n *int) bool { return *n%2 == 1 }
	for _, tt := range []struct {
		before uint64
		limit  int
		fits   func(*int) bool
		want   []int
		next   uint64
	}{
		{0, 2, nil, []int{300, 299}, 299},
		{299, 2, nil, []int{298, 297}, 297},
		{3, 2, nil, []int{2, 1}, 0},
		{1, 2, nil, nil, 0},
		{1000, 1, nil, []int{300}, 300},
		{258, 2, odd, []int{257, 255}, 255},
		{4, 2, odd, []int{3, 1}, 0},
	} {
		got, next, err := numbers.Newest(tt.before, tt.limit, tt.fits)
		if err != nil || !slices.Equal(got, tt.want) || next != tt.next {
			t.Errorf("%d before %d: got %v, next %d, %v, want %v, next %d", tt.limit, tt.before, got, next, err, tt.want, tt.next)
		}
	}
}
