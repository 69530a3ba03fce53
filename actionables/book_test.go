package actionables

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spoor/internal/meta"
)

func openDB(t testing.TB, path string) *meta.DB {
	t.Helper()
	db, err := meta.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func newBook(t testing.TB) *Book {
	t.Helper()
	return bookOf(t, openDB(t, filepath.Join(t.TempDir(), "meta.db")))
}

func bookOf(t testing.TB, db *meta.DB) *Book {
	t.Helper()
	b, err := NewBook(db, Options{Now: func() time.Time { return time.Unix(1, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func create(t *testing.T, b *Book, name string) Actionable {
	t.Helper()
	a := valid()
	a.Name = name
	a, err := b.Create(a)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// idsOf are the IDs in order, of the shipped ones the first only.
func idsOf(t *testing.T, b *Book) string {
	t.Helper()
	list, err := b.List()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, a := range list {
		if !a.Shipped || a.ID == "address" {
			ids = append(ids, a.ID)
		}
	}
	return strings.Join(ids, " ")
}

func TestNewBookHoldsWhatIsShipped(t *testing.T) {
	b := newBook(t)
	a, err := b.Get("address")
	if err != nil || !a.Shipped || a.Version != 1 || a.Updated.IsZero() || len(a.Triggers) != 2 || len(a.Actions) < 2 {
		t.Errorf("got %+v, %v", a, err)
	}
	if got, want := list(b.Matcher().Scan([]byte("from 8.8.8.8"))), "address:8.8.8.8@5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Ensure a shipped actionable that was changed stays changed, and a deleted
// one stays away, after any number of restarts.
func TestShippedIsInstalledOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	reopen := func(then func(b *Book)) {
		db := openDB(t, path)
		then(bookOf(t, db))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	reopen(func(b *Book) {
		a, _ := b.Get("address")
		a.Name = "Mine"
		if _, err := b.Put(a); err != nil {
			t.Fatal(err)
		}
	})
	reopen(func(b *Book) {
		a, err := b.Get("address")
		if err != nil || a.Name != "Mine" || a.Version != 2 || !a.Shipped {
			t.Errorf("got %+v, %v, want the changed one", a, err)
		}
		if err := b.Delete("address", 2); err != nil {
			t.Fatal(err)
		}
	})
	reopen(func(b *Book) {
		if _, err := b.Get("address"); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

// Ensure what a person made before it was shipped is left alone.
func TestShippedNeverReplacesAPersonsOwn(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "meta.db"))
	own := valid()
	own.ID, own.Version = "address", 7
	records, err := meta.NewBucket[record](db, "actionables")
	if err != nil {
		t.Fatal(err)
	}
	if err := records.Put("address", record{1, own}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a, err := bookOf(t, db).Get("address"); err != nil || a.Version != 7 || a.Shipped {
			t.Errorf("got %+v, %v, want the person's own", a, err)
		}
	}
}

func TestCreateMakesAnIDOfTheName(t *testing.T) {
	tests := []struct{ name, want string }{
		{"Packets of Host", "packets-of-host"},
		{"Packets, of: HOST!", "packets-of-host-2"},
		{"packets of host", "packets-of-host-3"},
		{"Address", "address-2"},
		{"  CVE 2024  ", "cve-2024"},
		{"日本", "actionable"},
		{"ä", "actionable-2"},
		{strings.Repeat("long ", 20), strings.Repeat("long-", 12) + "long"},
		{strings.Repeat("long ", 21), strings.Repeat("long-", 12) + "lo-2"},
	}
	b := newBook(t)
	ids := "address"
	for _, tt := range tests {
		if got := create(t, b, tt.name).ID; got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
		ids += " " + tt.want
	}
	if got := idsOf(t, b); got != ids {
		t.Errorf("order: got %q, want %q", got, ids)
	}
}

func TestCreateTakesAnID(t *testing.T) {
	b := newBook(t)
	a := valid()
	a.ID, a.Version, a.Shipped = "mine", 99, true
	got, err := b.Create(a)
	if err != nil || got.ID != "mine" || got.Version != 1 || got.Shipped {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := b.Create(a); !errors.Is(err, ErrConflict) {
		t.Errorf("again: got %v, want ErrConflict", err)
	}
	for _, id := range []string{"Mine", "a b", "-a", "a--b", "../x", "ä", strings.Repeat("x", 65)} {
		a.ID = id
		var bad *InvalidError
		if _, err := b.Create(a); !errors.As(err, &bad) || bad.Field != "id" {
			t.Errorf("%q: got %v, want an *InvalidError of id", id, err)
		}
	}
}

// Ensure what is returned is what is stored, with empty lists as lists.
func TestCreateReturnsWhatIsStored(t *testing.T) {
	b := newBook(t)
	made, err := b.Create(Actionable{Name: "empty"})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := b.Get(made.ID)
	if err != nil || !reflect.DeepEqual(made, stored) {
		t.Errorf("got %+v, %v, want %+v", stored, err, made)
	}
	if raw, _ := json.Marshal(stored); !bytes.Contains(raw, []byte(`"triggers":[],"actions":[]`)) {
		t.Errorf("got %s, want empty lists", raw)
	}
	a := valid()
	a.Triggers[0].On = ""
	if a, err = b.Create(a); err != nil || a.Triggers[0].On != OnClick {
		t.Errorf("got %+v, %v, want on click", a.Triggers, err)
	}
}

// Ensure a lost update is refused, not written over.
func TestPutRefusesALostUpdate(t *testing.T) {
	b := newBook(t)
	mine := create(t, b, "one")
	create(t, b, "two")
	theirs := mine
	theirs.Name = "theirs"
	theirs.Shipped = true
	stored, err := b.Put(theirs)
	if err != nil || stored.Version != mine.Version+1 || stored.Shipped {
		t.Fatalf("got %+v, %v", stored, err)
	}
	if _, err := b.Put(mine); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	if err := b.Delete("one", mine.Version); !errors.Is(err, ErrConflict) {
		t.Errorf("delete: got %v, want ErrConflict", err)
	}
	if got, _ := b.Get("one"); got.Name != "theirs" {
		t.Errorf("got %q, want theirs", got.Name)
	}
	if got, want := idsOf(t, b), "address one two"; got != want {
		t.Errorf("order: got %q, want %q", got, want)
	}
}

// Ensure a version from before a deletion never fits what came after.
func TestVersionsOutliveDeletion(t *testing.T) {
	b := newBook(t)
	old := create(t, b, "one")
	if err := b.Delete("one", old.Version); err != nil {
		t.Fatal(err)
	}
	if created := create(t, b, "one"); created.Version <= old.Version {
		t.Errorf("got version %d, want more than %d", created.Version, old.Version)
	}
	if _, err := b.Put(old); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

func TestMissingActionableIsErrNotFound(t *testing.T) {
	b := newBook(t)
	a := valid()
	a.ID = "none"
	_, get := b.Get("none")
	_, put := b.Put(a)
	for _, err := range []error{get, put, b.Delete("none", 1)} {
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), `"none"`) {
			t.Errorf("got %v, want ErrNotFound with the ID", err)
		}
	}
}

func TestBookRefusesWhatIsNotValid(t *testing.T) {
	b := newBook(t)
	a := valid()
	a.Triggers[0].Pattern = "("
	var bad *InvalidError
	if _, err := b.Create(a); !errors.As(err, &bad) || bad.Trigger != 0 || bad.Column != 1 {
		t.Errorf("create: got %v", err)
	}
	a.ID, a.Version = "address", 1
	if _, err := b.Put(a); !errors.As(err, &bad) {
		t.Errorf("put: got %v", err)
	}
	if got, want := idsOf(t, b), "address"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Ensure the matcher follows every change, and one in use stays as it was.
func TestMatcherIsThatOfTheBookAsItIs(t *testing.T) {
	b := newBook(t)
	scan := func(m *Matcher) string { return list(m.Scan([]byte("abc 8.8.8.8"))) }
	before := b.Matcher()
	a := valid()
	a.Name, a.Triggers = "abc", []Trigger{{Pattern: "abc"}}
	a, err := b.Create(a)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := scan(b.Matcher()), "abc:abc@0 address:8.8.8.8@4"; got != want {
		t.Errorf("created: got %q, want %q", got, want)
	}
	if got, want := scan(before), "address:8.8.8.8@4"; got != want {
		t.Errorf("before: got %q, want %q", got, want)
	}
	a.Disabled = true
	if a, err = b.Put(a); err != nil {
		t.Fatal(err)
	}
	if got, want := scan(b.Matcher()), "address:8.8.8.8@4"; got != want {
		t.Errorf("disabled: got %q, want %q", got, want)
	}
	if err := b.Delete("address", 1); err != nil {
		t.Fatal(err)
	}
	if got := scan(b.Matcher()); got != "" {
		t.Errorf("deleted: got %q, want nothing", got)
	}
}

// Ensure an actionable that this version can't read is left out of the
// matcher with a word in the log, and hides no other.
func TestStoredActionableThatDoesNotCompileIsLeftOut(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "meta.db"))
	b := bookOf(t, db)
	a := create(t, b, "later")
	a.Triggers[0].Pattern = "("
	if err := b.records.Put(a.ID, record{9, a}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	b, err := NewBook(db, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := list(b.Matcher().Scan([]byte("8.8.8.8"))), "address:8.8.8.8@0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(log.String(), "id=later") || !strings.Contains(log.String(), "never closed") {
		t.Errorf("got log %q", log.String())
	}
	if got, err := b.Get("later"); err != nil || got.Disabled {
		t.Errorf("got %+v, %v, want it as stored", got, err)
	}
}

func TestBookIsBounded(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "meta.db"))
	b := bookOf(t, db)
	err := b.records.Update(func(tx meta.Tx[record]) error {
		for i := range MaxActionables - 1 {
			id := fmt.Sprintf("x%d", i)
			if err := tx.Put(id, record{uint64(i + 9), Actionable{ID: id, Name: id}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Create(valid()); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}

// Ensure of many changes of one version one wins, and nothing is lost.
func TestBookTakesChangesFromMany(t *testing.T) {
	b := newBook(t)
	a := create(t, b, "one")
	var mu sync.Mutex
	var won []string
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			mine := a
			mine.Name = fmt.Sprint("by ", i)
			_, err := b.Put(mine)
			b.Matcher().Scan([]byte("8.8.8.8"))
			if err == nil {
				mu.Lock()
				won = append(won, mine.Name)
				mu.Unlock()
			} else if !errors.Is(err, ErrConflict) {
				t.Error(err)
			}
			if _, err := b.Create(mine); i > 0 && !errors.Is(err, ErrConflict) {
				t.Errorf("create: got %v, want ErrConflict", err)
			}
			other := valid()
			if _, err := b.Create(other); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := b.Get("one")
	if err != nil || !slices.Equal(won, []string{got.Name}) {
		t.Errorf("got %q, %v, want the one of %q", got.Name, err, won)
	}
	if n := len(strings.Fields(idsOf(t, b))); n != 10 {
		t.Errorf("got %d actionables, want 10", n)
	}
}
