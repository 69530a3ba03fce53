package saved

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"spoor/internal/meta"
)

func database(t *testing.T, dir string) *meta.DB {
	t.Helper()
	db, err := meta.Open(filepath.Join(dir, "meta.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func searches(t *testing.T) *Searches {
	t.Helper()
	b, err := NewSearches(database(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Ensure a saved search is found by its id and by its name, that renaming
// leaves the id of its link, and that the list is by name.
func TestSearchesKeepTheirLinks(t *testing.T) {
	b := searches(t)
	one, err := b.Create(Search{Name: " Failed logins! ", Q: "tag:syslog failed", From: "-1d"})
	if err != nil || one.ID != "failed-logins" || one.Name != "Failed logins!" || one.Version != 1 {
		t.Fatalf("got %+v, %v", one, err)
	}
	two, err := b.Create(Search{Name: "Failed: logins", Q: "x"})
	if err != nil || two.ID != "failed-logins-2" {
		t.Fatalf("got id %q, %v; want the next free one", two.ID, err)
	}
	one.Name, one.Note = "Anmeldungen, gescheitert", "renamed"
	if one, err = b.Put(one); err != nil || one.Version != 2 || one.ID != "failed-logins" {
		t.Fatalf("renamed: got %+v, %v", one, err)
	}
	for _, id := range []string{"failed-logins", "anmeldungen, GESCHEITERT"} {
		if got, err := b.Get(id); err != nil || got.Q != one.Q || got.Note != "renamed" {
			t.Errorf("%q: got %+v, %v", id, got, err)
		}
	}
	list, err := b.List()
	if err != nil || len(list) != 2 || list[0].ID != one.ID {
		t.Errorf("list: got %+v, %v", list, err)
	}
	if _, err := b.Get("nothing"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// Ensure that nobody overwrites what somebody else has changed, that a name
// or a link means one search, and that nonsense is refused by its field.
func TestSearchesRefuse(t *testing.T) {
	b := searches(t)
	one, err := b.Create(Search{Name: "One"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Create(Search{Name: "oNE"}); !errors.Is(err, ErrTaken) {
		t.Errorf("same name: got %v, want ErrTaken", err)
	}
	two, err := b.Create(Search{Name: "Two"})
	if err != nil {
		t.Fatal(err)
	}
	two.Name = "one"
	if _, err := b.Put(two); !errors.Is(err, ErrTaken) {
		t.Errorf("renamed to another's: got %v, want ErrTaken", err)
	}
	if _, err := b.Put(Search{ID: "one", Name: "One", Version: 7}); !errors.Is(err, ErrConflict) {
		t.Errorf("old version: got %v, want ErrConflict", err)
	}
	if err := b.Delete("one", 7); !errors.Is(err, ErrConflict) {
		t.Errorf("delete of an old version: got %v, want ErrConflict", err)
	}
	if err := b.Delete(one.ID, one.Version); err != nil {
		t.Error(err)
	}
	if _, err := b.Put(one); !errors.Is(err, ErrNotFound) {
		t.Errorf("change of what is deleted: got %v, want ErrNotFound", err)
	}
	for field, s := range map[string]Search{
		"name": {Name: " \t"}, "q": {Name: "x", Q: strings.Repeat("q", maxQuery+1)}, "note": {Name: "x", Note: strings.Repeat("n", maxText+1)},
	} {
		var invalid *InvalidError
		if _, err := b.Create(s); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: got %v, want it refused", field, err)
		}
	}
	for _, name := range []string{strings.Repeat("n", maxName+1), "a\nb", "\xff"} {
		if _, err := b.Create(Search{Name: name}); err == nil {
			t.Errorf("name %q: got no error", name)
		}
	}
}

// Ensure the book is bounded, and that an id is made of any name.
func TestSearchesAreBounded(t *testing.T) {
	b := searches(t)
	if s, err := b.Create(Search{Name: "日本"}); err != nil || s.ID != "search" {
		t.Errorf("got %+v, %v", s, err)
	}
	for i := 1; i < MaxSearches; i++ {
		s := Search{Name: fmt.Sprint("n", i), ID: fmt.Sprint("n", i), Version: 1}
		if err := b.records.Put(s.ID, s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Create(Search{Name: "one more"}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}
